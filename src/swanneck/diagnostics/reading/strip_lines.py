"""Lines across a membrane: where they are, how dark they are, and how sure that is.

Darkness is optical density, the decadic logarithm of the light of the membrane beside a line over that of the line: it
does not change with the lighting.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import ndimage

from swanneck.diagnostics.reading.quadrangles import Array, corner_lengths, rectify
from swanneck.foundation.settings import Settings

__all__ = ["LineSettings", "MembraneProfile", "StripLine", "find_lines", "measure_profile"]

_BANDS = 6
_ROWS = 36
_ONE_DYE = 0.8  # cosine between the colours of two lines
_FAINT, _ONE_HUE = 0.1, 0.6  # the same without their grey


class LineSettings(Settings):
    """What counts as a line (choices of ours, from simulated strips: see the benchmark of strips)."""

    least_density: float = Field(0.02, gt=0)
    """Fainter lines are not told from the membrane, however little noise there is."""
    least_certainty: float = Field(5.0, gt=0)
    """Density of a line as a multiple of its noise."""
    least_bands: float = Field(0.8, gt=0, le=1)
    """Share of the bands along the strip in which a line must show: dirt and letters do not cross the membrane."""
    widest: float = Field(0.6, gt=0)
    """Width of a line at half its height as a share of the membrane's width: a smear is wider."""
    margin: float = Field(0.3, ge=0, lt=0.5)
    """Nothing is a line nearer to an end than this share of the membrane's width: shadows of the rim are there."""


@dataclass(frozen=True)
class StripLine:
    """A line: its place as a share of the membrane's length, its density with noise, its width as a share of the

    membrane's, and its density in red, green and blue.
    """

    place: float
    density: float
    noise: float
    width: float
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class MembraneProfile:
    """Density along a membrane, by channel (3, columns): smoothed to a line's width; `noise` of each channel.

    `bands` is the same for bands along the strip, (bands, 3, columns). `columns_per_width` is how many columns are as
    long as the membrane is wide. `clipped` is the share of pixels that are white beyond what the camera records.
    """

    density: Array
    noise: Array
    bands: Array
    columns_per_width: float
    clipped: float


def measure_profile(light: Array, corners: Array) -> MembraneProfile:
    """Measure the density along a membrane whose corners are given, in a picture given by `log_light`.

    The membrane without lines is estimated by closing what is dark and narrower than 0.7 of the width.
    """
    length, width = corner_lengths(corners)
    columns = int(np.clip(round(length), 48, 900))
    patch = rectify(light, corners, (columns, _ROWS), inset=0.14)
    per_width = columns * width / length
    bands = np.stack([np.median(part, axis=0).T for part in np.array_split(patch, _BANDS)])
    whole = np.median(patch, axis=0).T
    density, parts = _density(whole[None], per_width)[0], _density(bands, per_width)
    inner = slice(int(0.12 * per_width), columns - int(0.12 * per_width))
    spread = np.median(parts[:, :, inner].std(axis=0, ddof=1), axis=1) / np.sqrt(_BANDS)
    still = density[:, inner]
    quiet = 1.4826 * np.median(np.abs(still - np.median(still, axis=1, keepdims=True)), axis=1)
    clipped = float((patch.min(axis=2) > np.log(0.985)).mean())
    return MembraneProfile(density, np.maximum(np.maximum(spread, quiet), 1e-4), parts, per_width, clipped)


def _density(light: Array, per_width: float) -> Array:
    """Give the density of profiles (profiles, channels, columns) below their own membrane."""
    smooth = ndimage.gaussian_filter1d(light, max(0.06 * per_width, 0.5), axis=2, mode="nearest")
    size = (1, 1, max(3, int(0.7 * per_width) | 1))
    membrane = ndimage.uniform_filter(ndimage.grey_closing(smooth, size=size, mode="nearest"), size, mode="nearest")
    return np.asarray((membrane - smooth) / np.log(10))


def find_lines(profile: MembraneProfile, settings: LineSettings | None = None) -> list[StripLine]:
    """Find the lines of a membrane, by their places; each at the channel in which the darkest is darkest."""
    settings = settings or LineSettings()
    offset = np.median(profile.density, axis=1)
    found: list[StripLine] = []
    for channel in range(3):
        density = profile.density[channel] - offset[channel]
        for place in _peaks(density, int(0.1 * profile.columns_per_width)):
            line = _line(profile, channel, place, density=density, settings=settings)
            if line is not None:
                found.append(line)
    found.sort(key=lambda line: -line.density / line.noise)
    apart = 0.25 * profile.columns_per_width / profile.density.shape[1]
    kept: list[StripLine] = []
    for line in found:
        if all(abs(line.place - other.place) > apart for other in kept):
            kept.append(line)
    if kept:
        # The rim's shadow is grey and short; a line is coloured, or of one colour with a much darker one.
        darkest = max(kept, key=lambda line: line.density)
        kept = [line for line in kept if _is_coloured(line) or line.density > 0.3 * darkest.density]
        kept = [line for line in kept if line.density > _FAINT or _has_hue(line, darkest)]
        kept = [_in_one_channel(line, darkest, profile) for line in kept]
    return sorted(kept, key=lambda line: line.place)


def _in_one_channel(line: StripLine, darkest: StripLine, profile: MembraneProfile) -> StripLine:
    """Measure a line where the darkest one is darkest, so that densities compare; one of another dye where it is."""
    own, other = np.array(line.colour), np.array(darkest.colour)
    alike = own @ other > _ONE_DYE * float(np.hypot.reduce(own) * np.hypot.reduce(other))
    channel = int((other if alike else own).argmax())
    return replace(line, density=line.colour[channel], noise=float(profile.noise[channel]))


def _has_hue(line: StripLine, darkest: StripLine) -> bool:
    """Tell whether a faint line has the darkest line's hue: a shadow's edge and the plastic's glow have their own."""
    own, other = (np.array(one.colour) - np.mean(one.colour) for one in (line, darkest))
    if np.ptp(other) < 0.2 * max(darkest.colour):
        return True  # carbon has no hue
    return bool(own @ other > _ONE_HUE * float(np.hypot.reduce(own) * np.hypot.reduce(other)))


def _is_coloured(line: StripLine) -> bool:
    return max(line.colour) - min(line.colour) > max(0.2 * max(line.colour), 2 * line.noise)


def _peaks(density: Array, reach: int) -> NDArray[np.intp]:
    highest = ndimage.maximum_filter1d(density, 2 * max(reach, 1) + 1, mode="nearest")
    return np.flatnonzero((density == highest) & (density > 0))


def _line(
    profile: MembraneProfile, channel: int, place: int, *, density: Array, settings: LineSettings
) -> StripLine | None:
    columns = density.size
    per_width = profile.columns_per_width
    height, noise = float(density[place]), float(profile.noise[channel])
    if height < max(settings.least_density, settings.least_certainty * noise):
        return None
    if min(place, columns - 1 - place) < settings.margin * per_width:
        return None
    half = density < height / 2
    left, right = half[:place][::-1], half[place:]
    if not left.any() or not right.any():
        return None
    width = float(left.argmax() + right.argmax()) / per_width
    if width > settings.widest:
        return None
    tolerance = max(1, int(0.08 * per_width))
    window = slice(max(0, place - tolerance), place + tolerance + 1)
    own = profile.bands[:, channel, window].max(axis=1) - np.median(profile.bands[:, channel], axis=1)
    if (own > 0.35 * height).mean() < settings.least_bands:
        return None
    colour = profile.density[:, place] - np.median(profile.density, axis=1)
    return StripLine(
        float(place + 0.5) / columns, height, noise, width, (float(colour[0]), float(colour[1]), float(colour[2]))
    )

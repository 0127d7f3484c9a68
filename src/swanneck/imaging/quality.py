"""How good an image is: focus, saturation, debris, uneven light, emptiness. Scores only: the plate decides what is bad.

There are two scores of focus. The slope of the logarithm of the power spectrum against that of the spatial frequency
(Field and Brady, Vision Research 37:3367, 1997) is the more negative the more blurred; Bray et al. (J. Biomol. Screen.
17:266, 2012) found it the best single score of focus in screens. It does not depend on how bright the image is and
hardly on the number of cells. Camera noise, which would flatten it, is taken off first. The variance of the Laplacian
(Pech-Pacheco et al., ICPR 15:314, 2000) relative to that of the image falls with blur, too, and looks at edges only.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from swanneck.imaging import _kernels
from swanneck.imaging.illumination import FlatField, as_kernel_pixels

__all__ = ["BACKGROUND_PERCENTILE", "FieldQuality", "measure_field_quality"]

BACKGROUND_PERCENTILE = 5.0
"""Percentile of the pixels that stands for the background: cells may cover nearly all of a field."""

_FULL_SCALES = (255, 1023, 4095, 16383, 65535)  # cameras of 8, 10, 12, 14 and 16 bits, whatever the file has
_LARGE = 1024
_TILE = 256
_BANDS = np.geomspace(0.015, 0.35, 13)  # cycles per pixel
_NOISE_FROM = 0.42
_ABOVE_NOISE = 0.2
_COARSE = 4
# Neighbouring blocks of pure noise differ by their noise: 4.4 of it at most in 70,000 blocks, and its median.
_OBJECT, _TEXTURE = 8.0, 1.5
_DEBRIS_BLOCK, _DEBRIS_AREA = 4, 0.998
_LIGHT_PARTS, _LIGHT_PERCENTILE = 4, 2.0


@dataclass(frozen=True)
class FieldQuality:
    """Scores of one image. A blank image (one value throughout) has no focus; an empty one has nothing but noise.

    - `focus_slope`: slope of the log power spectrum; `focus_laplacian`: log10 of the variance of the Laplacian over the
      image's own.
    - `saturated_fraction`: pixels at the top of the camera's range.
    - `background`: 5th percentile; `brightest`: what 0.2 % of the area exceeds, in blocks of 4 pixels, above the
      background: single bright cells hardly change it, fibres and dust do. Both are scaled as intensities are: by 255,
      65535, or 1 for float.
    - `shadow`: the share of light that the darkest of 4 x 4 parts of the field lacks, by its background, after the
      plate's flat field was taken out.
    """

    focus_slope: float
    focus_laplacian: float
    saturated_fraction: float
    background: float
    brightest: float
    shadow: float
    is_blank: bool
    is_empty: bool


def measure_field_quality(image: NDArray[Any], flat: FlatField | None = None) -> FieldQuality:
    """Score focus, saturation, brightest part, shadow and emptiness of one 2-D image.

    Images of 1024 pixels and more are pooled 2 x 2 for the focus: compare scores of one plate and channel only. The
    slope is NaN where nothing stands out from the noise. Saturated are the pixels at the top of the camera's range.
    `flat` is the plate's flat field, which is no fault of the field's.

    >>> blank = measure_field_quality(np.zeros((64, 64), np.uint16))
    >>> blank.is_blank, blank.is_empty, blank.focus_slope
    (True, True, nan)
    """
    scale = float(np.iinfo(image.dtype).max) if image.dtype.kind in "ui" else 1.0
    lowest, highest = image.min(), image.max()
    step = max(1, min(image.shape) // 512)
    background = float(np.percentile(image[::step, ::step], BACKGROUND_PERCENTILE)) / scale
    full = image.dtype.kind in "ui" and int(highest) in _FULL_SCALES
    saturated = float(np.count_nonzero(image == highest) / image.size) if full else 0.0
    if lowest == highest:
        nothing = float("nan")
        return FieldQuality(nothing, nothing, saturated, background, 0.0, 0.0, is_blank=True, is_empty=True)
    factor = 2 if min(image.shape) >= _LARGE else 1
    pooled = _kernels.pool_mean(as_kernel_pixels(image), factor)
    blocks = _kernels.pool_mean(pooled, min(_DEBRIS_BLOCK // factor, *pooled.shape))
    return FieldQuality(
        focus_slope=_power_slope(pooled),
        focus_laplacian=_relative_laplacian(pooled),
        saturated_fraction=saturated,
        background=background,
        brightest=float(np.quantile(blocks, _DEBRIS_AREA)) / scale - background,
        shadow=_shadow(_kernels.pool_mean(blocks, min(2, *blocks.shape)), flat, float(lowest)),
        is_blank=False,
        is_empty=_is_empty(pooled),
    )


def _power_slope(pooled: NDArray[np.float32]) -> float:
    """Fit log power against log frequency, over the bands that stand out from the noise."""
    side = min(_TILE, *pooled.shape)
    if side < 16:
        return float("nan")
    window = np.hanning(side).astype(np.float32)
    power = np.zeros((side, side // 2 + 1))
    for top in _tile_starts(pooled.shape[0], side):
        for left in _tile_starts(pooled.shape[1], side):
            tile = pooled[top : top + side, left : left + side]
            spectrum = scipy.fft.rfft2((tile - tile.mean()) * window[:, None] * window)
            power += spectrum.real**2 + spectrum.imag**2
    frequency = np.hypot(scipy.fft.fftfreq(side)[:, None], scipy.fft.rfftfreq(side))
    noise = float(np.median(power[frequency > _NOISE_FROM])) / np.log(2)  # the power of noise is exponential
    band = np.digitize(frequency.ravel(), _BANDS)
    count = np.bincount(band, minlength=len(_BANDS) + 1)[1 : len(_BANDS)]
    total = np.bincount(band, power.ravel(), len(_BANDS) + 1)[1 : len(_BANDS)]
    signal = total / np.maximum(count, 1) - noise
    centre = np.sqrt(_BANDS[1:] * _BANDS[:-1])
    use = (count > 0) & (signal > _ABOVE_NOISE * noise) & (signal > 0)
    if use.sum() < 3:
        return float("nan")
    return float(np.polyfit(np.log(centre[use]), np.log(signal[use]), 1)[0])


def _relative_laplacian(pooled: NDArray[np.float32]) -> float:
    """Compare the variance of the Laplacian with the image's own, in the middle, after the noise was taken off."""
    top, left = (max(0, side // 2 - _TILE) for side in pooled.shape)
    fine = np.ascontiguousarray(pooled[top : top + 2 * _TILE, left : left + 2 * _TILE])
    small = _kernels.pool_mean(fine, min(2, *fine.shape)).astype(np.float64)
    if min(small.shape) < 3:
        return float("nan")
    fine = fine[: 2 * small.shape[0], : 2 * small.shape[1]]
    checks = (fine[::2, ::2] - fine[::2, 1::2] - fine[1::2, ::2] + fine[1::2, 1::2]) / 4
    noise = float(np.mean(checks**2))  # of a mean of 2 x 2 pixels; what is sharp has little of this pattern
    edges = small[:-2, 1:-1] + small[2:, 1:-1] + small[1:-1, :-2] + small[1:-1, 2:] - 4 * small[1:-1, 1:-1]
    signal, own = float(edges.var()) - 20 * noise, float(small.var()) - noise  # 20: the Laplacian's weights squared
    return float(np.log10(signal / own)) if signal > noise and own > 0 else float("nan")


def _shadow(blocks: NDArray[np.float32], flat: FlatField | None, lowest: float) -> float:
    """Compare the darkest part's background with the usual one, both above the camera's offset."""
    count = min(_LIGHT_PARTS, *blocks.shape)
    rows, columns = (np.array_split(np.arange(side), count) for side in blocks.shape)
    parts = np.array([
        [np.percentile(blocks[down[0] : down[-1] + 1, across[0] : across[-1] + 1], _LIGHT_PERCENTILE)
         for across in columns] for down in rows
    ])  # fmt: skip
    offset = lowest
    if flat is not None and flat.offset > 0:
        offset = min(flat.offset, float(parts.min()))
        parts = (parts - offset) / _at_centres(flat, count) + offset
    usual = float(np.median(parts)) - offset
    return max(0.0, 1.0 - (float(parts.min()) - offset) / usual) if usual > 0 else 0.0


def _at_centres(flat: FlatField, count: int) -> NDArray[np.float64]:
    """Give a flat field at the centres of count x count parts of the image."""
    down, across = (((np.arange(count) + 0.5) / count * (side - 1)).round().astype(int) for side in flat.grid.shape)
    return flat.grid[np.ix_(down, across)].astype(np.float64)


def _tile_starts(length: int, side: int) -> list[int]:
    """Place two tiles around the middle where there is room, else one."""
    return [length // 2 - side, length // 2] if length >= 2 * side else [(length - side) // 2]


def _is_empty(pooled: NDArray[np.float32]) -> bool:
    """Say whether neighbouring blocks differ no more than the noise of their pixels explains."""
    blocks = _kernels.pool_mean(pooled, min(_COARSE, *pooled.shape))
    steps = np.abs(np.diff(blocks, axis=1))
    if steps.size == 0:
        return False
    fine = np.abs(np.diff(pooled[:: max(1, pooled.shape[0] // 256)], axis=1))
    expected = float(np.median(fine)) / _COARSE
    return bool(np.median(steps) <= _TEXTURE * expected and steps.max() <= _OBJECT * max(np.median(steps), expected))

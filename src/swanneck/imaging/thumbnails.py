"""Small colour pictures of fields: channels laid over each other, with the outlines of what was found.

The same images and settings give the same bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.imaging import _kernels
from swanneck.imaging.illumination import as_kernel_pixels

__all__ = [
    "COLOURS",
    "ROLE_COLOURS",
    "ChannelDisplay",
    "choose_display",
    "draw_field",
    "make_overlay",
    "make_thumbnail",
]

COLOURS: dict[str, tuple[int, int, int]] = {
    "blue": (70, 120, 255), "green": (0, 230, 90), "magenta": (255, 0, 255), "grey": (160, 160, 160),
    "yellow": (255, 220, 0), "cyan": (0, 220, 255), "red": (255, 60, 40), "white": (255, 255, 255),
}  # fmt: skip
"""Colours by name. Green and magenta are told apart by colour-blind eyes, green and red are not (Wong, Nature Methods
8:441, 2011)."""

ROLE_COLOURS = {"nuclei": "blue", "pathogen": "green", "marker": "green", "cell": "magenta", "any": "grey"}
"""The usual colour of a channel by its role in a campaign."""

_QUALITY, _EFFORT = 80, 2  # less effort than the usual 4 takes half the time
_LOW, _HIGH = 5.0, 99.8


@dataclass(frozen=True)
class ChannelDisplay:
    """How a channel is shown: `low` is black and `high` is the full colour, in grey levels of its images."""

    low: float
    high: float
    colour: str


def choose_display(images: Sequence[NDArray[Any]], colour: str) -> ChannelDisplay:
    """Choose the display range of a channel from some images of its plate, so that wells can be compared by eye.

    Black is the lowest background among the images, full colour the brightest image's 99.8th percentile. Show control
    wells of both kinds, or a plate without infection looks infected.

    >>> choose_display([np.arange(1000).reshape(25, 40)], "green")
    ChannelDisplay(low=49.95, high=997.002, colour='green')
    """
    if not images:
        return ChannelDisplay(0.0, 1.0, colour)
    ranges = np.array([np.percentile(_sparse(image), (_LOW, _HIGH)) for image in images])
    low, high = float(ranges[:, 0].min()), float(ranges[:, 1].max())
    return ChannelDisplay(round(low, 6), round(max(high, low + 1e-6), 6), colour)


def make_thumbnail(
    images: Mapping[str, NDArray[Any] | None],
    display: Mapping[str, ChannelDisplay],
    *,
    size: int = 256,
    outlines: Sequence[tuple[NDArray[np.int32], str]] = (),
) -> bytes:
    """Draw the channels of a field into one WebP picture whose longer side is at most `size` pixels.

    It is what `draw_field` draws, in fewer bytes. Raises as that does.
    """
    picture = draw_field(images, display, size=size, outlines=outlines)
    return bytes(imagecodecs.webp_encode(picture, level=_QUALITY, lossless=False, method=_EFFORT))


def draw_field(
    images: Mapping[str, NDArray[Any] | None],
    display: Mapping[str, ChannelDisplay],
    *,
    size: int = 256,
    outlines: Sequence[tuple[NDArray[np.int32], str]] = (),
) -> NDArray[np.uint8]:
    """Draw the channels of a field into rows x columns x (red, green, blue), the longer side at most `size` pixels.

    Channels without an entry in `display` are left out; a channel that is None (its image is missing) stays dark, and
    so does the picture where all are. Images are averaged down by a whole factor, never enlarged. `outlines` are label
    images with a colour each, drawn over the picture in their order.

    Raises `SettingsError` for an unknown colour, `InputError` where images or labels differ in shape.

    >>> grey = {"DNA": np.full((4, 4), 50, np.uint8)}
    >>> draw_field(grey, {"DNA": ChannelDisplay(0, 100, "white")})[0, 0].tolist()
    [127, 127, 127]
    """
    present = {name: image for name, image in images.items() if image is not None and name in display}
    shapes = {array.shape for array in (*present.values(), *(labels for labels, _ in outlines))}
    if len(shapes) > 1:
        problem = f"images and labels of one field must have one shape, got {', '.join(map(str, sorted(shapes)))}"
        raise InputError(problem, remedy="Draw images and labels of the same field")
    height, width = shapes.pop() if shapes else (size, size)
    factor = _factor((height, width), size)
    canvas = np.zeros((height // factor or 1, width // factor or 1, 3), np.float32)
    for name, image in present.items():
        shown = display[name]
        pooled = _kernels.pool_mean(as_kernel_pixels(image), min(factor, *image.shape))
        level = np.clip((pooled - shown.low) / max(shown.high - shown.low, 1e-9), 0, 1)
        canvas += level[: canvas.shape[0], : canvas.shape[1], None] * _colour(shown.colour)
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    for labels, colour in outlines:
        seen = _thin(labels, size)
        picture[: seen.shape[0], : seen.shape[1]][_borders(seen)] = _colour(colour)
    return picture


def make_overlay(labels: NDArray[np.int32], colour: str, *, size: int = 256) -> bytes:
    """Draw outlines alone, as a WebP picture that is clear elsewhere, to lie over the thumbnail of the same `size`.

    >>> labels = np.zeros((8, 8), np.int32)
    >>> labels[2:6, 2:6] = 1
    >>> imagecodecs.webp_decode(make_overlay(labels, "white"))[[0, 2], [0, 2], 3].tolist()
    [0, 255]
    """
    seen = _thin(labels, size)
    picture = np.zeros((*seen.shape, 4), np.uint8)
    picture[_borders(seen)] = (*_colour(colour).astype(np.uint8), 255)
    return bytes(imagecodecs.webp_encode(picture, lossless=True, method=_EFFORT))


def _factor(shape: tuple[int, ...], size: int) -> int:
    return max(1, -(-max(shape) // size))


def _thin(labels: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Labels at the size of the thumbnail, cut where its last block would not be whole."""
    factor = _factor(labels.shape, size)
    seen = labels[factor // 2 :: factor, factor // 2 :: factor]
    return seen[: labels.shape[0] // factor or 1, : labels.shape[1] // factor or 1]


def _borders(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Mark the pixels of objects that lie beside another object or the background."""
    border = np.zeros(labels.shape, bool)
    for one, other in (
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
    ):
        differs = labels[one] != labels[other]
        border[one] |= differs
        border[other] |= differs
    return border & (labels > 0)


def _colour(name: str) -> NDArray[np.float32]:
    if name not in COLOURS:
        problem = f"{name!r} is not a colour that is known here"
        raise SettingsError(problem, remedy=f"Use one of {', '.join(COLOURS)}")
    return np.array(COLOURS[name], np.float32)


def _sparse(image: NDArray[Any]) -> NDArray[Any]:
    step = max(1, min(image.shape) // 512)
    return image[::step, ::step]

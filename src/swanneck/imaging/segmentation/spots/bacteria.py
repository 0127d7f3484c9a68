"""Bacteria in host cells, as the area they cover and the light they give: in clumps they cannot be counted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.errors import ImageError
from swanneck.foundation.settings import Settings
from swanneck.imaging.segmentation import _kernels
from swanneck.imaging.segmentation._foreground import check_image, pool_image, sample_image, smooth_image
from swanneck.imaging.segmentation.spots import _kernels as spots

__all__ = ["BacteriaSettings", "find_bacteria"]

_POOLED_DIAMETER = 16.0
_SMOOTHING = 0.03  # nucleus diameters
_HALO = 0.15  # nucleus diameters: how far the blur of bright bacteria reaches


class BacteriaSettings(Settings):
    """What counts as bacteria."""

    widest: float = Field(default=1.0, gt=0)
    """Widest clump in diameters of a typical host nucleus. What is wider is taken for the light of the cell itself."""
    noise_factor: float = Field(default=6.0, ge=0)
    """A pixel of bacteria stands so many robust standard deviations of the cells' own light above it (Rose 1948: 5;
    one more, since cytoplasm is not as even as a detector)."""


def find_bacteria(
    image: NDArray[Any],
    cells: NDArray[np.int32],
    diameter: float,
    settings: BacteriaSettings = BacteriaSettings(),  # noqa: B008 - frozen
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Mark the pixels of bacteria in cells, and give the image above the light of the cells themselves.

    `image` is 2-D, `cells` has the labels of cell bodies, `diameter` is that of a typical host nucleus in pixels. The
    light of a cell is the image opened by a disc as wide as the widest clump (white top-hat: Meyer 1979; Serra 1982).
    Where cells are even, what is left is noise, of which the dark half tells the deviation: bacteria are bright. They
    end at half of their own height, where a blurred edge lies.

    Raises ImageError for an image that is not 2-D, not finite, or not of the shape of `cells`.

    >>> image, cells = np.full((60, 60), 10.0), np.ones((60, 60), np.int32)
    >>> image[20:24, 30:32] = 90
    >>> marked, light = find_bacteria(image, cells, 20.0)
    >>> bool(marked[21, 30]), bool(marked[40, 40]), bool(light[21, 30] > 10 * abs(light[40, 40]))
    (True, False, True)
    """
    pixels = check_image(image, "bacteria").astype(np.float32, copy=False)
    if pixels.shape != cells.shape:
        problem = f"the image of bacteria has shape {pixels.shape}, the cells have {cells.shape}"
        raise ImageError(problem)
    smooth = smooth_image(pixels, _SMOOTHING * diameter)
    factor = max(1, round(diameter / _POOLED_DIAMETER))
    radius = max(1, round(0.5 * settings.widest * diameter / factor))
    own = -spots.erode_disc(-spots.erode_disc(pool_image(smooth, factor), radius), radius)
    light = _kernels.subtract_enlarged(smooth, own, factor)
    sampled = sample_image(light)[sample_image(cells) > 0]
    if not sampled.size:
        return np.zeros(pixels.shape, np.bool_), light
    low, middle = np.percentile(sampled, [15.865, 50.0])
    light -= np.float32(middle)
    highest = -spots.erode_disc(-light, max(1, round(_HALO * diameter)))
    marked = (light > np.float32(settings.noise_factor * (middle - low))) & (light > np.float32(0.5) * highest)
    return marked & (cells > 0), light

"""Spheroids: balls of hundreds of cells, one or a few in a well, far larger than any nucleus."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import ndimage

from swanneck.foundation.settings import Settings
from swanneck.imaging.segmentation._foreground import (
    check_image,
    choose_threshold,
    damp_noise,
    estimate_noise,
    pool_image,
    smooth_image,
)

__all__ = ["SpheroidSettings", "segment_spheroids"]

_COARSE_SIDE = 256
_SMOOTHING = 2.0  # pixels of the coarse image: the cells on the outside are no shape of their own


class SpheroidSettings(Settings):
    """What counts as a spheroid."""

    smallest: float = Field(default=0.08, gt=0, lt=1)
    """Least diameter of a spheroid, as a share of the image's shorter side. Smaller things are cells beside it."""
    threshold_factor: float = Field(default=1.0, gt=0)
    """Multiplies the automatic threshold: below 1 takes more of a dim rim."""
    noise_factor: float = Field(default=5.0, ge=0)
    """A spheroid stands at least this many standard deviations of the noise above its background (Rose 1948: 5)."""


def segment_spheroids(
    image: NDArray[Any],
    settings: SpheroidSettings = SpheroidSettings(),  # noqa: B008 - frozen
) -> NDArray[np.int32]:
    """Find spheroids in a fluorescence image: int32 labels, 0 = background, 1..n without gaps.

    The image is pooled to about 256 pixels and smoothed; what is above the threshold of `segment_nuclei` is a spheroid
    where it is large enough, its holes (a dark core) filled. Two that touch are one. An image without one gives zeros.

    Raises ImageError for an image that is not 2-D or not finite.

    >>> rows, columns = np.mgrid[:200, :200]
    >>> image = 40.0 + 100 * (np.hypot(rows - 100, columns - 90) < 50) + 60 * (np.hypot(rows - 20, columns - 180) < 4)
    >>> labels = segment_spheroids(image)
    >>> int(labels.max()), bool(95 < 2 * np.sqrt((labels == 1).sum() / np.pi) < 105)
    (1, True)
    """
    pixels = check_image(image, "spheroid")
    if pixels.size == 0 or pixels.min() == pixels.max():
        return np.zeros(pixels.shape, np.int32)
    factor = max(1, round(min(pixels.shape) / _COARSE_SIDE))
    coarse = pool_image(pixels, factor)
    smooth = smooth_image(coarse, _SMOOTHING)
    background = np.float32(np.percentile(smooth, 5.0))
    threshold = choose_threshold(smooth - background) * settings.threshold_factor
    floor = settings.noise_factor * damp_noise(estimate_noise(coarse), _SMOOTHING)
    above = smooth - background > max(threshold, floor)
    pieces, _ = ndimage.label(ndimage.binary_fill_holes(above))
    kept = np.bincount(pieces.ravel()) >= np.pi / 4 * (settings.smallest * min(coarse.shape)) ** 2
    kept[0] = False
    labels = np.where(kept, np.cumsum(kept), 0)[pieces]
    whole = np.repeat(np.repeat(labels, factor, axis=0), factor, axis=1)
    return np.ascontiguousarray(whole[: pixels.shape[0], : pixels.shape[1]], np.int32)

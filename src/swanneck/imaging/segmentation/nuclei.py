"""Nuclei from a fluorescence image, without training."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.settings import Settings
from swanneck.imaging.segmentation import _kernels
from swanneck.imaging.segmentation._foreground import (
    check_image,
    choose_threshold,
    estimate_background,
    estimate_spread,
    pool_image,
    smooth_image,
)
from swanneck.imaging.segmentation.diameter import estimate_nucleus_diameter

__all__ = ["NucleiSettings", "segment_nuclei"]

_POOLED_DIAMETER = 18.0


class NucleiSettings(Settings):
    """How nuclei are found. Lengths are in nucleus diameters, so that one set serves every magnification."""

    diameter: float | None = Field(default=None, gt=0)
    """Typical diameter in pixels; None: estimated from the image."""
    threshold_factor: float = Field(default=1.0, gt=0)
    """Multiplies the automatic threshold: above 1 takes fewer dim nuclei, below 1 more."""
    smallest_area: float = Field(default=0.10, ge=0)
    """Pieces under this share of a typical nucleus' area are debris and are left out."""
    edge_level: float = Field(default=0.43, gt=0, lt=1)
    """Where the outline lies between the local background (0) and the nucleus' own level (1); half height of a
    blurred edge is 0.5, people draw slightly outside of it."""
    merge_saddle: float = Field(default=0.95, gt=0, le=1)
    """Two peaks are one nucleus where the saddle between them is above this share of the lower peak."""
    noise_factor: float = Field(default=5.0, ge=0)
    """A nucleus stands at least this many standard deviations of the background above it (Rose 1948: 5)."""


def segment_nuclei(image: NDArray[Any], settings: NucleiSettings = NucleiSettings()) -> NDArray[np.int32]:  # noqa: B008 - frozen
    """Find nuclei: int32 labels of the image's shape, 0 = background, 1..n without gaps.

    `image` is 2-D of any number type and brightness; nuclei are brighter than the background. Nuclei cut by the
    border are kept. A constant image, or one of noise only, gives zeros. Large nuclei are segmented in a copy pooled
    by a whole number such that they are about 18 pixels wide. Then: local background; threshold (geometric mean of
    Otsu's on linear and logarithmic values) and local mean; watershed from the maxima of distance and relative
    intensity, which merges basins that meet high up (Vincent & Soille 1991; Malpica et al. 1997 for the use of both);
    an outline at a share of each nucleus' own level.

    Raises ImageError for an image that is not 2-D or not finite.

    >>> import numpy as np
    >>> rows, columns = np.mgrid[:60, :60]
    >>> image = sum((np.hypot(rows - 30, columns - x) < 9.5) * 100 for x in (20, 38))
    >>> int(segment_nuclei(image).max())
    2
    """
    pixels = check_image(image, "nuclei")
    diameter = settings.diameter if settings.diameter is not None else estimate_nucleus_diameter(pixels)
    if diameter is None or pixels.size == 0 or pixels.min() == pixels.max():
        return np.zeros(pixels.shape, np.int32)
    factor = max(1, round(diameter / _POOLED_DIAMETER))
    labels = _segment_pooled(pool_image(pixels, factor), diameter / factor, settings)
    if factor > 1:
        labels = np.repeat(np.repeat(labels, factor, axis=0), factor, axis=1)
        labels = np.ascontiguousarray(labels[: pixels.shape[0], : pixels.shape[1]])
    return labels


def _segment_pooled(image: NDArray[np.float32], diameter: float, settings: NucleiSettings) -> NDArray[np.int32]:
    smooth = smooth_image(image, 0.03 * diameter)
    contrast = smooth - estimate_background(smooth, 4.0 * diameter, 0.15 * diameter)
    foreground = _find_foreground(contrast, diameter, settings)
    if not foreground.any():
        return np.zeros(image.shape, np.int32)
    smallest = int(settings.smallest_area * np.pi / 4.0 * diameter**2)
    height = _seed_height(contrast, foreground, diameter)
    basins, count = _kernels.flood_descending(height, foreground, settings.merge_saddle, smallest)
    nuclei = _cut_edges(contrast, basins, count, settings.edge_level)
    labels, _ = _kernels.keep_largest_pieces(nuclei, count, max(1, smallest))
    return labels


def _find_foreground(contrast: NDArray[np.float32], diameter: float, settings: NucleiSettings) -> NDArray[np.bool_]:
    ones = np.ones(contrast.shape, np.bool_)
    local_mean, _ = _kernels.masked_box_mean(contrast, ones, max(1, round(1.2 * diameter)))
    noise = settings.noise_factor * estimate_spread(contrast)
    threshold = max(choose_threshold(contrast) * settings.threshold_factor, noise)
    return (contrast > threshold) & (contrast > local_mean)


def _seed_height(contrast: NDArray[np.float32], foreground: NDArray[np.bool_], diameter: float) -> NDArray[np.float32]:
    depth = _kernels.distance_inside(foreground)
    depth = np.minimum(depth, np.float32(diameter)) / np.float32(0.5 * diameter)
    level = smooth_image(contrast, 0.06 * diameter)
    typical, _ = _kernels.masked_box_mean(level, foreground, max(1, round(0.5 * diameter)))
    relative = np.where(foreground, level / np.maximum(typical, np.float32(1e-9)), 0.0).astype(np.float32)
    height = smooth_image(depth + np.float32(0.6) * relative, 0.06 * diameter)
    height /= height.max()
    return height


def _cut_edges(
    contrast: NDArray[np.float32], basins: NDArray[np.int32], count: int, edge_level: float
) -> NDArray[np.int32]:
    flat, values = basins.ravel(), contrast.ravel()
    mean = np.bincount(flat, values, count + 1) / np.maximum(np.bincount(flat, minlength=count + 1), 1)
    upper = values >= mean[flat]
    pixels = np.maximum(np.bincount(flat[upper], minlength=count + 1), 1)
    level = np.bincount(flat[upper], values[upper], count + 1) / pixels
    return np.where(contrast >= edge_level * level[basins], basins, 0).astype(np.int32)

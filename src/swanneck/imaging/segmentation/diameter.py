"""How large nuclei are in an image, before they are segmented."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.segmentation import _kernels
from swanneck.imaging.segmentation._foreground import (
    check_image,
    damp_noise,
    estimate_noise,
    pool_image,
    sample_image,
    smooth_image,
    split_histogram,
)
from swanneck.imaging.segmentation.regions import _kernels as regions
from swanneck.imaging.segmentation.watershed import _kernels as watershed

__all__ = ["estimate_nucleus_diameter"]

_COARSE_SIDE = 700
_SMALLEST_COARSE = 6.5
_SMALLEST = 5.0
_CLEAR = 3.0
_LARGEST_SHARE = 0.5


def estimate_nucleus_diameter(image: NDArray[Any]) -> float | None:
    """Estimate the typical diameter of nuclei in pixels; None where nothing looks like a nucleus.

    `image` is 2-D of any number type and brightness. The square root of the image is thresholded (Otsu 1979), its
    pieces are divided at their narrow places, and the median over foreground pixels of the pieces' widths is
    returned: large nuclei count more than debris. Images with a side above 700 pixels are looked at in a pooled
    copy first. Estimate it once for a plate (the median over some fields of control wells) and pass it on as
    `NucleiSettings.diameter`: then no field depends on which others were looked at, and debris in an empty field
    decides nothing.

    Raises ImageError for an image that is not 2-D or not finite.

    >>> import numpy as np
    >>> rows, columns = np.mgrid[:64, :64]
    >>> disc = ((rows - 32) ** 2 + (columns - 32) ** 2 < 10**2) * 200.0
    >>> 17 < estimate_nucleus_diameter(disc) < 22
    True
    >>> estimate_nucleus_diameter(np.zeros((64, 64))) is None
    True
    """
    pixels = check_image(image, "nuclei")
    if pixels.size == 0:
        return None
    factor = max(1, int(np.ceil(max(pixels.shape) / _COARSE_SIDE)))
    while factor > 1:
        diameter = _measure_width(pool_image(pixels, factor))
        if diameter is not None and diameter >= _SMALLEST_COARSE:
            return diameter * factor
        factor //= 2
    return _measure_width(pool_image(pixels, 1))


def _measure_width(image: NDArray[np.float32]) -> float | None:
    rough = np.sqrt(image - image.min())
    root = smooth_image(rough, 1.0)
    # Uneven illumination must not join nuclei on its bright side.
    root = root - _kernels.box_mean(root, max(4, round(0.25 * min(root.shape))))
    threshold = split_histogram(sample_image(root).ravel())
    foreground = root > threshold
    if not foreground.any() or foreground.all():
        return None
    # Otsu's halves of pure noise differ by 1.6 standard deviations.
    if root[foreground].mean() - root[~foreground].mean() < _CLEAR * damp_noise(estimate_noise(rough), 1.0):
        return None
    depth = smooth_image(_kernels.distance_inside(foreground, _LARGEST_SHARE * min(image.shape)), 1.0)
    labels, count = watershed.flood_descending(depth, foreground, 0.5, 0)
    areas, _, peaks = regions.measure_labels(labels, depth, count)
    width = np.minimum(2.0 * peaks[1:] + 0.5, 2.0 * np.sqrt(areas[1:] / np.pi))
    real = (width >= _SMALLEST) & (width <= _LARGEST_SHARE * min(image.shape))
    if not real.any():
        return None
    width, area = width[real], areas[1:][real]
    order = np.argsort(width, kind="stable")
    cumulative = np.cumsum(area[order])
    return float(width[order][np.searchsorted(cumulative, 0.5 * cumulative[-1])])

"""What the steps of segmentation share: checked images, smoothing, local background and one threshold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError
from swanneck.imaging.segmentation import _kernels

__all__ = [
    "check_image",
    "choose_threshold",
    "estimate_background",
    "estimate_noise",
    "pool_image",
    "smooth_image",
    "split_histogram",
]

_BINS = 256


def check_image(image: NDArray[Any], role: str) -> NDArray[Any]:
    """Return the image as a contiguous array that the kernels know (uint8, uint16 or float32).

    Raises ImageError where it is not a 2-D array of finite numbers.
    """
    pixels = np.asarray(image)
    if pixels.ndim != 2:
        problem = f"a {role} image must be 2-D (rows, columns), this one has shape {pixels.shape}"
        raise ImageError(problem, remedy="Give one channel and one plane; project a z-stack first")
    if pixels.dtype.kind not in "buif":
        problem = f"a {role} image must hold numbers, this one holds {pixels.dtype}"
        raise ImageError(problem)
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        problem = f"a {role} image must be finite, this one has NaN or infinite pixels"
        raise ImageError(problem)
    if pixels.dtype not in (np.uint8, np.uint16):
        pixels = pixels.astype(np.float32)
    return np.ascontiguousarray(pixels)


def pool_image(pixels: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Mean of factor x factor blocks, in float32."""
    if factor == 1:
        return pixels.astype(np.float32)
    return _kernels.pool_mean(pixels, factor)


def smooth_image(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian smoothing, cut at three sigma; below a quarter of a pixel nothing changes."""
    if sigma < 0.25:
        return image
    offsets = np.arange(int(np.ceil(3.0 * sigma)) + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights[0] + 2.0 * weights[1:].sum()
    return _kernels.blur(image, weights.astype(np.float32))


def split_histogram(values: NDArray[np.float32]) -> float:
    """Otsu's threshold (1979): the split that leaves the least variance within the two classes."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return high
    counts, edges = np.histogram(values, _BINS, (low, high))
    centres = 0.5 * (edges[1:] + edges[:-1])
    below = np.cumsum(counts)[:-1].astype(np.float64)
    weight = np.cumsum(counts * centres)
    total, mean = float(counts.sum()), float(weight[-1])
    above = total - below
    spread = np.zeros(_BINS - 1)
    both = (below > 0) & (above > 0)
    between = mean * below / total - weight[:-1]
    spread[both] = between[both] ** 2 / (below[both] * above[both])
    return float(edges[1 + int(np.argmax(spread))])


def choose_threshold(image: NDArray[np.float32]) -> float:
    """Geometric mean of Otsu's threshold on the image and on its logarithm, both above the darkest percent.

    The linear threshold misses dim nuclei beside bright ones, the logarithmic one takes haze: their mean is between.
    """
    low, high = np.percentile(image, [1.0, 99.8])
    if high <= low:
        return float(high)
    values = np.clip(image - low, 0.0, high - low).ravel()
    offset = 0.02 * (high - low)
    linear = split_histogram(values)
    logarithmic = float(np.exp(split_histogram(np.log(values + offset)))) - offset
    return float(low + np.sqrt(max(linear, 0.0) * max(logarithmic, 0.0)))


def estimate_background(image: NDArray[np.float32], window: float, margin: float) -> NDArray[np.float32]:
    """Mean of what is not foreground in a square of 2 x window around each pixel; wider where that holds too little.

    Foreground is what a global threshold takes, grown by `margin` pixels.
    """
    foreground = image >= choose_threshold(image)
    ones = np.ones(image.shape, np.bool_)
    _, near = _kernels.masked_box_mean(image, foreground, max(1, round(margin)))
    background = near == 0
    radius = max(2, round(window))
    local, local_share = _kernels.masked_box_mean(image, background, radius)
    wide, wide_share = _kernels.masked_box_mean(image, background, 3 * radius)
    overall = np.median(image[background]) if background.any() else image.min()
    field = np.where(local_share > 0.05, local, np.where(wide_share > 0.02, wide, overall)).astype(np.float32)
    smooth, _ = _kernels.masked_box_mean(field, ones, radius)
    return smooth


def estimate_noise(image: NDArray[np.float32], radius: float) -> float:
    """Standard deviation of the noise, from the quarter of the pixels that differ least from their surroundings.

    A quarter, because in a dense field most pixels lie on edges; for normal noise it is 0.3186 standard deviations.
    """
    ones = np.ones(image.shape, np.bool_)
    mean, _ = _kernels.masked_box_mean(image, ones, max(1, round(radius)))
    return float(np.percentile(np.abs(image - mean), 25.0) / 0.3186)

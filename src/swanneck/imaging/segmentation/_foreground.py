"""What the steps of segmentation share: checked images, smoothing, local background and one threshold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError
from swanneck.imaging.segmentation import _kernels

__all__ = [
    "check_image",
    "choose_threshold",
    "damp_noise",
    "estimate_noise",
    "pool_image",
    "smooth_image",
    "split_histogram",
    "subtract_background",
]

_BINS = 256
_LARGEST = 1e15
_SAMPLE = 40_000
_FIELD_STEP = 0.1


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
        largest = max(pixels.max(initial=0), -pixels.min(initial=0)) if pixels.dtype.kind == "f" else 0
        if largest > _LARGEST:
            pixels = pixels / largest  # sums and squares of such numbers have no float32
        pixels = pixels.astype(np.float32, copy=False)
    return np.ascontiguousarray(pixels)


def pool_image(pixels: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Mean of factor x factor blocks, in float32."""
    if factor == 1:
        return pixels.astype(np.float32, copy=False)
    return _kernels.pool_mean(pixels, factor)


def smooth_image(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian smoothing, cut at three sigma; below a quarter of a pixel nothing changes."""
    if sigma < 0.25:
        return image
    return _kernels.blur(image, _half_kernel(sigma))


def damp_noise(noise: float, sigma: float) -> float:
    """What `smooth_image` leaves of white noise."""
    if sigma < 0.25:
        return noise
    weights = _half_kernel(sigma)
    return float(noise * (weights[0] ** 2 + 2.0 * (weights[1:] ** 2).sum()))


def _half_kernel(sigma: float) -> NDArray[np.float32]:
    offsets = np.arange(int(np.ceil(3.0 * sigma)) + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights[0] + 2.0 * weights[1:].sum()
    return weights.astype(np.float32)


def sample_image(image: NDArray[Any]) -> NDArray[Any]:
    """Every n-th pixel of every n-th row: about 40,000 values tell a histogram as well as all do."""
    step = _sample_step(image)
    return image[::step, ::step]


def _sample_step(image: NDArray[Any]) -> int:
    return max(1, int(np.sqrt(image.size / _SAMPLE)))


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
    sample = sample_image(image)
    low, high = np.percentile(sample, [1.0, 99.8])
    if high <= low:
        return float(high)
    values = np.clip(sample - low, 0.0, high - low).ravel()
    offset = 0.02 * (high - low)
    linear = split_histogram(values)
    logarithmic = float(np.exp(split_histogram(np.log(values + offset)))) - offset
    return float(low + np.sqrt(max(linear, 0.0) * max(logarithmic, 0.0)))


def subtract_background(image: NDArray[np.float32], window: float, margin: float) -> tuple[NDArray[np.float32], float]:
    """The image above its local background, and the standard deviation of the background's noise.

    The local background is the mean of what is not foreground in a square of 2 x window around each pixel; of a wider
    square where that holds too little. Foreground is what a global threshold takes, grown by `margin` pixels. A
    threshold would halve a field of noise alone: where the values are normal around their local mean, only what is
    three standard deviations above it is foreground.
    """
    factor = max(1, min(4, int(_FIELD_STEP * window)))
    field, spread = _estimate_field(pool_image(image, factor), window / factor, margin / factor)
    return _kernels.subtract_enlarged(image, field, factor), spread


def _estimate_field(image: NDArray[np.float32], window: float, margin: float) -> tuple[NDArray[np.float32], float]:
    radius = max(2, round(window))
    flat = image - _kernels.box_mean(image, radius)
    # The mean's own error on a slope is the mean of what it left.
    flat -= _kernels.box_mean(flat, radius)
    spread = _measure_normal_spread(sample_image(flat))
    if spread is None:
        foreground = image >= choose_threshold(image)
    else:
        foreground = flat > np.float32(3.0 * spread)
    background = ~_kernels.grow_mask(foreground, max(1, round(margin)))
    field, share = _kernels.masked_box_mean(image, background, radius)
    if share.min(initial=1.0) <= 0.05:
        wide, wide_share = _kernels.masked_box_mean(image, background, 3 * radius)
        overall = image[background].mean() if background.any() else image.min()
        field = np.where(share > 0.05, field, np.where(wide_share > 0.02, wide, overall)).astype(np.float32)
    smooth = _kernels.box_mean(field, radius)
    if spread is None:
        dark = sample_image(image - smooth)[sample_image(background)]
        low, middle = np.percentile(dark, [15.865, 50.0]) if dark.size else (0.0, 0.0)
        spread = float(middle - low)
    return smooth, spread


def _measure_normal_spread(values: NDArray[np.float32]) -> float | None:
    """Standard deviation of values that look normal, None where they do not.

    The 1 % points of normal values lie 2.33 standard deviations out; a field with nuclei is skew or has two peaks.
    """
    low_tail, low, middle, high, high_tail = np.percentile(values, [1.0, 15.865, 50.0, 84.135, 99.0])
    below, above = float(middle - low), float(high - middle)
    if below <= 0.0 or not 0.8 * below <= above <= 1.25 * below:
        return None
    tails = (middle - low_tail) / below, (high_tail - middle) / above
    return 0.5 * (below + above) if min(tails) > 1.9 and max(tails) < 2.8 else None


def estimate_noise(image: NDArray[np.float32]) -> float:
    """Standard deviation of white noise, from the quarter of the pixels that differ least from their 3 x 3 mean.

    A quarter, because in a dense field most pixels lie on edges; for normal noise it is 0.3186 standard deviations.
    """
    step = _sample_step(image)
    rows, columns = image.shape
    centre = image[1 : rows - 1 : step, 1 : columns - 1 : step]
    if centre.size == 0:
        return 0.0
    mean = np.zeros(centre.shape, np.float32)
    for down in range(3):
        for right in range(3):
            mean += image[down : rows - 2 + down : step, right : columns - 2 + right : step]
    quarter = np.percentile(np.abs(centre - mean / np.float32(9.0)), 25.0)
    return float(quarter / 0.3186 * np.sqrt(9.0 / 8.0))

"""Costes' automatic threshold of two channels (Costes et al., Biophys. J. 86:3993, 2004), as CellProfiler seeks it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.correlation import _kernels

__all__ = ["CostesThresholds", "find_costes_thresholds"]


@dataclass(frozen=True)
class CostesThresholds:
    """The intensity above which the first and the second channel count as signal; NaN where there is none."""

    first: float
    second: float


def find_costes_thresholds(
    images: tuple[NDArray[np.float32], NDArray[np.float32]],
    levels: tuple[NDArray[np.uint16], NDArray[np.uint16]] | None,
    scales: tuple[int, int],
    *,
    search: Literal["Faster", "Fast", "Accurate"] = "Faster",
) -> CostesThresholds:
    """Seek the thresholds along the orthogonal regression of one channel on the other, over the whole image.

    `levels` are the whole numbers that were divided by `scales` to give the images; the larger scale is the number of
    steps of the search. Without levels (float images) the search looks at the pixels themselves. Pixels that are not
    finite in either channel are left out.

    >>> noise = np.random.default_rng(1).random((2, 64, 64)).astype(np.float32) * 0.2
    >>> noise[:, 20:40, 20:40] += np.float32(0.7)
    >>> found = find_costes_thresholds((noise[0], noise[1]), None, (255, 255))
    >>> 0.1 < found.first < 0.7
    True
    """
    first, second = (image.ravel() for image in images)
    finite = np.isfinite(first) & np.isfinite(second)
    if not finite.all():
        first, second = first[finite], second[finite]
        levels = None if levels is None else (levels[0].ravel()[finite], levels[1].ravel()[finite])
    line = _regress(first, second)
    if line is None or not np.isfinite(line).all():
        return CostesThresholds(np.nan, np.nan)
    scale = max(scales)
    if search != "Faster":
        return _step_down(first, second, line, scale=scale, accurate=search == "Accurate")
    if levels is None:
        return _bisect(_PixelTest(first, second, line, scale), line, scale)
    return _bisect(_LevelTest((levels[0].ravel(), levels[1].ravel()), line, scales), line, scale)


def _regress(first: NDArray[np.float32], second: NDArray[np.float32]) -> tuple[float, float] | None:
    # Single precision up to the variances and double after them, as NumPy 1.23 had it for CellProfiler.
    lit = (first > 0) | (second > 0)
    if not lit.all():
        first, second = first[lit], second[lit]
    if len(first) < 2 or first.min() == first.max() or second.min() == second.max():
        return None
    variances = [np.var(values, ddof=1) for values in (first, second, first + second)]
    covariance = 0.5 * float(variances[2] - (variances[0] + variances[1]))
    excess = variances[1] - variances[0]
    if covariance == 0:
        return None
    slope = (float(excess) + np.sqrt(float(excess * excess) + 4 * (covariance * covariance))) / (2 * covariance)
    return slope, float(np.mean(second)) - slope * float(np.mean(first))


class _PixelTest:
    """Number and correlation of the pixels below the thresholds of a step, from the pixels."""

    def __init__(
        self, first: NDArray[np.float32], second: NDArray[np.float32], line: tuple[float, float], scale: int
    ) -> None:
        self.images, self.line, self.scale = (first, second), line, scale

    def __call__(self, step: int) -> tuple[int, float]:
        limit = step / self.scale
        return _kernels.sum_whole_image(
            *self.images, np.float32(limit), np.float32(self.line[0] * limit + self.line[1])
        )


class _LevelTest:
    """The same from sums over all steps that one pass over the pixels makes; exact, as levels are whole numbers."""

    def __init__(
        self,
        levels: tuple[NDArray[np.uint16], NDArray[np.uint16]],
        line: tuple[float, float],
        scales: tuple[int, int],
    ) -> None:
        scale = max(scales)
        steps = np.arange(1, scale + 1) / scale
        values = [np.divide(np.arange(own + 1), own, dtype=np.float32) for own in scales]
        last_of_first = np.searchsorted(steps.astype(np.float32), values[0], side="right")
        limits = (line[0] * steps + line[1]).astype(np.float32)
        ranges = np.ones((len(values[1]), 2), np.int32)
        if line[0] >= 0:
            ranges[:, 1] = np.searchsorted(limits, values[1], side="right")
        else:
            ranges[:, 0] = scale + 1 - np.searchsorted(limits[::-1], values[1], side="right")
            ranges[:, 1] = scale
        self.sums = _kernels.sum_below(*levels, last_of_first.astype(np.int32), ranges, scale)

    def __call__(self, step: int) -> tuple[int, float]:
        number, x, y, xx, yy, xy = (int(total) for total in self.sums[step])
        spread = (number * xx - x * x) * (number * yy - y * y)
        return number, (number * xy - x * y) / float(spread) ** 0.5 if spread > 0 else float("nan")


def _bisect(test: _PixelTest | _LevelTest, line: tuple[float, float], scale: int) -> CostesThresholds:
    # Each try is a sixth of the window below its upper end; the last step with a correlation of 0 or more counts.
    left, right, valid, last = 1, scale, 1, 0
    step = int((right - left) // (6 / 5)) + left
    while last != step:
        number, correlation = test(step)
        if number <= 2 or correlation < 0:
            left = step - 1
        elif correlation >= 0:
            right, valid = step + 1, step
        last = step
        step = int((right - left) // (6 / 5 if right - left > 6 else 2)) + left
    limit = (valid - 1) / scale
    return CostesThresholds(limit, line[0] * limit + line[1])


def _step_down(
    first: NDArray[np.float32], second: NDArray[np.float32], line: tuple[float, float], *, scale: int, accurate: bool
) -> CostesThresholds:
    step = 1 / scale
    highest = (float(first.max()), float(second.max()))
    limit = step * ((max(highest) // step) + 1)
    while limit > highest[0] and line[0] * limit + line[1] > highest[1]:
        limit -= step
    found = CostesThresholds(limit, line[0] * limit + line[1])
    before, correlation = -1, 1.0
    while limit > step:
        found = CostesThresholds(limit, line[0] * limit + line[1])
        number, value = _kernels.sum_whole_image(first, second, np.float32(limit), np.float32(found.second))
        if number != before:
            before, correlation = number, value
        if correlation <= 0 or number < 2:
            break
        stride = 1
        if not accurate and limit >= step * 10:
            stride = 10 if correlation > 0.45 else 5 if correlation > 0.35 else 2 if correlation > 0.25 else 1
        limit -= step * stride
    return found

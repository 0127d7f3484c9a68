"""Compiled sums of two channels within objects, and over the whole image for Costes' threshold."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["rank_levels", "sum_below", "sum_pairs", "sum_whole_image"]

SUMS = 17


@kernel
def rank_levels(levels: NDArray[np.uint16], highest: int) -> NDArray[np.uint16]:
    """Give the dense rank of each level from 0 on."""
    rank_of = np.zeros(highest + 2, np.int32)
    for level in levels:
        rank_of[level] = 1
    rank = -1
    for level in range(highest + 1):
        if rank_of[level] > 0:
            rank += 1
            rank_of[level] = rank
    ranks = np.empty(len(levels), np.uint16)
    for at in range(len(levels)):
        ranks[at] = rank_of[levels[at]]
    return ranks


@kernel
def sum_pairs(
    one: NDArray[np.float32],
    other: NDArray[np.float32],
    ranks: tuple[NDArray[Any], NDArray[Any]],
    steps: int,
    starts: NDArray[np.int64],
    share: float,
    thresholds: tuple[float, float],
) -> NDArray[np.float64]:
    """Give sums[term, label] of two channels' values; NaN where a label has no pixel or a value is not finite.

    `ranks` are below `steps`.

    Terms: 0 correlation, 1 regression slope; above the share of each object's largest value, in both channels: 2, 3
    sums, 4, 5 sums weighted by nearness of ranks, 6, 7 sums of squares, 8 sum of products, 9 pixels; 10, 11 sums above
    the share in that channel alone; above the thresholds in both: 12, 13 sums, 14 pixels; 15, 16 sums at or above the
    threshold of that channel alone. Comparisons, squares and products are in single precision, as in CellProfiler.
    """
    count = len(starts) - 2
    sums = np.empty((SUMS, count + 1))
    sums[:] = np.nan
    part = np.float32(share)
    limit1, limit2 = np.float32(thresholds[0]), np.float32(thresholds[1])
    rank1, rank2 = ranks
    found = np.empty(SUMS)
    for label in range(1, count + 1):
        first, last = starts[label], starts[label + 1]
        if first == last:
            continue
        mean1, mean2, most1, most2 = 0.0, 0.0, one[first], other[first]
        for at in range(first, last):
            mean1 += one[at]
            mean2 += other[at]
            most1, most2 = max(most1, one[at]), max(most2, other[at])
        if not math.isfinite(mean1 + mean2):
            continue
        mean1, mean2 = mean1 / (last - first), mean2 / (last - first)
        least1, least2 = part * most1, part * most2
        found[:] = 0.0
        square1, square2, product = 0.0, 0.0, 0.0
        for at in range(first, last):
            value1, value2 = one[at], other[at]
            square1 += (value1 - mean1) ** 2
            square2 += (value2 - mean2) ** 2
            product += (value1 - mean1) * (value2 - mean2)
            if value1 >= least1:
                found[10] += value1
            if value2 >= least2:
                found[11] += value2
            if value1 >= least1 and value2 >= least2:
                weight = (steps - abs(np.int64(rank1[at]) - np.int64(rank2[at]))) / steps
                found[2] += value1
                found[3] += value2
                found[4] += value1 * weight
                found[5] += value2 * weight
                found[6] += np.float32(value1 * value1)
                found[7] += np.float32(value2 * value2)
                found[8] += np.float32(value1 * value2)
                found[9] += 1
            if value1 > limit1 and value2 > limit2:
                found[12] += value1
                found[13] += value2
                found[14] += 1
            if value1 >= limit1:
                found[15] += value1
            if value2 >= limit2:
                found[16] += value2
        found[0] = product / (math.sqrt(square1) * math.sqrt(square2))
        found[1] = product / square1
        for term in range(SUMS):
            sums[term, label] = found[term]
    return sums


@kernel
def sum_below(
    one: NDArray[np.uint16],
    other: NDArray[np.uint16],
    last_of_one: NDArray[np.int32],
    range_of_other: NDArray[np.int32],
    steps: int,
) -> NDArray[np.int64]:
    """Give sums[step, (number, x, y, xx, yy, xy)] of the levels of those pixels that are below either threshold.

    A pixel of level x is above the first threshold at the steps up to `last_of_one[x]`, one of level y above the
    second from `range_of_other[y, 0]` to `range_of_other[y, 1]`; steps count from 1.
    """
    sums = np.zeros((steps + 2, 6), np.int64)
    for at in range(len(one)):
        x, y = int(one[at]), int(other[at])
        begin, end = range_of_other[y, 0], min(last_of_one[x], range_of_other[y, 1])
        if begin > end or begin > 1:
            _add(sums, 1, 1, x, y)
        if begin <= end:
            if begin > 1:
                _add(sums, begin, -1, x, y)
            _add(sums, end + 1, 1, x, y)
    for step in range(2, steps + 2):
        for term in range(6):
            sums[step, term] += sums[step - 1, term]
    return sums


@kernel
def _add(sums: NDArray[np.int64], place: int, sign: int, x: int, y: int) -> None:
    sums[place, 0] += sign
    sums[place, 1] += sign * x
    sums[place, 2] += sign * y
    sums[place, 3] += sign * x * x
    sums[place, 4] += sign * y * y
    sums[place, 5] += sign * x * y


@kernel
def sum_whole_image(
    one: NDArray[np.float32], other: NDArray[np.float32], limit1: np.float32, limit2: np.float32
) -> tuple[int, float]:
    """Give number and correlation of the pixels below either threshold; NaN where one channel is constant there."""
    number, sum1, sum2 = 0, 0.0, 0.0
    for at in range(len(one)):
        if one[at] < limit1 or other[at] < limit2:
            number += 1
            sum1 += one[at]
            sum2 += other[at]
    if number < 2:
        return number, math.nan
    mean1, mean2 = sum1 / number, sum2 / number
    least1, most1, least2, most2 = math.inf, -math.inf, math.inf, -math.inf
    square1, square2, product = 0.0, 0.0, 0.0
    for at in range(len(one)):
        if one[at] < limit1 or other[at] < limit2:
            least1, most1 = min(least1, one[at]), max(most1, one[at])
            least2, most2 = min(least2, other[at]), max(most2, other[at])
            square1 += (one[at] - mean1) ** 2
            square2 += (other[at] - mean2) ** 2
            product += (one[at] - mean1) * (other[at] - mean2)
    if least1 == most1 or least2 == most2:
        return number, math.nan
    return number, product / math.sqrt(square1 * square2)

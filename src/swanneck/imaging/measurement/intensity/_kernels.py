"""Compiled statistics of the intensities within each object and along its inner edge."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["measure_values"]

_RADIX_FROM = 64


@kernel
def measure_values(
    values: NDArray[np.float32],
    keys: NDArray[np.int32],
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    edges: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Give found[feature, label] over the finite values: NaN where an object has none.

    `keys` are whole numbers in the order of the values.

    Features: 0 to 4 sum, mean, standard deviation, smallest and largest; 5 to 9 the same along the inner edge (0 where
    an object has no edge); 10 mass displacement; 11 to 14 lower quartile, median, absolute deviation, upper quartile;
    15, 16 centre of mass, column and row.
    """
    count = len(starts) - 2
    found = np.empty((17, count + 1))
    found[:] = np.nan
    largest = 0
    for label in range(1, count + 1):
        largest = max(largest, starts[label + 1] - starts[label])
    kept, rim = np.empty(largest, np.float32), np.empty(largest, np.float32)
    spare, kept_keys = np.empty(largest, np.float32), np.empty(largest, np.int32)
    for label in range(1, count + 1):
        number, on_rim = 0, 0
        right, down, sum_right, sum_down = 0.0, 0.0, 0.0, 0.0
        for at in range(starts[label], starts[label + 1]):
            value = values[at]
            if not math.isfinite(value):
                continue
            kept[number], kept_keys[number] = value, keys[at]
            number += 1
            right += columns[at] * float(value)
            down += rows[at] * float(value)
            sum_right += columns[at]
            sum_down += rows[at]
            if edges[at] & 1:
                rim[on_rim] = value
                on_rim += 1
        if number == 0:
            continue
        _summarise(kept[:number], found[0:5, label])
        found[5:10, label] = 0.0
        if on_rim > 0:
            _summarise(rim[:on_rim], found[5:10, label])
        total = found[0, label]
        found[15, label], found[16, label] = right / total, down / total
        off_right, off_down = sum_right / number - right / total, sum_down / number - down / total
        found[10, label] = math.sqrt(off_right * off_right + off_down * off_down)
        ordered = kept[:number]
        _sort_values(kept_keys, ordered, spare)
        found[11, label] = _quantile(ordered, 0.25)
        median = _quantile(ordered, 0.5)
        found[12, label] = median
        found[13, label] = _deviation(ordered, median)
        found[14, label] = _quantile(ordered, 0.75)
    return found


@kernel
def _summarise(values: NDArray[np.float32], features: NDArray[np.float64]) -> None:
    total, least, most = 0.0, values[0], values[0]
    for value in values:
        total += float(value)
        least, most = min(least, value), max(most, value)
    mean = total / len(values)
    squares = 0.0
    for value in values:
        squares += (float(value) - mean) ** 2
    features[0], features[1], features[2] = total, mean, math.sqrt(squares / len(values))
    features[3], features[4] = least, most


@kernel
def _sort_values(keys: NDArray[np.int32], values: NDArray[np.float32], spare: NDArray[np.float32]) -> None:
    # Few values by insertion, many by radix with their keys (whole numbers in the order of the values), byte by byte;
    # bytes that all share are passed over. Spare has room for a copy.
    number = len(values)
    if number < _RADIX_FROM:
        for at in range(1, number):
            value, place = values[at], at
            while place > 0 and value < values[place - 1]:
                values[place] = values[place - 1]
                place -= 1
            values[place] = value
        return
    places = np.empty(257, np.int64)
    spare_keys = np.empty(number, np.int32)
    for shift in range(0, 32, 8):
        flip = 128 if shift == 24 else 0
        places[:] = 0
        for at in range(number):
            places[(((keys[at] >> shift) & 255) ^ flip) + 1] += 1
        if places[(((keys[0] >> shift) & 255) ^ flip) + 1] == number:
            continue
        for byte in range(256):
            places[byte + 1] += places[byte]
        for at in range(number):
            byte = ((keys[at] >> shift) & 255) ^ flip
            spare[places[byte]], spare_keys[places[byte]] = values[at], keys[at]
            places[byte] += 1
        for at in range(number):
            values[at], keys[at] = spare[at], spare_keys[at]


@kernel
def _quantile(ordered: NDArray[np.float32], fraction: float) -> float:
    # CellProfiler's place of a quantile is number x fraction, not (number - 1) x fraction.
    place = len(ordered) * fraction
    below = int(place)
    share = place - below
    if below < len(ordered) - 1:
        return float(ordered[below]) * (1 - share) + float(ordered[below + 1]) * share
    return float(ordered[min(below, len(ordered) - 1)])


@kernel
def _deviation(ordered: NDArray[np.float32], median: float) -> float:
    # Distances from the median come in order when one walks from it to both sides.
    number = len(ordered)
    high = number // 2
    while high > 0 and float(ordered[high - 1]) >= median:
        high -= 1
    while high < number and float(ordered[high]) < median:
        high += 1
    low = high - 1
    place = number * 0.5
    below = int(place)
    share = place - below
    before, at = 0.0, 0.0
    for _ in range(min(below + 2, number)):
        before = at
        if high >= number or (low >= 0 and median - float(ordered[low]) <= float(ordered[high]) - median):
            at = median - float(ordered[low])
            low -= 1
        else:
            at = float(ordered[high]) - median
            high += 1
    return before * (1 - share) + at * share if below < number - 1 else at

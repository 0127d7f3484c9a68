"""Compiled loops of the measurements: one pass over the pixels each."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["measure_intensities", "measure_medians", "measure_shapes"]


@kernel
def measure_shapes(nuclei: NDArray[np.int32], cells: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """Give one row per label up to count: nucleus area, sums of x and of y, cell area, cytoplasm area, border flags.

    Columns: 0 nucleus area, 1 sum of x, 2 sum of y, 3 cell area, 4 cytoplasm area, 5 nucleus at border, 6 cell at
    border. Labels above count are ignored.
    """
    height, width = nuclei.shape
    found = np.zeros((count + 1, 7), np.float64)
    for y in range(height):
        edge_row = y == 0 or y == height - 1
        x = 0
        while x < width:
            nucleus, cell, start = nuclei[y, x], cells[y, x], x
            x += 1
            while x < width and nuclei[y, x] == nucleus and cells[y, x] == cell:
                x += 1
            at_border = edge_row or start == 0 or x == width
            length = x - start
            if 0 < nucleus <= count:
                found[nucleus, 0] += length
                found[nucleus, 1] += 0.5 * length * (start + x - 1)
                found[nucleus, 2] += length * y
                if at_border:
                    found[nucleus, 5] = 1.0
            if 0 < cell <= count:
                found[cell, 3] += length
                if nucleus == 0:
                    found[cell, 4] += length
                if at_border:
                    found[cell, 6] = 1.0
    return found


@kernel
def measure_intensities(
    image: NDArray[Any],
    nuclei: NDArray[np.int32],
    cells: NDArray[np.int32],
    count: int,
    flat: NDArray[np.float32],
    offset: float,
    sample_step: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32], int]:
    """Sum one channel over nuclei, cells and cytoplasm, correcting the illumination on the way.

    `flat` is the flat field stretched to the image's width, with few rows; without rows nothing is corrected.
    Returns sums[label, region, (pixels, sum, sum of squares)], maxima[label, region], and the pixels sampled every
    `sample_step` rows and columns: those in no object first, in the first `outside` places, the others from the end.
    """
    height, width = image.shape
    sums = np.zeros((count + 1, 3, 3), np.float64)
    maxima = np.full((count + 1, 3), -np.inf)
    sampled = ((height + sample_step - 1) // sample_step) * ((width + sample_step - 1) // sample_step)
    samples = np.empty(sampled, np.float32)
    outside, inside = 0, sampled
    row = np.empty(width, np.float32)
    for y in range(height):
        _read_row(image, y, flat, offset, row)
        if y % sample_step == 0:
            for x in range(0, width, sample_step):
                if nuclei[y, x] == 0 and cells[y, x] == 0:
                    samples[outside] = row[x]
                    outside += 1
                else:
                    inside -= 1
                    samples[inside] = row[x]
        x = 0
        while x < width:
            nucleus, cell, start = nuclei[y, x], cells[y, x], x
            if nucleus == 0 and cell == 0:
                x += 1
                continue
            total, squares, highest = 0.0, 0.0, -math.inf
            while x < width and nuclei[y, x] == nucleus and cells[y, x] == cell:
                value = float(row[x])
                total += value
                squares += value * value
                highest = max(highest, value)
                x += 1
            length = x - start
            if 0 < nucleus <= count:
                _add(sums, maxima, nucleus, 0, length, total, squares, highest)
            if 0 < cell <= count:
                _add(sums, maxima, cell, 1, length, total, squares, highest)
                if nucleus == 0:
                    _add(sums, maxima, cell, 2, length, total, squares, highest)
    return sums, maxima, samples, outside


@kernel
def _read_row(image: NDArray[Any], y: int, flat: NDArray[np.float32], offset: float, row: NDArray[np.float32]) -> None:
    height, width = image.shape
    if flat.shape[0] == 0:
        for x in range(width):
            row[x] = image[y, x]
        return
    dark = np.float32(offset)
    place = y * (flat.shape[0] - 1) / max(1, height - 1)
    above = min(int(place), max(0, flat.shape[0] - 2))
    below = min(above + 1, flat.shape[0] - 1)
    share = np.float32(place - above)
    for x in range(width):
        level = flat[above, x] + share * (flat[below, x] - flat[above, x])
        row[x] = (np.float32(image[y, x]) - dark) / level + dark


@kernel
def _add(
    sums: NDArray[np.float64],
    maxima: NDArray[np.float64],
    label: int,
    region: int,
    length: int,
    total: float,
    squares: float,
    highest: float,
) -> None:
    sums[label, region, 0] += length
    sums[label, region, 1] += total
    sums[label, region, 2] += squares
    maxima[label, region] = max(maxima[label, region], highest)


@kernel
def measure_medians(
    image: NDArray[Any],
    nuclei: NDArray[np.int32],
    cells: NDArray[np.int32],
    areas: NDArray[np.int64],
    flat: NDArray[np.float32],
    offset: float,
) -> NDArray[np.float64]:
    """Give medians[label, region] of one channel over nuclei, cells and cytoplasm; NaN where a region has no pixel.

    `areas[label]` has the pixels of the nucleus, of the cell and of its cytoplasm. `flat` as in `measure_intensities`.
    """
    height, width = image.shape
    count = areas.shape[0] - 1
    starts = np.zeros((count + 2, 2), np.int64)
    for label in range(1, count + 1):
        starts[label + 1, 0] = starts[label, 0] + areas[label, 0]
        starts[label + 1, 1] = starts[label, 1] + areas[label, 1]
    in_nuclei = np.empty(starts[count + 1, 0], np.float32)
    # A cell's pixels: those of its cytoplasm from the front, those in nuclei from the back.
    in_cells = np.empty(starts[count + 1, 1], np.float32)
    nucleus_next, front, back = starts[:-1, 0].copy(), starts[:-1, 1].copy(), starts[1:, 1].copy()
    row = np.empty(width, np.float32)
    for y in range(height):
        _read_row(image, y, flat, offset, row)
        for x in range(width):
            nucleus, cell = nuclei[y, x], cells[y, x]
            if 0 < nucleus <= count:
                in_nuclei[nucleus_next[nucleus]] = row[x]
                nucleus_next[nucleus] += 1
            if 0 < cell <= count:
                if nucleus == 0:
                    in_cells[front[cell]] = row[x]
                    front[cell] += 1
                else:
                    back[cell] -= 1
                    in_cells[back[cell]] = row[x]
    medians = np.full((count + 1, 3), np.nan)
    for label in range(1, count + 1):
        first = starts[label, 1]
        medians[label, 0] = _median(in_nuclei[starts[label, 0] : starts[label + 1, 0]])
        medians[label, 2] = _median(in_cells[first : first + areas[label, 2]])
        medians[label, 1] = _median(in_cells[first : starts[label + 1, 1]])
    return medians


@kernel
def _median(values: NDArray[np.float32]) -> float:
    """Give the median, and leave the values in another order; the mean of the middle two of an even number."""
    if values.size == 0:
        return math.nan
    middle = values.size // 2
    low, high = 0, values.size - 1
    while low < high:  # Hoare's selection (1961): each turn leaves the part that holds the middle
        pivot = values[(low + high) // 2]
        left, right = low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while pivot < values[right]:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if middle <= right:
            high = right
        elif middle >= left:
            low = left
        else:
            break
    upper = float(values[middle])
    if values.size % 2:
        return upper
    lower = values[0]
    for index in range(1, middle):
        lower = max(lower, values[index])
    return (float(lower) + upper) / 2

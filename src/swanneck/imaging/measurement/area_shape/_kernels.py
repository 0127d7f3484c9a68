"""Compiled sums over the shape of each object: moments, outline, Euler number, hull area, widths, depths."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["measure_outlines", "measure_widths", "summarise_depths", "sum_moments"]

_ORDER = 4
_FAR = 1 << 40


@kernel
def sum_moments(
    starts: NDArray[np.int64], rows: NDArray[np.int32], columns: NDArray[np.int32], boxes: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give raw[p, q, label] = sum of row^p column^q within the box, and the same around the centre; NaN if empty."""
    count = len(boxes) - 1
    raw, central = np.empty((_ORDER, _ORDER, count + 1)), np.empty((_ORDER, _ORDER, count + 1))
    raw[:] = np.nan
    central[:] = np.nan
    for label in range(1, count + 1):
        if boxes[label, 2] < 0:
            continue
        first, last = starts[label], starts[label + 1]
        _sum_powers(rows[first:last], columns[first:last], boxes[label, 0], boxes[label, 1], raw[:, :, label])
        # Sums around a whole row and column are exact; the rest of the way to the centre is short.
        row = int(round(raw[1, 0, label] / raw[0, 0, label]))
        column = int(round(raw[0, 1, label] / raw[0, 0, label]))
        around = central[:, :, label]
        _sum_powers(rows[first:last], columns[first:last], boxes[label, 0] + row, boxes[label, 1] + column, around)
        _shift(around, -around[1, 0] / around[0, 0], -around[0, 1] / around[0, 0])
    return raw, central


@kernel
def _sum_powers(
    rows: NDArray[np.int32], columns: NDArray[np.int32], top: int, left: int, sums: NDArray[np.float64]
) -> None:
    sums[:] = 0.0
    for at in range(len(rows)):
        y, x = float(rows[at] - top), float(columns[at] - left)
        down = 1.0
        for p in range(_ORDER):
            sums[p, 0] += down
            sums[p, 1] += down * x
            sums[p, 2] += down * (x * x)
            sums[p, 3] += down * (x * x * x)
            down *= y


@kernel
def _shift(sums: NDArray[np.float64], down: float, right: float) -> None:
    # Binomial theorem, along rows and then along columns; highest powers first, as they need the lower ones unshifted.
    for other in range(_ORDER):
        sums[3, other] += 3 * down * sums[2, other] + 3 * down**2 * sums[1, other] + down**3 * sums[0, other]
        sums[2, other] += 2 * down * sums[1, other] + down**2 * sums[0, other]
        sums[1, other] += down * sums[0, other]
    for other in range(_ORDER):
        sums[other, 3] += 3 * right * sums[other, 2] + 3 * right**2 * sums[other, 1] + right**3 * sums[other, 0]
        sums[other, 2] += 2 * right * sums[other, 1] + right**2 * sums[other, 0]
        sums[other, 1] += right * sums[other, 0]


@kernel
def measure_outlines(
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    boxes: NDArray[np.int32],
    begins: NDArray[np.int64],
    corners: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Give found[feature, label]: perimeter (Benkrid and Crookes 2000), Euler number of 8-connection, hull area."""
    count = len(boxes) - 1
    found = np.empty((3, count + 1))
    found[:] = np.nan
    for label in range(1, count + 1):
        if boxes[label, 2] < 0:
            continue
        top, left = boxes[label, 0] - 1, boxes[label, 1] - 1
        wide = boxes[label, 3] - left + 2
        inside = np.zeros((boxes[label, 2] - top + 2) * wide, np.uint8)
        for at in range(starts[label], starts[label + 1]):
            inside[(rows[at] - top) * wide + columns[at] - left] = 1
        rim = np.zeros(len(inside), np.uint8)
        for at in range(starts[label], starts[label + 1]):
            spot = (rows[at] - top) * wide + columns[at] - left
            if inside[spot - 1] + inside[spot + 1] + inside[spot - wide] + inside[spot + wide] < 4:
                rim[spot] = 1
        found[0, label] = _perimeter(rim, wide)
        euler = 0
        for spot in range(wide + 1, len(inside)):
            code = inside[spot] + 4 * inside[spot - 1] + 2 * inside[spot - wide] + 8 * inside[spot - wide - 1]
            euler += (code == 8) - (code == 6) - (code == 14)
        found[1, label] = euler
        found[2, label] = _hull_area(corners[begins[label] : begins[label + 1]])
    return found


@kernel
def _perimeter(rim: NDArray[np.uint8], wide: int) -> float:
    straight, slanted, mixed = 0, 0, 0
    for spot in range(wide + 1, len(rim) - wide - 1):
        if rim[spot] == 0:
            continue
        code = 1 + 2 * (rim[spot - 1] + rim[spot + 1] + rim[spot - wide] + rim[spot + wide])
        code += 10 * (rim[spot - wide - 1] + rim[spot - wide + 1] + rim[spot + wide - 1] + rim[spot + wide + 1])
        if code in (5, 7, 15, 17, 25, 27):
            straight += 1
        elif code in (21, 33):
            slanted += 1
        elif code in (13, 23):
            mixed += 1
    return straight + slanted * math.sqrt(2.0) + mixed * (1.0 + math.sqrt(2.0)) / 2.0


@kernel
def _hull_area(hull: NDArray[np.int32]) -> int:
    # Pixels whose centres lie in or on the hull of the pixels' edge middles, as in scikit-image 0.18. Coordinates are
    # doubled to stay whole.
    least, most = hull[0, 1], hull[0, 1]
    for corner in range(len(hull)):
        least, most = min(least, hull[corner, 1]), max(most, hull[corner, 1])
    wide = 2 * (most - least) + 3
    highest, deepest = np.empty(wide, np.int64), np.empty(wide, np.int64)
    for x in range(wide):
        highest[x], deepest[x] = _FAR, -_FAR
    for corner in range(len(hull)):
        y, x = 2 * np.int64(hull[corner, 0]), 2 * (hull[corner, 1] - least) + 1
        highest[x], deepest[x] = min(highest[x], y - 1), max(deepest[x], y + 1)
        for beside in (x - 1, x + 1):
            highest[beside], deepest[beside] = min(highest[beside], y), max(deepest[beside], y)
    upper, lower = np.empty((wide, 2), np.int64), np.empty((wide, 2), np.int64)
    above, below = 0, 0
    for x in range(wide):
        if deepest[x] > -_FAR:
            above = _push(upper, above, highest[x], x + 2 * least - 1, 1)
            below = _push(lower, below, deepest[x], x + 2 * least - 1, -1)
    area = 0
    up, down = 0, 0
    for across in range(2 * int(least), 2 * int(most) + 1, 2):
        while upper[up + 1, 1] <= across and up + 2 < above:
            up += 1
        while lower[down + 1, 1] <= across and down + 2 < below:
            down += 1
        first, first_part = _row_between(upper[up], upper[up + 1], across)
        last, _ = _row_between(lower[down], lower[down + 1], across)
        area += last - first + (1 if first_part == 0 else 0)
    return area


@kernel
def _push(chain: NDArray[np.int64], number: int, y: int, x: int, side: int) -> int:
    while number >= 2:
        down, right = chain[number - 1, 0] - chain[number - 2, 0], chain[number - 1, 1] - chain[number - 2, 1]
        if side * (right * (y - chain[number - 1, 0]) - (x - chain[number - 1, 1]) * down) > 0:
            break
        number -= 1
    chain[number, 0], chain[number, 1] = y, x
    return number + 1


@kernel
def _row_between(one: NDArray[np.int64], other: NDArray[np.int64], x: int) -> tuple[int, int]:
    # The row at which the line between two doubled points crosses a doubled column: whole part, and rest above it.
    rise = (other[0] - one[0]) * (x - one[1]) + one[0] * (other[1] - one[1])
    run = 2 * (other[1] - one[1])
    return rise // run, rise % run


@kernel
def measure_widths(begins: NDArray[np.int64], corners: NDArray[np.int32]) -> NDArray[np.float64]:
    """Give found[0, label] the smallest and found[1, label] the largest Feret diameter.

    Both are over the pairs of corners that a walk around the hull meets, as in centrosome: of two parallel sides it
    meets one diagonal only, so that the smallest width can be missed, as it is in CellProfiler.
    """
    found = np.empty((2, len(begins) - 1))
    found[:] = np.nan
    for label in range(1, len(begins) - 1):
        hull = corners[begins[label] : begins[label + 1]]
        number = len(hull)
        if number == 0:
            continue
        met = np.zeros((number, number + 1), np.bool_)
        if number == 2:
            met[0, 1] = True
        elif number > 2:
            _walk_around(hull, met)
        longest, shortest = 0.0, math.inf
        for one in range(number):
            for other in range(number):
                if met[one, other] and one != other:
                    met[other, one] = True
                    down, right = float(hull[one, 0] - hull[other, 0]), float(hull[one, 1] - hull[other, 1])
                    longest = max(longest, down * down + right * right)
        for one in range(number):
            met[one, number] = met[one, 0]
            for other in range(number):
                if met[one, other] and met[one, other + 1] and other != one:
                    shortest = min(shortest, _squared_distance(hull[one], hull[other], hull[(other + 1) % number]))
        found[0, label] = math.sqrt(shortest) if shortest < math.inf else 0.0
        found[1, label] = math.sqrt(longest)
    return found


@kernel
def _walk_around(hull: NDArray[np.int32], met: NDArray[np.bool_]) -> None:
    number = len(hull)
    farthest, opposite = -1.0, 1
    for corner in range(1, number - 1):
        distance = _squared_distance(hull[corner], hull[number - 1], hull[0])
        if distance > farthest:
            farthest, opposite = distance, corner
    corner = 0
    while opposite < number and corner != opposite:
        met[corner, opposite] = True
        here = _squared_distance(hull[opposite], hull[corner], hull[corner + 1])
        after = _squared_distance(hull[(opposite + 1) % number], hull[corner], hull[corner + 1])
        if here <= after:
            opposite += 1
        else:
            corner += 1


@kernel
def _squared_distance(point: NDArray[np.int32], one: NDArray[np.int32], other: NDArray[np.int32]) -> float:
    down, right = float(one[0] - other[0]), float(one[1] - other[1])
    across = down * (one[1] - point[1]) - (one[0] - point[0]) * right
    distance: float = across * across / (down * down + right * right)
    return distance


@kernel
def summarise_depths(starts: NDArray[np.int64], depths: NDArray[np.int32]) -> NDArray[np.float64]:
    """Give largest, mean and median distance to the edge: found[feature, label] from squared distances."""
    count = len(starts) - 2
    found = np.empty((3, count + 1))
    found[:] = np.nan
    for label in range(1, count + 1):
        first, last = starts[label], starts[label + 1]
        if first == last:
            continue
        total, most = 0.0, 0
        for at in range(first, last):
            total += math.sqrt(depths[at])
            most = max(most, int(depths[at]))
        # Squared depths are whole numbers, and no larger than the object: counting them orders them.
        times = np.zeros(most + 1, np.int64)
        for at in range(first, last):
            times[depths[at]] += 1
        number = last - first
        middle = (math.sqrt(_counted(times, (number - 1) // 2)) + math.sqrt(_counted(times, number // 2))) / 2
        found[0, label], found[1, label], found[2, label] = math.sqrt(most), total / number, middle
    return found


@kernel
def _counted(times: NDArray[np.int64], place: int) -> int:
    seen = 0
    for value in range(len(times)):
        seen += times[value]
        if seen > place:
            return value
    return -1

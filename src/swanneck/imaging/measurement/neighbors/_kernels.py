"""Compiled search for the neighbours of each object."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["count_touching", "find_nearest"]


@kernel
def count_touching(
    labels: NDArray[np.int32],
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    edges: NDArray[np.uint8],
    reach: NDArray[np.int64],
    touch: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Give found[0, label] other labels within reach, [1, label] outline pixels, [2, label] of them those that touch.

    `reach` and `touch` are steps (rows, columns) from an outline pixel to another label's pixel; outline pixels have
    bit 2 of `edges`.
    """
    height, width = labels.shape
    count = len(starts) - 2
    found = np.zeros((3, count + 1), np.int64)
    met_by = np.zeros(count + 1, np.int32)
    for label in range(1, count + 1):
        for at in range(starts[label], starts[label + 1]):
            if edges[at] & 2 == 0:
                continue
            found[1, label] += 1
            for step in range(len(reach)):
                down, right = rows[at] + reach[step, 0], columns[at] + reach[step, 1]
                if 0 <= down < height and 0 <= right < width:
                    other = labels[down, right]
                    if other > 0 and met_by[other] != label:
                        met_by[other] = label
                        found[0, label] += other != label
            for step in range(len(touch)):
                down, right = rows[at] + touch[step, 0], columns[at] + touch[step, 1]
                if 0 <= down < height and 0 <= right < width:
                    other = labels[down, right]
                    if other > 0 and other != label:
                        found[2, label] += 1
                        break
    return found


@kernel
def find_nearest(centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the two nearest other centres of each: places in the list, the earlier of equal ones, -1 for none.

    Centres that are not finite have no neighbours and are none.
    """
    number = len(centres)
    nearest = np.empty((number, 2), np.int64)
    nearest[:] = -1
    for one in range(number):
        if not math.isfinite(centres[one, 0]):
            continue
        first, second = math.inf, math.inf
        for other in range(number):
            if other == one or not math.isfinite(centres[other, 0]):
                continue
            distance = (centres[one, 0] - centres[other, 0]) ** 2 + (centres[one, 1] - centres[other, 1]) ** 2
            if distance < first:
                second, nearest[one, 1] = first, nearest[one, 0]
                first, nearest[one, 0] = distance, other
            elif distance < second:
                second, nearest[one, 1] = distance, other
    return nearest

"""Loops for small bright things: erosion by a disc, peaks. Arrays and numbers in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["erode_disc", "mark_peaks"]


@kernel
def erode_disc(image: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """The least value within a disc of `radius` pixels around each pixel; what lies outside the image is not looked at.

    A pixel belongs to the disc where its squared distance is at most radius * (radius + 0.5): rounder than radius ** 2.
    """
    rows, columns = image.shape
    out = image.copy()
    square = radius * (radius + 0.5)
    for i in range(rows):
        best = out[i]
        for down in range(-radius, radius + 1):
            if not 0 <= i + down < rows:
                continue
            source = image[i + down]
            wide = min(int(np.sqrt(square - down * down)), columns - 1)
            for across in range(wide + 1):
                right = source[across:]
                for j in range(columns - across):
                    best[j] = min(best[j], right[j])
                left = best[across:]
                for j in range(columns - across):
                    left[j] = min(left[j], source[j])
    return out


@kernel
def mark_peaks(image: NDArray[np.float32], floor: float, radius: int) -> NDArray[np.bool_]:
    """Pixels above `floor` that are the highest within a disc of `radius`; of equal ones the first in reading order."""
    rows, columns = image.shape
    out = np.zeros((rows, columns), np.bool_)
    for i in range(rows):
        for j in range(columns):
            value = image[i, j]
            if not value > floor:
                continue
            highest = True
            for r in range(max(i - radius, 0), min(i + radius + 1, rows)):
                for c in range(max(j - radius, 0), min(j + radius + 1, columns)):
                    if (r - i) * (r - i) + (c - j) * (c - j) > radius * (radius + 0.5):
                        continue
                    earlier = r < i or (r == i and c < j)
                    if image[r, c] > value or (earlier and image[r, c] == value):
                        highest = False
                        break
                if not highest:
                    break
            out[i, j] = highest
    return out

"""Loops over images: pooling, smoothing, local means, distances. Arrays and numbers in, arrays out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = [
    "blur",
    "distance_inside",
    "masked_box_mean",
    "pool_mean",
]


@kernel
def pool_mean(image: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Mean of whole factor x factor blocks; the last block of a row or column may be smaller."""
    rows, columns = image.shape
    out_rows = (rows + factor - 1) // factor
    out_columns = (columns + factor - 1) // factor
    out = np.empty((out_rows, out_columns), np.float32)
    sums = np.empty(out_columns, np.float64)
    whole = columns // factor
    for i in range(out_rows):
        sums[:] = 0.0
        first = i * factor
        last = min(first + factor, rows)
        for r in range(first, last):
            for j in range(whole):
                total = 0.0
                for c in range(j * factor, j * factor + factor):
                    total += image[r, c]
                sums[j] += total
            for c in range(whole * factor, columns):
                sums[whole] += image[r, c]
        height = last - first
        for j in range(out_columns):
            width = min(factor, columns - j * factor)
            out[i, j] = sums[j] / (height * width)
    return out


@kernel
def blur(image: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlate rows and columns with the symmetric half kernel `weights`, centre first; edges mirror (b a | a b)."""
    rows, columns = image.shape
    radius = weights.size - 1
    middle = np.empty((rows, columns), np.float32)
    out = np.empty((rows, columns), np.float32)
    padded = np.empty(columns + 2 * radius, np.float32)
    for i in range(rows):
        for j in range(columns):
            middle[i, j] = weights[0] * image[i, j]
        for t in range(1, radius + 1):
            above = _mirror(i - t, rows)
            below = _mirror(i + t, rows)
            for j in range(columns):
                middle[i, j] += weights[t] * (image[above, j] + image[below, j])
    for i in range(rows):
        for j in range(columns):
            padded[radius + j] = middle[i, j]
        for t in range(1, radius + 1):
            padded[radius - t] = middle[i, _mirror(-t, columns)]
            padded[radius + columns - 1 + t] = middle[i, _mirror(columns - 1 + t, columns)]
        for j in range(columns):
            out[i, j] = weights[0] * padded[radius + j]
        for t in range(1, radius + 1):
            for j in range(columns):
                out[i, j] += weights[t] * (padded[radius + j - t] + padded[radius + j + t])
    return out


@kernel
def _mirror(index: int, size: int) -> int:
    period = 2 * size
    index %= period
    if index >= size:
        index = period - 1 - index
    return index


@kernel
def masked_box_mean(
    image: NDArray[np.float32], mask: NDArray[np.bool_], radius: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean of the masked pixels in the (2 radius + 1) square around each pixel and the share of the square they fill.

    Squares are clipped at the border; a square without masked pixels has mean 0 and share 0.
    """
    rows, columns = image.shape
    mean = np.empty((rows, columns), np.float32)
    share = np.empty((rows, columns), np.float32)
    column_sums = np.zeros(columns, np.float64)
    column_counts = np.zeros(columns, np.int64)
    for r in range(min(radius, rows)):
        for j in range(columns):
            if mask[r, j]:
                column_sums[j] += image[r, j]
                column_counts[j] += 1
    for i in range(rows):
        if i + radius < rows:
            for j in range(columns):
                if mask[i + radius, j]:
                    column_sums[j] += image[i + radius, j]
                    column_counts[j] += 1
        if i - radius - 1 >= 0:
            for j in range(columns):
                if mask[i - radius - 1, j]:
                    column_sums[j] -= image[i - radius - 1, j]
                    column_counts[j] -= 1
        height = min(i + radius, rows - 1) - max(i - radius, 0) + 1
        total = 0.0
        count = 0
        for j in range(min(radius, columns)):
            total += column_sums[j]
            count += column_counts[j]
        for j in range(columns):
            if j + radius < columns:
                total += column_sums[j + radius]
                count += column_counts[j + radius]
            if j - radius - 1 >= 0:
                total -= column_sums[j - radius - 1]
                count -= column_counts[j - radius - 1]
            width = min(j + radius, columns - 1) - max(j - radius, 0) + 1
            mean[i, j] = total / count if count > 0 else 0.0
            share[i, j] = count / (height * width)
    return mean, share


@kernel
def distance_inside(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Exact Euclidean distance of each masked pixel to the nearest unmasked one (Felzenszwalb & Huttenlocher 2012).

    The image border is not an edge: what lies outside is unknown. A mask without unmasked pixels is infinitely deep.
    """
    rows, columns = mask.shape
    far = np.float64(rows + columns) * np.float64(rows + columns)
    column = np.empty((rows, columns), np.float64)
    for j in range(columns):
        column[0, j] = far if mask[0, j] else 0.0
    for i in range(1, rows):
        for j in range(columns):
            column[i, j] = column[i - 1, j] + 1.0 if mask[i, j] else 0.0
    for i in range(rows - 2, -1, -1):
        for j in range(columns):
            if column[i + 1, j] + 1.0 < column[i, j]:
                column[i, j] = column[i + 1, j] + 1.0
    out = np.zeros((rows, columns), np.float32)
    apex = np.empty(columns, np.int64)
    start = np.empty(columns + 1, np.float64)
    height = np.empty(columns, np.float64)
    for i in range(rows):
        for j in range(columns):
            distance = column[i, j]
            height[j] = far if distance >= rows + columns else distance * distance
        top = 0
        apex[0] = 0
        start[0] = -np.inf
        start[1] = np.inf
        for q in range(1, columns):
            while True:
                p = apex[top]
                cross = ((height[q] + q * q) - (height[p] + p * p)) / (2.0 * (q - p))
                if cross > start[top]:
                    break
                top -= 1
            top += 1
            apex[top] = q
            start[top] = cross
            start[top + 1] = np.inf
        top = 0
        for j in range(columns):
            while start[top + 1] < j:
                top += 1
            if mask[i, j]:
                p = apex[top]
                squared = (j - p) * (j - p) + height[p]
                out[i, j] = np.inf if squared >= far else np.sqrt(squared)
    return out

"""Loops over images: pooling, smoothing, local means, distances. Arrays and numbers in, arrays out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = [
    "blur",
    "box_mean",
    "distance_inside",
    "grow_mask",
    "masked_box_mean",
    "pool_mean",
    "relative_height",
    "subtract_enlarged",
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
    out = np.empty((rows, columns), np.float32)
    padded = np.empty(columns + 2 * radius, np.float32)
    middle = padded[radius : radius + columns]
    for i in range(rows):
        here = image[i]
        for j in range(columns):
            middle[j] = weights[0] * here[j]
        for t in range(1, radius + 1):
            weight = weights[t]
            above = image[_mirror(i - t, rows)]
            below = image[_mirror(i + t, rows)]
            for j in range(columns):
                middle[j] += weight * (above[j] + below[j])
        for t in range(1, radius + 1):
            padded[radius - t] = middle[_mirror(-t, columns)]
            padded[radius + columns - 1 + t] = middle[_mirror(columns - 1 + t, columns)]
        smooth = out[i]
        for j in range(columns):
            smooth[j] = weights[0] * middle[j]
        for t in range(1, radius + 1):
            weight = weights[t]
            left = padded[radius - t : radius - t + columns]
            right = padded[radius + t : radius + t + columns]
            for j in range(columns):
                smooth[j] += weight * (left[j] + right[j])
    return out


@kernel
def _mirror(index: int, size: int) -> int:
    period = 2 * size
    index %= period
    if index >= size:
        index = period - 1 - index
    return index


@kernel
def _sum_windows(
    row: NDArray[np.float64], radius: int, cumulative: NDArray[np.float64], sums: NDArray[np.float64]
) -> None:
    """Sums over 2 radius + 1 neighbours along a row, clipped at its ends; `cumulative` is working space."""
    columns = row.size
    cumulative[: radius + 1] = 0.0
    total = 0.0
    for j in range(columns):
        total += row[j]
        cumulative[radius + 1 + j] = total
    cumulative[radius + 1 + columns :] = total
    ends = cumulative[2 * radius + 1 :]
    for j in range(columns):
        sums[j] = ends[j] - cumulative[j]


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
    column_counts = np.zeros(columns, np.float64)
    cumulative = np.empty(columns + 2 * radius + 1, np.float64)
    sums = np.empty(columns, np.float64)
    counts = np.empty(columns, np.float64)
    widths = np.empty(columns, np.float64)
    _sum_windows(np.ones(columns, np.float64), radius, cumulative, widths)
    for i in range(-radius, rows):
        if i + radius < rows:
            values = image[i + radius]
            chosen = mask[i + radius]
            for j in range(columns):
                column_sums[j] += values[j] if chosen[j] else np.float32(0.0)
                column_counts[j] += chosen[j]
        if i - radius - 1 >= 0:
            values = image[i - radius - 1]
            chosen = mask[i - radius - 1]
            for j in range(columns):
                column_sums[j] -= values[j] if chosen[j] else np.float32(0.0)
                column_counts[j] -= chosen[j]
        if i < 0:
            continue
        height = min(i + radius, rows - 1) - max(i - radius, 0) + 1
        _sum_windows(column_sums, radius, cumulative, sums)
        _sum_windows(column_counts, radius, cumulative, counts)
        for j in range(columns):
            mean[i, j] = sums[j] / counts[j] if counts[j] > 0.0 else 0.0
            share[i, j] = counts[j] / (height * widths[j])
    return mean, share


@kernel
def box_mean(image: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Mean of the (2 radius + 1) square around each pixel, clipped at the border."""
    rows, columns = image.shape
    mean = np.empty((rows, columns), np.float32)
    column_sums = np.zeros(columns, np.float64)
    cumulative = np.empty(columns + 2 * radius + 1, np.float64)
    sums = np.empty(columns, np.float64)
    shares = np.empty(columns, np.float64)
    _sum_windows(np.ones(columns, np.float64), radius, cumulative, shares)
    for j in range(columns):
        shares[j] = 1.0 / shares[j]
    for i in range(-radius, rows):
        if i + radius < rows:
            values = image[i + radius]
            for j in range(columns):
                column_sums[j] += values[j]
        if i - radius - 1 >= 0:
            values = image[i - radius - 1]
            for j in range(columns):
                column_sums[j] -= values[j]
        if i < 0:
            continue
        share = 1.0 / (min(i + radius, rows - 1) - max(i - radius, 0) + 1)
        _sum_windows(column_sums, radius, cumulative, sums)
        for j in range(columns):
            mean[i, j] = sums[j] * (shares[j] * share)
    return mean


@kernel
def grow_mask(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Pixels with a masked one in the (2 radius + 1) square around them."""
    rows, columns = mask.shape
    wide = np.zeros((rows, columns), np.bool_)
    out = np.zeros((rows, columns), np.bool_)
    for i in range(rows):
        here = mask[i]
        grown = wide[i]
        for t in range(min(radius + 1, columns)):
            left = grown[t:]
            right = here[t:]
            for j in range(columns - t):
                left[j] |= here[j]
                grown[j] |= right[j]
    for i in range(rows):
        grown = out[i]
        for r in range(max(i - radius, 0), min(i + radius + 1, rows)):
            other = wide[r]
            for j in range(columns):
                grown[j] |= other[j]
    return out


@kernel
def subtract_enlarged(image: NDArray[np.float32], field: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """The image less a pooled one, of which each pixel stands for factor x factor pixels."""
    rows, columns = image.shape
    out = np.empty((rows, columns), np.float32)
    level = np.empty(columns, np.float32)
    for i in range(rows):
        if i % factor == 0:
            for j in range(columns):
                level[j] = field[i // factor, j // factor]
        for j in range(columns):
            out[i, j] = image[i, j] - level[j]
    return out


@kernel
def distance_inside(mask: NDArray[np.bool_], limit: float) -> NDArray[np.float32]:
    """Euclidean distance of each masked pixel to the nearest unmasked one, exact below `limit` and cut there.

    The image border is not an edge: what lies outside is unknown. Along columns first; then each row looks to both
    sides as far as a nearer one may be.
    """
    rows, columns = mask.shape
    most = int(np.ceil(limit))
    column = np.empty((rows, columns), np.int32)
    out = np.zeros((rows, columns), np.float32)
    if rows == 0 or columns == 0:
        return out
    for j in range(columns):
        column[0, j] = most if mask[0, j] else 0
    for i in range(1, rows):
        above = column[i - 1]
        here = column[i]
        inside = mask[i]
        for j in range(columns):
            here[j] = min(above[j] + 1, most) if inside[j] else 0
    for i in range(rows - 2, -1, -1):
        below = column[i + 1]
        here = column[i]
        for j in range(columns):
            here[j] = min(here[j], below[j] + 1)
    square = np.float32(limit) * np.float32(limit)
    row = np.empty(columns, np.int32)
    best = np.empty(columns, np.int32)
    for i in range(rows):
        deepest = 0
        here = column[i]
        for j in range(columns):
            deepest = max(deepest, here[j])
            row[j] = here[j] * here[j]
            best[j] = row[j]
        for d in range(1, min(deepest, columns)):
            added = np.int32(d * d)
            left = best[d:]
            for j in range(columns - d):
                left[j] = min(left[j], row[j] + added)
            shifted = row[d:]
            for j in range(columns - d):
                best[j] = min(best[j], shifted[j] + added)
        if deepest > 0:
            for j in range(columns):
                out[i, j] = np.sqrt(min(np.float32(best[j]), square))
    return out


@kernel
def relative_height(
    depth: NDArray[np.float32],
    image: NDArray[np.float32],
    typical: NDArray[np.float32],
    mask: NDArray[np.bool_],
    unit: float,
    weight: float,
) -> NDArray[np.float32]:
    """Depth in units, plus what the image is relative to the typical level there, times a weight; 0 outside."""
    rows, columns = depth.shape
    out = np.empty((rows, columns), np.float32)
    share = np.float32(1.0 / unit)
    factor = np.float32(weight)
    least = np.float32(1e-9)
    for i in range(rows):
        for j in range(columns):
            height = depth[i, j] * share + factor * image[i, j] / max(typical[i, j], least)
            out[i, j] = height if mask[i, j] else np.float32(0.0)
    return out

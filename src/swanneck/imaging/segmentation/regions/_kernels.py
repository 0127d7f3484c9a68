"""Loops over label images. Arrays and numbers in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = [
    "count_pixels",
    "enlarge_labels",
    "fill_holes",
    "find_root",
    "keep_largest_pieces",
    "keep_reaching",
    "measure_labels",
    "measure_surroundings",
    "renumber",
]


@kernel
def find_root(parent: NDArray[np.int32], node: int) -> int:
    """The root of a node's tree; the way there is halved on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def _find_runs(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Runs of one label along rows as (first, last + 1), and each row's first run."""
    rows, columns = labels.shape
    count = 0
    for i in range(rows):
        before = 0
        for j in range(columns):
            label = labels[i, j]
            count += label != before and label != 0
            before = label
    runs = np.empty((count, 2), np.int32)
    firsts = np.zeros(rows + 1, np.int64)
    count = 0
    for i in range(rows):
        j = 0
        while j < columns:
            label = labels[i, j]
            first = j
            j += 1
            if label == 0:
                continue
            while j < columns and labels[i, j] == label:
                j += 1
            runs[count, 0] = first
            runs[count, 1] = j
            count += 1
        firsts[i + 1] = count
    return runs, firsts


@kernel
def keep_largest_pieces(
    labels: NDArray[np.int32], total: int, smallest: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Keep the largest 8-connected piece of each label if it has `smallest` pixels; number 1..n in reading order.

    Equal pieces: the first in reading order stays. Returns the new labels and which old label each new one had.
    """
    rows, columns = labels.shape
    runs, firsts = _find_runs(labels)
    count = firsts[rows]
    parent = np.empty(count, np.int32)
    for run in range(count):
        parent[run] = run
    for i in range(1, rows):
        above = firsts[i - 1]
        for run in range(firsts[i], firsts[i + 1]):
            while above < firsts[i] and runs[above, 1] < runs[run, 0]:
                above += 1
            other = above
            while other < firsts[i] and runs[other, 0] <= runs[run, 1]:
                if labels[i - 1, runs[other, 0]] == labels[i, runs[run, 0]]:
                    one = find_root(parent, run)
                    two = find_root(parent, other)
                    parent[max(one, two)] = min(one, two)
                other += 1
    size = np.zeros(count, np.int64)
    best = np.full(total + 1, -1, np.int64)
    for run in range(count):
        size[find_root(parent, run)] += runs[run, 1] - runs[run, 0]
    for i in range(rows):
        for run in range(firsts[i], firsts[i + 1]):
            label = labels[i, runs[run, 0]]
            if parent[run] == run and size[run] >= smallest and (best[label] < 0 or size[run] > size[best[label]]):
                best[label] = run
    number = np.zeros(count, np.int32)
    source = np.zeros(total + 1, np.int32)
    out = np.zeros((rows, columns), np.int32)
    kept = 0
    for i in range(rows):
        for run in range(firsts[i], firsts[i + 1]):
            root = parent[run]
            label = labels[i, runs[run, 0]]
            if root == run and best[label] == run:
                kept += 1
                number[run] = kept
                source[kept] = label
            if number[root] > 0:
                out[i, runs[run, 0] : runs[run, 1]] = number[root]
    return out, source[: kept + 1]


@kernel
def count_pixels(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Each label's pixels; entry 0 is not counted."""
    rows, columns = labels.shape
    areas = np.zeros(count + 1, np.int64)
    for i in range(rows):
        j = 0
        while j < columns:
            label = labels[i, j]
            first = j
            j += 1
            if label == 0:
                continue
            while j < columns and labels[i, j] == label:
                j += 1
            areas[label] += j - first
    return areas


@kernel
def measure_labels(
    labels: NDArray[np.int32], image: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Each label's pixels, level (the mean of its pixels that reach its mean) and maximum; entry 0 is background."""
    rows, columns = labels.shape
    areas = np.zeros(count + 1, np.int64)
    means = np.zeros(count + 1, np.float64)
    peaks = np.full(count + 1, -np.inf)
    for i in range(rows):
        j = 0
        while j < columns:
            label = labels[i, j]
            if label == 0:
                j += 1
                continue
            first = j
            total = 0.0
            peak = image[i, j]
            while j < columns and labels[i, j] == label:
                total += image[i, j]
                peak = max(peak, image[i, j])
                j += 1
            areas[label] += j - first
            means[label] += total
            peaks[label] = max(peaks[label], peak)
    for label in range(1, count + 1):
        # Rounding must not put the mean of equal pixels above all of them.
        means[label] = min(means[label] / max(areas[label], 1), peaks[label])
    levels = np.zeros(count + 1, np.float64)
    upper = np.zeros(count + 1, np.int64)
    for i in range(rows):
        j = 0
        while j < columns:
            label = labels[i, j]
            if label == 0:
                j += 1
                continue
            mean = means[label]
            above = 0.0
            number = 0
            while j < columns and labels[i, j] == label:
                reaches = image[i, j] >= mean
                above += float(image[i, j]) if reaches else 0.0
                number += reaches
                j += 1
            levels[label] += above
            upper[label] += number
    for label in range(1, count + 1):
        levels[label] /= max(upper[label], 1)
    return areas, levels, peaks


@kernel
def keep_reaching(
    labels: NDArray[np.int32], image: NDArray[np.float32], cuts: NDArray[np.float64], factor: int
) -> NDArray[np.int32]:
    """Labels where the image reaches `cuts[label]`, 0 elsewhere; each label stands for factor x factor pixels."""
    rows, columns = image.shape
    out = np.zeros((rows, columns), np.int32)
    for i in range(rows):
        row = labels[i // factor]
        for k in range(row.size):
            label = row[k]
            if label == 0:
                continue
            for j in range(k * factor, min(k * factor + factor, columns)):
                if image[i, j] >= cuts[label]:
                    out[i, j] = label
    return out


@kernel
def renumber(labels: NDArray[np.int32], numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each label replaced by `numbers[label]`."""
    rows, columns = labels.shape
    out = np.empty((rows, columns), np.int32)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = numbers[labels[i, j]]
    return out


@kernel
def measure_surroundings(
    labels: NDArray[np.int32], image: NDArray[np.float32], count: int, reach: int
) -> NDArray[np.float64]:
    """Mean of the background around each label; 0 where it has none.

    Each outline pixel (one with background on one of its 4 sides) looks at the background in the (2 reach + 1) square
    around it, so that a background pixel counts as often as it is seen.
    """
    rows, columns = labels.shape
    sums = np.zeros(count + 1, np.float64)
    seen = np.zeros(count + 1, np.int64)
    for i in range(rows):
        for j in range(columns):
            label = labels[i, j]
            if label == 0:
                continue
            open_side = (
                (i > 0 and labels[i - 1, j] == 0)
                or (i + 1 < rows and labels[i + 1, j] == 0)
                or (j > 0 and labels[i, j - 1] == 0)
                or (j + 1 < columns and labels[i, j + 1] == 0)
            )
            if not open_side:
                continue
            for r in range(max(i - reach, 0), min(i + reach + 1, rows)):
                for c in range(max(j - reach, 0), min(j + reach + 1, columns)):
                    if labels[r, c] == 0:
                        sums[label] += image[r, c]
                        seen[label] += 1
    for label in range(1, count + 1):
        sums[label] /= max(seen[label], 1)
    return sums


@kernel
def fill_holes(labels: NDArray[np.int32], largest: int) -> NDArray[np.int32]:
    """Give background pieces of at most `largest` pixels that touch one label only, and no border, that label.

    Pieces are 4-connected.
    """
    rows, columns = labels.shape
    out = labels.copy()
    # 1: visited by this search, 2: known to reach the border or to be too large.
    state = np.zeros((rows, columns), np.uint8)
    queue = np.empty(largest + 5, np.int64)
    for i in range(rows):
        for j in range(columns):
            if labels[i, j] != 0 or state[i, j] != 0:
                continue
            if i == 0 or j == 0 or i + 1 == rows or j + 1 == columns or state[i - 1, j] == 2 or state[i, j - 1] == 2:
                state[i, j] = 2
                continue
            state[i, j] = 1
            queue[0] = i * columns + j
            size = 1
            position = 0
            around = -1
            closed = True
            is_open = False
            while position < size and not is_open:
                r = queue[position] // columns
                c = queue[position] % columns
                position += 1
                for side in range(4):
                    y = r + (side == 0) - (side == 1)
                    x = c + (side == 2) - (side == 3)
                    if labels[y, x] == 0:
                        if state[y, x] == 2 or y == 0 or x == 0 or y + 1 == rows or x + 1 == columns:
                            is_open = True
                        elif state[y, x] == 0:
                            state[y, x] = 1
                            queue[size] = y * columns + x
                            size += 1
                    elif around == -1:
                        around = labels[y, x]
                    elif around != labels[y, x]:
                        closed = False
                is_open = is_open or size > largest
            for k in range(size):
                if is_open:
                    state[queue[k] // columns, queue[k] % columns] = 2
                elif closed:
                    out[queue[k] // columns, queue[k] % columns] = around
    return out


@kernel
def enlarge_labels(
    labels: NDArray[np.int32],
    image: NDArray[np.float32],
    cuts: NDArray[np.float64],
    factor: int,
    rows: int,
    columns: int,
) -> NDArray[np.int32]:
    """Labels of a pooled image at full size, their outlines where the interpolated image crosses `cuts[label]`.

    Each pixel takes the label that weighs most among the four pooled pixels around it (bilinear weights); it is kept
    where the interpolated image reaches that label's cut, or where none of the four is background.
    Labels that no pixel keeps are closed up.
    """
    small_rows, small_columns = labels.shape
    out = np.zeros((rows, columns), np.int32)
    left = np.empty(columns, np.int64)
    rights = np.empty(columns, np.float64)
    for j in range(columns):
        v = min(max((j + 0.5) / factor - 0.5, 0.0), small_columns - 1.0)
        left[j] = int(v)
        rights[j] = v - int(v)
    for i in range(rows):
        u = min(max((i + 0.5) / factor - 0.5, 0.0), small_rows - 1.0)
        r0 = int(u)
        r1 = min(r0 + 1, small_rows - 1)
        down = u - r0
        for j in range(columns):
            c0 = left[j]
            c1 = min(c0 + 1, small_columns - 1)
            a = labels[r0, c0]
            b = labels[r0, c1]
            c = labels[r1, c0]
            d = labels[r1, c1]
            if a == 0 and b == 0 and c == 0 and d == 0:
                continue
            right = rights[j]
            wa = (1.0 - down) * (1.0 - right)
            wb = (1.0 - down) * right
            wc = down * (1.0 - right)
            wd = down * right
            if a == b and b == c and c == d:
                out[i, j] = a
                continue
            best = 0
            weight = 0.0
            for label in (a, b, c, d):
                if label > 0:
                    vote = wa * (a == label) + wb * (b == label) + wc * (c == label) + wd * (d == label)
                    if vote > weight:
                        weight = vote
                        best = label
            if best == 0:
                continue
            outside = wa * (a == 0) + wb * (b == 0) + wc * (c == 0) + wd * (d == 0)
            value = wa * image[r0, c0] + wb * image[r0, c1] + wc * image[r1, c0] + wd * image[r1, c1]
            if outside == 0.0 or value >= cuts[best]:
                out[i, j] = best
    number = np.zeros(cuts.size, np.int32)
    for i in range(rows):
        for j in range(columns):
            number[out[i, j]] = 1
    number[0] = 0
    kept = 0
    for label in range(1, cuts.size):
        if number[label] > 0:
            kept += 1
            number[label] = kept
    if kept < cuts.size - 1:
        for i in range(rows):
            for j in range(columns):
                out[i, j] = number[out[i, j]]
    return out

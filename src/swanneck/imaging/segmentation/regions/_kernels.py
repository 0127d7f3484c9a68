"""Loops over label images. Arrays and numbers in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = [
    "enlarge_labels",
    "fill_holes",
    "flood_descending",
    "keep_largest_pieces",
    "measure_labels",
    "measure_surroundings",
]


@kernel
def _root(parent: NDArray[np.int32], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def _order_descending(height: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Masked pixels from the highest down in 4,096 equal steps; ties in reading order."""
    rows, columns = height.shape
    steps = 4096
    lowest = np.inf
    highest = -np.inf
    for i in range(rows):
        for j in range(columns):
            if mask[i, j]:
                lowest = min(lowest, height[i, j])
                highest = max(highest, height[i, j])
    scale = (steps - 1) / (highest - lowest) if highest > lowest else 0.0
    count = 0
    starts = np.zeros(steps + 1, np.int64)
    level = np.empty((rows, columns), np.int32)
    for i in range(rows):
        for j in range(columns):
            if mask[i, j]:
                rank = steps - 1 - int((height[i, j] - lowest) * scale)
                level[i, j] = rank
                starts[rank + 1] += 1
                count += 1
    for rank in range(steps):
        starts[rank + 1] += starts[rank]
    order = np.empty(count, np.int64)
    for i in range(rows):
        for j in range(columns):
            if mask[i, j]:
                rank = level[i, j]
                order[starts[rank]] = i * columns + j
                starts[rank] += 1
    return order


@kernel
def flood_descending(
    height: NDArray[np.float32], mask: NDArray[np.bool_], prominence: float, smallest: int
) -> tuple[NDArray[np.int32], int]:
    """Watershed of the masked pixels from the highest down; basins that meet high up become one.

    Two basins merge where they first meet if the saddle is less than `prominence` under the lower of their peaks, or
    if the one with the lower peak has fewer than `smallest` pixels yet. Finite heights, ranked in 4,096 equal steps;
    ties are taken in reading order. Labels 1..n in the order of the peaks; 8-connected.
    """
    rows, columns = height.shape
    order = _order_descending(height, mask)
    count = order.size
    labels = np.zeros((rows, columns), np.int32)
    parent = np.zeros(count + 1, np.int32)
    peak = np.zeros(count + 1, np.float32)
    size = np.zeros(count + 1, np.int32)
    basins = 0
    around = np.empty(8, np.int32)
    for position in range(count):
        i = order[position] // columns
        j = order[position] % columns
        here = height[i, j]
        found = 0
        best = -np.inf
        chosen = 0
        for di in range(-1, 2):
            for dj in range(-1, 2):
                r = i + di
                c = j + dj
                if r < 0 or c < 0 or r >= rows or c >= columns or labels[r, c] == 0:
                    continue
                basin = _root(parent, labels[r, c])
                rise = height[r, c] - here
                if di != 0 and dj != 0:
                    rise *= 0.70710678
                if rise > best:
                    best = rise
                    chosen = basin
                known = False
                for k in range(found):
                    if around[k] == basin:
                        known = True
                if not known:
                    around[found] = basin
                    found += 1
        if found == 0:
            basins += 1
            parent[basins] = basins
            peak[basins] = here
            size[basins] = 1
            labels[i, j] = basins
            continue
        for a in range(found):
            for b in range(a + 1, found):
                one = _root(parent, around[a])
                two = _root(parent, around[b])
                if one == two:
                    continue
                # Peaks come in descending order, so the smaller number is the higher peak.
                high = min(one, two)
                low = max(one, two)
                if here >= peak[low] - prominence or size[low] < smallest:
                    parent[low] = high
                    size[high] += size[low]
        chosen = _root(parent, chosen)
        labels[i, j] = chosen
        size[chosen] += 1
    number = np.zeros(basins + 1, np.int32)
    total = 0
    for basin in range(1, basins + 1):
        if parent[basin] == basin:
            total += 1
            number[basin] = total
    for i in range(rows):
        for j in range(columns):
            if labels[i, j] > 0:
                labels[i, j] = number[_root(parent, labels[i, j])]
    return labels, total


@kernel
def keep_largest_pieces(labels: NDArray[np.int32], total: int, smallest: int) -> tuple[NDArray[np.int32], int]:
    """Keep the largest 8-connected piece of each label if it has `smallest` pixels; number 1..n in reading order.

    Equal pieces: the first in reading order stays.
    """
    rows, columns = labels.shape
    piece = np.zeros((rows, columns), np.int32)
    stack = np.empty(rows * columns, np.int64)
    best_size = np.zeros(total + 1, np.int64)
    best_piece = np.zeros(total + 1, np.int32)
    pieces = 0
    for i in range(rows):
        for j in range(columns):
            label = labels[i, j]
            if label == 0 or piece[i, j] != 0:
                continue
            pieces += 1
            piece[i, j] = pieces
            stack[0] = i * columns + j
            depth = 1
            size = 0
            while depth > 0:
                depth -= 1
                r = stack[depth] // columns
                c = stack[depth] % columns
                size += 1
                for y in range(max(r - 1, 0), min(r + 2, rows)):
                    for x in range(max(c - 1, 0), min(c + 2, columns)):
                        if piece[y, x] == 0 and labels[y, x] == label:
                            piece[y, x] = pieces
                            stack[depth] = y * columns + x
                            depth += 1
            if size > best_size[label]:
                best_size[label] = size
                best_piece[label] = pieces
    out = np.zeros((rows, columns), np.int32)
    number = np.zeros(total + 1, np.int32)
    kept = 0
    for i in range(rows):
        for j in range(columns):
            label = labels[i, j]
            if label == 0 or best_size[label] < smallest or piece[i, j] != best_piece[label]:
                continue
            if number[label] == 0:
                kept += 1
                number[label] = kept
            out[i, j] = number[label]
    return out, kept


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
        for j in range(columns):
            label = labels[i, j]
            if label > 0:
                areas[label] += 1
                means[label] += image[i, j]
                peaks[label] = max(peaks[label], image[i, j])
    for label in range(1, count + 1):
        # Rounding must not put the mean of equal pixels above all of them.
        means[label] = min(means[label] / max(areas[label], 1), peaks[label])
    levels = np.zeros(count + 1, np.float64)
    upper = np.zeros(count + 1, np.int64)
    for i in range(rows):
        for j in range(columns):
            label = labels[i, j]
            if label > 0 and image[i, j] >= means[label]:
                levels[label] += image[i, j]
                upper[label] += 1
    for label in range(1, count + 1):
        levels[label] /= max(upper[label], 1)
    return areas, levels, peaks


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

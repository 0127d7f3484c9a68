"""Loops that grow labels over an image. Arrays and numbers in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["enlarge_around", "propagate"]


@kernel
def _repeat_border(image: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = image.shape
    padded = np.empty((rows + 2, columns + 2), np.float32)
    for i in range(rows + 2):
        row = image[min(max(i - 1, 0), rows - 1)]
        inner = padded[i, 1 : columns + 1]
        for j in range(columns):
            inner[j] = row[j]
        padded[i, 0] = row[0]
        padded[i, columns + 1] = row[columns - 1]
    return padded


@kernel
def _price_steps(padded: NDArray[np.float32], down: int, right: int, least: float) -> NDArray[np.float32]:
    """Cost of the step from each pixel to the one `down` and `right` of it, of an image that is padded by one."""
    rows = padded.shape[0] - 2
    columns = padded.shape[1] - 2
    costs = np.empty((rows, columns), np.float32)
    floor = np.float32(least * least * (abs(down) + abs(right)))
    first = max(0, -right)
    last = columns - max(0, right)
    sums = np.empty(last - first + 2, np.float32)
    for i in range(rows - down):
        top = padded[i, first : last + 2]
        middle = padded[i + 1, first : last + 2]
        bottom = padded[i + 2, first : last + 2]
        next_top = padded[i + down, first + right : last + right + 2]
        next_middle = padded[i + 1 + down, first + right : last + right + 2]
        next_bottom = padded[i + 2 + down, first + right : last + right + 2]
        for j in range(sums.size):
            sums[j] = abs(top[j] - next_top[j]) + abs(middle[j] - next_middle[j]) + abs(bottom[j] - next_bottom[j])
        out = costs[i, first:last]
        shifted = sums[1:]
        twice = sums[2:]
        for j in range(last - first):
            gap = sums[j] + shifted[j] + twice[j]
            out[j] = np.sqrt(gap * gap + floor)
    return costs


@kernel
def _find_runs(seeds: NDArray[np.int32], allowed: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Runs of pixels that are seeds or allowed along rows, as (first, last + 1), and each row's first run."""
    rows, columns = seeds.shape
    runs = np.empty((rows * ((columns + 1) // 2), 2), np.int32)
    firsts = np.zeros(rows + 1, np.int64)
    count = 0
    for i in range(rows):
        inside = False
        for j in range(columns):
            if (allowed[i, j] or seeds[i, j] > 0) == inside:
                continue
            if inside:
                runs[count, 1] = j
                count += 1
            else:
                runs[count, 0] = j
            inside = not inside
        if inside:
            runs[count, 1] = columns
            count += 1
        firsts[i + 1] = count
    return runs, firsts


@kernel
def _take_from_row(
    distance: NDArray[np.float32],
    labels: NDArray[np.int32],
    source_distance: NDArray[np.float32],
    source_labels: NDArray[np.int32],
    costs: NDArray[np.float32],
) -> bool:
    """Where a step from the source's pixel of the same place makes the way shorter, take it."""
    changed = 0
    for j in range(distance.size):
        way = source_distance[j] + costs[j]
        better = way < distance[j]
        distance[j] = way if better else distance[j]
        labels[j] = source_labels[j] if better else labels[j]
        changed |= better
    return changed > 0


@kernel
def _take_from_sides(distance: NDArray[np.float32], labels: NDArray[np.int32], costs: NDArray[np.float32]) -> bool:
    """Shortest ways along a row, first to the right and then to the left."""
    changed = False
    columns = distance.size
    before = distance[0]
    for j in range(1, columns):
        way = before + costs[j - 1]
        before = distance[j]
        if way < before:
            before = way
            distance[j] = way
            labels[j] = labels[j - 1]
            changed = True
    for j in range(columns - 2, -1, -1):
        way = before + costs[j]
        before = distance[j]
        if way < before:
            before = way
            distance[j] = way
            labels[j] = labels[j + 1]
            changed = True
    return changed


@kernel
def propagate(
    image: NDArray[np.float32], seeds: NDArray[np.int32], allowed: NDArray[np.bool_], regularisation: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Give each allowed pixel the label of the seed that is nearest by the distance of Jones et al. (2005).

    A step to one of the 8 neighbours costs sqrt(g^2 + s * regularisation^2): g is the sum of the absolute differences
    of the two 3 x 3 neighbourhoods (clamped at the border), s is 1 straight and 2 diagonally. Image values in 0..1.
    Rows are swept down and up until no way gets shorter, and only those beside a row that changed: the same distances
    as Dijkstra's, without a queue. Returns labels and distances (infinite where no seed reaches).
    """
    rows, columns = image.shape
    labels = seeds.copy()
    distance = np.empty((rows, columns), np.float32)
    for i in range(rows):
        for j in range(columns):
            distance[i, j] = np.float32(0.0) if seeds[i, j] > 0 else np.float32(np.inf)
    if rows == 0 or columns == 0:
        return labels, distance
    padded = _repeat_border(image)
    across = _price_steps(padded, 0, 1, regularisation)
    straight = _price_steps(padded, 1, 0, regularisation)
    right = _price_steps(padded, 1, 1, regularisation)
    left = _price_steps(padded, 1, -1, regularisation)
    runs, firsts = _find_runs(seeds, allowed)
    # A row waits to be swept where the row it takes from has changed since.
    waits_down = np.ones(rows + 1, np.bool_)
    waits_up = np.ones(rows + 1, np.bool_)
    waits_up[rows - 1] = False
    busy = True
    while busy:
        busy = False
        for step in range(2 * rows):
            i = step if step < rows else 2 * rows - 1 - step
            source = i - 1 if step < rows else i + 1
            waits = waits_down if step < rows else waits_up
            if not waits[i]:
                continue
            waits[i] = False
            changed = False
            for run in range(firsts[i], firsts[i + 1]):
                a = runs[run, 0]
                b = runs[run, 1]
                if 0 <= source < rows:
                    d = distance[source]
                    m = labels[source]
                    upper = min(i, source)
                    changed |= _take_from_row(distance[i, a:b], labels[i, a:b], d[a:b], m[a:b], straight[upper, a:b])
                    # From the left and from the right: going down that is the step to the right, going up to the left.
                    one = max(a, 1)
                    costs = right[upper, one - 1 : b - 1] if source < i else left[upper, one:b]
                    changed |= _take_from_row(
                        distance[i, one:b], labels[i, one:b], d[one - 1 : b - 1], m[one - 1 : b - 1], costs
                    )
                    end = min(b, columns - 1)
                    costs = left[upper, a + 1 : end + 1] if source < i else right[upper, a:end]
                    changed |= _take_from_row(
                        distance[i, a:end], labels[i, a:end], d[a + 1 : end + 1], m[a + 1 : end + 1], costs
                    )
                changed |= _take_from_sides(distance[i, a:b], labels[i, a:b], across[i, a:b])
            if changed:
                busy = True
                waits_down[i + 1] = True
                waits_up[max(i - 1, 0)] = True
    return labels, distance


@kernel
def enlarge_around(labels: NDArray[np.int32], seeds: NDArray[np.int32], factor: int) -> NDArray[np.int32]:
    """Seeds at full size, and around them the labels of a copy in which each pixel stands for factor x factor pixels.

    Where the copy ends before the seeds do, its last row and column are repeated.
    """
    rows, columns = seeds.shape
    out = np.empty((rows, columns), np.int32)
    level = np.empty(columns, np.int32)
    for i in range(rows):
        if i % factor == 0:
            row = labels[min(i // factor, labels.shape[0] - 1)]
            for j in range(columns):
                level[j] = row[min(j // factor, labels.shape[1] - 1)]
        here = seeds[i]
        for j in range(columns):
            out[i, j] = here[j] if here[j] > 0 else level[j]
    return out

"""Compiled morphology of the granularity spectrum: openings by reconstruction and their means within objects."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = [
    "mean_in_objects",
    "open_by_reconstruction",
    "open_with_disk",
    "resample",
    "start_means",
    "weigh_coarse_pixels",
]


@kernel
def resample(
    image: NDArray[np.float32], row_places: NDArray[np.float64], column_places: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Read the image at every pair of row and column places, bilinearly; 0 beyond its first and last row and column."""
    height, width = image.shape
    found = np.zeros((len(row_places), len(column_places)), np.float32)
    for y in range(len(row_places)):
        if row_places[y] < 0 or row_places[y] > height - 1:
            continue
        above = int(row_places[y])
        down = row_places[y] - above
        below = min(above + 1, height - 1)
        for x in range(len(column_places)):
            if column_places[x] < 0 or column_places[x] > width - 1:
                continue
            left = int(column_places[x])
            right = column_places[x] - left
            beyond = min(left + 1, width - 1)
            found[y, x] = (1.0 - down) * ((1.0 - right) * image[above, left] + right * image[above, beyond]) + down * (
                (1.0 - right) * image[below, left] + right * image[below, beyond]
            )
    return found


@kernel
def open_with_disk(padded: NDArray[np.float32], radius: int, *, largest: bool) -> NDArray[np.float32]:
    """Give the smallest (or largest) value under a disk, for an image that is padded by the radius on each side."""
    height, width = padded.shape[0] - 2 * radius, padded.shape[1] - 2 * radius
    found = padded[radius : radius + height, radius : radius + width].copy()
    for down in range(-radius, radius + 1):
        reach = 0
        while (reach + 1) ** 2 + down**2 <= radius**2:
            reach += 1
        for y in range(height):
            for right in range(-reach, reach + 1):
                for x in range(width):
                    value = padded[y + radius + down, x + radius + right]
                    if largest:
                        found[y, x] = max(found[y, x], value)
                    else:
                        found[y, x] = min(found[y, x], value)
    return found


@kernel
def open_by_reconstruction(image: NDArray[np.float32], order: NDArray[np.int64], length: int) -> NDArray[np.float32]:
    """Erode with a cross 1 to `length` times and reconstruct under the image each time: opened[step, row, column].

    `order` has the places of the flattened image from the darkest to the brightest. All reconstructions are read from
    one tree of the image's bright parts (Salembier, Oliveras and Garrido 1998; built as in Berger et al. 2007).
    """
    height, width = image.shape
    wide = width + 2
    eroded, before = np.empty((height + 2) * wide, np.float32), np.empty((height + 2) * wide, np.float32)
    eroded[:], before[:] = np.inf, np.inf
    spots = np.empty(len(order), np.int64)
    levels = np.empty(len(order), np.float32)
    for rank in range(len(order)):
        y, x = order[rank] // width, order[rank] % width
        spots[rank] = (y + 1) * wide + x + 1
        levels[rank] = image[y, x]
        eroded[spots[rank]] = levels[rank]
    parents = _link_bright_parts(spots, wide, len(eroded))
    reached = np.empty(len(order), np.float32)
    opened = np.empty((length, height, width), np.float32)
    for step in range(length):
        before, eroded = eroded, before
        for y in range(1, height + 1):
            _least_of_cross(before, eroded, y * wide + 1, width, wide)
        for rank in range(len(order)):
            reached[rank] = eroded[spots[rank]]
        _reconstruct(reached, levels, parents)
        found = opened[step].ravel()
        for rank in range(len(order)):
            found[order[rank]] = reached[rank]
    return opened


@kernel
def _link_bright_parts(spots: NDArray[np.int64], wide: int, size: int) -> NDArray[np.int32]:
    # Pixels are added from the brightest on; each becomes the parent of the parts it touches, the last its own.
    parents = np.empty(len(spots), np.int32)
    tops = np.empty(len(spots), np.int32)
    rank_of = np.empty(size, np.int32)
    rank_of[:] = -1
    for rank in range(len(spots) - 1, -1, -1):
        spot = spots[rank]
        parents[rank], tops[rank], rank_of[spot] = rank, rank, rank
        for beside in (spot - wide, spot - 1, spot + 1, spot + wide):
            part = rank_of[beside]
            if part < 0:
                continue
            while tops[part] != part:
                tops[part] = tops[tops[part]]
                part = tops[part]
            if part != rank:
                parents[part], tops[part] = rank, rank
    return parents


@kernel
def _reconstruct(reached: NDArray[np.float32], levels: NDArray[np.float32], parents: NDArray[np.int32]) -> None:
    # A part is filled up to its brightest marker, and at least as far as the part that it stands on.
    for rank in range(len(parents) - 1, 0, -1):
        under = parents[rank]
        reached[under] = reached[rank] if reached[rank] > reached[under] else reached[under]
    for rank in range(len(parents)):
        filled = reached[rank] if reached[rank] < levels[rank] else levels[rank]
        under = parents[rank]
        reached[rank] = reached[under] if under != rank and reached[under] > filled else filled


@kernel
def _least_of_cross(source: NDArray[np.float32], found: NDArray[np.float32], first: int, width: int, wide: int) -> None:
    # Plain comparisons: min() would look for NaN and keep the loop from running on several pixels at a time.
    for at in range(first, first + width):
        up, down, left, right = source[at - wide], source[at + wide], source[at - 1], source[at + 1]
        least = up if up < down else down
        least = left if left < least else least
        least = right if right < least else least
        found[at] = source[at] if source[at] < least else least


@kernel
def weigh_coarse_pixels(
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    row_places: NDArray[np.float64],
    column_places: NDArray[np.float64],
    coarse_shape: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give each object's weights on the coarse pixels, so that its mean of a stretched coarse image is a dot product.

    Returns begins[label] into the weights, boxes[label] = (first row, first column, rows, columns) on the coarse
    grid, and the weights of each box, row by row. Places beyond the coarse grid count as 0.
    """
    count = len(starts) - 2
    tall, wide = coarse_shape
    begins, boxes = np.zeros(count + 2, np.int64), np.zeros((count + 1, 4), np.int64)
    for label in range(1, count + 1):
        begins[label + 1] = begins[label]
        if starts[label] == starts[label + 1]:
            continue
        top, bottom = tall - 1, 0
        left, right = wide - 1, 0
        for at in range(starts[label], starts[label + 1]):
            above, before = int(row_places[rows[at]]), int(column_places[columns[at]])
            top, bottom = min(top, above), max(bottom, min(above + 1, tall - 1))
            left, right = min(left, before), max(right, min(before + 1, wide - 1))
        boxes[label, 0], boxes[label, 1] = top, left
        boxes[label, 2], boxes[label, 3] = bottom - top + 1, right - left + 1
        begins[label + 1] += (bottom - top + 1) * (right - left + 1)
    weights = np.zeros(begins[count + 1])
    for label in range(1, count + 1):
        share = 1.0 / max(1, starts[label + 1] - starts[label])
        top, left, across = boxes[label, 0], boxes[label, 1], boxes[label, 3]
        for at in range(starts[label], starts[label + 1]):
            y, x = row_places[rows[at]], column_places[columns[at]]
            if y > tall - 1 or x > wide - 1:
                continue
            above, before = int(y), int(x)
            down, on = y - above, x - before
            below, beyond = min(above + 1, tall - 1) - top, min(before + 1, wide - 1) - left
            above, before = begins[label] + (above - top) * across, before - left
            below = begins[label] + below * across
            weights[above + before] += share * (1.0 - down) * (1.0 - on)
            weights[above + beyond] += share * (1.0 - down) * on
            weights[below + before] += share * down * (1.0 - on)
            weights[below + beyond] += share * down * on
    return begins, boxes, weights


@kernel
def start_means(
    image: NDArray[np.float32], starts: NDArray[np.int64], rows: NDArray[np.int32], columns: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Give the mean of the image's values at each label's listed pixels; NaN without pixels."""
    means = np.empty(len(starts) - 1)
    means[:] = np.nan
    for label in range(1, len(means)):
        total, number = 0.0, starts[label + 1] - starts[label]
        for at in range(starts[label], starts[label + 1]):
            total += image[rows[at], columns[at]]
        if number > 0:
            means[label] = total / number
    return means


@kernel
def mean_in_objects(
    opened: NDArray[np.float32], begins: NDArray[np.int64], boxes: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give means[step, label] of the opened images under each object's weights."""
    means = np.zeros((len(opened), len(boxes)))
    for step in range(len(opened)):
        for label in range(1, len(boxes)):
            total, at = 0.0, begins[label]
            for y in range(boxes[label, 2]):
                for x in range(boxes[label, 3]):
                    total += weights[at] * opened[step, boxes[label, 0] + y, boxes[label, 1] + x]
                    at += 1
            means[step, label] = total
    return means

"""Compiled loops over the pixels of labelled objects: lists of pixels, distances to the edge, hulls."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["find_hulls", "list_pixels", "measure_depths"]

INNER_EDGE = 1
OUTLINE = 2
_FAR = 1 << 30


@kernel
def list_pixels(
    labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
    """Sort the pixels by label, in raster order within a label.

    Returns the first place of each label (0..count, and the end), rows, columns, boxes (first row, first column, last
    row, last column) and edge flags: bit 1 where one of the four neighbours inside the image has another label, bit 2
    where one of the eight has or the pixel lies at the border of the image.
    """
    height, width = labels.shape
    starts = np.zeros(count + 2, np.int64)
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label > 0:
                starts[label + 1] += 1
    for label in range(1, count + 2):
        starts[label] += starts[label - 1]
    total = starts[count + 1]
    rows, columns = np.empty(total, np.int32), np.empty(total, np.int32)
    edges = np.zeros(total, np.uint8)
    boxes = np.empty((count + 1, 4), np.int32)
    for label in range(count + 1):
        boxes[label, 0], boxes[label, 1], boxes[label, 2], boxes[label, 3] = height, width, -1, -1
    place = np.empty(count + 1, np.int64)
    for label in range(count + 1):
        place[label] = starts[label]
    for y in range(height):
        for x in range(width):
            label = labels[y, x]
            if label <= 0:
                continue
            at = place[label]
            place[label] += 1
            rows[at], columns[at] = y, x
            boxes[label, 0] = min(boxes[label, 0], y)
            boxes[label, 1] = min(boxes[label, 1], x)
            boxes[label, 2] = max(boxes[label, 2], y)
            boxes[label, 3] = max(boxes[label, 3], x)
            edges[at] = _edge_flag(labels, y, x)
    return starts, rows, columns, boxes, edges


@kernel
def _edge_flag(labels: NDArray[np.int32], y: int, x: int) -> int:
    height, width = labels.shape
    flag = 0
    for row in range(y - 1, y + 2):
        for column in range(x - 1, x + 2):
            if row < 0 or column < 0 or row == height or column == width:
                flag |= OUTLINE
            elif labels[row, column] != labels[y, x]:
                flag |= OUTLINE | (INNER_EDGE if row == y or column == x else 0)
    return flag


@kernel
def measure_depths(
    labels: NDArray[np.int32],
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    boxes: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the squared distance of each listed pixel to the nearest pixel that is not of its label.

    In the first array the world beyond the border of the image is another label; in the second it is not there at all
    (an object that fills the whole image is measured as in the first).
    """
    height, width = labels.shape
    closed, free = np.empty(len(rows), np.int32), np.empty(len(rows), np.int32)
    for label in range(1, len(boxes)):
        if boxes[label, 2] < 0:
            continue
        top, left, bottom, right = boxes[label, 0], boxes[label, 1], boxes[label, 2], boxes[label, 3]
        first, last = starts[label], starts[label + 1]
        _depths_in_box(labels, label, (top - 1, left - 1, bottom + 1, right + 1), rows, columns, first, last, closed)
        at_border = top == 0 or left == 0 or bottom == height - 1 or right == width - 1
        if at_border and last - first < height * width:
            box = (max(top - 1, 0), max(left - 1, 0), min(bottom + 1, height - 1), min(right + 1, width - 1))
            _depths_in_box(labels, label, box, rows, columns, first, last, free)
        else:
            for at in range(first, last):
                free[at] = closed[at]
    return closed, free


@kernel
def _depths_in_box(
    labels: NDArray[np.int32],
    label: int,
    box: tuple[int, int, int, int],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    first: int,
    last: int,
    depths: NDArray[np.int32],
) -> None:
    # Saito and Toriwaki 1994: distances along columns, then the least sum of squares along each row, searched outwards.
    height, width = labels.shape
    top, left, bottom, right = box
    tall, wide = bottom - top + 1, right - left + 1
    along = np.empty((tall, wide), np.int32)
    for x in range(wide):
        gap = _FAR
        for y in range(tall):
            inside = 0 <= top + y < height and 0 <= left + x < width and labels[top + y, left + x] == label
            gap = min(gap + 1, _FAR) if inside else 0
            along[y, x] = gap
        gap = _FAR
        for y in range(tall - 1, -1, -1):
            gap = min(gap + 1, _FAR) if along[y, x] > 0 else 0
            along[y, x] = min(along[y, x], gap)
    for at in range(first, last):
        y, x = rows[at] - top, columns[at] - left
        near = np.int64(along[y, x])
        best = near * near
        step = 1
        while step * step < best and (x - step >= 0 or x + step < wide):
            if x - step >= 0:
                near = np.int64(along[y, x - step])
                best = min(best, near * near + step * step)
            if x + step < wide:
                near = np.int64(along[y, x + step])
                best = min(best, near * near + step * step)
            step += 1
        depths[at] = min(best, np.int64(2147483647))


@kernel
def find_hulls(
    starts: NDArray[np.int64], rows: NDArray[np.int32], columns: NDArray[np.int32], boxes: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Give the strict corners (row, column) of each object's convex hull and where each object's begin.

    They start at the uppermost pixel of the leftmost column and go along the upper side first (Andrew 1979).
    """
    count = len(boxes) - 1
    begins = np.zeros(count + 2, np.int64)
    room, widest = 0, 0
    for label in range(1, count + 1):
        wide = max(0, boxes[label, 3] - boxes[label, 1] + 1)
        room += 2 * wide + 4
        widest = max(widest, wide)
    corners = np.empty((room, 2), np.int32)
    upper, lower = np.empty(widest, np.int32), np.empty(widest, np.int32)
    filled = 0
    for label in range(1, count + 1):
        begins[label] = filled
        if boxes[label, 2] < 0:
            continue
        left = boxes[label, 1]
        wide = boxes[label, 3] - left + 1
        for x in range(wide):
            upper[x], lower[x] = _FAR, -1
        for at in range(starts[label], starts[label + 1]):
            x = columns[at] - left
            upper[x] = min(upper[x], rows[at])
            lower[x] = max(lower[x], rows[at])
        begin = filled
        for x in range(wide):
            if lower[x] >= 0:
                filled = _push_corner(corners, begin, filled, upper[x], left + x)
        turn = filled - 1
        for x in range(wide - 1, -1, -1):
            if lower[x] >= 0 and (x < wide - 1 or lower[x] != upper[x]):
                filled = _push_corner(corners, turn, filled, lower[x], left + x)
        # The way back ends at the first column: where that has one pixel, it is there already.
        if filled - begin > 1 and corners[filled - 1, 0] == corners[begin, 0] and corners[filled - 1, 1] == left:
            filled -= 1
    begins[count + 1] = filled
    return begins, corners[:filled]


@kernel
def _push_corner(corners: NDArray[np.int32], begin: int, filled: int, row: int, column: int) -> int:
    while filled - begin >= 2:
        down, right = corners[filled - 1, 0] - corners[filled - 2, 0], corners[filled - 1, 1] - corners[filled - 2, 1]
        on_down, on_right = row - corners[filled - 1, 0], column - corners[filled - 1, 1]
        if np.int64(right) * on_down - np.int64(on_right) * down > 0:
            break
        filled -= 1
    corners[filled, 0], corners[filled, 1] = row, column
    return filled + 1

"""Compiled loops over the pixels of labelled objects: lists of pixels, distances to the edge, hulls."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["find_hulls", "first_of_smallest", "largest_values", "last_of_largest", "list_pixels", "measure_depths"]

INNER_EDGE = 1
OUTLINE = 2
NOTHING = -(1 << 40)
_SHORT = 15
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
            if y == 0 or x == 0 or y == height - 1 or x == width - 1:
                flag = OUTLINE
                if (
                    (y > 0 and labels[y - 1, x] != label)
                    or (x > 0 and labels[y, x - 1] != label)
                    or (y < height - 1 and labels[y + 1, x] != label)
                    or (x < width - 1 and labels[y, x + 1] != label)
                ):
                    flag |= INNER_EDGE
            elif (
                labels[y - 1, x] != label
                or labels[y, x - 1] != label
                or labels[y + 1, x] != label
                or labels[y, x + 1] != label
            ):
                flag = OUTLINE | INNER_EDGE
            elif (
                labels[y - 1, x - 1] != label
                or labels[y - 1, x + 1] != label
                or labels[y + 1, x - 1] != label
                or labels[y + 1, x + 1] != label
            ):
                flag = OUTLINE
            else:
                flag = 0
            edges[at] = flag
    return starts, rows, columns, boxes, edges


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


@kernel
def largest_values(values: NDArray[np.int32], labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Give the largest value of each label from 0 on; labels that do not occur have NOTHING."""
    largest = np.empty(count + 1, np.int64)
    largest[:] = NOTHING
    for at in range(len(values)):
        largest[labels[at]] = max(largest[labels[at]], np.int64(values[at]))
    return largest


@kernel
def last_of_largest(
    values: NDArray[np.int32], labels: NDArray[np.int32], largest: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give for each label the place of its largest value; of equal ones, the last that NumPy's quicksort would leave.

    `wanted` are the largest values, sorted. Labels that do not occur, and label 0, get -1.
    """
    items = np.empty(len(values), np.int64)
    for at in range(len(values)):
        items[at] = (np.int64(values[at]) << 32) | at
    _sort_as_numpy(items, wanted)
    places = np.empty(len(largest), np.int64)
    places[:] = -1
    for at in range(len(items)):
        place = items[at] & 0xFFFFFFFF
        label = labels[place]
        if label > 0 and values[place] == largest[label]:
            places[label] = place
    return places


@kernel
def first_of_smallest(
    ranks: NDArray[np.int64], groups: NDArray[np.int64], count: int, wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give for each group from 0 on the place of its smallest rank; of equal ones, the first after that quicksort."""
    items = np.empty(len(ranks), np.int64)
    for at in range(len(ranks)):
        items[at] = (ranks[at] << 32) | at
    _sort_as_numpy(items, wanted)
    places = np.empty(count, np.int64)
    for at in range(len(items) - 1, -1, -1):
        place = items[at] & 0xFFFFFFFF
        places[groups[place]] = place
    return places


@kernel
def _sort_as_numpy(items: NDArray[np.int64], wanted: NDArray[np.int64]) -> None:
    # Sorts by the upper 32 bits; parts without a wanted value (from a sorted list) stay as they are.
    low, high, least, most = 0, len(items) - 1, NOTHING, -NOTHING
    deep = 0
    while len(items) >> (deep + 1) > 0:
        deep += 1
    deep *= 2
    stack = np.empty((128, 5), np.int64)
    depth = 0
    while True:
        if deep < 0:
            _heap_sort(items[low : high + 1])
        else:
            while high - low > _SHORT and _holds(wanted, int(least), int(most)):
                cut = _partition(items, low, high)
                pivot = items[cut] >> 32
                deep -= 1
                stack[depth, 4] = deep
                if cut - low < high - cut:
                    stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3] = cut + 1, high, pivot, most
                    high, most = cut - 1, pivot
                else:
                    stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3] = low, cut - 1, least, pivot
                    low, least = cut + 1, pivot
                depth += 1
            if high - low <= _SHORT:
                _insertion_sort(items, low, high)
        if depth == 0:
            return
        depth -= 1
        low, high, least, most = stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3]
        deep = stack[depth, 4]


@kernel
def _holds(wanted: NDArray[np.int64], least: int, most: int) -> bool:
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) >> 1
        if wanted[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low < len(wanted) and wanted[low] <= most


@kernel
def _partition(items: NDArray[np.int64], low: int, high: int) -> int:
    middle = low + ((high - low) >> 1)
    if items[middle] >> 32 < items[low] >> 32:
        items[middle], items[low] = items[low], items[middle]
    if items[high] >> 32 < items[middle] >> 32:
        items[high], items[middle] = items[middle], items[high]
    if items[middle] >> 32 < items[low] >> 32:
        items[middle], items[low] = items[low], items[middle]
    pivot = items[middle] >> 32
    up, down = low, high - 1
    items[middle], items[down] = items[down], items[middle]
    while True:
        up += 1
        while items[up] >> 32 < pivot:
            up += 1
        down -= 1
        while pivot < items[down] >> 32:
            down -= 1
        if up >= down:
            break
        items[up], items[down] = items[down], items[up]
    items[up], items[high - 1] = items[high - 1], items[up]
    return up


@kernel
def _insertion_sort(items: NDArray[np.int64], low: int, high: int) -> None:
    for at in range(low + 1, high + 1):
        item = items[at]
        down = at
        while down > low and item >> 32 < items[down - 1] >> 32:
            items[down] = items[down - 1]
            down -= 1
        items[down] = item


@kernel
def _heap_sort(items: NDArray[np.int64]) -> None:
    number = len(items)
    for start in range(number >> 1, 0, -1):
        _sift(items, start, number, items[start - 1])
    while number > 1:
        item = items[number - 1]
        items[number - 1] = items[0]
        number -= 1
        _sift(items, 1, number, item)


@kernel
def _sift(items: NDArray[np.int64], parent: int, number: int, item: int) -> None:
    child = parent << 1
    while child <= number:
        if child < number and items[child - 1] >> 32 < items[child] >> 32:
            child += 1
        if item >> 32 >= items[child - 1] >> 32:
            break
        items[parent - 1] = items[child - 1]
        parent, child = child, child << 1
    items[parent - 1] = item

"""Compiled quicksort with NumPy's exchanges: which of equal values comes first or last after it."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["first_of_smallest", "largest_values", "last_of_largest"]

NOTHING = -(1 << 40)
_SHORT = 15


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

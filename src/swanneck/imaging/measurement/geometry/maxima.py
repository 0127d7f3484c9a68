"""The brightest or deepest pixel of each object."""

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry.sorting import _kernels

__all__ = ["find_maxima", "order_keys"]


def find_maxima(values: NDArray[np.int32], labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Give for each label from 0 to count the place of its largest value; -1 for label 0 and labels that do not occur.

    `scipy.ndimage.maximum_position`, which CellProfiler uses, sorts all values with NumPy's quicksort (Hoare 1961: the
    middle of three as pivot, insertion below 17 items, a heap when too deep) and takes the last of each label.
    Plateaus are common, so the same pixel is found by the same exchanges; parts of the list that hold no label's
    largest value are left unsorted. Processors on which newer NumPy sorts in another way make no difference.

    >>> find_maxima(np.array([3, 5, 9, 1], np.int32), np.array([1, 1, 0, 2], np.int32), 3).tolist()
    [-1, 1, 3, -1]
    """
    largest = _kernels.largest_values(values, labels, count)
    wanted = np.sort(largest[1:][largest[1:] > _kernels.NOTHING])
    return _kernels.last_of_largest(values, labels, largest, wanted)


def order_keys(values: NDArray[np.float32]) -> NDArray[np.int32]:
    """Give whole numbers in the order of the values; those that are not finite come first of all.

    >>> order_keys(np.array([0.5, -2.0, np.nan, -0.0, 0.0], np.float32)).argsort(kind="stable").tolist()
    [2, 1, 3, 4, 0]
    """
    bits = (values + np.float32(0)).view(np.int32)
    keys = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits)
    return np.where(np.isfinite(values), keys, np.iinfo(np.int32).min).astype(np.int32)

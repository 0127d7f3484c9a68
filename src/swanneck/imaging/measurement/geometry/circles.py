"""The smallest circle around each object (Chrystal 1885), all objects in step.

A corner that lies on the circle counts as outside it where rounding says so, and which of several corners on one
circle sets the radius depends on the order in which equal angles are sorted. Therefore the arithmetic and that order
are those of centrosome, which CellProfiler uses.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry.sorting import _kernels

__all__ = ["enclose_in_circles"]


def enclose_in_circles(begins: NDArray[np.int64], corners: NDArray[np.int32]) -> NDArray[np.float64]:
    """Give centre row, centre column and radius per label; NaN for a label without pixels.

    `corners[begins[k] : begins[k + 1]]` is the convex hull of label k.

    >>> square = np.array([[0, 0], [0, 2], [2, 2], [2, 0]], np.int32)
    >>> enclose_in_circles(np.array([0, 0, 4]), square)[1].round(3).tolist()
    [1.0, 1.0, 1.414]
    """
    circles = np.full((len(begins) - 1, 3), np.nan)
    numbers = np.diff(begins)
    hull = corners.astype(float)
    few = np.flatnonzero((numbers == 1) | (numbers == 2))
    first, last = hull[begins[few]], hull[begins[few] + numbers[few] - 1]
    centre = (first + last) / 2
    circles[few, :2] = centre
    circles[few, 2] = np.sqrt(((centre - first) ** 2).sum(1))
    active = np.flatnonzero(numbers > 2)
    side0, side1 = begins[:-1].copy(), begins[:-1] + 1
    while len(active):
        active = _shrink_circles(active, (begins, hull), (side0, side1), circles)
    return circles


def _shrink_circles(
    active: NDArray[np.int64],
    hulls: tuple[NDArray[np.int64], NDArray[np.float64]],
    sides: tuple[NDArray[np.int64], NDArray[np.int64]],
    circles: NDArray[np.float64],
) -> NDArray[np.int64]:
    # One step: finish the objects whose side or triangle sets the circle; replace a corner of the others' side.
    begins, hull = hulls
    side0, side1 = sides
    lengths = begins[active + 1] - begins[active]
    group = np.repeat(np.arange(len(active)), lengths)
    vertex = np.arange(len(group)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + begins[active][group]
    other = (vertex != side0[active][group]) & (vertex != side1[active][group])
    group, vertex = group[other], vertex[other]
    point0, point1 = hull[side0[active]], hull[side1[active]]
    base = point0 - point1
    angle1 = _angle(base[group], hull[vertex] - point1[group])
    angle0 = _angle(-base[group], hull[vertex] - point0[group])
    angle = np.pi - angle1 - angle0
    distinct, ranks = np.unique(angle, return_inverse=True)
    apex = _kernels.first_of_smallest(ranks, group, len(active), np.arange(len(distinct)))
    least, at0, at1 = angle[apex], angle0[apex], angle1[apex]
    right = np.pi / 2
    two = least >= right
    circles[active[two], :2] = (point0[two] + point1[two]) / 2
    circles[active[two], 2] = np.sqrt(((point0[two] - point1[two]) ** 2).sum(1)) / 2
    three = ~two & (at0 <= right) & (at1 <= right) & (least <= right)
    circles[active[three]] = _circumscribe(point0[three], point1[three], hull[vertex[apex[three]]])
    left = ~two & ~three
    blunt0, blunt1 = left & (at0 > right), left & (at0 <= right)
    side0[active[blunt0]] = vertex[apex[blunt0]]
    side1[active[blunt1]] = vertex[apex[blunt1]]
    rest: NDArray[np.int64] = active[left]
    return rest


def _angle(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    cosine = (one * other).sum(1) / np.sqrt((one**2).sum(1) * (other**2).sum(1))
    angle: NDArray[np.float64] = np.abs(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return angle


def _circumscribe(
    first: NDArray[np.float64], second: NDArray[np.float64], third: NDArray[np.float64]
) -> NDArray[np.float64]:
    (y0, x0), (y1, x1), (y2, x2) = first.T, second.T, third.T
    far0, far1, far2 = (first**2).sum(1), (second**2).sum(1), (third**2).sum(1)
    twice = 2 * (x0 * (y1 - y2) + x1 * (y2 - y0) + x2 * (y0 - y1))
    x = (far0 * (y1 - y2) + far1 * (y2 - y0) + far2 * (y0 - y1)) / twice
    y = (far0 * (x2 - x1) + far1 * (x0 - x2) + far2 * (x1 - x0)) / twice
    return np.column_stack([y, x, np.sqrt((y0 - y) ** 2 + (x0 - x) ** 2)])

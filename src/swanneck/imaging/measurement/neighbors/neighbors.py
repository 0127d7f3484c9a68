"""MeasureObjectNeighbors: how many neighbours an object has, how near they are, and how much of it touches them."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from swanneck.imaging.measurement.geometry import ObjectPixels, list_object_pixels
from swanneck.imaging.measurement.neighbors import _kernels

__all__ = ["measure_neighbors"]


def measure_neighbors(
    pixels: ObjectPixels, method: Literal["Adjacent", "Expanded"] | int
) -> dict[str, NDArray[np.float64]]:
    """Give CellProfiler's seven columns of neighbours among the objects, one value per label from 1 on.

    `method` is "Adjacent" (touching as they are), "Expanded" (touching when all are grown until they meet) or a
    distance in pixels. Object numbers are labels, 0 where there is none; angles are in degrees. A label without pixels
    has NaN.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> found = measure_neighbors(list_object_pixels(np.array([[1, 1, 2, 0, 3]], np.int32)), "Adjacent")
    >>> found["Neighbors_NumberOfNeighbors_Adjacent"].tolist()
    [1.0, 1.0, 0.0]
    """
    spread = list_object_pixels(_expand(pixels.labels)) if method == "Expanded" else pixels
    distance = method if isinstance(method, int) else 1
    steps = (_disk(distance), _disk(distance, distance + 0.5))
    found = _kernels.count_touching(spread.labels, spread.starts, spread.rows, spread.columns, spread.edges, *steps)[
        :, 1:
    ]
    known = pixels.areas > 0
    alone = np.count_nonzero(known) < 2
    with np.errstate(invalid="ignore", divide="ignore"):
        touching = np.where(alone, 0.0, found[2] * 100 / found[1])
    columns = {"NumberOfNeighbors": found[0].astype(float), "PercentTouching": touching}
    columns |= _measure_nearest(pixels)
    return {f"Neighbors_{name}_{method}": np.where(known, values, np.nan) for name, values in columns.items()}


def _measure_nearest(pixels: ObjectPixels) -> dict[str, NDArray[np.float64]]:
    centres = pixels.centres
    nearest = _kernels.find_nearest(centres)
    ways = [np.where(one[:, None] >= 0, centres[one] - centres, 0.0) for one in nearest.T]
    lengths = [np.sqrt((way**2).sum(1)) for way in ways]
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (ways[0] * ways[1]).sum(1) / np.sqrt((ways[0] ** 2).sum(1) * (ways[1] ** 2).sum(1))
        angle = np.where(nearest[:, 1] >= 0, np.arccos(cosine) * 180.0 / np.pi, 0.0)
    return {
        "FirstClosestObjectNumber": nearest[:, 0] + 1.0,
        "FirstClosestDistance": lengths[0],
        "SecondClosestObjectNumber": nearest[:, 1] + 1.0,
        "SecondClosestDistance": lengths[1],
        "AngleBetweenNeighbors": angle,
    }


def _expand(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    if not labels.any():
        return labels
    row, column = ndimage.distance_transform_edt(labels == 0, return_distances=False, return_indices=True)
    return np.ascontiguousarray(labels[row, column])


def _disk(extent: int, radius: float | None = None) -> NDArray[np.int64]:
    steps = np.mgrid[-extent : extent + 1, -extent : extent + 1].reshape(2, -1).T
    # Nearest steps first: most outline pixels that touch do so at once.
    steps = steps[np.argsort((steps**2).sum(1), kind="stable")]
    return np.ascontiguousarray(steps[(steps**2).sum(1) <= (radius or extent) ** 2], np.int64)

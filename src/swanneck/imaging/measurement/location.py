"""Where objects are: CellProfiler's `Location_Center` columns."""

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import ObjectPixels

__all__ = ["measure_location"]


def measure_location(pixels: ObjectPixels) -> dict[str, NDArray[np.float64]]:
    """Give the mean column and row of each label's pixels, from label 1 on; NaN without pixels.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> measure_location(list_object_pixels(np.array([[0, 1, 1]], np.int32)))["Location_Center_X"].tolist()
    [1.5]
    """
    rows, columns = pixels.centres.T
    return {"Location_Center_X": columns, "Location_Center_Y": rows}

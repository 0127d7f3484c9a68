"""MeasureObjectIntensityDistribution: light in rings around the centre of an object.

Rings and wedges are CellProfiler's: the centre is the pixel farthest from the edge, the way out goes along
paths inside the object.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import ObjectPixels, find_maxima
from swanneck.imaging.measurement.intensity_distribution import _kernels
from swanneck.imaging.measurement.settings import IntensityDistributionSettings

__all__ = ["divide_objects", "measure_radial_distribution"]

_FEATURES = ("FracAtD", "MeanFrac", "RadialCV")


def divide_objects(
    pixels: ObjectPixels, settings: IntensityDistributionSettings
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Give ring and wedge of each listed pixel; they serve all channels.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> labels = np.zeros((7, 7), np.int32)
    >>> labels[1:6, 1:6] = 1
    >>> rings, _ = divide_objects(list_object_pixels(labels), IntensityDistributionSettings(bins=2))
    >>> rings.reshape(5, 5)[2].tolist()
    [1, 0, 0, 0, 1]
    """
    depths = pixels.depths[1]
    spread = np.zeros(pixels.labels.size, np.int32)
    spread[pixels.places] = depths
    deepest = find_maxima(spread, pixels.labels.ravel(), pixels.count)
    centres = np.column_stack(np.divmod(deepest, pixels.labels.shape[1]))
    full_radius = 0.0 if settings.scaled else settings.maximum_radius
    return _kernels.divide_into_rings(
        pixels.starts, pixels.rows, pixels.columns, pixels.boxes, depths, centres, settings.bins, full_radius
    )


def measure_radial_distribution(
    channel: str,
    values: NDArray[np.float32],
    pixels: ObjectPixels,
    rings: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    *,
    settings: IntensityDistributionSettings,
) -> dict[str, NDArray[np.float64]]:
    """Give the columns FracAtD, MeanFrac and RadialCV of each ring, one value per label from 1 on."""
    found = _kernels.distribute(values, pixels.starts, *rings, settings.bins)[:, 1:]
    columns = {}
    for place, feature in enumerate(_FEATURES):
        for ring in range(settings.bins + (not settings.scaled)):
            part = f"{ring + 1}of{settings.bins}" if ring < settings.bins else "Overflow"
            columns[f"RadialDistribution_{feature}_{channel}_{part}"] = found[place * (settings.bins + 1) + ring]
    return columns

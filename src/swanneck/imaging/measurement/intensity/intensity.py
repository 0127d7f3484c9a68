"""MeasureObjectIntensity: sums, means, extremes, quartiles and centres of the intensity within objects.

Names and values are CellProfiler's (Carpenter et al., Genome Biology 7:R100, 2006), its `Location` columns of the
brightest pixel and of the centre of mass included.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import ObjectPixels, find_maxima
from swanneck.imaging.measurement.inputs import Channel
from swanneck.imaging.measurement.intensity import _kernels

__all__ = ["measure_intensity"]

_FEATURES = (
    "Intensity_IntegratedIntensity",
    "Intensity_MeanIntensity",
    "Intensity_StdIntensity",
    "Intensity_MinIntensity",
    "Intensity_MaxIntensity",
    "Intensity_IntegratedIntensityEdge",
    "Intensity_MeanIntensityEdge",
    "Intensity_StdIntensityEdge",
    "Intensity_MinIntensityEdge",
    "Intensity_MaxIntensityEdge",
    "Intensity_MassDisplacement",
    "Intensity_LowerQuartileIntensity",
    "Intensity_MedianIntensity",
    "Intensity_MADIntensity",
    "Intensity_UpperQuartileIntensity",
    "Location_CenterMassIntensity_X",
    "Location_CenterMassIntensity_Y",
)


def measure_intensity(
    channel: Channel, values: NDArray[np.float32], pixels: ObjectPixels
) -> dict[str, NDArray[np.float64]]:
    """Give one column per feature, one value per label from 1 on.

    `values` are the channel's intensities at the listed pixels. Values that are not finite are left out; a label
    without any other has NaN throughout. The centre of mass of an object without light is NaN.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> from swanneck.imaging.measurement.inputs import check_images
    >>> pixels = list_object_pixels(np.array([[1, 1, 0], [1, 1, 0]], np.int32))
    >>> (dna,) = check_images({"DNA": np.array([[0.0, 0.25, 0.0], [0.25, 0.5, 0.0]])})
    >>> found = measure_intensity(dna, pixels.gather(dna.image), pixels)
    >>> found["Intensity_MeanIntensity_DNA"].item(), found["Location_MaxIntensity_X_DNA"].item()
    (0.25, 1.0)
    """
    found = _kernels.measure_values(
        values, channel.keys_at(pixels.places), pixels.starts, pixels.rows, pixels.columns, pixels.edges
    )[:, 1:]
    columns = {f"{name}_{channel.name}": found[place] for place, name in enumerate(_FEATURES)}
    known = np.isfinite(found[1])
    flat = np.where(known, 0.0, np.nan)
    raster = pixels.foreground
    brightest = find_maxima(channel.keys_at(raster), pixels.foreground_labels, pixels.count)
    place = raster[np.maximum(brightest[1:], 0)] if len(raster) else np.zeros(pixels.count, np.int64)
    row, column = np.divmod(place, pixels.labels.shape[1])
    columns[f"Location_CenterMassIntensity_Z_{channel.name}"] = flat
    columns[f"Location_MaxIntensity_X_{channel.name}"] = np.where(known, column, np.nan)
    columns[f"Location_MaxIntensity_Y_{channel.name}"] = np.where(known, row, np.nan)
    columns[f"Location_MaxIntensity_Z_{channel.name}"] = flat
    return columns

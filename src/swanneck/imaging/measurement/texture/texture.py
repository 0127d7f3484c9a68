"""MeasureTexture: thirteen features of co-occurring grey levels (Haralick, Shanmugam and Dinstein 1973).

Grey levels and features are CellProfiler 4.2's (scikit-image's rounding to 8 bits, mahotas' features): level 0 counts
as outside, and an object too small for a scale has 0.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import ObjectPixels
from swanneck.imaging.measurement.settings import TextureSettings
from swanneck.imaging.measurement.texture import _kernels

__all__ = ["measure_texture", "quantise"]

_FEATURES = (
    "AngularSecondMoment",
    "Contrast",
    "Correlation",
    "Variance",
    "InverseDifferenceMoment",
    "SumAverage",
    "SumVariance",
    "SumEntropy",
    "Entropy",
    "DifferenceVariance",
    "DifferenceEntropy",
    "InfoMeas1",
    "InfoMeas2",
)


def quantise(values: NDArray[np.float32], grey_levels: int = 256) -> NDArray[np.uint8]:
    """Round intensities of 0 to 1 to grey levels; those beyond are cut off, those that are not finite become 0.

    >>> quantise(np.array([0.0, 0.5, 2.0, np.nan], np.float32)).tolist()
    [0, 128, 255, 0]
    """
    finite = np.nan_to_num(np.clip(values, 0, 1), nan=0.0)
    levels: NDArray[np.uint8] = np.rint(finite * np.float32(255)).astype(np.uint8)
    if grey_levels < 256:
        coarser = (np.arange(256) / 255 * (grey_levels - 1)).astype(np.uint8)
        levels = coarser[levels]
    return levels


def measure_texture(
    channel: str, values: NDArray[np.float32], pixels: ObjectPixels, settings: TextureSettings
) -> dict[str, NDArray[np.float64]]:
    """Give one column per feature, scale and direction, one value per label from 1 on; NaN without pixels.

    Directions 00 to 03 are across, down right, down, and down left.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> pixels = list_object_pixels(np.ones((4, 4), np.int32))
    >>> found = measure_texture("DNA", np.full(16, 0.5, np.float32), pixels, TextureSettings(scales=(1,)))
    >>> found["Texture_AngularSecondMoment_DNA_1_00_256"].tolist()
    [1.0]
    """
    found = _kernels.measure_haralick(
        quantise(values, settings.grey_levels),
        pixels.starts,
        pixels.rows,
        pixels.columns,
        pixels.boxes,
        np.array(settings.scales, np.int64),
    )
    return {
        f"Texture_{name}_{channel}_{scale}_{direction:02d}_{settings.grey_levels}": found[at, direction, feature, 1:]
        for at, scale in enumerate(settings.scales)
        for direction in range(_kernels.DIRECTIONS)
        for feature, name in enumerate(_FEATURES)
    }

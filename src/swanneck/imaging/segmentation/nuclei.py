"""Nuclei from a fluorescence image, by the best method that is installed or by the one asked for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.segmentation._foreground import check_image
from swanneck.imaging.segmentation.classical_nuclei import segment_classically
from swanneck.imaging.segmentation.diameter import estimate_nucleus_diameter
from swanneck.imaging.segmentation.learned_nuclei import segment_learned
from swanneck.imaging.segmentation.nuclei_methods import choose_nuclei_method, segment_with_plugin
from swanneck.imaging.segmentation.nuclei_settings import NucleiSettings

__all__ = ["NucleiSettings", "segment_nuclei"]


def segment_nuclei(image: NDArray[Any], settings: NucleiSettings = NucleiSettings()) -> NDArray[np.int32]:  # noqa: B008 - frozen
    """Find nuclei: int32 labels of the image's shape, 0 = background, 1..n without gaps.

    `image` is 2-D of any number type and brightness; nuclei are brighter than the background. Nuclei cut by the
    border are kept. A constant image, or one of noise only, gives zeros. By default the best method that is installed
    finds them: `choose_nuclei_method` says which, `describe_nuclei_method` also in which version. Name a method in the
    settings where results must be the same on every machine.

    Raises ImageError for an image that is not 2-D or not finite, SettingsError for a method that is not installed.

    >>> import numpy as np
    >>> rows, columns = np.mgrid[:60, :60]
    >>> image = sum((np.hypot(rows - 30, columns - x) < 9.5) * 100 for x in (20, 38))
    >>> int(segment_nuclei(image, NucleiSettings(method="classical")).max())
    2
    """
    method = choose_nuclei_method(settings.method)
    pixels = check_image(image, "nuclei")
    diameter = settings.diameter if settings.diameter is not None else estimate_nucleus_diameter(pixels)
    if pixels.size == 0 or pixels.min() == pixels.max():
        return np.zeros(pixels.shape, np.int32)
    if method not in ("classical", "learned"):
        return segment_with_plugin(method, pixels, diameter)
    if diameter is None:
        return np.zeros(pixels.shape, np.int32)
    if method == "learned":
        return segment_learned(pixels, diameter, settings)
    return segment_classically(pixels, diameter, settings)

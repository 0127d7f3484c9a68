"""Cell bodies around nuclei."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.errors import ImageError
from swanneck.foundation.settings import Settings
from swanneck.imaging.segmentation import _kernels
from swanneck.imaging.segmentation._foreground import (
    check_image,
    choose_threshold,
    damp_noise,
    estimate_noise,
    pool_image,
    sample_image,
    smooth_image,
    subtract_background,
)
from swanneck.imaging.segmentation.growth import _kernels as growth
from swanneck.imaging.segmentation.regions import _kernels as regions

__all__ = ["CellSettings", "segment_cells"]

_POOLED_DIAMETER = 10.0


class CellSettings(Settings):
    """How far a cell reaches from its nucleus. Lengths are in diameters of the image's median nucleus."""

    ring: float = Field(default=0.5, ge=0)
    """Every cell reaches this far, bright or dark, unless a neighbour is nearer: 0.5 is one nucleus radius."""
    reach: float = Field(default=1.5, ge=0)
    """Where the image is bright, a cell may reach this far."""
    threshold_factor: float = Field(default=1.0, gt=0)
    """Multiplies the automatic threshold of what is bright."""
    regularisation: float = Field(default=0.1, gt=0)
    """Lambda of Jones et al. (2005) for images scaled to 0..1: large values divide cells half way, small ones along
    dark lines. CellProfiler's default is 0.05; twice that gives noise and single bright cells less say."""
    noise_factor: float = Field(default=5.0, ge=0)
    """Bright is at least this many standard deviations of the background above it (Rose 1948: 5)."""


def segment_cells(
    image: NDArray[Any] | None,
    nuclei: NDArray[np.int32],
    settings: CellSettings = CellSettings(),  # noqa: B008 - frozen
) -> NDArray[np.int32]:
    """Find the body of each nucleus' cell: int32 labels with the numbers of the nuclei; cell k contains nucleus k.

    `image` is a 2-D channel in which cells, or only infected ones, are brighter than the background; None where there
    is none. A body is the ring around its nucleus (half a nucleus diameter by default), joined with the bright pixels
    that are reached from it. The ring makes the mean over a dark, uninfected cell mean something, and measures it on
    the same place as in infected ones. Pixels that two cells reach go to the nearer one by the distance of Jones,
    Carpenter and Golland (2005), which mixes the path's length with the image's differences along it.

    Raises ImageError for an image that is not 2-D, not finite, or not of the shape of `nuclei`.

    >>> import numpy as np
    >>> nuclei = np.zeros((40, 40), np.int32)
    >>> nuclei[15:25, 15:25] = 1
    >>> cells = segment_cells(None, nuclei)
    >>> int(cells[20, 11]), int(cells[20, 2])
    (1, 0)
    """
    seeds = _check_nuclei(nuclei)
    pixels = None if image is None else check_image(image, "cell")
    if pixels is not None and pixels.shape != seeds.shape:
        problem = f"the cell image has shape {pixels.shape}, the nuclei have {seeds.shape}"
        raise ImageError(problem)
    areas = regions.count_pixels(seeds, int(seeds.max(initial=0)))[1:]
    if not areas.any():
        return np.zeros(seeds.shape, np.int32)
    diameter = float(np.median(2.0 * np.sqrt(areas[areas > 0] / np.pi)))
    factor = max(1, round(diameter / _POOLED_DIAMETER))
    small_seeds = np.ascontiguousarray(seeds[factor // 2 :: factor, factor // 2 :: factor])
    small = (
        None
        if pixels is None
        else np.ascontiguousarray(pool_image(pixels, factor)[: small_seeds.shape[0], : small_seeds.shape[1]])
    )
    cells = _grow_bodies(small, small_seeds, diameter / factor, settings)
    return growth.enlarge_around(cells, seeds, factor)


def _check_nuclei(nuclei: NDArray[np.int32]) -> NDArray[np.int32]:
    labels = np.asarray(nuclei)
    if labels.ndim != 2 or labels.dtype.kind not in "iu":
        problem = f"nuclei must be a 2-D array of whole numbers, this is {labels.dtype} of shape {labels.shape}"
        raise ImageError(problem)
    if labels.size and labels.min() < 0:
        problem = "nuclei must be numbered from 1, these hold negative numbers"
        raise ImageError(problem)
    return np.ascontiguousarray(labels, dtype=np.int32)


def _grow_bodies(
    image: NDArray[np.float32] | None, seeds: NDArray[np.int32], diameter: float, settings: CellSettings
) -> NDArray[np.int32]:
    farthest = max(settings.ring, settings.reach) * diameter
    # From the nucleus' outline, which lies half a pixel from its outermost pixels' centres: alike in pooled copies.
    distance = _kernels.distance_inside(seeds == 0, farthest + 1.0) - np.float32(0.5)
    allowed = distance <= settings.ring * diameter
    if image is None:
        relief = np.zeros(seeds.shape, np.float32)
    else:
        smooth = smooth_image(image, 0.04 * diameter)
        contrast, noise = subtract_background(smooth, 6.0 * diameter, 0.25 * diameter)
        dark = settings.noise_factor * max(noise, damp_noise(estimate_noise(image), 0.04 * diameter))
        threshold = max(choose_threshold(contrast) * settings.threshold_factor, dark)
        allowed |= (contrast > threshold) & (distance <= settings.reach * diameter)
        # Noise must not steer borders through dark places: they are made flat.
        bright = np.maximum(contrast, np.float32(dark)) - np.float32(dark)
        scale = float(np.percentile(sample_image(bright), 99.8))
        relief = np.minimum(bright / np.float32(scale), np.float32(1.0)) if scale > 0 else np.zeros_like(bright)
    labels, _ = growth.propagate(relief, seeds, allowed, settings.regularisation)
    return labels

"""Nuclei from a fluorescence image, without training."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.segmentation import _kernels
from swanneck.imaging.segmentation._foreground import (
    choose_threshold,
    damp_noise,
    estimate_noise,
    pool_image,
    smooth_image,
    subtract_background,
)
from swanneck.imaging.segmentation.nuclei_settings import NucleiSettings
from swanneck.imaging.segmentation.regions import _kernels as regions
from swanneck.imaging.segmentation.watershed import _kernels as watershed

__all__ = ["segment_classically"]

_POOLED_DIAMETER = 16.0
_HILL_DIAMETER = 14.0
_FEWEST_PIXELS = 4


def segment_classically(pixels: NDArray[Any], diameter: float, settings: NucleiSettings) -> NDArray[np.int32]:
    """Labels of nuclei about `diameter` pixels wide in a checked image that is not constant.

    Steps: what is above the local background; hills above a low threshold (part of the geometric mean of Otsu's, 1979,
    on linear and logarithmic values), each cut at a share of its own height; watershed of their depth plus relative
    intensity (Malpica et al. 1997 use either), where basins that meet high up are one; an outline for each nucleus at
    a share of its own level; what fades into its surroundings is left out. Large nuclei are segmented in a copy pooled
    by a whole number such that they are about 16 pixels wide, and outlined at full size.

    >>> rows, columns = np.mgrid[:60, :60]
    >>> image = (np.hypot(rows - 30, columns - 30) < 9.5).astype(np.float32)
    >>> int(segment_classically(image, 19.0, NucleiSettings()).max())
    1
    """
    factor = max(1, round(diameter / _POOLED_DIAMETER))
    small, contrast, cuts = _segment_pooled(pool_image(pixels, factor), diameter / factor, settings)
    if factor == 1:
        return small
    return regions.enlarge_labels(small, contrast, cuts, factor, pixels.shape[0], pixels.shape[1])


def _segment_pooled(
    image: NDArray[np.float32], diameter: float, settings: NucleiSettings
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float64]]:
    """Labels, the image above its background, and for each label the level of its outline there."""
    smooth = smooth_image(image, 0.03 * diameter)
    contrast, noise = subtract_background(smooth, 2.0 * diameter, 0.15 * diameter)
    threshold = choose_threshold(contrast) * settings.threshold_factor
    typical_area = np.pi / 4.0 * diameter**2
    soft = smooth_image(contrast, 0.06 * diameter)
    noise = max(noise, damp_noise(estimate_noise(image), 0.03 * diameter))
    floor = max(0.4 * threshold, settings.noise_factor * noise)
    foreground = _find_foreground(contrast, soft, floor, diameter=diameter, edge_level=settings.edge_level)
    if not foreground.any():
        return np.zeros(image.shape, np.int32), contrast, np.zeros(1)
    smallest = max(_FEWEST_PIXELS, int(settings.smallest_area * typical_area))
    height = _seed_height(soft, foreground, diameter)
    basins, count = watershed.flood_descending(height, foreground, settings.prominence, smallest)
    areas, levels, _ = regions.measure_labels(basins, contrast, count)
    large = areas > 0.2 * typical_area
    typical_level = float(np.median(levels[1:][large[1:]])) if large[1:].any() else float(np.median(levels[1:]))
    cuts = settings.edge_level * np.maximum(levels, 0.0) ** 0.8 * max(typical_level, 0.0) ** 0.2
    nuclei = regions.fill_holes(regions.keep_reaching(basins, contrast, cuts, 1), int(typical_area))
    weakest = max(0.9 * threshold, floor)
    return _drop_haze(contrast, nuclei, cuts, typical_area=typical_area, weakest=weakest, settings=settings)


def _find_foreground(
    contrast: NDArray[np.float32],
    soft: NDArray[np.float32],
    floor: float,
    *,
    diameter: float,
    edge_level: float,
) -> NDArray[np.bool_]:
    """Pixels above a share of their own hill's level: a dim nucleus beside a bright one needs its own threshold."""
    # A hill's level needs no fine outline.
    factor = 2 if diameter >= _HILL_DIAMETER else 1
    coarse = pool_image(contrast, factor)
    candidates = coarse > floor
    if not candidates.any() or floor <= 0.0:
        return np.zeros(contrast.shape, np.bool_)
    height = np.log(np.maximum(pool_image(soft, factor), np.float32(0.25 * floor)))
    smallest = int(0.02 * np.pi / 4.0 * (diameter / factor) ** 2)
    hills, count = watershed.flood_descending(height, candidates, -float(np.log(0.9)), smallest)
    _, levels, _ = regions.measure_labels(hills, coarse, count)
    foreground = regions.keep_reaching(hills, contrast, np.maximum(edge_level * levels, floor), factor)
    np.minimum(foreground, 1, out=foreground)
    return regions.fill_holes(foreground, int(0.1 * diameter**2)) > 0


def _seed_height(soft: NDArray[np.float32], foreground: NDArray[np.bool_], diameter: float) -> NDArray[np.float32]:
    """Depth in nucleus radii, which finds narrow places, plus relative intensity, which finds dark lines."""
    depth = _kernels.distance_inside(foreground, diameter)
    typical, _ = _kernels.masked_box_mean(soft, foreground, max(1, round(0.5 * diameter)))
    height = _kernels.relative_height(depth, soft, typical, foreground, 0.5 * diameter, 0.6)
    return smooth_image(height, 0.06 * diameter)


def _drop_haze(
    contrast: NDArray[np.float32],
    nuclei: NDArray[np.int32],
    cuts: NDArray[np.float64],
    *,
    typical_area: float,
    weakest: float,
    settings: NucleiSettings,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float64]]:
    """Leave out pieces that fade into what is around them, small ones sooner, and those under the `weakest` level."""
    smallest = max(_FEWEST_PIXELS, int(settings.smallest_area * typical_area))
    labels, source = regions.keep_largest_pieces(nuclei, cuts.size - 1, smallest)
    count = source.size - 1
    areas, levels, _ = regions.measure_labels(labels, contrast, count)
    reach = max(1, round(0.12 * np.sqrt(typical_area / np.pi) * 2.0))
    around = regions.measure_surroundings(labels, contrast, count, reach)
    smallness = np.minimum(np.log(np.maximum(areas, 1) / typical_area), 0.0)
    kept = (levels >= weakest) & (around < levels * (settings.surroundings + 0.15 * smallness))
    kept[0] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    return regions.renumber(labels, numbers), contrast, np.concatenate([[0.0], cuts[source[kept]]])

"""Host cells among parasites that carry the same stain: large and even are the hosts, small and many the parasites.

A DNA stain shows host nuclei and the parasites' nuclei and kinetoplasts alike, and a nest of parasites is as large and
as bright as a nucleus. What tells them apart is grain: a nest is dark between its parasites. So the grain is taken out
before nuclei are looked for. (Other programs for such images: Siqueira-Neto et al. 2012, PLoS Negl Trop Dis 6:e1671;
Moon et al. 2014, PLoS ONE 9:e87188.)
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.settings import Settings
from swanneck.imaging.segmentation import (
    CellSettings,
    NucleiSettings,
    _kernels,
    estimate_nucleus_diameter,
    segment_cells,
    segment_nuclei,
)
from swanneck.imaging.segmentation._foreground import check_image, sample_image, smooth_image
from swanneck.imaging.segmentation.regions import _kernels as regions
from swanneck.imaging.segmentation.spots import _kernels as spots

__all__ = ["HostSettings", "estimate_host_diameter", "outline_hosts", "segment_hosts"]

_SMOOTHING = 0.02  # nucleus diameters: camera noise is not grain


class HostSettings(Settings):
    """How host nuclei are told from parasites. Lengths are in nucleus diameters."""

    opening: float = Field(default=0.15, gt=0, lt=0.5)
    """Radius of the disc that a host nucleus holds and a parasite does not (opening: Serra 1982)."""
    grain_factor: float = Field(default=2.0, ge=0)
    """How many times the grain's mean is taken off: a nest whose parasites are as bright as its haze vanishes at 1;
    where they overlap, less is left between them."""
    most_grain: float = Field(default=0.3, gt=0)
    """What is left and has more grain than this share of its own light is a nest; nuclei have about 0.1."""


def segment_hosts(
    image: NDArray[Any],
    diameter: float,
    settings: HostSettings = HostSettings(),  # noqa: B008 - frozen
    nuclei: NucleiSettings = NucleiSettings(),  # noqa: B008 - frozen
) -> NDArray[np.int32]:
    """Find the nuclei of host cells where parasites shine in the same channel: int32 labels as `segment_nuclei` gives.

    `diameter` is that of a typical host nucleus in pixels. The image is opened by a disc narrower than a nucleus and
    wider than a parasite, and the mean of what that took away nearby, the grain, is taken off once more; nuclei are
    found in what is left, with the settings `nuclei`.

    Raises ImageError as `segment_nuclei` does.

    >>> rows, columns = np.mgrid[:90, :160]
    >>> nest = (np.hypot(rows % 6 - 3, columns % 6 - 3) < 2.5) & (np.hypot(rows - 45, columns - 110) < 25)
    >>> image = np.where((np.hypot(rows - 45, columns - 40) < 15) | nest, 200.0, 10.0)
    >>> int(segment_hosts(image, 30.0).max())
    1
    """
    even, grain = split_grain(image, diameter, settings)
    if not even.size:
        return np.zeros(even.shape, np.int32)
    # Where parasites are bright, less than nothing would be left, which looks like noise.
    darkest = np.float32(np.percentile(sample_image(even), 1.0))
    smooth = np.maximum(even - np.float32(settings.grain_factor) * grain, darkest)
    labels = segment_nuclei(smooth, nuclei.model_copy(update={"diameter": diameter}))
    count = int(labels.max(initial=0))
    if count == 0:
        return labels
    _, levels, _ = regions.measure_labels(labels, even, count)
    around = regions.measure_surroundings(labels, even, count, max(1, round(0.12 * diameter)))
    grains = regions.measure_labels(labels, grain, count)[1]
    kept = grains <= settings.most_grain * np.maximum(levels - around, 0.0)
    kept[0] = False
    return regions.renumber(labels, np.where(kept, np.cumsum(kept), 0).astype(np.int32))


def estimate_host_diameter(image: NDArray[Any]) -> float | None:
    """Estimate the typical diameter of host nuclei in pixels, where parasites shine too; None where there are none.

    A DNA stain also makes cytoplasm glow, and in a sparse field whole cells would be taken for nuclei. So a first
    estimate is made on the squared image, in which only what is bright is seen; it is a little small. Then hosts are
    segmented with it, and the diameter of the circle of their median area is returned.

    Raises ImageError for an image that is not 2-D or not finite.

    >>> rows, columns = np.mgrid[:200, :200]
    >>> distance = np.hypot(rows % 100 - 50, columns % 100 - 50)
    >>> 18 < estimate_host_diameter(1000.0 * (distance < 10) + 150 * (distance < 40)) < 22
    True
    """
    pixels = check_image(image, "nuclei").astype(np.float32, copy=False)
    if not pixels.size:
        return None
    above = np.maximum(pixels - np.float32(np.percentile(sample_image(pixels), 1.0)), 0.0)
    first = estimate_nucleus_diameter(above / max(float(above.max()), 1e-9) * above)
    if first is None:
        return None
    areas = np.bincount(segment_hosts(pixels, first, nuclei=NucleiSettings(method="classical")).ravel())[1:]
    return 2.0 * float(np.sqrt(np.median(areas) / np.pi)) if areas.size else None


def outline_hosts(
    image: NDArray[Any], nuclei: NDArray[np.int32], diameter: float, *, least_grain: float = 0.0
) -> NDArray[np.int32]:
    """Find the body of each host cell from the parasites in it: int32 labels with the numbers of the nuclei.

    Where no stain shows cell bodies, the parasites do: they fill their host. A body is the ring around the nucleus
    that every cell has, joined with the grainy places that are reached from it (see `segment_cells`). Places with less
    than `least_grain` grey levels of grain are even.
    """
    _, grain = split_grain(image, diameter, HostSettings())
    load = np.where((nuclei > 0) | (grain < least_grain), np.float32(0.0), grain)
    return segment_cells(load, nuclei, CellSettings())


def split_grain(
    image: NDArray[Any], diameter: float, settings: HostSettings
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the image without what is narrower than the opening's disc, and the local mean of what that was."""
    smooth = smooth_image(check_image(image, "nuclei").astype(np.float32, copy=False), _SMOOTHING * diameter)
    radius = max(1, round(settings.opening * diameter))
    even = -spots.erode_disc(-spots.erode_disc(smooth, radius), radius)
    return even, _kernels.box_mean(smooth - even, radius)

"""Spots: small bright things of one size, such as parasites in a cell."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.settings import Settings
from swanneck.imaging.segmentation import _kernels
from swanneck.imaging.segmentation._foreground import check_image, sample_image, smooth_image
from swanneck.imaging.segmentation.regions import _kernels as regions
from swanneck.imaging.segmentation.spots import _kernels as spots

__all__ = ["SpotSettings", "Spots", "count_spots", "find_spots", "measure_nuclear_contrast"]

_NARROW, _WIDE = 0.8, 1.25
"""The two widths of the difference of Gaussians, in widths of a spot: a ratio of 1.6 is nearest to the Laplacian
(Marr and Hildreth 1980, Proc R Soc Lond B 207:187)."""

_HEIGHT = 1 / (1 + _NARROW**2) - 1 / (1 + _WIDE**2)
"""What a Gaussian spot of height 1 and of the filter's width comes to."""

_QUARTER_NORMAL = 0.3186  # a quarter of normal values lie within so many standard deviations of zero


class SpotSettings(Settings):
    """What counts as a spot."""

    diameter: float = Field(default=0.2, gt=0, lt=1)
    """Diameter of a spot in diameters of a typical host nucleus. Amastigotes of T. cruzi and Leishmania measure 2 to
    4 µm, nuclei of the cells that host them 10 to 18 µm. A parasite's nucleus and kinetoplast lie nearer to each other
    than this, and are one spot."""
    contrast: float = Field(default=0.2, ge=0)
    """Where parasites and host nuclei share a channel: a spot stands above its surroundings by this share of what host
    nuclei do, or more."""
    noise_factor: float = Field(default=6.0, ge=0)
    """A spot stands above its surroundings by so many robust standard deviations of the filtered image around the
    nuclei (Rose 1948: 5; one more, since cytoplasm is not as even as a detector)."""


@dataclass(frozen=True)
class Spots:
    """The spots of a field: pixel of each, and its height above its surroundings in grey levels."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    heights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def circles(self, shape: tuple[int, ...], radius: float) -> NDArray[np.int32]:
        """Draw a disc of `radius` pixels for each spot, numbered from 1, to be outlined in a picture of this shape."""
        labels = np.zeros(shape, np.int32)
        reach = max(1, round(radius))
        down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        inside = down**2 + across**2 <= radius * (radius + 0.5)
        for number, (row, column) in enumerate(zip(self.rows.tolist(), self.columns.tolist(), strict=True), start=1):
            rows, columns = row + down[inside], column + across[inside]
            there = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
            labels[rows[there], columns[there]] = number
        return labels


def find_spots(
    image: NDArray[Any],
    nuclei: NDArray[np.int32],
    diameter: float,
    settings: SpotSettings = SpotSettings(),  # noqa: B008 - frozen
    *,
    nuclear_stain: bool,
) -> Spots:
    """Find spots of one size in a field: peaks of a difference of Gaussians that stand clear of noise.

    `image` is 2-D; `nuclei` are the labels of host nuclei, of which a typical one is `diameter` pixels wide. With
    `nuclear_stain` the nuclei shine in this image too: spots on a nucleus cannot be told from its chromatin and are
    left out, and a spot must have a share of the nuclei's contrast (`SpotSettings.contrast`). Without nuclei there
    are no cells to count spots in, and none are looked for.

    Raises ImageError for an image that is not 2-D or not finite.

    >>> rows, columns = np.mgrid[:80, :80]
    >>> nuclei = (np.hypot(rows - 40, columns - 40) < 15).astype(np.int32)
    >>> image = 100.0 * nuclei + sum(90 * np.exp(-np.hypot(rows - y, columns - 40) ** 2 / 11) for y in (14, 66))
    >>> spots = find_spots(image, nuclei, 30.0, nuclear_stain=True)
    >>> spots.rows.tolist(), spots.columns.tolist()
    ([14, 66], [40, 40])
    """
    pixels = check_image(image, "spots").astype(np.float32, copy=False)
    count = int(nuclei.max(initial=0))
    if count == 0:
        return Spots(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    width = settings.diameter * diameter / np.sqrt(8.0)  # of the Gaussian that answers best to a disc
    response = smooth_image(pixels, _NARROW * width) - smooth_image(pixels, _WIDE * width)
    response /= np.float32(_HEIGHT)
    around = _kernels.grow_mask(nuclei > 0, max(1, round(diameter))) & (nuclei == 0)
    floor = settings.noise_factor * _quiet_deviation(response, around)
    if nuclear_stain:
        floor = max(floor, settings.contrast * measure_nuclear_contrast(pixels, nuclei, diameter))
    marked = spots.mark_peaks(response, floor, max(1, round(width)))
    if nuclear_stain:
        marked &= ~_kernels.grow_mask(nuclei > 0, max(1, round(0.03 * diameter)))
    rows, columns = np.nonzero(marked)
    return Spots(rows, columns, response[rows, columns].astype(np.float64))


def count_spots(spots: Spots, cells: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the spots that lie in each cell; entry 0 is what lies in none.

    >>> spots = Spots(np.array([0, 0, 1]), np.array([0, 1, 1]), np.ones(3))
    >>> count_spots(spots, np.array([[1, 1], [2, 0]], np.int32)).tolist()
    [1, 2, 0]
    """
    return np.bincount(cells[spots.rows, spots.columns], minlength=int(cells.max(initial=0)) + 1)


def _quiet_deviation(response: NDArray[np.float32], around: NDArray[np.bool_]) -> float:
    """Standard deviation of the quieter pixels: spots may cover most of the place where cells are."""
    sampled = sample_image(response)[sample_image(around)]
    return float(np.percentile(np.abs(sampled), 25.0)) / _QUARTER_NORMAL if sampled.size else 0.0


def measure_nuclear_contrast(image: NDArray[Any], nuclei: NDArray[np.int32], diameter: float) -> float:
    """Measure by how many grey levels nuclei stand above their surroundings (median); 0 where there are none.

    >>> nuclei = np.zeros((30, 30), np.int32)
    >>> nuclei[10:20, 10:20] = 1
    >>> measure_nuclear_contrast(20.0 + 50 * nuclei, nuclei, 10.0)
    50.0
    """
    count = int(nuclei.max(initial=0))
    if count == 0:
        return 0.0
    image = check_image(image, "nuclei").astype(np.float32, copy=False)
    levels = regions.measure_labels(nuclei, image, count)[1]
    around = regions.measure_surroundings(nuclei, image, count, max(1, round(0.12 * diameter)))
    return float(np.median((levels - around)[1:]))

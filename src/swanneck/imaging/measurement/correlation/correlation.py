"""MeasureColocalization: how the light of two channels goes together within objects.

Pearson's correlation, Manders' coefficients, overlap and K (Manders et al. 1993), rank-weighted colocalization (Singan
et al. 2011) and Manders' coefficients at Costes' thresholds, as CellProfiler takes them: ranks are among all pixels of
all objects, and Costes' thresholds are those of the whole image.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.correlation import _kernels
from swanneck.imaging.measurement.correlation.costes import CostesThresholds
from swanneck.imaging.measurement.geometry import ObjectPixels
from swanneck.imaging.measurement.settings import CorrelationSettings

__all__ = ["RankedValues", "measure_correlation", "rank_values"]

_Columns = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class RankedValues:
    """One channel at the listed pixels: intensities, and their ranks among all of them."""

    channel: str
    values: NDArray[np.float32]
    ranks: NDArray[np.int32] | NDArray[np.uint16]


def rank_values(channel: str, values: NDArray[np.float32], levels: NDArray[np.uint16] | None) -> RankedValues:
    """Rank a channel's intensities; with the whole numbers they come from this takes one pass.

    >>> rank_values("DNA", np.array([0.5, 0.1, 0.5], np.float32), None).ranks.tolist()
    [1, 0, 1]
    """
    if levels is None:
        return RankedValues(channel, values, np.unique(values, return_inverse=True)[1].astype(np.int32))
    return RankedValues(channel, values, _kernels.rank_levels(levels, int(levels.max(initial=0))))


def measure_correlation(
    first: RankedValues,
    second: RankedValues,
    pixels: ObjectPixels,
    thresholds: CostesThresholds,
    *,
    settings: CorrelationSettings,
) -> _Columns:
    """Give the columns of one pair of channels, one value per label from 1 on.

    A label without pixels, or with one that is not finite, has NaN; so have objects of constant intensity in Pearson's
    correlation, and objects without a pixel above Costes' thresholds in his coefficients; where the channels have no
    thresholds (one is constant), all objects.
    """
    limits = (thresholds.first, thresholds.second)
    ranks = (first.ranks, second.ranks)
    share = settings.threshold_percent / 100
    steps = max(int(own.max(initial=0)) for own in ranks) + 1
    sums = _kernels.sum_pairs(first.values, second.values, ranks, steps, pixels.starts, share, limits)[:, 1:]
    one, two = first.channel, second.channel
    columns: _Columns = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        if settings.pearson:
            columns[f"Correlation_Correlation_{one}_{two}"] = sums[0]
        if settings.slope:
            columns[f"Correlation_Slope_{one}_{two}"] = sums[1]
        none = np.where(np.isfinite(sums[9]), 0.0, np.nan)
        together = np.nansum(sums[9]) > 0
        if settings.manders:
            columns[f"Correlation_Manders_{one}_{two}"] = sums[2] / sums[10] if together else none
            columns[f"Correlation_Manders_{two}_{one}"] = sums[3] / sums[11] if together else none
        if settings.rank_weighted:
            columns[f"Correlation_RWC_{one}_{two}"] = sums[4] / sums[10] if together else none
            columns[f"Correlation_RWC_{two}_{one}"] = sums[5] / sums[11] if together else none
        if settings.overlap:
            columns[f"Correlation_Overlap_{one}_{two}"] = sums[8] / np.sqrt(sums[6] * sums[7]) if together else none
            columns[f"Correlation_K_{one}_{two}"] = sums[8] / sums[6] if together else none
            columns[f"Correlation_K_{two}_{one}"] = sums[8] / sums[7] if together else none
        if settings.costes != "Off":
            above = np.nansum(sums[14]) > 0 or not np.isfinite(limits).all()
            columns[f"Correlation_Costes_{one}_{two}"] = sums[12] / sums[15] if above else none
            columns[f"Correlation_Costes_{two}_{one}"] = sums[13] / sums[16] if above else none
    return columns

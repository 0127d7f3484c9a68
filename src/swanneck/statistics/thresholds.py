"""Where to cut between two kinds of cells that control wells show mixed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swanneck.foundation.errors import InputError
from swanneck.statistics.location import mad_deviation

__all__ = ["Threshold", "separate_counts", "separate_groups", "split_mixture"]

_LEAST_DEVIATIONS = 5.0
"""A value counts as high only this far above the low group's median: 5 robust deviations leave about 1 % of the low
cells above in practice (their upper tail is heavier than a normal one's), and none of a normal distribution's."""

_BINS = 512

_ANSCOMBE = 3 / 8


@dataclass(frozen=True)
class Threshold:
    """A cut: values above it count as high. `share_low`, `share_high` are the shares of each group above it."""

    value: float
    share_low: float
    share_high: float

    @property
    def separation(self) -> float:
        """Youden's J: how much larger the share above the cut is in the high group, 0 to 1."""
        return self.share_high - self.share_low


def separate_groups(low: ArrayLike, high: ArrayLike) -> Threshold:
    """Find the cut that tells dark cells from bright ones, where one group of cells is dark and another is mixed.

    The cut is Otsu's (1979, IEEE Trans Syst Man Cybern 9:62) on values measured in the low group's robust deviations
    and compressed by asinh, so that bright cells of very different brightness are one class; but at least 5
    deviations above the low group's median. The low group may hold some high values (an inhibitor that leaves a few
    infected cells). The gap between the groups' distribution functions (Youden's J) is not what is wanted: in an
    infected well the light of infected cells falls on their neighbours, which J counts as signal.

    Raises `InputError` where a group has no finite values.

    >>> round(separate_groups([1.0, 1.2, 1.1, 0.9], [1.0, 5.0, 6.0, 5.5]).value, 1)
    1.9
    """
    a, b = (group[np.isfinite(group)] for group in (np.asarray(low, float), np.asarray(high, float)))
    if not a.size or not b.size:
        problem = f"a threshold needs values in both groups, got {a.size} low and {b.size} high ones"
        raise InputError(problem)
    centre = float(np.median(a))
    spread = mad_deviation(a)
    if not spread > 0:
        spread = max(float(np.ptp(np.concatenate([a, b]))) / _BINS, 1e-12)
    compressed = np.arcsinh((np.concatenate([a, b]) - centre) / spread)
    cut = float(centre + spread * max(np.sinh(_otsu(compressed)), _LEAST_DEVIATIONS))
    return Threshold(cut, float(np.mean(a > cut)), float(np.mean(b > cut)))


def separate_counts(low: ArrayLike, high: ArrayLike) -> Threshold:
    """Find the count above which a cell is infected, where the counts of one group of cells are a mixture.

    The cut is Otsu's (1979) on the square roots of all counts plus 3/8, which vary alike for many and for few (Anscombe
    1948, Biometrika 35:246), and never under 1: one spot may be debris. It is also at least 5 robust deviations above
    the low group's median, on the same scale. `low` may be empty where there are no cells that should have none.

    Raises `InputError` where the second group has no finite values.

    >>> separate_counts([0, 0, 1, 0, 2], [0, 1, 0, 25, 40, 31]).value
    10.0
    """
    a, b = (group[np.isfinite(group)] for group in (np.asarray(low, float), np.asarray(high, float)))
    if not b.size:
        problem = "a threshold of counts needs cells that may be infected, got none"
        raise InputError(problem)
    roots = np.sqrt(np.concatenate([a, b]) + _ANSCOMBE)
    cut = _otsu(roots) if np.ptp(roots) > 0 else 0.0
    if a.size:
        low_roots = np.sqrt(a + _ANSCOMBE)
        cut = max(cut, float(np.median(low_roots) + _LEAST_DEVIATIONS * mad_deviation(low_roots)))
    value = max(1.0, float(np.floor(cut**2 - _ANSCOMBE)))
    return Threshold(value, float(np.mean(a > value)) if a.size else float("nan"), float(np.mean(b > value)))


def split_mixture(values: ArrayLike) -> Threshold:
    """Find the cut between two kinds of cells that are both in one group, such as marked and unmarked ones.

    What lies below Otsu's cut of the values themselves is a first guess of the dark kind, whose deviations
    `separate_groups` measures all in. That cut is good where the dark kind is noise, and the first one where it glows a
    little, more in one well than in the next: taken is the geometric mean of both, above the dark kind's median. Only
    `share_high`, the share above, is known.

    Raises `InputError` where there are no finite values.

    >>> round(split_mixture([1.0, 1.2, 0.9, 1.1, 30.0, 90.0, 45.0]).share_high, 2)
    0.43
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if not known.size or not np.ptp(known) > 0:
        return separate_groups(known, known)
    middle = _otsu(known)
    dark = known[known <= middle]
    centre = float(np.median(dark))
    low = separate_groups(dark, known).value
    cut = centre + float(np.sqrt(max(middle - centre, 0.0) * max(low - centre, 0.0)))
    return Threshold(cut, float("nan"), float(np.mean(known > cut)))


def _otsu(values: NDArray[np.float64]) -> float:
    counts, edges = np.histogram(values, _BINS)
    below = np.cumsum(counts)[:-1]
    above = values.size - below
    sums = np.cumsum(counts * (edges[1:] + edges[:-1]) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    if not np.isfinite(between).any():
        return float(values.max())
    # Where nothing lies between the classes all cuts are equally good: take the middle one.
    best = np.flatnonzero(between >= np.nanmax(between) * (1 - 1e-12))
    return float(edges[1:-1][best].mean())

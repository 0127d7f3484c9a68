"""The ratio of two potencies by their likelihoods, censored or not.

Where a potency lies beyond the tested doses its likelihood is flat out there, not absent. So a ratio with a censored
potency has one bound, and a probability to exceed any value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["PotencyLikelihood", "PotencyRatio", "compare_potencies", "compare_rises"]

Array = NDArray[np.float64]

_FINE = 601


@dataclass(frozen=True)
class PotencyLikelihood:
    """By how much the deviance rises from its least where a potency lies at each ln dose.

    `roots` are square roots of the rise at the ascending `places`, negative below the potency that fits best: nearly a
    line, so that what lies between two places is read off it.
    """

    places: Array
    roots: Array

    def rises(self, places: Array) -> Array:
        """Give the rise at other ln doses; beyond the first and last place it stays what it is there."""
        found: Array = np.interp(places, self.places, self.roots) ** 2
        return found


@dataclass(frozen=True)
class PotencyRatio:
    """The interval of a ratio (None: open) and the probability that it exceeds the threshold."""

    low: float | None
    high: float | None
    probability: float


def compare_potencies(
    numerator: PotencyLikelihood, denominator: PotencyLikelihood, *, threshold: float = 10.0, confidence: float = 0.95
) -> PotencyRatio:
    """Give the interval of the ratio of two potencies and the probability that it exceeds `threshold`.

    Before the data all ln doses between the first and the last place are equally likely.

    >>> places = np.linspace(-10.0, 10.0, 41)
    >>> toxic, active = (PotencyLikelihood(places, (places - at) / 0.2) for at in (3.0, -1.0))
    >>> ratio = compare_potencies(toxic, active)
    >>> round(ratio.low, 1), round(ratio.high, 1), ratio.probability > 0.99
    (31.4, 95.0, True)
    """
    first, last = (
        edge(float(one.places[end]) for one in (numerator, denominator)) for end, edge in ((0, min), (-1, max))
    )
    places = np.linspace(first, last, _FINE)
    rises = [one.rises(places) for one in (denominator, numerator)]
    return compare_rises(rises, places, threshold=threshold, confidence=confidence)


def compare_rises(rises: list[Array], places: Array, *, threshold: float, confidence: float = 0.95) -> PotencyRatio:
    """Do the same on a common grid of ln doses; `rises` are the denominator's and the numerator's.

    The interval holds the ratios of pairs whose rises add to less than the cut of chi-square with one degree of
    freedom. A side is open where a potency may lie at the end of the grid.
    """
    likely = [np.exp(-0.5 * rise) for rise in rises]
    # Over all pairs: the chance that the ln numerator exceeds the ln denominator by ln threshold.
    below = np.cumsum(likely[0]) / likely[0].sum()
    reached = np.interp(places - np.log(threshold), places, below, left=0.0)
    low, high = _interval(rises, places, float(stats.chi2.ppf(confidence, 1)))
    return PotencyRatio(low, high, float((likely[1] * reached).sum() / likely[1].sum()))


def _interval(rises: list[Array], places: Array, cut: float) -> tuple[float | None, float | None]:
    """Give the ratios that the data allow: those where some pair of potencies is within the cut."""
    size, step = places.size, places[1] - places[0]
    least = np.empty(2 * size - 1)
    for shift in range(-size + 1, size):
        first, second = (rises[0][: size - shift], rises[1][shift:]) if shift >= 0 else (
            rises[0][-shift:], rises[1][:shift])  # fmt: skip
        least[shift + size - 1] = np.min(first + second)
    # Roots of the rise are nearly a line: the ends lie where it reaches the cut's root.
    roots = np.sqrt(least - least.min()) - np.sqrt(cut)
    inside = np.flatnonzero(roots <= 0)
    start, end = int(inside[0]), int(inside[-1])
    before = roots[start] / (roots[start] - roots[start - 1]) if start else 0.0
    after = roots[end] / (roots[end] - roots[end + 1]) if end + 1 < roots.size else 0.0
    open_low = rises[1][0] <= cut or rises[0][-1] <= cut
    open_high = rises[1][-1] <= cut or rises[0][0] <= cut
    low, high = (float(np.exp(step * (place - size + 1))) for place in (start - before, end + after))
    return None if open_low else low, None if open_high else high

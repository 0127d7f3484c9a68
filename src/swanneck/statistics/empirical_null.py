"""What scores look like where nothing happens, learnt from controls or the bulk of a screen; false discovery rates.

A theoretical null (a z score is normal with variance 1) is seldom that of a real screen: small effects everywhere widen
it. The bulk's own centre and spread make an empirical null (Efron 2004, JASA 99:96); controls make one without any
assumption on the bulk. Tail areas become q values by Benjamini and Hochberg (1995).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.foundation.errors import InputError
from swanneck.statistics.location import mad_deviation
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["EmpiricalNull", "null_of_bulk", "null_of_controls"]

Array = NDArray[np.float64]

_FEWEST = 20


@dataclass(frozen=True)
class EmpiricalNull:
    """A null distribution: normal with this centre and deviation, or t where few controls tell it (`freedom`)."""

    centre: float
    deviation: float
    freedom: float
    made_from: str

    def p_values(self, scores: ArrayLike, *, two_sided: bool = False) -> Array:
        """Give the chance of a score this high (or this far out) where nothing happens; NaN stays NaN."""
        t = (np.asarray(scores, dtype=np.float64) - self.centre) / self.deviation
        p: Array = 2 * stats.t.sf(np.abs(t), self.freedom) if two_sided else stats.t.sf(t, self.freedom)
        return p

    def q_values(self, scores: ArrayLike, *, two_sided: bool = False) -> Array:
        """Give the false discovery rate at which each score would be called."""
        return adjust_p_values(self.p_values(scores, two_sided=two_sided))


def null_of_bulk(scores: ArrayLike) -> EmpiricalNull:
    """Learn the null from the bulk of a screen: centre and spread of its middle half (central matching).

    The middle half holds next to no hits while these are fewer than about a tenth. Raises `InputError` for fewer than
    20 scores, or where the middle half does not vary.

    >>> scores = np.r_[np.random.default_rng(0).normal(0.2, 1.5, 5000), np.full(50, 12.0)]
    >>> null = null_of_bulk(scores)
    >>> round(null.centre, 1), round(null.deviation, 1), int((null.q_values(scores) < 0.05).sum())
    (0.2, 1.5, 50)
    """
    values = _finite(scores, "scores")
    low, centre, high = np.percentile(values, [25, 50, 75])
    deviation = float((high - low) / (stats.norm.ppf(0.75) - stats.norm.ppf(0.25)))
    return _checked(float(centre), deviation, np.inf, f"middle half of {values.size} scores")


def null_of_controls(controls: ArrayLike, *, robust: bool = True) -> EmpiricalNull:
    """Learn the null from control wells, by median and MAD (`robust`) or mean and standard deviation.

    How well so many controls tell the spread goes into the tails, which are those of t. Raises `InputError` for fewer
    than 20 controls, or where they do not vary.
    """
    values = _finite(controls, "control scores")
    centre = float(np.median(values)) if robust else float(values.mean())
    deviation = mad_deviation(values) if robust else float(values.std(ddof=1))
    # The MAD is 0.37 times as efficient as the standard deviation for normal data (Rousseeuw and Croux 1993).
    freedom = 0.37 * (values.size - 1) if robust else values.size - 1.0
    return _checked(centre, deviation, freedom, f"{values.size} control wells")


def _finite(values: ArrayLike, what: str) -> Array:
    array = np.asarray(values, dtype=np.float64).ravel()
    array = array[np.isfinite(array)]
    if array.size < _FEWEST:
        problem = f"an empirical null needs at least {_FEWEST} {what}, got {array.size}"
        raise InputError(problem)
    return array


def _checked(centre: float, deviation: float, freedom: float, made_from: str) -> EmpiricalNull:
    if not deviation > 0:
        problem = f"an empirical null cannot be made from {made_from}: they do not vary"
        raise InputError(problem)
    return EmpiricalNull(centre, deviation, freedom, made_from)

"""Is there a response to dose at all? A test of several shapes at once.

Multiple contrast test of Bretz, Pinheiro and Branson 2005 (Biometrics 61:738; the first half of MCP-Mod): the data are
projected on candidate curves with midpoints from the lowest to above the highest dose, and the largest of these t
statistics is referred to their joint distribution, so that having looked at many shapes is paid for.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.statistics.curves.logistic import logistic

__all__ = ["trend_p_value"]

Array = NDArray[np.float64]

_SHAPES = 8
_SLOPE = 1.5  # the middle of usual Hill slopes; the statistics of neighbouring slopes are nearly the same
_BEYOND = 2.0  # a factor: how far above the top dose the last midpoint lies
_NORMAL = 1000.0  # degrees of freedom from which on t is normal
_CLEARLY_NOTHING = 0.05  # a single t above this p-value needs no joint distribution: Bonferroni's bound says enough


def trend_p_value(
    doses: ArrayLike,
    effects: ArrayLike,
    deviations: ArrayLike,
    *,
    baseline_deviation: float = 0.0,
    degrees_of_freedom: float | None = None,
) -> float:
    """Give the one-sided p-value that effects rise from zero with dose.

    `effects` are expected to be 0 without a response, with the standard deviation of each point in `deviations` and
    of the whole series' shift in `baseline_deviation`. `degrees_of_freedom` says how well these are known (None:
    exactly). Above 0.05 the value is an upper bound.

    >>> doses = np.geomspace(1e-9, 1e-5, 9)
    >>> trend_p_value(doses, [1, -3, 2, 0, -1, 2, 5, 14, 28], np.full(9, 8.0)) < 0.01
    True
    >>> trend_p_value(doses, [1, -3, 2, 0, -1, 2, 3, -5, 4], np.full(9, 8.0)) > 0.1
    True
    """
    x, y, sd = (np.asarray(values, dtype=np.float64) for values in (doses, effects, deviations))
    midpoints = np.geomspace(x.min(), x.max() * _BEYOND, _SHAPES)
    shapes = np.array([logistic(x, midpoint=one, slope=_SLOPE, left=0.0, right=1.0) for one in midpoints])
    precision = np.linalg.inv(np.diag(sd**2) + baseline_deviation**2)
    projected = shapes @ precision
    lengths = np.sqrt(np.einsum("ij,ij->i", projected, shapes))
    largest = float(np.max(projected @ y / lengths))
    correlation = projected @ shapes.T / np.outer(lengths, lengths)
    freedom = min(degrees_of_freedom or _NORMAL, _NORMAL)
    single = float(stats.t.sf(largest, freedom))
    if single > _CLEARLY_NOTHING:
        return min(1.0, _SHAPES * single)
    correlation = (correlation + correlation.T) / 2
    joint = stats.multivariate_t(shape=correlation, df=round(freedom), allow_singular=True, seed=0)
    return float(np.clip(1.0 - joint.cdf(np.full(_SHAPES, largest), maxpts=4000), single, 1.0))

"""Growth-rate inhibition: drug effects that do not depend on how fast cells divide.

    GR = 2^(log2(x / x0) / log2(control / x0)) - 1

with x0 the cells at the time of treatment: 1 is no effect, 0 no growth, below 0 cells are lost (Hafner et al. 2016, Nat
Methods 13:521). The curve is GR_inf + (1 - GR_inf) / (1 + (dose / GEC50)^h).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swanneck.foundation.errors import InputError
from swanneck.statistics.fitting import FitSettings, FittedCurve, Potency, find_potency, fit_curve

__all__ = ["GrowthRateMetrics", "fit_growth_rates", "growth_rate_values"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GrowthRateMetrics:
    """GR50 with its relation, GR at the highest dose, GR_inf, GEC50, slope, and the area over the curve.

    `flat` says that the curve explains no more than a constant (p at least 0.05): GR50 is then censored.
    """

    gr50: Potency
    gr_max: float
    gr_inf: float
    gec50: Potency
    slope: float
    area_over_curve: float
    p_value: float
    flat: bool
    curve: FittedCurve


def growth_rate_values(cells: ArrayLike, *, control: ArrayLike, start: ArrayLike) -> Array:
    """Give GR of cell counts, with the untreated `control` and the `start` of the treatment, in the same units.

    Counts of zero give -1. NaN where the control did not grow, which leaves GR undefined. Raises `InputError` for
    negative counts or a start that is not positive.

    >>> growth_rate_values([400.0, 200, 100, 50, 0], control=400.0, start=100.0).round(3).tolist()
    [1.0, 0.414, 0.0, -0.293, -1.0]
    """
    x, top, first = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (cells, control, start)))
    if np.any(x < 0) or np.any(top < 0) or np.any(first <= 0):
        problem = "cell counts must not be negative, and there must be cells at the start"
        raise InputError(problem)
    grown = top > first
    with np.errstate(divide="ignore", invalid="ignore"):
        doublings = np.log2(x / first) / np.log2(np.where(grown, top, 2 * first) / first)
        values: Array = np.where(grown, 2.0**doublings - 1, np.nan)
    return values


def fit_growth_rates(doses: ArrayLike, values: ArrayLike) -> GrowthRateMetrics:
    """Fit the GR curve of one drug on one cell line and give its metrics; replicates are points of their own.

    Raises `InputError` where there are too few points.

    >>> doses = np.repeat(np.geomspace(0.001, 10, 9), 2)
    >>> noise = np.random.default_rng(0).normal(0, 0.02, 18)
    >>> found = fit_growth_rates(doses, -0.2 + 1.2 / (1 + (doses / 0.1) ** 1.2) + noise)
    >>> found.gr50.low < 0.1 * (1.2 / 0.7 - 1) ** (1 / 1.2) < found.gr50.high, round(found.gr_inf, 1)
    (True, -0.2)
    """
    x, y = (np.asarray(one, dtype=np.float64).ravel() for one in (doses, values))
    curve = fit_curve(x, y, fixed={"d": 1.0}, settings=FitSettings(direction="falling"))
    if curve.parameters["c"].estimate < -1:
        curve = fit_curve(x, y, fixed={"d": 1.0, "c": -1.0}, settings=FitSettings(direction="falling"))
    p_value = 1.0 if curve.p_value is None else curve.p_value
    flat = p_value >= 0.05
    kept = np.isfinite(y) & (x > 0)
    levels = np.unique(x[kept])
    means = np.array([y[kept & (x == level)].mean() for level in levels])
    logs = np.log10(levels)
    area = float(np.trapezoid(1 - means, logs) / np.ptp(logs))
    highest = float(levels[-1])
    gr50 = Potency(highest, ">", None, None, None) if flat and means.mean() > 0.5 else find_potency(curve, level=0.5)
    lowest_plateau = curve.parameters["c"].estimate if "c" in curve.parameters else -1.0
    return GrowthRateMetrics(
        gr50, float(means[-1]), lowest_plateau, find_potency(curve), curve.parameters["b"].estimate, area, p_value,
        flat, curve,
    )  # fmt: skip

"""Outliers of a curve: found against a robust fit, masked, and the curve refitted; each mask keeps its reason."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from swanneck.foundation.errors import InputError
from swanneck.statistics.fitting.curve import FittedCurve, fit_curve
from swanneck.statistics.fitting.models import FitSettings
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["MaskedFit", "MaskedPoint", "fit_without_outliers"]


@dataclass(frozen=True)
class MaskedPoint:
    """A point that does not count: its place in the input, its values, and why."""

    position: int
    dose: float
    response: float
    reason: str


@dataclass(frozen=True)
class MaskedFit:
    """The curve of the points that count, the one of all points, and what was masked."""

    curve: FittedCurve
    whole: FittedCurve
    masked: tuple[MaskedPoint, ...]


def fit_without_outliers(
    doses: ArrayLike,
    responses: ArrayLike,
    *,
    model: str = "4pl",
    fixed: Mapping[str, float] | None = None,
    by_hand: Mapping[int, str] | None = None,
    false_discoveries: float = 0.01,
) -> MaskedFit:
    """Fit a curve, mask what lies too far from a robust fit, and fit the rest by least squares.

    The robust fit has t errors; its residuals, over its scale, are tested at a false discovery rate of
    `false_discoveries` (ROUT; Motulsky and Brown 2006, BMC Bioinformatics 7:123, who choose 1 %). `by_hand` masks
    points by their position, each with a reason. At most a third of the points are masked as outliers.

    Raises `InputError` where too few points are left, or a position does not exist.

    >>> doses = np.repeat(np.geomspace(0.01, 100, 8), 2)
    >>> responses = 100 / (1 + doses) + np.sin(np.arange(16) * 7.0) * 3
    >>> responses[6] += 50
    >>> [(one.position, one.reason[:7]) for one in fit_without_outliers(doses, responses).masked]
    [(6, 'outlier')]
    """
    x, y = (np.asarray(one, dtype=np.float64).ravel() for one in (doses, responses))
    chosen = dict(by_hand or {})
    wrong = [position for position in chosen if not 0 <= position < y.size]
    if wrong:
        problem = f"there is no point {wrong[0]} to mask; there are {y.size}"
        raise InputError(problem)
    whole = fit_curve(x, y, model=model, fixed=fixed)
    kept = np.isfinite(y)
    kept[list(chosen)] = False
    masked = [MaskedPoint(k, float(x[k]), float(y[k]), reason) for k, reason in chosen.items()]
    robust = fit_curve(x[kept], y[kept], model=model, fixed=fixed, settings=FitSettings(distribution="student"))
    residuals = np.full(y.size, np.nan)
    residuals[kept] = y[kept] - robust.predict(x[kept])
    scale = robust.rse or 0.0
    if scale > 0:
        rates = adjust_p_values(2 * stats.t.sf(np.abs(residuals) / scale, robust.df))
        far = [int(k) for k in np.argsort(-np.abs(np.nan_to_num(residuals))) if rates[k] <= false_discoveries]
        for k in far[: int(kept.sum()) // 3]:
            reason = f"outlier: {residuals[k] / scale:+.1f} robust deviations from the curve (FDR {rates[k]:.1g})"
            masked.append(MaskedPoint(k, float(x[k]), float(y[k]), reason))
            kept[k] = False
    curve = fit_curve(x[kept], y[kept], model=model, fixed=fixed) if masked else whole
    return MaskedFit(curve, whole, tuple(sorted(masked, key=lambda one: one.position)))

"""Outliers of a curve: found against a robust fit, masked, and the curve refitted; each mask keeps its reason."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.statistics.fitting.curve import FittedCurve, fit_curve
from swanneck.statistics.fitting.models import FitSettings
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["MaskedFit", "MaskedPoint", "fit_without_outliers"]

Array = NDArray[np.float64]


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


def fit_without_outliers(  # noqa: PLR0913  as fit_curve, and what is masked
    doses: ArrayLike,
    responses: ArrayLike,
    *,
    model: str = "4pl",
    fixed: Mapping[str, float] | None = None,
    weights: ArrayLike | None = None,
    totals: ArrayLike | None = None,
    settings: FitSettings | None = None,
    by_hand: Mapping[int, str] | None = None,
    false_discoveries: float | None = 0.01,
) -> MaskedFit:
    """Fit a curve, mask what lies too far from a robust fit, and fit the rest by least squares.

    The robust fit has t errors; its residuals, over its scale, are tested at a false discovery rate of
    `false_discoveries` (ROUT; Motulsky and Brown 2006, BMC Bioinformatics 7:123, who choose 1 %). `by_hand` masks
    points by their position, each with a reason. At most a third of the points are masked as outliers; with
    `false_discoveries` None only those by hand.

    Raises `InputError` where too few points are left, or a position does not exist, `SettingsError` where outliers of
    counts are asked for.

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
    settings = settings or FitSettings()
    if false_discoveries is not None and (totals is not None or settings.distribution != "normal"):
        problem = "outliers are looked for among measured responses with normal errors"
        raise SettingsError(problem, remedy="Mask by hand, or let t errors (student) bear them")
    w, n = (None if one is None else np.asarray(one, dtype=np.float64).ravel() for one in (weights, totals))

    def fit(which: NDArray[np.bool_], how: FitSettings) -> FittedCurve:
        some, of = (None if one is None else one[which] for one in (w, n))
        return fit_curve(x[which], y[which], model=model, fixed=fixed, weights=some, totals=of, settings=how)

    whole = fit(np.isfinite(y), settings)
    kept = np.isfinite(y)
    kept[list(chosen)] = False
    masked = [MaskedPoint(k, float(x[k]), float(y[k]), reason) for k, reason in chosen.items()]
    if false_discoveries is not None:
        robust = fit(kept, settings.model_copy(update={"distribution": "student"}))
        for k, reason in _find_outliers(robust, x, np.where(kept, y, np.nan), w, rate=false_discoveries):
            masked.append(MaskedPoint(k, float(x[k]), float(y[k]), reason))
            kept[k] = False
    curve = fit(kept, settings) if masked else whole
    return MaskedFit(curve, whole, tuple(sorted(masked, key=lambda one: one.position)))


def _find_outliers(
    robust: FittedCurve, x: Array, y: Array, weights: Array | None, *, rate: float
) -> list[tuple[int, str]]:
    """Give the farthest points with their reasons; y is NaN where a point does not take part."""
    if not robust.rse:
        return []
    known = np.isfinite(y)
    far = np.full(y.size, np.nan)
    far[known] = (y[known] - robust.predict(x[known])) / robust.rse
    far *= 1.0 if weights is None else np.sqrt(weights)
    rates = adjust_p_values(2 * stats.t.sf(np.abs(far), robust.df))
    found = [int(k) for k in np.argsort(-np.abs(np.nan_to_num(far))) if rates[k] <= rate]
    return [
        (k, f"outlier: {far[k]:+.1f} robust deviations from the curve (FDR {rates[k]:.1g})")
        for k in found[: int(known.sum()) // 3]
    ]

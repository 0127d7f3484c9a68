"""Thousands of logistic curves at once: a plate's or a library's worth, with errors and profile intervals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.statistics.fitting import _batch_kernels, _model_kernels
from swanneck.statistics.fitting.models import FitSettings, find_model

__all__ = ["FittedCurves", "fit_curves"]

Array = NDArray[np.float64]

_BATCHED = ("2pl", "3pl", "4pl")
_STATUS = {0: "ok", -1: "too_few_points", -2: "not_at_rest", -3: "hessian_not_definite", -4: "all_equal"}


@dataclass(frozen=True)
class FittedCurves:
    """One entry per curve: parameters by name, their errors and bounds (NaN where unknown, infinite where open).

    `status` is `ok`; `not_at_rest` (the data hardly tell the parameters apart); `hessian_not_definite` (the errors are
    from the expected information); `too_few_points` or `all_equal` (no fit). `p_value` tests against a constant.
    """

    estimates: dict[str, Array]
    errors: dict[str, Array]
    lows: dict[str, Array]
    highs: dict[str, Array]
    rse: Array
    df: NDArray[np.int64]
    p_value: Array
    status: list[str]

    def to_table(self) -> pl.DataFrame:
        """Give one row per curve: `e`, `e_se`, `e_low`, `e_high` and so on; null where not known or open."""
        columns: dict[str, pl.Series] = {}
        parts = (("", self.estimates), ("_se", self.errors), ("_low", self.lows), ("_high", self.highs))
        for name in self.estimates:
            for suffix, values in parts:
                finite = np.where(np.isfinite(values[name]), values[name], np.nan)
                columns[name + suffix] = pl.Series(finite).fill_nan(None)
        rest = {"rse": pl.Series(self.rse).fill_nan(None), "df": pl.Series(self.df)}
        rest |= {"p_value": pl.Series(self.p_value).fill_nan(None), "status": pl.Series(self.status, dtype=pl.String)}
        return pl.DataFrame({**columns, **rest})


def fit_curves(
    doses: ArrayLike,
    responses: ArrayLike,
    *,
    model: str = "4pl",
    weights: ArrayLike | None = None,
    fixed: Mapping[str, float] | None = None,
    settings: FitSettings | None = None,
) -> FittedCurves:
    """Fit many curves by least squares, thousands a second, with the same result as `fit_curve` one by one.

    `responses` has one row per curve; `doses` one row for all, or one per curve. NaN is a missing point. Models are
    `2pl`, `3pl` and `4pl`. `settings.interval` chooses profile likelihood intervals of every parameter, or Wald ones.

    Raises `InputError` for a negative or missing dose of a point that counts or shapes that do not fit,
    `SettingsError` for another model or error distribution.

    >>> doses = np.repeat(np.geomspace(0.01, 100, 8), 2)
    >>> truth = 100 / (1 + doses[None, :] / np.array([[0.5], [3.0]]))
    >>> noise = np.random.default_rng(1).normal(0, 3, truth.shape)
    >>> fits = fit_curves(doses, truth + noise)
    >>> fits.estimates["e"].round(2).tolist(), fits.status
    ([0.51, 2.41], ['ok', 'ok'])
    """
    settings = settings or FitSettings()
    chosen = find_model(model)
    if chosen.name not in _BATCHED or settings.distribution != "normal" or settings.direction != "either":
        problem = f"batches are fitted by least squares of {', '.join(_BATCHED)}, not {chosen.name}"
        problem += f" with {settings.distribution} errors and direction {settings.direction}"
        raise SettingsError(problem, remedy="Use fit_curve, one curve at a time")
    held = chosen.fixed | dict(fixed or {})
    unknown = [name for name in held if name not in chosen.roles]
    if unknown or held["f"] != 1.0 or not held.get("e", 1.0) > 0:
        problem = f"model {chosen.name} cannot be fixed at {dict(fixed or {})}"
        raise SettingsError(problem)
    x, y, w = _align(doses, responses, weights)
    theta = np.array([held.get(role, 0.0) for role in chosen.roles])
    theta[3], theta[4] = np.log(held.get("e", 1.0)), 0.0
    free = np.array([role not in held for role in chosen.roles])
    most = y.shape[1] + 1
    quantiles = np.append(np.nan, stats.t.ppf(0.5 + settings.confidence / 2, np.arange(1, max(most, 2))))
    limits = np.array([settings.steepest, settings.response_reach, np.log(settings.dose_reach), np.log(100.0)])
    profiled = free if settings.interval == "profile" else np.zeros_like(free)
    found = _batch_kernels.fit_many(x, y, w, theta, free, quantiles, profiled, limits)
    estimates, errors, lows, highs, costs, states = found
    df = states[:, 0].astype(np.int64)
    if settings.interval == "wald":
        reach = quantiles[np.clip(df, 0, quantiles.size - 1)][:, None] * errors
        lows, highs = estimates - reach, estimates + reach
    names = {place: role for place, role in enumerate(chosen.roles) if free[place]}
    wald = settings.interval == "wald"
    scaled = [_scale(role, place, found[:2], (lows, highs), wald=wald) for place, role in names.items()]
    parts = [dict(zip(names.values(), values, strict=True)) for values in zip(*scaled, strict=True)]
    fitted = states[:, 1] != -1.0
    rse = np.sqrt(np.divide(costs, df, out=np.full(df.size, np.nan), where=fitted & (df > 0)))
    p_value = _test_against_constant(y, w, costs, df=df, free=int(free.sum()))
    status = [_STATUS[int(code)] for code in states[:, 1]]
    return FittedCurves(parts[0], parts[1], parts[2], parts[3], rse=rse, df=df, p_value=p_value, status=status)


def _align(doses: ArrayLike, responses: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    y = np.ascontiguousarray(np.atleast_2d(np.asarray(responses, dtype=np.float64)))
    x = np.atleast_2d(np.asarray(doses, dtype=np.float64))
    w = np.ones_like(y) if weights is None else np.atleast_2d(np.asarray(weights, dtype=np.float64))
    if x.shape[1] != y.shape[1] or x.shape[0] not in (1, y.shape[0]) or w.shape not in (y.shape, (1, y.shape[1])):
        problem = f"doses of shape {x.shape} and weights of shape {w.shape} do not fit responses of shape {y.shape}"
        raise InputError(problem, remedy="Give one row per curve, or one row of doses for all")
    w = np.ascontiguousarray(np.broadcast_to(w, y.shape)) * np.isfinite(y)
    if not (np.all(np.isfinite(w)) and np.all(w >= 0)):
        problem = "a weight is missing or negative"
        raise InputError(problem)
    used = np.broadcast_to(x, y.shape)[w > 0]
    if not (np.all(np.isfinite(used)) and np.all(used >= 0)):
        problem = "a dose is negative or missing"
        raise InputError(problem, remedy="Give doses as they are, not their logarithms; 0 is the untreated control")
    logs = np.full(x.shape, _model_kernels.ZERO_DOSE)
    above = x > 0
    logs[above] = np.log(x[above])
    return logs, np.where(w > 0, y, np.nan), w


def _scale(
    role: str, place: int, found: tuple[Array, Array], ends: tuple[Array, Array], *, wald: bool
) -> tuple[Array, Array, Array, Array]:
    estimate, error, low, high = (values[:, place] for values in (*found, *ends))
    if role != "e":
        return estimate, error, low, high
    dose = np.exp(estimate)
    if wald:
        return dose, dose * error, dose - dose * (high - estimate), dose + dose * (high - estimate)
    return dose, dose * error, np.exp(low), np.exp(high)


def _test_against_constant(y: Array, w: Array, costs: Array, *, df: NDArray[np.int64], free: int) -> Array:
    values, total = np.nan_to_num(y), w.sum(axis=1, keepdims=True)
    mean = np.divide((w * values).sum(axis=1, keepdims=True), total, out=np.zeros_like(total), where=total > 0)
    flat = (w * (values - mean) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.maximum(flat - costs, 0.0) / (free - 1) / (costs / df)
    known = np.isfinite(ratio) & (free > 1) & (df > 0)
    return np.where(known, stats.f.sf(np.where(known, ratio, 0.0), max(free - 1, 1), np.maximum(df, 1)), np.nan)

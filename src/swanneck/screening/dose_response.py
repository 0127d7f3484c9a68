"""Dose response of every compound: efficacy and toxicity from the same wells.

Responses are percent of the plate's controls (see `normalisation`), so a compound without effect lies at 0 %
inhibition and 100 % viability, and IC50 and CC50 are the doses where the fitted curve crosses 50 %: the absolute
potencies that antiviral papers print. A crossing outside the tested doses is censored: `>` the highest or `<` the
lowest dose, never a number from beyond the data.

Each point's standard deviation comes from its plate's control wells: the negative controls' at no effect, the
positive controls' at full effect, and between them by the law of the readout (`variance_curvature`); it grows where few
cells were left. How far the curves' own residuals depart
from that is estimated over all curves together and shared among them (`statistics.variance`), because six degrees of
freedom say little about one curve's noise.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.settings import Settings
from swanneck.foundation.units import format_molar
from swanneck.screening.normalisation import ControlScale
from swanneck.statistics.curves import CurveFit, CurvePriors, fit_with_priors, trend_p_value
from swanneck.statistics.potency_ratio import PotencyLikelihood
from swanneck.statistics.variance import SharedVariance, share_variances

__all__ = ["CurveSettings", "DoseResponses", "fit_dose_responses", "variance_curvature"]

Array = NDArray[np.float64]
Direction = Literal["efficacy", "viability"]


class CurveSettings(Settings):
    """How curves are fitted and classed. Percentages are of the controls' window.

    - `level`: the response that defines IC50 and CC50.
    - `near_plateau_deviation`, `far_plateau_deviation`: how far a compound's plateaus may lie from the controls' before
      the data must insist (standard deviations of the priors). Without dose every well is a negative control but for
      its place on the plate; a full effect may stop short of the positive controls.
    - `partial_share`: the share of compounds whose effect is taken to stop anywhere, short of a full one. A curve's
      plateau leaves the positive controls where that explains its points so much better that the odds turn.
    - `log_slope_deviation`: see `statistics.curves.CurvePriors`.
    - `full_effect`: efficacy of a full curve, 80 % as in the curve classes of Inglese et al. 2006 (PNAS 103:11473).
    - `minimum_effect`: a response below this percentage is none, however sure; a fifth of the window is what three
      standard deviations are on a good plate (Malo et al. 2006), and what titrations by eye call a response.
    - `activity_p_value`: of the test for a trend with dose (`statistics.curves.trend_p_value`).
    - `dose_deviation`: relative standard deviation of the doses; acoustic dispensers promise below 8 %, and pipetted
      series are seldom better.
    - `minimum_doses`: a four-parameter curve needs at least four.
    - `outlier_deviations`: a point this far outside both its neighbours' responses is masked.
    - `smallest_deviation`: no well is believed better than this.
    """

    level: float = 50.0
    near_plateau_deviation: float = 4.0
    far_plateau_deviation: float = 15.0
    partial_share: float = 0.1
    log_slope_deviation: float = 0.7
    full_effect: float = 80.0
    minimum_effect: float = 20.0
    activity_p_value: float = 0.05
    minimum_doses: int = 4
    dose_deviation: float = 0.05
    outlier_deviations: float = 4.0
    smallest_deviation: float = 1.0


@dataclass(frozen=True)
class DoseResponses:
    """Curves (one row per compound and readout) and their points, with what was masked and why."""

    curves: pl.DataFrame
    points: pl.DataFrame
    _fits: dict[tuple[object, ...], tuple[CurveFit, tuple[float, float]]]

    def likelihood(self, *names: object) -> PotencyLikelihood | None:
        """Give the likelihood of a curve's potency, by the names that tell it apart; None where it was not fitted."""
        fit, scale = self._fits.get(names, (None, (1.0, 1.0)))
        return fit.likelihood(*scale) if fit else None


@dataclass(frozen=True)
class _Series:
    """The points of one compound on one readout, ordered by dose."""

    doses: Array
    responses: Array
    deviations_without_effect: Array
    deviations_at_full_effect: Array
    curvatures: Array
    masked: list[str | None]
    direction: Direction

    @property
    def kept(self) -> NDArray[np.bool_]:
        return np.array([reason is None for reason in self.masked], dtype=np.bool_)

    @property
    def effects(self) -> Array:
        return self.responses if self.direction == "efficacy" else 100.0 - self.responses

    def deviations(self, effects: Array) -> Array:
        share = np.clip(effects / 100.0, 0.0, 1.0)
        ends = self.deviations_without_effect**2 * (1 - share) + self.deviations_at_full_effect**2 * share
        return np.sqrt(np.maximum(ends + self.curvatures * share * (1 - share), 0.0))


@dataclass(frozen=True)
class _Fitted:
    series: _Series
    fit: CurveFit | None
    whole: "_Fitted | None" = None
    """The fit to all points, where this one leaves out the falling tail of a bell."""

    @property
    def bell_shaped(self) -> bool:
        return self.whole is not None

    @property
    def variance(self) -> float:
        return self.fit.cost / self.fit.degrees_of_freedom if self.fit else float("nan")


def variance_curvature(law: str, variance: float, controls: ControlScale, cells: float) -> float:
    """Say how the variance between wells bends between no effect and full effect, in percent squared.

    With s the share of the full effect, the variance is v0 (1 - s) + v1 s + curvature s (1 - s), where v0 (`variance`)
    is the negative controls'. A `fraction` p varies as p (1 - p) (quasi-binomial; McCullagh and Nelder 1989), which
    bends by v0 (p1 - p0)^2 / (p0 (1 - p0)): a plate with 80 % infected cells is noisiest half way down. A `count`
    varies by a constant share of itself and by counting (`cells` of them): it bends by 1 / cells - v0. Any other
    `amount` is taken to change evenly.

    >>> controls = ControlScale(0.8, 0.0, 0.04, 0.0, 32, 32)
    >>> round(variance_curvature("fraction", 25.0, controls, 300), 1)
    100.0
    """
    negative, window = controls.negative, controls.window
    if law == "fraction" and 0 < negative < 1:
        return variance * window**2 / (negative * (1 - negative))
    if law == "count" and cells > 0:
        return min(100.0**2 / cells - variance, 0.0)
    return 0.0


def fit_dose_responses(points: pl.DataFrame, keys: list[str], settings: CurveSettings | None = None) -> DoseResponses:
    """Fit, class and censor the curve of every compound on every readout.

    `points` has one row per well and readout: the columns of `keys` (what a curve is told apart by: compound, readout,
    perhaps cell line), `role` (`efficacy` or `viability`), `plate`, `well`, `concentration_molar` (> 0), `response`
    (percent), `deviation_without_effect`, `deviation_at_full_effect` (percent), `variance_curvature` (see the function
    of that name), `mask_reason` (null where the point counts).
    Gives the CURVES contract with `keys` first, and the points with the masks that the fit added.
    """
    settings = settings or CurveSettings()
    ordered = points.with_row_index("_row").sort([*keys, "concentration_molar", "plate", "well"])
    groups = list(ordered.group_by(keys, maintain_order=True))
    fitted = [_fit_series(_series(table), 1.0, settings) for _, table in groups]
    shared = {
        direction: _share([one for one in fitted if one.series.direction == direction])
        for direction in ("efficacy", "viability")
    }
    fitted = [_mask_and_refit(one, shared[one.series.direction], settings) for one in fitted]
    shared = {
        direction: _share([one for one in fitted if one.series.direction == direction])
        for direction in ("efficacy", "viability")
    }
    rows, masked, fits = [], [], {}
    for (names, table), one in zip(groups, fitted, strict=True):
        plates = ";".join(sorted(set(table["plate"])))
        described, settled = _settle(one, shared[one.series.direction], settings)
        identity = dict(zip(keys, names, strict=True)) | {"plate": plates, "role": table["role"][0]}
        rows.append(identity | described)
        masked.append(table.with_columns(pl.Series("mask_reason", settled.series.masked, dtype=pl.String)))
        if settled.fit:
            scale = shared[one.series.direction].squeeze(settled.variance, settled.fit.degrees_of_freedom)
            fits[names] = (settled.fit, scale)
    columns = {**{name: points.schema[name] for name in keys}, "plate": pl.String, "role": pl.String, **_CURVE_TYPES}
    curves = pl.DataFrame(rows, schema=columns)
    kept_points = pl.concat(masked).sort("_row").drop("_row") if masked else points
    kept_points = kept_points.with_columns(pl.col("mask_reason").is_not_null().alias("masked"))
    return DoseResponses(curves, kept_points, fits)


_ANYWHERE = 60.0
"""Percent: the standard deviation of a far plateau that may lie anywhere between no effect and a full one."""

_CURVE_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "class": pl.String, "reason": pl.String, "ec50_molar": pl.Float64, "ec50_relation": pl.String,
    "ec50_low": pl.Float64, "ec50_high": pl.Float64, "midpoint_molar": pl.Float64, "slope": pl.Float64,
    "bottom": pl.Float64, "top": pl.Float64, "left": pl.Float64, "right": pl.Float64,
    "effect_at_top_dose": pl.Float64, "p_value": pl.Float64, "residual_deviation": pl.Float64,
    "lowest_dose_molar": pl.Float64, "highest_dose_molar": pl.Float64,
    "n_points": pl.Int64, "n_masked": pl.Int64,
}  # fmt: skip


def _series(table: pl.DataFrame) -> _Series:
    return _Series(
        doses=table["concentration_molar"].to_numpy(), responses=table["response"].to_numpy(),
        deviations_without_effect=table["deviation_without_effect"].to_numpy(),
        deviations_at_full_effect=table["deviation_at_full_effect"].to_numpy(),
        curvatures=table["variance_curvature"].to_numpy(),
        masked=table["mask_reason"].to_list(), direction="viability" if table["role"][0] == "viability" else "efficacy",
    )  # fmt: skip


def _fit_series(series: _Series, scale: float, settings: CurveSettings) -> _Fitted:
    """Fit one series; `scale` is by how much the residuals of all curves exceed the points' deviations.

    The far plateau is near the positive controls' in most compounds and anywhere in some: a prior of two normal
    distributions (spike and slab; Ishwaran and Rao 2005, Ann Stat 33:730), of which the likelier is taken.
    """
    if np.unique(series.doses[series.kept]).size < settings.minimum_doses:
        return _Fitted(series, None)
    near = settings.far_plateau_deviation
    fit = _fit_with_plateau(series, near, settings)
    odds = np.log(_ANYWHERE / near) + np.log(1 / settings.partial_share - 1)
    if fit.penalised_cost > 2 * odds * scale**2:
        free = _fit_with_plateau(series, _ANYWHERE, settings)
        if fit.penalised_cost - free.penalised_cost > 2 * odds * scale**2:
            fit = free
    return _Fitted(series, fit)


def _fit_with_plateau(series: _Series, plateau_deviation: float, settings: CurveSettings) -> CurveFit:
    kept = series.kept
    left, right = (0.0, 100.0) if series.direction == "efficacy" else (100.0, 0.0)
    priors = CurvePriors(
        left_mean=left, left_sd=settings.near_plateau_deviation,
        right_mean=right, right_sd=plateau_deviation, log_slope_sd=settings.log_slope_deviation,
    )  # fmt: skip

    def fit_weighted(effects: Array, from_dose: Array | float) -> CurveFit:
        deviations = np.hypot(np.maximum(series.deviations(effects), settings.smallest_deviation), from_dose)
        return fit_with_priors(
            series.doses[kept], series.responses[kept], deviations[kept], priors=priors, level=settings.level
        )

    # The deviation of a point depends on the curve's height and steepness there: twice is enough for it to settle.
    first = fit_weighted(series.effects, 0.0)
    predicted = first.predict(series.doses)
    effects = predicted if series.direction == "efficacy" else 100.0 - predicted
    return fit_weighted(effects, settings.dose_deviation * np.abs(first.steepness(series.doses)))


def _share(fitted: list[_Fitted]) -> SharedVariance:
    """Estimate the residual variance that curves share, in units of what the control wells show.

    It is at least 1: residuals that are smaller than the controls' scatter come from points on plateaus, and say
    nothing good about the points between them that decide the potency.
    """
    curves = [(one.variance, one.fit.degrees_of_freedom) for one in fitted if one.fit and not one.bell_shaped]
    shared = share_variances([variance for variance, _ in curves], [freedom for _, freedom in curves])
    return replace(shared, variance=max(shared.variance, 1.0))


def _mask_and_refit(one: _Fitted, shared: SharedVariance, settings: CurveSettings) -> _Fitted:
    if one.fit is None:
        return one
    scale = float(np.sqrt(shared.variance))
    series = _mask_outliers(one.series, scale, settings)
    one = _fit_series(series, scale, settings)
    return _find_bell(one, scale, settings) if series.direction == "efficacy" and one.fit else one


def _mask_outliers(series: _Series, scale: float, settings: CurveSettings) -> _Series:
    """Mask points that lie far outside the responses at both neighbouring doses, which no monotone curve explains."""
    deviations = scale * np.maximum(series.deviations(series.effects), settings.smallest_deviation)
    kept = series.kept
    doses = np.unique(series.doses[kept])
    means = np.array([series.responses[kept & (series.doses == dose)].mean() for dose in doses])
    masked = list(series.masked)
    for index, dose in enumerate(doses[1:-1], start=1):
        points = np.flatnonzero(kept & (series.doses == dose))
        low, high = sorted((means[index - 1], means[index + 1]))
        for point in points:
            response, allowed = series.responses[point], settings.outlier_deviations * np.sqrt(2) * deviations[point]
            outside = max(low - response, response - high)
            # With replicates at this dose the others must side with the neighbours.
            others = [series.responses[other] for other in points if other != point]
            lonely = not others or min(abs(response - other) for other in others) > allowed / 2
            if outside > max(allowed, settings.minimum_effect) and lonely:
                masked[point] = f"outlier: {outside:.0f} % outside both neighbouring doses"
    return replace(series, masked=masked) if masked != series.masked else series


def _find_bell(one: _Fitted, scale: float, settings: CurveSettings) -> _Fitted:
    """Recognise a response that rises and falls again: mask the falling tail and refit the rising part.

    The highest doses are a falling tail where all of them lie below the height that the curve of the rest has reached
    by then, by more than `minimum_effect` on average and by `outlier_deviations` in standard deviations of that
    average. How much higher that curve might have gone is no evidence of a fall.
    """
    series = one.series
    kept = series.kept
    doses = np.unique(series.doses[kept])
    most = doses.size - settings.minimum_doses
    for tail in range(min(most, doses.size // 2), 0, -1):
        in_tail = kept & (series.doses >= doses[-tail])
        if series.responses[in_tail].max() > series.responses[kept & ~in_tail].max():
            continue
        reason = "beyond the peak of a bell-shaped response"
        masked = [reason if in_tail[point] else text for point, text in enumerate(series.masked)]
        rising = _fit_series(replace(series, masked=masked), scale, settings)
        if rising.fit is None:
            continue
        predicted = rising.fit.predict(series.doses)
        seen = float(predicted[kept & ~in_tail].max())
        expected = np.minimum(predicted, seen)
        drops = (expected - series.responses)[in_tail]
        deviations = np.maximum(series.deviations(expected), settings.smallest_deviation)[in_tail]
        error = scale * deviations / np.sqrt(drops.size)
        if (
            drops.min() > settings.minimum_effect / 2
            and drops.mean() > max(settings.minimum_effect, settings.outlier_deviations * error.mean())
            and seen > settings.minimum_effect
        ):
            return replace(rising, whole=one)
    return one


def _settle(
    one: _Fitted, shared: SharedVariance, settings: CurveSettings
) -> tuple[dict[str, float | int | str | None], _Fitted]:
    """Describe a curve; where nothing rises significantly, nothing falls either, and the tail is not left out."""
    described = _describe(one, shared, settings)
    if one.whole is not None and described["class"] == "inactive":
        one = one.whole
        described = _describe(one, shared, settings)
    return described, one


def _describe(one: _Fitted, shared: SharedVariance, settings: CurveSettings) -> dict[str, float | int | str | None]:
    series, kept = one.series, one.series.kept
    doses = series.doses[kept]
    row: dict[str, float | int | str | None] = dict.fromkeys(_CURVE_TYPES)
    row |= {"n_points": int(kept.sum()), "n_masked": int((~kept).sum())}
    if doses.size:
        row |= {"lowest_dose_molar": float(doses.min()), "highest_dose_molar": float(doses.max())}
    if one.fit is None:
        count = np.unique(doses).size
        needed = f"{count} usable dose{'s' * (count != 1)}, a curve needs {settings.minimum_doses}"
        return row | {"class": "too_few_points", "reason": needed}
    fit = one.fit
    variance, freedom = shared.squeeze(one.variance, fit.degrees_of_freedom)
    p_value = _trend(series, shared, settings)
    at_top = float(fit.predict([doses.max()])[0])
    effect = at_top if series.direction == "efficacy" else 100.0 - at_top
    name, reason = _class(one, effect, p_value, settings)
    relation, dose = _censor(fit, doses, active=name != "inactive")
    low, high = fit.interval(variance, freedom)
    if relation == ">":
        low, high = (low if low is not None and low <= doses.max() else doses.max()), None
    elif relation == "<":
        low, high = None, (high if high is not None and high >= doses.min() else doses.min())
    return row | {
        "class": name, "reason": reason, "ec50_molar": dose, "ec50_relation": relation,
        "ec50_low": low, "ec50_high": high, "midpoint_molar": fit.midpoint, "slope": fit.slope,
        "bottom": min(fit.left, fit.right), "top": max(fit.left, fit.right), "left": fit.left, "right": fit.right,
        "effect_at_top_dose": effect, "p_value": p_value, "residual_deviation": float(np.sqrt(variance)),
    }  # fmt: skip


def _trend(series: _Series, shared: SharedVariance, settings: CurveSettings) -> float:
    """Test for a trend against the noise of untreated wells, which is what a series without effect would show."""
    kept = series.kept
    deviations = np.maximum(series.deviations_without_effect, settings.smallest_deviation) * np.sqrt(shared.variance)
    return trend_p_value(
        series.doses[kept], series.effects[kept], deviations[kept],
        baseline_deviation=settings.near_plateau_deviation, degrees_of_freedom=shared.degrees_of_freedom or None,
    )  # fmt: skip


def _class(one: _Fitted, effect: float, p_value: float, settings: CurveSettings) -> tuple[str, str]:
    top = format_molar(float(one.series.doses[one.series.kept].max()))
    if effect < settings.minimum_effect:
        return "inactive", f"{round(effect)} % effect at {top}, below {settings.minimum_effect:g} %"
    if p_value > settings.activity_p_value:
        return "inactive", f"{round(effect)} % effect at {top} may be chance (p {p_value:.2g})"
    if one.bell_shaped:
        return "bell_shaped", f"rises to {round(effect)} % at {top} and falls again"
    if effect >= settings.full_effect:
        return "full", f"{round(effect)} % effect at {top}"
    return "partial", f"{round(effect)} % effect at {top}"


def _censor(fit: CurveFit, doses: Array, *, active: bool) -> tuple[str, float]:
    crossing = fit.dose_at_level
    if not active or crossing is None or crossing > doses.max():
        return ">", float(doses.max())
    if crossing < doses.min():
        return "<", float(doses.min())
    return "=", crossing

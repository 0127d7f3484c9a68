"""Can this plate be trusted? Controls, edges, gradients and wells that went wrong, with a verdict and its reasons.

Z' = 1 - 3 (s_p + s_n) / |m_p - m_n| (Zhang, Chung and Oldenburg 1999, J Biomol Screen 4:67), which calls 0.5 and
above excellent and below 0 unusable; the robust form uses medians and MAD (Malo et al. 2006, Nat Biotechnol 24:167).
SSMD = (m_n - m_p) / sqrt(s_n^2 + s_p^2) (Zhang 2007, Genomics 89:552) keeps its meaning where Z' saturates.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.foundation.settings import Settings
from swanneck.foundation.wells import is_edge_well, plate_shape, well_position
from swanneck.statistics.location import mad_deviation, median

__all__ = ["QualitySettings", "assess_plate", "robust_z_prime", "ssmd", "z_prime"]


class QualitySettings(Settings):
    """When a plate passes, and when it is only warned about.

    Z' limits are those of Zhang et al. 1999; position effects below 10 % of the controls' window are smaller than
    the wells' own scatter on most plates and only fill the report (Caraus et al. 2015, Brief Bioinform 16:974, treat
    the subject).
    """

    z_prime_pass: float = 0.5
    z_prime_fail: float = 0.0
    position_effect_percent: float = 10.0
    position_p_value: float = 0.001
    failed_wells_percent: float = 5.0


def z_prime(negative: ArrayLike, positive: ArrayLike) -> float:
    """Give the Z' factor of two groups of control wells; NaN where a group has fewer than two values.

    >>> round(z_prime([1.0, 1.1, 0.9], [0.0, 0.05, -0.05]), 3)
    0.55
    """
    n, p = _finite(negative), _finite(positive)
    if min(n.size, p.size) < 2 or n.mean() == p.mean():
        return float("nan")
    return float(1 - 3 * (n.std(ddof=1) + p.std(ddof=1)) / abs(n.mean() - p.mean()))


def robust_z_prime(negative: ArrayLike, positive: ArrayLike) -> float:
    """Give Z' with medians and MAD in place of means and deviations; NaN where a group has fewer than two values.

    >>> round(robust_z_prime([1.0, 1.1, 0.9, 9.0], [0.0, 0.05, -0.05]), 2)
    0.36
    """
    n, p = _finite(negative), _finite(positive)
    if min(n.size, p.size) < 2 or median(n) == median(p):
        return float("nan")
    return float(1 - 3 * (mad_deviation(n) + mad_deviation(p)) / abs(median(n) - median(p)))


def ssmd(negative: ArrayLike, positive: ArrayLike) -> float:
    """Give the strictly standardised mean difference, positive minus negative; NaN where it is not defined.

    >>> round(ssmd([1.0, 1.1, 0.9], [0.0, 0.05, -0.05]), 2)
    -8.94
    """
    n, p = _finite(negative), _finite(positive)
    if min(n.size, p.size) < 2:
        return float("nan")
    spread = np.hypot(n.std(ddof=1), p.std(ddof=1))
    return float((p.mean() - n.mean()) / spread) if spread > 0 else float("nan")


@dataclass(frozen=True)
class _PositionEffects:
    edge_percent: float
    edge_p_value: float
    gradient_percent: float
    gradient_p_value: float


def assess_plate(
    wells: pl.DataFrame, readout: str, settings: QualitySettings | None = None
) -> dict[str, float | int | str | None]:
    """Assess one plate by a readout and give its row of the plates table.

    `wells` holds all wells of one plate: well, role, status, reason, cell_count and the raw readout. Position
    effects are measured on the negative controls and the samples' bulk as share of the controls' window.
    """
    limits = settings or QualitySettings()
    usable = wells.filter((pl.col("status") != "failed") & pl.col(readout).is_finite())
    negative, positive = (
        usable.filter(pl.col("role") == role)[readout].to_numpy() for role in ("negative_control", "positive_control")
    )
    window = abs(median(positive) - median(negative)) if positive.size else abs(median(negative))
    effects = _measure_position_effects(usable, readout, window)
    n_failed = wells.filter(pl.col("status") == "failed").height
    row: dict[str, float | int | str | None] = {
        "plate": str(wells["plate"][0]), "readout": readout,
        "z_prime": z_prime(negative, positive), "robust_z_prime": robust_z_prime(negative, positive),
        "ssmd": ssmd(negative, positive),
        "signal_to_background": _ratio(negative, positive),
        "negative_control_median": median(negative), "positive_control_median": median(positive),
        "negative_control_cv": _cv(negative), "positive_control_cv": _cv(positive),
        "n_negative_control": int(negative.size), "n_positive_control": int(positive.size),
        "edge_effect_percent": effects.edge_percent, "edge_p_value": effects.edge_p_value,
        "gradient_percent": effects.gradient_percent, "gradient_p_value": effects.gradient_p_value,
        "n_wells": wells.height, "n_failed_wells": n_failed,
        "n_warning_wells": wells.filter(pl.col("status") == "warning").height,
        "n_empty_wells": wells.filter(pl.col("cell_count") == 0).height,
    }  # fmt: skip
    findings = _judge(row, effects, limits)
    row["status"] = "fail" if any(level == "fail" for level, _ in findings) else "warn" if findings else "pass"
    row["reasons"] = "; ".join(text for _, text in findings) or None
    return {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in row.items()}


def _judge(
    row: dict[str, float | int | str | None], effects: _PositionEffects, limits: QualitySettings
) -> list[tuple[str, str]]:
    findings: list[tuple[str, str]] = []
    factor = row["z_prime"]
    assert isinstance(factor, float)
    if np.isnan(factor):
        findings.append((
            "warn",
            f"Z' cannot be computed from {row['n_negative_control']} negative and "
            f"{row['n_positive_control']} positive control wells",
        ))  # fmt: skip
    elif factor < limits.z_prime_fail:
        findings.append(("fail", f"Z' {factor:.2f} is below {limits.z_prime_fail:g}: the controls overlap"))
    elif factor < limits.z_prime_pass:
        findings.append(("warn", f"Z' {factor:.2f} is below {limits.z_prime_pass:g}"))
    for name, size, p_value in (
        ("edge wells differ from inner wells", effects.edge_percent, effects.edge_p_value),
        ("a gradient runs across the plate", effects.gradient_percent, effects.gradient_p_value),
    ):
        if abs(size) >= limits.position_effect_percent and p_value <= limits.position_p_value:
            findings.append(("warn", f"{name} by {size:+.0f} % of the controls' window"))
    failed, total = int(row["n_failed_wells"] or 0), int(row["n_wells"] or 1)
    if 100 * failed / total >= limits.failed_wells_percent:
        findings.append(("warn", f"{failed} of {total} wells failed"))
    return findings


def _measure_position_effects(wells: pl.DataFrame, readout: str, window: float) -> _PositionEffects:
    """Compare edge with inner wells and regress on row and column, over untreated and bulk sample wells.

    Active compounds are no position effect: samples farther than 3 MAD from their median are left out, among the edge
    wells and among the inner wells; and all samples where their doses rise along rows or columns.
    """
    nothing = _PositionEffects(float("nan"), 1.0, float("nan"), 1.0)
    shape = plate_shape(wells["well"].to_list())
    wells = wells.with_columns(pl.Series("edge", [is_edge_well(well, shape) for well in wells["well"]], pl.Boolean))
    bulk = wells.filter(pl.col("role") == "negative_control")
    treated = wells.filter(pl.col("role") == "sample")
    if _doses_follow_place(treated):
        treated = treated.clear()
    for _, samples in treated.group_by("edge", maintain_order=True):
        values = samples[readout].to_numpy()
        bulk = pl.concat([bulk, samples.filter(np.abs(values - median(values)) <= 3 * mad_deviation(values))])
    if bulk.height < 12 or not window > 0:
        return nothing
    values = 100 * bulk[readout].to_numpy() / window
    # Roles differ in level by design; what position does is seen within each role.
    for role in bulk["role"].unique():
        chosen = (bulk["role"] == role).to_numpy()
        values[chosen] -= np.median(values[chosen])
    edge = bulk["edge"].to_numpy()
    places = np.array([well_position(well) for well in bulk["well"]], dtype=np.float64)
    gradient, gradient_p = _plane(places, values, shape)
    if min(edge.sum(), (~edge).sum()) < 4:
        return _PositionEffects(float("nan"), 1.0, gradient, gradient_p)
    test = stats.mannwhitneyu(values[edge], values[~edge])
    return _PositionEffects(
        float(np.median(values[edge]) - np.median(values[~edge])), float(test.pvalue), gradient, gradient_p
    )


def _doses_follow_place(samples: pl.DataFrame) -> bool:
    """Say whether doses rise or fall along rows or columns, so that what they do looks like an effect of position."""
    if "concentration_molar" not in samples.columns:
        return False
    dosed = samples.filter(pl.col("concentration_molar").is_finite())
    doses = dosed["concentration_molar"].to_numpy()
    places = np.array([well_position(well) for well in dosed["well"]], dtype=np.float64).reshape(-1, 2)
    if np.unique(doses).size < 2:
        return False
    return any(np.ptp(place) > 0 and abs(stats.spearmanr(place, doses).statistic) > _FOLLOWS for place in places.T)


_FOLLOWS = 0.5
"""Rank correlation above which doses are said to follow rows or columns: series laid along them have nearly 1."""


def _plane(places: NDArray[np.float64], values: NDArray[np.float64], shape: tuple[int, int]) -> tuple[float, float]:
    """Fit a plane over rows and columns; give its rise across the plate and the p-value of its F test."""
    scaled = places / np.maximum(np.array(shape) - 1, 1) - 0.5
    design = np.column_stack([np.ones(len(values)), scaled])
    solution, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    residual = float(np.sum((values - design @ solution) ** 2))
    total = float(np.sum((values - values.mean()) ** 2))
    freedom = len(values) - int(rank)
    if residual <= 0 or freedom <= 0 or rank < 2:
        return float("nan"), 1.0
    statistic = ((total - residual) / (rank - 1)) / (residual / freedom)
    return float(np.hypot(solution[1], solution[2])), float(stats.f.sf(statistic, rank - 1, freedom))


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]


def _cv(values: NDArray[np.float64]) -> float:
    """Coefficient of variation in percent."""
    if values.size < 2 or values.mean() == 0:
        return float("nan")
    return float(100 * values.std(ddof=1) / abs(values.mean()))


def _ratio(negative: NDArray[np.float64], positive: NDArray[np.float64]) -> float:
    """Signal to background: the larger control mean over the smaller."""
    if not negative.size or not positive.size:
        return float("nan")
    small, large = sorted((abs(float(negative.mean())), abs(float(positive.mean()))))
    return large / small if small > 0 else float("nan")

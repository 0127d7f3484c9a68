"""Trust over time: does the reference compound keep its potency, do replicates agree, do plates drift?"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import stats

from swanneck.foundation.errors import InputError

__all__ = [
    "Drift",
    "SignificantRatio",
    "chart_reference",
    "measure_drift",
    "minimum_significant_ratio",
    "share_of_variance",
]


def chart_reference(runs: pl.DataFrame, value: str = "ec50_molar", *, baseline: int | None = None) -> pl.DataFrame:
    """Give the control chart of a reference compound: one row per run, in the order given, with limits and a verdict.

    `runs` has `run` and `value` (a potency; censored ones as null). On the log10 scale the centre is the mean of the
    first `baseline` runs and the deviation comes from moving ranges (mean range / 1.128; Shewhart's individuals chart,
    Montgomery 2013, chapter 6.4). Without a baseline all runs are learnt from, the odd ones too: then centre and range
    are medians (median range / 0.954), which one run out of control does not widen. `verdict` is `in control`,
    `outside 3 s`, `2 of 3 outside 2 s`, or `8 on one side` (Western Electric rules), or `no value`.

    Raises `InputError` for fewer than three values.

    >>> runs = pl.DataFrame({"run": [1, 2, 3, 4, 5, 6], "ec50_molar": [1e-6, 1.2e-6, 0.9e-6, 1.1e-6, 1e-6, 5e-6]})
    >>> chart_reference(runs, baseline=5)["verdict"].to_list()[-2:]
    ['in control', 'outside 3 s']
    """
    logs = runs[value].cast(pl.Float64).fill_null(float("nan")).log10().to_numpy()
    learnt = logs[: baseline or logs.size]
    learnt = learnt[np.isfinite(learnt)]
    if learnt.size < 3:
        problem = f"a control chart needs at least three values to learn from, got {learnt.size}"
        raise InputError(problem)
    ranges = np.abs(np.diff(learnt))
    centre = float(learnt.mean() if baseline else np.median(learnt))
    deviation = float(ranges.mean() / 1.128 if baseline else np.median(ranges) / 0.954)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (logs - centre) / deviation if deviation > 0 else np.where(logs == centre, 0.0, np.inf)
    verdicts = [_verdict(z, k) for k in range(z.size)]
    ends = {f"{name}_limit": 10 ** (centre + k * deviation) for name, k in (("lower", -3), ("upper", 3))}
    return runs.with_columns(
        pl.lit(10**centre).alias("centre"), *(pl.lit(end).alias(name) for name, end in ends.items()),
        pl.Series("deviations", z).fill_nan(None), pl.Series("verdict", verdicts),
    )  # fmt: skip


def _verdict(z: np.ndarray, k: int) -> str:
    if not np.isfinite(z[k]):
        return "no value" if np.isnan(z[k]) else "outside 3 s"
    if abs(z[k]) > 3:
        return "outside 3 s"
    side = np.sign(z[k])
    last = z[max(0, k - 2) : k + 1] * side
    if last.size == 3 and z[k] * side > 2 and (last > 2).sum() >= 2:
        return "2 of 3 outside 2 s"
    run = z[max(0, k - 7) : k + 1] * side
    return "8 on one side" if run.size == 8 and (run > 0).all() else "in control"


@dataclass(frozen=True)
class SignificantRatio:
    """The minimum significant ratio of potencies, with its interval, and the limits of agreement of one repeat."""

    ratio: float
    low: float
    high: float
    mean_ratio: float
    agreement: tuple[float, float]
    n: int


def minimum_significant_ratio(first: ArrayLike, second: ArrayLike, *, confidence: float = 0.95) -> SignificantRatio:
    """Give the least ratio of two compounds' potencies that is more than noise, from compounds measured twice.

    `first` and `second` are potencies of the same compounds in two runs; censored ones as NaN. With s the standard
    deviation of the differences of log10, MSR = 10^(2 s); 3 is a good assay, above 7.5 needs work (Eastwood et al.
    2006, J Biomol Screen 11:253). Limits of agreement are mean ratio times or divided by MSR.

    Raises `InputError` for fewer than three compounds with both values.

    >>> ratio = minimum_significant_ratio([1.0, 2.0, 4.0, 8.0], [1.1, 1.8, 4.4, 7.2])
    >>> round(ratio.ratio, 2), ratio.n
    (1.26, 4)
    """
    x, y = (np.asarray(one, dtype=np.float64) for one in (first, second))
    both = np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)
    if both.sum() < 3:
        problem = f"a minimum significant ratio needs three compounds measured twice, got {int(both.sum())}"
        raise InputError(problem)
    differences = np.log10(x[both]) - np.log10(y[both])
    n, s, mean = differences.size, float(differences.std(ddof=1)), float(differences.mean())
    tails = [stats.chi2.ppf(0.5 + side * confidence / 2, n - 1) for side in (1, -1)]
    low, high = (10 ** (2 * s * np.sqrt((n - 1) / tail)) for tail in tails)
    agreement = 10 ** (mean - 2 * s), 10 ** (mean + 2 * s)
    return SignificantRatio(10 ** (2 * s), float(low), float(high), 10**mean, agreement, n)


@dataclass(frozen=True)
class Drift:
    """How a plate statistic moves in the order of plates: total change, per cent of its median, and a p-value."""

    change: float
    percent: float
    p_value: float
    n: int


def measure_drift(values: ArrayLike) -> Drift:
    """Measure the drift of a statistic of plates in the order they were made, by Theil and Sen's slope.

    The p-value is that of Kendall's tau. Missing plates are passed over. Raises `InputError` for fewer than four.

    >>> drift = measure_drift([10.0, 10.4, 11.1, 11.4, 12.1, 12.5])
    >>> round(drift.change, 2), drift.p_value < 0.01
    (2.5, True)
    """
    y = np.asarray(values, dtype=np.float64)
    x = np.flatnonzero(np.isfinite(y)).astype(np.float64)
    y = y[np.isfinite(y)]
    if y.size < 4:
        problem = f"drift needs at least four plates, got {y.size}"
        raise InputError(problem)
    slope = float(stats.theilslopes(y, x).slope)
    change = slope * float(x[-1] - x[0])
    middle = float(np.median(y))
    p_value = float(stats.kendalltau(x, y).pvalue) if np.ptp(y) > 0 else 1.0
    return Drift(change, 100 * change / abs(middle) if middle else float("nan"), p_value, y.size)


def share_of_variance(table: pl.DataFrame, value: str, by: str) -> float:
    """Give the share of a value's variance that lies between the groups of `by` (plates, batches): omega squared.

    Unlike eta squared it is 0 on average where groups do not differ (Hays 1963). Compare it before and after
    normalisation. NaN where there are no two groups or nothing varies.

    >>> table = pl.DataFrame({"plate": ["a"] * 3 + ["b"] * 3, "x": [1.0, 2, 3, 11, 12, 13]})
    >>> round(share_of_variance(table, "x", "plate"), 2)
    0.96
    """
    known = table.filter(pl.col(value).is_finite()).select(by, pl.col(value).cast(pl.Float64))
    groups = known.group_by(by).agg(pl.col(value).mean().alias("mean"), pl.len().alias("n"))
    n, k = known.height, groups.height
    if k < 2 or n <= k:
        return float("nan")
    values = known[value].to_numpy()
    total = float(((values - values.mean()) ** 2).sum())
    between = float((groups["n"].to_numpy() * (groups["mean"].to_numpy() - values.mean()) ** 2).sum())
    within = (total - between) / (n - k)
    if total <= 0:
        return float("nan")
    return max((between - (k - 1) * within) / (total + within), 0.0)

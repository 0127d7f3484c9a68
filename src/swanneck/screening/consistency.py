"""Do the plates of a screen agree? What they differ by, how they drift, and whether potencies come out the same again.

Each plate of a compound is a run of its own here: its curve is fitted to that plate's wells alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.screening.dose_response import CurveSettings, fit_dose_responses
from swanneck.screening.linked_plates import APART
from swanneck.screening.repeatability import (
    chart_reference,
    measure_drift,
    minimum_significant_ratio,
    share_of_variance,
)

__all__ = ["Consistency", "describe_consistency", "find_alarms", "measure_consistency", "order_plates", "pair_runs"]

_EFFECTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "between": pl.String, "readout": pl.String, "role": pl.String, "before": pl.Float64, "after": pl.Float64,
    "n_groups": pl.Int64, "n_wells": pl.Int64,
}  # fmt: skip
_DRIFTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "statistic": pl.String, "readout": pl.String, "first": pl.Float64, "last": pl.Float64, "change": pl.Float64,
    "percent": pl.Float64, "p_value": pl.Float64, "n_plates": pl.Int64,
}  # fmt: skip
_RUNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "compound": pl.String, "plate": pl.String, "readout": pl.String, "is_reference": pl.Boolean, "class": pl.String,
    "ec50_molar": pl.Float64, "ec50_relation": pl.String, "ec50_low": pl.Float64, "ec50_high": pl.Float64,
    "centre": pl.Float64, "lower_limit": pl.Float64, "upper_limit": pl.Float64, "deviations": pl.Float64,
    "verdict": pl.String,
}  # fmt: skip
_RATIOS: dict[str, pl.DataType | type[pl.DataType]] = {
    "readout": pl.String, "ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64, "mean_ratio": pl.Float64,
    "agreement_low": pl.Float64, "agreement_high": pl.Float64, "n_compounds": pl.Int64,
}  # fmt: skip
_APART = tuple(name for name in APART if name != "batch")  # a batch is a run of its own
_SURE = 0.05
_DRIFTING = ("z_prime", "negative_control_median", "positive_control_median")


@dataclass(frozen=True)
class Consistency:
    """What tells of agreement; each table is empty where there is nothing to compare.

    - `effects`: shares of variance between plates and between batches, before and after normalisation.
    - `drift`: of statistics of plates in their order.
    - `runs`: potencies by plate of compounds that are on several, with the control chart of reference compounds.
    - `ratios`: the minimum significant ratio of potencies measured twice.
    """

    effects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_EFFECTS))
    drift: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_DRIFTS))
    runs: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_RUNS))
    ratios: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_RATIOS))


def measure_consistency(
    wells: pl.DataFrame,
    plates: pl.DataFrame,
    points: pl.DataFrame,
    *,
    readouts: Sequence[tuple[str, str]],
    settings: CurveSettings | None = None,
) -> Consistency:
    """Compare the plates of a screen; nothing where there is one plate only.

    `wells` has the readouts as measured and normalised: `readouts` are pairs of columns. `plates` is the table of
    quality, `points` those of the efficacy curves, as for `fit_dose_responses`. Plates are taken in the order of their
    names, numbers by their value: plates named by date or number stand in the order in which they were made.
    """
    if wells["plate"].n_unique() < 2:
        return Consistency()
    runs = _fit_runs(wells, points, settings or CurveSettings())
    return Consistency(_measure_effects(wells, readouts), _measure_drifts(wells, plates), runs, _measure_ratios(runs))


def describe_consistency(found: Consistency) -> list[str]:
    """Say in a line each what plates and batches differ by, the alarms, and the minimum significant ratio."""
    lines = []
    for row in found.effects.filter(role="sample").unique("between", keep="first", maintain_order=True).to_dicts():
        after = 0.0 if row["after"] is None else row["after"]
        shares = (
            f"{100 * row['before']:.0f} % of the samples' variance as measured, {100 * after:.0f} % after normalisation"
        )
        lines.append(f"between {'batches' if row['between'] == 'batch' else 'plates'}: {shares}")
    ratios = [
        f"minimum significant ratio {row['ratio']:.2g}, from {row['n_compounds']} compounds measured on two plates"
        for row in found.ratios.to_dicts()
    ]
    return [*lines, *find_alarms(found), *ratios]


def find_alarms(found: Consistency) -> list[str]:
    """Say which plates have a reference compound out of control, and which statistics drift (p below 0.05).

    >>> find_alarms(Consistency())
    []
    """
    odd = found.runs.filter(~pl.col("verdict").is_in(["in control", "no value"]))
    alarms = [f"plate {row['plate']}: reference {row['compound']} is out of control ({row['verdict']})"
              for row in odd.to_dicts()]  # fmt: skip
    drifting = found.drift.filter(pl.col("p_value") < _SURE)
    for row in drifting.to_dicts():
        share = "" if row["percent"] is None else f" ({row['percent']:+.0f} %)"
        told = f"{row['statistic'].replace('_', ' ')} drifts by {row['change']:.2g}{share}, p {row['p_value']:.2g}"
        alarms.append(f"from plate to plate, {told}")
    return alarms


def order_plates(names: Sequence[str]) -> list[str]:
    """Order names of plates as people do: numbers in them by their value.

    >>> order_plates(["P10", "P9", "2026-03-31 P2"])
    ['2026-03-31 P2', 'P9', 'P10']
    """
    return sorted(names, key=lambda name: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)])


def pair_runs(runs: pl.DataFrame) -> pl.DataFrame:
    """Pair the first two runs of each compound that were not censored: `compound`, plates and potencies of both."""
    keys = [name for name in ("compound", *_APART, "readout") if name in runs.columns]
    known = runs.filter((pl.col("ec50_relation") == "=") & ~pl.col("class").is_in(["inactive", "too_few_points"]))
    paired = known.group_by(keys, maintain_order=True).agg(
        pl.col("plate").head(2).alias("_plates"), pl.col("ec50_molar").head(2).alias("_potencies")
    ).filter(pl.col("_plates").list.len() == 2)  # fmt: skip
    plates, potencies = pl.col("_plates").list, pl.col("_potencies").list
    return paired.select(
        *keys, first_plate=plates.get(0), first_molar=potencies.get(0),
        second_plate=plates.get(1), second_molar=potencies.get(1),
    )  # fmt: skip


def _measure_effects(wells: pl.DataFrame, readouts: Sequence[tuple[str, str]]) -> pl.DataFrame:
    usable, rows = wells.filter(pl.col("status") != "failed"), []
    for between in ("plate", "batch"):
        if between not in wells.columns or wells[between].drop_nulls().n_unique() < 2:
            continue
        for readout, normalised in readouts:
            for role in ("sample", "negative_control"):
                part = usable.filter((pl.col("role") == role) & pl.col(readout).is_finite())
                part = part.filter(pl.col(normalised).is_finite(), pl.col(between).is_not_null())
                before, after = (share_of_variance(part, name, between) for name in (readout, normalised))
                groups = part[between].n_unique()
                rows.append(
                    dict(zip(_EFFECTS, (between, readout, role, before, after, groups, part.height), strict=True))
                )
    table = pl.DataFrame(rows, schema=_EFFECTS)
    return table.with_columns(pl.col("before", "after").fill_nan(None)).filter(pl.col("before").is_not_null())


def _measure_drifts(wells: pl.DataFrame, plates: pl.DataFrame) -> pl.DataFrame:
    ordered = _in_order(plates)
    usable = wells.filter((pl.col("role") == "negative_control") & (pl.col("status") != "failed"))
    cells = usable.group_by("plate").agg(pl.col("cell_count").median().alias("negative_control_cells"))
    ordered = ordered.join(cells, on="plate", how="left", maintain_order="left")
    rows = []
    for name in (*_DRIFTING, "negative_control_cells"):
        values = ordered[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        try:
            drift = measure_drift(values)
        except InputError:
            continue
        known = ordered[name].drop_nulls().drop_nans()
        readout = "cell_count" if name == "negative_control_cells" else ordered["readout"][0]
        figures = (known[0], known[-1], drift.change, drift.percent, drift.p_value, drift.n)
        rows.append(dict(zip(_DRIFTS, (name, readout, *figures), strict=True)))
    return pl.DataFrame(rows, schema=_DRIFTS).with_columns(pl.col("percent").fill_nan(None))


def _in_order(table: pl.DataFrame) -> pl.DataFrame:
    names = order_plates(table["plate"].unique().to_list())
    return table.sort(pl.col("plate").cast(pl.Enum(names)), maintain_order=True)


def _fit_runs(wells: pl.DataFrame, points: pl.DataFrame, settings: CurveSettings) -> pl.DataFrame:
    """Fit every compound that has a series of doses on several plates, plate by plate."""
    apart = [name for name in ("compound", *_APART) if name in points.columns]
    usable = points.filter(pl.col("mask_reason").is_null())
    series = usable.group_by([*apart, "plate"]).agg(pl.col("concentration_molar").n_unique().alias("_doses"))
    series = series.filter(pl.col("_doses") >= settings.minimum_doses)
    series = series.filter(pl.len().over(apart) > 1)
    chosen = points.join(series, on=[*apart, "plate"], how="semi", nulls_equal=True)
    if not chosen.height:
        return pl.DataFrame(schema=_RUNS)
    chosen = chosen.with_columns(pl.col("plate").alias("run"))
    curves = fit_dose_responses(chosen, [*apart, "run", "readout"], settings).curves
    references = wells.filter(pl.col("role") == "reference")["compound"].drop_nulls().unique().to_list()
    runs = _in_order(curves.with_columns(is_reference=pl.col("compound").is_in(references)))
    charts = [_chart(part) for _, part in runs.group_by([*apart, "readout"], maintain_order=True)]
    names = [*apart[1:], *_RUNS]
    return pl.concat(charts, how="diagonal_relaxed").select(
        pl.col(name).cast(_RUNS[name]) if name in _RUNS else pl.col(name) for name in names
    )


def _chart(runs: pl.DataFrame) -> pl.DataFrame:
    """Add the control chart to the runs of a reference compound; the columns are null where there is none."""
    reached = pl.when((pl.col("ec50_relation") == "=") & (pl.col("class") != "inactive")).then(pl.col("ec50_molar"))
    try:
        if runs["is_reference"].all():
            return chart_reference(runs.with_columns(reached.alias("_reached")), "_reached").drop("_reached")
    except InputError:
        pass
    limits = [pl.lit(None, pl.Float64).alias(name) for name in ("centre", "lower_limit", "upper_limit", "deviations")]
    return runs.with_columns(*limits, pl.lit(None, pl.String).alias("verdict"))


def _measure_ratios(runs: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for (readout,), pairs in pair_runs(runs).group_by(["readout"], maintain_order=True):
        try:
            found = minimum_significant_ratio(pairs["first_molar"].to_numpy(), pairs["second_molar"].to_numpy())
        except InputError:
            continue
        figures = (readout, found.ratio, found.low, found.high, found.mean_ratio, *found.agreement, found.n)
        rows.append(dict(zip(_RATIOS, figures, strict=True)))
    return pl.DataFrame(rows, schema=_RATIOS)

"""Growth-rate inhibition of any table of cell counts: GR values, and the metrics of every curve."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.settings import Settings
from swanneck.screening.number_columns import NumberColumns, read_number_columns
from swanneck.statistics.growth_rates import GrowthRateMetrics, fit_growth_rates, growth_rate_values

__all__ = ["GrowthColumns", "TableGrowthRates", "fit_table_growth_rates"]

_TRIM = 0.25  # the mean of the middle half of untreated wells, as in Hafner et al. 2016: one bad well does not count
_MOST_SPREAD = 0.15


class GrowthColumns(Settings):
    """Which columns hold what, in one of two forms.

    - `control` and `start`: every row has its untreated count and that at the time of treatment.
    - `time`: untreated wells are rows of dose 0, the start those of the earliest time. `within` are the columns that
      treated and untreated wells must agree in; where empty, those of `curve` whose values untreated wells have too.

    `curve` tells curves apart, such as cell line and drug. `dose` and `cells` are always needed.
    """

    dose: str
    cells: str
    curve: tuple[str, ...] = ()
    control: str | None = None
    start: str | None = None
    time: str | None = None
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableGrowthRates:
    """The metrics by curve, those refused with their reason, a row per curve, and the GR value of every well."""

    curves: dict[str, GrowthRateMetrics]
    refused: dict[str, str]
    table: pl.DataFrame
    values: pl.DataFrame
    understood: list[str]


def fit_table_growth_rates(path: Path, columns: GrowthColumns) -> TableGrowthRates:
    """Fit the GR curve of every compound and cell line of a table with one row per treated well.

    Raises `InputError` where the table cannot be read, a well has no control or start, or no curve can be fitted;
    `SettingsError` where neither columns nor a time say what untreated wells are.
    """
    if (columns.control is None) != (columns.start is None) or (columns.control is None) == (columns.time is None):
        problem = "growth rates need untreated counts: --control with --start, or --time"
        raise SettingsError(problem, remedy="With --time, wells of dose 0 are untreated and the earliest are the start")
    extra = [name for name in (columns.control, columns.start, columns.time) if name]
    labels = list(dict.fromkeys([*columns.curve, *columns.within]))
    read = read_number_columns(
        Path(path), [columns.dose, columns.cells, *extra], labels, needed=[columns.dose, *extra], doses=[columns.dose],
        may_lack=labels,
    )  # fmt: skip
    understood = list(read.understood)
    if (read.table[columns.dose] < 0).any():
        problem = f"a dose is negative ({float(np.min(read.table[columns.dose].to_numpy())):g})"
        raise InputError(problem, where=str(path))
    wells = _with_untreated(read, columns, understood) if columns.time else read.table
    control, start = columns.control or "_control", columns.start or "_start"
    gr = growth_rate_values(
        wells[columns.cells].to_numpy(), control=wells[control].to_numpy(), start=wells[start].to_numpy()
    )
    wells = wells.with_columns(gr=pl.Series(gr).fill_nan(None)).rename(
        {"_control": "control", "_start": "start"}, strict=False
    )
    if not wells["gr"].count():
        problem = "no well has a growth rate: no control grew after the start"
        raise InputError(problem, where=str(path))
    lost = int((wells["gr"].is_null() & wells[columns.cells].is_not_null()).sum())
    if lost:
        understood.append(f"{lost} wells have no GR: their control did not grow")
    curves: dict[str, GrowthRateMetrics] = {}
    refused: dict[str, str] = {}
    rows = []
    keys = list(columns.curve)
    for key, part in wells.group_by(keys, maintain_order=True) if keys else [((), wells)]:
        name = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in key)
        treated = part.filter((pl.col(columns.dose) > 0) & pl.col("gr").is_not_null())
        try:
            found = fit_growth_rates(treated[columns.dose], treated["gr"])
        except InputError as error:
            refused[name] = str(error)
            continue
        curves[name] = found
        rows.append(dict(zip(keys, key, strict=True)) | _row(found, treated.height))
    if not rows:
        raise InputError(next(iter(refused.values()), "no well has a dose above zero"), where=str(path))
    return TableGrowthRates(curves, refused, pl.DataFrame(rows, infer_schema_length=None), wells, understood)


def _with_untreated(read: NumberColumns, columns: GrowthColumns, understood: list[str]) -> pl.DataFrame:
    """Give the treated wells with the counts of their untreated ones and of the start."""
    time, table = str(columns.time), read.table
    untreated = table.filter(pl.col(columns.dose) == 0).drop_nulls(columns.cells)
    first = float(np.min(table[time].to_numpy()))
    treated = table.filter((pl.col(columns.dose) > 0) & (pl.col(time) > first))
    start = untreated.filter(pl.col(time) == first)
    if not start.height or not treated.height:
        problem = f"there are no wells of dose 0 at the earliest time ({first:g}), or none treated after it"
        raise InputError(problem, remedy="The start is what untreated wells have when the drug is added")
    within = columns.within or tuple(
        name for name in columns.curve if set(treated[name].unique()) <= set(untreated[name].unique())
    )
    within = tuple(name for name in within if name != time)
    understood.append(f"untreated wells are matched by {', '.join([time, *within])}; the start is {time} {first:g}")
    parts = []
    for key, part in treated.group_by([time, *within], maintain_order=True):
        alike = [pl.col(name).eq_missing(value) for name, value in zip(within, key[1:], strict=True)]
        # A start is often counted on a plate of its own: wells that lack a word, such as a replicate, are for all.
        loose = [alike_one | pl.col(name).is_null() for name, alike_one in zip(within, alike, strict=True)]
        none = untreated.filter(pl.col(time) == key[0], *alike)[columns.cells]
        before = start.filter(*loose)[columns.cells]
        told = ", ".join(f"{name} {value}" for name, value in zip([time, *within], key, strict=True))
        if not none.len() or not before.len():
            problem = f"no untreated well {'at the start' if none.len() else ''} for {told}".replace("  ", " ")
            raise InputError(problem, remedy="Say with --within which columns treated and untreated wells agree in")
        spread = float(none.std() or 0.0) / float(none.mean() or 1.0)  # type: ignore[arg-type]
        if spread > _MOST_SPREAD:
            understood.append(
                f"untreated wells of {told} differ by {100 * spread:.0f} %: is there a column for --within?"
            )
        middles = (float(stats.trim_mean(np.asarray(one), _TRIM)) for one in (none, before))
        parts.append(
            part.with_columns(
                pl.lit(middle).alias(name) for name, middle in zip(("_control", "_start"), middles, strict=True)
            )
        )
    return pl.concat(parts)


def _row(found: GrowthRateMetrics, n_points: int) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, potency in (("gr50", found.gr50), ("gec50", found.gec50)):
        row |= {name: potency.dose, f"{name}_relation": potency.relation}
        row |= {f"{name}_low": potency.low, f"{name}_high": potency.high}
    row |= {"gr_max": found.gr_max, "gr_inf": found.gr_inf, "slope": found.slope, "gr_aoc": found.area_over_curve}
    return row | {"p_value": found.p_value, "flat": found.flat, "n_points": n_points}

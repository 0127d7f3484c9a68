"""The same analysis from a table of wells, without images: plate readers, other image software, published screens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.wells import parse_well
from swanneck.screening.assays import CELL_COUNT, Readout
from swanneck.screening.layout_linter import check_findings, lint_layout
from swanneck.screening.layouts import read_layout
from swanneck.workflows.analyse_wells import ScreenTables, analyse_wells
from swanneck.workflows.campaign import AnalysisSettings
from swanneck.workflows.write_results import write_results

__all__ = ["AnalysedTable", "analyse_table"]


@dataclass(frozen=True)
class AnalysedTable:
    """The results, where their page lies, and what was read as what."""

    tables: ScreenTables
    report: Path
    understood: list[str]


def analyse_table(
    wells: Path,
    *,
    layout: Path | None = None,
    efficacy: str | None = None,
    viability: str | None = None,
    unit: str | None = None,
    out: Path | None = None,
    settings: AnalysisSettings | None = None,
) -> AnalysedTable:
    """Analyse a table of wells: one row per well, a column per readout, CSV or Parquet.

    `layout` is the plate map; without it the table itself must have its columns (compound, concentration, role).
    `efficacy` names the readout that hits are called on (default: the first number column that is no other); toxicity
    is read from `viability` (default: `cell_count`, where there is one). Results go to `out`, or to a folder
    `<table>_results` beside the table.

    Raises `InputError` where the tables do not fit each other, `SettingsError` for a readout that is not there.
    """
    wells = Path(wells)
    plan = read_layout(layout or wells, unit=unit)
    table = _read_wells(wells)
    by_plate = {str(name[0]): group["well"].to_list() for name, group in table.group_by("plate", maintain_order=True)}
    needs = ["negative_control"]
    check_findings(lint_layout(plan, image_wells=by_plate if layout else None, needs=needs))
    placed = plan.for_plates(by_plate).unique(["plate", "well"], keep="first", maintain_order=True)
    names = _readout_names(table, has_layout=layout is not None)
    chosen, safe = _choose_readouts(names, efficacy, viability)
    readouts = [Readout(chosen, chosen.replace("_", " "), "efficacy", law=_law(table, chosen))]
    if safe:
        readouts.append(Readout(safe, safe.replace("_", " "), "viability", law=_law(table, safe)))
    values = table.select("plate", "well", *names)
    joined = placed.drop([name for name in names if name in placed.columns]).join(
        values, on=["plate", "well"], how="left"
    )
    if CELL_COUNT not in joined.columns:
        joined = joined.with_columns(pl.lit(None, pl.Float64).alias(CELL_COUNT))
    missing = pl.col(chosen).is_null() | pl.col(chosen).is_nan()
    complete = joined.with_columns(
        pl.lit(None, pl.Int64).alias("n_fields"),
        pl.when(missing).then(pl.lit("failed")).otherwise(pl.lit("ok")).alias("status"),
        pl.when(missing).then(pl.lit(f"no value of {chosen}")).alias("reason"),
    )
    tables = analyse_wells(complete, readouts, settings)
    record = {"wells": wells.name, "layout": layout.name if layout else None, "efficacy": chosen, "viability": safe}
    results = Path(out) if out else wells.with_name(f"{wells.stem}_results")
    page = write_results(
        tables, results, name=wells.stem, readouts=readouts,
        settings=record,
        messages=tables.messages,
    )  # fmt: skip
    understood = [*plan.understood, f"efficacy: {chosen}", f"viability: {safe or 'not measured'}"]
    return AnalysedTable(tables, page, understood)


def _read_wells(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path, glob=False) if path.suffix.lower() == ".parquet" else _read_text(path)
    except FileNotFoundError as error:
        problem = "there is no such table"
        raise InputError(problem, where=str(path)) from error
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = f"the table cannot be read: {error}"
        raise InputError(problem, where=str(path), remedy="Give a CSV or Parquet file with one row per well") from error
    names = {name.lower(): name for name in table.columns}
    if "well" not in names:
        problem = f"the table has no column 'well'; it has {', '.join(table.columns[:12])}"
        raise InputError(problem, where=str(path), remedy="Name the column of wells 'well', with names such as A01")
    table = table.rename({names["well"]: "well"} | ({names["plate"]: "plate"} if "plate" in names else {}))
    if "plate" not in table.columns:
        table = table.with_columns(pl.lit("plate 1").alias("plate"))
    parsed = [parse_well(str(well)) for well in table["well"]]
    table = table.with_columns(pl.Series("well", parsed, dtype=pl.String), pl.col("plate").cast(pl.String))
    twice = table.group_by("plate", "well", maintain_order=True).len().filter(pl.col("len") > 1)
    if twice.height:
        problem = f"well {twice['well'][0]} of plate {twice['plate'][0]} has {twice['len'][0]} rows"
        raise InputError(problem, where=str(path), remedy="Give one row per well, and plates a column 'plate'")
    return table


def _read_text(path: Path) -> pl.DataFrame:
    first = path.read_text(encoding="utf-8-sig", errors="replace").split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    return pl.read_csv(
        path, glob=False, separator=separator, null_values=["", "NA", "NaN", "nan", "n/a", "-"],
        infer_schema_length=None, decimal_comma=separator == ";",
    )  # fmt: skip


def _readout_names(table: pl.DataFrame, *, has_layout: bool) -> list[str]:
    numbers = [name for name, kind in table.schema.items() if kind.is_numeric()]
    known = {"row", "column", "col", "field", "replicate", "n_fields"}
    if not has_layout:
        known |= {"concentration", "conc", "dose", "concentration_molar"}
    names = [name for name in numbers if name.lower() not in known]
    if not names:
        problem = f"the table has no column of numbers to read; it has {', '.join(table.columns[:12])}"
        raise InputError(problem)
    return names


def _choose_readouts(names: list[str], efficacy: str | None, viability: str | None) -> tuple[str, str | None]:
    for name in (efficacy, viability):
        if name is not None and name not in names:
            problem = f"there is no readout {name!r}; there are {', '.join(names)}"
            raise SettingsError(problem)
    chosen = efficacy or next((name for name in names if name not in (CELL_COUNT, viability)), names[0])
    safe = viability or (CELL_COUNT if CELL_COUNT in names and chosen != CELL_COUNT else None)
    return chosen, safe


def _law(table: pl.DataFrame, name: str) -> Literal["fraction", "count", "amount"]:
    """Say how a readout varies between equal wells: what lies between 0 and 1 is taken for a share of cells."""
    if name == CELL_COUNT:
        return "count"
    values = table[name].drop_nulls().drop_nans()
    return "fraction" if values.len() and bool(values.is_between(0, 1).all()) else "amount"

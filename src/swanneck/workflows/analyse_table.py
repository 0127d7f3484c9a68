"""The same analysis from a table of wells, without images: plate readers, other image software, published screens."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import polars as pl

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.tables import LAYOUT, check_table
from swanneck.screening.assays import CELL_COUNT, Readout
from swanneck.screening.decisions import mask_wells
from swanneck.screening.layout_linter import check_findings, lint_layout
from swanneck.screening.layouts import Layout, read_layout
from swanneck.screening.linked_plates import link_layout
from swanneck.screening.readout_tables import read_readouts
from swanneck.workflows.analyse_wells import ScreenTables, analyse_wells
from swanneck.workflows.apply_extras import add_readouts, finish_hits, read_extras
from swanneck.workflows.campaign import AnalysisSettings
from swanneck.workflows.extra_files import ExtraFiles
from swanneck.workflows.write_results import write_results

__all__ = ["AnalysedTable", "analyse_table"]


@dataclass(frozen=True)
class AnalysedTable:
    """The results, where their page lies, and what was read as what."""

    tables: ScreenTables
    report: Path
    understood: list[str]


def analyse_table(  # noqa: PLR0913 - all that a user may say of a table
    wells: Path,
    *,
    layout: Path | None = None,
    efficacy: str | None = None,
    viability: str | None = None,
    unit: str | None = None,
    out: Path | None = None,
    extras: ExtraFiles | None = None,
    settings: AnalysisSettings | None = None,
) -> AnalysedTable:
    """Analyse a table of wells: one row per well, a column per readout, CSV or Parquet.

    `layout` is the plate map; without it the table itself must have its columns (compound, concentration, role).
    `efficacy` names the readout that hits are called on (default: the first number column that is no other); toxicity
    is read from `viability` (default: `cell_count`, where there is one). Results go to `out`, or to a folder
    `<table>_results` beside the table.

    `extras` are further files: readouts of a plate reader, links of plates, and what a person decided.

    Raises `InputError` where the tables do not fit each other, `SettingsError` for a readout that is not there.
    """
    wells, layout = Path(wells), Path(layout) if layout else None
    files, settings = extras or ExtraFiles(), settings or AnalysisSettings()
    found = read_extras(files)
    own = read_readouts(wells)
    joined_readouts = add_readouts(own.table, found, own.names)
    table, names, added = joined_readouts.table, joined_readouts.names, joined_readouts.names[len(own.names) :]
    plan = _read_plan(wells, layout, unit)
    by_plate = {str(name[0]): group["well"].to_list() for name, group in table.group_by("plate", maintain_order=True)}
    linked = link_layout(plan.for_plates(by_plate), found.links, by_plate)
    plan = replace(plan, table=linked) if "transfer" in linked.columns else plan
    check_findings(lint_layout(plan, image_wells=by_plate if layout else None, needs=["negative_control"]))
    placed = linked.unique(["plate", "well"], keep="first", maintain_order=True)
    chosen, safe = _choose_readouts(names, efficacy, viability or files.viability)
    readouts = [Readout(chosen, chosen.replace("_", " "), "efficacy", law=_law(table, chosen))]
    if safe:
        readouts.append(Readout(safe, safe.replace("_", " "), "viability", law=_law(table, safe)))
    further = [name for name in added if name not in (chosen, safe)]
    readouts += [Readout(name, name.replace("_", " "), "other", law=_law(table, name)) for name in further]
    joined = placed.drop([name for name in names if name in placed.columns]).join(
        table, on=["plate", "well"], how="left"
    )
    if CELL_COUNT not in joined.columns:
        joined = joined.with_columns(pl.lit(None, pl.Float64).alias(CELL_COUNT))
    missing = pl.col(chosen).is_null() | ~pl.col(chosen).is_finite()
    complete = joined.with_columns(
        pl.lit(None, pl.Int64).alias("n_fields"),
        pl.when(missing).then(pl.lit("failed")).otherwise(pl.lit("ok")).alias("status"),
        pl.when(missing).then(pl.lit(f"no value of {chosen}")).alias("reason"),
    )
    if found.decisions is not None:
        complete = mask_wells(complete, found.decisions)
    tables = finish_hits(analyse_wells(complete, readouts, settings, further=further), found)
    record: dict[str, object] = {
        "wells": wells.name,
        "layout": layout.name if layout else None,
        "efficacy": chosen,
        "viability": safe,
    }
    record |= {"extras": _names_of(files), "position": settings.position}
    results = Path(out) if out else wells.with_name(f"{wells.stem}_results")
    page = write_results(tables, results, name=wells.stem, readouts=readouts, settings=record, messages=tables.messages)
    understood = [
        *own.understood,
        *joined_readouts.understood,
        *plan.understood,
        f"efficacy: {chosen}",
        f"viability: {safe or 'not measured'}",
    ]
    return AnalysedTable(tables, page, understood)


def _names_of(files: ExtraFiles) -> dict[str, str]:
    """Name the further files as the report does, without their folders."""
    named = {
        "added": files.added,
        "links": files.links and (files.links,),
        "decisions": files.decisions and (files.decisions,),
    }
    return {name: ", ".join(path.name for path in paths) for name, paths in named.items() if paths}


def _read_plan(wells: Path, layout: Path | None, unit: str | None) -> Layout:
    """Read the plate map: a file of its own, or the columns of the table itself."""
    if layout is None and wells.suffix.lower() == ".parquet":
        return Layout(check_table(pl.read_parquet(wells, glob=False), LAYOUT))
    return read_layout(layout or wells, unit=unit)


def _choose_readouts(names: list[str], efficacy: str | None, viability: str | None) -> tuple[str, str | None]:
    for name in (efficacy, viability):
        if name is not None and name not in names:
            problem = f"there is no readout {name!r}; there are {', '.join(names)}"
            raise SettingsError(problem)
    if efficacy is not None and efficacy == viability:
        problem = f"efficacy and viability are both {efficacy!r}"
        raise SettingsError(problem, remedy="Name two readouts, or leave viability out")
    chosen = efficacy or next((name for name in names if name not in (CELL_COUNT, viability)), names[0])
    safe = viability or (CELL_COUNT if CELL_COUNT in names and chosen != CELL_COUNT else None)
    return chosen, safe


def _law(table: pl.DataFrame, name: str) -> Literal["fraction", "count", "amount"]:
    """Say how a readout varies between equal wells: what lies between 0 and 1 is taken for a share of cells."""
    if name == CELL_COUNT:
        return "count"
    values = table[name].drop_nulls().drop_nans()
    return "fraction" if values.len() and bool(values.is_between(0, 1).all()) else "amount"

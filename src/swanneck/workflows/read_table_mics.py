"""Minimum inhibitory concentrations of a table of dilution series, and resistance by breakpoints."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import polars as pl

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.settings import Settings
from swanneck.screening.growth_tables import GrowthTable, read_growth_table
from swanneck.screening.inhibitory_concentrations import (
    GrowthRule,
    InhibitoryConcentration,
    combine_mics,
    read_mic,
    summarise_growth,
)
from swanneck.screening.number_columns import unit_factor
from swanneck.screening.resistance import (
    Breakpoint,
    ResistanceCall,
    call_resistance,
    read_breakpoints,
    summarise_isolates,
)

__all__ = ["MicColumns", "TableMics", "read_table_mics"]

_NOT_CALLED = "no breakpoint"


class MicColumns(Settings):
    """Which columns hold what.

    - `dose` (0 is the growth control) and `growth`, such as an optical density.
    - `isolate`, `organism`, `drug`: what tells series apart; `replicate`: each value is a series of its own.
    - `time`: the readings are growth curves, one for each `well`, of which `summary` counts as growth.
    - `blank`: what medium alone reads: a number, or `column=value` for the wells that show it.
    - `unit`: of the doses, where the table has no column of units.
    """

    dose: str
    growth: str
    isolate: str | None = None
    organism: str | None = None
    drug: str | None = None
    replicate: str | None = None
    time: str | None = None
    well: str | None = None
    summary: Literal["yield", "area"] = "yield"
    blank: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class TableMics:
    """One row per series with its MIC and call, one per organism and drug with MIC50 and MIC90, and what was read."""

    table: pl.DataFrame
    summary: pl.DataFrame
    refused: dict[str, str]
    understood: list[str]


def read_table_mics(
    path: Path, columns: MicColumns, *, breakpoints: Path | None = None, rule: GrowthRule | None = None
) -> TableMics:
    """Read the MIC of every dilution series of a table, and call resistance where there are breakpoints.

    A series without wells at dose 0 takes those of its isolate (and replicate). Where the table has no column of
    organisms and the breakpoints are of one only, it is taken. A series that cannot be read is refused with its reason.

    Raises `InputError` where the table or the breakpoints cannot be read, or no series can.
    """
    read = _read(Path(path), columns)
    unit = read.units.get(columns.dose, columns.unit)
    understood = [*read.understood, f"doses in {unit}" if unit else "doses without a unit"]
    limits = read_breakpoints(Path(breakpoints)) if breakpoints else {}
    if unit:
        unit_factor(unit)
    only = _only_organism(limits, columns, understood)
    keys = [name for name in (columns.isolate, columns.organism, columns.drug) if name]
    rows, mics, refused = [], [], {}
    for named, replicates in _series(read.table, keys, columns):
        told = " ".join(str(named[name]) for name in keys) or Path(path).name
        try:
            found = combine_mics([read_mic(*one, blank=read.blank, rule=rule) for one in replicates])
        except InputError as error:
            refused[told] = str(error)
            continue
        organism = str(named.get(columns.organism or "", only))
        drug = str(named.get(columns.drug or "", ""))
        call = _call(found, limits, (organism, drug), unit)
        rows.append(
            {"isolate": named.get(columns.isolate or ""), "organism": organism or None, "drug": drug or None}
            | {"mic": found.mic, "relation": found.relation, "unit": unit, "n_replicates": len(replicates)}
            | {"reading": found.reason, "call": call.call, "reason": call.reason}
        )
        mics.append(found)
    if not rows:
        raise InputError(next(iter(refused.values())), where=str(path))
    table = pl.DataFrame(rows, infer_schema_length=None)
    return TableMics(table, _summarise(table, mics), refused, understood)


def _read(path: Path, columns: MicColumns) -> GrowthTable:
    labels = [columns.isolate, columns.organism, columns.drug, columns.replicate, columns.well]
    names = [name for name in labels if name]
    readings = [columns.growth, *([columns.time] if columns.time else [])]
    read = read_growth_table(path, [columns.dose], readings, labels=names, blank=columns.blank)
    lacking = [pl.col(name).is_null() for name in (columns.isolate, columns.organism, columns.drug) if name]
    lost = (pl.col(columns.dose) != 0) & pl.any_horizontal(*lacking, pl.lit(value=False))
    nameless = read.table.select(lost).to_series()
    if nameless.any():
        read.understood.append(f"{nameless.sum()} wells have a dose but do not say of what: they are left out")
    return replace(read, table=read.table.filter(~nameless))


def _only_organism(limits: dict[tuple[str, str], Breakpoint], columns: MicColumns, understood: list[str]) -> str:
    if not limits or columns.organism:
        return ""
    known = sorted({organism for organism, _ in limits})
    if len(known) > 1:
        problem = f"the breakpoints are of {len(known)} organisms, and the table does not say which"
        raise SettingsError(problem, remedy="Name the column with --organism")
    understood.append(f"breakpoints of {known[0]} for all")
    return known[0]


_Series = tuple[dict[str, str | None], list[tuple[pl.Series, pl.Series]]]


def _series(table: pl.DataFrame, keys: list[str], columns: MicColumns) -> Iterator[_Series]:
    """Give each series: what it is called, and doses with growth of each replicate."""
    if columns.time:
        table = _summarise_curves(table, keys, columns)
    shared = [name for name in (columns.isolate, columns.organism, columns.replicate) if name]
    treated = table.filter(pl.col(columns.dose) != 0)
    untreated = table.filter(pl.col(columns.dose) == 0)
    for key, part in treated.group_by(keys, maintain_order=True) if keys else [((), treated)]:
        named = dict(zip(keys, key, strict=True))
        replicates = []
        again = [columns.replicate] if columns.replicate else []
        for value, one in part.group_by(again, maintain_order=True) if again else [((), part)]:
            own = named | dict(zip(again, value, strict=True))
            control = _alike(untreated, {name: own[name] for name in own if name})
            if not control.height:
                control = _alike(untreated, {name: own[name] for name in shared})
            if not control.height:
                control = _alike(untreated, {name: own[name] for name in (columns.isolate, columns.organism) if name})
            whole = pl.concat([control, one])
            replicates.append((whole[columns.dose], whole[columns.growth]))
        yield named, replicates


def _alike(table: pl.DataFrame, named: dict[str | None, str | None]) -> pl.DataFrame:
    chosen = [pl.col(str(name)).eq_missing(value) for name, value in named.items()]
    return table.filter(*chosen) if chosen else table


def _summarise_curves(table: pl.DataFrame, keys: list[str], columns: MicColumns) -> pl.DataFrame:
    """Make one row of each growth curve: the growth is its yield, or the area under it."""
    names = [name for name in dict.fromkeys([*keys, columns.replicate, columns.well, columns.dose]) if name]
    time, rows = str(columns.time), []
    for key, part in table.group_by(names, maintain_order=True):
        curve = part.drop_nulls([columns.growth, time]).sort(time)
        told = ", ".join(f"{name} {value}" for name, value in zip(names, key, strict=True))
        if curve[time].is_duplicated().any():
            problem = "two readings have the same time"
            raise InputError(problem, where=told, remedy="Name the column that tells wells apart with --well")
        try:
            found = summarise_growth(curve[time], curve[columns.growth])
        except InputError as error:
            raise InputError(error.problem, where=told, remedy=error.remedy) from error
        chosen = found["yield_" if columns.summary == "yield" else "area"]
        rows.append(dict(zip(names, key, strict=True)) | {columns.growth: chosen})
    return pl.DataFrame(rows, infer_schema_length=None)


def _call(
    found: InhibitoryConcentration,
    limits: dict[tuple[str, str], Breakpoint],
    named: tuple[str, str],
    unit: str | None,
) -> ResistanceCall:
    if not limits:
        return ResistanceCall(_NOT_CALLED, "no breakpoints were given")
    organism, drug = named
    key = (organism.strip().lower(), drug.strip().lower())
    if key not in limits:
        return ResistanceCall(_NOT_CALLED, f"the table has none of {drug or 'a drug'} for {organism or 'an organism'}")
    return call_resistance(found, limits[key], unit)


def _summarise(table: pl.DataFrame, mics: list[InhibitoryConcentration]) -> pl.DataFrame:
    rows = []
    numbered = table.select("organism", "drug", "call").with_row_index("_place")
    for (organism, drug), part in numbered.group_by(["organism", "drug"], maintain_order=True):
        chosen = [mics[place] for place in part["_place"]]
        rows.append({"organism": organism, "drug": drug} | summarise_isolates(chosen, part["call"].to_list()))
    return pl.DataFrame(rows, infer_schema_length=None)

"""Named columns of numbers from a table of any kind of rows: what is no number is missing and told, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.text_tables import LINE, TextTable, read_text_table
from swanneck.foundation.units import mass_factor, molar_factor
from swanneck.screening.plate_maps.columns import lines_of, map_values
from swanneck.screening.plate_maps.findings import list_some
from swanneck.screening.plate_maps.words import is_missing
from swanneck.screening.readout_tables import parse_number

__all__ = ["NumberColumns", "read_number_columns", "unit_factor"]

_UNIT_COLUMNS = ("unit", "units", "conc_unit", "dose_unit", "concentration_unit")


@dataclass(frozen=True)
class NumberColumns:
    """The columns asked for, `header` with all names that the file has, and how it was read.

    `units` has the unit of each column of doses, where the file names one.
    """

    table: pl.DataFrame
    header: list[str]
    understood: list[str]
    units: dict[str, str]


def read_number_columns(
    path: Path,
    numbers: Sequence[str],
    text: str | Sequence[str] | None = None,
    *,
    needed: Sequence[str] = (),
    doses: Sequence[str] = (),
    may_lack: Sequence[str] = (),
) -> NumberColumns:
    """Read columns of numbers, and of text, from a text table (any usual style) or Parquet file.

    A decimal comma is a decimal point. In a column that is `needed` every row must have a number; in others what is no
    number is missing, and said so, unless nothing is one. A row that lacks a text asked for (a line of totals) is left
    out, and said so, but for texts that `may_lack`; rows that are whole copies of others stay, and are said.

    Columns of `doses` have one unit: a column of units beside them (`unit`, or `<name>_unit`) is read; several units of
    one kind become the first of them.

    Raises `InputError` where the file or a column is not there, or not numbers, or units cannot be converted.
    """
    labels = [text] if isinstance(text, str) else list(text or [])
    wanted = list(dict.fromkeys([*numbers, *labels]))
    source = _read(path, wanted)
    missing = [name for name in wanted if name not in source.table.columns]
    header = [name for name in source.table.columns if name != LINE]
    if missing:
        problem = f"there is no column {missing[0]!r}; there are {list_some([repr(name) for name in header], 20)}"
        raise InputError(problem, where=str(path))
    if not source.table.height:
        problem = "the table has no rows"
        raise InputError(problem, where=str(path))
    understood = list(source.notes)
    source = TextTable(
        _without_unnamed(source.table, [name for name in labels if name not in may_lack], path, understood),
        source.separator,
    )
    plain = [name for name in header if not source.table[name].dtype.is_nested()]
    copies = ~source.table.select(pl.struct(plain).is_first_distinct()).to_series()
    if copies.any():
        place = lines_of(source.table, copies)
        what = "row repeats another whole and counts" if copies.sum() == 1 else "rows repeat others whole and count"
        understood.append(f"{path.name}: {copies.sum()} {what} as replicates: is that so? ({place})")
    columns = {name: source.table[name].cast(pl.String) for name in labels}
    for name in dict.fromkeys(numbers):
        columns[name] = _numbers(source, name, path, needed=name in needed, understood=understood)
    units: dict[str, str] = {}
    for name in dict.fromkeys(doses):
        columns[name], unit = _one_unit(columns[name], source.table, path, understood)
        if unit:
            units[name] = unit
    return NumberColumns(pl.DataFrame(columns), header, understood, units)


def _without_unnamed(table: pl.DataFrame, labels: list[str], path: Path, understood: list[str]) -> pl.DataFrame:
    unnamed = table.select(pl.any_horizontal(pl.col(name).is_null() for name in labels)).to_series() if labels else None
    if unnamed is None or not unnamed.any():
        return table
    if unnamed.all():
        empty = next((name for name in labels if table[name].null_count() == table.height), labels[0])
        problem = f"column {empty!r} is empty"
        raise InputError(problem, where=str(path))
    place = lines_of(table, unnamed)
    understood.append(f"{path.name}: {unnamed.sum()} rows without a name are left out ({place})")
    return table.filter(~unnamed)


def unit_factor(unit: str) -> tuple[str, float]:
    """Give the kind of a unit of concentration, and its factor to mol/L or mg/L.

    Raises `InputError` for what is neither molar nor mass per volume.

    >>> unit_factor("nM"), unit_factor("ug/mL")
    (('molar', 1e-09), ('mass per volume', 1.0))
    """
    for kind, read in (("molar", molar_factor), ("mass per volume", mass_factor)):
        try:
            return kind, read(unit)
        except InputError:
            continue
    problem = f"unit {unit!r} is not known"
    raise InputError(problem, remedy="Use a molar unit such as uM, or a mass per volume such as mg/L")


def _one_unit(
    values: pl.Series, table: pl.DataFrame, path: Path, understood: list[str]
) -> tuple[pl.Series, str | None]:
    """Bring doses to one unit: that of the column of units in the first row that has one."""
    named = {name.lower().replace(" ", "_"): name for name in table.columns}
    own = values.name.lower().replace(" ", "_")
    column = next((named[key] for key in (f"{own}_unit", f"{own}_units", *_UNIT_COLUMNS) if key in named), None)
    if column is None or column == values.name or not table[column].dtype == pl.String:
        return values, None
    units = table[column].str.strip_chars()
    treated = values.fill_null(0) != 0
    known = units.filter(treated).drop_nulls().unique(maintain_order=True).to_list()
    if len(known) < 2:  # a unit that stands once, as people write it, is that of all rows
        return values, known[0] if known else None
    if units.filter(treated).null_count():
        problem = f"column {column!r} has no unit in {lines_of(table, treated & units.is_null())}"
        raise InputError(problem, where=str(path), remedy="Give every dose its unit")
    factors = {}
    for unit in known:
        try:
            factors[unit] = unit_factor(unit)
        except InputError as error:
            raise InputError(error.problem, where=f"{path}, column {column!r}", remedy=error.remedy) from error
    if len({kind for kind, _ in factors.values()}) > 1:
        problem = f"column {column!r} mixes molar units with mass per volume: {list_some(known)}"
        raise InputError(problem, where=str(path), remedy="Convert by the molar mass, and give one unit")
    first = factors[known[0]][1]
    ratios = units.replace_strict(
        list(factors), [factor / first for _, factor in factors.values()], default=1.0, return_dtype=pl.Float64
    )
    understood.append(f"column {values.name!r} is in several units ({list_some(known)}): converted to {known[0]}")
    converted = (values * ratios).round_sig_figs(12)
    return converted.alias(values.name), known[0]


def _read(path: Path, wanted: list[str]) -> TextTable:
    if path.suffix.lower() != ".parquet":
        return read_text_table(path, lambda cells: set(wanted) <= {cell.strip() for cell in cells})
    try:
        table = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = f"the table cannot be read: {str(error).splitlines()[0]}"
        raise InputError(problem, where=str(path)) from error
    return TextTable(table.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE)), "")


def _numbers(source: TextTable, name: str, path: Path, *, needed: bool, understood: list[str]) -> pl.Series:
    column = source.table[name]
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64).fill_nan(None)
        there = column.is_not_null()
    else:
        texts = column.cast(pl.String)
        numbers = map_values(texts, parse_number, pl.Float64)
        there = texts.is_not_null() & ~map_values(texts, is_missing, pl.Boolean).fill_null(True)
    strange = there & numbers.is_null()
    shown = list_some([repr(value) for value in column.filter(strange).unique(maintain_order=True)])
    if not numbers.count():
        problem = f"column {name!r} has no numbers" + (f", but {shown}" if shown else "")
        raise InputError(problem, where=str(path))
    if needed and numbers.null_count():
        what = f"is {shown}" if strange.any() else "is missing"
        problem = f"column {name!r} {what} in {lines_of(source.table, numbers.is_null())}"
        raise InputError(problem, where=str(path), remedy="Give a plain number, in one unit, in every row")
    if strange.any():
        understood.append(f"column {name!r}: {strange.sum()} values are no numbers and count as missing: {shown}")
    return numbers

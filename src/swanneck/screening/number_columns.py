"""Named columns of numbers from a table of any kind of rows: what is no number is missing and told, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.screening.plate_maps.columns import lines_of, map_values
from swanneck.screening.plate_maps.files import LINE, TextTable, read_text_table
from swanneck.screening.plate_maps.findings import list_some
from swanneck.screening.plate_maps.words import is_missing
from swanneck.screening.readout_tables import parse_number

__all__ = ["NumberColumns", "read_number_columns"]


@dataclass(frozen=True)
class NumberColumns:
    """The columns asked for, `header` with all names that the file has, and how it was read."""

    table: pl.DataFrame
    header: list[str]
    understood: list[str]


def read_number_columns(
    path: Path, numbers: Sequence[str], text: str | Sequence[str] | None = None, *, needed: Sequence[str] = ()
) -> NumberColumns:
    """Read columns of numbers, and of text, from a text table (any usual style) or Parquet file.

    A decimal comma is a decimal point. In a column that is `needed` every row must have a number; in others what is no
    number is missing, and said so, unless nothing is one.

    Raises `InputError` where the file or a column is not there, or not numbers.
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
    columns = {name: source.table[name].cast(pl.String) for name in labels}
    for name in dict.fromkeys(numbers):
        columns[name] = _numbers(source, name, path, needed=name in needed, understood=understood)
    return NumberColumns(pl.DataFrame(columns), header, understood)


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

"""Tables of readouts that other programs made: one row per well, a column of numbers per readout.

Text in any of the styles that plate maps have, or Parquet. What is no number where others are is missing, and said so.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.text_tables import LINE, read_text_table
from swanneck.foundation.wells import parse_well
from swanneck.screening.plate_maps.columns import assign_columns, is_header, lines_of, map_values, read_wells
from swanneck.screening.plate_maps.findings import list_some
from swanneck.screening.plate_maps.words import is_missing

__all__ = ["ReadoutTable", "parse_number", "read_readouts"]

_PLATE_OF_ALL = "plate 1"
_NO_READOUT = ("row", "column", "concentration", "unit", "compound", "replicate", "batch", "cell_line", "control_name")
_COUNTED = {"n_fields", "field", LINE}


@dataclass(frozen=True)
class ReadoutTable:
    """The columns `plate`, `well` and one of numbers per readout (`names`), and how they were read."""

    table: pl.DataFrame
    names: list[str]
    understood: list[str]


def read_readouts(path: Path) -> ReadoutTable:
    """Read a table of wells: text (comma, semicolon or tab; decimal point or comma) or Parquet.

    A column is a readout where at least half of its values are numbers and it is none that plate maps have. Without a
    column of plates all wells are of one plate. Rows without a well (a line of means below the table) are left out.

    Raises `InputError` where the file cannot be read, has no wells or no numbers, or a well twice.
    """
    table, understood = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_text(path)
    names = [name for name in table.columns if name not in ("plate", "well")]
    if not names:
        problem = "the table has no column of numbers"
        raise InputError(problem, where=str(path), remedy="Give one column of numbers per readout")
    twice = table.group_by("plate", "well", maintain_order=True).len().filter(pl.col("len") > 1)
    if twice.height:
        problem = f"well {twice['well'][0]} of {twice['plate'][0]} has {twice['len'][0]} rows"
        raise InputError(problem, where=str(path), remedy="Give one row per well, and plates a column 'plate'")
    return ReadoutTable(table, names, [*understood, f"{path.name}: readouts {list_some(names, 12)}"])


def _read_parquet(path: Path) -> tuple[pl.DataFrame, list[str]]:
    try:
        table = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = f"the table cannot be read: {str(error).splitlines()[0]}"
        raise InputError(problem, where=str(path), remedy="Give a CSV or Parquet file with one row per well") from error
    if "well" not in table.columns:
        problem = f"the table has no column 'well'; it has {list_some(table.columns, 12)}"
        raise InputError(problem, where=str(path))
    numbers = [name for name in _candidates(table.columns) if table.schema[name].is_numeric()]
    plate = pl.col("plate").cast(pl.String) if "plate" in table.columns else pl.lit(_PLATE_OF_ALL)
    wells = map_values(table["well"].cast(pl.String), parse_well, pl.String)
    chosen = table.select(plate.alias("plate"), wells.alias("well"), pl.col(numbers).cast(pl.Float64))
    return chosen.filter(pl.col("well").is_not_null()), []


def _read_text(path: Path) -> tuple[pl.DataFrame, list[str]]:
    text = read_text_table(path, is_header)
    columns = assign_columns(text.table.columns[1:])
    wells, used, _ = read_wells(text.table, columns, str(path))
    understood = list(text.notes)
    if wells.null_count():
        place = lines_of(text.table, wells.is_null())
        understood.append(f"{path.name}: {wells.null_count()} rows without a well are left out ({place})")
    plate_column = columns.first("plate")
    plates = text.table[plate_column] if plate_column else pl.Series([_PLATE_OF_ALL] * text.table.height)
    values = {"plate": plates.cast(pl.String), "well": wells}
    for name in _candidates(text.table.columns):
        if name not in (plate_column, *used) and (numbers := _numbers(text.table[name], understood)) is not None:
            values[name] = numbers
    return pl.DataFrame(values).filter(pl.col("well").is_not_null()), understood


def _candidates(names: list[str]) -> list[str]:
    columns = assign_columns(names)
    taken = {name for part in (*_NO_READOUT, "well", "plate") for name in columns.of.get(part, [])}
    return [name for name in names if name not in taken | _COUNTED]


def _numbers(texts: pl.Series, understood: list[str]) -> pl.Series | None:
    """Give a column as numbers, or None where fewer than half of what stands there are numbers."""
    numbers = map_values(texts, parse_number, pl.Float64)
    there = texts.is_not_null() & ~map_values(texts, is_missing, pl.Boolean).fill_null(True)
    if not numbers.count() or 2 * numbers.count() < there.sum():
        return None
    if (strange := texts.filter(there & numbers.is_null())).len():
        named = list_some([repr(text) for text in strange.unique(maintain_order=True)])
        understood.append(f"column {texts.name!r}: {strange.len()} values are no numbers and count as missing: {named}")
    return numbers


def parse_number(text: str) -> float | None:
    """Read a number with a decimal point or comma; None where a text is none, or infinite.

    >>> parse_number("0,5"), parse_number("1e-6"), parse_number("12.03.2024")
    (0.5, 1e-06, None)
    """
    if re.fullmatch(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", text):
        text = text.replace(",", ".")  # thousands would have three digits behind, and another separator before
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None

"""Tables of growth in wells with antibiotics: doses, growth, and what medium alone reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.screening.number_columns import read_number_columns
from swanneck.screening.readout_tables import parse_number

__all__ = ["GrowthTable", "read_growth_table"]


@dataclass(frozen=True)
class GrowthTable:
    """Wells with cells: doses, growth and labels as asked; the blank; the unit of each dose; how the file was read."""

    table: pl.DataFrame
    blank: float
    units: dict[str, str]
    understood: list[str]


def read_growth_table(
    path: Path, doses: Sequence[str], growth: Sequence[str], *, labels: Sequence[str] = (), blank: str | None = None
) -> GrowthTable:
    """Read doses, columns of growth (the first is blanked) and labels; wells of medium alone are taken out.

    `blank` is a number, or `column=value` for the wells without cells, of which the mean is taken. Labels may be
    missing, as in wells without drug.

    Raises `InputError` where a column cannot be read, a dose is missing or negative, or no well is blank.
    """
    column, _, value = (blank or "").partition("=")
    level = parse_number(column.strip()) if blank else 0.0
    if level is None and not value.strip():
        problem = f"--blank is a number or column=value, got {blank!r}"
        raise SettingsError(problem)
    # Wells without drug, or without cells, need not name a drug or an isolate.
    names = [*labels, *([column] if level is None else [])]
    read = read_number_columns(
        path, [*doses, *growth], names, needed=() if level is None else doses, doses=doses, may_lack=names
    )
    table, understood = read.table, list(read.understood)
    if level is None:
        chosen = (pl.col(column) == value.strip()).fill_null(value=False)
        known = table.filter(chosen)[growth[0]].drop_nulls()
        if not known.len():
            problem = f"no well has {value.strip()!r} in column {column!r}"
            raise InputError(problem, where=str(path))
        level, table = float(known.to_numpy().mean()), table.filter(~chosen)
        understood.append(f"blank: {level:.4g}, mean of {known.len()} wells")
    for dose in doses:
        wrong = table.filter(pl.col(dose).is_null() | (pl.col(dose) < 0)).height
        if wrong:
            problem = f"column {dose!r} is negative or missing in {wrong} rows"
            raise InputError(problem, where=str(path), remedy="Give the dose of every well that has cells, 0 for none")
    return GrowthTable(table, level, read.units, understood)

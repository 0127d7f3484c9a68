"""Which column of a map plays which part, and the well and plate of each line."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.errors import InputError, LayoutError
from swanneck.foundation.text_tables import LINE
from swanneck.foundation.wells import parse_well, plate_wells
from swanneck.screening.plate_maps.findings import Finding, list_some
from swanneck.screening.plate_maps.words import COLUMN_NAMES, MASS_UNIT, name_and_unit

__all__ = ["MapColumns", "assign_columns", "is_header", "lines_of", "map_values", "read_wells"]

_NUMBERED_PLATES = (96, 384, 1536)
_USUAL_WELL = re.compile(r"\s*[A-Za-z]{1,2}\s*[-_]?\s*\d{1,2}\s*")


@dataclass(frozen=True)
class MapColumns:
    """The file's columns for each part (`well`, `compound`, `role` ...), the surest first, and their units."""

    of: dict[str, list[str]]
    units: dict[str, str]

    def first(self, part: str) -> str | None:
        """Name the surest column for a part, None where there is none."""
        return next(iter(self.of.get(part, [])), None)


def is_header(cells: list[str]) -> bool:
    """Say whether a line names a column of wells, or columns of rows and columns.

    >>> is_header(["Plate map", "2024"]), is_header(["Metadata_Well", "drug"]), is_header(["Row", "Col", "dose"])
    (False, True, True)
    """
    keys = {name_and_unit(cell)[0] for cell in cells}
    return bool(keys & set(COLUMN_NAMES["well"])) or all(keys & set(COLUMN_NAMES[part]) for part in ("row", "column"))


def assign_columns(names: list[str]) -> MapColumns:
    """Find the columns for each part of a layout by their names.

    >>> columns = assign_columns(["Well", "Conc (nM)", "mg_per_ml", "drug", "notes"])
    >>> columns.first("concentration"), columns.units["Conc (nM)"], columns.first("compound"), columns.first("role")
    ('Conc (nM)', 'nM', 'drug', None)
    """
    keys = {name: name_and_unit(name) for name in names}
    of: dict[str, list[str]] = {}
    for part, synonyms in COLUMN_NAMES.items():
        ranks = {name: synonyms.index(key) for name, (key, _) in keys.items() if key in synonyms}
        of[part] = sorted(ranks, key=lambda name: ranks[name])
    # A column with a unit in its name holds concentrations, be it called `uM`, `[drug] nM` or `top conc (µM)`.
    measured = [name for name, (key, unit) in keys.items() if unit and _may_be_measured(key)]
    of["compound"] = [name for name in of["compound"] if name not in measured]
    of["concentration"] += [name for name in measured if name not in of["concentration"]]
    of["concentration"].sort(key=lambda name: keys[name][1] == MASS_UNIT)
    return MapColumns(of, {name: unit for name, (_, unit) in keys.items() if unit})


def _may_be_measured(key: str) -> bool:
    return not key or key in COLUMN_NAMES["compound"] or "conc" in key or "dose" in key


def map_values(column: pl.Series, function: Callable[[str], object], kind: type[pl.DataType]) -> pl.Series:
    """Apply a function of a text to a column, once per distinct text; null stays null.

    >>> map_values(pl.Series(["a", None, "a"]), str.upper, pl.String).to_list()
    ['A', None, 'A']
    """
    texts = column.drop_nulls().unique().to_list()
    if not texts:
        return pl.Series(column.name, [None] * len(column), dtype=kind)
    return column.replace_strict(texts, [function(text) for text in texts], default=None, return_dtype=kind)


def lines_of(table: pl.DataFrame, chosen: pl.Series) -> str:
    """Say which lines of the file the chosen rows are.

    >>> lines_of(pl.DataFrame({LINE: [2, 3, 5]}), pl.Series([True, False, True]))
    'lines 2, 5'
    """
    lines = table.filter(chosen)[LINE].to_list()
    return f"line{'s' if len(lines) > 1 else ''} {list_some(lines)}"


def read_wells(table: pl.DataFrame, columns: MapColumns, where: str) -> tuple[pl.Series, list[str], list[Finding]]:
    """Give the well of each row (null where it cannot be read), the columns they were read from, and findings.

    Raises `LayoutError` where no column can hold wells.
    """
    texts, used = _well_texts(table, columns, where)
    wells = map_values(texts, _parsed, pl.String)
    findings = []
    numbered = _number_wells(texts) if not wells.count() else None
    if numbered is not None:
        wells, size = numbered
        message = f"wells are numbers: read row by row, on plates of {size} wells"
        findings.append(Finding("numbered_wells", "note", message, where, "If they count down the columns, name them"))
    unread = wells.is_null() & texts.is_not_null()
    if unread.any():
        names = list_some(repr(text) for text in texts.filter(unread).unique(maintain_order=True))
        message = f"{unread.sum()} rows name no well: {names}"
        place = f"{where}, {lines_of(table, unread)}"
        findings.append(Finding("unknown_well", "error", message, place, "Write wells like A01, a1 or r01c01"))
    if texts.null_count():
        message = f"{texts.null_count()} rows have no well"
        place = f"{where}, {lines_of(table, texts.is_null())}"
        findings.append(Finding("missing_well", "error", message, place, "Give the well, or remove the row"))
    return wells, used, findings


def _number_wells(texts: pl.Series) -> tuple[pl.Series, int] | None:
    """Name wells that are counted from 1 to the last of a standard plate, row by row; None where they are not.

    Numbers that stop elsewhere do not tell which plate, and in which direction, they count.
    """
    if not texts.count() or not texts.drop_nulls().str.contains(r"^[1-9]\d{0,3}$").all():
        return None
    last = max(int(text) for text in texts.drop_nulls().unique())
    if last not in _NUMBERED_PLATES:
        return None
    names = plate_wells(last)
    return map_values(texts, lambda text: names[int(text) - 1], pl.String), last


def _parsed(text: str) -> str | None:
    try:
        return parse_well(text)
    except InputError:
        return None


def _well_texts(table: pl.DataFrame, columns: MapColumns, where: str) -> tuple[pl.Series, list[str]]:
    candidates = columns.of["well"]
    for name in candidates:
        filled = table[name].drop_nulls()
        if len(filled) and 2 * map_values(filled, _parsed, pl.String).count() >= len(filled):
            return table[name], [name]
    row, column = columns.first("row"), columns.first("column")
    if row and column:
        return _from_row_and_column(table[row], table[column]), [row, column]
    if candidates:
        return table[candidates[0]], candidates[:1]
    for name in table.columns[1:]:
        filled = table[name].drop_nulls()
        if len(filled) and filled.str.contains(f"^{_USUAL_WELL.pattern}$").all():
            return table[name], [name]
    problem = f"no column of wells among: {list_some(table.columns[1:], 12) or 'nothing'}"
    remedy = "Name one column 'well' (A01, A02 ...), or two columns 'row' and 'column'"
    raise LayoutError(problem, where=where, remedy=remedy)


def _from_row_and_column(rows: pl.Series, columns: pl.Series) -> pl.Series:
    row, column = (series.str.replace(r"\.0+$", "") for series in (rows, columns))
    text = pl.DataFrame({"row": row, "column": column}).select(
        pl.when(pl.col("row").str.contains(r"^\d+$"))
        .then(pl.format("r{}c{}", "row", "column"))
        .otherwise(pl.format("{}{}", "row", "column"))
    )
    return text.to_series()

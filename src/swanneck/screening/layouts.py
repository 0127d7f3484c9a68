"""Plate maps: from a file in anybody's style to the layout table, with an account of what was read as what.

A layout file has one line per well. Columns may have any of the usual names (`plate_maps.words.COLUMN_NAMES`), roles
any of the usual words; the user's own words go into `roles`. Trouble with single lines does not stop the reading:
it is kept in `Layout.findings`, so that `layout_linter` can show all of it at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import LayoutError
from swanneck.foundation.tables import LAYOUT, check_table
from swanneck.foundation.text_tables import read_text_table
from swanneck.screening.plate_maps.columns import (
    MapColumns,
    assign_columns,
    is_header,
    lines_of,
    map_values,
    read_wells,
)
from swanneck.screening.plate_maps.doses import read_doses
from swanneck.screening.plate_maps.findings import Finding, list_some
from swanneck.screening.plate_maps.roles import read_roles
from swanneck.screening.plate_maps.words import PERHAPS_ROLE, is_missing, name_and_unit

__all__ = ["Layout", "read_layout"]

_OPTIONAL = ("control_name", "replicate", "batch", "cell_line")


@dataclass(frozen=True)
class Layout:
    """What each well holds, and how that was read.

    `table` fulfils the LAYOUT contract, with `control_name`, `replicate`, `batch` and `cell_line` where the file
    has them and its further columns as text. A null `plate` means every plate of the campaign. `understood`
    tells people what was read as what; `findings` are the lines that could not be read.
    """

    table: pl.DataFrame
    understood: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def for_plates(self, names: Iterable[str]) -> pl.DataFrame:
        """Give the layout of these plates, in their order: rows for every plate are repeated for each of them.

        Names are compared without regard to case and surrounding space. Plates that the map does not know have
        no rows; a map of one plate serves a single plate of another name (the linter says so). Raises
        `LayoutError` where the map has plates of its own and knows none of these.

        >>> layout = Layout(pl.DataFrame({"plate": [None], "well": ["A01"], "role": ["sample"]}))
        >>> layout.for_plates(["P1", "P2"]).rows()
        [('P1', 'A01', 'sample'), ('P2', 'A01', 'sample')]
        """
        wanted = list(dict.fromkeys(names))
        table = self.table.with_columns(pl.col("plate").cast(pl.String))
        order = pl.DataFrame({"plate": wanted, "key": [_plate_key(name) for name in wanted]})
        own = table.filter(pl.col("plate").is_not_null())
        if len(wanted) == own["plate"].n_unique() == 1:
            own = own.with_columns(plate=pl.lit(wanted[0]))
        for_all = table.filter(pl.col("plate").is_null()).drop("plate").join(order.select("plate"), how="cross")
        keyed = own.with_columns(key=map_values(own["plate"], _plate_key, pl.String)).drop("plate")
        rows = pl.concat([keyed.join(order, on="key").drop("key"), for_all], how="diagonal_relaxed")
        if own.height and not rows.height:
            known = own["plate"].unique(maintain_order=True)
            problem = f"the map is for plates {list_some(known)}, the images are of plates {list_some(wanted)}"
            remedy = "Name the plates alike, or remove the column of plates from a map that is for all of them"
            raise LayoutError(problem, remedy=remedy)
        return (
            order.select("plate").join(rows, on="plate", how="inner", maintain_order="left_right").select(table.columns)
        )


def read_layout(
    path: Path, *, plate: str | None = None, unit: str | None = None, roles: Mapping[str, str] | None = None
) -> Layout:
    """Read a plate map from a text file: CSV, TSV, semicolons, any usual names of columns, roles and units.

    `plate` says for which plate the map is: of a map for several plates it takes that one, any other map is
    taken to be of that plate. `unit` is the unit of concentrations that have none. `roles` gives words of the
    map, or names of compounds, a role (`{"nocodazole": "positive_control"}`) and goes before all else.

    Raises `LayoutError` where the file is no table of wells, `SettingsError` for a `unit` or role that is none.
    """
    text = read_text_table(path, is_header)
    where = path.name
    columns = assign_columns(text.table.columns[1:])
    _refuse_without_content(text.table, columns, path)
    table, plates, plate_findings = _choose_plate(text.table, columns.first("plate"), plate, path)
    wells, well_columns, well_findings = read_wells(table, columns, where)
    if wells.null_count() == table.height:
        raise LayoutError(well_findings[0].message, where=str(path), remedy=well_findings[0].remedy)
    compound = _texts(table, columns.first("compound"))
    told = read_roles(table, columns, compound, user_roles=roles or {}, where=where)
    doses = read_doses(table, columns, roles=told.role, separator=text.separator, unit=unit, where=where)
    parts = {"plate": plates, "well": wells, "compound": compound, "concentration_molar": doses.molar}
    parts |= {"role": told.role, "control_name": told.control_name}
    sources = {"well": well_columns}
    sources |= {part: [name] for part in ("plate", "compound", *_OPTIONAL) if (name := columns.first(part))}
    parts |= {part: _texts(table, sources[part][0]) for part in _OPTIONAL if part in sources}
    taken = {name for names in sources.values() for name in names} | {*doses.used, *told.used}
    others = [name for name in table.columns[1:] if name not in taken]
    renamed = {name: f"{name} (as given)" for name in others if name in parts}
    result = pl.DataFrame(parts).hstack(table.select(others).rename(renamed)).filter(wells.is_not_null())
    return Layout(
        check_table(result, LAYOUT),
        (*text.notes, *_account(sources, others), *doses.understood, *told.understood),
        (*well_findings, *plate_findings, *told.findings, *doses.findings),
    )


def _refuse_without_content(table: pl.DataFrame, columns: MapColumns, path: Path) -> None:
    if not table.height:
        problem = "the file has column names but no wells"
        raise LayoutError(problem, where=str(path))
    if any(columns.of[part] for part in ("compound", "role", "infection")):
        return
    if any(name_and_unit(name)[0] in PERHAPS_ROLE for name in table.columns):
        return
    problem = f"no column says what the wells hold; there are: {list_some(table.columns[1:], 12)}"
    remedy = "The first line must name the columns: 'compound', or 'role' (sample, negative_control, positive_control)"
    if {"1", "2", "3"} <= set(table.columns):
        remedy = "This looks like a picture of the plate: write one line per well, with columns well, compound ..."
    raise LayoutError(problem, where=str(path), remedy=remedy)


def _choose_plate(
    table: pl.DataFrame, column: str | None, plate: str | None, path: Path
) -> tuple[pl.DataFrame, pl.Series, list[Finding]]:
    plates = _texts(table, column)
    known = plates.drop_nulls().unique(maintain_order=True).to_list()
    if not known:
        return table, plates.fill_null(plate) if plate else plates, []
    if plate is None:
        return table, plates, _without_plate(table, plates, path)
    matches = [name for name in known if _plate_key(name) == _plate_key(plate)]
    if not matches and len(known) > 1:
        problem = f"the map has no plate {plate!r}, only {list_some(known)}"
        raise LayoutError(problem, where=str(path))
    chosen = table.filter(plates.is_in(matches or known))
    message = f"the map is named for plate {known[0]!r} and is used for plate {plate!r}"
    renamed = [] if matches else [Finding("other_plate_name", "warning", message, path.name)]
    return chosen, pl.Series([plate] * chosen.height, dtype=pl.String), renamed


def _without_plate(table: pl.DataFrame, plates: pl.Series, path: Path) -> list[Finding]:
    if not plates.null_count():
        return []
    message = f"{plates.null_count()} rows have no plate, others have: they count for every plate"
    place = f"{path.name}, {lines_of(table, plates.is_null())}"
    return [Finding("missing_plate", "error", message, place, "Give the plate in every row, or in none")]


def _texts(table: pl.DataFrame, column: str | None) -> pl.Series:
    if column is None:
        return pl.Series([None] * table.height, dtype=pl.String)
    return map_values(table[column], lambda text: None if is_missing(text) else text, pl.String)


def _plate_key(name: str) -> str:
    return name.strip().casefold()


def _account(sources: dict[str, list[str]], others: list[str]) -> list[str]:
    told = [
        f"column{'s' * (len(names) > 1)} {' and '.join(map(repr, names))} read as {part.replace('_', ' ')}"
        for part, names in sources.items()
    ]
    if "plate" not in sources:
        told.append("no column of plates: the map is for every plate")
    return [*told, f"columns kept as they are: {list_some(others, 12)}"] if others else told

"""Twelve defects as they happen to plate maps, each injected into a good map in the style of the Broad Institute, and
into its real ones: each is found, and the map without it has no error."""

from collections.abc import Callable
from pathlib import Path

import pytest

from swanneck.foundation.wells import plate_wells
from swanneck.screening.layout_linter import lint_layout
from swanneck.screening.layouts import read_layout

HEADER = ["plate_map_name", "well_position", "broad_sample", "mg_per_ml", "mmoles_per_liter", "solvent"]
WELL, COMPOUND, DOSE = 1, 2, 4
LINCS = "compounds/platemaps_lincs/metadata/platemaps/2016_04_01_a549_48hr_batch1/platemap/C-7161-01-LM6-001.txt"

Rows = list[list[str]]


def good_map() -> Rows:
    """56 compounds in six doses on a 384-well plate, 48 wells of DMSO."""
    wells = plate_wells(384)
    doses = ["10", "3.3333", "1.1111", "0.37037", "0.12346", "0.041152"]
    samples = [[f"BRD-K{place // 6:08d}-001-01-1", dose] for place, dose in enumerate(doses * 56)]
    content = [["DMSO", ""]] * 48 + samples
    return [["C-1", well, compound, "", dose, "DMSO"] for well, (compound, dose) in zip(wells, content, strict=True)]


def real_map(path: Path) -> Rows:
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [line.split("\t") for line in lines[1:]]


def treated(rows: Rows) -> int:
    """The first row with a compound and a dose; its neighbours are treated too."""
    return next(n for n, row in enumerate(rows) if row[COMPOUND].startswith("BRD") and row[DOSE])


def put(column: int, value: str | Callable[[str], str]) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        row = rows[treated(rows)]
        row[column] = value(row[column]) if callable(value) else value
        return rows

    return change


def well_twice(rows: Rows) -> Rows:
    first = treated(rows)
    rows[first + 1][WELL] = rows[first][WELL]
    return rows


def slipped_unit(rows: Rows) -> Rows:
    name = rows[treated(rows)][COMPOUND]
    for row in rows:
        if row[COMPOUND] == name:
            row[DOSE] = str(float(row[DOSE]) * 1000)
    return rows


def other_case(rows: Rows) -> Rows:
    first = treated(rows)
    rows[first][COMPOUND] = rows[first][COMPOUND].lower() + " "
    return rows


def lost_controls(rows: Rows) -> Rows:
    return [row for row in rows if row[COMPOUND].startswith("BRD")]


DEFECTS: dict[str, tuple[Callable[[Rows], Rows], set[str]]] = {
    "a well that stands in the map twice": (well_twice, {"well_twice"}),
    "a well outside the plate": (put(WELL, "AH60"), {"outside_plate"}),
    "a well that is none": (put(WELL, "A1.5"), {"unknown_well"}),
    "a sample without a dose": (put(DOSE, ""), {"missing_concentration"}),
    "a dose that is a logarithm": (put(DOSE, "-5.3"), {"negative_concentration"}),
    "a dose beyond belief": (put(DOSE, "5e6"), {"impossible_concentration"}),
    "a unit that slipped by 1000": (slipped_unit, {"unit_slip", "impossible_concentration"}),
    "a sample without a name": (put(COMPOUND, ""), {"nameless_sample", "empty_with_compound", "empty_with_value",
                                                    "dose_without_compound"}),
    "names that differ in case": (other_case, {"similar_names"}),
    "a name that a spreadsheet broke": (put(COMPOUND, "#NAME?"), {"spreadsheet_text"}),
    "a date in place of a dose": (put(DOSE, "03.Oct"), {"unit_conflict", "unreadable_concentration"}),
    "controls that are lost": (lost_controls, {"no_negative_control"}),
}  # fmt: skip


def found(rows: Rows, tmp_path: Path) -> set[str]:
    path = tmp_path / "map.txt"
    path.write_text("\n".join("\t".join(row) for row in [HEADER, *rows]) + "\n", encoding="utf-8")
    findings = lint_layout(read_layout(path), needs=["negative_control"])
    return {finding.code for finding in findings} | {f"{finding.level}s" for finding in findings}


def test_the_map_itself_has_no_error(tmp_path):
    assert "errors" not in found(good_map(), tmp_path)


def test_there_are_twelve():
    assert len(DEFECTS) == 12


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_found(defect, tmp_path):
    inject, codes = DEFECTS[defect]
    assert found(inject(good_map()), tmp_path) & codes


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_found_in_a_real_map(defect, tmp_path, shared_data):
    inject, codes = DEFECTS[defect]
    before = found(real_map(shared_data / LINCS), tmp_path)
    assert "errors" not in before
    assert (found(inject(real_map(shared_data / LINCS)), tmp_path) - before) & codes

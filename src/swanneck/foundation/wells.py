"""Names of wells: `A01` to `P24` on a 384-well plate, `AF48` on a 1536-well plate.

Rows are letters (A to Z, then AA, AB ...), columns two digits, as in SBS/ANSI SLAS 4-2004. Inside swanneck a
well always has this one spelling; people and microscopes have many.
"""

import re

from swanneck.foundation.errors import InputError, SettingsError

__all__ = ["PLATE_FORMATS", "is_edge_well", "parse_well", "plate_shape", "plate_wells", "well_name", "well_position"]

PLATE_FORMATS: dict[int, tuple[int, int]] = {
    6: (2, 3), 12: (3, 4), 24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24), 1536: (32, 48),
}  # fmt: skip
"""Rows and columns of the standard plates, by their number of wells."""

_LETTERS = re.compile(r"\s*([A-Za-z]{1,2})\s*[-_]?\s*0*(\d{1,2})\s*")
_ROW_COLUMN = re.compile(r"\s*[rR]0*(\d{1,2})[\s_-]*[cC]0*(\d{1,2})\s*")
_SIX_DIGITS = re.compile(r"\s*(\d{3})(\d{3})\s*")


def well_name(row: int, column: int) -> str:
    """Name the well at a zero-based row and column.

    >>> well_name(0, 0), well_name(15, 23), well_name(31, 47)
    ('A01', 'P24', 'AF48')
    """
    if not (0 <= row < 52 and 0 <= column < 99):
        problem = f"a well needs a row of 0 to 51 and a column of 0 to 98, got row {row}, column {column}"
        raise SettingsError(problem)
    first = chr(ord("A") + row // 26 - 1) if row >= 26 else ""
    return f"{first}{chr(ord('A') + row % 26)}{column + 1:02d}"


def well_position(well: str) -> tuple[int, int]:
    """Give the zero-based row and column of a well, in any spelling that `parse_well` accepts.

    >>> well_position("B03")
    (1, 2)
    """
    if match := _ROW_COLUMN.fullmatch(well) or _SIX_DIGITS.fullmatch(well):
        row, column = int(match[1]) - 1, int(match[2]) - 1
    elif match := _LETTERS.fullmatch(well):
        row = 0
        for letter in match[1].upper():
            row = row * 26 + ord(letter) - ord("A") + 1
        row, column = row - 1, int(match[2]) - 1
    else:
        row, column = -1, -1
    if not (0 <= row < 52 and 0 <= column < 99):
        problem = f"{well!r} is not the name of a well"
        raise InputError(problem, remedy="Write wells like A01, a1, r01c01 or 001001")
    return row, column


def parse_well(text: str) -> str:
    """Read a well in any usual spelling and give its one name.

    Accepts `A1`, `a01`, `A-01`, `r01c01` and `001001` (row, column: three digits each).

    Raises `InputError` where the text names no well.

    >>> [parse_well(text) for text in ("a1", "A01", "r02c11", "002011", "af48")]
    ['A01', 'A01', 'B11', 'B11', 'AF48']
    """
    return well_name(*well_position(text))


def plate_shape(wells: list[str]) -> tuple[int, int]:
    """Give rows and columns of the smallest standard plate that has all these wells.

    >>> plate_shape(["A01", "H12"]), plate_shape(["A01", "I03"])
    ((8, 12), (16, 24))
    """
    positions = [well_position(well) for well in wells]
    rows = max((row for row, _ in positions), default=0) + 1
    columns = max((column for _, column in positions), default=0) + 1
    for shape in PLATE_FORMATS.values():
        if rows <= shape[0] and columns <= shape[1]:
            return shape
    return rows, columns


def plate_wells(count: int) -> list[str]:
    """List the wells of a standard plate, row by row.

    >>> plate_wells(6)
    ['A01', 'A02', 'A03', 'B01', 'B02', 'B03']
    """
    if count not in PLATE_FORMATS:
        problem = f"a plate has {', '.join(map(str, PLATE_FORMATS))} wells, got {count}"
        raise SettingsError(problem)
    rows, columns = PLATE_FORMATS[count]
    return [well_name(row, column) for row in range(rows) for column in range(columns)]


def is_edge_well(well: str, shape: tuple[int, int]) -> bool:
    """Say whether a well lies in the outermost row or column of its plate.

    >>> is_edge_well("A05", (8, 12)), is_edge_well("C05", (8, 12))
    (True, False)
    """
    row, column = well_position(well)
    return row in (0, shape[0] - 1) or column in (0, shape[1] - 1)

"""Amplification curves from spreadsheets: blocks of cycles below the names of runs, with what is told above."""

import re
import zipfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError

__all__ = ["AmplificationCurve", "read_spreadsheet"]

_CYCLE = re.compile(r"(?:cycle|cyc)?\s*(\d+)(?:\.0)?", re.IGNORECASE)
_COPIES = re.compile(r"molecul|copies|copy|quantity", re.IGNORECASE)
_LEAST_CYCLES = 10
_LARGEST = 1 << 28


@dataclass(frozen=True)
class AmplificationCurve:
    """One well's fluorescence by cycle. `kind` is std, unkn, ntc, pos, ... or empty; `copies` of a standard."""

    name: str
    sample: str
    target: str
    kind: str
    copies: float | None
    cycles: NDArray[np.float64]
    fluorescence: NDArray[np.float64]
    dye: str = ""


def read_spreadsheet(path: Path) -> list[AmplificationCurve]:
    """Read the blocks of cycles of the first sheet of an .xls or .xlsx file.

    A block is at least ten rows whose first cell counts cycles; the row above names the runs, and rows above that
    tell, to the right until told anew, the copies and what else groups the runs (which becomes the target).

    Raises `InputError` where the optional reader is not installed, or there is no such block.
    """
    try:
        reader = import_module("python_calamine")
    except ImportError as error:
        problem = "spreadsheets need an optional package"
        remedy = "Install it with `pip install swanneck[excel]`, or save the sheet of cycles and wells as CSV"
        raise InputError(problem, where=str(path), remedy=remedy) from error
    _check_size(path)
    try:
        rows = reader.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (reader.CalamineError, OSError) as error:
        problem = f"cannot read {path.name} as a spreadsheet: {error}"
        raise InputError(problem, where=str(path)) from error
    curves: list[AmplificationCurve] = []
    begin = 0
    while begin < len(rows):
        end = begin
        while end < len(rows) and _cycle(rows[end][0]) == end - begin + 1:
            end += 1
        if end - begin >= _LEAST_CYCLES:
            curves += _block(rows, begin, end)
        begin = max(end, begin + 1)
    return curves


def _check_size(path: Path) -> None:
    """Refuse a packed spreadsheet that unpacks beyond measure."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        problem = f"cannot read {path.name} as a spreadsheet: {error}"
        raise InputError(problem, where=str(path)) from error
    if size > _LARGEST:
        problem = f"the spreadsheet unpacks to {size:,} bytes; at most {_LARGEST:,} are read"
        raise InputError(problem, where=str(path))


def _cycle(cell: object) -> int:
    found = _CYCLE.fullmatch(str(cell).strip())
    return int(found[1]) if found else -1


def _block(rows: list[list[object]], begin: int, end: int) -> list[AmplificationCurve]:
    top = begin - 1
    above = []
    while top > 0 and any(str(cell).strip() for cell in rows[top - 1]) and _cycle(rows[top - 1][0]) < 0:
        top -= 1
        above.append(_filled(rows[top]))
    names = rows[begin - 1] if begin else []
    cycles = np.arange(1.0, end - begin + 1)
    curves = []
    for column in range(1, len(rows[begin])):
        cells = [rows[row][column] for row in range(begin, end)]
        values = np.array([cell if isinstance(cell, int | float) else np.nan for cell in cells], np.float64)
        if np.isfinite(values).sum() < _LEAST_CYCLES:
            continue
        name = str(names[column]).strip() if column < len(names) else ""
        copies, target = None, []
        for line in above:
            told, value = str(line[0]).strip(), line[column]
            if _COPIES.search(told) and isinstance(value, int | float):
                copies = float(value)
            elif str(value).strip() and told:
                target.append(f"{told} {value}")
        kind = "std" if copies else ""
        told_target = ", ".join(reversed(target))
        curves.append(AmplificationCurve(name, name, told_target, kind, copies, cycles, values))
    return curves


def _filled(row: list[object]) -> list[object]:
    """Repeat what is told to the right, until it is told anew."""
    filled = list(row)
    for column in range(2, len(filled)):
        if not str(filled[column]).strip():
            filled[column] = filled[column - 1]
    return filled

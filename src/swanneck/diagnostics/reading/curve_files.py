"""Amplification curves as instruments and people save them: RDML, or a table with a column of cycles."""

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.reading.rdml import read_rdml
from swanneck.diagnostics.reading.spreadsheet import AmplificationCurve, read_spreadsheet
from swanneck.foundation.errors import InputError
from swanneck.foundation.text_tables import LINE, TextTable, read_text_table

__all__ = ["AmplificationCurve", "read_curves"]

_CYCLES = ("cycle", "cycles", "cyc", "cycle number", "ct", "column 1")
_FLUORESCENCE = ("fluorescence", "delta rn", "rn", "rfu")
_MISSING = ("", "NA", "NAN", "NULL", "UNDETERMINED")
_LEAST_CYCLES = 10


def read_curves(path: Path) -> list[AmplificationCurve]:
    """Read the curves of an RDML file (Lefever et al. 2009, Nucleic Acids Res 37:2065), or of a table.

    A table (CSV, tabs, semicolons) has a first column of cycles and one column per well, or a row for each well and
    cycle with columns `well`, `cycle` and the fluorescence (`fluorescence`, `rn`, `delta rn`). Of a spreadsheet (.xls,
    .xlsx; needs the extra `excel`) every block of cycles of the first sheet is read. Raises `InputError` where
    the file is neither, or a value is no number.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(512)
    except OSError as error:
        problem = f"cannot read {path.name}: {error.strerror or error}"
        raise InputError(problem, where=str(path.parent)) from error
    is_packed = start.startswith(b"PK\x03\x04")
    if start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") or (is_packed and _holds_xml(path)):
        curves = read_rdml(path)
    elif is_packed or start.startswith(b"\xd0\xcf\x11\xe0"):
        curves = read_spreadsheet(path)
    else:
        curves = _read_table(path)
    if not curves:
        problem = "the file holds no amplification curve"
        raise InputError(problem, where=str(path))
    return curves


def _holds_xml(path: Path) -> bool:
    """Tell RDML, which holds its XML at the top, from a spreadsheet, by their lists of files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return path.suffix.lower() in (".rdml", ".rdm")
    return "[Content_Types].xml" not in names and any(name.lower().endswith(".xml") for name in names)


def _read_table(path: Path) -> list[AmplificationCurve]:
    text = read_text_table(path, _is_header)
    table = text.table.drop(LINE)
    columns = {_plain(name): name for name in table.columns}
    value = next((columns[name] for name in _FLUORESCENCE if name in columns), None)
    if "well" in columns and "cycle" in columns and value is not None:
        return _read_rows(text, columns, value, path)
    cycle, *wells = table.columns
    if _plain(cycle) not in _CYCLES or not wells:
        problem = "wanted RDML, a photograph, or a table whose first column is the cycle, with a column for each well"
        raise InputError(problem, where=str(path))
    numbers = {name: _numbers(table[name].to_list(), text.separator, path) for name in table.columns}
    keep = np.isfinite(numbers[cycle])
    cycles = _check_cycles(numbers[cycle][keep], path)
    return [AmplificationCurve(name, name, "", "", None, cycles, numbers[name][keep]) for name in wells]


def _is_header(cells: list[str]) -> bool:
    names = [_plain(cell) for cell in cells]
    return len(cells) > 1 and (names[0] in _CYCLES[:-1] or {"well", "cycle"} <= set(names))


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("δ", "delta ").split())


def _read_rows(text: TextTable, columns: dict[str, str], value: str, path: Path) -> list[AmplificationCurve]:
    """Read a table that has a row for each well and cycle, as instruments export them."""
    cycles, values = (_numbers(text.table[name].to_list(), text.separator, path) for name in (columns["cycle"], value))
    names = [columns[name] for name in ("well", "target name", "target", "sample name", "sample") if name in columns]
    rows: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(text.table.select(names).iter_rows()):
        if np.isfinite(cycles[place]):
            rows.setdefault(tuple(word or "" for word in key), []).append(place)
    curves = []
    for key, places in rows.items():
        told = dict(zip(names, key, strict=True))
        target, sample = (
            next((told[columns[name]] for name in choice if name in columns), "")
            for choice in (("target name", "target"), ("sample name", "sample"))
        )
        own = _check_cycles(cycles[places], path)
        curves.append(AmplificationCurve(told[columns["well"]], sample, target, "", None, own, values[places]))
    return curves


def _check_cycles(cycles: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    if cycles.size < _LEAST_CYCLES or (np.diff(cycles) <= 0).any():
        problem = f"wanted at least {_LEAST_CYCLES} cycles that count upwards, and got {cycles.size}"
        raise InputError(problem, where=str(path))
    return cycles


def _numbers(words: list[str | None], separator: str, path: Path) -> NDArray[np.float64]:
    """Read numbers with decimal points, or commas where the comma does not separate columns."""
    plain = [word or "" for word in words]
    if separator != ",":
        plain = [word.replace(",", ".") for word in plain]
    try:
        return np.array([np.nan if word.upper() in _MISSING else float(word) for word in plain])
    except ValueError as error:
        problem = f"wanted numbers in every row below the names, and got others: {error}"
        raise InputError(problem, where=str(path)) from error

"""Amplification curves as instruments and people save them: RDML, or a table with a column of cycles."""

import csv
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from swanneck.diagnostics.reading.spreadsheet import AmplificationCurve, read_spreadsheet
from swanneck.foundation.errors import InputError

__all__ = ["AmplificationCurve", "read_curves"]

_CYCLES = ("cycle", "cycles", "cyc", "cycle number", "ct", "")
_LARGEST = 1 << 28
_MISSING = ("", "NA", "NAN", "NULL")
_LEAST_CYCLES = 10


def read_curves(path: Path) -> list[AmplificationCurve]:
    """Read the curves of an RDML file (Lefever et al. 2009, Nucleic Acids Res 37:2065), or of a table.

    A table (CSV, tabs, semicolons) has a first column of cycles and one column per well; of a spreadsheet (.xls, .xlsx;
    needs the extra `excel`) every such block of the first sheet is read. Raises `InputError` where
    the file is neither, or a value is no number.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = f"cannot read {path.name}: {error.strerror or error}"
        raise InputError(problem, where=str(path.parent)) from error
    if path.suffix.lower() in (".rdml", ".rdm", ".zip") and zipfile.is_zipfile(path):
        curves = _read_rdml(path)
    elif content.startswith((b"\xd0\xcf\x11\xe0", b"PK\x03\x04")):
        curves = read_spreadsheet(path)
    else:
        curves = _read_table(path, content)
    if not curves:
        problem = "the file holds no amplification curve"
        raise InputError(problem, where=str(path))
    return curves


def _read_table(path: Path, content: bytes) -> list[AmplificationCurve]:
    text = content.decode("utf-8-sig", "replace")
    first = text.split("\n", 1)[0]
    rows = [
        row for row in csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count)) if any(row)
    ]
    if len(rows) < 2 or rows[0][0].strip().lower() not in _CYCLES:
        problem = "wanted a table whose first column is the cycle"
        raise InputError(problem, where=str(path))
    header = rows[0]
    try:
        values = np.array(
            [
                [np.nan if word.strip().upper() in _MISSING else float(word) for word in row[: len(header)]]
                for row in rows[1:]
            ]
        )
    except ValueError as error:
        problem = f"wanted numbers in every row below the names, and got others: {error}"
        raise InputError(problem, where=str(path)) from error
    return [
        AmplificationCurve(name.strip(), name.strip(), "", "", None, values[:, 0], values[:, column])
        for column, name in enumerate(header)
        if column > 0 and name.strip()
    ]


def _read_rdml(path: Path) -> list[AmplificationCurve]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info for info in archive.infolist() if info.filename.lower().endswith(".xml")]
            chosen = next((one for one in names if one.filename == "rdml_data.xml"), names[0] if names else None)
            if chosen is None or chosen.file_size > _LARGEST:
                problem = "the archive holds no RDML of a usual size"
                raise InputError(problem, where=str(path))
            content = archive.read(chosen)
        if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
            problem = "the RDML file declares entities, which are not followed"
            raise InputError(problem, where=str(path))
        root = ElementTree.fromstring(content)
    except (zipfile.BadZipFile, ElementTree.ParseError) as error:
        problem = f"cannot read {path.name} as RDML: {error}"
        raise InputError(problem, where=str(path)) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    samples = {one.get("id", ""): one for one in root.findall("sample")}
    dyes = {one.get("id", ""): _id(one.find("dyeId")) for one in root.findall("target")}
    curves = []
    for run in root.findall("experiment/run"):
        for react in run.findall("react"):
            own = react.find("sample")
            sample = samples.get(_id(own))
            for data in react.findall("data"):
                points = [(one.findtext("cyc"), one.findtext("fluor")) for one in data.findall("adp")]
                known = [(float(cycle), float(value)) for cycle, value in points if cycle and value]
                if len(known) < _LEAST_CYCLES:
                    continue
                target = data.find("tar")
                name = _id(sample)
                described = (sample.findtext("description") or "").strip() if sample is not None else ""
                curves.append(AmplificationCurve(
                    react.get("id", ""), described or name, _id(target),
                    (sample.findtext("type") or "") if sample is not None else "", _quantity(sample),
                    np.array([one[0] for one in known]), np.array([one[1] for one in known]),
                    dyes.get(_id(target), ""),
                ))  # fmt: skip
    return curves


def _id(element: ElementTree.Element | None) -> str:
    return element.get("id", "") if element is not None else ""


def _quantity(sample: ElementTree.Element | None) -> float | None:
    if sample is None or (sample.findtext("type") or "") != "std":
        return None
    try:
        value = float(sample.findtext("quantity/value") or "nan")
    except ValueError:
        return None
    return value if np.isfinite(value) and value > 0 else None

"""Amplification curves from RDML, the exchange format of instruments: packed as they write it, or plain XML."""

import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from swanneck.diagnostics.reading.spreadsheet import AmplificationCurve
from swanneck.foundation.errors import InputError

__all__ = ["read_rdml"]

_LARGEST = 1 << 27
_LEAST_CYCLES = 10
_FAILURES = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


def read_rdml(path: Path) -> list[AmplificationCurve]:
    """Read the amplification curves of an RDML file (Lefever et al. 2009, Nucleic Acids Res 37:2065).

    Melting curves, and curves of fewer than ten points, are left out; a point whose fluorescence is no number is NaN.
    Raises `InputError` where the file is damaged, too large, or not RDML.
    """
    content = _unpack(path)
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
        problem = "the RDML file declares entities, which are not followed"
        raise InputError(problem, where=str(path))
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        problem = f"cannot read {path.name} as RDML: {error}"
        raise InputError(problem, where=str(path)) from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != "rdml":
        problem = f"wanted RDML, and got XML that begins with <{root.tag[:40]}>"
        raise InputError(problem, where=str(path))
    samples = {one.get("id", ""): one for one in root.findall("sample")}
    dyes = {one.get("id", ""): _id(one.find("dyeId")) for one in root.findall("target")}
    curves = []
    for react in root.findall("experiment/run/react"):
        sample = samples.get(_id(react.find("sample")))
        for data in react.findall("data"):
            curve = _curve(data, react.get("id", ""), sample, dyes)
            curves += [curve] if curve is not None else []
    return curves


def _unpack(path: Path) -> bytes:
    try:
        if not zipfile.is_zipfile(path):
            return path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            names = [info for info in archive.infolist() if info.filename.lower().endswith(".xml")]
            chosen = next((one for one in names if one.filename == "rdml_data.xml"), names[0] if names else None)
            if chosen is None or chosen.file_size > _LARGEST:
                problem = "the archive holds no RDML of a usual size"
                raise InputError(problem, where=str(path))
            return archive.read(chosen)
    except _FAILURES as error:
        problem = f"cannot read {path.name} as RDML: {error}"
        raise InputError(problem, where=str(path), remedy="Export it again from the instrument") from error


def _curve(
    data: ElementTree.Element, well: str, sample: ElementTree.Element | None, dyes: dict[str, str]
) -> AmplificationCurve | None:
    points = [(_number(one.findtext("cyc")), _number(one.findtext("fluor"))) for one in data.findall("adp")]
    known = dict(sorted(point for point in points if np.isfinite(point[0])))
    if len(known) < _LEAST_CYCLES:
        return None
    target = _id(data.find("tar"))
    told = {
        name: (sample.findtext(name) or "").strip() if sample is not None else "" for name in ("description", "type")
    }
    copies = (
        _number(sample.findtext("quantity/value")) if sample is not None and told["type"] == "std" else float("nan")
    )
    return AmplificationCurve(
        well, told["description"] or _id(sample), target, told["type"],
        copies if np.isfinite(copies) and copies > 0 else None,
        np.array(list(known)), np.array(list(known.values())), dyes.get(target, ""),
    )  # fmt: skip


def _number(text: str | None) -> float:
    try:
        return float((text or "nan").strip().replace(",", "."))
    except ValueError:
        return float("nan")


def _id(element: ElementTree.Element | None) -> str:
    return element.get("id", "") if element is not None else ""

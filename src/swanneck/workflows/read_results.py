"""Read amplification curves: a table of Cq with flags, and a standard curve of each target that has standards."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from swanneck.diagnostics.reading.amplification import (
    CurveReading,
    CurveSettings,
    StandardCurve,
    fit_standard_curve,
    read_amplification,
)
from swanneck.diagnostics.reading.curve_files import read_curves
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically

__all__ = ["ResultsRead", "read_results"]


@dataclass(frozen=True)
class ResultsRead:
    """What was read of each curve; standard curves by target, from the threshold's Cq."""

    readings: tuple[CurveReading, ...]
    standards: dict[str, StandardCurve]
    problems: dict[str, str]


def read_results(curves: Path, *, settings: CurveSettings | None = None, out: Path | None = None) -> ResultsRead:
    """Read the amplification curves of a file (RDML, CSV, .xls); `out` is the CSV file of results to write.

    Where the file tells the copies of standards, a standard curve is fitted for each target, and copies are given for
    every curve. Raises `InputError` where the file holds no curves.
    """
    readings = read_amplification(read_curves(Path(curves)), settings)
    standards: dict[str, StandardCurve] = {}
    problems: dict[str, str] = {}
    for target in dict.fromkeys(one.target for one in readings):
        own = [one for one in readings if one.target == target and one.copies]
        if own:
            try:
                standards[target] = fit_standard_curve([one.copies or 0.0 for one in own], [one.cq for one in own])
            except InputError as error:
                problems[target] = str(error)
    read = ResultsRead(tuple(readings), standards, problems)
    if out is not None:
        write_atomically(Path(out), _table(read).encode())
    return read


def _table(read: ResultsRead) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["well", "sample", "target", "kind", "cq", "cq_second_derivative", "copies_told", "copies", "rise",
                     "flags"])  # fmt: skip
    for one in read.readings:
        standard = read.standards.get(one.target)
        copies = standard.copies_of(one.cq) if standard and one.cq == one.cq else float("nan")
        figures = [_text(value) for value in (one.cq, one.cq_second_derivative, one.copies, copies, one.rise)]
        writer.writerow([one.name, one.sample, one.target, one.kind, *figures, "; ".join(one.flags)])
    return stream.getvalue()


def _text(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.6g}"

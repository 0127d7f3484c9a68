"""Read tests: amplification curves and photographs of strips; tables, a summary for programs, a page to look at."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import imagecodecs

from swanneck.diagnostics.reading.amplification import (
    CurveReading,
    CurveSettings,
    StandardCurve,
    fit_standard_curve,
    read_amplification,
)
from swanneck.diagnostics.reading.curve_files import read_curves
from swanneck.diagnostics.reading.photographs import is_photograph, read_photograph
from swanneck.diagnostics.reading.strips import PhotographReading, StripSettings, read_strips
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.reports.reading_page import PhotographShown, RunShown, render_reading_page
from swanneck.reports.strip_overlay import draw_strips

__all__ = ["ResultsRead", "RunRead", "read_results"]


@dataclass(frozen=True)
class RunRead:
    """What was read of a file of curves; standard curves by target from the threshold's Cq, or why there is none."""

    readings: tuple[CurveReading, ...]
    standards: dict[str, StandardCurve]
    problems: dict[str, str]


@dataclass(frozen=True)
class ResultsRead:
    """What was read, by the file's name: runs of curves, photographs of strips, and why a file was not read."""

    runs: dict[str, RunRead]
    photographs: dict[str, PhotographReading]
    failed: dict[str, str]


def read_results(
    files: Path | Sequence[Path],
    *,
    settings: CurveSettings | None = None,
    strips: StripSettings | None = None,
    out: Path | None = None,
) -> ResultsRead:
    """Read files of amplification curves (RDML, CSV, .xls) and photographs of lateral-flow strips, told by content.

    Where a file tells the copies of standards, a standard curve is fitted for each target, and copies are given for
    every curve. `out` is a folder for `cq.csv`, `strips.csv`, `result.json`, `report.html` and a picture
    `<name>-read.png` of each photograph. Of several files those that cannot be read are told in `failed`.

    Raises `InputError` where no file could be read, `StorageError` where `out` cannot be written.
    """
    paths = [Path(files)] if isinstance(files, str | Path) else [Path(one) for one in files]
    if not paths:
        problem = "wanted files of curves or photographs, and got none"
        raise InputError(problem)
    read = ResultsRead({}, {}, {})
    shown: list[PhotographShown] = []
    for path in paths:
        name = _name(path, paths)
        try:
            if is_photograph(path):
                picture = read_photograph(path)
                read.photographs[name] = read_strips(picture, strips)
                shown.append(
                    PhotographShown(name, read.photographs[name], draw_strips(picture, read.photographs[name].strips))
                )
            else:
                read.runs[name] = _read_run(path, settings)
        except InputError as error:
            if len(paths) == 1:
                raise
            read.failed[name] = str(error)
    if not read.runs and not read.photographs:
        problem = f"none of the {len(paths)} files could be read: {next(iter(read.failed.values()))}"
        raise InputError(problem)
    if out is not None:
        _write(read, shown, Path(out))
    return read


def _name(path: Path, paths: Sequence[Path]) -> str:
    """Name a file shortly, with its folder where two have one name."""
    return path.name if sum(one.name == path.name for one in paths) == 1 else str(path)


def _read_run(path: Path, settings: CurveSettings | None) -> RunRead:
    readings = read_amplification(read_curves(path), settings)
    standards: dict[str, StandardCurve] = {}
    problems: dict[str, str] = {}
    for target in dict.fromkeys(one.target for one in readings):
        own = [one for one in readings if one.target == target and one.copies]
        if own:
            try:
                standards[target] = fit_standard_curve([one.copies or 0.0 for one in own], [one.cq for one in own])
            except InputError as error:
                problems[target] = str(error)
    return RunRead(tuple(readings), standards, problems)


def _write(read: ResultsRead, shown: Sequence[PhotographShown], out: Path) -> None:
    if read.runs:
        write_atomically(out / "cq.csv", _curve_table(read).encode())
    if read.photographs:
        write_atomically(out / "strips.csv", _strip_table(read).encode())
    for one in shown:
        name = "-".join(Path(one.name).parts[-2:]).strip("/")
        write_atomically(out / f"{name}-read.png", bytes(imagecodecs.png_encode(one.overlay)))
    write_atomically(out / "result.json", json.dumps(_summary(read), indent=1).encode())
    runs = [RunShown(name, run.readings, run.standards, run.problems) for name, run in read.runs.items()]
    names = [*read.photographs, *read.runs]
    title = names[0] if len(names) == 1 else f"{len(names)} files"
    write_atomically(out / "report.html", render_reading_page(title, runs, shown, read.failed).encode())


def _curve_table(read: ResultsRead) -> str:
    rows: list[list[str]] = []
    for name, run in read.runs.items():
        for one in run.readings:
            standard = run.standards.get(one.target)
            copies = standard.copies_of(one.cq) if standard and one.cq == one.cq else float("nan")
            found = (one.cq, one.cq_second_derivative, one.cq_model, one.copies, copies, one.rise)
            figures = [_text(value) for value in found]
            rows.append([name, one.name, one.sample, one.target, one.kind, *figures, "; ".join(one.flags)])
    header = ["file", "well", "sample", "target", "kind", "cq", "cq_second_derivative", "cq_model", "copies_told",
              "copies", "rise", "flags"]  # fmt: skip
    return _csv(header, rows)


def _strip_table(read: ResultsRead) -> str:
    rows: list[list[str]] = []
    for name, photograph in read.photographs.items():
        if photograph.reason:
            rows.append([name, "", "not found", photograph.reason, *[""] * 8])
        for number, one in enumerate(photograph.strips, start=1):
            corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in one.corners)
            rows.append([
                name, str(number), one.result, one.reason, _text(one.control.density if one.control else None),
                _text(one.control.noise if one.control else None), _join(line.density for line in one.tests),
                _join(ratio for ratio, _ in one.ratios), _join(noise for _, noise in one.ratios), _text(one.faintest),
                "; ".join(one.notes), corners,
            ])  # fmt: skip
    return _csv(["photograph", "strip", "result", "reason", "control_density", "control_noise", "test_densities",
                 "test_over_control", "ratio_noise", "faintest_ratio", "notes", "corners"], rows)  # fmt: skip


def _join(values: Iterable[float]) -> str:
    return ";".join(_text(value) for value in values)


def _csv(header: list[str], rows: list[list[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue()


def _summary(read: ResultsRead) -> dict[str, object]:
    runs = {
        name: {
            "curves": len(run.readings), "with_cq": sum(one.cq == one.cq for one in run.readings),
            "flagged": {f"{one.name} {one.target}".strip(): list(one.flags) for one in run.readings if one.flags},
            "standards": {
                target: {"slope": one.slope, "slope_interval": list(one.slope_interval), "efficiency": one.efficiency,
                         "efficiency_interval": list(one.efficiency_interval), "r_squared": one.r_squared}
                for target, one in run.standards.items()
            },
            "problems": run.problems,
        }
        for name, run in read.runs.items()
    }  # fmt: skip
    photographs = {
        name: {
            "reason": photograph.reason,
            "strips": [
                {"result": one.result, "reason": one.reason, "notes": list(one.notes), "control_end_from": one.end_from,
                 "lines": [{"place": line.place, "density": line.density, "noise": line.noise} for line in one.lines],
                 "test_over_control": [ratio for ratio, _ in one.ratios],
                 "ratio_noise": [noise for _, noise in one.ratios], "corners": one.corners.tolist()}
                for one in photograph.strips
            ],
        }
        for name, photograph in read.photographs.items()
    }  # fmt: skip
    return {"runs": runs, "photographs": photographs, "failed": read.failed}


def _text(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.6g}"

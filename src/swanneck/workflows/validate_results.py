"""Validate a test from its results: the limit of detection, or the agreement with a reference."""

import csv
import io
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path

from swanneck.diagnostics.validation.agreement import Agreement, measure_agreement
from swanneck.diagnostics.validation.detection_limit import DetectionLimit, Scale, fit_detection_limit
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.reports.validation_page import DoseCounts, render_validation_page

__all__ = ["Validation", "find_column", "read_number", "read_rows", "validate_results"]

_POSITIVE = frozenset(("1", "+", "pos", "positive", "detected", "yes", "true", "reactive", "p"))
_NEGATIVE = frozenset(("0", "-", "neg", "negative", "not detected", "no", "false", "non-reactive", "n"))
_INVALID = frozenset(("", "invalid", "na", "nan", "error", "inconclusive"))
_HITS = ("positives", "positive", "detected", "hits", "found")
_TRIALS = ("total", "n", "replicates", "tested")
_RESULT = ("result", "test", "outcome", "call")
_REFERENCE = ("reference", "expected", "truth", "comparator", "gold")
_DOSE = ("concentration", "copies", "conc", "dose", "level")


@dataclass(frozen=True)
class Validation:
    """Limits of detection by lot (`all` where there are none), or agreement with a reference; what was left out."""

    limits: dict[str, DetectionLimit]
    counts: dict[str, tuple[DoseCounts, ...]]
    agreement: Agreement | None
    n_invalid: int
    problems: dict[str, str]


def validate_results(
    results: Path, *, probability: float = 0.95, prevalence: float | None = None, scale: Scale = "log",
    out: Path | None = None,
) -> Validation:  # fmt: skip
    """Validate a test from a table of results, by its columns.

    `concentration` with `positives` and `total`, or with one `result` per row, gives the limit of detection by probit
    (each `lot` by itself; EP17-A2 takes the highest) over the logarithm of the concentration, or the concentration
    where `scale` is "linear". `reference` and `result` give sensitivity, specificity,
    predictive values and kappa (EP12-A2). Invalid results are counted and left out. `out` is a folder for
    `validation.json` and `report.html`.

    Raises `InputError` where the columns are neither, or a word is no result, with its line.
    """
    rows, columns = read_rows(Path(results))
    dose = find_column(columns, _DOSE)
    outcome = find_column(columns, _RESULT)
    reference = find_column(columns, _REFERENCE)
    if reference and outcome:
        validation = _agree(rows, reference, outcome, results, prevalence=prevalence)
    elif dose:
        validation = _limit(rows, columns, dose, results, probability=probability, scale=scale)
    else:
        problem = f"the table has the columns {', '.join(columns) or 'none'}"
        remedy = "Give concentration, positives and total; or concentration and result; or reference and result"
        raise InputError(problem, where=str(results), remedy=remedy)
    if out is not None:
        write_atomically(Path(out) / "validation.json", json.dumps(_summary(validation), indent=1).encode())
        page = render_validation_page(
            Path(results).name, validation.limits, validation.counts, validation.agreement,
            n_invalid=validation.n_invalid, problems=validation.problems, prevalence=prevalence,
        )  # fmt: skip
        write_atomically(Path(out) / "report.html", page.encode())
    return validation


def find_column(columns: dict[str, str], names: tuple[str, ...]) -> str | None:
    """Give a table's own name of the first of some columns that it has."""
    return next((columns[name] for name in names if name in columns), None)


def read_rows(path: Path) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Read a table of results: its rows, and its columns by their names in small letters.

    Raises `InputError` where it cannot be read or has no rows.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot read {path.name} as a table: {error}"
        raise InputError(problem, where=str(path.parent)) from error
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    rows = list(reader)
    if not rows:
        problem = "wanted a table of results, and it has no rows"
        raise InputError(problem, where=str(path))
    return rows, {name.strip().lower(): name for name in reader.fieldnames or [] if name}


def _call(word: str | None, where: str) -> bool | None:
    text = (word or "").strip().lower()
    if text in _POSITIVE or text in _NEGATIVE:
        return text in _POSITIVE
    if text in _INVALID:
        return None
    problem = f"wanted positive, negative or invalid, and got {word!r}"
    raise InputError(problem, where=where)


def _agree(
    rows: list[dict[str, str]], reference: str, outcome: str, path: Path, *, prevalence: float | None
) -> Validation:
    counts: dict[tuple[bool, bool], int] = defaultdict(int)
    invalid = 0
    for line, row in enumerate(rows, start=2):
        where = f"{path}, line {line}"
        truth, found = _call(row[reference], where), _call(row[outcome], where)
        if truth is None or found is None:
            invalid += 1
        else:
            counts[truth, found] += 1
    agreement = measure_agreement(
        counts[True, True], counts[False, True], counts[True, False], counts[False, False], prevalence=prevalence
    )
    return Validation({}, {}, agreement, invalid, {})


def _limit(
    rows: list[dict[str, str]], columns: dict[str, str], dose: str, path: Path, *, probability: float, scale: Scale
) -> Validation:
    hits = find_column(columns, _HITS)
    trials = find_column(columns, _TRIALS)
    outcome = find_column(columns, _RESULT)
    if not (hits and trials) and not outcome:
        problem = "the table has concentrations, but neither positives and total nor a result"
        raise InputError(problem, where=str(path), remedy="Readings that are numbers are for `diagnostics blank`")
    lots: dict[str, dict[float, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    invalid = 0
    for line, row in enumerate(rows, start=2):
        where = f"{path}, line {line}"
        lot = (row.get(columns.get("lot", "")) or "all").strip()
        cell = lots[lot][read_number(row[dose], where)]
        if hits and trials:
            found, tested = _count(row[hits], where), _count(row[trials], where)
            if found > tested:
                problem = f"{found} are positive of {tested}"
                raise InputError(problem, where=where)
            cell[0] += found
            cell[1] += tested
        else:
            call = _call(row[outcome or ""], where)
            invalid += call is None
            cell[0] += call is True
            cell[1] += call is not None
    limits, problems, counts = {}, {}, {}
    for lot, cells in lots.items():
        doses = sorted(cells)
        counts[lot] = tuple(DoseCounts(one, cells[one][0], cells[one][1]) for one in doses)
        try:
            limits[lot] = fit_detection_limit(
                doses,
                [cells[one][0] for one in doses],
                [cells[one][1] for one in doses],
                probability=probability,
                scale=scale,
            )
        except InputError as error:
            if len(lots) == 1:
                raise
            problems[lot] = str(error)
    return Validation(limits, counts, None, invalid, problems)


def read_number(word: str | None, where: str) -> float:
    """Read a finite number; `where` is told in the error."""
    try:
        value = float((word or "").strip())
    except ValueError as error:
        problem = f"wanted a number, and got {word!r}"
        raise InputError(problem, where=where) from error
    if not isfinite(value):
        problem = f"wanted a finite number, and got {word!r}"
        raise InputError(problem, where=where)
    return value


def _count(word: str | None, where: str) -> int:
    value = read_number(word, where)
    if value < 0 or value != int(value):
        problem = f"wanted a whole number from 0, and got {word!r}"
        raise InputError(problem, where=where)
    return int(value)


def _summary(validation: Validation) -> dict[str, object]:
    limits = {
        lot: {
            "probability": one.probability, "limit": one.limit, "interval": [_finite(one.low), _finite(one.high)],
            "scale": one.scale, "intercept": one.intercept, "slope": one.slope, "deviance": one.deviance,
            "degrees": one.degrees,
        }
        for lot, one in validation.limits.items()
    }  # fmt: skip
    highest = max((one.limit for one in validation.limits.values()), default=None)
    agreement = _told(asdict(validation.agreement)) if validation.agreement else None
    return {"limits": limits, "highest_limit": highest, "agreement": agreement, "invalid": validation.n_invalid,
            "problems": validation.problems}  # fmt: skip


def _told(value: object) -> object:
    """Give figures as JSON has them: what is not known is null."""
    if isinstance(value, dict):
        return {name: _told(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_told(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _finite(value: float) -> float | None:
    return value if 0 < value < float("inf") else None

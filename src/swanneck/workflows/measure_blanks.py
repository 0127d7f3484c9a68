"""Measure the limit of blank of a test that gives numbers, and from it the limit of detection."""

import json
from collections import defaultdict
from dataclasses import asdict
from math import isnan
from pathlib import Path

from numpy.typing import ArrayLike

from swanneck.diagnostics.validation.blanks import BlankLimit, measure_blank_limit
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.workflows.validate_results import find_column, read_number, read_rows

__all__ = ["measure_blanks"]

_VALUE = ("value", "reading", "signal", "measured", "intensity")
_DOSE = ("concentration", "copies", "conc", "dose", "level")


def measure_blanks(results: Path, *, probability: float = 0.95, out: Path | None = None) -> dict[str, BlankLimit]:
    """Measure the limit of blank of each lot (`all` where there are none) from a table of readings.

    The table has `value` (or reading, signal, measured, intensity) and, where not all are blanks, `concentration`: 0
    is a blank, and each other one a sample of little target, from whose spread the limit of detection follows.
    EP17-A2 takes the highest lot. `out` is a folder for `blanks.json`.

    Raises `InputError` where the columns are missing, a reading is no number (with its line), or a lot has too few
    blanks.
    """
    rows, columns = read_rows(Path(results))
    value, dose = find_column(columns, _VALUE), find_column(columns, _DOSE)
    if not value:
        problem = f"the table has the columns {', '.join(columns)}"
        raise InputError(problem, where=str(results), remedy="Give value, and concentration (0 for a blank)")
    readings: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line, row in enumerate(rows, start=2):
        where = f"{results}, line {line}"
        lot = (row.get(columns.get("lot", "")) or "all").strip()
        readings[lot][read_number(row[dose], where) if dose else 0.0].append(read_number(row[value], where))
    limits = {}
    for lot, levels in readings.items():
        low: dict[float, ArrayLike] = {level: values for level, values in levels.items() if level > 0}
        try:
            limits[lot] = measure_blank_limit(levels.get(0.0, []), low, probability=probability)
        except InputError as error:
            raise InputError(str(error), where=f"{results}, lot {lot}") from error
    if out is not None:
        told = {lot: {name: None if isinstance(one, float) and isnan(one) else one
                      for name, one in asdict(limit).items()} for lot, limit in limits.items()}  # fmt: skip
        write_atomically(Path(out) / "blanks.json", json.dumps(told, indent=1).encode())
    return limits

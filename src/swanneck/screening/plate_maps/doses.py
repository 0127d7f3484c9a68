"""Concentrations of a map: numbers and units as written, to mol/L."""

import re
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.units import MOLAR_UNITS, to_molar
from swanneck.screening.plate_maps.columns import MapColumns, lines_of, map_values
from swanneck.screening.plate_maps.findings import Finding, list_some
from swanneck.screening.plate_maps.words import MASS_UNIT, is_missing, unit_symbol

__all__ = ["DoseReading", "read_doses"]

_VALUE = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s.,].*)?")
_PERHAPS_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(,\d{3})+\D*$"

_PROBLEMS = {
    "bad_concentration": ("no number", "Write the concentration as a number, without signs like < or >"),
    "missing_unit": ("no unit", "Add a column 'unit', write it into the column's name, or set the layout's unit"),
    "not_molar": ("no molar unit", "Convert mass per volume to mol/L by the molar mass"),
    "unknown_unit": ("an unknown unit", f"Use one of {', '.join(MOLAR_UNITS)}"),
    "unit_conflict": ("two units that contradict each other", "Value, column of units, column's name: keep one"),
}


@dataclass(frozen=True)
class DoseReading:
    """The concentration of each row in mol/L (null: none given; NaN: given but unreadable, with a finding).

    `used` are the file's columns it was read from; `understood` says how.
    """

    molar: pl.Series
    used: list[str]
    understood: list[str]
    findings: list[Finding]


def read_doses(
    table: pl.DataFrame, columns: MapColumns, *, roles: pl.Series, separator: str, unit: str | None, where: str
) -> DoseReading:
    """Read the column of concentrations with the unit of each value.

    A unit stands behind the value, in a column of units, in the column's name, or is given as `unit` for what
    has none; two that contradict each other are an error. What cannot be read is an error for samples and
    references, and null for controls, whose dose is often a volume of solvent.

    Raises `SettingsError` where `unit` is no molar unit.
    """
    given = None if unit is None else unit_symbol(unit)
    if unit is not None and given not in MOLAR_UNITS:
        problem = f"unit {unit!r} is no molar concentration"
        raise SettingsError(problem, remedy=f"Use one of {', '.join(MOLAR_UNITS)}")
    name, unit_column = columns.first("concentration"), columns.first("unit")
    if name is None:
        nothing = pl.Series([None] * table.height, dtype=pl.Float64)
        return DoseReading(nothing, [], ["no column of concentrations"], [])
    text, comma = _with_points(map_values(table[name], _unless_missing, pl.String), separator)
    header = columns.units.get(name)
    symbols = map_values(table[unit_column], _unit_word, pl.String) if unit_column else pl.lit(None, pl.String)
    values = _convert(text.to_frame("text").with_columns(unit=symbols), header, given)
    is_treated = roles.is_in(["sample", "reference"]) | roles.is_null()
    findings = [
        _problem_finding(code, table[name].filter(chosen), f"{where}, {lines_of(table, chosen)}")
        for code in _PROBLEMS
        if (chosen := (values["problem"] == code).fill_null(False) & is_treated).any()
    ]
    findings += _unit_mixture(values.filter(is_treated), where)
    unreadable = pl.when(is_treated).then(float("nan"))
    molar = values.select(pl.when(pl.col("problem").is_null()).then("molar").otherwise(unreadable)).to_series()
    source = (
        f"unit: column {unit_column!r}"
        if unit_column
        else f"in {header or given}"
        if header or given
        else "unit: with the values"
    )
    account = [f"column {name!r} read as concentration ({source}{', decimal comma' if comma else ''})"]
    return DoseReading(molar, [name, unit_column] if unit_column else [name], account, findings)


def _unless_missing(text: str) -> str | None:
    return None if is_missing(text) else text


def _unit_word(text: str) -> str | None:
    return None if is_missing(text) else unit_symbol(text) or "?"


def _with_points(texts: pl.Series, separator: str) -> tuple[pl.Series, bool]:
    # In a semicolon file the comma is the decimal sign, that is why the file has semicolons. Elsewhere `1,500`
    # may be one and a half or fifteen hundred: such a column is left as it is, and refused as no number.
    with_comma = texts.filter(texts.str.contains(",", literal=True).fill_null(False))
    unsure = separator != ";" and with_comma.str.contains(_PERHAPS_THOUSANDS).all()
    if with_comma.is_empty() or unsure:
        return texts, False
    return texts.str.replace(",", ".", literal=True), True


def _convert(values: pl.DataFrame, header: str | None, given: str | None) -> pl.DataFrame:
    distinct = values.unique(maintain_order=True)
    read = [_read_value(text, unit, header, given) for text, unit in distinct.iter_rows()]
    schema = {"molar": pl.Float64, "symbol": pl.String, "problem": pl.String}
    answers = distinct.hstack(pl.DataFrame(read, schema=schema, orient="row"))
    return values.join(answers, on=["text", "unit"], how="left", nulls_equal=True, maintain_order="left")


def _read_value(
    text: str | None, unit: str | None, header: str | None, given: str | None
) -> tuple[float | None, str | None, str | None]:
    if text is None:
        return None, None, None
    match = _VALUE.fullmatch(text)
    if match is None:
        return None, None, "bad_concentration"
    value, behind = float(match[1]), match[2]
    if value == 0:
        return 0.0, None, None
    own = (unit_symbol(behind) or "?") if behind else None
    # The user's unit is for values without one; it must not contradict the column's name.
    said = {symbol for symbol in (own, unit, header) if symbol} or ({given} if given else set())
    if not said:
        return None, None, "missing_unit"
    if len(said) > 1 or (given and header and given != header):
        return None, None, "unit_conflict"
    symbol = said.pop()
    if symbol not in MOLAR_UNITS:
        return None, None, "not_molar" if symbol == MASS_UNIT else "unknown_unit"
    return to_molar(value, symbol), symbol, None


def _problem_finding(code: str, texts: pl.Series, place: str) -> Finding:
    what, remedy = _PROBLEMS[code]
    examples = list_some(repr(text) for text in texts.unique(maintain_order=True))
    return Finding(code, "error", f"{len(texts)} concentrations have {what}, such as {examples}", place, remedy)


def _unit_mixture(values: pl.DataFrame, where: str) -> list[Finding]:
    counts = values["symbol"].drop_nulls().value_counts(sort=True)
    if counts.height < 2:
        return []
    listed = list_some(f"{symbol} ({count})" for symbol, count in counts.iter_rows())
    message = f"the concentrations are in several units: {listed}"
    return [Finding("mixed_units", "warning", message, where, "Make sure that none of them is a slip")]

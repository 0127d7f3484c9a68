"""Concentrations: any usual unit in, mol/L inside, a readable unit out.

Amounts per volume without a molar mass (`µg/mL`, `%`) are no molar concentration and are refused rather than
guessed.
"""

import math

from swanneck.foundation.errors import InputError

__all__ = ["MOLAR_UNITS", "format_molar", "format_ratio", "mass_factor", "molar_factor", "to_molar"]

MOLAR_UNITS: dict[str, float] = {
    "M": 1.0, "mM": 1e-3, "uM": 1e-6, "µM": 1e-6, "nM": 1e-9, "pM": 1e-12, "fM": 1e-15,
}  # fmt: skip
"""Factors from a unit to mol/L."""

_SPELLINGS = {
    "mol/l": "M", "molar": "M", "mmol/l": "mM", "millimolar": "mM", "mmoles_per_liter": "mM", "mmol l-1": "mM",
    "umol/l": "uM", "micromolar": "uM", "um": "uM", "nmol/l": "nM", "nanomolar": "nM", "nm": "nM",
    "pmol/l": "pM", "picomolar": "pM", "pm": "pM", "fm": "fM",
}  # fmt: skip
_MASS_UNITS = {
    "g/l": 1e3, "mg/ml": 1e3, "mg/l": 1.0, "ug/ml": 1.0, "mcg/ml": 1.0, "ug/l": 1e-3, "ng/ml": 1e-3, "ng/l": 1e-6,
    "pg/ml": 1e-6,
}  # fmt: skip
# "mm" is left out on purpose: lower case could mean millimolar or a slip for µM's neighbour on the keyboard.


def molar_factor(unit: str) -> float:
    """Give the factor from a unit of concentration to mol/L.

    Raises `InputError` for what is no molar unit.

    >>> molar_factor("µM"), molar_factor("nmol/L")
    (1e-06, 1e-09)
    """
    text = unit.strip().replace("\u03bc", "u").replace("\u00b5", "u")
    text = _SPELLINGS.get(text.lower(), text) if text not in MOLAR_UNITS else text
    if text not in MOLAR_UNITS:
        problem = f"unit {unit!r} is no molar concentration"
        raise InputError(problem, remedy=f"Use one of {', '.join(MOLAR_UNITS)}; convert mass per volume by molar mass")
    return MOLAR_UNITS[text]


def mass_factor(unit: str) -> float:
    """Give the factor from a unit of mass per volume to mg/L, in which antibiotics are measured.

    Raises `InputError` for what is no mass per volume.

    >>> mass_factor("µg/mL"), mass_factor("ng/ml")
    (1.0, 0.001)
    """
    text = unit.strip().replace("\u03bc", "u").replace("\u00b5", "u").lower()
    if text not in _MASS_UNITS:
        problem = f"unit {unit!r} is no mass per volume"
        raise InputError(problem, remedy="Use one of mg/L, µg/mL, ng/mL, g/L")
    return _MASS_UNITS[text]


def to_molar(value: float, unit: str) -> float:
    """Convert a concentration to mol/L.

    >>> to_molar(10, "uM")
    1e-05
    """
    # Dividing by a whole number keeps round decimal values round: 12.5 / 1e6 is 1.25e-05 exactly as written.
    return value / round(1 / molar_factor(unit))


def format_molar(molar: float | None, relation: str = "=", digits: int = 3) -> str:
    """Print a concentration as papers do, with a fitting unit and its relation where it is censored.

    >>> format_molar(7.82e-9), format_molar(50e-6, ">"), format_molar(None), format_molar(0.0)
    ('7.82 nM', '>50 µM', '–', '0 M')
    """
    if molar is None or math.isnan(molar):
        return "–"
    sign = "" if relation == "=" else relation
    if molar == 0:
        return f"{sign}0 M"
    for unit in ("M", "mM", "µM", "nM", "pM"):
        scaled = molar / MOLAR_UNITS[unit]
        # Rounding first, so that 0.9999 µM prints as 1 µM and not as 1e+03 nM.
        if abs(float(f"{scaled:.{digits}g}")) >= 1:
            return f"{sign}{_plain(scaled, digits)} {unit}"
    return f"{sign}{_plain(molar / MOLAR_UNITS['fM'], digits)} fM"


def format_ratio(value: float | None, relation: str = "=", digits: int = 3) -> str:
    """Print a number without a unit, such as a selectivity index, with its relation and without an exponent.

    >>> format_ratio(11.94), format_ratio(9243.7, ">"), format_ratio(None, "undefined")
    ('11.9', '>9240', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    return f"{'' if relation == '=' else relation}{_plain(value, digits)}"


def _plain(value: float, digits: int) -> str:
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:.0f}" if rounded >= 10 ** (digits - 1) else f"{rounded:g}"

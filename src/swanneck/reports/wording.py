"""Numbers, names and findings as a reader wants them: short, honest, never a bare null."""

import math
import re
from collections.abc import Iterable, Sequence

from swanneck.foundation.units import format_molar
from swanneck.foundation.wells import well_name, well_position

__all__ = [
    "ABSENT", "clean_text", "format_censored", "format_interval", "format_number", "format_probability", "humanise",
    "join_words", "plural", "wells_in_words",
]  # fmt: skip

ABSENT = "–"
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_WORDS = {"z": "Z", "ssmd": "SSMD", "cv": "CV", "ec50": "EC50", "ic50": "IC50", "cc50": "CC50", "dmso": "DMSO"}


def clean_text(value: object) -> str:
    """Give any value as text that may stand in a page: null is empty, control characters are replaced.

    >>> clean_text(None), clean_text("a\\x00b"), clean_text(3)
    ('', 'a�b', '3')
    """
    return "" if value is None else _CONTROL_CHARACTERS.sub("\ufffd", str(value))


def format_number(value: float | None, digits: int = 3) -> str:
    """Print a number with so many significant digits, without an exponent where it can be avoided.

    >>> format_number(0.71234), format_number(1234.6), format_number(None), format_number(-0.0)
    ('0.712', '1235', '–', '0')
    """
    if value is None or not math.isfinite(value):
        return ABSENT if value is None or math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits}g}")
    text = f"{value:.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:.{digits}g}"
    return text.replace("-", "−") if "e" not in text else text


def format_censored(value: float | None, relation: str | None, digits: int = 3) -> str:
    """Print a plain number with the relation it carries, rounded to its significant digits.

    >>> format_censored(9566.0, ">"), format_censored(None, "undefined"), format_censored(11.94, "=")
    ('>9570', '–', '11.9')
    """
    if value is None or math.isnan(value):
        return ABSENT
    value = float(f"{value:.{digits}g}")
    return f"{relation if relation in ('<', '>') else ''}{format_number(value, digits)}"


def format_interval(low: float | None, high: float | None) -> str:
    """Print an interval of concentrations, the unit once where both ends share it; with one open end it is a bound.

    >>> format_interval(3.1e-7, 5.8e-7), format_interval(8e-7, 2e-6), format_interval(None, 2e-6)
    ('310–580 nM', '800 nM–2 µM', '≤2 µM')
    """
    ends = [_end(low), _end(high)]
    if not all(ends):
        return f"≥{ends[0]}" if ends[0] else f"≤{ends[1]}" if ends[1] else ""
    first, second = (end.rpartition(" ") for end in ends)
    if first[0] and first[2] == second[2]:
        return f"{first[0]}–{ends[1]}"
    return f"{ends[0]}–{ends[1]}"


def _end(molar: float | None) -> str:
    return "" if molar is None or not math.isfinite(molar) else format_molar(molar)


def format_probability(value: float | None) -> str:
    """Print a probability in percent, never as sure where it is not.

    >>> format_probability(0.5), format_probability(0.9999), format_probability(None)
    ('50 %', '>99 %', '–')
    """
    if value is None or math.isnan(value):
        return ABSENT
    percent = 100 * value
    return "<1 %" if percent < 1 else ">99 %" if percent > 99 else f"{percent:.0f} %"


def humanise(name: str) -> str:
    """Turn the name of a column or setting into words.

    >>> humanise("robust_z_prime"), humanise("negative_control_cv")
    ('Robust Z′', 'Negative control CV')
    """
    words = [_WORDS.get(word, word) for word in clean_text(name).replace("_", " ").split()]
    text = " ".join(words).replace("Z prime", "Z′").replace("z prime", "Z′")
    return text[:1].upper() + text[1:]


def plural(count: int, noun: str) -> str:
    """Count things in words.

    >>> plural(1, "hit"), plural(0, "plate")
    ('1 hit', '0 plates')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}".replace(",", "\u202f")


def join_words(words: Sequence[str], limit: int = 6) -> str:
    """List words as a sentence does, the rest as a number beyond the limit.

    >>> join_words(["A", "B", "C"]), join_words(["A", "B", "C"], limit=2)
    ('A, B and C', 'A, B and 1 more')
    """
    if len(words) > limit:
        return f"{', '.join(words[:limit])} and {len(words) - limit} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def wells_in_words(wells: Iterable[str]) -> str:
    """List wells shortly: whole runs down a column are written as first–last.

    >>> wells_in_words(["B01", "A01", "C01", "A02", "C02"])
    'A01–C01, A02, C02'
    """
    positions = sorted({(column, row) for row, column in map(well_position, wells)})
    runs: list[list[tuple[int, int]]] = []
    for column, row in positions:
        if runs and runs[-1][-1] == (column, row - 1):
            runs[-1].append((column, row))
        else:
            runs.append([(column, row)])
    names = [[well_name(row, column) for column, row in (run[0], run[-1])] for run in runs]
    return ", ".join(first if first == last else f"{first}–{last}" for first, last in names)

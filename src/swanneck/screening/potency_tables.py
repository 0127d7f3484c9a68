"""Tables of potencies that were measured somewhere: one row per compound (and cell line, or run), censored or not."""

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.units import molar_factor
from swanneck.screening.number_columns import read_number_columns
from swanneck.screening.readout_tables import parse_number

__all__ = ["POTENCY_COLUMNS", "read_censored", "read_potencies"]

POTENCY_COLUMNS = ("ec50", "ic50", "cc50", "ac50", "potency", "ec50_molar", "ic50_molar")
"""Where a potency stands, if the user does not say."""

_CENSORED = re.compile(r"\s*(<=|>=|[<>=≤≥~]?)\s*([0-9.,eE+-]+)\s*")
_RELATIONS = {"": "=", "=": "=", "<": "<", "<=": "<", "≤": "<", ">": ">", ">=": ">", "≥": ">"}


def read_censored(text: str) -> tuple[float, str] | None:
    """Read a potency as papers print it; None where it is none, or about (`~`) something.

    >>> read_censored(">50"), read_censored("0,0022"), read_censored("inactive")
    ((50.0, '>'), (0.0022, '='), None)
    """
    match = _CENSORED.fullmatch(text)
    value = parse_number(match[2]) if match and match[1] in _RELATIONS else None
    return None if match is None or value is None or value <= 0 else (value, _RELATIONS[match[1]])


def read_potencies(
    path: Path, labels: Sequence[str] = (), *, potency: str | None = None, unit: str | None = None,
    role: str = "efficacy",
) -> tuple[pl.DataFrame, list[str]]:  # fmt: skip
    """Read potencies from a folder of results, a `curves.parquet`, or a text table; and say how.

    Gives `compound`, `ec50_molar`, `ec50_relation`, `ec50_low`, `ec50_high`, `role`, and the `labels` (such as
    `cell_line`), which must be there. A text table has `compound` and a column of potencies, plain or like `>50`; its
    unit stands in a column `unit`, in the potency's name (`_molar`), or is `unit`. What is no potency is left out, and
    said so; intervals are columns `<potency>_low` and `<potency>_high`.

    Raises `InputError` where there is no such table or column, or the unit is not known.
    """
    if path.is_dir():
        inside = [path / "results" / "curves.parquet", path / "curves.parquet"]
        path = next((one for one in inside if one.is_file()), inside[0])
    if path.suffix.lower() == ".parquet":
        return _from_curves(path, labels, role)
    names = ["compound", *labels]
    header = read_number_columns(path, [], names).header
    known = {name.lower(): name for name in header}
    chosen = potency or next((known[name] for name in POTENCY_COLUMNS if name in known), None)
    if chosen is None or chosen not in header:
        problem = f"there is no column {potency!r}" if potency else "there is no column of potencies"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(header)}; say --potency")
    ends = {side: f"{chosen}_{side}" for side in ("low", "high") if f"{chosen}_{side}" in header}
    has_unit = "unit" in known and not chosen.lower().endswith("_molar")
    texts = [chosen, *([known["unit"]] if has_unit else [])]
    read = read_number_columns(path, list(ends.values()), [*names, *texts], may_lack=texts)
    values = [None if text is None else read_censored(text) for text in read.table[chosen]]
    factors = _factors(read.table, chosen, known["unit"] if has_unit else None, unit=unit, path=path)
    table = read.table.select(
        *names, role=pl.lit(role),
        ec50_molar=pl.Series([one[0] * factor if one else None for one, factor in zip(values, factors, strict=True)]),
        ec50_relation=pl.Series([one[1] if one else None for one in values], dtype=pl.String),
        **{
            f"ec50_{side}": pl.col(ends[side]) * pl.Series(factors) if side in ends else pl.lit(None, pl.Float64)
            for side in ("low", "high")
        },
    )  # fmt: skip
    understood = list(read.understood)
    strange = [str(text) for text, one in zip(read.table[chosen], values, strict=True) if one is None]
    if len(strange) == table.height:
        problem = f"column {chosen!r} has no potencies, but {', '.join(map(repr, dict.fromkeys(strange[:3])))}"
        raise InputError(problem, where=str(path), remedy="Write positive numbers, censored ones like >50")
    if strange:
        listed = ", ".join(repr(text) for text in dict.fromkeys(strange[:3]))
        understood.append(f"column {chosen!r}: {len(strange)} rows have no potency and are left out: {listed}")
    return table.drop_nulls("ec50_molar"), understood


def _from_curves(path: Path, labels: Sequence[str], role: str) -> tuple[pl.DataFrame, list[str]]:
    try:
        table = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = f"the curves cannot be read: {str(error).splitlines()[0]}"
        raise InputError(problem, where=str(path), remedy="Give a folder of results, or a table") from error
    wanted = ["compound", "role", "ec50_molar", "ec50_relation", "ec50_low", "ec50_high", *labels]
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        problem = f"the curves have no column {missing[0]!r}"
        raise InputError(problem, where=str(path), remedy="Give it to the plate map, and analyse again")
    chosen = table.select(wanted).filter((pl.col("role") == role) & pl.col("ec50_molar").is_not_null())
    return chosen, [f"{path}: {chosen.height} curves of {role}"]


def _factors(table: pl.DataFrame, potency: str, column: str | None, *, unit: str | None, path: Path) -> list[float]:
    if potency.lower().endswith("_molar"):
        return [1.0] * table.height
    units = table[column].to_list() if column else [unit] * table.height
    if any(one is None for one in units):
        problem = f"the unit of column {potency!r} is not known"
        raise InputError(problem, where=str(path), remedy="Give a column unit, or say --unit uM")
    return [1 / round(1 / molar_factor(str(one))) for one in units]

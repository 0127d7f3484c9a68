"""Selectivity of every compound of a table with inhibition and viability of the same wells."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.screening.number_columns import read_number_columns
from swanneck.statistics.fitting.selectivity import Selectivity, SelectivitySettings, fit_selectivity

__all__ = ["SelectivityColumns", "TableSelectivity", "fit_table_selectivity"]


class SelectivityColumns(Settings):
    """Which columns hold what; `compound` where there are several. Inhibition and viability are in percent."""

    dose: str
    inhibition: str
    viability: str
    compound: str | None = None


@dataclass(frozen=True)
class TableSelectivity:
    """The compounds by name, those refused with their reason, and a table of one row per compound."""

    compounds: dict[str, Selectivity]
    refused: dict[str, str]
    table: pl.DataFrame
    understood: list[str]


def fit_table_selectivity(
    path: Path, columns: SelectivityColumns, settings: SelectivitySettings | None = None
) -> TableSelectivity:
    """Fit efficacy and toxicity of every compound: IC50, CC50, index, probability, with censoring carried through.

    Raises `InputError` where the table cannot be read or no compound can be fitted.
    """
    numbers = [columns.dose, columns.inhibition, columns.viability]
    read = read_number_columns(Path(path), numbers, columns.compound or (), needed=[columns.dose], doses=[columns.dose])
    if (read.table[columns.dose] < 0).any():
        problem = f"a dose is negative ({float(np.min(read.table[columns.dose].to_numpy())):g})"
        raise InputError(problem, where=str(path), remedy="Give doses as they are, not their logarithms")
    treated = read.table.filter(pl.col(columns.dose) > 0)
    groups = treated.group_by(columns.compound, maintain_order=True) if columns.compound else [(("",), treated)]
    found: dict[str, Selectivity] = {}
    refused: dict[str, str] = {}
    for (name,), part in groups:
        try:
            found[str(name)] = fit_selectivity(*(part[one] for one in numbers), settings=settings)
        except InputError as error:
            refused[str(name)] = str(error)
    if not found:
        raise InputError(next(iter(refused.values()), "no row has a dose above zero"), where=str(path))
    table = pl.DataFrame([_row(name, one) for name, one in found.items()], infer_schema_length=None)
    return TableSelectivity(found, refused, table, read.understood)


def _row(name: str, one: Selectivity) -> dict[str, object]:
    row: dict[str, object] = {"compound": name}
    for word, potency in (("ic50", one.ic50), ("cc50", one.cc50)):
        row |= {word: potency.dose, f"{word}_relation": potency.relation}
        row |= {f"{word}_low": potency.low, f"{word}_high": potency.high}
    row |= {"selectivity_index": one.index, "selectivity_relation": one.relation}
    row |= {"selectivity_low": one.low, "selectivity_high": one.high, "window": one.window}
    return row | {"probability": one.probability}

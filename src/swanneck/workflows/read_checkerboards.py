"""Checkerboards of a table: the fractional inhibitory concentration index of each, and what replicates agree on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.screening.combinations.checkerboards import Checkerboard, find_growth, read_checkerboard
from swanneck.screening.growth_tables import read_growth_table
from swanneck.screening.inhibitory_concentrations import GrowthRule

__all__ = ["CheckerboardColumns", "TableCheckerboards", "read_checkerboards"]

_Array = NDArray[np.float64]


class CheckerboardColumns(Settings):
    """Which columns hold what: the dose of each of two or three drugs, and growth.

    `drugs` are the columns of their names in the same order, `block` tells combinations apart, `replicate` boards of
    one combination, each read on its own. `blank` is what medium alone reads: a number, or `column=value`.
    """

    doses: tuple[str, ...]
    growth: str
    drugs: tuple[str, ...] = ()
    block: str | None = None
    replicate: str | None = None
    blank: str | None = None


@dataclass(frozen=True)
class TableCheckerboards:
    """The boards by name, those refused with their reason, a row per board, and a row per combination."""

    boards: dict[str, Checkerboard]
    refused: dict[str, str]
    table: pl.DataFrame
    summary: pl.DataFrame
    understood: list[str]


def read_checkerboards(
    path: Path, columns: CheckerboardColumns, *, rule: GrowthRule | None = None
) -> TableCheckerboards:
    """Read every checkerboard of a table with one row per well; wells of equal doses count by their mean.

    Replicates are read one by one: a combination's index is their median, and its verdict what most of them say.

    Raises `InputError` where the table cannot be read or no board can.
    """
    labels = [name for name in (columns.block, *columns.drugs) if name]
    again = [columns.replicate] if columns.replicate else []
    read = read_growth_table(Path(path), columns.doses, [columns.growth], labels=[*labels, *again], blank=columns.blank)
    boards, refused, rows = {}, {}, []
    keys = [*labels, *again]
    table = _name_drugs(read.table, columns)
    for key, part in table.group_by(keys, maintain_order=True) if keys else [((), table)]:
        named = dict(zip(keys, key, strict=True))
        drugs = [str(named.get(name, name)) for name in columns.drugs] or list(columns.doses)
        told = " ".join(str(named[name]) for name in [columns.block] if name in named)
        combination = f"{told} {' + '.join(drugs)}".strip()
        name = combination + (f", {columns.replicate} {named[columns.replicate]}" if columns.replicate else "")
        try:
            axes, values = _arrange(part, columns)
            boards[name] = read_checkerboard(axes, find_growth(values, blank=read.blank, rule=rule))
        except InputError as error:
            refused[name] = str(error)
            continue
        rows.append({"combination": combination} | _row(boards[name], drugs, named.get(columns.replicate or "")))
    if not rows:
        raise InputError(next(iter(refused.values())), where=str(path))
    found = pl.DataFrame(rows, infer_schema_length=None)
    return TableCheckerboards(boards, refused, found, _summarise(found), read.understood)


def _name_drugs(table: pl.DataFrame, columns: CheckerboardColumns) -> pl.DataFrame:
    """Write the name of a drug into wells that lack it, where the board has no other."""
    board = [name for name in (columns.block, columns.replicate) if name]
    for name in columns.drugs:
        known = pl.col(name).drop_nulls()
        only, single = known.first(), known.n_unique() == 1
        chosen = pl.when(single.over(board) if board else single).then(only.over(board) if board else only)
        table = table.with_columns(chosen.otherwise(pl.col(name)).alias(name))
    return table


def _arrange(table: pl.DataFrame, columns: CheckerboardColumns) -> tuple[list[_Array], _Array]:
    known = table.drop_nulls(columns.growth)
    wells = known.group_by(columns.doses, maintain_order=True).agg(pl.col(columns.growth).mean())
    axes = [np.unique(wells[name].to_numpy()) for name in columns.doses]
    values = np.full([axis.size for axis in axes], np.nan)
    places = [np.searchsorted(axis, wells[name].to_numpy()) for axis, name in zip(axes, columns.doses, strict=True)]
    values[tuple(places)] = wells[columns.growth].to_numpy()
    return axes, values


def _row(board: Checkerboard, drugs: list[str], replicate: str | None) -> dict[str, object]:
    row: dict[str, object] = {"replicate": replicate}
    for number, (drug, mic, relation) in enumerate(zip(drugs, board.mic, board.mic_relation, strict=True)):
        letter = "abc"[number]
        best = None if board.best_doses is None else board.best_doses[number]
        row |= {f"drug_{letter}": drug, f"mic_{letter}": mic, f"mic_{letter}_relation": relation}
        row |= {f"best_{letter}": best}
    return row | {"fici": board.fici, "relation": board.relation, "verdict": board.verdict}


def _summarise(table: pl.DataFrame) -> pl.DataFrame:
    """Give a row per combination: the median index with its range, and how many boards say what most say."""
    rows = []
    for (combination,), part in table.group_by(["combination"], maintain_order=True):
        known = part.drop_nulls("fici").sort("fici")
        verdicts = part["verdict"].value_counts(sort=True)
        middle = known.row(known.height // 2, named=True) if known.height else {"fici": None, "relation": "undefined"}
        rows.append({
            "combination": combination, "fici": middle["fici"], "relation": middle["relation"],
            "lowest": known["fici"].min(), "highest": known["fici"].max(), "verdict": verdicts["verdict"][0],
            "agree": verdicts["count"][0], "n_boards": part.height,
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)

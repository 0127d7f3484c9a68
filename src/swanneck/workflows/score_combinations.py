"""Combinations of a table of dose pairs: scored, told, drawn."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.settings import Settings
from swanneck.reports.combination_picture import draw_combination
from swanneck.screening.combinations.scoring import CombinationScore, score_combination
from swanneck.screening.combinations.surfaces import CombinationSettings, make_surface
from swanneck.screening.number_columns import read_number_columns

__all__ = ["CombinationColumns", "ScoredCombinations", "score_combinations"]


class CombinationColumns(Settings):
    """Which columns hold what; `block` tells combinations apart (else the pair of drugs does)."""

    dose_a: str = "dose_a"
    dose_b: str = "dose_b"
    response: str = "response"
    drug_a: str | None = None
    drug_b: str | None = None
    block: str | None = None


@dataclass(frozen=True)
class ScoredCombinations:
    """The combinations by name, those refused with their reason, and the tables of all: `pairs`, `summary`."""

    scores: dict[str, CombinationScore]
    refused: dict[str, str]
    pairs: pl.DataFrame
    summary: pl.DataFrame
    understood: list[str]


def score_combinations(
    table: Path,
    columns: CombinationColumns | None = None,
    settings: CombinationSettings | None = None,
    *,
    out: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ScoredCombinations:
    """Score every combination of a table with one row per well: doses of both drugs and a response.

    With `out` the tables and one picture per combination and reference are written into that folder.

    Raises `InputError` where the table cannot be read or no combination can be scored.
    """
    columns, settings = columns or CombinationColumns(), settings or CombinationSettings()
    numbers = [columns.dose_a, columns.dose_b, columns.response]
    labels = [name for name in (columns.block, columns.drug_a, columns.drug_b) if name]
    read = read_number_columns(Path(table), numbers, labels, needed=numbers[:2], doses=numbers[:2])
    scores: dict[str, CombinationScore] = {}
    refused: dict[str, str] = {}
    units = (read.units.get(columns.dose_a, ""), read.units.get(columns.dose_b, ""))
    groups = list(read.table.group_by(labels, maintain_order=True)) if labels else [((), read.table)]
    for number, (key, part) in enumerate(groups, 1):
        if progress and len(groups) > 1:
            progress("combinations", number, len(groups))
        named = dict(zip(labels, key, strict=True))
        drugs = (str(named.get(columns.drug_a or "", "a")), str(named.get(columns.drug_b or "", "b")))
        name = " ".join([*([str(named[columns.block])] if columns.block else []), f"{drugs[0]} + {drugs[1]}"])
        wells = part.select(dose_a=columns.dose_a, dose_b=columns.dose_b, response=columns.response)
        try:
            surface = replace(make_surface(wells, drugs, settings), units=units)
            scores[name] = score_combination(surface, settings)
        except InputError as error:
            refused[name] = str(error)
    if not scores:
        raise InputError(next(iter(refused.values())), where=str(table))
    pairs, summary = (
        pl.concat([table.select(pl.lit(name).alias("combination"), pl.all()) for name, table in tables.items()])
        for tables in (
            {name: one.pairs for name, one in scores.items()},
            {name: one.summary for name, one in scores.items()},
        )
    )
    done = ScoredCombinations(scores, refused, pairs, summary, read.understood)
    if out is not None:
        _write(done, Path(out))
    return done


def _write(done: ScoredCombinations, folder: Path) -> None:
    write_atomically(folder / "pairs.csv", done.pairs.write_csv().encode())
    write_atomically(folder / "summary.csv", done.summary.write_csv().encode())
    for name, score in done.scores.items():
        stem = re.sub(r"[^\w-]+", "_", name).strip("_")[:80]
        for reference in score.summary["reference"]:
            write_atomically(folder / f"{stem}_{reference}.svg", draw_combination(score, reference).encode())

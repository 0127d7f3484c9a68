"""Three drugs together: the triples of a table, scored against the drugs alone and their pairs."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.screening.combinations.surfaces import CombinationSettings, scale_effects
from swanneck.screening.combinations.triples import score_triples
from swanneck.screening.number_columns import read_number_columns

__all__ = ["ScoredTriples", "TripleColumns", "score_triple_combinations"]


class TripleColumns(Settings):
    """Which columns hold what; `block` tells combinations apart."""

    doses: tuple[str, str, str] = ("dose_a", "dose_b", "dose_c")
    response: str = "response"
    block: str | None = None


@dataclass(frozen=True)
class ScoredTriples:
    """The scores of all combinations with a column `combination`, those refused, and how the file was read."""

    table: pl.DataFrame
    refused: dict[str, str]
    understood: list[str]


def score_triple_combinations(
    path: Path, columns: TripleColumns | None = None, settings: CombinationSettings | None = None
) -> ScoredTriples:
    """Score every triple of doses of a table with one row per well, against HSA, Bliss and what the pairs do.

    The baseline is that of the pairs: wells without drug, or nominal. Raises `InputError` where the table cannot be
    read or no combination has wells with all three drugs.
    """
    columns, settings = columns or TripleColumns(), settings or CombinationSettings()
    labels = [columns.block] if columns.block else []
    read = read_number_columns(
        Path(path), [*columns.doses, columns.response], labels, needed=columns.doses, doses=columns.doses
    )
    understood, parts, refused = list(read.understood), [], {}
    for key, part in read.table.group_by(labels, maintain_order=True) if labels else [(("",), read.table)]:
        name = str(key[0])
        wells = part.select(
            *(pl.col(one).alias(f"dose_{letter}") for one, letter in zip(columns.doses, "abc", strict=True)),
            pl.col(columns.response).alias("response"),
        )
        untreated = wells.filter(pl.all_horizontal(pl.col("^dose_.$") == 0))["response"]
        try:
            effects, baseline, source = scale_effects(wells["response"], untreated, settings, where=name)
            scored = score_triples(wells.with_columns(effect=effects), settings)
        except InputError as error:
            refused[name] = str(error)
            continue
        understood.append(f"{name}: effect 0 is {baseline:.4g} ({source})".lstrip(": "))
        parts.append(scored.select(pl.lit(name).alias("combination"), pl.all()))
    if not parts:
        raise InputError(next(iter(refused.values())), where=str(path))
    return ScoredTriples(pl.concat(parts, how="vertical_relaxed"), refused, understood)

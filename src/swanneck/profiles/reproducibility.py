"""Do replicates agree, and does a compound differ from the controls?

`measure_reproducibility`: the share of replicate pairs that are more alike than most pairs of other profiles (Way et
al. 2022, Cell Syst 13:911; cytominer-eval). `measure_grit`: how many control standard deviations the replicates of a
perturbation stand together, away from the controls (Pahl et al. 2023, Cell Chem Biol 30:839; cytominer-eval).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.profiles.similarity import Measure, similarity_matrix, unit_profiles
from swanneck.profiles.tables import code_columns

__all__ = ["Reproducibility", "measure_grit", "measure_reproducibility"]

_MOST_PROFILES = 12_000  # all pairs are held at once: 12,000 profiles are 1.2 GB


@dataclass(frozen=True)
class Reproducibility:
    """The share of replicate pairs above the quantile of other pairs, and the numbers that it came from."""

    share: float
    quantile: float
    threshold: float
    n_replicate_pairs: int
    n_other_pairs: int


def measure_reproducibility(
    table: pl.DataFrame,
    same: Sequence[str],
    *,
    quantile: float = 0.95,
    features: Sequence[str] | None = None,
    measure: Measure = "correlation",
) -> Reproducibility:
    """Give the share of replicate pairs more alike than the quantile of all other pairs.

    Replicates agree in all columns of `same`; a missing value there has no replicate. Raises `InputError` where there
    is no replicate pair, or no other pair.

    >>> table = pl.DataFrame({"c": ["a", "a", "b", "b"], "Cells_x": [1.0, 2.0, 0.0, 0.1],
    ...                       "Cells_y": [0.0, 0.1, 1.0, 3.0]})
    >>> measure_reproducibility(table, ["c"], measure="cosine").share
    1.0
    """
    similarity = _similarities(table, features, measure)
    codes = code_columns(table, same)
    alike = np.ones(similarity.shape, dtype=bool)
    for code in codes:
        alike &= (code[:, None] == code) & (code >= 0)
    above = np.triu(np.ones(similarity.shape, dtype=bool), 1)
    replicates, others = similarity[above & alike], similarity[above & ~alike]
    if not len(replicates) or not len(others):
        what = "replicate" if not len(replicates) else "other"
        problem = f"there is no pair of {what} profiles by {', '.join(same)}"
        raise InputError(problem, remedy="Name the columns that replicates agree in, such as compound and dose")
    threshold = float(np.quantile(others, quantile))
    share = float((replicates > threshold).mean())
    return Reproducibility(share, quantile, threshold, len(replicates), len(others))


def measure_grit(
    table: pl.DataFrame,
    by: str,
    control: pl.Expr,
    *,
    group: str | None = None,
    features: Sequence[str] | None = None,
    measure: Measure = "correlation",
) -> pl.DataFrame:
    """Give grit per value of `by`: the mean z-score of likeness within its group against likeness to controls.

    `group` widens whom a profile should be alike: with `by` the guide and `group` the gene, other guides of the gene;
    without it the replicates of the perturbation. `grit` is null where a perturbation has no partner. Raises
    `InputError` where fewer than two profiles are controls.

    >>> table = pl.DataFrame({"c": ["dmso", "dmso", "dmso", "a", "a"], "Cells_x": [1.0, 0.9, -0.3, 5.0, 6.0],
    ...                       "Cells_y": [0.2, -0.3, 0.8, 5.0, 6.2]})
    >>> measure_grit(table, "c", pl.col("c") == "dmso", measure="cosine").select("c", pl.col("grit").round(2)).rows()
    [('a', 2.33)]
    """
    similarity = _similarities(table, features, measure)
    controls = table.select(control.fill_null(False)).to_series().to_numpy()
    if controls.sum() < 2:
        problem = f"grit needs at least two control profiles, got {int(controls.sum())}"
        raise InputError(problem, remedy="Name the controls")
    own, families = code_columns(table, [by, group or by])
    rows = []
    for code in np.unique(own[(own >= 0) & ~controls]):
        members = np.flatnonzero((own == code) & ~controls)
        scores = []
        for member in members:
            partners = (families == families[member]) & (families[member] >= 0) & ~controls
            partners &= (own != code) if group else (np.arange(len(own)) != member)
            scores.append(_score_against(similarity[member], partners, controls))
        known = [score for score in scores if not np.isnan(score)]
        grit = float(np.mean(known)) if known else None
        rows.append({by: table[by][int(members[0])], "grit": grit, "n_profiles": len(members)})
    return pl.DataFrame(rows, schema_overrides={"grit": pl.Float64}).sort("grit", descending=True, nulls_last=True)


def _score_against(row: NDArray[np.float64], partners: NDArray[np.bool_], controls: NDArray[np.bool_]) -> float:
    spread = row[controls].std()
    if not partners.any() or spread == 0:
        return float("nan")
    return float(((row[partners] - row[controls].mean()) / spread).mean())


def _similarities(table: pl.DataFrame, features: Sequence[str] | None, measure: Measure) -> NDArray[np.float64]:
    if table.height > _MOST_PROFILES:
        problem = f"all pairs of {table.height} profiles do not fit into memory; at most {_MOST_PROFILES} do"
        raise InputError(problem, remedy="Aggregate to wells first, or take a sample")
    return similarity_matrix(unit_profiles(table, features, measure=measure), measure)

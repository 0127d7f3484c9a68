"""Gene-level calls of RNAi and CRISPR libraries: several reagents of a gene that rank high together.

Redundant siRNA activity (König et al. 2007, Nat Methods 4:847): reagents are ranked by score; for each gene and each
number i of its best reagents, the hypergeometric chance that i of them are among the ranks up to the i-th is taken, and
the least of these chances is the gene's.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import special

from swanneck.foundation.errors import InputError

__all__ = ["rank_genes"]


def rank_genes(genes: Sequence[Hashable | None], scores: ArrayLike, *, higher: bool = True) -> pl.DataFrame:
    """Give one row per gene, best first: `gene`, `log10_p`, `p_value`, `n_reagents`, `n_active` and `best_score`.

    `scores` has one value per reagent; higher is more active unless `higher` is false. Reagents without a gene (null)
    take part in the ranking only; those without a score do not. Equal scores share the worst of their ranks, so that
    ties never make a gene look better. `n_active` is the number of reagents that gave the least chance.

    A p-value is the least of several and not corrected for that: use it to rank, and permute for error rates.

    Raises `InputError` where lengths differ or no reagent has a gene and a score.

    >>> rank_genes(["a", "a", "b", "b", "c"], [9.0, 8.0, 7.0, 1.0, 2.0]).select("gene", "n_active").rows()
    [('a', 2), ('c', 1), ('b', 1)]
    """
    values = np.asarray(scores, dtype=np.float64).ravel()
    if values.size != len(genes):
        problem = f"one score per reagent is needed, got {values.size} for {len(genes)}"
        raise InputError(problem)
    table = pl.DataFrame({"gene": [None if one is None else str(one) for one in genes], "score": values})
    table = table.filter(pl.col("score").is_finite())
    total = table.height
    turned = -pl.col("score") if higher else pl.col("score")
    ranked = table.with_columns(rank=turned.rank("max").cast(pl.Int64)).drop_nulls("gene").sort("gene", "rank")
    if not ranked.height:
        problem = "no reagent has a gene and a score"
        raise InputError(problem)
    ranked = ranked.with_columns(
        place=pl.int_range(1, pl.len() + 1).over("gene"), n_reagents=pl.len().over("gene").cast(pl.Int64)
    )
    # Of reagents with equal ranks all count by the last of them.
    ranked = ranked.with_columns(place=pl.col("place").max().over("gene", "rank"))
    places, sizes, ranks = (ranked[name].to_numpy() for name in ("place", "n_reagents", "rank"))
    chance = _log_chance(places, sizes, ranks, total=total)
    best = pl.col("score").max() if higher else pl.col("score").min()
    return (
        ranked.with_columns(log10_p=pl.Series(chance / np.log(10)))
        .group_by("gene", maintain_order=True)
        .agg(
            pl.col("log10_p").min(), pl.col("place").sort_by("log10_p").first().cast(pl.Int64).alias("n_active"),
            pl.col("n_reagents").first(), best.alias("best_score"),
        )
        .with_columns(p_value=(10.0 ** pl.col("log10_p")).clip(0.0, 1.0))
        .sort("log10_p", "gene")
        .select("gene", "log10_p", "p_value", "n_reagents", "n_active", "best_score")
    )  # fmt: skip


def _log_chance(
    least: NDArray[np.int64], sizes: NDArray[np.int64], ranks: NDArray[np.int64], *, total: int
) -> NDArray[np.float64]:
    """Give ln of the chance that at least `least` of a gene's `sizes` reagents are among the first `ranks` of all."""

    def log_choose(n: NDArray[np.int64] | int, k: NDArray[np.int64]) -> NDArray[np.float64]:
        value: NDArray[np.float64] = special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
        return value

    found = np.full(least.size, -np.inf)
    for more in range(int((sizes - least).max()) + 1):
        inside = least + more
        possible = (inside <= sizes) & (inside <= ranks) & (sizes - inside <= total - ranks)
        k, n, r = inside[possible], sizes[possible], ranks[possible]
        terms = log_choose(r, k) + log_choose(total - r, n - k) - log_choose(total, n)
        found[possible] = np.logaddexp(found[possible], terms)
    chance: NDArray[np.float64] = np.minimum(found, 0.0)
    return chance

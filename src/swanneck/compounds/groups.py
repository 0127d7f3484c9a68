"""Groups of a library: clusters of like structures, scaffolds, and which of them have more hits than chance gives."""

from collections.abc import Sequence

import polars as pl
from scipy import stats

from swanneck.chemistry.fingerprints import choose_diverse, cluster_structures, make_fingerprints, similar_to
from swanneck.chemistry.properties import murcko_scaffold
from swanneck.compounds.library import Library
from swanneck.foundation.errors import InputError
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["choose_subset", "group_library", "summarise_groups"]


def group_library(library: Library, *, least_similarity: float = 0.4) -> pl.DataFrame:
    """Give `compound`, `cluster` (from 1, the largest first) and `scaffold` of each compound, null without a structure.

    Raises `InputError` for more compounds than can be clustered.

    >>> from swanneck.compounds.library import build_library
    >>> made = build_library(pl.DataFrame({"compound": ["a", "b", "c"],
    ...                                    "structure": ["CCCCO", "CCCCCO", "c1ccccc1"]}))
    >>> group_library(made).rows()
    [('a', 1, None), ('b', 1, None), ('c', 2, 'c1ccccc1')]
    """
    molecules = library.molecules()
    known = [molecule for molecule in molecules if molecule is not None]
    numbers = iter(cluster_structures(make_fingerprints(known), least_similarity=least_similarity))
    return pl.DataFrame({
        "compound": library.table["compound"],
        "cluster": pl.Series([None if one is None else next(numbers) for one in molecules], dtype=pl.Int64),
        "scaffold": pl.Series([None if one is None else murcko_scaffold(one) for one in molecules], dtype=pl.String),
    })  # fmt: skip


def summarise_groups(groups: pl.DataFrame, by: str, active: Sequence[bool | None] | None = None) -> pl.DataFrame:
    """Summarise clusters or scaffolds (`by`): `n`, and with calls `n_tested`, `n_active`, `p_value`, `fdr`.

    The p-value is that of so many hits or more among the group's tested compounds (hypergeometric); the rate is that of
    Benjamini and Hochberg over groups of two compounds or more. The group with the least p-value comes first; without
    calls the largest.

    >>> groups = pl.DataFrame({"compound": list("abcdef"), "cluster": [1, 1, 1, 2, 2, 3]})
    >>> told = summarise_groups(groups, "cluster", [True, True, True, False, False, False])
    >>> told.select("cluster", "n_active", pl.col("p_value").round(3)).row(0)
    (1, 3, 0.05)
    """
    calls = pl.Series([None] * groups.height if active is None else active, dtype=pl.Boolean)
    known = groups.with_columns(_active=calls).filter(pl.col(by).is_not_null())
    table = known.group_by(by, maintain_order=True).agg(
        pl.len().alias("n"), pl.col("_active").count().alias("n_tested"),
        pl.col("_active").sum().alias("n_active"), pl.col("compound").head(3).str.join(", ").alias("such_as"),
    )  # fmt: skip
    if active is None:
        return table.drop("n_tested", "n_active").sort("n", descending=True, maintain_order=True)
    tested, hits = int(known["_active"].count()), int(known["_active"].sum())
    chances = [
        float(stats.hypergeom.sf(found - 1, tested, hits, size)) if size > 1 else float("nan")
        for size, found in table.select("n_tested", "n_active").iter_rows()
    ]
    table = table.with_columns(p_value=pl.Series(chances), fdr=pl.Series(adjust_p_values(chances))).fill_nan(None)
    return table.sort("p_value", "n", descending=[False, True], nulls_last=True)


def choose_subset(library: Library, count: int, *, keep: Sequence[str] = (), seed: int = 1) -> pl.DataFrame:
    """Choose so many compounds that are as unlike each other, and those to `keep`, as can be (MaxMin).

    Gives the rows of the library in the order of their choice, with `nearest`: the Tanimoto similarity to the most like
    of those chosen before. Kept compounds come first and count. Compounds without a structure are not chosen.

    Raises `InputError` where a compound to keep has no structure, or fewer are wanted than kept.
    """
    molecules = library.molecules()
    places = [place for place, molecule in enumerate(molecules) if molecule is not None]
    fingerprints = make_fingerprints([molecule for molecule in molecules if molecule is not None])
    names = [library.table["compound"][place] for place in places]
    missing = next((name for name in keep if name not in names), None)
    if missing is not None or not len(keep) <= count:
        problem = f"the library has no structure of {missing!r}" if missing else f"{len(keep)} are kept, {count} wanted"
        raise InputError(problem)
    first = [names.index(name) for name in dict.fromkeys(keep)]
    chosen = choose_diverse(fingerprints, count, first=first, seed=seed)
    nearest: list[float | None] = []
    for number, place in enumerate(chosen):
        before = [fingerprints[one] for one in chosen[:number]]
        nearest.append(float(similar_to(fingerprints[place], before).max()) if before else None)
    rows = library.table[[places[place] for place in chosen]]
    return rows.with_columns(nearest=pl.Series(nearest, dtype=pl.Float64))

"""What the hits have in common: hypotheses of target and mechanism, each with its evidence and what would refute it.

Over-representation by Fisher's exact test among hits against all screened compounds; rank-based enrichment of the
activity by the Mann-Whitney test; both corrected over all labels (Benjamini and Hochberg). Compounds with a label but
the same structure class can share side effects: see the analogues before believing.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import hypergeom, mannwhitneyu

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["TargetSettings", "enrich_labels", "neighbour_targets", "suggest_targets"]


class TargetSettings(Settings):
    """`fewest`: labels with fewer screened compounds are not tested. `highest_fdr`: above it a label is no hypothesis.
    `separator`: what stands between several labels in one cell, as in the Repurposing Hub."""

    fewest: int = 3
    highest_fdr: float = 0.1
    separator: str = "|"


def enrich_labels(
    table: pl.DataFrame,
    label: str,
    *,
    hit: str = "is_hit",
    activity: str | None = None,
    settings: TargetSettings | None = None,
) -> pl.DataFrame:
    """Test each target or mechanism: is it more frequent among hits, and are its compounds more active, than others?

    `table` has one row per compound with `compound`, the column of labels, `hit` (true or false) and, for the
    rank-based test, `activity` (higher is more active). Compounds without a label are the background too where they
    were annotated at all; those with a null label are left out, since nobody knows what they are. Columns: `label`,
    `n_compounds`, `n_hits`, `n_background`, `n_background_hits`, `odds_ratio`, `p_over`, `fdr_over`, `p_rank`,
    `fdr_rank`, `hits`. Raises `InputError` where nothing is annotated or all or none are hits.

    >>> table = pl.DataFrame({"compound": list("abcdefgh"), "target": ["PIK"] * 3 + ["X", "Y", "X", "Y", "X"],
    ...                       "is_hit": [True] * 3 + [False] * 5})
    >>> enrich_labels(table, "target").select("label", "n_hits", pl.col("p_over").round(4)).row(0)
    ('PIK', 3, 0.0179)
    """
    settings = settings or TargetSettings()
    missing = [
        name for name in ("compound", label, hit, *([activity] if activity else [])) if name not in table.columns
    ]
    if missing:
        problem = f"the table lacks {', '.join(missing)}"
        raise InputError(problem, remedy=f"There are: {', '.join(table.columns[:20])}")
    known = table.filter(pl.col(label).is_not_null() & pl.col(hit).is_not_null()).unique(
        "compound", maintain_order=True
    )
    n, n_hits = known.height, int(known[hit].sum())
    if not 0 < n_hits < n:
        problem = f"{n_hits} of {n} annotated compounds are hits: there is nothing to compare"
        raise InputError(problem, remedy="Annotate the library, or change the rule for hits")
    members: dict[str, list[int]] = {}
    for row, text in enumerate(known[label].cast(pl.String)):
        for word in dict.fromkeys(part.strip() for part in text.split(settings.separator) if part.strip()):
            members.setdefault(word, []).append(row)
    hits = known[hit].to_numpy()
    values = known[activity].cast(pl.Float64).to_numpy() if activity else None
    rows = []
    for word, places in members.items():
        if len(places) >= settings.fewest:
            inside = np.zeros(n, dtype=bool)
            inside[places] = True
            rows.append(_test_label(word, inside, hits, values, names=known["compound"]))
    schema = {
        "label": pl.String, "n_compounds": pl.Int64, "n_hits": pl.Int64, "n_background": pl.Int64,
        "n_background_hits": pl.Int64, "odds_ratio": pl.Float64, "p_over": pl.Float64, "p_rank": pl.Float64,
        "hits": pl.String,
    }  # fmt: skip
    result = pl.DataFrame(rows, schema=schema, orient="row")
    adjusted = {
        f"fdr_{kind}": pl.Series(adjust_p_values(_column(result, f"p_{kind}"))).fill_nan(None)
        for kind in ("over", "rank")
    }
    return result.with_columns(**adjusted).sort(["p_over", "label"])


def _column(table: pl.DataFrame, name: str) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in table[name]], dtype=np.float64)


def _test_label(
    word: str,
    inside: NDArray[np.bool_],
    hits: NDArray[np.bool_],
    values: NDArray[np.float64] | None,
    *,
    names: pl.Series,
) -> tuple[object, ...]:
    n, n_in, n_hits = len(inside), int(inside.sum()), int(hits.sum())
    both = int((inside & hits).sum())
    outside = n_hits - both
    odds = ((both + 0.5) / (n_in - both + 0.5)) / ((outside + 0.5) / (n - n_in - outside + 0.5))
    p_over = float(hypergeom.sf(both - 1, n, n_hits, n_in))
    p_rank = None
    if values is not None:
        present = ~np.isnan(values)
        own, others = values[inside & present], values[~inside & present]
        if len(own) and len(others):
            p_rank = float(mannwhitneyu(own, others, alternative="greater").pvalue)
    found = ", ".join(names.filter(pl.Series(inside & hits)).to_list())
    return word, n_in, both, n - n_in, outside, odds, min(1.0, p_over), p_rank, found


def neighbour_targets(near: pl.DataFrame, targets: Mapping[str, str | None], *, separator: str = "|") -> pl.DataFrame:
    """Gather the known targets of neighbours: `near` has `compound`, `neighbour`, `similarity`, `space`.

    `space` says in which the neighbours were found (profile, chemical). Columns `compound`, `label`, `space`,
    `n_neighbours`, `best_similarity`, `neighbours`.

    >>> near = pl.DataFrame({"compound": ["x"], "neighbour": ["apilimod"], "similarity": [0.8], "space": ["chemical"]})
    >>> neighbour_targets(near, {"apilimod": "PIKFYVE"}).select("label", "best_similarity").rows()
    [('PIKFYVE', 0.8)]
    """
    rows = [
        (row["compound"], word.strip(), row["space"], row["similarity"], row["neighbour"])
        for row in near.iter_rows(named=True)
        for word in (targets.get(row["neighbour"]) or "").split(separator)
        if word.strip()
    ]
    schema = {
        "compound": pl.String,
        "label": pl.String,
        "space": pl.String,
        "similarity": pl.Float64,
        "neighbour": pl.String,
    }
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .group_by(["compound", "label", "space"], maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("n_neighbours"),
            pl.col("similarity").max().alias("best_similarity"),
            pl.col("neighbour").str.join(", ").alias("neighbours"),
        )
    )


def suggest_targets(
    enriched: pl.DataFrame,
    *,
    near: pl.DataFrame | None = None,
    gene_hits: Sequence[str] = (),
    members: Mapping[str, Sequence[str]] | None = None,
    settings: TargetSettings | None = None,
) -> pl.DataFrame:
    """Make hypotheses of the labels that pass: `label`, `support` (kinds of evidence), `evidence`, `refuted_by`.

    `enriched` is the table of `enrich_labels`, `near` that of `neighbour_targets` for the hits, `gene_hits` the genes
    that a knock-down screen of the same pathogen called, `members` the hits of each label: a called gene that is the
    target of even one of them is a hypothesis. A label counts once for each kind of evidence; most first.

    >>> enriched = pl.DataFrame({"label": ["PIKFYVE"], "n_compounds": [3], "n_hits": [3], "n_background": [90],
    ...     "n_background_hits": [5], "odds_ratio": [40.0], "p_over": [1e-4], "p_rank": [None], "hits": ["a, b, c"],
    ...     "fdr_over": [0.001], "fdr_rank": [None]}, schema_overrides={"p_rank": pl.Float64, "fdr_rank": pl.Float64})
    >>> suggest_targets(enriched, gene_hits=["PIKFYVE"])["support"].to_list()
    [2]
    """
    settings = settings or TargetSettings()
    found: dict[str, list[tuple[str, str]]] = {}
    active: dict[str, str] = {}
    for row in enriched.iter_rows(named=True):
        active[row["label"]] = row["hits"]
        if row["fdr_over"] is not None and row["fdr_over"] <= settings.highest_fdr:
            others = f"{row['n_background_hits']} of {row['n_background']} others"
            share = f"{row['n_hits']} of {row['n_compounds']} compounds are hits, {others}"
            text = f"over-represented: {share} (FDR {row['fdr_over']:.2g}): {row['hits']}"
            found.setdefault(row["label"], []).append(("over-representation", text))
        if row["fdr_rank"] is not None and row["fdr_rank"] <= settings.highest_fdr:
            text = f"its compounds are more active than others (FDR {row['fdr_rank']:.2g})"
            found.setdefault(row["label"], []).append(("ranks", text))
    for row in near.iter_rows(named=True) if near is not None else ():
        where = f"in {row['space']} space (similarity {row['best_similarity']:.2f})"
        text = f"{row['compound']} is near {row['neighbours']} {where}"
        found.setdefault(row["label"], []).append((row["space"], text))
    for gene in dict.fromkeys(gene_hits):
        if (own := (members or {}).get(gene)) and gene not in found:
            found[gene] = [("compounds", f"target of the hits {', '.join(own)}")]
        if gene in found:
            found[gene].append(("gene", f"silencing {gene} gives the same effect"))
    rows = [
        (label, len({kind for kind, _ in told}), "; ".join(text for _, text in told), _refutation(label, active))
        for label, told in found.items()
    ]
    schema = {"label": pl.String, "support": pl.Int64, "evidence": pl.String, "refuted_by": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").sort(["support", "label"], descending=[True, False])


def _refutation(label: str, active: Mapping[str, str]) -> str:
    tried = active.get(label)
    against = f"; {tried} acting through another target that they share" if tried and ", " in tried else ""
    other = f"compounds of another scaffold that hit {label} being inactive"
    return f"{other}; the effect staying where {label} is absent or blocked{against}"

"""Gene-level calls against a slow count of every possibility."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.foundation.errors import InputError
from swanneck.statistics.redundant_activity import rank_genes


def slow(genes, scores):
    """The least hypergeometric chance of each gene, by counting with whole numbers."""
    total = len(scores)
    rank = [sum(other >= one for other in scores) for one in scores]
    told = {}
    for gene in set(genes) - {None}:
        own = sorted(rank[k] for k in range(total) if genes[k] == gene)
        chances = []
        for last in own:
            inside = sum(one <= last for one in own)
            ways = sum(comb(last, k) * comb(total - last, len(own) - k) for k in range(inside, len(own) + 1))
            chances.append(ways / comb(total, len(own)))
        told[gene] = min(chances)
    return told


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", None]), st.integers(0, 8)), min_size=3, max_size=40))
@settings(max_examples=60)
def test_chances_are_those_of_a_slow_count(reagents):
    genes, scores = [gene for gene, _ in reagents], [float(score) for _, score in reagents]
    if not any(genes):
        return
    table = rank_genes(genes, scores)
    assert dict(zip(table["gene"], table["p_value"], strict=True)) == pytest.approx(slow(genes, scores), rel=1e-9)


def test_lower_scores_can_be_the_active_ones():
    genes, scores = ["a", "a", "b", "b"], np.array([1.0, 2.0, 8.0, 9.0])
    assert rank_genes(genes, scores, higher=False)["gene"][0] == "a"
    assert rank_genes(genes, -scores).equals(
        rank_genes(genes, scores, higher=False).with_columns(
            best_score=-rank_genes(genes, scores, higher=False)["best_score"]
        )
    )


def test_a_genome_wide_library_ranks_its_planted_gene_first():
    rng = np.random.default_rng(0)
    genes = [f"g{k // 4}" for k in range(20_000)]
    scores = rng.normal(0, 1, 20_000)
    scores[400:403] += 3.5
    assert rank_genes(genes, scores)["gene"][0] == "g100"


def test_bad_lists_are_refused():
    with pytest.raises(InputError, match="one score per reagent"):
        rank_genes(["a"], [1.0, 2.0])
    with pytest.raises(InputError, match="no reagent"):
        rank_genes([None], [1.0])

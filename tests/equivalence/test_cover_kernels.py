"""The kernels of the cover against plain Python: who is reached, and the fewest oligos by trying all sets."""

from itertools import combinations
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.cover import CoverSettings, cover_windows
from swanneck.sequences.fasta import FastaRecord

MASKS = {"A": 1, "C": 2, "G": 4, "T": 8, "N": 15, "R": 5}
WINDOW, OLIGO = 14, 8


def reaches(oligo, target, mismatches, missing):
    if "-" in target:
        return False
    wrong = sum(
        not MASKS[a] & MASKS[b] or (missing == "fails" and b not in "ACGT") for a, b in zip(oligo, target, strict=True)
    )
    return wrong <= mismatches


def sets_of(genomes, columns, mismatches, missing, *, least=1):
    """Give the sets of genomes that the oligos of these columns reach, those that enough genomes have."""
    found = set()
    for site in columns:
        targets = [genome[site : site + OLIGO] for genome in genomes]
        for oligo in {one for one in targets if set(one) <= set("ACGT") and targets.count(one) >= least}:
            found.add(frozenset(i for i, target in enumerate(targets) if reaches(oligo, target, mismatches, missing)))
    return found


def fewest(sets, needed):
    """Give the size of the smallest collection that reaches enough, 0 where there is none."""
    for number in range(1, 9):
        if any(len(frozenset().union(*some)) >= needed for some in combinations(sets, number)):
            return number
    return 0


def mutants(rng, *, gaps):
    """Genomes of one ancestor, with missing bases inside and, where asked for, deletions."""
    ancestor = rng.choice(list("ACGT"), 22)
    genomes = np.tile(ancestor, (rng.integers(1, 8), 1))
    for letters, rate in ((list("ACGT"), 0.2), (["N", "R"], 0.02), (["-"], 0.01 * gaps)):
        hit = rng.random(genomes.shape) < rate
        hit[:, [0, -1]] = False
        genomes[hit] = rng.choice(letters, hit.sum())
    return ["".join(row) for row in genomes]


@pytest.mark.parametrize("missing", ["fails", "unknown"])
@pytest.mark.parametrize("rarest", [0.0, 0.3])
@given(seed=st.integers(0, 2**32 - 1), mismatches=st.integers(0, 2), fraction=st.sampled_from([1.0, 0.99, 0.7, 0.5]))
@settings(max_examples=40)
def test_no_smaller_set_of_oligos_exists(missing, rarest, seed, mismatches, *, fraction):
    genomes = mutants(np.random.default_rng(seed), gaps=True)
    chosen = CoverSettings(
        oligo=OLIGO, window=WINDOW, mismatches=mismatches, fraction=fraction, missing=missing, known_share=0.0,
        rarest=rarest,
    )  # fmt: skip
    found = cover_windows([FastaRecord(str(i), "", genome) for i, genome in enumerate(genomes)], chosen)
    number = dict(zip(found.window_start.tolist(), found.n_oligos.tolist(), strict=True))
    assert found.n_oligos.tolist() == found.lower_bound.tolist()
    for start in range(found.n_windows):
        columns = range(start, start + WINDOW - OLIGO + 1)
        sets = sets_of(genomes, columns, mismatches, missing, least=found.least)
        assert number.get(start + 1, 0) == fewest(sets, found.needed)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_every_solution_reaches_what_it_promises(seed):
    genomes = mutants(np.random.default_rng(seed), gaps=True)
    chosen = CoverSettings(oligo=OLIGO, window=WINDOW, mismatches=1, fraction=0.9)
    found = cover_windows([FastaRecord(str(i), "", genome) for i, genome in enumerate(genomes)], chosen)
    for start, oligos, sites in zip(found.window_start.tolist(), found.oligos, found.sites, strict=True):
        assert all(start <= site <= start + WINDOW - OLIGO for site in sites)
        hit = {
            i for oligo, site in zip(oligos, sites, strict=True) for i, genome in enumerate(genomes)
            if reaches(oligo, genome[site - 1 : site - 1 + OLIGO], 1, "unknown")
        }  # fmt: skip
        assert len(hit) >= found.needed


@pytest.mark.parametrize("missing", ["fails", "unknown"])
@given(seed=st.integers(0, 2**32 - 1), known_share=st.sampled_from([0.0, 0.5, 1.0]))
@settings(max_examples=40)
def test_windows_of_one_oligo_are_those_of_the_search(missing, seed, known_share):
    genomes = mutants(np.random.default_rng(seed), gaps=True)
    chosen = CoverSettings(
        oligo=OLIGO, window=WINDOW, mismatches=2, fraction=0.9, missing=missing, known_share=known_share
    )
    records = [FastaRecord(str(i), "", genome) for i, genome in enumerate(genomes)]
    found = cover_windows(records, chosen)
    with patch("swanneck.diagnostics.cover.MOST_GENOMES", 0):
        searched = cover_windows(records, chosen)
    assert found.window_start.tolist() == searched.window_start.tolist()
    assert found.n_oligos.tolist() == searched.n_oligos.tolist()

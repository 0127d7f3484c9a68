"""The search for oligos against plain Python, which looks at every place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.search.sites import MOST_MISMATCHES, find_sites
from swanneck.folding.duplexes import reverse_complement
from swanneck.sequences.fasta import FastaRecord

CODES = {"A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "N": "ACGT"}


def plainly(oligo, genome):
    """Give mismatches, missing bases, start and direction of the best site."""
    best = (MOST_MISMATCHES + 1, -1, 0, False, -1)
    for reverse, word in ((False, oligo), (True, reverse_complement(oligo))):
        for place in range(len(genome) - len(word) + 1):
            site = genome[place : place + len(word)]
            wrong = sum(base not in CODES[code] for code, base in zip(word, site, strict=True))
            missing = sum(base not in "ACGT" for base in site)
            if wrong < best[0]:
                best = (wrong, wrong - missing, place + 1, reverse, missing)
    return best[1:]


@given(st.integers(0, 2**32 - 1), st.integers(1, 90), st.integers(1, 300))
@settings(max_examples=60)
def test_the_best_site_is_found(seed, length, size):
    rng = np.random.default_rng(seed)
    genome = "".join(rng.choice(list("ACGTN"), size, p=[0.24, 0.24, 0.24, 0.24, 0.04]))
    begin = int(rng.integers(0, size))
    copy = [base if rng.random() > 0.1 else rng.choice(list("ACGTRYN")) for base in genome[begin : begin + length]]
    oligo = "".join(copy) if rng.random() < 0.5 else reverse_complement("".join(copy))
    found = find_sites([oligo, "ACGTACGT"], [FastaRecord("g", "", genome)])
    for row, word in enumerate([oligo, "ACGTACGT"]):
        mismatches, start, reverse, missing = plainly(word, genome)
        assert found.mismatches[row, 0] == mismatches
        assert (found.start[row, 0], found.reverse[row, 0]) == (start, reverse)
        assert found.missing[row, 0] == missing


@pytest.mark.parametrize("place", [0, 1, 55, 63, 64, 65, 120])
def test_sites_across_words_and_at_the_end_are_found(place):
    genome = ("A" * place) + "CGTCGGTC" + "A" * (120 - place)
    assert find_sites(["CGTCGGTC"], [FastaRecord("g", "", genome)]).start.tolist() == [[place + 1]]

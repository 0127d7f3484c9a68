"""What would be amplified, against every pair of places tried in turn."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.search.amplicons import expand_oligo, predict_amplicons
from swanneck.folding.duplexes import reverse_complement
from swanneck.sequences.fasta import FastaRecord

LONGEST = 90


def binds(genome, word, place):
    """Give the mismatches of a word at a place, and whether its last two bases pair."""
    wrong = [i for i, base in enumerate(word) if genome[place + i] != base]
    return len(wrong), not set(wrong) & {len(word) - 2, len(word) - 1}


def plainly(primers, probe, genome, mismatches):
    sites = []
    for role, oligo in primers.items():
        for word, reverse in product(expand_oligo(oligo), (False, True)):
            strand = reverse_complement(genome) if reverse else genome
            for place in range(len(genome) - len(word) + 1):
                wrong, ends = binds(strand, word, place)
                if wrong <= mismatches and ends:
                    start = len(genome) - place - len(word) if reverse else place
                    sites.append((role, reverse, start, start + len(word), wrong))
    best = {}
    for role, reverse, start, end, wrong in sites:
        best[role, reverse, start, end] = min(wrong, best.get((role, reverse, start, end), 99))
    found = set()
    for (one, turned, begin, middle), few in best.items():
        for (two, back, start, end), more in best.items():
            if turned or not back or start < middle or end - begin > LONGEST:
                continue
            inside = any(
                binds(strand, probe, place)[0] <= mismatches
                and middle <= (len(genome) - place - len(probe) if strand is not genome else place)
                and (len(genome) - place if strand is not genome else place + len(probe)) <= start
                for strand in (genome, reverse_complement(genome)) for place in range(len(genome) - len(probe) + 1)
            )  # fmt: skip
            found.add((one, two, begin + 1, end, few + more, inside))
    return found


@pytest.mark.parametrize("mismatches", [0, 2])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_every_amplicon_is_found_and_no_other(mismatches, seed):
    rng = np.random.default_rng(seed)
    genome = "".join(rng.choice(list("ACGT"), 130))
    begin, end = int(rng.integers(0, 20)), int(rng.integers(60, 110))
    forward, backward = list(genome[begin : begin + 12]), reverse_complement(genome[end : end + 13])
    forward[int(rng.integers(12))] = str(rng.choice(list("ACGTRYN")))
    primers = {"F": "".join(forward), "R": backward}
    probe = genome[40:52] if rng.random() < 0.7 else "".join(rng.choice(list("ACGT"), 12))
    found = predict_amplicons(
        primers, {"P": probe}, [FastaRecord("g", "", genome)], mismatches=mismatches, longest=LONGEST
    )
    told = [(one.forward, one.backward, one.start, one.end, one.mismatches, one.with_probe) for one in found]
    assert len(told) == len(set(told))
    assert set(told) == plainly(primers, probe, genome, mismatches)

"""The kernels that lay genomes on a reference against plain Python."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.design._stack_kernels import chain_anchors, lay_anchors

BASES = np.array([1, 2, 4, 8], np.uint8)


@given(st.lists(st.integers(0, 12), max_size=9))
@settings(max_examples=60)
def test_no_chain_of_anchors_is_longer(here):
    places = np.array(here, np.int64)
    chain = chain_anchors(places)
    assert (np.diff(chain) > 0).all() and (np.diff(places[chain]) > 0).all()
    longest = max(size for size in range(len(here) + 1)
                  if any(list(some) == sorted(set(some)) for some in combinations(here, size)))  # fmt: skip
    assert len(chain) == longest


def lay_plainly(here, there, word, *, reference, genome):
    """Write anchors and what is alike between and beside them, base by base."""
    row, rest, end = [15] * len(reference), [], None
    for one, two in zip(here, there, strict=True):
        shift = max(0, end[0] - one, end[1] - two) if end else 0
        if shift >= word:
            continue
        begin, first = one + shift, two + shift
        before = end or (begin - min(begin, first), first - min(begin, first))
        stretches = list(range(before[0], begin)), list(range(before[1], first))
        same = sum(bool(reference[i] & genome[j]) for i, j in zip(*stretches, strict=False))
        if len(stretches[0]) == len(stretches[1]) and (same >= 0.6 * len(stretches[0]) or len(stretches[0]) < 8):
            for i, j in zip(*stretches, strict=True):
                row[i] = genome[j]
        elif end:
            rest.append([before[0], begin, before[1], first])
        for k in range(word - shift):
            row[begin + k] = genome[first + k]
        end = one + word, two + word
    size = min(len(reference) - end[0], len(genome) - end[1])
    same = sum(bool(reference[end[0] + k] & genome[end[1] + k]) for k in range(size))
    if same >= 0.6 * size or size < 8:
        for k in range(size):
            row[end[0] + k] = genome[end[1] + k]
    return row, rest


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_anchors_are_laid_as_plainly(seed):
    rng = np.random.default_rng(seed)
    reference, genome = rng.choice(BASES, 60), rng.choice([*BASES, 15], 64).astype(np.uint8)
    here = np.sort(rng.choice(55, rng.integers(1, 8), replace=False)).astype(np.int64)
    there = np.sort(rng.choice(59, here.size, replace=False)).astype(np.int64)
    row = np.full(60, 15, np.uint8)
    rest = lay_anchors(here, there, 5, reference, genome, row)
    plain, left = lay_plainly(here.tolist(), there.tolist(), 5, reference=reference.tolist(), genome=genome.tolist())
    assert row.tolist() == plain
    assert rest.tolist() == left

"""Alignment from end to end against the best of all alignments, found by plain recursion."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.design._stack_kernels import align_in_band
from swanneck.diagnostics.monitoring._kernels import align_globally

BASES = np.array([1, 2, 4, 8], np.uint8)
MATCH, MISMATCH, OPEN, EXTEND = 2, -3, -6, -1


def pair_score(a, b):
    return MISMATCH if not a & b else 0 if 15 in (a, b) else MATCH


def best_score(one, other):
    """Try pairing, or leaving out a base of either side, from every place and state."""

    @cache
    def best(i, j, state):
        if i == len(one) and j == len(other):
            return 0
        found = []
        if i < len(one) and j < len(other):
            found.append(pair_score(one[i], other[j]) + best(i + 1, j + 1, "pair"))
        if i < len(one):
            found.append((EXTEND if state == "gone" else OPEN + EXTEND) + best(i + 1, j, "gone"))
        if j < len(other):
            found.append((EXTEND if state == "extra" else OPEN + EXTEND) + best(i, j + 1, "extra"))
        return max(found)

    return best(0, 0, "pair")


def score(one, other, places):
    """Score an alignment; where both sides have bases without partners in one place, each side is one gap."""
    total, before, gone = 0, -1, False
    for base, place in zip([*one, None], [*places, len(other)], strict=True):
        if place < 0:
            total += EXTEND if gone else OPEN + EXTEND
            gone = True
            continue
        more = place - before - 1
        total += OPEN + EXTEND * more if more else 0
        total += 0 if base is None else pair_score(base, other[place])
        before, gone = place, False
    return total


@pytest.mark.parametrize("align", [align_globally, lambda one, other: align_in_band(one, other, 20)],
                         ids=["whole", "band"])  # fmt: skip
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_no_alignment_is_better(align, seed):
    rng = np.random.default_rng(seed)
    one = rng.choice(BASES, rng.integers(0, 12))
    other = np.delete(one, rng.integers(0, max(1, one.size), rng.integers(0, 4))) if one.size else one
    other = np.insert(other, rng.integers(0, other.size + 1), rng.choice([*BASES, 15], rng.integers(0, 5)))
    hit = rng.random(other.size) < 0.15
    other[hit] = rng.choice(BASES, hit.sum())
    places = align(one, other.astype(np.uint8)).tolist()
    kept = [place for place in places if place >= 0]
    assert kept == sorted(set(kept)) and all(place < other.size for place in kept)
    assert score(one.tolist(), other.tolist(), places) == best_score(tuple(one.tolist()), tuple(other.tolist()))

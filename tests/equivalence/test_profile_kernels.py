"""Kernels of the profiles beside plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.profiles._kernels import average_precisions, count_values, null_average_precisions, standard_moments


def plain_average_precision(similarity, query, positives, negatives):
    """Sort everything by distance at single precision, positives first where they tie, and read the precisions off."""
    others = [(np.float32(1) - similarity[query, other], 0, other) for other in positives]
    others += [(np.float32(1) - similarity[query, other], 1, other) for other in negatives]
    hits, total = 0, 0.0
    for rank, (_, is_negative, _) in enumerate(sorted(others), 1):
        if not is_negative:
            hits += 1
            total += hits / rank
    return total / len(positives)


@given(st.integers(0, 2**32 - 1), st.integers(2, 130), st.booleans())
def test_average_precision_is_that_of_a_full_sort(seed, size, ties):
    rng = np.random.default_rng(seed)
    similarity = rng.normal(size=(size, size)).astype(np.float32)
    if ties:
        similarity = np.round(similarity, 1)
    compound = rng.integers(0, max(1, size // rng.integers(1, 70)) + 1, size).astype(np.int32)
    plate = rng.integers(-1, 3, size).astype(np.int32)
    order = np.argsort(compound, kind="stable")
    group = np.unique(compound, return_inverse=True)[1]
    starts = np.searchsorted(group[order], np.arange(group.max() + 2))
    out = np.empty((size, 4))
    nothing = np.empty((0, size), dtype=np.int32)
    average_precisions(similarity, 0, order, starts, group, plate[None], nothing, compound[None], out)
    for query in range(size):
        known = (plate >= 0) & (plate[query] >= 0) & (plate != plate[query])
        positives = np.flatnonzero((compound == compound[query]) & known)
        negatives = np.flatnonzero(compound != compound[query])
        assert out[query, 1:3].tolist() == [len(positives), len(negatives)]
        if len(positives) and len(negatives):
            assert out[query, 0] == pytest.approx(plain_average_precision(similarity, query, positives, negatives))
        else:
            assert np.isnan(out[query, 0])


@given(st.integers(1, 6), st.integers(0, 6))
def test_null_ranks_are_distinct_and_even(n_positives, n_negatives):
    uniforms = np.random.default_rng(1).random((4000, n_positives))
    scores = null_average_precisions(uniforms, n_positives, n_positives + n_negatives)
    assert scores.max() <= 1
    # The least is all positives behind all negatives.
    worst = np.mean([(k + 1) / (n_negatives + k + 1) for k in range(n_positives)])
    assert scores.min() >= worst - 1e-12
    ranks = np.arange(1, n_positives + n_negatives + 1)
    if n_positives == 1:
        assert scores.mean() == pytest.approx((1 / ranks).mean(), abs=0.02)


@given(st.lists(st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0, float("nan"), 1e300]), min_size=1, max_size=40))
def test_counts_of_values(values):
    out = np.empty((1, 3))
    count_values(np.array([values]), out)
    present = [value for value in values if not np.isnan(value)]
    counts = sorted((present.count(value) for value in set(present)), reverse=True)
    assert out[0].tolist() == [len(counts), *(counts + [0, 0])[:2]]


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=30))
def test_moments(values):
    out = np.empty((1, 5))
    standard_moments(np.array([values]), out)
    present = np.array([value for value in values if not np.isnan(value)])
    assert out[0, 4] == len(present)
    if len(present):
        assert out[0, :4] == pytest.approx(
            [present.mean(), present.var(), present.min(), present.max()], rel=1e-9, abs=1e-6
        )

"""The searches of the design against all sets that there are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.design._kernels import (
    best_chains,
    best_halves,
    best_triples,
    keep_motifs,
    reach_sites,
    sum_missed,
    widen_sites,
)

FAR = 1e8
BROKEN = 16


def pack_sets(reached):
    """Pack rows of flags into words of 64 bits."""
    padded = np.zeros((len(reached), -(-reached.shape[1] // 64) * 64), np.uint8)
    padded[:, : reached.shape[1]] = reached
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def sites(rng, number, size, *, low, high):
    start = np.sort(rng.integers(0, size, number))
    return np.stack([start, start + rng.integers(low, high, number)], axis=1).astype(np.int64), rng.random(number) * 3


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=40)
def test_no_triple_is_better(seed, with_probe):
    rng = np.random.default_rng(seed)
    layers = [(*sites(rng, 8, 60, low=5, high=9), rng.random((8, 10)) < 0.8) for _ in range(3)]
    arguments = [part for place, cost, reached in layers for part in (place, pack_sets(reached), cost)]
    miss = rng.random(10) if seed % 2 else np.full(10, 0.7)
    chosen, costs = best_triples(*arguments, 20, 50, 1, miss, 0.0 if seed % 2 else 0.7, with_probe)
    (f, f_cost, f_set), (p, p_cost, p_set), (r, r_cost, r_set) = layers
    for i in range(8):
        best = np.inf
        for j, k in product(range(8), range(8)):
            if not (f[i, 1] <= r[k, 0] and 20 <= r[k, 1] - f[i, 0] <= 50):
                continue
            cost, everyone = f_cost[i] + r_cost[k], f_set[i] & r_set[k]
            if with_probe:
                if not (p[j, 0] >= f[i, 1] + 1 and p[j, 1] <= r[k, 0]):
                    continue
                cost, everyone = cost + p_cost[j], everyone & p_set[j]
            best = min(best, cost + miss[~everyone].sum())
        assert costs[i] == pytest.approx(best) if np.isfinite(best) else costs[i] >= FAR


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_no_chain_is_better(seed):
    rng = np.random.default_rng(seed)
    names = ("F3", "F2", "LF", "F1", "B1", "LB", "B2", "B3")
    layer = {name: sites(rng, 6, 40 if name[0] in "FL" and name != "LB" else 80, low=4, high=7) for name in names}
    size, loops, gap, none = 120, (8, 20), 10, 1.5
    left, _ = best_halves(*[part for name in ("F1", "F2", "F3", "LF") for part in layer[name]], none, *loops, gap)
    mirrored, turns = {}, {}
    for name in ("B1", "B2", "B3", "LB"):
        place = size - layer[name][0][:, ::-1]
        turns[name] = np.lexsort((place[:, 1], place[:, 0]))
        mirrored[name] = np.ascontiguousarray(place[turns[name]]), layer[name][1][turns[name]]
    right, _ = best_halves(*[part for name in ("B1", "B2", "B3", "LB") for part in mirrored[name]], none, *loops, gap)
    right = np.ascontiguousarray(right[np.argsort(turns["B1"])])
    _, costs = best_chains(layer["F1"][0], left, layer["B1"][0], right, loops[0], 30, 70, 30)
    for i in range(6):
        assert min(costs[i], FAR) == pytest.approx(min(plainly(i, layer, loops=loops, gap=gap, none=none), FAR))


def plainly(i, layer, *, loops, gap, none):
    """Try every chain through one F1."""
    best = np.inf
    f1, f1_cost = layer["F1"][0][i], layer["F1"][1][i]
    halves = [half(f1, layer, ("F2", "F3", "LF"), loops=loops, gap=gap, none=none, mirror=False)]
    for b1, b1_cost in zip(*layer["B1"], strict=True):
        if not 0 <= b1[0] - f1[1] <= 30:
            continue
        for (f2, a), (b2, b) in product(
            halves[0], half(b1, layer, ("B2", "B3", "LB"), loops=loops, gap=gap, none=none, mirror=True)
        ):
            if 30 <= b2 - f2 <= 70:
                best = min(best, f1_cost + b1_cost + a + b)
    return best


def half(inner, layer, roles, *, loops, gap, none, mirror):
    """List (outer end of the middle site, cost) of all ways to fill one side."""
    found = []
    for middle, cost in zip(*layer[roles[0]], strict=True):
        span = middle[1] - inner[1] if mirror else inner[0] - middle[0]
        apart = middle[0] >= inner[1] if mirror else middle[1] <= inner[0]
        if not (loops[0] <= span <= loops[1] and apart):
            continue
        low, high = (inner[1], middle[0]) if mirror else (middle[1], inner[0])
        inside = [c for s, c in zip(*layer[roles[2]], strict=True) if low <= s[0] and s[1] <= high]
        for outer, more in zip(*layer[roles[1]], strict=True):
            room = outer[0] - middle[1] if mirror else middle[0] - outer[1]
            if 0 <= room <= gap:
                found.append((middle[1] if mirror else middle[0], cost + more + min([none, *inside])))
    return found


def strange_genomes(rng, number, size):
    """Genomes of one ancestor with substitutions, unknown and ambiguous bases, deletions and insertions."""
    bases = np.tile(rng.choice(np.array([1, 2, 4, 8], np.uint8), size), (number, 1))
    for values, rate in (([1, 2, 4, 8], 0.15), ([15, 5, 10], 0.06), ([0], 0.01)):
        hit = rng.random(bases.shape) < rate
        bases[hit] = rng.choice(np.array(values, np.uint8), hit.sum())
    bases[rng.random(bases.shape) < 0.01] |= BROKEN
    return bases


def reaches(row, masks, tail, mismatches):
    """Tell whether an oligo, a list of masks, reaches its stretch of a genome; `tail` are places that must pair."""
    wrong = [i for i, (base, mask) in enumerate(zip(row, masks, strict=True)) if not int(base) & int(mask)]
    whole = all(int(base) & 15 for base in row) and not any(int(base) & BROKEN for base in row[1:])
    unknown = sum(int(base) & 15 == 15 for base in row)
    return len(wrong) <= mismatches and not set(wrong) & tail and whole and unknown <= len(row) // 2


@given(st.integers(0, 2**32 - 1), st.integers(0, 2), st.integers(0, 3), st.booleans())
@settings(max_examples=40)
def test_who_is_reached_is_who_plainly_is(seed, mismatches, three_prime, reverse):
    rng = np.random.default_rng(seed)
    bases = strange_genomes(rng, 70, 40)
    columns = bases[0] & 15
    start, length = rng.integers(0, 28, 12), rng.integers(6, 12, 12)
    tail = start if reverse else start + length - three_prime
    sets = reach_sites(bases, columns, start, length, tail, three_prime, mismatches)
    for i in range(12):
        span = slice(start[i], start[i] + length[i])
        must = {int(tail[i] - start[i]) + k for k in range(three_prime)}
        plain = np.array([[reaches(row[span], columns[span], must, mismatches) for row in bases]])
        assert (pack_sets(plain)[0] == sets[i]).all()


@given(st.integers(0, 2**32 - 1), st.integers(0, 2))
@settings(max_examples=25)
def test_a_mixture_reaches_whom_it_says_and_is_not_too_many_oligos(seed, mismatches):
    rng = np.random.default_rng(seed)
    bases = strange_genomes(rng, 66, 20)
    start, length = np.array([1, 4]), np.array([12, 14])
    tail = start + length - 2
    columns = bases[0] & 15
    columns = np.array([max(1, mask & -mask) for mask in columns.tolist()], np.uint8)  # one base each
    masks = np.zeros((2, 14), np.uint8)
    for i in range(2):
        masks[i, : length[i]] = columns[start[i] : start[i] + length[i]]
    sets = reach_sites(bases, columns, start, length, tail, 2, mismatches)
    before, first = sets.copy(), masks.copy()
    weights = rng.random(66)
    widen_sites(bases, masks, start, length, tail, 2, mismatches, 8, weights, sets)
    for i in range(2):
        span = slice(start[i], start[i] + length[i])
        must = {int(length[i]) - 2, int(length[i]) - 1}
        plain = np.array([[reaches(row[span], masks[i, : length[i]], must, mismatches) for row in bases]])
        assert (pack_sets(plain)[0] == sets[i]).all()
        assert (sets[i] & before[i] == before[i]).all() and (masks[i] & first[i] == first[i]).all()
        assert np.bitwise_count(masks[i, : length[i]]).prod() <= 8
        assert (masks[i, length[i] - 2 : length[i]] == first[i, length[i] - 2 : length[i]]).all()
        added = plain[0] & ~np.unpackbits(before[i].view(np.uint8), bitorder="little")[:66].astype(bool)
        assert bool(added.any()) == bool((masks[i] != first[i]).any())


def test_the_first_base_added_is_the_best_of_all():
    rng = np.random.default_rng(3)
    bases = rng.choice(np.array([1, 2, 4, 8], np.uint8), 12)[None, :].repeat(40, axis=0)
    hit = rng.random(bases.shape) < 0.12
    bases[hit] = rng.choice(np.array([1, 2, 4, 8], np.uint8), hit.sum())
    start, length, tail, weights = np.array([0]), np.array([12]), np.array([12]), rng.random(40)
    masks = bases[:1].copy()
    sets = reach_sites(bases, bases[0], start, length, tail, 0, 0)
    widen_sites(bases, masks, start, length, tail, 0, 0, 2, weights, sets)
    gains = {}
    for place, bit in product(range(12), (1, 2, 4, 8)):
        wide = bases[0].copy()
        wide[place] |= bit
        gains[place, bit] = sum(w for row, w in zip(bases, weights, strict=True) if reaches(row, wide, set(), 0))
    reached = np.unpackbits(sets[0].view(np.uint8), bitorder="little")[:40].astype(bool)
    assert weights[reached].sum() == pytest.approx(max(gains.values()))


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 63, 64, 65, 130]))
@settings(max_examples=30)
def test_missed_genomes_are_summed(seed, number):
    rng = np.random.default_rng(seed)
    sets, miss = rng.random((3, number)) < 0.8, rng.random(number)
    assert sum_missed(*pack_sets(sets), miss, 0.0) == pytest.approx(miss[~sets.all(axis=0)].sum())
    assert sum_missed(*pack_sets(sets), np.full(number, 0.4), 0.4) == pytest.approx(0.4 * (~sets.all(axis=0)).sum())


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_genomes_without_a_motif_are_taken_out(seed):
    rng = np.random.default_rng(seed)
    bases, motif = strange_genomes(rng, 70, 20), np.array([8, 8, 7], np.uint8)
    start, before = rng.integers(-4, 20, 9), rng.random((9, 70)) < 0.7
    sets = pack_sets(before)
    keep_motifs(bases, start, motif, sets)
    places = [
        [(j, mask) for j, mask in enumerate(motif.tolist(), start=first) if 0 <= j < 20] for first in start.tolist()
    ]
    have = np.array([[all(int(row[j]) & mask for j, mask in some) for row in bases] for some in places])
    assert (sets == pack_sets(before & have)).all()

"""The searches of the design against all sets that there are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.design._kernels import best_chains, best_halves, best_triples
from swanneck.diagnostics.design.qpcr import pack_sets

FAR = 1e8


def sites(rng, number, size, *, low, high):
    start = np.sort(rng.integers(0, size, number))
    return np.stack([start, start + rng.integers(low, high, number)], axis=1).astype(np.int64), rng.random(number) * 3


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=40)
def test_no_triple_is_better(seed, with_probe):
    rng = np.random.default_rng(seed)
    layers = [(*sites(rng, 8, 60, low=5, high=9), rng.random((8, 10)) < 0.8) for _ in range(3)]
    arguments = [part for place, cost, reached in layers for part in (place, pack_sets(reached), cost)]
    chosen, costs = best_triples(*arguments, 20, 50, 1, 0.7, with_probe)
    most = max(int(one.sum()) for one in layers[0][2])
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
            best = min(best, cost + 0.7 * (most - everyone.sum()))
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

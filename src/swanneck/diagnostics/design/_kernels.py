"""Kernels of the design: the best primers and probe on an amplicon, and the best chain of the six sites of LAMP."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["best_chains", "best_halves", "best_triples"]

_FAR = 1e9


@kernel
def _shared(one: NDArray[np.uint64], other: NDArray[np.uint64], third: NDArray[np.uint64]) -> int:
    total = 0
    for word in range(one.size):
        left = one[word] & other[word] & third[word]
        while left:
            left &= left - np.uint64(1)
            total += 1
    return total


@kernel
def best_triples(
    forward: NDArray[np.int64], forward_sets: NDArray[np.uint64], forward_penalty: NDArray[np.float64],
    probe: NDArray[np.int64], probe_sets: NDArray[np.uint64], probe_penalty: NDArray[np.float64],
    backward: NDArray[np.int64], backward_sets: NDArray[np.uint64], backward_penalty: NDArray[np.float64],
    shortest: int, longest: int, gap: int, miss: float, with_probe: bool,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Give for each forward primer its best probe and reverse primer (numbers; -1 none) and their cost.

    Sites are rows (start, end) on the reference's strand, sorted by start; an end is behind the last base. The cost
    is the sum of penalties and `miss` for each genome that not all reach. A probe lies `gap` bases or more behind the
    forward primer and before the reverse primer ends.
    """
    chosen = np.full((forward.shape[0], 2), -1, np.int64)
    costs = np.full(forward.shape[0], _FAR)
    n_genomes = 0
    words = forward_sets.shape[1]
    full = np.full(words, ~np.uint64(0), np.uint64)
    for f in range(forward.shape[0]):
        have = _shared(forward_sets[f], full, full)
        n_genomes = max(n_genomes, have)
    for f in range(forward.shape[0]):
        begin = forward[f, 0]
        first = np.searchsorted(backward[:, 0], forward[f, 1])
        p_first = np.searchsorted(probe[:, 0], forward[f, 1] + gap)
        for r in range(first, backward.shape[0]):
            if backward[r, 0] > begin + longest:
                break
            size = backward[r, 1] - begin
            if size < shortest or size > longest:
                continue
            base = forward_penalty[f] + backward_penalty[r]
            both = _shared(forward_sets[f], backward_sets[r], full)
            hope = base + miss * (n_genomes - both)
            if hope >= costs[f]:
                continue
            if not with_probe:
                costs[f] = hope
                chosen[f, 0], chosen[f, 1] = -1, r
                continue
            for p in range(p_first, probe.shape[0]):
                if probe[p, 0] >= backward[r, 0]:
                    break
                if probe[p, 1] > backward[r, 0] or base + probe_penalty[p] + miss * (n_genomes - both) >= costs[f]:
                    continue
                cost = (
                    base
                    + probe_penalty[p]
                    + miss * (n_genomes - _shared(forward_sets[f], probe_sets[p], backward_sets[r]))
                )
                if cost < costs[f]:
                    costs[f] = cost
                    chosen[f, 0], chosen[f, 1] = p, r
    return chosen, costs


@kernel
def _best_between(sites: NDArray[np.int64], penalty: NDArray[np.float64], low: int, high: int) -> tuple[int, float]:
    """Give the best of the sites, sorted by start, that lie between two places."""
    best, which = _FAR, -1
    for site in range(np.searchsorted(sites[:, 0], low), sites.shape[0]):
        if sites[site, 0] >= high:
            break
        if sites[site, 1] <= high and penalty[site] < best:
            best, which = penalty[site], site
    return which, best


@kernel
def best_halves(
    inner: NDArray[np.int64], inner_penalty: NDArray[np.float64], middle: NDArray[np.int64],
    middle_penalty: NDArray[np.float64], outer: NDArray[np.int64], outer_penalty: NDArray[np.float64],
    loops: NDArray[np.int64], loop_penalty: NDArray[np.float64], no_loop: float,
    shortest_loop: int, longest_loop: int, longest_gap: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:  # fmt: skip
    """Give for each inner site (F1) and each length of its loop the cost of the best F2, F3 and LF, and their numbers.

    All on one strand, outer sites to the left: outer end <= middle start within the gap; middle start to inner start
    is the loop.
    """
    spans = longest_loop - shortest_loop + 1
    best_outer = np.full(middle.shape[0], _FAR)
    which_outer = np.full(middle.shape[0], -1, np.int64)
    most = 0
    for site in range(outer.shape[0]):
        most = max(most, outer[site, 1] - outer[site, 0])
    for m in range(middle.shape[0]):
        first = np.searchsorted(outer[:, 0], middle[m, 0] - longest_gap - most)
        for o in range(first, outer.shape[0]):
            if outer[o, 0] >= middle[m, 0]:
                break
            gap = middle[m, 0] - outer[o, 1]
            if 0 <= gap <= longest_gap and outer_penalty[o] < best_outer[m]:
                best_outer[m], which_outer[m] = outer_penalty[o], o
    costs = np.full((inner.shape[0], spans), _FAR)
    parts = np.full((inner.shape[0], spans, 3), -1, np.int64)
    for i in range(inner.shape[0]):
        first = np.searchsorted(middle[:, 0], inner[i, 0] - longest_loop)
        for m in range(first, middle.shape[0]):
            span = inner[i, 0] - middle[m, 0]
            if span < shortest_loop:
                break
            if middle[m, 1] > inner[i, 0]:
                continue
            cost = inner_penalty[i] + middle_penalty[m] + best_outer[m]
            slot = span - shortest_loop
            if cost >= costs[i, slot]:
                continue
            which, more = _best_between(loops, loop_penalty, middle[m, 1], inner[i, 0])
            if which < 0 or more > no_loop:
                which, more = -1, no_loop
            if cost + more < costs[i, slot]:
                costs[i, slot] = cost + more
                parts[i, slot, 0], parts[i, slot, 1], parts[i, slot, 2] = m, which_outer[m], which
    return costs, parts


@kernel
def best_chains(
    f1: NDArray[np.int64], left_costs: NDArray[np.float64], b1: NDArray[np.int64], right_costs: NDArray[np.float64],
    shortest_loop: int, shortest: int, longest: int, widest: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Join left and right halves; give for each F1 the best (B1, left slot, right slot) and the cost.

    `b1` are (start, end) on the reference's strand, sorted by start. From the 5' end of F2 to that of B2 lie
    `shortest` to `longest` bases, between F1 and B1 at most `widest`. Exact: a branch is left
    out only where the best of the other half cannot make it better.
    """
    spans = left_costs.shape[1]
    chosen = np.full((f1.shape[0], 3), -1, np.int64)
    costs = np.full(f1.shape[0], _FAR)
    least_left = np.empty(f1.shape[0])
    for i in range(f1.shape[0]):
        least_left[i] = left_costs[i].min()
    least_right = np.empty(b1.shape[0])
    for b in range(b1.shape[0]):
        least_right[b] = right_costs[b].min()
    for i in range(f1.shape[0]):
        if least_left[i] >= _FAR:
            continue
        for b in range(np.searchsorted(b1[:, 0], f1[i, 1]), b1.shape[0]):
            if b1[b, 0] > f1[i, 1] + widest:
                break
            if least_left[i] + least_right[b] >= costs[i]:
                continue
            core = b1[b, 1] - f1[i, 0]
            for x in range(spans):
                if left_costs[i, x] + least_right[b] >= costs[i]:
                    continue
                have = core + shortest_loop + x + shortest_loop
                for y in range(max(0, shortest - have), min(spans, longest - have + 1)):
                    cost = left_costs[i, x] + right_costs[b, y]
                    if cost < costs[i]:
                        costs[i] = cost
                        chosen[i, 0], chosen[i, 1], chosen[i, 2] = b, x, y
    return chosen, costs

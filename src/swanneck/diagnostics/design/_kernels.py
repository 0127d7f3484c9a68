"""Kernels of the design: whom candidates reach, the best primers and probe, the best chain of the sites of LAMP.

A base is a mask of four bits (A 1, C 2, G 4, T 8): several bits are an ambiguous base, 15 is unknown, 0 a deletion;
16 is added where a genome has more bases before. A set of genomes is a row of 64-bit words.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics._kernels import count_ones
from swanneck.foundation.jit import kernel

__all__ = [
    "best_chains", "best_halves", "best_triples", "keep_motifs", "reach_sites", "sum_each_missed", "sum_missed",
    "widen_sites",
]  # fmt: skip

_FAR = 1e9


@kernel
def reach_sites(
    bases: NDArray[np.uint8], consensus: NDArray[np.uint8], start: NDArray[np.int64], length: NDArray[np.int64],
    tail: NDArray[np.int64], three_prime: int, mismatches: int,
) -> NDArray[np.uint64]:  # fmt: skip
    """Give the set of genomes ([genome, column]) that each stretch of the consensus reaches.

    At most so many known bases differ, none of the `three_prime` from `tail`, nothing is deleted or inserted, and
    half of the bases at least are known.
    """
    n_genomes, n = bases.shape
    sets = np.zeros((start.size, (n_genomes + 63) // 64), np.uint64)
    wrong, fatal, vague = (np.zeros(n + 1, np.int32), np.zeros(n + 1, np.int32), np.zeros(n + 1, np.int32))
    for g in range(n_genomes):
        for i in range(n):
            base = bases[g, i]
            wrong[i + 1] = wrong[i] + ((base & consensus[i]) == 0)
            fatal[i + 1] = fatal[i] + ((base & 15) == 0 or base >= 16)
            vague[i + 1] = vague[i] + ((base & 15) == 15)
        bit = np.uint64(1) << np.uint64(g & 63)
        for c in range(start.size):
            low, high = start[c], start[c] + length[c]
            if wrong[high] - wrong[low] > mismatches or wrong[tail[c] + three_prime] > wrong[tail[c]]:
                continue
            inner = fatal[high] - fatal[low] - (bases[g, low] >= 16 and (bases[g, low] & 15) != 0)
            if inner == 0 and vague[high] - vague[low] <= length[c] // 2:
                sets[c, g >> 6] |= bit
    return sets


@kernel
def _count_bits(mask: int) -> int:
    return (mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1) + (mask >> 3 & 1)


@kernel
def widen_sites(
    bases: NDArray[np.uint8], masks: NDArray[np.uint8], start: NDArray[np.int64], length: NDArray[np.int64],
    tail: NDArray[np.int64], three_prime: int, mismatches: int, most: int, weights: NDArray[np.float64],
    sets: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Add bases to candidates (rows of masks) while they reach more genomes, to at most `most` oligos in the mixture.

    Greedy: the base that makes most weight reached, then that which mends most of what is not, is added; what has
    gained nothing in the end is taken back. The `three_prime` bases from `tail` stay as they are. `masks` and `sets`
    are changed.
    """
    n_genomes = bases.shape[0]
    wrong, able = np.empty(n_genomes, np.int64), np.empty(n_genomes, np.bool_)
    gain = np.empty((masks.shape[1], 4, 2))
    for c in range(start.size):
        low, size = start[c], length[c]
        for g in range(n_genomes):
            wrong[g] = 0
            able[g] = True
            vague = 0
            for j in range(size):
                base = bases[g, low + j]
                wrong[g] += (base & masks[c, j]) == 0
                vague += (base & 15) == 15
                if (base & 15) == 0 or (base >= 16 and j > 0):
                    able[g] = False
                if (base & masks[c, j]) == 0 and tail[c] <= low + j < tail[c] + three_prime:
                    able[g] = False
            able[g] = able[g] and vague <= size // 2
        fold, kept = 1, masks[c].copy()
        while fold < most:
            gain[:] = 0.0
            for g in range(n_genomes):
                if not able[g] or wrong[g] <= mismatches:
                    continue
                for j in range(size):
                    base = bases[g, low + j] & 15
                    if base & masks[c, j] == 0:
                        for b in range(4):
                            if base >> b & 1:
                                gain[j, b, 1] += weights[g]
                                gain[j, b, 0] += weights[g] * (wrong[g] == mismatches + 1)
            best, where, which = 0.0, -1, -1
            for j in range(size):
                have = _count_bits(masks[c, j])
                for b in range(4):
                    value = gain[j, b, 0] + 1e-3 * gain[j, b, 1]
                    if value > best + 1e-12 and fold // have * (have + 1) <= most:
                        best, where, which = value, j, b
            if where < 0:
                break
            have = _count_bits(masks[c, where])
            fold = fold // have * (have + 1)
            for g in range(n_genomes):
                base = bases[g, low + where] & 15
                wrong[g] -= (base & masks[c, where]) == 0 and (base >> which & 1) == 1
            masks[c, where] |= 1 << which
            if gain[where, which, 0] > 0:
                kept[:] = masks[c]
                for g in range(n_genomes):
                    if able[g] and wrong[g] <= mismatches:
                        sets[c, g >> 6] |= np.uint64(1) << np.uint64(g & 63)
        masks[c] = kept


@kernel
def keep_motifs(
    bases: NDArray[np.uint8], start: NDArray[np.int64], motif: NDArray[np.uint8], sets: NDArray[np.uint64]
) -> None:
    """Take from each set the genomes whose bases from `start` cannot be those of a motif (masks); `sets` are changed.

    What lies outside the reference is not looked at.
    """
    n_genomes, n = bases.shape
    for c in range(start.size):
        for g in range(n_genomes):
            for j in range(motif.size):
                place = start[c] + j
                if 0 <= place < n and (bases[g, place] & motif[j]) == 0:
                    sets[c, g >> 6] &= ~(np.uint64(1) << np.uint64(g & 63))


@kernel
def sum_missed(
    one: NDArray[np.uint64], other: NDArray[np.uint64], third: NDArray[np.uint64], miss: NDArray[np.float64],
    even: float,
) -> float:  # fmt: skip
    """Sum the penalties of the genomes that are not in all three sets; `even` is that of each where they are equal.

    Where they are not, `even` is 0 and `miss` tells them.
    """
    last = one.size - 1
    left = np.uint64(miss.size - 64 * last)
    inside = ~np.uint64(0) if left == np.uint64(64) else (np.uint64(1) << left) - np.uint64(1)
    total, count = 0.0, np.int64(0)
    for word in range(one.size):
        rest = ~(one[word] & other[word] & third[word])
        if word == last:
            rest &= inside
        if even > 0.0:
            count += count_ones(rest)
            continue
        while rest:
            low = rest & (~rest + np.uint64(1))
            total += miss[64 * word + count_ones(low - np.uint64(1))]
            rest ^= low
    return even * count if even > 0.0 else total


@kernel
def sum_each_missed(sets: NDArray[np.uint64], miss: NDArray[np.float64], even: float) -> NDArray[np.float64]:
    """Sum for each set the penalties of the genomes that are not in it."""
    sums = np.empty(sets.shape[0])
    for row in range(sets.shape[0]):
        sums[row] = sum_missed(sets[row], sets[row], sets[row], miss, even)
    return sums


@kernel
def best_triples(
    forward: NDArray[np.int64], forward_sets: NDArray[np.uint64], forward_penalty: NDArray[np.float64],
    probe: NDArray[np.int64], probe_sets: NDArray[np.uint64], probe_penalty: NDArray[np.float64],
    backward: NDArray[np.int64], backward_sets: NDArray[np.uint64], backward_penalty: NDArray[np.float64],
    shortest: int, longest: int, gap: int, miss: NDArray[np.float64], even: float, with_probe: bool,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Give for each forward primer its best probe and reverse primer (numbers; -1 none) and their cost.

    Sites are rows (start, end) on the reference's strand, sorted by start; an end is behind the last base. The cost
    is the sum of penalties, and of the genomes that not all reach (see `sum_missed`). A probe lies `gap` bases or more
    behind the forward primer and before the reverse primer begins.
    """
    chosen = np.full((forward.shape[0], 2), -1, np.int64)
    costs = np.full(forward.shape[0], _FAR)
    probe_missed = sum_each_missed(probe_sets, miss, even)
    backward_missed = sum_each_missed(backward_sets, miss, even)
    for f in range(forward.shape[0]):
        begin = forward[f, 0]
        own = sum_missed(forward_sets[f], forward_sets[f], forward_sets[f], miss, even)
        first = np.searchsorted(backward[:, 0], forward[f, 1])
        p_first = np.searchsorted(probe[:, 0], forward[f, 1] + gap)
        for r in range(first, backward.shape[0]):
            if backward[r, 0] > begin + longest:
                break
            size = backward[r, 1] - begin
            if size < shortest or size > longest:
                continue
            base = forward_penalty[f] + backward_penalty[r]
            if base + max(own, backward_missed[r]) >= costs[f]:
                continue
            both = sum_missed(forward_sets[f], backward_sets[r], backward_sets[r], miss, even)
            if base + both >= costs[f]:
                continue
            if not with_probe:
                costs[f] = base + both
                chosen[f, 0], chosen[f, 1] = -1, r
                continue
            for p in range(p_first, probe.shape[0]):
                if probe[p, 0] >= backward[r, 0]:
                    break
                whole = base + probe_penalty[p]
                if probe[p, 1] > backward[r, 0] or whole + max(both, probe_missed[p]) >= costs[f]:
                    continue
                cost = whole + sum_missed(forward_sets[f], probe_sets[p], backward_sets[r], miss, even)
                if cost < costs[f]:
                    costs[f] = cost
                    chosen[f, 0], chosen[f, 1] = p, r
    return chosen, costs


@kernel
def best_halves(
    inner: NDArray[np.int64], inner_penalty: NDArray[np.float64], middle: NDArray[np.int64],
    middle_penalty: NDArray[np.float64], outer: NDArray[np.int64], outer_penalty: NDArray[np.float64],
    loops: NDArray[np.int64], loop_penalty: NDArray[np.float64], no_loop: float,
    shortest_loop: int, longest_loop: int, longest_gap: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:  # fmt: skip
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
    parts = np.full((inner.shape[0], spans, 3), -1, np.int32)
    # The best loop primer of the last so many bases before a place, carried on from place to place.
    by_end = np.argsort(loops[:, 1])
    next_loop, place = 0, 0
    best_loop, which_loop = np.full(longest_loop + 1, _FAR), np.full(longest_loop + 1, -1, np.int64)
    for i in range(inner.shape[0]):
        while place < inner[i, 0]:
            place += 1
            for room in range(longest_loop, 0, -1):
                best_loop[room], which_loop[room] = best_loop[room - 1], which_loop[room - 1]
            while next_loop < by_end.size and loops[by_end[next_loop], 1] <= place:
                site = by_end[next_loop]
                next_loop += 1
                for room in range(place - loops[site, 0], longest_loop + 1):
                    if loop_penalty[site] < best_loop[room]:
                        best_loop[room], which_loop[room] = loop_penalty[site], site
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
            room = inner[i, 0] - middle[m, 1]
            which, more = which_loop[room], best_loop[room]
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

"""Exact joint design of sequence and structure: the folding recursions over a codon graph, in 0.01 kcal/mol.

Tables are indexed by edges (pairs) or nodes (what lies between bases). Costs of codons lie on edges, so unpaired bases
cost what remains of their first codon. `m` = model, `g` = graph; e, f, p, q = edges; a, b, c, d = nodes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.folding._kernels import (
    LONGEST_LOOP,
    RING,
    asymmetry_energy,
    interior_energy,
    length_energy,
    lower,
    special_energy,
)
from swanneck.folding.energy_model import EnergyModel
from swanneck.foundation.jit import kernel
from swanneck.vaccine.codon_graph import CodonGraph

__all__ = ["fill", "trace_design"]

Floats = NDArray[np.float64]


@kernel
def gap(g: CodonGraph, a: int, b: int) -> Any:
    """least cost of the unpaired bases between two nodes; inf where b cannot be reached."""
    x = g.node_position[a]
    y = g.node_position[b]
    if x > y:
        return np.inf
    if x == y:
        return 0.0 if a == b else np.inf
    if x // 3 < y // 3:
        return g.cost_to_end[a]
    if x % 3 == 0:
        return 0.0
    for e in range(g.out_first[a], g.out_first[a + 1]):
        if g.edge_to[e] == b:
            return g.edge_cost[e]
    return np.inf


@kernel
def step(g: CodonGraph, a: int, b: int) -> Any:
    """least cost of one unpaired base from a to b (neighbours)"""
    best = np.inf
    for e in range(g.out_first[a], g.out_first[a + 1]):
        if g.edge_to[e] == b and g.edge_cost[e] < best:
            best = g.edge_cost[e]
    return best


@kernel
def slot(g: CodonGraph, a: int, ring: int) -> Any:
    x = g.node_position[a]
    return 2 * (x % ring) + a - g.node_first[x]


@kernel
def lower_right(g: CodonGraph, target: Floats, source: Floats, ends: Floats, size: int, cost: Any) -> None:
    """target[b] = min(target[b], source[b'] + gap(b', b) + cost), b' being size bases before b"""
    for b in range(target.size):
        y = g.node_position[b] - size
        if y < 0:
            continue
        if y // 3 < g.node_position[b] // 3:
            v = ends[y] + cost
            if v < target[b]:
                target[b] = v
        else:
            for c in range(g.node_first[y], g.node_first[y + 1]):
                v = source[c] + gap(g, c, b) + cost
                if v < target[b]:
                    target[b] = v


@kernel
def position_ends(g: CodonGraph, source: Floats, ends: Floats) -> None:
    """the best of source + cost to the codon's end at each position"""
    ends[:] = np.inf
    for c in range(source.size):
        v = source[c] + g.cost_to_end[c]
        y = g.node_position[c]
        if v < ends[y]:
            ends[y] = v


@kernel
def lower_left(g: CodonGraph, target: Floats, a: int, rows: Floats, size: int, cost: Any) -> None:
    x = g.node_position[a] + size
    if x + 1 >= g.node_first.size:
        return
    for c in range(g.node_first[x], g.node_first[x + 1]):
        d = gap(g, a, c) + cost
        if d < np.inf:
            lower(target, rows[2 * (x % RING) + c - g.node_first[x]], d)


@kernel
def special_hairpins(m: EnergyModel, g: CodonGraph, e: int, size: int, base0: int, paired: Floats) -> None:
    """hairpins of 3, 4, 6 from edge e: every path"""
    path = np.zeros(9, np.int64)
    last = np.zeros(9, np.int64)
    path[0] = e
    depth = 0
    i = g.edge_position[e]
    if i + size + 1 >= g.edge_first.size - 1:
        return
    depth = 1
    a = g.edge_to[e]
    path[1] = g.out_first[a]
    last[1] = g.out_first[a + 1]
    while depth > 0:
        if path[depth] >= last[depth]:
            depth -= 1
            if depth > 0:
                path[depth] += 1
            continue
        if depth == size + 1:
            f = path[depth]
            kind = m.pair_type[g.edge_base[e], g.edge_base[f]]
            if kind >= 0:
                code = 1
                cost = 0.0
                for k in range(depth + 1):
                    code = 4 * code + g.edge_base[path[k]]
                    cost += g.edge_cost[path[k]]
                v = m.hairpin_length[size]
                if size == 3:
                    v += m.terminal[kind]
                else:
                    v += m.mismatch_hairpin[kind, g.edge_base[path[1]], g.edge_base[path[size]]]
                v = special_energy(m, code, v) + cost
                if v < paired[base0 + f]:
                    paired[base0 + f] = v
            path[depth] += 1
        else:
            a = g.edge_to[path[depth]]
            depth += 1
            path[depth] = g.out_first[a]
            last[depth] = g.out_first[a + 1]


@kernel
def small_loops(m: EnergyModel, g: CodonGraph, e: int, f: int, start: NDArray[np.int64], paired: Floats) -> Any:
    """stacks, bulges of 1, 1x1, 1x2, 2x2 (own tables): every path on both sides"""
    best = np.inf
    eb = g.edge_base
    ec = g.edge_cost
    i = g.edge_position[e]
    j = g.edge_position[f]
    outer = m.pair_type[eb[e], eb[f]]
    # left paths: up to two unpaired then the pair's edge
    left = np.zeros((3, 64, 4), np.int64)
    lc = np.zeros((3, 64))
    ln = np.zeros(3, np.int64)
    right = np.zeros((3, 64, 4), np.int64)
    rc = np.zeros((3, 64))
    rn = np.zeros(3, np.int64)
    a = g.edge_to[e]
    for x in range(g.out_first[a], g.out_first[a + 1]):
        left[0, ln[0], 0] = x
        ln[0] += 1
        b = g.edge_to[x]
        for y in range(g.out_first[b], g.out_first[b + 1]):
            left[1, ln[1], 0] = y
            left[1, ln[1], 1] = x
            left[1, ln[1], 2] = x
            lc[1, ln[1]] = ec[x]
            ln[1] += 1
            c = g.edge_to[y]
            for z in range(g.out_first[c], g.out_first[c + 1]):
                left[2, ln[2], 0] = z
                left[2, ln[2], 1] = x
                left[2, ln[2], 2] = y
                lc[2, ln[2]] = ec[x] + ec[y]
                ln[2] += 1
    a = g.edge_from[f]
    for x in range(g.in_first[a], g.in_first[a + 1]):
        right[0, rn[0], 0] = x
        rn[0] += 1
        b = g.edge_from[x]
        for y in range(g.in_first[b], g.in_first[b + 1]):
            right[1, rn[1], 0] = y
            right[1, rn[1], 1] = x
            right[1, rn[1], 2] = x
            rc[1, rn[1]] = ec[x]
            rn[1] += 1
            c = g.edge_from[y]
            for z in range(g.in_first[c], g.in_first[c + 1]):
                right[2, rn[2], 0] = z
                right[2, rn[2], 1] = x
                right[2, rn[2], 2] = y
                rc[2, rn[2]] = ec[x] + ec[y]
                rn[2] += 1
    for left_size in range(3):
        for r in range(3):
            if (left_size == 0 and r == 2) or (left_size == 2 and r == 0) or j - i - left_size - r - 2 < 4:
                continue
            for u in range(ln[left_size]):
                p = left[left_size, u, 0]
                for w in range(rn[r]):
                    q = right[r, w, 0]
                    inner = m.pair_type[eb[q], eb[p]]
                    if inner < 0:
                        continue
                    v = paired[start[p] + q]
                    if v == np.inf:
                        continue
                    v += interior_energy(
                        m,
                        left_size,
                        r,
                        outer,
                        inner,
                        eb[left[left_size, u, 1]],
                        eb[right[r, w, 1]],
                        eb[left[left_size, u, 2]],
                        eb[right[r, w, 2]],
                    )
                    v += lc[left_size, u] + rc[r, w]
                    if v < best:
                        best = v
    return best + ec[e] + ec[f]


@kernel
def fill(m: EnergyModel, g: CodonGraph) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    n = g.edge_first.size - 1
    nodes = g.node_position.size
    edges = g.edge_base.size
    start = np.zeros(edges, np.int64)
    total = 0
    for e in range(edges):
        low = g.edge_first[min(n, g.edge_position[e] + 4)]
        start[e] = total - low
        total += edges - low
    paired = np.full(total, np.inf)
    branched = np.full((nodes, nodes), np.inf)
    suffix = np.full(nodes, np.inf)
    suffix[nodes - 1] = 0.0
    mm = np.full((2 * RING, nodes), np.inf)
    m23 = np.full((2 * RING, nodes), np.inf)
    ended = np.full((2 * RING, nodes), np.inf)
    closed = np.full((2 * RING, nodes), np.inf)
    sizes = np.full((4, LONGEST_LOOP - 3, nodes), np.inf)
    generic = np.full((2, nodes), np.inf)
    g23 = np.full((2, nodes), np.inf)
    bulges = np.full((2, nodes), np.inf)
    slim = np.full((2, nodes), np.inf)
    several = np.full((4, nodes), np.inf)
    ends = np.full(n + 1, np.inf)
    fh = np.full(nodes, np.inf)
    first = np.full(nodes, np.inf)
    long_c = np.zeros(n + 1)
    for k in range(5, n + 1):
        long_c[k] = length_energy(m.hairpin_length, k)
    long_c[:5] = np.inf
    long_c[6] = np.inf
    for i in range(n - 1, -1, -1):
        if i + 4 < n:
            # mismatch rows at position outer_end = i + 2, from the pairs that start at outer_end + 1
            outer_end = i + 2
            for a in range(g.node_first[outer_end], g.node_first[outer_end + 1]):
                s = slot(g, a, RING)
                mm[s, :] = np.inf
                m23[s, :] = np.inf
                for m1 in range(g.out_first[a], g.out_first[a + 1]):
                    mid = g.edge_to[m1]
                    for p in range(g.out_first[mid], g.out_first[mid + 1]):
                        if g.edge_position[p] + 4 >= n:
                            continue
                        for q in range(g.edge_first[g.edge_position[p] + 4], edges):
                            v = paired[start[p] + q]
                            if v == np.inf:
                                continue
                            kind = m.pair_type[g.edge_base[q], g.edge_base[p]]
                            t = g.edge_to[q]
                            if g.node_position[t] >= n:
                                continue
                            for m2 in range(g.out_first[t], g.out_first[t + 1]):
                                b = g.edge_to[m2]
                                w = v + g.edge_cost[m1] + g.edge_cost[m2]
                                z = w + m.mismatch_interior[kind, g.edge_base[m2], g.edge_base[m1]]
                                if z < mm[s, b]:
                                    mm[s, b] = z
                                z = w + m.mismatch_interior_2x3[kind, g.edge_base[m2], g.edge_base[m1]]
                                if z < m23[s, b]:
                                    m23[s, b] = z
                # sizes
                here = mm[s]
                k4 = slot(g, a, 2)
                sizes[k4, 0, :] = here
                position_ends(g, here, ends)
                la = a - g.node_first[outer_end]
                generic[la, :] = np.inf
                g23[la, :] = np.inf
                for size in range(1, LONGEST_LOOP - 3):
                    cost = asymmetry_energy(m, size)
                    tgt = sizes[k4, size]
                    tgt[:] = np.inf
                    lower_right(g, tgt, here, ends, size, cost)
                    lower_left(g, tgt, a, mm, size, cost)
                    if size >= 2:
                        for c in range(g.node_first[outer_end + 1], g.node_first[outer_end + 2]):
                            d = step(g, a, c)
                            if d == np.inf:
                                continue
                            src = sizes[slot(g, c, 2), size - 2]
                            for b in range(1, nodes):
                                for h in range(g.prev_first[b], g.prev_first[b + 1]):
                                    v = src[g.prev_node[h]] + g.prev_cost[h] + d
                                    if v < tgt[b]:
                                        tgt[b] = v
                        lower(generic[la], tgt, m.interior_length[size + 4])
                # 2 x 3 and 3 x 2
                cost = m.interior_length[5] + m.asymmetry
                position_ends(g, m23[s], ends)
                lower_right(g, g23[la], m23[s], ends, 1, cost)
                lower_left(g, g23[la], a, m23, 1, cost)
            after_i = i + 1
            for a in range(g.node_first[after_i], g.node_first[after_i + 1]):
                la = a - g.node_first[after_i]
                bulges[la, :] = np.inf
                slim[la, :] = np.inf
                src = ended[slot(g, a, RING)]
                position_ends(g, src, ends)
                for size in range(2, LONGEST_LOOP + 1):
                    cost = m.bulge_length[size]
                    lower_right(g, bulges[la], src, ends, size, cost)
                    lower_left(g, bulges[la], a, ended, size, cost)
                for c in range(g.node_first[after_i + 1], g.node_first[after_i + 2]):
                    d = step(g, a, c)
                    if d == np.inf:
                        continue
                    src = closed[slot(g, c, RING)]
                    position_ends(g, src, ends)
                    for size in range(3, LONGEST_LOOP):
                        cost = m.interior_length[size + 1] + asymmetry_energy(m, size - 1)
                        lower_right(g, slim[la], src, ends, size, cost + d)
                fh[:] = np.inf
                for size in range(3, LONGEST_LOOP):
                    cost = m.interior_length[size + 1] + asymmetry_energy(m, size - 1)
                    lower_left(g, fh, a, closed, size, cost)
                for b in range(1, nodes):
                    for h in range(g.prev_first[b], g.prev_first[b + 1]):
                        v = fh[g.prev_node[h]] + g.prev_cost[h]
                        if v < slim[la, b]:
                            slim[la, b] = v
            for e in range(g.edge_first[i], g.edge_first[i + 1]):
                for size in (3, 4, 6):
                    special_hairpins(m, g, e, size, start[e], paired)
                a1 = g.edge_to[e]
                la = a1 - g.node_first[i + 1]
                sev = several[slot(g, a1, 2)]
                for f in range(g.edge_first[i + 4], edges):
                    kind = m.pair_type[g.edge_base[e], g.edge_base[f]]
                    if kind < 0:
                        continue
                    j = g.edge_position[f]
                    b1 = g.edge_from[f]
                    both = g.edge_cost[e] + g.edge_cost[f]
                    best = bulges[la, b1] + m.terminal[kind]
                    best = min(best, slim[la, b1] + m.closure_interior_1xn[kind])
                    best = min(best, sev[b1] + m.multiloop_closing + m.multiloop_branch + m.terminal[kind])
                    size = j - i - 1
                    if size >= 5:
                        for o1 in range(g.out_first[a1], g.out_first[a1 + 1]):
                            a2 = g.edge_to[o1]
                            l2 = a2 - g.node_first[i + 2]
                            for o2 in range(g.in_first[b1], g.in_first[b1 + 1]):
                                b2 = g.edge_from[o2]
                                w = g.edge_cost[o1] + g.edge_cost[o2]
                                x = g.edge_base[o1]
                                y = g.edge_base[o2]
                                v = min(
                                    generic[l2, b2] + m.mismatch_interior[kind, x, y],
                                    g23[l2, b2] + m.mismatch_interior_2x3[kind, x, y],
                                )
                                v = min(v, long_c[size] + m.mismatch_hairpin[kind, x, y] + gap(g, a2, b2))
                                best = min(best, v + w)
                    best += both
                    best = min(best, paired[start[e] + f])
                    if size >= 5:
                        best = min(best, small_loops(m, g, e, f, start, paired))
                    paired[start[e] + f] = best
        for a in range(g.node_first[i], g.node_first[i + 1]):
            s = slot(g, a, RING)
            ended[s, :] = np.inf
            closed[s, :] = np.inf
            if i + 4 < n:
                for e in range(g.out_first[a], g.out_first[a + 1]):
                    for f in range(g.edge_first[i + 4], edges):
                        v = paired[start[e] + f]
                        if v == np.inf:
                            continue
                        kind = m.pair_type[g.edge_base[e], g.edge_base[f]]
                        b = g.edge_to[f]
                        ended[s, b] = min(ended[s, b], v + m.terminal[kind])
                        closed[s, b] = min(closed[s, b], v + m.closure_interior_1xn[kind])
            fh[:] = np.inf
            first[:] = np.inf
            row = branched[a]
            sv = several[slot(g, a, 2)]
            sv[:] = np.inf
            for c in range(g.node_first[i + 1], g.node_first[i + 2]):
                d = step(g, a, c)
                if d < np.inf:
                    lower(row, branched[c], d)
                    lower(sv, several[slot(g, c, 2)], d)
                    suffix[a] = min(suffix[a], suffix[c] + d)
            for k in range(g.node_first[min(n, i + 4)], nodes):
                other = min(row[k], fh[k])
                for h in range(g.prev_first[k], g.prev_first[k + 1]):
                    first[k] = min(first[k], first[g.prev_node[h]] + g.prev_cost[h])
                other = min(other, first[k])
                branch = ended[s, k] + m.multiloop_branch
                if branch < other:
                    first[k] = branch
                    other = branch
                    lower(fh[k:], branched[k, k:], branch)
                row[k] = other
                suffix[a] = min(suffix[a], ended[s, k] + suffix[k])
            lower(sv, fh, 0.0)
    return paired, branched, suffix, start


@kernel
def fill_gap(g: CodonGraph, a: int, b: int, chosen: NDArray[np.int64]) -> None:
    """choose the cheapest unpaired bases from a to b"""
    while a != b:
        best = np.inf
        take = -1
        for e in range(g.out_first[a], g.out_first[a + 1]):
            v = g.edge_cost[e] + gap(g, g.edge_to[e], b)
            if v < best:
                best = v
                take = e
        if take < 0:
            return
        chosen[g.edge_position[take]] = take
        a = g.edge_to[take]


@kernel
def side(g: CodonGraph, a: int, b: int, length: int, o: int, m: int) -> Any:
    if length == 0:
        return 0.0 if a == b else np.inf
    if length == 1:
        return g.edge_cost[o] if o == m else np.inf
    return g.edge_cost[o] + g.edge_cost[m] + gap(g, g.edge_to[o], g.edge_from[m])


@kernel
def choose_side(g: CodonGraph, length: int, o: int, m: int, chosen: NDArray[np.int64]) -> None:
    if length == 0:
        return
    chosen[g.edge_position[o]] = o
    chosen[g.edge_position[m]] = m
    if length >= 2:
        fill_gap(g, g.edge_to[o], g.edge_from[m], chosen)


@kernel
def trace_hairpin(m: EnergyModel, g: CodonGraph, e: int, f: int, target: Any, chosen: NDArray[np.int64]) -> bool:
    size = g.edge_position[f] - g.edge_position[e] - 1
    eb = g.edge_base
    kind = m.pair_type[eb[e], eb[f]]
    if size == 3 or size == 4 or size == 6:
        path = np.zeros(9, np.int64)
        last = np.zeros(9, np.int64)
        path[0] = e
        depth = 1
        path[1] = g.out_first[g.edge_to[e]]
        last[1] = g.out_first[g.edge_to[e] + 1]
        while depth > 0:
            if path[depth] >= last[depth]:
                depth -= 1
                if depth > 0:
                    path[depth] += 1
            elif depth == size + 1:
                if path[depth] == f:
                    code = 1
                    cost = 0.0
                    for k in range(depth + 1):
                        code = 4 * code + eb[path[k]]
                        cost += g.edge_cost[path[k]]
                    v = m.hairpin_length[size]
                    if size == 3:
                        v += m.terminal[kind]
                    else:
                        v += m.mismatch_hairpin[kind, eb[path[1]], eb[path[size]]]
                    if special_energy(m, code, v) + cost == target:
                        for k in range(depth + 1):
                            chosen[g.edge_position[path[k]]] = path[k]
                        return True
                path[depth] += 1
            else:
                a = g.edge_to[path[depth]]
                depth += 1
                path[depth] = g.out_first[a]
                last[depth] = g.out_first[a + 1]
        return False
    a = g.edge_to[e]
    b = g.edge_from[f]
    for o in range(g.out_first[a], g.out_first[a + 1]):
        for x in range(g.in_first[b], g.in_first[b + 1]):
            v = length_energy(m.hairpin_length, size) + m.mismatch_hairpin[kind, eb[o], eb[x]]
            if v + side(g, a, b, size, o, x) + g.edge_cost[e] + g.edge_cost[f] == target:
                choose_side(g, size, o, x, chosen)
                return True
    return False


@kernel
def trace_interior(
    m: EnergyModel,
    g: CodonGraph,
    e: int,
    f: int,
    target: Any,
    start: NDArray[np.int64],
    paired: Floats,
    chosen: NDArray[np.int64],
) -> tuple[int, int]:
    i = g.edge_position[e]
    j = g.edge_position[f]
    eb = g.edge_base
    a = g.edge_to[e]
    d = g.edge_from[f]
    outer = m.pair_type[eb[e], eb[f]]
    both = g.edge_cost[e] + g.edge_cost[f]
    for left_size in range(min(LONGEST_LOOP + 1, j - i - 5)):
        for r in range(min(LONGEST_LOOP + 1 - left_size, j - i - 5 - left_size)):
            for p in range(g.edge_first[i + 1 + left_size], g.edge_first[i + 2 + left_size]):
                b = g.edge_from[p]
                if gap(g, a, b) == np.inf:
                    continue
                for q in range(g.edge_first[j - 1 - r], g.edge_first[j - r]):
                    v = paired[start[p] + q]
                    if v == np.inf:
                        continue
                    c = g.edge_to[q]
                    if gap(g, c, d) == np.inf:
                        continue
                    inner = m.pair_type[eb[q], eb[p]]
                    for o1 in range(g.out_first[a], g.out_first[a + 1]):
                        for m1 in range(g.in_first[b], g.in_first[b + 1]):
                            s1 = side(g, a, b, left_size, o1, m1)
                            if s1 == np.inf:
                                continue
                            for m2 in range(g.out_first[c], g.out_first[c + 1]):
                                for o2 in range(g.in_first[d], g.in_first[d + 1]):
                                    s2 = side(g, c, d, r, m2, o2)
                                    if s2 == np.inf:
                                        continue
                                    w = interior_energy(m, left_size, r, outer, inner, eb[o1], eb[o2], eb[m1], eb[m2])
                                    if v + w + s1 + s2 + both == target:
                                        choose_side(g, left_size, o1, m1, chosen)
                                        choose_side(g, r, m2, o2, chosen)
                                        return p, q
    return -1, -1


@kernel
def branch_of(m: EnergyModel, g: CodonGraph, p: int, q: int, start: NDArray[np.int64], paired: Floats) -> Any:
    v = paired[start[p] + q]
    if v == np.inf:
        return v
    return v + m.terminal[m.pair_type[g.edge_base[p], g.edge_base[q]]]


@kernel
def trace_design(
    m: EnergyModel,
    g: CodonGraph,
    paired: Floats,
    branched: Floats,
    suffix: Floats,
    start: NDArray[np.int64],
    chosen: NDArray[np.int64],
    partner: NDArray[np.int64],
) -> bool:
    """False if a value could not be explained."""
    n = g.edge_first.size - 1
    nodes = g.node_position.size
    edges = g.edge_base.size
    todo = np.zeros((2 * n + 4, 3), np.int64)
    count = 0
    a = 0
    while a != nodes - 1:
        found = False
        for e in range(g.out_first[a], g.out_first[a + 1]):
            if g.edge_cost[e] + suffix[g.edge_to[e]] == suffix[a]:
                chosen[g.edge_position[e]] = e
                a = g.edge_to[e]
                found = True
                break
        if found:
            continue
        for e in range(g.out_first[a], g.out_first[a + 1]):
            for f in range(g.edge_first[min(n, g.edge_position[e] + 4)], edges):
                if branch_of(m, g, e, f, start, paired) + suffix[g.edge_to[f]] == suffix[a]:
                    todo[count] = (0, e, f)
                    count += 1
                    a = g.edge_to[f]
                    found = True
                    break
            if found:
                break
        if not found:
            return False
    while count > 0:
        count -= 1
        what, e, f = todo[count]
        if what == 0:
            i = g.edge_position[e]
            j = g.edge_position[f]
            chosen[i] = e
            chosen[j] = f
            partner[i] = j
            partner[j] = i
            target = paired[start[e] + f]
            if trace_hairpin(m, g, e, f, target, chosen):
                continue
            p, q = trace_interior(m, g, e, f, target, start, paired, chosen)
            if p >= 0:
                todo[count] = (0, p, q)
                count += 1
                continue
            rest = (
                target
                - g.edge_cost[e]
                - g.edge_cost[f]
                - m.multiloop_closing
                - m.multiloop_branch
                - m.terminal[m.pair_type[g.edge_base[e], g.edge_base[f]]]
            )
            x = g.edge_to[e]
            y = g.edge_from[f]
            found = False
            for p in range(g.edge_first[i + 1], g.edge_first[j]):
                d = gap(g, x, g.edge_from[p]) + m.multiloop_branch
                if d == np.inf or g.edge_position[p] + 4 >= n:
                    continue
                for q in range(g.edge_first[g.edge_position[p] + 4], g.edge_first[j]):
                    v = branch_of(m, g, p, q, start, paired) + d + branched[g.edge_to[q], y]
                    if v == rest:
                        fill_gap(g, x, g.edge_from[p], chosen)
                        todo[count] = (0, p, q)
                        todo[count + 1] = (1, g.edge_to[q], y)
                        count += 2
                        found = True
                        break
                if found:
                    break
            if not found:
                return False
        else:
            x = e
            y = f
            found = False
            moved = True
            while moved:
                moved = False
                for o in range(g.out_first[x], g.out_first[x + 1]):
                    if g.edge_cost[o] + branched[g.edge_to[o], y] == branched[x, y]:
                        chosen[g.edge_position[o]] = o
                        x = g.edge_to[o]
                        moved = True
                        break
            for p in range(g.out_first[x], g.out_first[x + 1]):
                for q in range(g.edge_first[min(n, g.edge_position[p] + 4)], edges):
                    v = branch_of(m, g, p, q, start, paired) + m.multiloop_branch
                    if v == np.inf or g.node_position[g.edge_to[q]] > g.node_position[y]:
                        continue
                    k = g.edge_to[q]
                    if v + gap(g, k, y) == branched[x, y]:
                        fill_gap(g, k, y, chosen)
                        todo[count] = (0, p, q)
                        count += 1
                        found = True
                        break
                    if v + branched[k, y] == branched[x, y]:
                        todo[count] = (0, p, q)
                        todo[count + 1] = (1, k, y)
                        count += 2
                        found = True
                        break
                if found:
                    break
            if not found:
                return False
    return True

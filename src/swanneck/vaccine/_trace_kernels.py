"""The way back through filled tables: which edges the best design chose, and which of them pair.

Sums are exact (see `codon_graph`), so a value is explained by the first way that gives exactly it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.folding._kernels import LONGEST_LOOP, interior_energy
from swanneck.folding.energy_model import EnergyModel
from swanneck.foundation.jit import kernel
from swanneck.vaccine._loop_kernels import loop_relief, spell_hairpins
from swanneck.vaccine._path_kernels import choose_path, path_cost, reach_backward, reach_forward
from swanneck.vaccine.design_tables import DesignTables
from swanneck.vaccine.sequence_graph import SequenceGraph

__all__ = ["trace_design"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_LOWEST_LOOP = -600.0  # no interior loop or stack is as low; in 0.01 kcal/mol


@kernel
def trace_design(m: EnergyModel, g: SequenceGraph, t: DesignTables, chosen: Integers, partner: Integers) -> bool:
    """Fill in the chosen edge and the partner of each position. False if a value could not be explained."""
    n = g.edge_first.size - 1
    todo = np.zeros((2 * n + 4, 3), np.int64)  # kind (0 = a pair's edges, 1 = nodes of a multiloop part), from, to
    count = _trace_outside(m, g, t, chosen, todo)
    while count > 0:
        count -= 1
        kind, first, last = todo[count]
        if kind == 1:
            count = _trace_part(m, g, t, first, last, chosen, todo, count)
            continue
        i, j = g.edge_position[first], g.edge_position[last]
        chosen[i], chosen[j] = first, last
        partner[i], partner[j] = j, i
        if _trace_hairpin(m, g, t, first, last, chosen):
            continue
        p, q = _trace_interior(m, g, t, first, last, chosen)
        if p >= 0:
            todo[count] = (0, p, q)
            count += 1
        else:
            count = _trace_several(m, g, t, first, last, chosen, todo, count)
    return count == 0


@kernel
def _pair(m: EnergyModel, g: SequenceGraph, t: DesignTables, p: int, q: int) -> Any:
    """The value of two edges as a pair, inf if they cannot be one."""
    if m.pair_type[g.edge_base[p], g.edge_base[q]] < 0 or not (g.edge_pairs[p] and g.edge_pairs[q]):
        return np.inf
    return t.paired[t.pair_start[p] + t.mates_before[g.edge_base[p], q]]


@kernel
def _branch(m: EnergyModel, g: SequenceGraph, t: DesignTables, p: int, q: int) -> Any:
    value = _pair(m, g, t, p, q)
    if value == np.inf:
        return value
    return value + m.terminal[m.pair_type[g.edge_base[p], g.edge_base[q]]]


@kernel
def _trace_outside(m: EnergyModel, g: SequenceGraph, t: DesignTables, chosen: Integers, todo: Integers) -> int:
    """What lies outside of all pairs: gives the number of pairs to look into, -1 if there was no way."""
    n = g.edge_first.size - 1
    a = 0
    count = 0
    while a != g.node_position.size - 1:
        here = a
        for e in range(g.out_first[a], g.out_first[a + 1]):
            if g.edge_cost[e] + t.suffix[g.edge_to[e]] == t.suffix[a]:
                chosen[g.edge_position[e]] = e
                a = g.edge_to[e]
                break
        i = g.node_position[a]
        if a != here:
            continue
        for e in range(g.out_first[a], g.out_first[a + 1]):
            for f in range(g.edge_first[min(n, i + 4)], g.edge_first[min(n, i + t.span)]):
                if a == here and _branch(m, g, t, e, f) + t.suffix[g.edge_to[f]] == t.suffix[a]:
                    todo[count] = (0, e, f)
                    count += 1
                    a = g.edge_to[f]
        if a == here:
            return -1
    return count


@kernel
def _trace_hairpin(m: EnergyModel, g: SequenceGraph, t: DesignTables, e: int, f: int, chosen: Integers) -> bool:
    size = g.edge_position[f] - g.edge_position[e] - 1
    if size == 3 or size == 4 or size == 6:
        return spell_hairpins(m, g, t, e, size, f, chosen)
    kind = m.pair_type[g.edge_base[e], g.edge_base[f]]
    rest = _pair(m, g, t, e, f) - g.edge_cost[e] - g.edge_cost[f] - t.hairpin_length[size]
    a, b = g.edge_to[e], g.edge_from[f]
    for x in range(g.out_first[a], g.out_first[a + 1]):
        for h in range(g.in_first[b], g.in_first[b + 1]):
            y = g.in_edge[h]
            value = m.mismatch_hairpin[kind, g.edge_base[x], g.edge_base[y]] + g.edge_cost[x] + g.edge_cost[y]
            if value + path_cost(g, g.edge_to[x], g.edge_from[y]) == rest:
                chosen[g.edge_position[x]] = x
                chosen[g.edge_position[y]] = y
                choose_path(g, g.edge_to[x], g.edge_from[y], chosen)
                return True
    return False


@kernel
def _choose_side(g: SequenceGraph, size: int, first: int, last: int, chosen: Integers) -> None:
    if size > 0:
        chosen[g.edge_position[first]] = first
        chosen[g.edge_position[last]] = last
    if size > 1:
        choose_path(g, g.edge_to[first], g.edge_from[last], chosen)


@kernel
def _trace_interior(
    m: EnergyModel, g: SequenceGraph, t: DesignTables, e: int, f: int, chosen: Integers
) -> tuple[int, int]:
    """The pair inside e, f and the bases between them; -1, -1 if no interior loop explains the value."""
    i, j = g.edge_position[e], g.edge_position[f]
    a, d = g.edge_to[e], g.edge_from[f]
    rest = _pair(m, g, t, e, f) - g.edge_cost[e] - g.edge_cost[f]
    left = np.full((LONGEST_LOOP + 2, g.width), np.inf)
    right = np.full((LONGEST_LOOP + 2, g.width), np.inf)
    reach_forward(g, a, LONGEST_LOOP, left)
    reach_backward(g, d, LONGEST_LOOP, right)
    for size in range(min(LONGEST_LOOP + 1, j - i - 5)):
        for other in range(min(LONGEST_LOOP + 1 - size, j - i - 5 - size)):
            for p in range(g.edge_first[i + 1 + size], g.edge_first[i + 2 + size]):
                on_left = left[size, g.edge_from[p] - g.node_first[i + 1 + size]]
                if on_left == np.inf or not g.edge_pairs[p]:
                    continue
                for q in range(g.edge_first[j - 1 - other], g.edge_first[j - other]):
                    on_right = right[other, g.edge_to[q] - g.node_first[j - other]]
                    value = _pair(m, g, t, p, q)
                    if value + on_left + on_right + _LOWEST_LOOP <= rest and _loop_fits(
                        m, g, t, e, f, p, q, rest - value, chosen
                    ):
                        return p, q
    return -1, -1


@kernel
def _loop_fits(
    m: EnergyModel, g: SequenceGraph, t: DesignTables, e: int, f: int, p: int, q: int, rest: float, chosen: Integers
) -> bool:
    """Choose unpaired bases between the pairs e, f and p, q that cost `rest` with the loop's energy."""
    base = g.edge_base
    a, b, c, d = g.edge_to[e], g.edge_from[p], g.edge_to[q], g.edge_from[f]
    size = g.edge_position[p] - g.edge_position[e] - 1
    other = g.edge_position[f] - g.edge_position[q] - 1
    if (size == 0 and a != b) or (other == 0 and c != d):
        return False
    outer, inner = m.pair_type[base[e], base[f]], m.pair_type[base[q], base[p]]
    # A side without bases has no first or last: its one way takes the pair's own edge, whose base no table asks for.
    for x in range(g.out_first[a], g.out_first[a + 1] if size > 0 else g.out_first[a] + 1):
        for h in range(g.in_first[b], g.in_first[b + 1] if size > 0 else g.in_first[b] + 1):
            y = g.in_edge[h]
            on_left = 0.0
            if size == 1:
                on_left = g.edge_cost[x] if x == y else np.inf
            elif size > 1:
                on_left = g.edge_cost[x] + g.edge_cost[y] + path_cost(g, g.edge_to[x], g.edge_from[y])
            if on_left == np.inf:
                continue
            for u in range(g.out_first[c], g.out_first[c + 1] if other > 0 else g.out_first[c] + 1):
                for k in range(g.in_first[d], g.in_first[d + 1] if other > 0 else g.in_first[d] + 1):
                    w = g.in_edge[k]
                    on_right = 0.0
                    if other == 1:
                        on_right = g.edge_cost[u] if u == w else np.inf
                    elif other > 1:
                        on_right = g.edge_cost[u] + g.edge_cost[w] + path_cost(g, g.edge_to[u], g.edge_from[w])
                    energy = interior_energy(m, size, other, outer, inner, base[x], base[w], base[y], base[u])
                    energy -= loop_relief(m, t, size, other)
                    if energy + on_left + on_right == rest:
                        _choose_side(g, size, x, y, chosen)
                        _choose_side(g, other, u, w, chosen)
                        return True
    return False


@kernel
def _trace_several(
    m: EnergyModel, g: SequenceGraph, t: DesignTables, e: int, f: int, chosen: Integers, todo: Integers, count: int
) -> int:
    """The first branch of the multiloop that e, f close, and the part behind it; -1 if there is none."""
    i, j = g.edge_position[e], g.edge_position[f]
    x, y = g.edge_to[e], g.edge_from[f]
    rest = _pair(m, g, t, e, f) - g.edge_cost[e] - g.edge_cost[f] - m.multiloop_closing
    rest -= 2.0 * m.multiloop_branch + m.terminal[m.pair_type[g.edge_base[e], g.edge_base[f]]]
    costs = np.full(y - x + 1, np.inf)
    costs[0] = 0.0
    for p in range(g.edge_first[i + 1], g.edge_first[j - 4]):
        lead = costs[g.edge_from[p] - x] if g.edge_from[p] >= x else np.inf
        if lead == np.inf:
            continue
        if g.edge_to[p] <= y:
            costs[g.edge_to[p] - x] = min(costs[g.edge_to[p] - x], lead + g.edge_cost[p])
        if not g.edge_pairs[p]:
            continue
        for q in range(g.edge_first[g.edge_position[p] + 4], g.edge_first[j]):
            k = g.edge_to[q]
            if k < y and _branch(m, g, t, p, q) + lead + t.branched[t.part_start[k] + y] == rest:
                choose_path(g, x, g.edge_from[p], chosen)
                todo[count] = (0, p, q)
                todo[count + 1] = (1, k, y)
                return count + 2
    return -1


@kernel
def _trace_part(
    m: EnergyModel, g: SequenceGraph, t: DesignTables, x: int, y: int, chosen: Integers, todo: Integers, count: int
) -> int:
    """Split a multiloop part into unpaired bases, its first branch and what follows; -1 if nothing explains it."""
    value = t.branched[t.part_start[x] + y]
    moved = True
    while moved:
        moved = False
        for e in range(g.out_first[x], g.out_first[x + 1]):
            c = g.edge_to[e]
            if c <= y and g.edge_cost[e] + t.branched[t.part_start[c] + y] == value:
                chosen[g.edge_position[e]] = e
                x = c
                value = t.branched[t.part_start[x] + y]
                moved = True
                break
    i, j = g.node_position[x], g.node_position[y]
    for p in range(g.out_first[x], g.out_first[x + 1]):
        if not g.edge_pairs[p]:
            continue
        for q in range(g.edge_first[i + 4], g.edge_first[j]):
            k = g.edge_to[q]
            branch = _branch(m, g, t, p, q) + m.multiloop_branch
            if branch == np.inf or k > y:
                continue
            alone = branch + path_cost(g, k, y) == value
            if alone or branch + t.branched[t.part_start[k] + y] == value:
                todo[count] = (0, p, q)
                count += 1
                if alone:
                    choose_path(g, k, y, chosen)
                else:
                    todo[count] = (1, k, y)
                    count += 1
                return count
    return -1

"""Loops of a joint design, a row of nodes at a time. `m` = model, `g` = graph, `t` = tables; e, f, p, q = edges.

Interior loops are split as folds split them: those with tables of their own are spelt out; the rest are a sum of terms
of their size and of the mismatch at either end, and the best for each size follows from the loop two bases shorter
(Lyngso, Zuker, Pedersen 1999, Bioinformatics 15:440). Where fewer than the model's unpaired bases are looked at, all
longer loops count as one base longer than these (`loop_relief` is what they gain): no design can be worth more.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.folding._kernels import LONGEST_LOOP, RING, asymmetry_energy, interior_energy, lower, special_energy
from swanneck.folding.energy_model import EnergyModel
from swanneck.foundation.jit import kernel
from swanneck.vaccine._path_kernels import move_right, slot, step
from swanneck.vaccine.design_tables import DesignTables
from swanneck.vaccine.sequence_graph import SequenceGraph

__all__ = [
    "bulge_rows",
    "generic_rows",
    "loop_relief",
    "mismatch_rows",
    "row_start",
    "slim_rows",
    "small_loops",
    "spell_hairpins",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@kernel
def row_start(g: SequenceGraph, t: DesignTables, a: int) -> Any:
    """The first node of the row of node a that is worked on: of its position, or of the strip's margin."""
    return g.node_first[max(g.node_position[a], t.margin)]


@kernel
def mismatch_rows(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, high: int) -> None:
    """Pairs one base inside of node a, with their mismatch on the outside: the inner ends of interior loops."""
    s = slot(g, a, RING)
    low = row_start(g, t, a)
    t.mismatched[s, low:high] = np.inf
    t.mismatched_2x3[s, low:high] = np.inf
    n = g.edge_first.size - 1
    for x in range(g.out_first[a], g.out_first[a + 1]):
        b = g.edge_to[x]
        for p in range(g.out_first[b], g.out_first[b + 1]):
            i = g.edge_position[p]
            if i + 4 >= n or not g.edge_pairs[p]:
                continue
            base = g.edge_base[p]
            start = t.mates_before[base, g.edge_first[max(i + 4, min(n, t.margin))]]
            for k in range(start, t.mates_before[base, g.edge_first[min(n, i + t.span, t.right)]]):
                q = t.mates[base, k]
                value = t.paired[t.pair_start[p] + k]
                if value == np.inf:
                    continue
                kind = m.pair_type[g.edge_base[q], g.edge_base[p]]
                c = g.edge_to[q]
                for y in range(g.out_first[c], g.out_first[c + 1]):
                    d = g.edge_to[y]
                    if not low <= d < high:
                        continue
                    v = value + g.edge_cost[x] + g.edge_cost[y]
                    w = v + m.mismatch_interior[kind, g.edge_base[y], g.edge_base[x]]
                    t.mismatched[s, d] = min(t.mismatched[s, d], w)
                    w = v + m.mismatch_interior_2x3[kind, g.edge_base[y], g.edge_base[x]]
                    t.mismatched_2x3[s, d] = min(t.mismatched_2x3[s, d], w)


@kernel
def _lower_from_left(
    g: SequenceGraph, rows: Floats, a: int, size: int, reach: Floats, low: int, target: Floats, cost: Any
) -> None:
    """target = the least of itself and of the rows `size` bases behind a, plus the cost of those bases."""
    x = g.node_position[a] + size
    if x + 1 >= g.node_first.size:
        return
    for c in range(g.node_first[x], g.node_first[x + 1]):
        d = reach[size, c - g.node_first[x]]
        if d < np.inf:
            start = max(c, low)
            lower(target[start:], rows[slot(g, c, RING), start : target.size], d + cost)


@kernel
def generic_rows(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, reach: Floats, high: int) -> None:
    """Interior loops of 2 x 3, and of at least 2 x 4 or 3 x 3, that lie between node a and each other node."""
    x = g.node_position[a]
    low = row_start(g, t, a)
    la = a - g.node_first[x]
    sizes = t.sizes[slot(g, a, 2)]
    t.generic[la, low:high] = np.inf
    here, there = t.moved[0], t.moved[1]
    here[low:high] = t.mismatched[slot(g, a, RING), low:high]
    sizes[0, low:high] = here[low:high]
    for size in range(1, t.longest_loop - 3):
        cost = asymmetry_energy(m, size)
        move_right(g, there, here, low, high)
        here, there = there, here
        row = sizes[size, :high]
        row[low:] = np.inf
        lower(row[low:], here[low:high], cost)
        _lower_from_left(g, t.mismatched, a, size, reach, low, row, cost)
        if size >= 2:
            for c in range(g.node_first[x + 1], g.node_first[x + 2]):
                d = step(g, a, c)
                if d < np.inf:
                    move_right(g, t.moved[2], t.sizes[slot(g, c, 2), size - 2], low, high)
                    lower(row[low:], t.moved[2, low:high], d)
            lower(t.generic[la, low:high], row[low:], m.interior_length[size + 4])
    if t.longest_loop < LONGEST_LOOP:
        _longer_generic_row(m, g, t, a, high)
    cost = m.interior_length[5] + m.asymmetry
    row = t.generic_2x3[la, :high]
    row[low:] = np.inf
    move_right(g, here, t.mismatched_2x3[slot(g, a, RING)], low, high)
    lower(row[low:], here[low:high], cost)
    _lower_from_left(g, t.mismatched_2x3, a, 1, reach, low, row, cost)


@kernel
def _spread_left(g: SequenceGraph, rows: Floats, spread: Floats, a: int, high: int) -> None:
    """The row of node a in `spread`: the least of its row in `rows` behind any number of unpaired bases."""
    x = g.node_position[a]
    low = g.node_first[x]
    row = spread[slot(g, a, 2), :high]
    row[low:] = rows[slot(g, a, RING), low:high]
    for c in range(g.node_first[x + 1], g.node_first[x + 2]):
        d = step(g, a, c)
        if d < np.inf:
            lower(row[c:], spread[slot(g, c, 2), c:high], d)


@kernel
def _spread_right(g: SequenceGraph, row: Floats, low: int, high: int) -> None:
    """Any number of unpaired bases behind what `row` holds."""
    for k in range(low, high):
        for h in range(g.prev_first[k], g.prev_first[k + 1]):
            if g.prev_node[h] >= low:
                row[k] = min(row[k], row[g.prev_node[h]] + g.prev_cost[h])


@kernel
def _longer_generic_row(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, high: int) -> None:
    """Interior loops of more unpaired bases than are looked at, priced as one more: all beyond two on one side, and
    those that grow by a base on either."""
    x = g.node_position[a]
    low = g.node_first[x]
    longer = t.longest_loop - 3
    row = t.sizes[slot(g, a, 2), longer, :high]
    row[low:] = t.mismatched[slot(g, a, RING), low:high]
    _spread_right(g, row, low, high)
    _spread_left(g, t.mismatched, t.spread[0], a, high)
    lower(row[low:], t.spread[0, slot(g, a, 2), low:high], 0.0)
    row[low:] += asymmetry_energy(m, longer)
    for c in range(g.node_first[x + 1], g.node_first[x + 2]):
        d = step(g, a, c)
        if d < np.inf:
            for size in range(longer - 2, longer + 1):
                move_right(g, t.moved[2], t.sizes[slot(g, c, 2), size], low, high)
                lower(row[low:], t.moved[2, low:high], d)
    lower(t.generic[a - low, low:high], row[low:], m.interior_length[t.longest_loop + 1])


@kernel
def _longer_slim_row(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, high: int) -> None:
    """As `_longer_generic_row`, of one base on one side."""
    x = g.node_position[a]
    low = g.node_first[x]
    here = t.moved[0, :high]
    here[low:] = np.inf
    for c in range(g.node_first[x + 1], g.node_first[x + 2]):
        d = step(g, a, c)
        if d < np.inf:
            lower(here[c:], t.closed[slot(g, c, RING), c:high], d)
    _spread_right(g, here, low, high)
    _spread_left(g, t.closed, t.spread[1], a, high)
    move_right(g, t.moved[1], t.spread[1, slot(g, a, 2)], low, high)
    lower(here[low:], t.moved[1, low:high], 0.0)
    cost = m.interior_length[t.longest_loop + 1] + asymmetry_energy(m, t.longest_loop - 1)
    lower(t.slim[a - low, low:high], here[low:], cost)


@kernel
def _longer_bulge_row(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, high: int) -> None:
    """As `_longer_generic_row`, of bulges."""
    low = g.node_first[g.node_position[a]]
    here = t.moved[0, :high]
    here[low:] = t.ended[slot(g, a, RING), low:high]
    _spread_right(g, here, low, high)
    _spread_left(g, t.ended, t.spread[2], a, high)
    lower(here[low:], t.spread[2, slot(g, a, 2), low:high], 0.0)
    lower(t.bulges[a - low, low:high], here[low:], m.bulge_length[t.longest_loop + 1])


@kernel
def loop_relief(m: EnergyModel, t: DesignTables, left: int, right: int) -> Any:
    """What a loop of more unpaired bases than are looked at is priced below its energy; 0 for others."""
    size = left + right
    if size <= t.longest_loop:
        return 0.0
    prices = m.bulge_length if left == 0 or right == 0 else m.interior_length
    return prices[size] - prices[t.longest_loop + 1]


@kernel
def bulge_rows(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, reach: Floats, high: int) -> None:
    """Bulges of two bases or more between node a and each other node."""
    x = g.node_position[a]
    low = row_start(g, t, a)
    row = t.bulges[a - g.node_first[x], :high]
    row[low:] = np.inf
    here, there = t.moved[0], t.moved[1]
    here[low:high] = t.ended[slot(g, a, RING), low:high]
    for size in range(1, t.longest_loop + 1):
        move_right(g, there, here, low, high)
        here, there = there, here
        if size >= 2:
            lower(row[low:], here[low:high], m.bulge_length[size])
            _lower_from_left(g, t.ended, a, size, reach, low, row, m.bulge_length[size])
    if t.longest_loop < LONGEST_LOOP:
        _longer_bulge_row(m, g, t, a, high)


@kernel
def slim_rows(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, reach: Floats, high: int) -> None:
    """Interior loops of 1 x 3 and more between node a and each other node."""
    x = g.node_position[a]
    low = row_start(g, t, a)
    row = t.slim[a - g.node_first[x], :high]
    row[low:] = np.inf
    here, there = t.moved[0], t.moved[1]
    # One base on the 5' side: the best of a's successors moves right.
    here[low:high] = np.inf
    for c in range(g.node_first[x + 1], g.node_first[x + 2]):
        d = step(g, a, c)
        if d < np.inf:
            start = max(c, low)
            lower(here[start:high], t.closed[slot(g, c, RING), start:high], d)
    for size in range(1, t.longest_loop):
        move_right(g, there, here, low, high)
        here, there = there, here
        if size >= 3:
            lower(row[low:], here[low:high], m.interior_length[size + 1] + asymmetry_energy(m, size - 1))
    # One base on the 3' side: what lies behind the 5' side moves right once.
    here[low:high] = np.inf
    for size in range(3, t.longest_loop):
        cost = m.interior_length[size + 1] + asymmetry_energy(m, size - 1)
        _lower_from_left(g, t.closed, a, size, reach, low, here[:high], cost)
    move_right(g, there, here, low, high)
    lower(row[low:], there[low:high], 0.0)
    if t.longest_loop < LONGEST_LOOP:
        _longer_slim_row(m, g, t, a, high)


@kernel
def small_loops(m: EnergyModel, g: SequenceGraph, t: DesignTables, e: int, f: int, best: float) -> Any:
    """The best of stacks, bulges of one base, 1 x 1, 1 x 2 and 2 x 2 inside e and f, without the cost of e and f; and
    of `best`."""
    base = g.edge_base
    outer = m.pair_type[base[e], base[f]]
    space = g.edge_position[f] - g.edge_position[e] - 2
    for left in range(3):
        for right in range(max(0, left - 1), min(3, left + 2)):
            if space - left - right < 4:
                continue
            for u in range(t.left_first[left, e], t.left_first[left, e + 1]):
                p = t.left_inner[u]
                if not g.edge_pairs[p]:
                    continue
                start = t.pair_start[p]
                for w in range(t.right_first[right, f], t.right_first[right, f + 1]):
                    q = t.right_inner[w]
                    inner = m.pair_type[base[q], base[p]]
                    if inner < 0 or not g.edge_pairs[q]:
                        continue
                    value = t.paired[start + t.mates_before[base[p], q]] + (t.left_cost[u] + t.right_cost[w])
                    if value + t.least_small[left, right] >= best:
                        continue
                    value += interior_energy(
                        m, left, right, outer, inner, base[t.left_near[u]],
                        base[t.right_near[w]], base[t.left_far[u]], base[t.right_far[w]],
                    )  # fmt: skip
                    best = value if value < best else best
    return best


@kernel
def spell_hairpins(
    m: EnergyModel, g: SequenceGraph, t: DesignTables, e: int, size: int, wanted: int, chosen: Integers
) -> bool:
    """Every hairpin of 3, 4 or 6 bases behind edge e lowers `paired`; or, if an edge is wanted, choose the one that
    closes with it and explains its value."""
    path = np.zeros(8, np.int64)
    last = np.zeros(8, np.int64)
    path[0] = e
    path[1] = g.out_first[g.edge_to[e]]
    last[1] = g.out_first[g.edge_to[e] + 1]
    depth = 1
    while depth > 0:
        if path[depth] >= last[depth]:
            depth -= 1
            path[depth] += 1
            continue
        f = path[depth]
        if depth <= size:
            depth += 1
            path[depth] = g.out_first[g.edge_to[f]]
            last[depth] = g.out_first[g.edge_to[f] + 1]
            continue
        path[depth] += 1
        kind = m.pair_type[g.edge_base[e], g.edge_base[f]]
        if kind < 0 or not g.edge_pairs[f] or (wanted >= 0 and f != wanted):
            continue
        code = 1
        value = 0.0
        for k in range(size + 2):
            x = f if k == size + 1 else path[k]
            code = 4 * code + g.edge_base[x]
            value += g.edge_cost[x]
        energy = m.hairpin_length[size]
        if size == 3:
            energy += m.terminal[kind]
        else:
            energy += m.mismatch_hairpin[kind, g.edge_base[path[1]], g.edge_base[path[size]]]
        value += special_energy(m, code, energy)
        here = t.pair_start[e] + t.mates_before[g.edge_base[e], f]
        if wanted < 0:
            t.paired[here] = min(t.paired[here], value)
        elif value == t.paired[here]:
            for k in range(size + 1):
                chosen[g.edge_position[path[k]]] = path[k]
            chosen[g.edge_position[f]] = f
            return True
    return False

"""The folding recursions over a sequence graph, from its end to its start: every synonymous sequence at once.

`m` = model, `g` = graph, `t` = tables; e, f = edges; a, b, c = nodes. Tables are indexed by edges (pairs) or nodes
(what lies between bases); a base's cost lies on its edge. Cohen and Skiena (2003), J. Comput. Biol. 10:419; Terai,
Kamegai, Asai (2016), Bioinformatics 32:828.
"""

import numpy as np

from swanneck.folding._kernels import LONGEST_LOOP, RING, lower
from swanneck.folding.energy_model import EnergyModel
from swanneck.foundation.jit import kernel
from swanneck.vaccine._loop_kernels import (
    bulge_rows,
    generic_rows,
    mismatch_rows,
    row_start,
    slim_rows,
    small_loops,
    spell_hairpins,
)
from swanneck.vaccine._path_kernels import reach_forward, slot, step
from swanneck.vaccine.design_tables import DesignTables
from swanneck.vaccine.sequence_graph import SequenceGraph

__all__ = ["fill_positions", "fill_suffixes"]


@kernel
def fill_positions(m: EnergyModel, g: SequenceGraph, t: DesignTables, first: int, last: int) -> None:
    """Fill a strip of the tables for the positions `last` - 1 down to `first`; those behind must be filled, and so must
    the strips to its left for these positions."""
    n = g.edge_first.size - 1
    reach = np.full((LONGEST_LOOP + 2, g.width), np.inf)
    chosen = np.zeros(0, np.int64)
    for i in range(last - 1, first - 1, -1):
        high = g.node_first[min(n + 1, i + t.span + 1, t.right)]
        if i + 4 < n:
            for a in range(g.node_first[i + 2], g.node_first[i + 3]):
                mismatch_rows(m, g, t, a, high)
            for a in range(g.node_first[i + 2], g.node_first[i + 3]):
                reach_forward(g, a, LONGEST_LOOP, reach)
                generic_rows(m, g, t, a, reach, high)
                _unpaired_row(g, t, a, high)
            for a in range(g.node_first[i + 1], g.node_first[i + 2]):
                reach_forward(g, a, LONGEST_LOOP, reach)
                bulge_rows(m, g, t, a, reach, high)
                slim_rows(m, g, t, a, reach, high)
            for e in range(g.edge_first[i], g.edge_first[i + 1]):
                if g.edge_pairs[e]:
                    if i >= t.left:  # those few that reach into the next strip too, which is filled later
                        for size in (3, 4, 6):
                            spell_hairpins(m, g, t, e, size, -1, chosen)
                    _pair_edge(m, g, t, e)
        for a in range(g.node_first[i], g.node_first[i + 1]):
            _end_pairs(m, g, t, a, high)
            _branch_node(m, g, t, a, high)


@kernel
def _unpaired_row(g: SequenceGraph, t: DesignTables, a: int, high: int) -> None:
    """The least cost of unpaired bases from node a to each other node."""
    x = g.node_position[a]
    low = row_start(g, t, a)
    row = t.unpaired[slot(g, a, 4)]
    row[low:high] = np.inf
    if low <= a < high:
        row[a] = 0.0
    for c in range(g.node_first[x + 1], g.node_first[x + 2]):
        d = step(g, a, c)
        if d < np.inf:
            if x + 1 < g.edge_first.size - 1:
                start = max(c, low)
                lower(row[start:high], t.unpaired[slot(g, c, 4), start:high], d)
            if low <= c < high:
                row[c] = min(row[c], d)


@kernel
def _pair_edge(m: EnergyModel, g: SequenceGraph, t: DesignTables, e: int) -> None:
    """The best of every pair that edge e opens; hairpins of 3, 4 and 6 bases are there already."""
    n = g.edge_first.size - 1
    i = g.edge_position[e]
    a = g.edge_to[e]
    la = a - g.node_first[i + 1]
    several = t.several[slot(g, a, 2)]
    base = g.edge_base[e]
    start = t.mates_before[base, g.edge_first[min(n, max(i + 4, t.left))]]
    for place in range(start, t.mates_before[base, g.edge_first[min(n, i + t.span, t.right)]]):
        f = t.mates[base, place]
        kind = m.pair_type[base, g.edge_base[f]]
        b = g.edge_from[f]
        size = g.edge_position[f] - i - 1
        best = t.bulges[la, b] + m.terminal[kind]
        best = min(best, t.slim[la, b] + m.closure_interior_1xn[kind])
        best = min(best, several[b] + m.multiloop_closing + m.multiloop_branch + m.terminal[kind])
        if size >= 5:
            for x in range(g.out_first[a], g.out_first[a + 1]):
                c = g.edge_to[x]
                lc = c - g.node_first[i + 2]
                unpaired = t.unpaired[slot(g, c, 4)]
                for h in range(g.in_first[b], g.in_first[b + 1]):
                    y = g.in_edge[h]
                    d = g.edge_from[y]
                    o, u = g.edge_base[x], g.edge_base[y]
                    v = min(
                        t.generic[lc, d] + m.mismatch_interior[kind, o, u],
                        t.generic_2x3[lc, d] + m.mismatch_interior_2x3[kind, o, u],
                    )
                    v = min(v, t.hairpin_length[size] + m.mismatch_hairpin[kind, o, u] + unpaired[d])
                    best = min(best, v + g.edge_cost[x] + g.edge_cost[y])
            best = small_loops(m, g, t, e, f, best)
        here = t.pair_start[e] + place
        t.paired[here] = min(t.paired[here], best + g.edge_cost[e] + g.edge_cost[f])


@kernel
def _end_pairs(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, high: int) -> None:
    """The pairs that start at node a, by the node behind them, with the penalty of their outer end."""
    n = g.edge_first.size - 1
    s = slot(g, a, RING)
    i = g.node_position[a]
    low = row_start(g, t, a)
    t.ended[s, low:high] = np.inf
    t.closed[s, low:high] = np.inf
    if i + 4 >= n:
        return
    for e in range(g.out_first[a], g.out_first[a + 1]):
        if not g.edge_pairs[e]:
            continue
        base = g.edge_base[e]
        start = t.mates_before[base, g.edge_first[max(i + 4, min(n, t.margin))]]
        for k in range(start, t.mates_before[base, g.edge_first[min(n, i + t.span, t.right - 1)]]):
            f = t.mates[base, k]
            value = t.paired[t.pair_start[e] + k]
            if value < np.inf:
                kind = m.pair_type[g.edge_base[e], g.edge_base[f]]
                b = g.edge_to[f]
                t.ended[s, b] = min(t.ended[s, b], value + m.terminal[kind])
                t.closed[s, b] = min(t.closed[s, b], value + m.closure_interior_1xn[kind])


@kernel
def _branch_node(m: EnergyModel, g: SequenceGraph, t: DesignTables, a: int, high: int) -> None:
    """Multiloop parts from node a. A first branch that is no better than another way to fill its span is skipped: what
    follows it can follow the other way (Wexler, Zilberstein, Ziv-Ukelson 2007, J. Comput. Biol. 14:856)."""
    n = g.edge_first.size - 1
    i = g.node_position[a]
    low = g.node_first[max(i, t.left)]
    part = t.part_start[a]
    ended = t.ended[slot(g, a, RING)]
    several = t.several[slot(g, a, 2)]
    from_here = t.moved[0]
    from_here[low:high] = np.inf
    several[low:high] = np.inf
    for c in range(g.node_first[i + 1], g.node_first[i + 2]):
        d = step(g, a, c)
        if d < np.inf:
            k = max(c, low)
            lower(t.branched[part + k : part + high], t.branched[t.part_start[c] + k : t.part_start[c] + high], d)
            lower(several[k:high], t.several[slot(g, c, 2), k:high], d)
    for k in range(g.node_first[min(n, i + 4)], min(low, high)):
        if t.begins[part + k]:
            start = t.part_start[k] + low
            lower(from_here[low:high], t.branched[start : start + high - low], t.branched[part + k])
    for k in range(max(low, g.node_first[min(n, i + 4)]), high):
        other = min(t.branched[part + k], from_here[k])
        for h in range(g.prev_first[k], g.prev_first[k + 1]):
            other = min(other, t.branched[part + g.prev_node[h]] + g.prev_cost[h])
        branch = ended[k] + m.multiloop_branch
        if branch < other:
            t.begins[part + k] = True
            other = branch
            lower(from_here[k:high], t.branched[t.part_start[k] + k : t.part_start[k] + high], branch)
        t.branched[part + k] = other
    lower(several[low:high], from_here[low:high], 0.0)


@kernel
def fill_suffixes(m: EnergyModel, g: SequenceGraph, t: DesignTables) -> None:
    """What is outside of all pairs, once all pairs are known."""
    n = g.edge_first.size - 1
    for e in range(g.edge_base.size - 1, -1, -1):
        a, i = g.edge_from[e], g.edge_position[e]
        best = min(t.suffix[a], g.edge_cost[e] + t.suffix[g.edge_to[e]])
        if g.edge_pairs[e] and i + 4 < n:
            base = g.edge_base[e]
            start = t.mates_before[base, g.edge_first[i + 4]]
            for k in range(start, t.mates_before[base, g.edge_first[min(n, i + t.span)]]):
                f = t.mates[base, k]
                value = t.paired[t.pair_start[e] + k] + m.terminal[m.pair_type[base, g.edge_base[f]]]
                best = min(best, value + t.suffix[g.edge_to[f]])
        t.suffix[a] = best

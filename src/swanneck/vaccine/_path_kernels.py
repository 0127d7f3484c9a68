"""Unpaired bases as cheapest paths through a sequence graph: rows of the folding tables moved along them.

`g` = graph; a, b, c = nodes; e, f = edges. Values are float64, inf where there is no path. A row has one value for each
node; only the nodes from `low` to `high` are touched.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel
from swanneck.vaccine.sequence_graph import SequenceGraph

__all__ = ["choose_path", "move_right", "path_cost", "reach_backward", "reach_forward", "short_paths", "slot", "step"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@kernel
def slot(g: SequenceGraph, a: int, ring: int) -> Any:
    """The row of a node in tables that keep the last `ring` positions."""
    x = g.node_position[a]
    return g.width * (x % ring) + a - g.node_first[x]


@kernel
def step(g: SequenceGraph, a: int, b: int) -> Any:
    """The least cost of one unpaired base from a to b."""
    best = np.inf
    for e in range(g.out_first[a], g.out_first[a + 1]):
        if g.edge_to[e] == b and g.edge_cost[e] < best:
            best = g.edge_cost[e]
    return best


@kernel
def move_right(g: SequenceGraph, target: Floats, source: Floats, low: int, high: int) -> None:
    """target[b] = the least of `source` one base before b, plus that base's cost."""
    for b in range(low, high):
        best = np.inf
        for h in range(g.prev_first[b], g.prev_first[b + 1]):
            if g.prev_node[h] >= low:
                value = source[g.prev_node[h]] + g.prev_cost[h]
                best = value if value < best else best
        target[b] = best


@kernel
def reach_forward(g: SequenceGraph, a: int, most: int, reach: Floats) -> None:
    """reach[size, w] = the least cost of `size` unpaired bases from a to the node w of that position."""
    reach[:] = np.inf
    x = g.node_position[a]
    reach[0, a - g.node_first[x]] = 0.0
    for size in range(min(most, g.edge_first.size - 1 - x)):
        for e in range(g.edge_first[x + size], g.edge_first[x + size + 1]):
            value = reach[size, g.edge_from[e] - g.node_first[x + size]] + g.edge_cost[e]
            w = g.edge_to[e] - g.node_first[x + size + 1]
            if value < reach[size + 1, w]:
                reach[size + 1, w] = value


@kernel
def reach_backward(g: SequenceGraph, b: int, most: int, reach: Floats) -> None:
    """reach[size, w] = the least cost of `size` unpaired bases from the node w of that position to b."""
    reach[:] = np.inf
    y = g.node_position[b]
    reach[0, b - g.node_first[y]] = 0.0
    for size in range(min(most, y)):
        for e in range(g.edge_first[y - size - 1], g.edge_first[y - size]):
            value = reach[size, g.edge_to[e] - g.node_first[y - size]] + g.edge_cost[e]
            w = g.edge_from[e] - g.node_first[y - size - 1]
            if value < reach[size + 1, w]:
                reach[size + 1, w] = value


@kernel
def _costs_to(g: SequenceGraph, a: int, b: int) -> Floats:
    """The least cost of unpaired bases from each of the nodes a to b on, to b."""
    costs = np.full(max(b - a, 0) + 1, np.inf)
    costs[b - a] = 0.0
    for c in range(b - 1, a - 1, -1):
        for e in range(g.out_first[c], g.out_first[c + 1]):
            if g.edge_to[e] <= b:
                costs[c - a] = min(costs[c - a], g.edge_cost[e] + costs[g.edge_to[e] - a])
    return costs


@kernel
def path_cost(g: SequenceGraph, a: int, b: int) -> Any:
    """The least cost of the unpaired bases between two nodes."""
    if a > b:
        return np.inf
    return _costs_to(g, a, b)[0]


@kernel
def choose_path(g: SequenceGraph, a: int, b: int, chosen: Integers) -> None:
    """Choose the cheapest unpaired bases from a to b, the first of equals."""
    costs = _costs_to(g, a, b)
    first = a
    while a != b:
        for e in range(g.out_first[a], g.out_first[a + 1]):
            c = g.edge_to[e]
            if c <= b and g.edge_cost[e] + costs[c - first] == costs[a - first]:
                chosen[g.edge_position[e]] = e
                a = c
                break


@kernel
def short_paths(g: SequenceGraph, forward: bool) -> tuple[Integers, Integers, Integers, Integers, Floats]:
    """From each edge over 0, 1 or 2 unpaired bases to the next pair's edge, inwards (5' side) or backwards (3' side).

    Gives first[size, edge], which bounds the edge's paths of that size, and for each path: the pair's edge, the
    unpaired edge next to the start, the one next to the pair, and the cost of what is unpaired.
    """
    edges = g.edge_base.size
    first = np.zeros((3, edges + 1), np.int64)
    longest = (edges + 1) * (4 + 16 + 64)  # four bases to choose from at most; untouched memory costs nothing
    inner = np.zeros(longest, np.int64)
    near = np.zeros(longest, np.int64)
    far = np.zeros(longest, np.int64)
    cost = np.zeros(longest)
    count = 0
    around = np.zeros((3, 2), np.int64)
    for size in range(3):
        for e in range(edges):
            first[size, e] = count
            ways = np.zeros(3, np.int64)
            ways[0] = e
            depth = 0
            # Depth-first over size + 1 edges; around[depth] = the next way to try and the end of them.
            around[0] = _ways(g, e, forward)
            while depth >= 0:
                if around[depth, 0] >= around[depth, 1]:
                    depth -= 1
                    continue
                here = around[depth, 0] if forward else g.in_edge[around[depth, 0]]
                around[depth, 0] += 1
                ways[depth] = here
                if depth < size:
                    depth += 1
                    around[depth] = _ways(g, here, forward)
                    continue
                inner[count] = here
                near[count] = ways[0]
                far[count] = ways[size - 1] if size > 0 else ways[0]
                cost[count] = 0.0
                for k in range(size):
                    cost[count] += g.edge_cost[ways[k]]
                count += 1
        first[size, edges] = count
    return first, inner[:count].copy(), near[:count].copy(), far[:count].copy(), cost[:count].copy()


@kernel
def _ways(g: SequenceGraph, e: int, forward: bool) -> tuple[int, int]:
    """Bounds of the edges behind an edge's end, or (in `in_edge`) of those before its start."""
    if forward:
        return g.out_first[g.edge_to[e]], g.out_first[g.edge_to[e] + 1]
    return g.in_first[g.edge_from[e]], g.in_first[g.edge_from[e] + 1]

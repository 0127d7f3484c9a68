"""A set of sequences as one graph: every path from the first node to the last spells one of them."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["GraphEdge", "SequenceGraph", "assemble_graph"]

_Integers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


class GraphEdge(NamedTuple):
    """One base at a position: from a node, to a node, the base as number, its cost, and whether it may pair."""

    position: int
    source: int
    target: int
    base: int
    cost: float
    pairs: bool = True


class SequenceGraph(NamedTuple):
    """Nodes and edges in order of position; `*_first[k]` to `*_first[k + 1]` are the entries that belong to k.

    An edge is one base; costs are in 0.01 kcal/mol. `width` is the largest number of nodes at a position. `in_edge`
    lists the edges into each node; `prev_*` the nodes one base before a node, with the least cost of that base.
    """

    width: int
    node_position: _Integers
    node_first: _Integers
    edge_first: _Integers
    edge_position: _Integers
    edge_from: _Integers
    edge_to: _Integers
    edge_base: _Integers
    edge_cost: _Floats
    edge_pairs: npt.NDArray[np.bool_]
    out_first: _Integers
    in_first: _Integers
    in_edge: _Integers
    prev_first: _Integers
    prev_node: _Integers
    prev_cost: _Floats


def assemble_graph(positions: Iterable[int], edges: Iterable[GraphEdge]) -> SequenceGraph:
    """A graph of nodes, by their positions in ascending order, and edges in any order.

    >>> graph = assemble_graph([0, 1, 2], [GraphEdge(0, 0, 1, 2, 0.0), GraphEdge(1, 1, 2, 0, 0.5)])
    >>> graph.edge_base, graph.width
    (array([2, 0]), 1)
    """
    nodes = np.array(list(positions), dtype=np.int64)
    ordered = sorted(edges)
    position, source, target, base = (np.array([edge[k] for edge in ordered], dtype=np.int64) for k in range(4))
    cost = np.array([edge.cost for edge in ordered])
    length, numbers = int(nodes[-1]), np.arange(nodes.size + 1)
    node_first = np.searchsorted(nodes, np.arange(length + 2))
    in_edge = np.argsort(target, kind="stable")
    return SequenceGraph(
        int(np.diff(node_first).max()), nodes, node_first, np.searchsorted(position, np.arange(length + 1)),
        position, source, target, base, cost, np.array([edge.pairs for edge in ordered]),
        np.searchsorted(source, numbers), np.searchsorted(target[in_edge], numbers), in_edge,
        *_cheapest_before(source, target, cost, nodes.size),
    )  # fmt: skip


def _cheapest_before(
    source: _Integers, target: _Integers, cost: _Floats, nodes: int
) -> tuple[_Integers, _Integers, _Floats]:
    cheapest: dict[tuple[int, int], float] = {}
    for one, other, price in zip(source.tolist(), target.tolist(), cost.tolist(), strict=True):
        cheapest[other, one] = min(price, cheapest.get((other, one), np.inf))
    keys = sorted(cheapest)
    first = np.searchsorted(np.array([key[0] for key in keys]), np.arange(nodes + 1))
    return first, np.array([key[1] for key in keys], dtype=np.int64), np.array([cheapest[key] for key in keys])

"""All coding sequences of a protein as one graph: nodes are prefixes of codons, edges are bases."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from swanneck.folding.energy_model import BASES
from swanneck.sequences.codons import CodonTable

__all__ = ["CodonGraph", "build_codon_graph"]

_Integers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]

# Costs are whole multiples of this, in 0.01 kcal/mol, so that sums are exact in float64 and ties are ties.
_QUANTUM = 2.0**-26
# At lambda 0 adaptation decides between equal energies: a weight too small to outweigh 0.01 kcal/mol.
_TIE_BREAK = 2.0**-15


class CodonGraph(NamedTuple):
    """Nodes and edges in order of position; `*_first[k]` to `*_first[k + 1]` are the entries that belong to k.

    An edge is one base; the edge that completes a codon carries the codon's cost in 0.01 kcal/mol. `prev_*` list the
    nodes one base before a node with the least cost of that base, `cost_to_end` the least cost to the codon's end.
    """

    node_position: _Integers
    node_first: _Integers
    edge_first: _Integers
    edge_position: _Integers
    edge_from: _Integers
    edge_to: _Integers
    edge_base: _Integers
    edge_cost: _Floats
    out_first: _Integers
    in_first: _Integers
    prev_first: _Integers
    prev_node: _Integers
    prev_cost: _Floats
    cost_to_end: _Floats


def build_codon_graph(protein: str, table: CodonTable, lambda_: float) -> CodonGraph:
    """The graph of a protein's synonymous sequences, codon costs weighed by lambda (kcal/mol per unit of -ln w).

    Cohen and Skiena (2003), J. Comput. Biol. 10:419; Terai, Kamegai, Asai (2016), Bioinformatics 32:828.

    >>> from swanneck.sequences.codons import human_codons
    >>> build_codon_graph("MK", human_codons(), 0.0).edge_base
    array([0, 3, 2, 0, 0, 0, 2])
    """
    positions = [0]
    edges: list[tuple[int, int, int, int, float]] = []
    scale = lambda_ * 100.0 if lambda_ > 0 else _TIE_BREAK
    for number, residue in enumerate(protein):
        _add_codons(positions, edges, table.weights(residue), start=3 * number, scale=scale)
    position, source, target, base = (np.array([edge[k] for edge in edges], dtype=np.int64) for k in range(4))
    cost = np.array([edge[4] for edge in edges])
    nodes = np.array(positions, dtype=np.int64)
    length, numbers = 3 * len(protein), np.arange(nodes.size + 1)
    before = _cheapest_before(source, target, cost, nodes.size)
    to_end = np.zeros(nodes.size)
    for node in range(nodes.size - 1, -1, -1):
        if nodes[node] % 3:
            after = slice(*np.searchsorted(source, (node, node + 1)))
            to_end[node] = np.min(cost[after] + np.where(nodes[target[after]] % 3, to_end[target[after]], 0.0))
    return CodonGraph(
        nodes, np.searchsorted(nodes, np.arange(length + 2)), np.searchsorted(position, np.arange(length + 1)),
        position, source, target, base, cost,
        np.searchsorted(source, numbers), np.searchsorted(target, numbers), *before, to_end,
    )  # fmt: skip


def _add_codons(
    positions: list[int],
    edges: list[tuple[int, int, int, int, float]],
    weights: dict[str, float],
    *,
    start: int,
    scale: float,
) -> None:
    """Nodes and edges of one residue's codons, in the order of their nodes."""
    nodes = {"": len(positions) - 1}
    for size in (1, 2):
        for prefix in sorted({codon[:size] for codon in weights}, key=lambda one: (nodes[one[:-1]], one)):
            nodes[prefix] = len(positions)
            edges.append((start + size - 1, nodes[prefix[:-1]], len(positions), BASES.index(prefix[-1]), 0.0))
            positions.append(start + size)
    for codon in sorted(weights, key=lambda one: (nodes[one[:2]], one)):
        cost = round(-math.log(weights[codon]) * scale / _QUANTUM) * _QUANTUM
        edges.append((start + 2, nodes[codon[:2]], len(positions), BASES.index(codon[2]), cost))
    positions.append(start + 3)


def _cheapest_before(
    source: _Integers, target: _Integers, cost: _Floats, nodes: int
) -> tuple[_Integers, _Integers, _Floats]:
    cheapest: dict[tuple[int, int], float] = {}
    for one, other, price in zip(source.tolist(), target.tolist(), cost.tolist(), strict=True):
        cheapest[other, one] = min(price, cheapest.get((other, one), np.inf))
    keys = sorted(cheapest)
    first = np.searchsorted(np.array([key[0] for key in keys]), np.arange(nodes + 1))
    return first, np.array([key[1] for key in keys], dtype=np.int64), np.array([cheapest[key] for key in keys])

"""All coding sequences of a protein as one graph: nodes are prefixes of codons, edges are bases."""

import math
from collections.abc import Mapping

from swanneck.folding.energy_model import BASES
from swanneck.sequences.codons import CodonTable
from swanneck.vaccine.sequence_graph import GraphEdge, SequenceGraph, assemble_graph

__all__ = ["build_codon_graph"]

# Costs are whole multiples of this, in 0.01 kcal/mol, so that sums are exact in float64 and ties are ties.
_QUANTUM = 2.0**-26
# At lambda 0 adaptation decides between equal energies: a weight too small to outweigh 0.01 kcal/mol.
_TIE_BREAK = 2.0**-15


def build_codon_graph(protein: str, table: CodonTable, lambda_: float) -> SequenceGraph:
    """The graph of a protein's synonymous sequences, codon costs weighed by lambda (kcal/mol per unit of -ln w).

    The edge that completes a codon carries its cost. Cohen and Skiena (2003), J. Comput. Biol. 10:419; Terai, Kamegai,
    Asai (2016), Bioinformatics 32:828.

    >>> from swanneck.sequences.codons import human_codons
    >>> build_codon_graph("MK", human_codons(), 0.0).edge_base
    array([0, 3, 2, 0, 0, 0, 2])
    """
    positions: list[int] = [0]
    edges: list[GraphEdge] = []
    scale = lambda_ * 100.0 if lambda_ > 0 else _TIE_BREAK
    for number, residue in enumerate(protein):
        _add_codons(positions, edges, table.weights(residue), start=3 * number, scale=scale)
    return assemble_graph(positions, edges)


def _add_codons(
    positions: list[int], edges: list[GraphEdge], weights: Mapping[str, float], *, start: int, scale: float
) -> None:
    """Nodes and edges of one residue's codons."""
    nodes = {"": len(positions) - 1}
    for size in (1, 2):
        for prefix in sorted({codon[:size] for codon in weights}, key=lambda one: (nodes[one[:-1]], one)):
            nodes[prefix] = len(positions)
            base = BASES.index(prefix[-1])
            edges.append(GraphEdge(start + size - 1, nodes[prefix[:-1]], nodes[prefix], base, 0.0))
            positions.append(start + size)
    for codon, weight in weights.items():
        cost = round(-math.log(weight) * scale / _QUANTUM) * _QUANTUM
        edges.append(GraphEdge(start + 2, nodes[codon[:2]], len(positions), BASES.index(codon[2]), cost))
    positions.append(start + 3)

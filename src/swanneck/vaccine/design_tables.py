"""The tables of a joint design: what is kept for tracing, and the rows that the filling works with."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from swanneck.folding._kernels import LONG_LOOP_SLOPE, LONGEST_LOOP, RING
from swanneck.folding.energy_model import EnergyModel
from swanneck.vaccine import _path_kernels
from swanneck.vaccine.sequence_graph import SequenceGraph

__all__ = ["DesignTables", "allocate_tables", "cut_strips", "table_bytes"]

_ROWS = (
    "mismatched", "mismatched_2x3", "ended", "closed", "unpaired", "several", "sizes", "spread", "generic",
    "generic_2x3", "bulges", "slim", "moved",
)  # fmt: skip
_MARGIN = LONGEST_LOOP + 2

_Integers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


class DesignTables(NamedTuple):
    """Objectives in 0.01 kcal/mol, inf where nothing fits; costs of all bases from end to end included.

    `mates[base]` lists the edges whose base pairs with a base, and `mates_before[base, f]` counts those before edge f;
    `paired[pair_start[e] + k]` is the best with edge e paired to the k-th mate of its base;
    `branched[part_start[a] + b]` the best part of a multiloop from node a to b with a branch or more; `suffix[a]` the
    best of all from a to the end; `begins` tells where a part that is one pair is better than every other. Pairs reach
    at most over `span` bases, and interior loops of more than `longest_loop` unpaired ones are priced as of one more.
    Columns from position `left` to before `right` are filled, and rows are worked on from `margin` on. The rest are
    rows of recent positions (see `_fill_kernels`), and short paths by edge.
    """

    span: int
    longest_loop: int
    left: int
    right: int
    margin: int
    mates: _Integers
    mates_before: _Integers
    pair_start: _Integers
    paired: _Floats
    part_start: _Integers
    branched: _Floats
    begins: npt.NDArray[np.bool_]
    suffix: _Floats
    mismatched: _Floats
    mismatched_2x3: _Floats
    ended: _Floats
    closed: _Floats
    unpaired: _Floats
    several: _Floats
    sizes: _Floats
    spread: _Floats
    generic: _Floats
    generic_2x3: _Floats
    bulges: _Floats
    slim: _Floats
    moved: _Floats
    hairpin_length: _Floats
    least_small: _Floats
    left_first: _Integers
    left_inner: _Integers
    left_near: _Integers
    left_far: _Integers
    left_cost: _Floats
    right_first: _Integers
    right_inner: _Integers
    right_near: _Integers
    right_far: _Integers
    right_cost: _Floats


def _starts(bounds: _Integers, low: _Integers, high: _Integers) -> tuple[_Integers, int]:
    """Where each row's entries begin in one long table, less the first column of the row; and the table's size."""
    sizes = np.maximum(high - low, 0)
    ends = np.cumsum(sizes)
    return np.asarray(ends - sizes - low, dtype=np.int64), int(ends[-1]) if bounds.size else 0


def _list_mates(pair_type: _Integers, graph: SequenceGraph) -> tuple[_Integers, _Integers]:
    """For each base, the edges that it can pair with, and how many of them lie before each edge."""
    mates = np.zeros((pair_type.shape[0], graph.edge_base.size), dtype=np.int64)
    before = np.zeros((pair_type.shape[0], graph.edge_base.size + 1), dtype=np.int64)
    for base in range(pair_type.shape[0]):
        fits = (pair_type[base, graph.edge_base] >= 0) & graph.edge_pairs
        before[base, 1:] = np.cumsum(fits)
        mates[base, : before[base, -1]] = np.flatnonzero(fits)
    return mates, before


def _pair_bounds(graph: SequenceGraph, mates_before: _Integers, span: int) -> tuple[_Integers, int]:
    n = graph.edge_first.size - 1
    position = graph.edge_position
    low, high = graph.edge_first[np.minimum(n, position + 4)], graph.edge_first[np.minimum(n, position + span)]
    high = np.where(graph.edge_pairs, np.maximum(low, high), low)
    return _starts(position, mates_before[graph.edge_base, low], mates_before[graph.edge_base, high])


def _part_bounds(graph: SequenceGraph, span: int) -> tuple[_Integers, int]:
    n = graph.edge_first.size - 1
    position = graph.node_position
    return _starts(position, graph.node_first[position], graph.node_first[np.minimum(n, position + span) + 1])


def _least_small(model: EnergyModel) -> _Floats:
    """The least energy of a loop by the unpaired bases on its left and right, up to two."""
    slim, stack = model.interior_1x2.min(), model.stack.min()
    bulge, wide = model.bulge_length[1] + stack, np.inf
    return np.array([
        [stack, bulge, wide],
        [bulge, model.interior_1x1.min(), slim],
        [wide, slim, model.interior_2x2.min()],
    ])  # fmt: skip


def table_bytes(model: EnergyModel, graph: SequenceGraph, span: int) -> int:
    """The memory of the large tables; the rest is small beside them.

    >>> from swanneck.sequences.codons import human_codons
    >>> from swanneck.vaccine.codon_graph import CodonCosts, build_codon_graph
    >>> from swanneck.folding.energy_model import turner_2004
    >>> table_bytes(turner_2004(), build_codon_graph("MGKA" * 10, CodonCosts(human_codons())), 120) // 1000
    111
    """
    before = _list_mates(model.pair_type, graph)[1]
    return 8 * _pair_bounds(graph, before, span)[1] + 9 * _part_bounds(graph, span)[1]


def allocate_tables(
    model: EnergyModel, graph: SequenceGraph, span: int, longest_loop: int = LONGEST_LOOP
) -> DesignTables:
    """Empty tables for a graph, pairs of at most `span` bases from end to end."""
    n, nodes, width = graph.edge_first.size - 1, graph.node_position.size, graph.width
    mates, mates_before = _list_mates(model.pair_type, graph)
    pair_start, pairs = _pair_bounds(graph, mates_before, span)
    part_start, parts = _part_bounds(graph, span)

    def rows(*shape: int) -> _Floats:
        return np.full((*shape, nodes), np.inf)

    suffix = rows()
    suffix[-1] = 0.0
    lengths = np.full(n + 31, np.inf)
    lengths[: model.hairpin_length.size] = model.hairpin_length
    beyond = np.arange(LONGEST_LOOP + 1, lengths.size)
    lengths[beyond] = model.hairpin_length[LONGEST_LOOP] + np.floor(LONG_LOOP_SLOPE * np.log(beyond / LONGEST_LOOP))
    lengths[[0, 1, 2, 3, 4, 6]] = np.inf  # 3, 4 and 6 are spelt out, for some have energies of their own
    return DesignTables(
        span, longest_loop, 0, n + 1, 0, mates, mates_before, pair_start, np.full(pairs, np.inf), part_start,
        np.full(parts, np.inf), np.zeros(parts, np.bool_), suffix,
        rows(width * RING), rows(width * RING), rows(width * RING), rows(width * RING), rows(width * 4),
        rows(width * 2), rows(width * 2, LONGEST_LOOP - 3), rows(3, width * 2), rows(width), rows(width), rows(width),
        rows(width), rows(3), lengths, _least_small(model),
        *_path_kernels.short_paths(graph, True), *_path_kernels.short_paths(graph, False),
    )  # fmt: skip


def cut_strips(graph: SequenceGraph, tables: DesignTables, number: int) -> list[DesignTables]:
    """The tables for each of so many strips of columns. Neighbours have working rows of their own, for a strip works on
    columns of the one before it too; strips further apart share them."""
    length = graph.edge_first.size - 1
    bounds = [*(length * k // number for k in range(number)), length + 1]
    other = tables
    if number > 1:
        other = tables._replace(**{name: getattr(tables, name).copy() for name in _ROWS})
    return [
        (other if k % 2 else tables)._replace(left=left, right=right, margin=max(0, left - _MARGIN))
        for k, (left, right) in enumerate(zip(bounds[:-1], bounds[1:], strict=True))
    ]

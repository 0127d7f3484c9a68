"""The tables of a joint design filled by several threads.

The columns are cut into strips and the rows at the same positions. A tile (rows of one strip, columns of another)
needs the tiles to its left and below, so those equally far from the diagonal are independent of each other. A strip
keeps rows of recent positions of its own, and computes again those of a margin before it that loops reach into.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from swanneck.folding._kernels import LONGEST_LOOP
from swanneck.folding.energy_model import EnergyModel
from swanneck.vaccine import _fill_kernels
from swanneck.vaccine.design_tables import DesignTables, cut_strips
from swanneck.vaccine.sequence_graph import SequenceGraph

__all__ = ["fill_tables"]

_STRIP = 160  # bases: wide beside the margin, and many beside the threads
_STEPS = 200  # of the progress that is told, where there is one strip


def fill_tables(
    model: EnergyModel,
    graph: SequenceGraph,
    tables: DesignTables,
    *,
    workers: int,
    progress: Callable[[str, int, int], None] | None = None,
    strip: int = _STRIP,
) -> None:
    """Fill empty tables, in `workers` threads; what they hold does not depend on how many.

    `strip` is the fewest bases of a strip, more than interior loops reach over. Loops priced alike beyond a
    length reach over any margin, so that one thread fills their tables.
    """
    length = graph.edge_first.size - 1
    number = length // strip if workers > 1 and tables.longest_loop == LONGEST_LOOP else 1
    strips = cut_strips(graph, tables, max(number, 1))
    rows = [(one.left, min(one.right, length)) for one in strips] if len(strips) > 1 else _equal_steps(length)
    places = [(row, column) for row in range(len(rows)) for column in range(len(strips))]
    places = [place for place in places if _meet(rows[place[0]], strips[place[1]])]

    def fill(row: int, column: int, needed: list[Future[None]]) -> None:
        for tile in needed:
            tile.result()
        _fill_kernels.fill_positions(model, graph, strips[column], *rows[row])

    tiles: dict[tuple[int, int], Future[None]] = {}
    pool = ThreadPoolExecutor(min(workers, len(strips)))
    try:
        # What a tile needs was handed in before it, so a thread that waits for it never waits for itself.
        for row, column in sorted(places, key=lambda place: place[1] - place[0]):
            needed = [tiles[near] for near in ((row, column - 1), (row + 1, column)) if near in tiles]
            tiles[row, column] = pool.submit(fill, row, column, needed)
        for done, tile in enumerate(tiles.values(), start=1):
            tile.result()
            if progress:
                progress("design", done, len(tiles))
    finally:
        pool.shutdown(cancel_futures=True)
    _fill_kernels.fill_suffixes(model, graph, tables)


def _meet(rows: tuple[int, int], strip: DesignTables) -> bool:
    """Whether pairs reach from these rows to the strip."""
    return rows[0] < strip.right and rows[1] + strip.span >= strip.margin


def _equal_steps(length: int) -> list[tuple[int, int]]:
    """Rows in steps of equal work: that behind a position grows with the square of what is behind it."""
    bounds = np.unique((length * (1 - np.linspace(0, 1, _STEPS + 1) ** (1 / 3))).astype(np.int64))
    bounds[-1] = length
    return list(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))

"""Foci: infected cells that lie together, since a virus went from one to the next, as plaques do in a dish."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from swanneck.foundation.settings import Settings

__all__ = ["FOCUS_COLUMNS", "FocusSettings", "mark_foci"]

FOCUS_COLUMNS = ("Cells_Number_Focus", "Cells_Number_Focus_First", "Cells_Children_Focus_Count")
"""The focus that a cell belongs to (from 1 in each field, null for none), 1 at one cell of each focus and 0 at all
others, and the number of infected cells in it."""


class FocusSettings(Settings):
    """What a focus is."""

    reach: float = Field(default=3.0, gt=0)
    """Infected cells belong together where their nuclei's centres lie nearer than this, in diameters of the plate's
    median nucleus. Neighbours in a monolayer lie 2 to 3 diameters apart."""
    least_cells: int = Field(default=3, ge=1)
    """Fewer infected cells together are no focus: two may be a cell that divided."""


def mark_foci(
    cells: pl.DataFrame,
    column: str,
    threshold: float | None,
    settings: FocusSettings = FocusSettings(),  # noqa: B008 - frozen
) -> pl.DataFrame:
    """Add to each cell the focus that it belongs to (`FOCUS_COLUMNS`); null where there is no threshold.

    `cells` has `well`, `field`, `column` (infected above `threshold`), the places and areas of nuclei. Foci are the
    connected groups of infected cells of a field with `least_cells` or more (single linkage; Sneath 1957). A focus that
    the field's border cuts counts as one.

    >>> cells = pl.DataFrame({"well": "A01", "field": 1, "x": [9, 9, 9, 0, 9], "Nuclei_AreaShape_Area": 78.5,
    ...     "Nuclei_Location_Center_X": [0.0, 20, 40, 50, 200], "Nuclei_Location_Center_Y": 0.0})
    >>> mark_foci(cells, "x", 1.0).select(FOCUS_COLUMNS).rows()
    [(1, 1, 3), (1, 0, 3), (1, 0, 3), (None, 0, 0), (None, 0, 0)]
    """
    empty = [pl.lit(None, pl.Int64).alias(name) for name in FOCUS_COLUMNS]
    if threshold is None or not cells.height:
        return cells.with_columns(empty)
    diameter = 2.0 * np.sqrt(float(cells["Nuclei_AreaShape_Area"].median() or 0.0) / np.pi)  # type: ignore[arg-type]
    numbered = cells.with_row_index("_row")
    infected = numbered.filter(pl.col(column) > threshold)
    focus = np.zeros(cells.height, np.int64)
    first = np.zeros(cells.height, np.int64)
    size = np.zeros(cells.height, np.int64)
    for _, group in infected.group_by("well", "field", maintain_order=True):
        places = group.select("Nuclei_Location_Center_X", "Nuclei_Location_Center_Y").to_numpy()
        rows = group["_row"].to_numpy()
        member = _group_places(places, settings.reach * diameter)
        sizes = np.bincount(member)
        large = np.flatnonzero(sizes >= settings.least_cells)
        for number, one in enumerate(large, start=1):
            inside = rows[member == one]
            focus[inside], size[inside], first[inside[0]] = number, len(inside), 1
    added = pl.DataFrame(dict(zip(FOCUS_COLUMNS, (focus, first, size), strict=True)))
    return cells.with_columns(added.with_columns(pl.col(FOCUS_COLUMNS[0]).replace(0, None)))


def _group_places(places: NDArray[np.float64], reach: float) -> NDArray[np.int64]:
    pairs = cKDTree(places).query_pairs(reach, output_type="ndarray").reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)

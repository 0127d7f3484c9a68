"""What the place of a well on its plate adds to its value: rows and columns, smooth surfaces, heat from the edge.

A plate is a matrix [row, column] with NaN where a well is missing or must not count. Each function gives the effect of
position, centred so that taking it away leaves the plate's median where it was.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.statistics.location import mad_deviation

__all__ = ["diffuse_from_edge", "median_polish", "smooth_surface"]

Array = NDArray[np.float64]

_FEWEST = 12  # values: fewer say nothing about a surface


def median_polish(plate: Array, *, sweeps: int = 10, tolerance: float = 0.01) -> Array:
    """Give the row and column effects of a plate by Tukey's two-way median polish (1977); NaN stays NaN-free.

    The B score is what is left, divided by its median absolute deviation (Brideau et al. 2003, J Biomol Screen 8:634;
    Malo et al. 2006, Nat Biotechnol 24:167). Polishing ends when the sum of absolute residuals changes by less than
    the share `tolerance`, or after `sweeps`, as in R's `medpolish`. A row or column without values has no effect.

    >>> plate = np.add.outer([0.0, 1, 2], [10.0, 20, 30, 40])
    >>> effect = median_polish(plate)
    >>> (plate - effect).round(6).tolist()[0]
    [26.0, 26.0, 26.0, 26.0]
    """
    left = _usable(plate, least=1)
    start = left.copy()
    before = np.nansum(np.abs(left))
    for _ in range(sweeps):
        left = left - _medians(left, 1)[:, None]
        left = left - _medians(left, 0)[None, :]
        after = float(np.nansum(np.abs(left)))
        if after == 0 or abs(before - after) < tolerance * after:
            break
        before = after
    rows = _medians(start - left, 1)
    known = start - left
    columns = _medians(known - rows[:, None], 0)
    return _centred(rows[:, None] + columns[None, :], plate)


def smooth_surface(plate: Array, *, span: float = 0.3, robust: int = 2) -> Array:
    """Give a smooth surface through a plate by local planes (loess; Cleveland and Devlin 1988, JASA 83:596).

    `span` is the share of the wells with values that bears on each place, by tricube weights of distance; `robust`
    rounds of bisquare weights keep strong hits from bending it. Where only control wells have values the surface is
    theirs: control-based correction. The surface covers all wells.

    Raises `InputError` where fewer than 12 wells have values.

    >>> plate = np.add.outer(np.arange(8.0), np.arange(12.0))
    >>> float(np.abs(plate - smooth_surface(plate) - np.median(plate)).max().round(6))
    0.0
    """
    values = _usable(plate, least=_FEWEST)
    places = np.argwhere(np.isfinite(values)).astype(np.float64)
    y = values[np.isfinite(values)]
    near = min(max(round(span * y.size), 6), y.size)
    every = np.argwhere(np.ones(values.shape, dtype=np.bool_)).astype(np.float64)
    weights = _tricube(every, places, near)
    own = _tricube(places, places, near)
    trust = np.ones(y.size)
    for _ in range(robust):
        residual = y - _local_planes(places, places, y, own * trust)
        scale = 6.0 * float(np.median(np.abs(residual)))
        if scale <= 1e-12 * float(np.abs(y).max()):
            break
        trust = np.clip(1 - (residual / scale) ** 2, 0, None) ** 2
    surface = _local_planes(every, places, y, weights * trust).reshape(values.shape)
    return _centred(surface, plate)


def diffuse_from_edge(plate: Array, *, most: int = 200) -> tuple[Array, int]:
    """Give the edge effect as heat that spreads inwards from the border, and the number of steps that fits best.

    A unit of heat stands around the plate and diffuses; after each number of steps the plate's values are regressed on
    the heat (by medians of the border-to-centre zones, so that hits do not count), and the step that leaves the least
    median absolute deviation is kept: the edge-effect correction of HCS-Analyzer (Carralot et al. 2012,
    Bioinformatics 28:261; Ogier and Dorval 2012, Bioinformatics 28:1945).

    Raises `InputError` where fewer than 12 wells have values.
    """
    values = _usable(plate, least=_FEWEST)
    known = np.isfinite(values)
    heat = np.zeros((values.shape[0] + 2, values.shape[1] + 2))
    heat[[0, -1], :], heat[:, [0, -1]] = 1.0, 1.0
    best, best_left, best_steps = np.zeros_like(values), mad_deviation(values), 0
    for step in range(1, most + 1):
        inner = heat[1:-1, 1:-1]
        around = heat[:-2, 1:-1] + heat[2:, 1:-1] + heat[1:-1, :-2] + heat[1:-1, 2:]
        heat[1:-1, 1:-1] = inner + 0.2 * (around - 4 * inner)
        x = heat[1:-1, 1:-1]
        slope = _zone_slope(x[known], values[known])
        left = mad_deviation(values[known] - slope * x[known])
        if left < best_left * (1 - 1e-9):
            best, best_left, best_steps = slope * x.copy(), left, step
    return _centred(best, plate), best_steps


def _usable(plate: Array, *, least: int) -> Array:
    values = np.where(np.isfinite(plate), plate, np.nan).astype(np.float64)
    found = int(np.isfinite(values).sum())
    if values.ndim != 2 or found < least:
        problem = f"a position effect needs a plate with at least {least} values, got {found}"
        raise InputError(problem)
    return values


def _medians(values: Array, axis: int) -> Array:
    empty = ~np.isfinite(values).any(axis=axis)
    filled = np.where(np.expand_dims(empty, axis), 0.0, values)
    medians: Array = np.nanmedian(filled, axis=axis)
    return medians


def _centred(effect: Array, plate: Array) -> Array:
    centred: Array = effect - np.median(effect[np.isfinite(plate)])
    return centred


def _tricube(targets: Array, places: Array, near: int) -> Array:
    distance = np.linalg.norm(targets[:, None, :] - places[None, :, :], axis=2)
    reach = np.partition(distance, near - 1, axis=1)[:, near - 1 : near] * 1.0001 + 1e-9
    weights: Array = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3
    return weights


def _local_planes(targets: Array, places: Array, y: Array, weights: Array) -> Array:
    """Fit a plane around each target; where its wells lie on a line, the fit of least norm."""
    design = np.column_stack([np.ones(len(places)), places])
    centre = np.column_stack([np.zeros(len(targets)), targets])
    normal = np.einsum("tp,pi,pj->tij", weights, design, design, optimize=True)
    right = np.einsum("tp,pi,p->ti", weights, design, y, optimize=True)
    solution = np.einsum("tij,tj->ti", np.linalg.pinv(normal, rcond=1e-10, hermitian=True), right)
    fitted: Array = solution[:, 0] + np.einsum("ti,ti->t", solution[:, 1:], centre[:, 1:])
    return fitted


def _zone_slope(x: Array, y: Array) -> float:
    """Regress medians of zones of equal heat on their heat, each as heavy as its wells."""
    edges = np.quantile(x, np.linspace(0, 1, 9)[1:-1])
    zone = np.searchsorted(edges, x, side="left")
    kinds = np.unique(zone)
    centres = np.array([np.median(x[zone == kind]) for kind in kinds])
    medians = np.array([np.median(y[zone == kind]) for kind in kinds])
    weights = np.array([(zone == kind).sum() for kind in kinds], dtype=np.float64)
    mean = np.average(centres, weights=weights)
    spread = np.average((centres - mean) ** 2, weights=weights)
    if spread <= 1e-15:
        return 0.0
    return float(np.average((centres - mean) * medians, weights=weights) / spread)

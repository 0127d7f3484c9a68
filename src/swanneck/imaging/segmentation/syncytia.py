"""Syncytia: cells that a virus has fused, so that several nuclei share one cytoplasm."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from swanneck.foundation.errors import ImageError
from swanneck.foundation.settings import Settings
from swanneck.imaging.segmentation._foreground import check_image, sample_image, smooth_image, subtract_background
from swanneck.imaging.segmentation.regions import _kernels as regions

__all__ = ["SyncytiumSettings", "group_nuclei"]

_SMOOTHING = 0.08  # nucleus diameters: a gap between cells must survive it


class SyncytiumSettings(Settings):
    """When two nuclei lie in one cell."""

    gap: float = Field(default=0.75, gt=0)
    """Farthest distance between two nuclei's outlines, in diameters of a typical nucleus. Fused cells gather their
    nuclei; in a monolayer, nuclei lie one diameter and more apart."""
    bridge: float = Field(default=0.6, gt=0, lt=1)
    """The cytoplasm between the two is nowhere darker than this share of what it is beside the darker of them: two
    cells that touch have a dark line between them."""
    noise_factor: float = Field(default=5.0, ge=0)
    """The cytoplasm stands at least this many standard deviations of the background above it (Rose 1948: 5)."""


def group_nuclei(
    nuclei: NDArray[np.int32],
    body: NDArray[Any] | None,
    diameter: float,
    settings: SyncytiumSettings = SyncytiumSettings(),  # noqa: B008 - frozen
) -> NDArray[np.int64]:
    """Give each nucleus the number, from 1, of the cell that it lies in; entry 0 stands for the background.

    `nuclei` are labels 1..n, `body` is a 2-D channel in which the cytoplasm of fused cells is bright (an antigen, a
    fusion reporter, a cytoplasmic dye), `diameter` that of a typical nucleus in pixels. Nuclei that lie near each
    other are joined where the body is bright all the way between them. Without a body the distance alone decides.

    Raises ImageError where body and nuclei differ in shape.

    >>> nuclei = np.zeros((30, 90), np.int32)
    >>> nuclei[10:20, 10:20], nuclei[10:20, 24:34], nuclei[10:20, 70:80] = 1, 2, 3
    >>> group_nuclei(nuclei, None, 10.0).tolist()
    [0, 1, 1, 2]
    """
    count = int(nuclei.max(initial=0))
    rows, columns = np.nonzero(nuclei)
    numbers = nuclei[rows, columns]
    area = np.bincount(numbers, minlength=count + 1)[1:].astype(np.float64)
    if count < 2:
        return np.arange(count + 1, dtype=np.int64)
    centre = np.column_stack([
        np.bincount(numbers, weights=place, minlength=count + 1)[1:] / area for place in (rows, columns)
    ])  # fmt: skip
    radius = np.sqrt(area / np.pi)
    # Long nuclei reach farther than round ones of their area: look wide, then measure along the line between centres.
    pairs = cKDTree(centre).query_pairs(settings.gap * diameter + 3.0 * float(radius.max()), output_type="ndarray")
    lines = [_line(nuclei, centre[first], centre[second]) for first, second in pairs.tolist()]
    near = [line is not None and len(line) <= settings.gap * diameter for line in lines]
    kept = [(tuple(pair), line) for pair, line, is_near in zip(pairs.tolist(), lines, near, strict=True) if is_near]
    if body is not None:
        level, least = _measure_body(body, nuclei, diameter, settings.noise_factor)
        beside = _measure_beside(level, nuclei, diameter)
        kept = [
            (pair, line)
            for pair, line in kept
            if line is not None
            and _is_bridged(level, line, float(beside[list(pair)].min()), bridge=settings.bridge, least=least)
        ]
    links = np.array([pair for pair, _ in kept], np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))
    _, group = connected_components(graph, directed=False)
    # Numbered in the order of their first nucleus.
    _, first, place = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    return np.concatenate([[0], order[place] + 1])


def _line(nuclei: NDArray[np.int32], start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Pixels between two nuclei on the line between their centres; None where a third nucleus lies between."""
    steps = int(np.ceil(np.hypot(*(end - start)))) + 1
    places = np.rint(np.linspace(start, end, steps)).astype(np.int64)
    on = nuclei[places[:, 0], places[:, 1]]
    ends = {int(nuclei[tuple(places[0])]), int(nuclei[tuple(places[-1])])}
    if set(on.tolist()) - ends - {0}:
        return None
    between: NDArray[np.int64] = places[on == 0]
    return between


def _measure_body(
    body: NDArray[Any], nuclei: NDArray[np.int32], diameter: float, noise_factor: float
) -> tuple[NDArray[np.float32], float]:
    """The smoothed body above its background, and the level under which nothing is cytoplasm."""
    pixels = check_image(body, "cell").astype(np.float32, copy=False)
    if pixels.shape != nuclei.shape:
        problem = f"the cell image has shape {pixels.shape}, the nuclei have {nuclei.shape}"
        raise ImageError(problem)
    smooth = smooth_image(pixels, _SMOOTHING * diameter)
    contrast, noise = subtract_background(smooth, 6.0 * diameter, 0.25 * diameter)
    dark = float(np.percentile(sample_image(contrast), 1.0))
    return contrast - np.float32(dark), noise_factor * noise


def _measure_beside(level: NDArray[np.float32], nuclei: NDArray[np.int32], diameter: float) -> NDArray[np.float64]:
    """Mean level of the cytoplasm beside each nucleus."""
    reach = max(1, round(0.2 * diameter))
    return regions.measure_surroundings(nuclei, level, int(nuclei.max()), reach)[1:]


def _is_bridged(
    level: NDArray[np.float32], line: NDArray[np.int64], beside: float, *, bridge: float, least: float
) -> bool:
    """Say whether the cytoplasm goes on between two nuclei; where they touch, there is nothing between to look at."""
    if beside <= least:
        return False
    return not len(line) or bool(level[line[:, 0], line[:, 1]].min() >= bridge * beside)

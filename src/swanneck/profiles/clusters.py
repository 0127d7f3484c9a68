"""Groups of profiles that are alike, and a picture of them in two dimensions.

Clusters by average linkage on 1 - similarity, cut at a likeness. The map is t-SNE (van der Maaten and Hinton 2008, J
Mach Learn Res 9:2579) started from principal components, so that equal input gives an equal map.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.profiles.similarity import Measure, similarity_matrix, unit_profiles

__all__ = ["MapSettings", "cluster_profiles", "place_profiles"]

_MOST_PROFILES = 6_000


class MapSettings(Settings):
    """How clusters are cut and the map is drawn.

    `least_similarity`: clusters are cut where their mean likeness falls below (0.4: the order at which correlations
    of well profiles differ from chance). `perplexity`: how many neighbours a point minds (30, van der Maaten and
    Hinton); `steps` of descent.
    """

    least_similarity: float = 0.4
    perplexity: float = 30.0
    steps: int = 400


def cluster_profiles(
    table: pl.DataFrame, settings: MapSettings | None = None, *, features: Sequence[str] | None = None,
    measure: Measure = "cosine",
) -> pl.Series:  # fmt: skip
    """Number each profile's cluster, from 1, the largest first; equal sizes keep the order of the table.

    >>> table = pl.DataFrame({"Cells_x": [1.0, 1.0, -1.0], "Cells_y": [0.0, 0.1, 0.0]})
    >>> cluster_profiles(table).to_list()
    [1, 1, 2]
    """
    settings = settings or MapSettings()
    similarity = _all_pairs(table, features, measure)
    if table.height < 2:
        return pl.Series("cluster", [1] * table.height, dtype=pl.Int64)
    distance = np.clip(1 - similarity, 0.0, None)
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(
        linkage(squareform(distance, checks=False), "average"), 1 - settings.least_similarity, criterion="distance"
    )
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(1, len(order) + 1)
    return pl.Series("cluster", number[inverse])


def place_profiles(
    table: pl.DataFrame, settings: MapSettings | None = None, *, features: Sequence[str] | None = None,
    measure: Measure = "cosine",
) -> NDArray[np.float64]:  # fmt: skip
    """Place each profile in two dimensions so that neighbours stay neighbours; distances between groups say little."""
    settings = settings or MapSettings()
    similarity = _all_pairs(table, features, measure)
    values, vectors = np.linalg.eigh(similarity)
    start = vectors[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0.0))
    # The sign of an eigenvector is free: the largest entry is made positive, lest the map be mirrored.
    start *= np.where(start[np.abs(start).argmax(axis=0), range(start.shape[1])] < 0, -1.0, 1.0)
    if table.height < 4:
        return np.asarray(start)
    affinity = _affinities(np.clip(2 - 2 * similarity, 0.0, None), min(settings.perplexity, (table.height - 1) / 3))
    return _descend(affinity, 1e-2 * start / max(start[:, 0].std(), 1e-12), settings.steps)


def _all_pairs(table: pl.DataFrame, features: Sequence[str] | None, measure: Measure) -> NDArray[np.float64]:
    if table.height > _MOST_PROFILES:
        problem = f"clusters and maps take up to {_MOST_PROFILES} profiles, got {table.height}"
        raise InputError(problem, remedy="Aggregate to wells or compounds first")
    return similarity_matrix(unit_profiles(table, features, measure=measure), measure)


def _affinities(squared: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    """Give the joint affinities of t-SNE: each point's width is found by bisection for the perplexity asked."""
    n = len(squared)
    low, high = np.full(n, 1e-6), np.full(n, 1e6)
    weights = np.zeros_like(squared)
    others = np.where(np.eye(n, dtype=bool), np.inf, squared)
    farther = others - others.min(axis=1, keepdims=True)  # the nearest has weight 1: no sum underflows to 0
    for _ in range(50):
        precision = np.sqrt(low * high)
        weights = np.exp(-farther * precision[:, None])
        weights /= weights.sum(axis=1, keepdims=True)
        entropy = -(weights * np.log(np.maximum(weights, 1e-300))).sum(axis=1)
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, precision, low), np.where(wide, high, precision)
    return np.maximum((weights + weights.T) / (2 * n), 1e-12)


def _descend(affinity: NDArray[np.float64], start: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    place, speed, gain = start.copy(), np.zeros_like(start), np.ones_like(start)
    early = steps // 4
    rate = max(len(start) / 48, 50.0)
    for step in range(steps):
        pull = affinity * (12.0 if step < early else 1.0)
        square = (place**2).sum(axis=1)
        kernel = 1 / (1 + np.maximum(square[:, None] + square - 2 * place @ place.T, 0.0))
        np.fill_diagonal(kernel, 0.0)
        force = (pull - kernel / kernel.sum()) * kernel
        gradient = 4 * (force.sum(axis=1)[:, None] * place - force @ place)
        gain = np.maximum(np.where(np.sign(gradient) != np.sign(speed), gain + 0.2, gain * 0.8), 0.01)
        speed = (0.5 if step < early else 0.8) * speed - rate * gain * gradient
        place = place + speed
        place -= place.mean(axis=0)
    return place

"""Neighbours by steps from the outline are neighbours by dilation; the nearest are the nearest of all."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import cdist

from swanneck.imaging.measurement.geometry import list_object_pixels
from swanneck.imaging.measurement.neighbors.neighbors import measure_neighbors


def scattered(seed, shape=(40, 44)):
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.int32)
    y, x = np.indices(shape)
    for label, (row, column) in enumerate(rng.integers(0, shape, (12, 2)), start=1):
        labels[np.hypot(y - row, x - column) < rng.uniform(1.5, 5)] = label
    return labels


def disk(extent, radius):
    y, x = np.mgrid[-extent : extent + 1, -extent : extent + 1]
    return y * y + x * x <= radius * radius


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("method", "distance"), [("Adjacent", 1), (5, 5), (8, 8)])
def test_neighbours_are_those_that_a_dilation_reaches(seed, method, distance):
    labels = scattered(seed)

    found = measure_neighbors(list_object_pixels(labels), method)

    for label in np.unique(labels[labels > 0]):
        inside = labels == label
        reached = np.unique(labels[ndimage.binary_dilation(inside, disk(distance, distance))])
        outline = inside & ~ndimage.binary_erosion(inside, np.ones((3, 3)))
        others = ndimage.binary_dilation((labels > 0) & ~inside, disk(distance, distance + 0.5))
        assert found[f"Neighbors_NumberOfNeighbors_{method}"][label - 1] == len(set(reached) - {0, label})
        assert found[f"Neighbors_PercentTouching_{method}"][label - 1] == pytest.approx(
            100 * (outline & others).sum() / outline.sum()
        )


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_two_are_the_nearest_of_all(seed):
    labels = scattered(seed)
    known = np.unique(labels[labels > 0])

    found = measure_neighbors(list_object_pixels(labels), "Expanded")

    centres = np.array(ndimage.center_of_mass(labels > 0, labels, known))
    order = np.argsort(cdist(centres, centres), axis=1)
    for place, label in enumerate(known):
        first, second = centres[order[place, 1]] - centres[place], centres[order[place, 2]] - centres[place]
        angle = np.degrees(np.arccos(first @ second / np.linalg.norm(first) / np.linalg.norm(second)))
        assert found["Neighbors_FirstClosestObjectNumber_Expanded"][label - 1] == known[order[place, 1]]
        assert found["Neighbors_SecondClosestDistance_Expanded"][label - 1] == pytest.approx(np.linalg.norm(second))
        assert found["Neighbors_AngleBetweenNeighbors_Expanded"][label - 1] == pytest.approx(angle)

"""The shared geometry of objects is that of NumPy and SciPy, and ties fall as a plain quicksort leaves them."""

from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from swanneck.imaging.measurement.geometry import find_maxima, list_object_pixels


def patches(seed, shape=(23, 31), count=7):
    """Objects that touch, have holes and several pieces, lie at the border; label 3 is missing."""
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, shape, (count, 2))
    far = np.hypot(*(np.indices(shape)[:, None] - seeds.T[:, :, None, None]))
    labels = (np.argmin(far, 0) + 1) * (far.min(0) < rng.integers(2, 8))
    labels[rng.random(shape) < 0.1] = 0
    labels[labels == 3] = 0
    return labels.astype(np.int32)


@pytest.mark.parametrize("seed", range(6))
def test_pixels_are_listed_in_raster_order(seed):
    labels = patches(seed)

    pixels = list_object_pixels(labels)

    for label in range(1, pixels.count + 1):
        part = slice(pixels.starts[label], pixels.starts[label + 1])
        wanted = np.argwhere(labels == label)
        assert np.array_equal(np.column_stack([pixels.rows[part], pixels.columns[part]]), wanted)
        if len(wanted):
            assert pixels.boxes[label].tolist() == [*wanted.min(0), *wanted.max(0)]


@pytest.mark.parametrize("seed", range(6))
def test_edges_are_those_of_erosions(seed):
    labels = patches(seed)

    pixels = list_object_pixels(labels)

    inner, outline = np.zeros(labels.shape, bool), np.zeros(labels.shape, bool)
    for label in np.unique(labels[labels > 0]):
        inside = labels == label
        inner |= inside & ~ndimage.binary_erosion(inside, border_value=1)
        outline |= inside & ~ndimage.binary_erosion(inside, np.ones((3, 3)))
    assert np.array_equal(pixels.edges & 1 > 0, pixels.gather(inner))
    assert np.array_equal(pixels.edges & 2 > 0, pixels.gather(outline))


@pytest.mark.parametrize("seed", range(6))
def test_depths_are_distance_transforms(seed):
    labels = patches(seed)

    pixels = list_object_pixels(labels)

    for depths, padding in zip(pixels.depths, ("constant", "edge"), strict=True):
        for label in np.unique(labels[labels > 0]):
            # Beyond the border: nothing, or more of the same, far enough not to matter.
            room = np.pad(labels == label, 1 if padding == "constant" else 40, mode=padding)
            offset = 1 if padding == "constant" else 40
            wanted = ndimage.distance_transform_edt(room)[offset:-offset, offset:-offset][labels == label]
            part = slice(pixels.starts[label], pixels.starts[label + 1])
            assert np.sqrt(depths[part]) == pytest.approx(wanted)


@pytest.mark.parametrize("seed", range(6))
def test_hulls_have_the_corners_that_qhull_finds(seed):
    labels = patches(seed)

    begins, corners = list_object_pixels(labels).hulls

    for label in np.unique(labels[labels > 0]):
        points = np.argwhere(labels == label)
        try:
            wanted = points[ConvexHull(points).vertices]
        except QhullError:
            wanted = points[[0, -1]]
        assert {tuple(row) for row in corners[begins[label] : begins[label + 1]]} == {tuple(row) for row in wanted}


def plain_circle(points):
    """Try all pairs and triples."""
    best = np.inf
    for chosen in [*combinations(points, 2), *combinations(points, 3)]:
        chosen = np.array(chosen, float)
        around = np.column_stack([2 * chosen, np.ones(len(chosen))])
        centre = np.linalg.lstsq(around, (chosen**2).sum(1), rcond=None)[0][:2]
        if len(chosen) == 2:
            centre = chosen.mean(0)
        radius = np.hypot(*(points - centre).T).max()
        best = min(best, radius)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_circles_are_the_smallest_around_all_pixels(seed):
    labels = patches(seed)
    pixels = list_object_pixels(labels)
    begins, corners = pixels.hulls

    for label in np.unique(labels[labels > 0]):
        row, column, radius = pixels.circles[label]
        points = corners[begins[label] : begins[label + 1]].astype(float)
        assert np.hypot(*(points - [row, column]).T).max() <= radius + 1e-9
        if len(points) > 1:
            assert radius == pytest.approx(plain_circle(points))


def plain_quicksort(keys, order, low, high):
    """NumPy's introsort as one would tell it: middle of three, two pointers, insertion for 16 items and fewer."""
    while high - low > 15:
        middle = low + (high - low) // 2
        for one, other in ((middle, low), (high, middle), (middle, low)):
            if keys[order[one]] < keys[order[other]]:
                order[one], order[other] = order[other], order[one]
        pivot = keys[order[middle]]
        up, down = low, high - 1
        order[middle], order[down] = order[down], order[middle]
        while True:
            up += 1
            while keys[order[up]] < pivot:
                up += 1
            down -= 1
            while keys[order[down]] > pivot:
                down -= 1
            if up >= down:
                break
            order[up], order[down] = order[down], order[up]
        order[up], order[high - 1] = order[high - 1], order[up]
        plain_quicksort(keys, order, low, up - 1)
        low = up + 1
    order[low : high + 1] = sorted(order[low : high + 1], key=lambda place: keys[place])


@pytest.mark.parametrize(("number", "levels"), [(5, 2), (16, 3), (17, 3), (300, 4), (3000, 30), (3000, 10_000)])
def test_ties_fall_where_the_quicksort_leaves_them(number, levels):
    rng = np.random.default_rng(number + levels)
    values = rng.integers(-levels, levels, number).astype(np.int32)
    labels = rng.integers(0, 9, number).astype(np.int32)
    labels[labels == 4] = 0

    found = find_maxima(values, labels, 9)

    order = list(range(number))
    plain_quicksort(values, order, 0, number - 1)
    wanted = np.full(10, -1)
    for place in order:
        if labels[place] > 0:
            wanted[labels[place]] = place
    assert found.tolist() == wanted.tolist()


def test_a_list_that_defeats_quicksort_is_still_searched():
    # Median-of-three killers (Musser 1997) drive the search into its heap.
    half = np.arange(1, 20_001)
    killer = np.where(half % 2 == 1, half, half + 20_000 - 1)
    values = np.concatenate([killer, 2 * half]).astype(np.int32)

    found = find_maxima(values, np.ones(len(values), np.int32), 1)

    assert values[found[1]] == values.max()

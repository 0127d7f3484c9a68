"""Each compiled loop of segmentation against a slow, plain twin."""

import heapq

import numpy as np
import pytest
from scipy import ndimage

from swanneck.imaging.segmentation import _kernels, _network_kernels
from swanneck.imaging.segmentation.growth import _kernels as growth
from swanneck.imaging.segmentation.regions import _kernels as regions
from swanneck.imaging.segmentation.watershed import _kernels as watershed

SEEDS = range(6)


def random_image(seed, smallest=1, largest=40):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(smallest, largest, 2))
    return rng, rng.random(shape).astype(np.float32)


def random_labels(rng, shape, count=5):
    blobs = ndimage.gaussian_filter(rng.random((count + 1, *shape)), (0, 2, 2)) if min(shape) > 3 else None
    labels = rng.integers(0, count + 1, shape) if blobs is None else np.argmax(blobs, axis=0)
    return labels.astype(np.int32)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("factor", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_pooling_is_the_mean_of_each_block(seed, factor, kind):
    rng, image = random_image(seed)
    image = (image * 200).astype(kind)
    rows = np.arange(0, image.shape[0], factor)
    columns = np.arange(0, image.shape[1], factor)
    blocks = [[image[r : r + factor, c : c + factor].mean(dtype=float) for c in columns] for r in rows]
    np.testing.assert_allclose(_kernels.pool_mean(image, factor), blocks, rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sigma", [0.4, 1.0, 5.0])
def test_blur_is_scipys_gaussian(seed, sigma):
    _, image = random_image(seed)
    offsets = np.arange(int(np.ceil(3 * sigma)) + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights[0] + 2 * weights[1:].sum()
    expected = ndimage.gaussian_filter(image.astype(float), sigma, radius=int(offsets[-1]), mode="reflect")
    np.testing.assert_allclose(_kernels.blur(image, weights.astype(np.float32)), expected, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("radius", [1, 4, 50])
def test_box_mean_counts_only_masked_pixels_inside_the_image(seed, radius):
    rng, image = random_image(seed)
    mask = rng.random(image.shape) < 0.4
    mean, share = _kernels.masked_box_mean(image, mask, radius)
    for i, j in np.ndindex(image.shape):
        window = np.s_[max(i - radius, 0) : i + radius + 1, max(j - radius, 0) : j + radius + 1]
        inside = image[window][mask[window]]
        assert share[i, j] == pytest.approx(mask[window].mean(), abs=1e-6)
        assert mean[i, j] == pytest.approx(inside.mean() if inside.size else 0.0, abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("radius", [1, 4, 50])
def test_box_mean_is_the_masked_one_of_all_pixels(seed, radius):
    _, image = random_image(seed)
    expected, share = _kernels.masked_box_mean(image, np.ones(image.shape, np.bool_), radius)
    np.testing.assert_allclose(_kernels.box_mean(image, radius), expected, rtol=1e-5)
    assert (share == 1).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("radius", [1, 3, 50])
def test_a_grown_mask_is_scipys_dilation(seed, radius):
    rng, image = random_image(seed)
    mask = rng.random(image.shape) < 0.02
    expected = ndimage.maximum_filter(mask, 2 * radius + 1, mode="constant")
    np.testing.assert_array_equal(_kernels.grow_mask(mask, radius), expected)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("factor", [1, 2, 5])
def test_a_pooled_field_is_subtracted_block_by_block(seed, factor):
    rng, image = random_image(seed)
    field = rng.random([-(-n // factor) for n in image.shape]).astype(np.float32)
    blocks = np.kron(field, np.ones((factor, factor), np.float32))[: image.shape[0], : image.shape[1]]
    np.testing.assert_array_equal(_kernels.subtract_enlarged(image, field, factor), image - blocks)


@pytest.mark.parametrize("seed", SEEDS)
def test_relative_height_is_depth_plus_relative_intensity(seed):
    rng, image = random_image(seed)
    depth, typical = rng.random((2, *image.shape), np.float32)
    mask = rng.random(image.shape) < 0.5
    expected = np.where(mask, depth / 2.5 + 0.6 * image / np.maximum(typical, 1e-9), 0.0)
    np.testing.assert_allclose(_kernels.relative_height(depth, image, typical, mask, 2.5, 0.6), expected, rtol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.5, 0.97])
@pytest.mark.parametrize("limit", [2.5, 100.0])
def test_distance_is_scipys_euclidean_transform(seed, share, limit):
    rng, image = random_image(seed, smallest=2)
    mask = rng.random(image.shape) < share
    mask[0, 0] = False
    expected = np.minimum(ndimage.distance_transform_edt(mask), limit)
    np.testing.assert_allclose(_kernels.distance_inside(mask, limit), expected, rtol=1e-6)


def test_distance_is_the_limit_where_nothing_is_unmasked():
    assert (_kernels.distance_inside(np.ones((5, 7), np.bool_), 4.5) == 4.5).all()


def flood_slowly(height, mask, prominence, smallest):
    """The definition with a dictionary of basins; heights are already whole ranks."""
    order = sorted(zip(*np.nonzero(mask), strict=True), key=lambda p: (-height[p], p))
    home, basins = {}, {}

    def root(name):
        while basins[name]["into"] != name:
            name = basins[name]["into"]
        return name

    for place in order:
        i, j = place
        near = [(i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a or b) and (i + a, j + b) in home]
        if not near:
            name = len(basins)
            basins[name] = {"peak": height[place], "size": 1, "into": name}
            home[place] = name
            continue

        def rise(other, place=place):
            diagonal = other[0] != place[0] and other[1] != place[1]
            return (height[other] - height[place]) * (np.float64(0.70710678) if diagonal else 1.0)

        steepest = max(near, key=rise)
        names = list(dict.fromkeys(root(home[n]) for n in near))
        for a in range(len(names)):
            for b in range(a + 1, len(names)):
                high, low = sorted((root(names[a]), root(names[b])))
                if high == low:
                    continue
                if height[place] >= basins[low]["peak"] - prominence or basins[low]["size"] < smallest:
                    basins[low]["into"] = high
                    basins[high]["size"] += basins[low]["size"]
        home[place] = root(home[steepest])
        basins[home[place]]["size"] += 1
    labels = np.zeros(height.shape, np.int32)
    final = {place: root(name) for place, name in home.items()}
    numbers = {name: k for k, name in enumerate(sorted(set(final.values())), start=1)}
    for place, name in final.items():
        labels[place] = numbers[name]
    return labels, len(numbers)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("prominence", "smallest"), [(0.0, 0), (700.0, 0), (300.0, 6)])
def test_flood_equals_its_definition(seed, prominence, smallest):
    rng, image = random_image(seed, smallest=5, largest=24)
    image = ndimage.gaussian_filter(image, 1)
    mask = rng.random(image.shape) < 0.9
    low, high = image[mask].min(), image[mask].max()
    ranks = np.round((image - low) / (high - low) * 4095).astype(np.float32)
    labels, count = watershed.flood_descending(ranks, mask, prominence, smallest)
    expected, expected_count = flood_slowly(ranks, mask, prominence, smallest)
    assert count == expected_count
    np.testing.assert_array_equal(labels, expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_flood_without_prominence_is_connected_components(seed):
    rng, image = random_image(seed, smallest=3)
    mask = rng.random(image.shape) < 0.35
    labels, count = watershed.flood_descending(image, mask, np.inf, 0)
    expected, expected_count = ndimage.label(mask, np.ones((3, 3)))
    assert count == expected_count
    assert len(np.unique(labels * 10_000 + expected)) == count + (not mask.all())


@pytest.mark.parametrize("seed", SEEDS)
def test_largest_pieces_are_those_of_scipys_labels(seed):
    rng, image = random_image(seed, smallest=8)
    labels = random_labels(rng, image.shape) * (rng.random(image.shape) < 0.6)
    labels = labels.astype(np.int32)
    pieces, source = regions.keep_largest_pieces(labels, 5, 3)
    kept = 0
    for label in range(1, 6):
        parts, _ = ndimage.label(labels == label, np.ones((3, 3)))
        sizes = np.bincount(parts.ravel())[1:]
        if sizes.size and sizes.max() >= 3:
            part = parts == 1 + int(np.argmax(sizes))
            assert len(np.unique(pieces[part])) == 1
            assert (pieces == pieces[part][0]).sum() == sizes.max()
            assert source[pieces[part][0]] == label
            kept += 1
    assert source.size - 1 == kept == pieces.max()


@pytest.mark.parametrize("seed", SEEDS)
def test_measured_labels_equal_numpy(seed):
    rng, image = random_image(seed, smallest=5)
    labels = random_labels(rng, image.shape)
    areas, levels, peaks = regions.measure_labels(labels, image, 5)
    for label in range(1, 6):
        values = image[labels == label].astype(float)
        assert areas[label] == values.size
        if values.size:
            assert levels[label] == pytest.approx(values[values >= values.mean()].mean(), rel=1e-6)
            assert peaks[label] == values.max()


@pytest.mark.parametrize("seed", SEEDS)
def test_counted_pixels_equal_numpys_bincount(seed):
    rng, image = random_image(seed)
    labels = random_labels(rng, image.shape)
    np.testing.assert_array_equal(regions.count_pixels(labels, 5)[1:], np.bincount(labels.ravel(), minlength=6)[1:])


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_are_kept_where_they_reach_their_cut_and_renumbered(seed):
    rng, image = random_image(seed)
    labels = random_labels(rng, image.shape)
    cuts = rng.random(6)
    np.testing.assert_array_equal(regions.keep_reaching(labels, image, cuts, 1), labels * (image >= cuts[labels]))
    large = np.kron(labels, np.ones((2, 2), np.int32))[:-1]
    values = rng.random(large.shape).astype(np.float32)
    np.testing.assert_array_equal(regions.keep_reaching(labels, values, cuts, 2), large * (values >= cuts[large]))
    numbers = rng.permutation(6).astype(np.int32)
    np.testing.assert_array_equal(regions.renumber(labels, numbers), numbers[labels])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reach", [1, 3])
def test_surroundings_are_what_outline_pixels_see(seed, reach):
    rng, image = random_image(seed, smallest=6, largest=25)
    labels = random_labels(rng, image.shape, 3)
    labels[labels == 3] = 0
    means = regions.measure_surroundings(labels, image, 2, reach)
    open_sides = ndimage.binary_dilation(labels == 0) & (labels > 0)
    for label in (1, 2):
        seen = []
        for i, j in zip(*np.nonzero(open_sides & (labels == label)), strict=True):
            window = np.s_[max(i - reach, 0) : i + reach + 1, max(j - reach, 0) : j + reach + 1]
            seen.extend(image[window][labels[window] == 0].tolist())
        assert means[label] == pytest.approx(np.mean(seen) if seen else 0.0, rel=1e-5)


def test_enlarged_labels_have_no_gaps():
    labels = np.zeros((5, 7), np.int32)
    labels[2, 2], labels[1:4, 4:7] = 1, 2
    enlarged = regions.enlarge_labels(labels, (labels == 2).astype(np.float32), np.array([0.0, 0.5, 0.5]), 2, 10, 14)
    assert np.unique(enlarged).tolist() == [0, 1] and enlarged[5, 11] == 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("largest", [2, 1000])
def test_holes_are_closed_background_pieces_of_one_label(seed, largest):
    rng, image = random_image(seed, smallest=8)
    labels = (random_labels(rng, image.shape, 3) * (rng.random(image.shape) < 0.75)).astype(np.int32)
    expected = labels.copy()
    parts, count = ndimage.label(labels == 0)
    for part in range(1, count + 1):
        hole = parts == part
        around = set(labels[ndimage.binary_dilation(hole) & ~hole].tolist())
        border = hole[0].any() or hole[-1].any() or hole[:, 0].any() or hole[:, -1].any()
        if not border and len(around) == 1 and hole.sum() <= largest:
            expected[hole] = around.pop()
    np.testing.assert_array_equal(regions.fill_holes(labels, largest), expected)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("factor", [2, 3])
def test_enlarged_labels_follow_the_interpolated_image(seed, factor):
    rng, image = random_image(seed, smallest=4, largest=12)
    labels = random_labels(rng, image.shape, 2)
    cuts = np.array([0.0, 0.4, 0.6])
    rows, columns = (np.array(labels.shape) * factor - [1, 0]).tolist()
    enlarged = regions.enlarge_labels(labels, image, cuts, factor, rows, columns)
    place = np.indices((rows, columns)) / factor + 0.5 / factor - 0.5
    place = np.clip(place, 0, np.array(labels.shape)[:, None, None] - 1)
    value = ndimage.map_coordinates(image.astype(float), place, order=1, mode="nearest")
    votes = np.array([ndimage.map_coordinates((labels == k) * 1.0, place, order=1, mode="nearest") for k in range(3)])
    clear = (np.abs(votes[1] - votes[2]) > 1e-9) & (np.abs(value[None] - cuts[1:, None, None]).min(axis=0) > 1e-6)
    best = 1 + np.argmax(votes[1:], axis=0)
    inside = (votes[0] < 1e-12) | (value >= cuts[best])
    partly = clear & (votes[0] > 1e-9) & (votes[0] < 1 - 1e-9)
    np.testing.assert_array_equal(enlarged[partly], (best * inside)[partly])
    assert (enlarged[votes[0] > 1 - 1e-12] == 0).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("factor", [1, 2, 5])
def test_labels_are_enlarged_around_their_seeds(seed, factor):
    rng, image = random_image(seed, smallest=5)
    seeds = random_labels(rng, image.shape) * (rng.random(image.shape) < 0.3)
    labels = random_labels(rng, [max(1, n // factor) for n in image.shape])
    rows, columns = (np.minimum(np.arange(n) // factor, m - 1) for n, m in zip(image.shape, labels.shape, strict=True))
    expected = np.where(seeds > 0, seeds, labels[np.ix_(rows, columns)])
    np.testing.assert_array_equal(growth.enlarge_around(labels, seeds.astype(np.int32), factor), expected)


def propagate_slowly(image, seeds, allowed, regularisation):
    padded = np.pad(image.astype(float), 1, mode="edge")
    labels, distance = seeds.copy(), np.where(seeds > 0, 0.0, np.inf)
    queue = [(0.0, int(i), int(j)) for i, j in zip(*np.nonzero(seeds), strict=True)]
    heapq.heapify(queue)
    while queue:
        cost, i, j = heapq.heappop(queue)
        if cost > distance[i, j]:
            continue
        for r in range(max(i - 1, 0), min(i + 2, image.shape[0])):
            for c in range(max(j - 1, 0), min(j + 2, image.shape[1])):
                if allowed[r, c] and seeds[r, c] == 0:
                    gap = np.abs(padded[i : i + 3, j : j + 3] - padded[r : r + 3, c : c + 3]).sum()
                    step = np.sqrt(gap**2 + (abs(r - i) + abs(c - j)) * regularisation**2)
                    if cost + step < distance[r, c]:
                        distance[r, c] = cost + step
                        labels[r, c] = labels[i, j]
                        heapq.heappush(queue, (cost + step, r, c))
    return labels, distance


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("regularisation", [0.01, 0.05, 1.0])
def test_propagation_is_dijkstra_with_a_heap(seed, regularisation):
    rng, image = random_image(seed, smallest=5, largest=25)
    seeds = np.where(rng.random(image.shape) < 0.03, rng.integers(1, 9, image.shape), 0).astype(np.int32)
    allowed = rng.random(image.shape) < 0.8
    labels, distance = growth.propagate(image, seeds, allowed, regularisation)
    expected, expected_distance = propagate_slowly(image, seeds, allowed, regularisation)
    np.testing.assert_allclose(distance, expected_distance, rtol=1e-5)
    np.testing.assert_array_equal(labels > 0, expected > 0)
    if regularisation < 1.0:
        np.testing.assert_array_equal(labels, expected)


@pytest.mark.parametrize("shape", [(32, 48), (1, 1), (17, 30), (3, 70)])
def test_blocks_are_the_places_of_two_by_two_in_an_image_filled_up_by_mirroring(shape):
    image = np.random.default_rng(5).normal(10, 30, shape).astype(np.float32)
    fill = [(0, -size % 16) for size in shape]
    value = np.clip((np.pad(image, fill, mode="symmetric") - 2) * np.float32(0.05), -1, 6)
    expected = [one[i::2, j::2] for one in (value, 1.2 * value / (np.abs(value) + 0.2)) for i in (0, 1) for j in (0, 1)]
    np.testing.assert_allclose(_network_kernels.make_blocks(image, 2.0, 0.05), expected, rtol=1e-5, atol=1e-6)


def test_the_logarithm_of_the_logistic_function_is_cut_at_minus_six():
    logits = np.random.default_rng(6).normal(0, 60, (40, 50)).astype(np.float32)
    mask = logits > -80
    expected = np.where(mask, np.maximum(-np.logaddexp(0, -logits.astype(float)), -6), -6)
    np.testing.assert_allclose(_network_kernels.log_logistic(logits, mask), expected, rtol=1e-5, atol=1e-6)

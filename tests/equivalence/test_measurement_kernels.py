"""The compiled loops over pixels give what plain NumPy and SciPy give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from swanneck.imaging._kernels import correct_pixels, pool_mean
from swanneck.imaging.illumination import FlatField, expand_columns
from swanneck.imaging.measurement import _kernels

# The kernels count in float32, whose rounding shows where a corrected pixel lies close to 0: hence absolute tolerances,
# in grey levels of images that reach 250.
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))


def random_labels(rng, shape, count):
    """Blocky labels, so that there are runs, gaps, cells without nuclei and nuclei in the wrong cell."""
    coarse = rng.integers(0, count + 1, (shape[0] // 3 + 1, shape[1] // 3 + 1))
    return np.kron(coarse, np.ones((3, 3), int))[: shape[0], : shape[1]].astype(np.int32)


def plain_correction(image, flat):
    """The bilinear flat field at every pixel, by SciPy, and the division around the offset."""
    rows, columns = (np.linspace(0, nodes - 1, side) for nodes, side in zip(flat.grid.shape, image.shape, strict=True))
    places = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    level = ndimage.map_coordinates(flat.grid.astype(float), places, order=1)
    return (image.astype(float) - flat.offset) / level + flat.offset


def plain_regions(nuclei, cells):
    return nuclei, cells, np.where(nuclei == 0, cells, 0)


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1))
def test_shapes_equal_scipy(shape, seed):
    rng = np.random.default_rng(seed)
    nuclei, cells = random_labels(rng, shape, 6), random_labels(rng, shape, 8)
    found = _kernels.measure_shapes(nuclei, cells, 6)[1:]
    labels = np.arange(1, 7)
    ys, xs = np.indices(shape)
    framed = np.ones(shape, bool)
    framed[1:-1, 1:-1] = False
    areas = [ndimage.sum_labels(np.ones(shape), region, labels) for region in plain_regions(nuclei, cells)]
    expected = [
        areas[0], ndimage.sum_labels(xs, nuclei, labels), ndimage.sum_labels(ys, nuclei, labels), areas[1], areas[2],
        np.isin(labels, nuclei[framed]), np.isin(labels, cells[framed]),
    ]  # fmt: skip
    np.testing.assert_array_equal(found, np.column_stack(expected))


@settings(max_examples=40, deadline=None)
@given(
    shape=SHAPES,
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
    lit=st.booleans(),
)
def test_intensities_equal_scipy(shape, seed, dtype, lit):
    rng = np.random.default_rng(seed)
    nuclei, cells = random_labels(rng, shape, 6), random_labels(rng, shape, 8)
    image = rng.integers(0, 250, shape).astype(dtype)
    flat = FlatField(rng.uniform(0.5, 1.5, (3, 4)).astype(np.float32), 7.0)
    columns = expand_columns(flat, shape[1]) if lit else np.empty((0, 0), np.float32)
    sums, maxima, samples, outside = _kernels.measure_intensities(image, nuclei, cells, 6, columns, 7.0, 2)
    plain = plain_correction(image, flat) if lit else image.astype(float)
    for position, region in enumerate(plain_regions(nuclei, cells)):
        for label in range(1, 7):
            pixels = plain[region == label]
            expected = [pixels.size, pixels.sum(), (pixels**2).sum(), pixels.max(initial=-np.inf)]
            np.testing.assert_allclose([*sums[label, position], maxima[label, position]], expected, 1e-5, 1e-2)
    free = (nuclei == 0) & (cells == 0)
    np.testing.assert_allclose(np.sort(samples[:outside]), np.sort(plain[::2, ::2][free[::2, ::2]]), 1e-5, 1e-3)
    np.testing.assert_allclose(np.sort(samples), np.sort(plain[::2, ::2].ravel()), 1e-5, 1e-3)


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1), levels=st.sampled_from([2, 250]), lit=st.booleans())
def test_medians_equal_numpy(shape, seed, levels, lit):
    rng = np.random.default_rng(seed)
    nuclei, cells = random_labels(rng, shape, 6), random_labels(rng, shape, 8)
    image = rng.integers(0, levels, shape).astype(np.uint16)
    flat = FlatField(rng.uniform(0.5, 1.5, (3, 4)).astype(np.float32), 7.0)
    columns = expand_columns(flat, shape[1]) if lit else np.empty((0, 0), np.float32)
    areas = np.ascontiguousarray(_kernels.measure_shapes(nuclei, cells, 6)[:, [0, 3, 4]], np.int64)
    medians = _kernels.measure_medians(image, nuclei, cells, areas, columns, 7.0)
    plain = plain_correction(image, flat) if lit else image.astype(float)
    for position, region in enumerate(plain_regions(nuclei, cells)):
        for label in range(1, 7):
            pixels = plain[region == label]
            expected = np.median(pixels) if pixels.size else np.nan
            np.testing.assert_allclose(medians[label, position], expected, 1e-5, 1e-3)


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from(["uint8", "uint16", "float32"]))
def test_correction_equals_scipy(shape, seed, dtype):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 250, shape).astype(dtype)
    flat = FlatField(rng.uniform(0.5, 1.5, (rng.integers(1, 5), rng.integers(1, 5))).astype(np.float32), 7.0)
    corrected = correct_pixels(image, expand_columns(flat, shape[1]), flat.offset)
    np.testing.assert_allclose(corrected, plain_correction(image, flat), rtol=1e-4, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 2**32 - 1), factor=st.integers(1, 5))
def test_pooling_equals_numpy(shape, seed, factor):
    image = np.random.default_rng(seed).integers(0, 65535, shape).astype(np.uint16)
    height, width = shape[0] // factor, shape[1] // factor
    blocks = image[: height * factor, : width * factor].reshape(height, factor, width, factor)
    np.testing.assert_allclose(pool_mean(image, factor), blocks.mean((1, 3)), rtol=1e-5)


def test_labels_above_the_count_are_ignored():
    labels = np.full((2, 2), 9, np.int32)
    sums, _, _, _ = _kernels.measure_intensities(
        np.ones((2, 2), np.uint8), labels, labels, 1, np.empty((0, 0), np.float32), 0.0, 1
    )
    assert sums.sum() == pytest.approx(0) and _kernels.measure_shapes(labels, labels, 1).sum() == 0

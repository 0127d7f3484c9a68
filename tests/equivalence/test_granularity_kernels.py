"""The spectrum's morphology is SciPy's, and means by weights are means of the stretched image."""

import numpy as np
import pytest
from scipy import ndimage

from swanneck.imaging.measurement.geometry import list_object_pixels
from swanneck.imaging.measurement.granularity import _kernels

CROSS = ndimage.generate_binary_structure(2, 1)


def noise(seed, shape=(17, 22)):
    return np.round(np.random.default_rng(seed).random(shape), 2).astype(np.float32)


def plain_reconstruction(marker, mask):
    while True:
        grown = np.minimum(ndimage.grey_dilation(marker, footprint=CROSS), mask)
        if np.array_equal(grown, marker):
            return marker
        marker = grown


@pytest.mark.parametrize("seed", range(5))
def test_openings_are_erosions_grown_back(seed):
    image = noise(seed)

    opened = _kernels.open_by_reconstruction(image, np.argsort(image, axis=None), 5)

    eroded = image
    for step in range(5):
        eroded = ndimage.grey_erosion(eroded, footprint=CROSS)
        assert np.array_equal(opened[step], plain_reconstruction(eroded, image))


@pytest.mark.parametrize("radius", [1, 3, 10])
def test_disks_are_those_of_grey_morphology(radius):
    image = noise(radius)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disk = y * y + x * x <= radius * radius
    padded = np.pad(image, radius, mode="symmetric")

    least = _kernels.open_with_disk(padded, radius, largest=False)
    most = _kernels.open_with_disk(padded, radius, largest=True)

    assert np.array_equal(least, ndimage.grey_erosion(image, footprint=disk))
    assert np.array_equal(most, ndimage.grey_dilation(image, footprint=disk))


@pytest.mark.parametrize("seed", range(3))
def test_resampling_is_bilinear_and_zero_outside(seed):
    image = noise(seed)
    rows, columns = np.linspace(0, 16.5, 40), np.linspace(-0.5, 21, 33)

    found = _kernels.resample(image, rows, columns)

    places = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    assert found == pytest.approx(ndimage.map_coordinates(image, places, order=1), abs=1e-7)


def test_means_by_weights_are_means_of_the_stretched_image():
    rng = np.random.default_rng(0)
    labels = np.kron(rng.integers(0, 5, (7, 9)), np.ones((6, 6), int)).astype(np.int32)
    labels[labels == 2] = 0
    coarse = rng.random((3, 11, 14)).astype(np.float32)
    pixels = list_object_pixels(labels)
    places = [np.arange(size) * ((end - 1) / (size - 1)) for size, end in zip(labels.shape, (11, 14), strict=True)]

    weights = _kernels.weigh_coarse_pixels(pixels.starts, pixels.rows, pixels.columns, *places, (11, 14))
    means = _kernels.mean_in_objects(coarse, *weights)

    grid = np.stack(np.meshgrid(*places, indexing="ij"))
    for step, image in enumerate(coarse):
        stretched = ndimage.map_coordinates(image.astype(float), grid, order=1)
        wanted = [stretched[labels == label].mean() for label in (1, 3, 4)]
        assert means[step, [1, 3, 4]] == pytest.approx(wanted)

"""Rings by compiled sweeps are rings by Dijkstra's paths; Zernike sums are those of the polynomials themselves."""

import math

import numpy as np
import pytest
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from swanneck.imaging.measurement.geometry import list_object_pixels
from swanneck.imaging.measurement.intensity_distribution import _kernels
from swanneck.imaging.measurement.intensity_distribution.zernike import sum_zernike_polynomials, zernike_indexes


def crescent():
    y, x = np.mgrid[:21, :21]
    inside = (np.hypot(y - 10, x - 10) < 9) & (np.hypot(y - 10, x - 14) > 6)
    inside[0, 20] = True
    return inside.astype(np.int32)


def plain_paths(inside, start):
    points = np.argwhere(inside)
    far = np.abs(points[:, None] - points[None])
    near = far.max(-1) == 1
    graph = sparse.csr_matrix(np.where(near, np.where(far.sum(-1) == 2, math.sqrt(2), 1.0), 0.0))
    return csgraph.dijkstra(graph, indices=int(np.flatnonzero((points == start).all(1))[0]))


def test_rings_are_shares_of_the_way_along_paths():
    labels = crescent()
    pixels = list_object_pixels(labels)
    depths = pixels.depths[1]
    start = (int(pixels.rows[40]), int(pixels.columns[40]))
    centres = np.array([[-1, -1], start])

    rings, wedges = _kernels.divide_into_rings(
        pixels.starts, pixels.rows, pixels.columns, pixels.boxes, depths, centres, 4, 0.0
    )

    away = plain_paths(labels == 1, start)
    reached = np.isfinite(away)
    share = away[reached] / (away[reached] + np.sqrt(depths[reached]) + 0.001)
    assert rings[reached].tolist() == (share * 4).astype(int).tolist()
    assert set(rings[~reached]) == {_kernels.UNREACHED}
    down, right = pixels.rows - start[0], pixels.columns - start[1]
    assert wedges.tolist() == ((down > 0) + 2 * (right > 0) + 4 * (abs(down) > abs(right))).tolist()


def test_light_in_rings_adds_up_to_that_of_the_object():
    rng = np.random.default_rng(2)
    number = 500
    starts = np.array([0, 0, 200, 200, 500])
    rings, wedges = rng.integers(0, 4, number).astype(np.uint8), rng.integers(0, 8, number).astype(np.uint8)
    values = rng.random(number).astype(np.float32)

    found = _kernels.distribute(values, starts, rings, wedges, 4)

    for label in (1, 3):
        part = slice(starts[label], starts[label + 1])
        light = np.bincount(rings[part], values[part], 5)
        pixels = np.bincount(rings[part], minlength=5)
        assert found[:5, label] == pytest.approx(light / light.sum(), rel=1e-5)
        assert found[5:9, label] == pytest.approx((light / light.sum())[:4] / (pixels / pixels.sum())[:4], rel=1e-5)
        for ring in range(4):
            chosen = rings[part] == ring
            means = [values[part][chosen & (wedges[part] == wedge)].mean(dtype=float) for wedge in range(8)]
            assert found[10 + ring, label] == pytest.approx(np.std(means) / np.mean(means), rel=1e-5)
    assert np.isnan(found[:, 2]).all()


@pytest.mark.parametrize("degree", [1, 4, 9])
def test_zernike_sums_are_those_of_the_polynomials(degree):
    rng = np.random.default_rng(degree)
    labels = (ndimage.gaussian_filter(rng.normal(size=(30, 30)), 3) > 0).astype(np.int32)
    pixels = list_object_pixels(labels)
    light = rng.random(len(pixels.rows)).astype(np.float32)

    real, imaginary = sum_zernike_polynomials(pixels, light[None], degree)

    row, column, radius = pixels.circles[1]
    y, x = (pixels.rows - row) / radius, (pixels.columns - column) / radius
    far = np.hypot(y, x)
    inside = y * y + x * x <= 1
    for place, (n, m) in enumerate(zernike_indexes(degree)):
        radial = sum(
            (-1) ** k
            * math.factorial(n - k)
            / (math.factorial(k) * math.factorial((n + m) // 2 - k) * math.factorial((n - m) // 2 - k))
            * far ** (n - 2 * k)
            for k in range((n - m) // 2 + 1)
        )
        wave = radial * np.exp(1j * m * np.arctan2(x, y)) * inside
        for image, weights in enumerate((np.ones_like(light), light)):
            found = complex(real[place, image, 0], imaginary[place, image, 0])
            assert found == pytest.approx((wave * weights).sum(), abs=1e-9)

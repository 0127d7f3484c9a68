"""What the place of a well adds, taken away without taking the hits."""

import numpy as np
import pytest

from swanneck.foundation.errors import InputError
from swanneck.statistics.position import diffuse_from_edge, median_polish, smooth_surface


@pytest.fixture
def noise():
    return np.random.default_rng(8).normal(0, 1, (16, 24))


def test_rows_and_columns_are_found_and_hits_stay(noise):
    effect = np.add.outer(np.linspace(-5, 5, 16), np.linspace(0, 8, 24))
    plate = 100 + effect + noise
    plate[4, 7] += 60
    left = plate - median_polish(plate)
    assert np.std(left - np.where(np.arange(384).reshape(16, 24) == 4 * 24 + 7, 60, 0)) < 1.2
    assert left[4, 7] - np.median(left) == pytest.approx(60, abs=4)


def test_polish_is_that_of_a_plain_loop(noise):
    left = noise.copy()
    for _ in range(10):
        left -= np.median(left, axis=1, keepdims=True)
        left -= np.median(left, axis=0, keepdims=True)
    ours = noise - median_polish(noise, tolerance=0.0)
    assert ours - np.median(ours) == pytest.approx(left - np.median(left), abs=1e-9)


def test_a_smooth_bowl_is_found_and_missing_wells_are_covered(noise):
    rows, columns = np.mgrid[-1:1:16j, -1:1:24j]
    plate = 50 + 10 * (rows**2 + columns**2) + noise
    plate[0, :5] = np.nan
    surface = smooth_surface(plate, span=0.1)
    assert np.isfinite(surface).all()
    assert np.corrcoef(surface.ravel(), (rows**2 + columns**2).ravel())[0, 1] > 0.95


def test_a_surface_of_controls_alone_corrects_all_wells(noise):
    gradient = np.tile(np.linspace(0, 20, 16)[:, None], (1, 24))
    controls = np.full((16, 24), np.nan)
    controls[:, [0, 23]] = (gradient + noise)[:, [0, 23]]
    left = gradient + noise - smooth_surface(controls, span=1.0)
    assert np.std(left) < 1.5


def test_heat_from_the_edge_is_found(noise):
    heat = np.zeros((18, 26))
    heat[[0, -1], :], heat[:, [0, -1]] = 1, 1
    for _ in range(20):
        inner = heat[1:-1, 1:-1]
        around = heat[:-2, 1:-1] + heat[2:, 1:-1] + heat[1:-1, :-2] + heat[1:-1, 2:]
        heat[1:-1, 1:-1] = inner + 0.2 * (around - 4 * inner)
    plate = 100 - 30 * heat[1:-1, 1:-1] + noise
    effect, steps = diffuse_from_edge(plate)
    assert 8 <= steps <= 50
    assert np.std(plate - effect) < 1.3
    assert np.std(plate) > 4


def test_a_plate_without_edge_effect_is_left_nearly_alone(noise):
    effect, _ = diffuse_from_edge(noise)
    assert np.abs(effect).max() < 1.5


def test_too_few_values_are_refused():
    with pytest.raises(InputError, match="at least 12 values"):
        smooth_surface(np.full((8, 12), np.nan))

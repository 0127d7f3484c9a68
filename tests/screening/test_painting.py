"""Painting: places that keep apart, haze that keeps the light, a camera that obeys the law of photons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from swanneck.screening import _painting as painting
from swanneck.screening._stamps import Optics, draw_stamps

EMPTY = painting.FieldContent(
    cells=0, infected_fraction=0, dead=0, debris=0, antigen_signal=500, antigen_spread=0.5, clumping=0.8
)


def optics(**changes: float) -> Optics:
    usual = {"height": 150, "width": 200, "pixel_size": 0.65, "vignetting": 0, "noise": 1, "out_of_focus": 0, "seed": 1}
    return Optics(**(usual | changes))  # type: ignore[arg-type]


def keep_apart_slowly(points: np.ndarray, reach: np.ndarray) -> list[int]:
    kept: list[int] = []
    for index, point in enumerate(points):
        if all(np.hypot(*(point - points[other])) >= reach[index] + reach[other] for other in kept):
            kept.append(index)
    return kept


@given(st.integers(1, 120), st.integers(0, 1000))
def test_places_keep_apart_first_come_first_served(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, reach = rng.uniform(size=(count, 2)) * 100, rng.uniform(1, 8, count)
    assert painting._keep_apart(points, reach).tolist() == keep_apart_slowly(points, reach)


@given(st.integers(-40, 140), st.integers(-40, 140), st.integers(0, 7))
def test_a_stamp_is_cut_by_the_border_and_nowhere_else(row: int, column: int, turn: int) -> None:
    stamp = painting._turned(np.arange(1, 7 * 12 + 1, dtype=np.float32).reshape(7, 12), turn)
    padded, image = np.zeros((300, 300), np.float32), np.zeros((90, 100), np.float32)
    painting._add(padded, stamp, np.array([row + 100.0, column + 100.0]), 2.0)
    painting._add(image, stamp, np.array([row + 0.0, column + 0.0]), 2.0)
    assert np.array_equal(image, padded[100:190, 100:200])


def test_haze_is_a_wide_blur() -> None:
    scene = np.zeros((217, 160), np.float32)
    scene[60:90, 40:100] = 500
    exact = ndimage.gaussian_filter(scene, 15, mode="nearest")
    assert np.abs(painting._haze(scene, 15) - exact).max() < 0.04 * exact.max()


def test_the_noise_of_an_empty_field_is_that_of_its_photons_and_the_camera() -> None:
    field = painting.paint_field(EMPTY, optics(), np.random.default_rng(1))
    for image, background in ((field.dna, 50), (field.virus, 70)):
        assert image.mean() == pytest.approx(100 + background, abs=0.3)
        # Photons, read-out, and rounding to whole counts; five standard errors of a variance.
        variance = background / painting._ELECTRONS_PER_COUNT + painting._READ_NOISE**2 + 1 / 12
        assert image.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / image.size))


def test_the_infected_share_of_cells_shines_and_the_others_do_not() -> None:
    all_infected, none = (
        painting.paint_field(
            painting.FieldContent(40, share, 0, 0, 800, 0.0, 0.5), optics(noise=0), np.random.default_rng(1)
        )
        for share in (1.0, 0.0)
    )
    assert (all_infected.infected, none.infected) == (all_infected.cells, 0)
    assert np.percentile(all_infected.virus, 75) > np.percentile(none.virus, 99.9)


def test_stamps_are_drawn_from_the_seed_alone() -> None:
    first = draw_stamps(optics())
    draw_stamps.cache_clear()
    second = draw_stamps(optics())
    assert all(np.array_equal(one, other) for one, other in zip(first.nuclei, second.nuclei, strict=True))
    assert not np.array_equal(first.granules, draw_stamps(optics(seed=2)).granules)

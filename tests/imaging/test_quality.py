"""Blurred, saturated, blank and empty images are told from good ones."""

import numpy as np
import pytest
from scipy import ndimage

from swanneck.imaging.quality import measure_field_quality
from swanneck.imaging.readers import read_pattern, read_plane


def field(cells=60, *, blur=0.0, noise=5.0, brightness=800.0, side=400, seed=0):
    """A noisy 16-bit image of round cells with sharp borders, blurred as a lens out of focus does."""
    rng = np.random.default_rng(seed)
    signal = np.zeros((side + 80, side + 80))
    y, x = np.ogrid[-30:31, -30:31]
    for top, left in rng.integers(0, side, (cells, 2)):
        signal[top : top + 61, left : left + 61] += brightness / (1 + np.exp(np.hypot(y, x) - rng.uniform(8, 16)))
    signal = ndimage.gaussian_filter(signal, blur)[40:-40, 40:-40] if blur else signal[40:-40, 40:-40]
    photons = rng.poisson(signal + 60) + 100 + rng.normal(0, noise, signal.shape)
    return photons.clip(0, 65535).astype(np.uint16)


@pytest.mark.parametrize("cells", [10, 60, 200])
def test_the_focus_slope_falls_with_blur(cells):
    slopes = [measure_field_quality(field(cells, blur=blur)).focus_slope for blur in (0, 2, 4, 8)]
    assert all(sharper > blurred + 0.3 for sharper, blurred in zip(slopes, slopes[1:], strict=False))


def test_the_slope_tells_focus_and_not_the_number_of_cells():
    sharp = [measure_field_quality(field(cells, seed=cells)).focus_slope for cells in (10, 40, 160)]
    blurred = [measure_field_quality(field(cells, blur=4, seed=cells)).focus_slope for cells in (10, 40, 160)]
    assert min(sharp) > max(blurred) + 0.5


def test_the_slope_does_not_depend_on_scale_and_offset():
    image = field().astype(np.float32)
    first, second = measure_field_quality(image), measure_field_quality(image * 0.25 + 7)
    assert second.focus_slope == pytest.approx(first.focus_slope, abs=1e-3)


def test_large_images_are_pooled_and_scored_alike():
    slopes = [measure_field_quality(field(300, side=1100, blur=blur)).focus_slope for blur in (0, 6)]
    assert slopes[0] > slopes[1] + 1


@pytest.mark.parametrize("dtype, top", [("uint8", 255), ("uint16", 4095), ("uint16", 65535)])
def test_saturation_is_counted_at_the_top_of_the_camera(dtype, top):
    image = np.full((50, 40), top // 3, dtype)
    image[:5, :4] = top
    assert measure_field_quality(image).saturated_fraction == 20 / 2000


def test_a_bright_image_below_the_top_is_not_saturated():
    assert measure_field_quality(np.minimum(field(), 700)).saturated_fraction == 0


@pytest.mark.parametrize("level", [0, 100, 65535])
def test_a_blank_image_is_blank_and_has_no_focus(level):
    quality = measure_field_quality(np.full((64, 64), level, np.uint16))
    assert quality.is_blank and quality.is_empty and np.isnan(quality.focus_slope)
    assert quality.background == pytest.approx(level / 65535)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_empty_and_one_cell_is_not(seed):
    assert measure_field_quality(field(0, seed=seed)).is_empty
    assert not measure_field_quality(field(1, seed=seed)).is_empty


def test_uneven_light_does_not_make_an_empty_field_full():
    light = np.linspace(1.3, 0.6, 400)
    image = (field(0).astype(float) - 100) * light + 100
    assert measure_field_quality(image.clip(0).astype(np.uint16)).is_empty


def test_a_confluent_field_is_not_empty():
    rng = np.random.default_rng(0)
    texture = np.kron(rng.lognormal(0, 0.3, (40, 40)), np.ones((10, 10))) * 200
    assert not measure_field_quality((texture + rng.normal(100, 5, texture.shape)).astype(np.uint16)).is_empty


def test_the_background_is_that_between_cells():
    assert measure_field_quality(field(150)).background * 65535 == pytest.approx(160, abs=20)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 3), (20, 9)])
def test_tiny_images_are_scored_without_failure(shape):
    image = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    assert 0 <= measure_field_quality(image).saturated_fraction <= 1


def test_real_images_are_sharper_than_their_blurred_copies(shared_data):
    (plate,) = read_pattern(shared_data / "plates" / "bbbc013_wortmannin" / "images", "{channel}-*-{row}-{column}.tif")
    images = [read_plane(plate.fields[well, 1]["Channel2"]) for well in plate.wells[::6]]
    sharp = [measure_field_quality(image).focus_slope for image in images]
    blurred = [measure_field_quality(ndimage.gaussian_filter(image, 3)).focus_slope for image in images]
    assert min(sharp) > max(blurred) + 1
    assert not any(measure_field_quality(image).is_empty for image in images)

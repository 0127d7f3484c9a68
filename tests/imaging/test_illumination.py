"""Vignetting is taken out where the images show it, and nothing is put in where they do not."""

import numpy as np
import pytest

from swanneck.foundation.errors import InputError
from swanneck.imaging.illumination import (
    FlatField,
    FlatFieldSettings,
    correct_illumination,
    estimate_flat_field,
    even_field,
)

SHAPE = (256, 300)


def vignette(strength, shape=SHAPE):
    """Light that falls off to the corners, off centre and tilted; mean 1."""
    y, x = (np.linspace(-1, 1, side) for side in shape)
    fall = 1 - strength * ((y[:, None] + 0.1) ** 2 + (x[None, :] - 0.15) ** 2) / 2 + 0.1 * strength * x[None, :]
    return fall / fall.mean()


def fields(light, *, count=24, cells=40, background=80.0, offset=100.0, lit_background=True, margin=0, seed=0):
    """Noisy images of sparse round cells under the given light."""
    rng = np.random.default_rng(seed)
    height, width = light.shape
    y, x = np.ogrid[-15:16, -15:16]
    for _ in range(count):
        signal = np.zeros((height + 30, width + 30))
        for _ in range(rng.poisson(cells)):
            top, left = rng.integers(margin, height - margin), rng.integers(margin, width - margin)
            spot = rng.lognormal(np.log(600), 0.3) / (1 + np.exp(np.hypot(y, x) - rng.uniform(5, 9)))
            signal[top : top + 31, left : left + 31] += spot
        signal = signal[15:-15, 15:-15] + (background if lit_background else 0)
        photons = rng.poisson(light * signal) + (0 if lit_background else background)
        yield np.clip(photons + offset + rng.normal(0, 3, light.shape), 0, 65535).astype(np.uint16)


def confluent(light, count, seed=0):
    """Images full of texture, without a free background."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        coarse = rng.lognormal(0, 0.6, (light.shape[0] // 8 + 1, light.shape[1] // 8 + 1))
        texture = np.kron(coarse, np.ones((8, 8)))[: light.shape[0], : light.shape[1]]
        yield (100 + light * 400 * texture + rng.normal(0, 5, light.shape)).clip(0).astype(np.uint16)


def residual(flat: FlatField, light) -> float:
    """Root mean square of what is uneven after the correction."""
    even = correct_illumination(light.astype(np.float32), FlatField(flat.grid))
    return float(np.std(even / even.mean()))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("strength", [0.2, 0.35, 0.5])
@pytest.mark.parametrize("count", [16, 48])
def test_vignetting_is_taken_out(strength, count, seed):
    light = vignette(strength)
    flat = estimate_flat_field(fields(light, count=count, seed=seed))
    assert residual(flat, light) < 0.5 * np.std(light)
    assert residual(flat, light) < 0.06
    assert flat.offset == pytest.approx(100, abs=60)
    assert f"estimated from {count} images" in flat.reason


@pytest.mark.parametrize("options", [
    {"lit_background": False}, {"background": 3}, {"offset": 500, "background": 40}, {"offset": 0}, {"margin": 30},
    {"cells": 8}, {"cells": 150},
], ids=str)  # fmt: skip
def test_hard_plates_are_made_better(options):
    light = vignette(0.4)
    flat = estimate_flat_field(fields(light, count=32, **options))
    assert residual(flat, light) < 0.75 * np.std(light)


EVEN = np.ones(SHAPE)


@pytest.mark.parametrize("images", [
    lambda seed: fields(EVEN, count=6, seed=seed), lambda seed: fields(EVEN, count=32, seed=seed),
    lambda seed: fields(EVEN, count=16, cells=5, seed=seed), lambda seed: fields(EVEN, count=16, margin=40, seed=seed),
    lambda seed: confluent(EVEN, 5, seed), lambda seed: confluent(EVEN, 24, seed),
    lambda seed: fields(EVEN, cells=0, seed=seed),
], ids=["few", "many", "sparse", "empty margins", "few confluent", "confluent", "no cells"])  # fmt: skip
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_even_plates_are_not_made_worse(images, seed):
    assert residual(estimate_flat_field(images(seed)), EVEN) < 0.03


def test_confluent_plates_are_made_better():
    light = vignette(0.4)
    assert residual(estimate_flat_field(confluent(light, 24)), light) < 0.5 * np.std(light)


def test_too_few_images_give_an_even_field_with_the_reason():
    flat = estimate_flat_field(fields(vignette(0.5), count=4))
    assert np.all(flat.grid == 1) and flat.n_images == 4
    assert flat.reason.startswith("4 usable images are too few")


def test_blank_and_tiny_images_do_not_count():
    blank = [np.full((64, 64), 7, np.uint16)] * 9
    assert estimate_flat_field(blank).n_images == 0
    assert estimate_flat_field([np.arange(64, dtype=np.uint8).reshape(8, 8)] * 9).n_images == 0


def test_images_of_different_shapes_are_refused():
    with pytest.raises(InputError, match=r"one shape, got \(64, 64\) and \(64, 65\)"):
        estimate_flat_field([np.eye(64, dtype=np.uint8), np.eye(64, 65, dtype=np.uint8)])


def test_the_field_has_mean_one_and_keeps_its_bounds():
    flat = estimate_flat_field(fields(vignette(0.7), count=24), FlatFieldSettings(lowest=0.8, highest=1.1))
    even = 1 / correct_illumination(np.ones(SHAPE, np.float32), FlatField(flat.grid))
    assert even.mean() == pytest.approx(1, abs=0.005)
    assert flat.grid.max() / flat.grid.min() <= 1.1 / 0.8 + 1e-6


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int32"])
def test_the_number_type_does_not_matter(dtype):
    images = [(image // 16).clip(0, 255) for image in fields(vignette(0.4))]
    flat, same = (estimate_flat_field([image.astype(kind) for image in images]) for kind in ("uint16", dtype))
    np.testing.assert_array_equal(flat.grid, same.grid)


def test_the_scale_does_not_matter():
    images = [image.astype(np.float32) for image in fields(vignette(0.4))]
    flat, scaled = (estimate_flat_field([image * scale for image in images]) for scale in (1, 1 / 65536))
    np.testing.assert_allclose(flat.grid, scaled.grid, rtol=1e-4)


def test_correction_follows_the_model():
    light = vignette(0.4, (65, 65))
    flat = FlatField(light[::2, ::2].astype(np.float32), offset=100.0)
    corrected = correct_illumination((100 + light * 1000).astype(np.float32), flat)
    np.testing.assert_allclose(corrected, 1100, rtol=2e-3)


def test_an_even_field_changes_nothing():
    image = np.arange(12, dtype=np.uint16).reshape(3, 4)
    np.testing.assert_array_equal(correct_illumination(image, even_field("no reason")), image)


def test_fields_are_stored_exactly_and_reproducibly():
    flat = estimate_flat_field(fields(vignette(0.3)))
    again = FlatField.from_bytes(flat.to_bytes())
    np.testing.assert_array_equal(again.grid, flat.grid)
    assert (again.offset, again.n_images, again.reason) == (flat.offset, flat.n_images, flat.reason)
    assert estimate_flat_field(fields(vignette(0.3))).to_bytes() == flat.to_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"[]", b"{}", b'{"grid": [[0]], "offset": 1, "n_images": 1, "reason": ""}']
)
def test_what_is_no_flat_field_is_refused(content):
    with pytest.raises(InputError, match="flat field"):
        FlatField.from_bytes(content)

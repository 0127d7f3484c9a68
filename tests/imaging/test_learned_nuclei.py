"""The network for nuclei: what its labels must not depend on. What it finds is tested in test_segmentation."""

import hashlib

import numpy as np
import pytest
from scipy import ndimage

from swanneck.imaging import segment_nuclei
from swanneck.imaging.segmentation import NucleiSettings, learned_nuclei, nuclei_methods

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'swanneck[learned]'")


def draw_field(rows=150, columns=190, step=30):
    """Discs 18 pixels wide on a lattice, blurred, with a little noise."""
    y, x = np.indices((rows, columns))
    discs = np.hypot((y + step // 2) % step - step // 2, (x + step // 2) % step - step // 2) < 9
    noise = np.random.default_rng(1).normal(0, 2, discs.shape)
    return ndimage.gaussian_filter(120.0 * discs, 1) + 20 + noise


def segment(image, **chosen):
    return segment_nuclei(image, NucleiSettings(method="learned", **chosen))


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e6, 1e12, 1e300])
def test_units_do_not_matter(scale):
    image = draw_field()
    labels, scaled = segment(image), segment(image * scale)
    assert scaled.max() == labels.max()
    assert ((labels > 0) == (scaled > 0)).mean() > 0.999


def test_turning_the_field_turns_the_labels_but_for_a_few_pixels_of_outlines():
    image = draw_field(160, 192)
    labels, turned = segment(image), segment(image[::-1, ::-1])[::-1, ::-1]
    assert turned.max() == labels.max()
    assert ((labels > 0) == (turned > 0)).mean() > 0.98


def test_labels_of_tiles_are_those_of_the_whole(monkeypatch):
    image = draw_field(420, 500)
    whole = segment(image, diameter=18.0)
    monkeypatch.setattr(learned_nuclei, "_TILE", 256)
    tiles = segment(image, diameter=18.0)
    assert tiles.max() == whole.max()
    assert ((tiles > 0) == (whole > 0)).mean() > 0.9995


@pytest.mark.parametrize("length", [1, 1152, 1153, 2160, 5000])
def test_tiles_cover_a_side_once(length):
    tiles = learned_nuclei._list_tiles(length)
    answers = np.concatenate([np.arange(first, last) for _, first, last in tiles])
    np.testing.assert_array_equal(answers, np.arange(length))
    for top, first, last in tiles:
        assert top % 16 == 0
        assert top <= first < last <= min(top + learned_nuclei._TILE, length)


def test_a_ghost_of_a_dead_cell_is_left_out_unless_asked_for():
    y, x = np.indices((150, 190))
    ghost = 12.0 * ndimage.gaussian_filter((np.hypot(y - 75, x - 100) < 9) * 1.0, 1)
    image = draw_field(step=60) + ghost * (draw_field(step=60) < 30)
    assert segment(image)[75, 100] == 0
    assert segment(image, dimmest=0.0)[75, 100] > 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3), (17, 2)])
def test_images_smaller_than_the_network_s_blocks_have_labels_of_their_shape(shape):
    image = np.random.default_rng(1).poisson(5, shape).astype(np.uint16)
    labels = segment(image, diameter=12.0)
    assert labels.shape == shape and labels.dtype == np.int32


def test_the_weights_are_small_and_the_ones_that_the_notice_names():
    content = nuclei_methods.WEIGHTS.read_bytes()
    assert len(content) < 3_000_000
    notice = nuclei_methods.WEIGHTS.with_name("README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(content).hexdigest() in notice
    assert "CC0" in notice

"""Nuclei and cells in fields that the tests draw themselves, so that the truth is known."""

import numpy as np
import pytest
from scipy import ndimage

from swanneck.foundation.errors import ImageError
from swanneck.imaging import segment_cells, segment_nuclei
from swanneck.imaging.segmentation import (
    CellSettings,
    NucleiSettings,
    estimate_nucleus_diameter,
    find_nuclei_methods,
)


@pytest.fixture(params=["classical", "learned"])
def segment(request):
    """`segment_nuclei` by each method of our own."""
    if request.param not in find_nuclei_methods():
        pytest.skip("onnxruntime is not installed: pip install 'swanneck[learned]'")
    return lambda image, **chosen: segment_nuclei(image, NucleiSettings(method=request.param, **chosen))


def draw_field(centres, radius=9.0, levels=100.0, *, shape=(200, 240), noise=2.0, blur=1.0):
    """Discs on a background of 20 grey levels, blurred, with noise: the image and its labels."""
    rows, columns = np.indices(shape)
    image, labels = np.full(shape, 20.0), np.zeros(shape, np.int32)
    for number, ((y, x), level) in enumerate(zip(centres, np.broadcast_to(levels, len(centres)), strict=True), start=1):
        disc = (np.hypot(rows - y, columns - x) < radius) & (labels == 0)
        labels[disc] = number
        image[disc] += level
    image = ndimage.gaussian_filter(image, blur)
    return np.clip(image + np.random.default_rng(1).normal(0, noise, shape), 0, None), labels


def grid(step=32, shape=(200, 240)):
    return [(y, x) for y in range(20, shape[0] - 10, step) for x in range(20, shape[1] - 10, step)]


def overlap(labels, truth):
    """The best intersection over union that each true object reaches."""
    found = []
    for k in range(1, truth.max() + 1):
        inside = truth == k
        values, counts = np.unique(labels[inside], return_counts=True)
        scores = [n / (inside.sum() + (labels == v).sum() - n) for v, n in zip(values, counts, strict=True) if v > 0]
        found.append(max(scores, default=0.0))
    return np.array(found)


def test_separate_discs_are_found_with_their_outlines(segment):
    image, truth = draw_field(grid())
    labels = segment(image)
    assert labels.dtype == np.int32
    assert labels.max() == truth.max() == len(np.unique(labels)) - 1
    assert overlap(labels, truth).min() > 0.8


def test_touching_discs_are_divided(segment):
    centres = [(y, x + dx) for y, x in grid(step=48) for dx in (0, 17)]
    image, truth = draw_field(centres)
    labels = segment(image)
    assert labels.max() == truth.max()
    assert overlap(labels, truth).min() > 0.7


def test_nuclei_that_differ_six_fold_in_brightness_are_found(segment):
    centres = grid()
    image, truth = draw_field(centres, levels=np.geomspace(80, 500, len(centres)))
    labels = segment(image)
    assert labels.max() == truth.max()
    assert overlap(labels, truth).min() > 0.7


def test_a_textured_nucleus_stays_whole(segment):
    image, truth = draw_field(grid(step=60), radius=20, noise=0, blur=0)
    texture = ndimage.gaussian_filter(np.random.default_rng(2).normal(0, 1, image.shape), 2)
    labels = segment(image * (1 + 0.8 * texture))
    assert labels.max() == truth.max()


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_magnification_changes_neither_count_nor_shape(factor, segment):
    image, truth = draw_field([(y, x + dx) for y, x in grid(step=48) for dx in (0, 17)])
    large = segment(ndimage.zoom(image, factor, order=1))
    truth = np.kron(truth, np.ones((factor, factor), np.int32))
    assert large.max() == truth.max()
    assert overlap(large, truth).min() > 0.7


def test_number_type_and_scale_do_not_matter(segment):
    image = np.clip(draw_field(grid())[0], 0, 255).astype(np.uint8)
    labels = segment(image)
    np.testing.assert_array_equal(segment(image.astype(np.uint16) * 256), labels)
    np.testing.assert_array_equal(segment(image.astype(np.float32)), labels)
    np.testing.assert_array_equal(segment(image.astype(np.float64) / 256), labels)
    np.testing.assert_array_equal(segment(np.asfortranarray(image)), labels)
    np.testing.assert_array_equal(segment(image * 2.0**900), labels)


def test_the_same_image_gives_the_same_labels_and_stays_untouched(segment):
    image, _ = draw_field(grid())
    before = image.copy()
    np.testing.assert_array_equal(segment(image), segment(image))
    np.testing.assert_array_equal(image, before)


def test_nuclei_at_the_border_are_kept(segment):
    image, truth = draw_field([(0, 50), (199, 120), (100, 0), (90, 239), (100, 120)])
    labels = segment(image)
    assert labels.max() == truth.max()
    assert labels[0, 50] and labels[199, 120] and labels[100, 0] and labels[90, 239]


def test_uneven_illumination_costs_no_nucleus(segment):
    image, truth = draw_field(grid())
    columns = np.linspace(1.0, 0.4, image.shape[1])
    labels = segment(image * columns + 60 * columns)
    assert labels.max() == truth.max()


@pytest.mark.parametrize("value", [0, 7, 255])
@pytest.mark.parametrize("shape", [(64, 64), (1, 1), (0, 0), (3, 200)])
def test_a_constant_image_has_no_nuclei(value, shape, segment):
    image = np.full(shape, value, np.uint8)
    labels = segment(image)
    assert labels.shape == shape and labels.dtype == np.int32 and not labels.any()
    assert estimate_nucleus_diameter(image) is None


@pytest.mark.parametrize("diameter", [None, 10.0, 20.0, 40.0])
@pytest.mark.parametrize("kind", ["normal", "poisson", "dark", "coarse", "vignetted"])
def test_noise_alone_has_no_nuclei(kind, diameter, segment):
    rng = np.random.default_rng(3)
    shape = (400, 400)
    distance = np.hypot(*(np.indices(shape) - 200)) / 283
    image = {
        "normal": lambda: rng.normal(500, 20, shape),
        "poisson": lambda: rng.poisson(4, shape) * 1.0,
        "dark": lambda: np.clip(rng.normal(3, 1.2, shape), 0, None).round(),
        "coarse": lambda: 500 + 100 * ndimage.gaussian_filter(rng.normal(0, 1, shape), 1),
        "vignetted": lambda: rng.poisson(200 * (1 - 0.3 * distance**2)) * 1.0,
    }[kind]()
    assert segment(image, diameter=diameter).max() <= 1


def test_a_speck_defines_no_diameter_and_hides_no_nucleus():
    speck = np.random.default_rng(4).normal(500, 20, (300, 300))
    speck[50:54, 50:54] += 3000
    assert estimate_nucleus_diameter(speck) is None
    image, truth = draw_field(grid())
    image[2:5, 2:5] = 3000
    assert estimate_nucleus_diameter(image) == pytest.approx(18, rel=0.25)


@pytest.mark.parametrize("radius", [5, 9, 20, 45])
def test_the_diameter_is_that_of_the_discs(radius):
    image, _ = draw_field([(y, x) for y in (100, 300) for x in (100, 300, 500)], radius=radius, shape=(400, 800))
    assert estimate_nucleus_diameter(image) == pytest.approx(2 * radius, rel=0.25)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros((3, 8, 8)), "2-D"),
        (np.full((8, 8), np.nan), "finite"),
        (np.full((8, 8), "a"), "numbers"),
    ],
)
def test_what_is_no_image_is_refused(image, says):
    with pytest.raises(ImageError, match=says):
        segment_nuclei(image)
    with pytest.raises(ImageError, match=says):
        estimate_nucleus_diameter(image)


def test_cells_carry_the_numbers_of_their_nuclei():
    image, nuclei = draw_field(grid())
    nuclei[nuclei == 3] = 0
    cells = segment_cells(image, nuclei)
    np.testing.assert_array_equal(np.unique(cells), np.unique(nuclei))
    np.testing.assert_array_equal(cells[nuclei > 0], nuclei[nuclei > 0])


def test_bright_bodies_are_filled_up_to_the_reach():
    bodies, truth = draw_field(grid(step=60), radius=20)
    _, nuclei = draw_field(grid(step=60), radius=9)
    cells = segment_cells(bodies, nuclei)
    assert overlap(cells, truth).min() > 0.75


def test_a_dark_cell_gets_its_ring_where_others_are_infected():
    virus, _ = draw_field([(60, 60)], radius=20)
    _, nuclei = draw_field([(60, 60), (150, 150)])
    areas = np.bincount(segment_cells(virus, nuclei).ravel())
    assert areas[1] > areas[2] > 2 * (nuclei == 2).sum()


@pytest.mark.parametrize("image", [None, np.zeros((200, 240), np.uint16)])
def test_without_a_signal_every_cell_is_a_ring(image):
    _, nuclei = draw_field([(60, 60), (150, 150)])
    cells = segment_cells(image, nuclei, CellSettings(ring=0.5))
    distance = ndimage.distance_transform_edt(nuclei == 0)
    assert cells[distance < 7].all() and not cells[distance > 11].any()


def test_neighbours_share_the_space_between_them():
    _, nuclei = draw_field([(100, 100), (100, 124)])
    areas = np.bincount(segment_cells(None, nuclei, CellSettings(ring=2.0)).ravel())
    assert areas[1] == pytest.approx(areas[2], rel=0.05)


def test_cells_of_a_large_image_are_those_of_the_small_one():
    image, _ = draw_field(grid(step=60), radius=18)
    _, nuclei = draw_field(grid(step=60), radius=9)
    small = segment_cells(image, nuclei)
    large = segment_cells(np.kron(image, np.ones((3, 3))), np.kron(nuclei, np.ones((3, 3), np.int32)))
    assert (large[1::3, 1::3] == small).mean() > 0.97


def test_cells_need_an_image_of_the_nuclei_s_shape():
    with pytest.raises(ImageError, match="shape"):
        segment_cells(np.zeros((4, 4)), np.ones((5, 5), np.int32))
    with pytest.raises(ImageError, match="whole numbers"):
        segment_cells(None, np.ones((5, 5)))
    with pytest.raises(ImageError, match="negative"):
        segment_cells(None, np.full((5, 5), -1, np.int32))


def test_no_nuclei_no_cells():
    assert not segment_cells(np.ones((9, 9)), np.zeros((9, 9), np.int32)).any()

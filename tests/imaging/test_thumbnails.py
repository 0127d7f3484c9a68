"""Thumbnails show what the images hold, in colours that can be told apart."""

import imagecodecs
import numpy as np
import pytest

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.imaging.thumbnails import COLOURS, ROLE_COLOURS, ChannelDisplay, choose_display, make_thumbnail

LEFT = np.zeros((64, 96), np.uint16)
LEFT[:, :48] = 1000
RIGHT = LEFT[:, ::-1].copy()
DISPLAY = {"DNA": ChannelDisplay(0, 1000, "blue"), "Virus": ChannelDisplay(0, 1000, "magenta")}


def picture(*arguments, **options) -> np.ndarray:
    return imagecodecs.webp_decode(make_thumbnail(*arguments, **options)).astype(int)


def test_each_channel_has_its_colour():
    drawn = picture({"DNA": LEFT, "Virus": RIGHT}, DISPLAY)
    assert drawn.shape == (64, 96, 3)
    np.testing.assert_allclose(drawn[32, 10], COLOURS["blue"], atol=30)
    np.testing.assert_allclose(drawn[32, 85], COLOURS["magenta"], atol=30)


@pytest.mark.parametrize("shape, size, drawn", [
    ((2160, 2160), 256, (240, 240)), ((340, 444), 256, (170, 222)), ((100, 1000), 100, (10, 100)),
    ((30, 20), 256, (30, 20)), ((1, 600), 100, (1, 100)),
])  # fmt: skip
def test_the_longer_side_fits_and_nothing_is_enlarged(shape, size, drawn):
    assert picture({"DNA": np.ones(shape, np.uint8)}, DISPLAY, size=size).shape[:2] == drawn


def test_levels_below_and_above_the_range_are_cut():
    image = np.repeat(np.array([[0, 500, 60_000]], np.uint16), 30, 0).repeat(30, 1)
    drawn = picture({"DNA": image}, {"DNA": ChannelDisplay(400, 600, "white")})
    np.testing.assert_allclose(drawn[15, [10, 45, 80], 0], [0, 127, 255], atol=12)


def test_missing_channels_stay_dark():
    assert picture({"DNA": None, "Virus": RIGHT}, DISPLAY)[32, 10].max() < 20
    assert picture({"DNA": None}, DISPLAY, size=50).shape == (50, 50, 3)
    assert picture({}, DISPLAY).max() < 5


def test_channels_without_display_are_left_out():
    assert picture({"Other": LEFT}, DISPLAY).max() < 5


def test_outlines_are_drawn_on_the_border_of_objects():
    labels = np.zeros((64, 96), np.int32)
    labels[20:40, 20:50], labels[20:40, 50:80] = 1, 2
    drawn = picture({"DNA": np.zeros_like(LEFT)}, DISPLAY, outlines=[(labels, "white")])
    assert drawn[30, [20, 49, 79], 1].min() > 100, "outer borders and the line between two that touch"
    assert drawn[[30, 30, 5], [35, 65, 5], 1].max() < 60


def test_same_input_same_bytes():
    assert make_thumbnail({"DNA": LEFT}, DISPLAY) == make_thumbnail({"DNA": LEFT.copy()}, DISPLAY)


def test_a_thumbnail_is_small():
    noise = np.random.default_rng(0).integers(0, 1000, (512, 512)).astype(np.uint16)
    assert len(make_thumbnail({"DNA": noise}, DISPLAY, size=256)) < 40_000


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64", "int32"])
def test_any_number_type_can_be_drawn(dtype):
    display = {"DNA": ChannelDisplay(0, 100, "white")}
    drawn = picture({"DNA": (LEFT // 10).astype(dtype)}, display)
    assert drawn[32, 10].min() > 200 and drawn[32, 80].max() < 30


def test_wrong_colours_and_shapes_are_refused():
    with pytest.raises(SettingsError, match="'mauve' is not a colour"):
        make_thumbnail({"DNA": LEFT}, {"DNA": ChannelDisplay(0, 1, "mauve")})
    with pytest.raises(InputError, match="must have one shape"):
        make_thumbnail({"DNA": LEFT, "Virus": LEFT[1:]}, DISPLAY)


def test_the_display_range_spans_dark_and_bright_wells():
    dim, bright = (np.linspace(100, top, 10_000).reshape(100, 100) for top in (200, 5000))
    shown = choose_display([dim, bright], ROLE_COLOURS["pathogen"])
    assert shown.low == pytest.approx(105, abs=1) and shown.high == pytest.approx(4990, abs=5)


def test_no_or_blank_images_give_a_range_that_can_be_drawn():
    for images in ([], [np.zeros((9, 9), np.uint8)]):
        shown = choose_display(images, "grey")
        assert shown.high > shown.low
        assert picture({"DNA": np.zeros((9, 9), np.uint8)}, {"DNA": shown}).max() < 5

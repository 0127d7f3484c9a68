"""Lateral-flow strips in photographs: simulated ones with known results, real ones of unused kits, and none at all."""

import json
import struct

import imagecodecs
import numpy as np
import pytest
from typer.testing import CliRunner

from swanneck.cli.app import app
from swanneck.diagnostics.reading.photographs import is_photograph, read_photograph
from swanneck.diagnostics.reading.quadrangles import common_share, fit_sides, homography, map_points
from swanneck.diagnostics.reading.strip_lines import find_lines, measure_profile
from swanneck.diagnostics.reading.strip_simulation import SceneSettings, simulate_strips, vary_scene
from swanneck.diagnostics.reading.strip_windows import log_light
from swanneck.diagnostics.reading.strips import StripSettings, read_strips
from swanneck.foundation.errors import ImageError, InputError
from swanneck.workflows import read_results


def photograph(seed=1, **settings):
    return simulate_strips(SceneSettings(**{"pixels_per_mm": 7, **settings}), np.random.default_rng(seed))


def results(scene, **settings):
    return [strip.result for strip in read_strips(scene.picture, StripSettings(**settings)).strips]


@pytest.mark.parametrize(("settings", "result"), [
    ({"tests": (0.2,)}, "positive"), ({"tests": (0.0,), "rotation": 180.0}, "negative"),
    ({"control": 0.0, "tests": (0.0,)}, "invalid"), ({"control": 0.0, "tests": (0.4,), "label": "blue"}, "invalid"),
    ({"tests": (0.06,), "rotation": 70.0, "tilt": 20.0}, "positive"),
], ids=["both", "upside down", "blank", "test line alone", "faint and tilted"])  # fmt: skip
def test_control_and_test_line_decide(settings, result):
    assert results(photograph(**settings)) == [result]


def test_every_strip_of_a_photograph_is_read_with_its_place():
    scene = photograph(strips=3, rotation=20.0, shading=0.3, ground="wood")
    read = read_strips(scene.picture).strips
    assert [strip.result for strip in read] == ["positive"] * 3
    for true in scene.strips:
        assert max(common_share(true.corners, strip.corners) for strip in read) > 0.9


def test_the_ratio_follows_the_density_of_the_test_line():
    ratios = [read_strips(photograph(tests=(density,)).picture).strips[0].ratios[0] for density in (0.1, 0.2, 0.4)]
    assert [ratio for ratio, _ in ratios] == pytest.approx([0.25, 0.5, 1.0], rel=0.15)
    assert all(noise < 0.1 for _, noise in ratios)


def test_the_ratio_does_not_change_with_the_light():
    plain, dim = (photograph(shading=shading, warmth=warmth) for shading, warmth in ((0.0, 0.0), (0.6, 0.2)))
    ratio, other = (read_strips(scene.picture).strips[0].ratios[0][0] for scene in (plain, dim))
    assert ratio == pytest.approx(other, rel=0.1)


def test_one_line_on_a_strip_without_a_well_is_unclear_until_its_end_is_told():
    scene = photograph(cassette=False, tests=(0.0,))
    assert results(scene) == ["unclear"]
    assert results(scene, control_end="right") == ["negative"]
    assert results(scene, control_end="left") == ["invalid"]


def test_more_lines_than_the_kit_has_are_unclear():
    assert results(photograph(tests=(0.3, 0.3)), test_lines=1) == ["unclear"]
    assert results(photograph(tests=(0.3, 0.3)), test_lines=2) == ["positive"]


def test_a_blank_membrane_shows_no_line():
    scene = photograph(control=0.0, tests=(0.0,), noise=0.02)
    assert find_lines(measure_profile(log_light(scene.picture), scene.strips[0].corners)) == []


@pytest.mark.parametrize("ground", ["plain", "wood", "cloth", "tiles"])
def test_where_no_strip_lies_none_is_found_and_the_reason_is_told(ground):
    scene = photograph(ground=ground, cassette=False, seed=4)
    empty = scene.picture[:60, :]
    read = read_strips(np.ascontiguousarray(np.tile(empty, (5, 1, 1))))
    assert read.strips == ()
    assert read.reason


def test_a_photograph_in_the_dark_is_told():
    assert read_strips(np.full((200, 300, 3), 3, np.uint8)).reason == "the photograph is too dark"


def test_scenes_are_the_same_for_the_same_seed():
    one, other = (simulate_strips(vary_scene(rng), rng) for rng in (np.random.default_rng(5), np.random.default_rng(5)))
    assert (one.picture == other.picture).all()


def test_sides_are_fitted_to_edges_between_pixels():
    light = np.zeros((60, 120, 3))
    light[20:40, 30:90] = 1.0
    corners, support = fit_sides(light, np.array([[28.0, 18.0], [28.0, 41.0], [91.0, 41.0], [91.0, 18.0]]))
    assert np.abs(corners - [[29.5, 19.5], [29.5, 39.5], [89.5, 39.5], [89.5, 19.5]]).max() < 0.3
    assert min(support) > 0.9


def test_a_homography_maps_corners_onto_corners():
    corners = np.array([[3.0, 2.0], [5.0, 22.0], [80.0, 30.0], [90.0, 1.0]])
    assert map_points(homography(corners), np.array([[0, 0], [0, 1], [1, 1], [1, 0.0]])) == pytest.approx(corners)


def test_windows_of_real_unused_kits_are_found(shared_data):
    found = {path.stem: read_strips(read_photograph(path)).strips
             for path in sorted((shared_data / "diagnostics" / "lateral_flow").iterdir())}  # fmt: skip
    assert [len(strips) for strips in found.values()] == [2, 1, 1]
    assert {strip.result for strips in found.values() for strip in strips} == {"invalid"}


def with_orientation(picture, value):
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, value, 0)
    exif = b"Exif\x00\x00MM\x00*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    plain = bytes(imagecodecs.jpeg8_encode(picture, level=95))
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]


@pytest.mark.parametrize(("value", "turned"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_photographs_are_turned_upright(tmp_path, value, turned):
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:32, :48] = 200
    (tmp_path / "a.jpg").write_bytes(with_orientation(picture, value))
    read = read_photograph(tmp_path / "a.jpg")
    assert np.abs(read.astype(int) - np.rot90(picture, turned)).mean() < 8


def huge_png():
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", 60000, 60000)
    return head + bytes([8, 2, 0, 0, 0]) + bytes(4)


@pytest.mark.parametrize(("content", "told"), [
    (b"", "another file"), (b"hello", "another file"), (b"\xff\xd8\xff\xe0 broken", "cannot read"),
    (huge_png(), "declares 60000"), (b"\x00\x00\x00\x18ftypheic....", "HEIF"),
    (bytes(imagecodecs.png_encode(np.zeros((5, 5, 3), np.uint8))), "too few"),
], ids=["empty", "text", "broken", "huge", "heif", "tiny"])  # fmt: skip
def test_what_is_no_photograph_is_told(tmp_path, content, told):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(ImageError, match=told):
        read_photograph(tmp_path / "a.jpg")


def test_grey_and_transparent_pictures_are_read(tmp_path):
    grey = np.full((40, 50), 90, np.uint8)
    (tmp_path / "grey.png").write_bytes(bytes(imagecodecs.png_encode(grey)))
    (tmp_path / "clear.png").write_bytes(bytes(imagecodecs.png_encode(np.zeros((40, 50, 4), np.uint8))))
    assert (read_photograph(tmp_path / "grey.png") == 90).all()
    assert (read_photograph(tmp_path / "clear.png") == 255).all()
    assert is_photograph(tmp_path / "grey.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strips")
    picture = photograph(strips=2, rotation=5.0).picture
    (folder / "strips.png").write_bytes(bytes(imagecodecs.png_encode(picture)))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    return folder


def test_the_command_prints_a_table_and_writes_page_picture_and_json(folder, tmp_path):
    done = CliRunner().invoke(app, ["diagnostics", "read", str(folder / "strips.png"), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert done.output.count("positive") == 2
    summary = json.loads((tmp_path / "result.json").read_text())
    assert [one["result"] for one in summary["photographs"]["strips.png"]["strips"]] == ["positive"] * 2
    page = (tmp_path / "report.html").read_text()
    assert "2 positive" in page and "data:image/webp" in page and "http" not in page.replace("http-equiv", "")
    assert (tmp_path / "strips.png-read.png").is_file()
    assert len((tmp_path / "strips.csv").read_text().splitlines()) == 3


def test_of_several_files_those_that_cannot_be_read_are_told(folder, tmp_path):
    names = [str(folder / name) for name in ("strips.png", "broken.jpg")]
    done = CliRunner().invoke(app, ["diagnostics", "read", *names, "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "not read: broken.jpg" in done.output
    with pytest.raises(InputError, match="cannot read"):
        read_results(folder / "broken.jpg")


def test_a_side_that_is_none_is_refused(folder):
    done = CliRunner().invoke(app, ["diagnostics", "read", str(folder / "strips.png"), "--control-end", "up"])
    assert done.exit_code != 0
    assert "--control-end" in str(done.exception or done.output)

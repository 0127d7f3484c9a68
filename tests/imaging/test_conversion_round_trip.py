"""Every vendor's toy plate, converted to OME-Zarr 0.5 and read back: nothing is lost, nothing is changed."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from swanneck.imaging.readers import PlateImages, read_plane, read_plates
from swanneck.imaging.readers.plate_images import ImagePlane
from swanneck.imaging.writers.pyramids import read_level
from swanneck.workflows import convert_images
from swanneck.workflows.convert_images import ConversionSettings


def pixels(plate: PlateImages) -> dict[tuple, np.ndarray]:
    return {
        (*key, channel, file.time, file.z): read_plane(ImagePlane(channel, (file,)))
        for key, planes in plate.fields.items()
        for channel, plane in planes.items()
        for file in plane.files
    }


@pytest.fixture
def both(tree, tmp_path) -> tuple[PlateImages, PlateImages]:
    """The plate before and after."""
    convert_images(tree[0], tmp_path / "out.zarr", workers=1)
    (before,), (after,) = read_plates(tree[0]), read_plates(tmp_path / "out.zarr")
    return before, after


def test_pixels_positions_sizes_channels_and_wavelengths_come_back(both) -> None:
    before, after = both
    assert after.source == "OME-Zarr plate 0.5"
    assert (after.name, after.channels, after.wells) == (before.name, before.channels, before.wells)
    assert after.wavelengths_nm == before.wavelengths_nm
    assert after.pixel_size_um == before.pixel_size_um
    assert after.z_step_um == before.z_step_um
    assert after.positions_um == before.positions_um
    mine, original = pixels(after), pixels(before)
    assert mine.keys() == original.keys()
    assert all(mine[key].dtype == original[key].dtype and (mine[key] == original[key]).all() for key in original)


def test_another_program_finds_the_plate_valid(tree, tmp_path) -> None:
    validator = pytest.importorskip("ome_zarr_io", reason="the validator ome-zarr-io is not installed")
    convert_images(tree[0], tmp_path / "out.zarr", workers=1)
    report = validator.validate(tmp_path / "out.zarr", strict=True)
    assert report.is_valid, report.errors
    assert report.kind == "plate"


def test_a_stack_is_kept_whole_or_shown_by_one_plane(trees, tmp_path) -> None:
    trees["harmony"](tmp_path / "Toy")
    convert_images(tmp_path / "Toy", tmp_path / "max.zarr", ConversionSettings(z="max"), workers=1)
    (before,), (after,) = read_plates(tmp_path / "Toy", z="max"), read_plates(tmp_path / "max.zarr")
    plane = after.fields["B10", 2]["Virus"]
    assert len(plane.files) == 1
    assert (read_plane(plane) == read_plane(before.fields["B10", 2]["Virus"])).all()


def test_planes_that_are_missing_stay_missing(trees, tmp_path) -> None:
    trees["pattern"](tmp_path / "Toy")
    (tmp_path / "Toy" / "B02_f1_z2_Virus.tif").unlink()
    (tmp_path / "Toy" / "A01_f2_z1_DNA.tif").write_bytes(b"II*\0 not an image")
    done = convert_images(tmp_path / "Toy", tmp_path / "out.zarr", workers=1)
    (after,) = read_plates(tmp_path / "out.zarr")
    assert [file.z for file in after.fields["B02", 1]["Virus"].files] == [1]
    assert [file.z for file in after.fields["A01", 2]["DNA"].files] == [2]
    assert len(done.troubles) == 1
    assert done.troubles[0].startswith("A01 field 2 DNA: ")


def test_fields_keep_their_numbers(trees, tmp_path) -> None:
    trees["pattern"](tmp_path / "Toy")
    for path in (tmp_path / "Toy").glob("*_f1_*"):
        path.rename(path.with_name(path.name.replace("_f1_", "_f7_")))
    convert_images(tmp_path / "Toy", tmp_path / "out.zarr", workers=1)
    (after,) = read_plates(tmp_path / "out.zarr")
    assert after.fields_of("B02") == (2, 7)


def test_a_field_that_cannot_be_read_is_left_out_and_found_again(trees, tmp_path) -> None:
    trees["pattern"](tmp_path / "Toy")
    broken = sorted((tmp_path / "Toy").glob("B02_f1_*"))
    content = [path.read_bytes() for path in broken]
    for path in broken:
        path.write_bytes(b"")
    assert len(convert_images(tmp_path / "Toy", tmp_path / "out.zarr", workers=1).troubles) == 4
    assert read_plates(tmp_path / "out.zarr")[0].fields_of("B02") == (2,)
    for path, whole in zip(broken, content, strict=True):
        path.write_bytes(whole)
    again = convert_images(tmp_path / "Toy", tmp_path / "out.zarr", workers=1)
    assert (again.n_fields_written, again.n_fields_kept, again.troubles) == (1, 5, [])
    assert read_plates(tmp_path / "out.zarr")[0].fields_of("B02") == (1, 2)


def test_levels_of_a_field_are_its_averages_in_the_same_place(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    image = np.random.default_rng(3).integers(0, 60000, (600, 515), np.uint16)
    tifffile.imwrite(tmp_path / "in" / "B03_f1_DNA.tif", image)
    convert_images(tmp_path / "in", tmp_path / "out.zarr", workers=1)
    field = tmp_path / "out.zarr" / "B" / "03" / "0"
    smaller = read_level(field / "1")[0]
    assert smaller.shape == (300, 257)
    means = image[:600, :514].reshape(300, 2, 257, 2).mean((1, 3))
    assert np.abs(smaller - means).max() <= 0.5
    steps = json.loads((field / "zarr.json").read_text())["attributes"]["ome"]["multiscales"][0]["datasets"]
    assert steps[2]["coordinateTransformations"][1]["translation"] == [0, 1.5, 1.5]


def test_each_level_of_a_field_is_one_file(trees, tmp_path) -> None:
    trees["harmony"](tmp_path / "Toy")
    convert_images(tmp_path / "Toy", tmp_path / "out.zarr", workers=1)
    field = tmp_path / "out.zarr" / "A" / "01" / "0"
    files = [path for path in field.rglob("*") if path.is_file()]
    assert len(files) == 3  # metadata of the image, of its one level, and the shard of four planes
    assert Path(field / "0" / "zarr.json").is_file()

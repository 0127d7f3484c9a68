"""What every reader promises, on the same toy plate written as each vendor would; a new reader adds a tree."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from swanneck.foundation.errors import ImageError, InputError, SettingsError
from swanneck.imaging.readers import (
    READERS,
    PlateImages,
    read_image_facts,
    read_plane,
    read_plane_with_digest,
    read_plates,
)
from swanneck.imaging.readers.plate_images import ImageFile, ImagePlane

FACTLESS = {"pattern"}  # what has no metadata
FLAT = {"cytation"}  # no z in the names
PLACELESS = {"pattern", "cytation", "bioio"}
COLOURLESS = {"pattern", "bioio"}  # no emission wavelengths
UNDECLARED = {"pattern", "cytation"}


@pytest.fixture
def plate(tree) -> PlateImages:
    (plate,) = read_plates(tree[0])
    return plate


def test_every_reader_has_a_tree(trees) -> None:
    assert {name.split()[0] for name in trees} == set(READERS)


def test_the_vendor_is_recognised_and_said(plate, vendor) -> None:
    assert plate.reader == vendor.split()[0]
    assert plate.source
    assert plate.name == "Toy"


def test_wells_fields_and_channels_are_all_there_in_order(plate) -> None:
    assert plate.wells == ("A01", "B02", "B10")
    assert [plate.fields_of(well) for well in plate.wells] == [(1, 2)] * 3
    assert plate.channels == ("DNA", "Virus")
    assert plate.missing_planes() == []
    assert plate.absent == ()


def test_each_plane_shows_the_pixels_that_were_written(plate, vendor) -> None:
    number = 0
    for well in plate.wells:
        for field in plate.fields_of(well):
            for channel in plate.channels:
                files = plate.fields[well, field][channel].files
                assert [(file.time, file.z) for file in files] == ([(1, 1)] if vendor in FLAT else [(1, 1), (1, 2)])
                for file in files:
                    number = number + 1 if vendor not in FLAT else number + 2
                    value = number if vendor not in FLAT else number - 1
                    image = read_plane(ImagePlane(channel, (file,)), shape=(4, 5))
                    assert image.dtype == np.uint16
                    assert (image == value).all()


def test_the_maximum_of_a_stack_is_its_last_and_brightest_plane(plate, vendor) -> None:
    plane = plate.with_z("max").fields["B10", 2]["Virus"]
    assert read_plane(plane).max() == (23 if vendor in FLAT else 24)


def test_the_files_lie_in_the_plate_s_folder(plate) -> None:
    files = [file for planes in plate.fields.values() for plane in planes.values() for file in plane.files]
    assert all(file.path.is_relative_to(plate.folder) for file in files)


def test_sizes_are_in_micrometres(plate, vendor) -> None:
    assert plate.pixel_size_um == (None if vendor in FACTLESS else pytest.approx(0.5))
    assert plate.z_step_um == (None if vendor in FACTLESS | FLAT else pytest.approx(2.0))


def test_emission_wavelengths_go_with_their_channels(plate, vendor) -> None:
    assert dict(plate.wavelengths_nm) == ({} if vendor in COLOURLESS else {"DNA": 450.0, "Virus": 525.0})


def test_every_field_has_its_place_with_y_upwards(plate, vendor) -> None:
    if vendor in PLACELESS:
        assert plate.positions_um == {}
        return
    assert set(plate.positions_um) == set(plate.fields)
    assert plate.positions_um["B02", 1] == pytest.approx((-100, 50))
    assert plate.positions_um["A01", 2] == pytest.approx((100, 50))


def test_as_many_images_are_there_as_were_declared(plate, vendor) -> None:
    assert plate.n_declared == (None if vendor in UNDECLARED else 24)


def test_the_digest_is_that_of_the_file_or_of_the_plane_s_pixels(plate) -> None:
    plane = plate.fields["A01", 1]["DNA"]
    path = plane.shown[0].path
    content = path.read_bytes() if path.suffix in (".tif", ".tiff", ".TIF") else read_plane(plane).tobytes()
    assert read_plane_with_digest(plane)[1] == hashlib.sha256(content).hexdigest()


def test_channels_are_chosen_ordered_and_renamed(tree) -> None:
    assert read_plates(tree[0], channels=["Virus"])[0].channels == ("Virus",)
    renamed = read_plates(tree[0], channels={"Virus": "Antigen", "DNA": "Nuclei"})[0]
    assert set(renamed.channels) == {"Antigen", "Nuclei"}
    assert renamed.fields["A01", 1]["Nuclei"].channel == "Nuclei"


def test_a_channel_that_is_not_there_is_refused(tree) -> None:
    with pytest.raises(InputError, match="none of the channels"):
        read_plates(tree[0], channels=["Actin"])


def test_the_reader_may_be_said_and_the_plate_named(tree, vendor) -> None:
    (plate,) = read_plates(tree[0], reader=vendor.split()[0], plate="Other")
    assert plate.name == "Other"


def test_the_plate_is_found_from_folders_above(tree, vendor) -> None:
    if vendor in ("pattern", "cytation"):
        pytest.skip("names are read in the folder that is given")
    assert read_plates(tree[0].parent)[0].wells == ("A01", "B02", "B10")


def test_an_unknown_reader_or_one_with_a_pattern_is_refused(tmp_path) -> None:
    with pytest.raises(SettingsError, match="not known"):
        read_plates(tmp_path, reader="leica")
    with pytest.raises(SettingsError, match="takes no pattern"):
        read_plates(tmp_path, reader="harmony", pattern="{well}.tif")


def test_a_reader_that_finds_nothing_says_so(tmp_path) -> None:
    with pytest.raises(InputError, match="no plate that the reader 'harmony' knows"):
        read_plates(tmp_path, reader="harmony")


def test_best_takes_the_sharpest_z(tmp_path) -> None:
    sharp = np.random.default_rng(1).random((128, 128)) > 0.98
    sharp = ndimage.gaussian_filter(sharp * 40000.0, 1.5)
    noise = np.random.default_rng(2).normal(1000, 20, (3, 128, 128))
    files = []
    for z, blur in enumerate((6, 0, 4)):
        image = (ndimage.gaussian_filter(sharp, blur) + noise[z]).astype(np.uint16)
        tifffile.imwrite(tmp_path / f"{z}.tif", image)
        files.append(ImageFile(1, z, tmp_path / f"{z}.tif"))
    stack = ImagePlane("DNA", tuple(files), z="best")
    assert np.array_equal(read_plane(stack), read_plane(replace(stack, z=1)))


def test_a_plane_that_an_array_does_not_have_is_an_error(trees, tmp_path) -> None:
    trees["ome_zarr"](tmp_path / "p")
    path = tmp_path / "p/A/1/0/0"
    assert read_image_facts(path).n_pages == 4
    with pytest.raises(ImageError, match="plane 5 is wanted, the array has 4"):
        read_plane(ImagePlane("DNA", (ImageFile(1, 1, path, 4),)))

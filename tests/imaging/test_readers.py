"""The contract that every reader keeps; a new reader adds one line to READERS."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.wells import parse_well
from swanneck.imaging.readers import ImageFile, ImagePlane, PlateImages, read_pattern, read_plane


def toy_folder(folder: Path) -> Path:
    """Two plates, three wells, two fields, two channels; P2 lacks one image."""
    for plate in ("P1", "P2"):
        for number, name in enumerate(f"{w}_s{f}_w{c}" for w in ("A01", "B10", "B02") for f in (1, 2) for c in (1, 2)):
            if (plate, name) != ("P2", "B02_s2_w1"):
                (folder / plate).mkdir(exist_ok=True)
                tifffile.imwrite(folder / plate / f"{name}.tif", np.full((4, 5), number, np.uint16))
    return folder


READERS = {"pattern": lambda folder: read_pattern(toy_folder(folder), "{plate}/{well}_s{field}_w{channel}.tif")}


@pytest.fixture(params=READERS)
def plates(request, tmp_path) -> list[PlateImages]:
    return READERS[request.param](tmp_path)


def test_plates_are_sorted_by_name(plates):
    assert [plate.name for plate in plates] == sorted(plate.name for plate in plates)


def test_wells_are_named_one_way_and_sorted_row_by_row(plates):
    for plate in plates:
        assert list(plate.wells) == [parse_well(well) for well in plate.wells]
    assert plates[0].wells == ("A01", "B02", "B10")


def test_fields_count_from_one_and_are_sorted(plates):
    for plate in plates:
        assert all(plate.fields_of(well) == (1, 2) for well in plate.wells)
    assert plates[0].fields_of("H12") == ()


def test_a_missing_image_is_absent_and_listed(plates):
    assert plates[0].missing_planes() == []
    assert plates[1].missing_planes() == [("B02", 2, plates[1].channels[0])]
    assert list(plates[1].fields["B02", 2]) == [plates[1].channels[1]]


def test_every_plane_can_be_read(plates):
    for plate in plates:
        for planes in plate.fields.values():
            for channel, plane in planes.items():
                assert channel == plane.channel in plate.channels
                assert read_plane(plane, shape=(4, 5)).shape == (4, 5)


def test_files_lie_in_the_plates_folder(plates):
    for plate in plates:
        for planes in plate.fields.values():
            assert all(file.path.is_relative_to(plate.folder) for plane in planes.values() for file in plane.files)


def stack(*places: tuple[int, int]) -> ImagePlane:
    return ImagePlane("DNA", tuple(ImageFile(time, z, Path(f"t{time}z{z}.tif")) for time, z in places))


def test_the_first_time_and_z_are_shown():
    assert [file.path.name for file in stack((1, 2), (1, 3), (2, 1)).shown] == ["t1z2.tif"]


def test_a_z_can_be_chosen_or_projected():
    plate = PlateImages("P1", Path(), ("DNA",), {("A01", 1): {"DNA": stack((1, 2), (1, 3), (2, 2))}})
    shown = {z: plate.with_z(z).fields["A01", 1]["DNA"].shown for z in (3, "max")}
    assert [file.z for file in shown[3]] == [3]
    assert [(file.time, file.z) for file in shown["max"]] == [(1, 2), (1, 3)]


def test_a_z_that_no_image_has_is_refused():
    plate = PlateImages("P1", Path(), ("DNA",), {("A01", 1): {"DNA": stack((1, 2))}})
    with pytest.raises(SettingsError, match="no image has z = 9"):
        plate.with_z(9)

"""Plates of real microscopes: planes, fields, channels, places as their metadata say, counted from the raw text."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from swanneck.imaging.readers import PROJECTION, PlateImages, read_plane, read_plates


def count_planes(plate: PlateImages) -> int:
    return sum(len(plane.files) for planes in plate.fields.values() for plane in planes.values())


@pytest.fixture
def vendor_data(shared_data: Path) -> Path:
    return shared_data / "vendor"


def test_operetta_has_what_its_index_lists(vendor_data) -> None:
    (plate,) = read_plates(vendor_data / "operetta")
    text = next((vendor_data / "operetta").rglob("Index.idx.xml")).read_text("utf-8-sig")
    assert count_planes(plate) == plate.n_declared == len(re.findall("<URL>", text))
    assert (plate.name, plate.wells, plate.absent) == (re.search("<Name>(.*?)</Name>", text)[1], ("C03",), ())
    resolution = float(re.search(r"<ImageResolutionX[^>]*>(.*?)<", text)[1])
    assert plate.pixel_size_um == pytest.approx(resolution * 1e6)
    assert dict(plate.wavelengths_nm) == {"Fluorescein (FITC)": 525.0}
    x = [float(value) * 1e6 for value in re.findall(r"<PositionX[^>]*>(.*?)<", text)]
    assert [plate.positions_um["C03", field][0] for field in (1, 2)] == pytest.approx(x)
    assert any("flat-field profile" in note for note in plate.notes)
    assert read_plane(plate.fields["C03", 1]["Fluorescein (FITC)"]).shape == (1080, 1080)


def test_imagexpress_times_and_waves_that_are_listed_without_images(vendor_data) -> None:
    (plate,) = read_plates(vendor_data / "imagexpress/9987_Plate_3435")
    assert (plate.wells, plate.channels, len(plate.fields)) == (("B02", "B03"), ("DAPI", "FITC"), 4)
    assert count_planes(plate) == len(list(plate.folder.rglob("*.TIF"))) == 16
    assert {file.time for file in plate.fields["B03", 2]["DAPI"].files} == {1, 2}
    assert any("Texas Red, Cy5" in note for note in plate.notes)
    assert plate.n_declared == 96  # 2 wells, 2 sites, 4 waves, 6 times
    assert plate.pixel_size_um == pytest.approx(1.3672)
    assert dict(plate.wavelengths_nm) == {"DAPI": 452.0, "FITC": 520.0}
    assert plate.positions_um["B02", 1] == pytest.approx((-315, 315), abs=0.1)


def test_imagexpress_stacks_with_projections_and_without_htd(vendor_data) -> None:
    (plate,) = read_plates(vendor_data / "imagexpress/SingleChannel")
    plane = plate.fields["E07", 1]["FITC_05"]
    assert (plate.wells, len(plate.fields), count_planes(plate)) == (("E07", "E08"), 4, 12)
    assert [file.z for file in plane.files] == [PROJECTION, 1, 2]
    assert [file.z for file in plane.shown] == [PROJECTION]
    stack = plate.with_z("max").fields["E07", 1]["FITC_05"]
    assert [file.z for file in stack.shown] == [1, 2]
    # The microscope projected ten planes, of which two were kept: none of them is brighter.
    assert (read_plane(stack) <= read_plane(plane)).mean() > 0.99


def test_plates_of_one_name_get_their_folder_s(vendor_data) -> None:
    names = [plate.name for plate in read_plates(vendor_data / "imagexpress")]
    assert names == ["9987_Plate_3420", "9987_Plate_3435", "Projection-Mix"]


def test_yokogawa_records_are_counted_as_the_mlf_lists_them(vendor_data) -> None:
    for path in (vendor_data / "yokogawa_metadata").rglob("*.mlf"):
        text = path.read_text()
        records = re.findall(
            r'Column="(\d+)" bts:Row="(\d+)".*?FieldIndex="(\d+)".*? bts:X="(.*?)" bts:Y="(.*?)"', text
        )
        plate = next(one for one in read_plates(path.parent) if path.name in one.source)
        assert count_planes(plate) == len(plate.absent) == text.count('Type="IMG"')
        assert len(plate.fields) == len({(column, row, field) for column, row, field, *_ in records})
        assert len(plate.channels) == len(set(re.findall(r'bts:Ch="(\d+)"', text)))
        places = {(float(x), float(y)) for *_, x, y in records}
        assert set(plate.positions_um.values()) == places


def test_yokogawa_pixel_size_and_emission_filters(vendor_data) -> None:
    plates = read_plates(vendor_data / "yokogawa_metadata/metadata_files")
    plate = next(one for one in plates if "2x2" in one.source)
    assert plate.pixel_size_um == 0.1625
    assert dict(plate.wavelengths_nm) == {"C01": 445.0, "C02": 675.0, "C03": 525.0}
    assert plate.z_step_um == 1.0


def test_ome_zarr_plate_of_others(vendor_data) -> None:
    (plate,) = read_plates(vendor_data / "omezarr_plate_ones")
    array = json.loads((plate.folder / "B/03/0/0/.zarray").read_text())
    assert (plate.wells, plate.channels) == (("B03",), ("some-label-1", "some-label-2"))
    assert count_planes(plate) == plate.n_declared == np.prod(array["shape"][:-2])
    image = read_plane(plate.fields["B03", 1]["some-label-2"])
    assert (image.shape, image.min(), image.max()) == (tuple(array["shape"][-2:]), 1, 1)
    assert (plate.pixel_size_um, plate.z_step_um) == (0.1625, 1.0)


def test_vitra_names_are_guessed(vendor_data) -> None:
    (plate,) = read_plates(vendor_data / "vitra_naming_2wells")
    assert (plate.reader, plate.wells, len(plate.channels)) == ("pattern", ("A01", "A12"), 2)
    assert count_planes(plate) == 4

"""Plates in .czi, .lif and .nd2 files: wells by scenes, names or nothing; damaged files; bioio that is not there."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from swanneck.foundation.errors import ImageError, InputError
from swanneck.imaging.readers import read_image_facts, read_plane, read_plates
from swanneck.imaging.readers.plate_images import ImageFile, ImagePlane


def write(path: Path, **scenes) -> Path:
    """A file for the fake bioio: the values of planes [channel][z] of each scene."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scenes))
    return path


@pytest.mark.parametrize(
    "name, well",
    [
        ("B3", "B03"),
        ("TileScan 1/C/12/R2", "C12"),
        ("P1-D4", "D04"),
        ("P2", "P02"),
        ("Well E-07", "E07"),
        ("h12_f1", "A01"),
    ],
)
def test_the_name_of_a_scene_tells_its_well(tmp_path, name, well) -> None:
    write(tmp_path / "screen.lif", **{name: [[1]], "A2": [[2]]})
    (plate,) = read_plates(tmp_path)
    assert (plate.name, plate.reader) == ("screen", "bioio")
    assert well in plate.wells


def test_files_that_are_named_by_wells_are_one_plate(tmp_path) -> None:
    for well in ("A01", "B02"):
        write(tmp_path / "Toy" / f"{well}.czi", first=[[1], [2]], second=[[3], [4]])
    (plate,) = read_plates(tmp_path / "Toy")
    assert plate.name == "Toy"
    assert [plate.fields_of(well) for well in plate.wells] == [(1, 2), (1, 2)]
    assert (read_plane(plate.fields["B02", 2]["Virus"]) == 4).all()


def test_without_any_well_each_file_is_a_plate_of_fields_and_says_so(tmp_path) -> None:
    write(tmp_path / "monday.nd2", one=[[1]], two=[[2]])
    write(tmp_path / "tuesday.nd2", one=[[1]])
    plates = read_plates(tmp_path)
    assert [(plate.name, plate.wells, plate.fields_of("A01")) for plate in plates] == [
        ("monday", ("A01",), (1, 2)), ("tuesday", ("A01",), (1,)),
    ]  # fmt: skip
    assert "no name tells a well" in plates[0].notes[0]


def test_images_beside_a_scene_file_were_exported_from_it(tmp_path, trees) -> None:
    trees["pattern"](tmp_path)
    write(tmp_path / "raw.nd2", A01=[[1]])
    (plate,) = read_plates(tmp_path)
    assert plate.reader == "pattern"


def test_a_damaged_file_is_left_out_with_a_note_and_alone_it_is_an_error(tmp_path) -> None:
    (tmp_path / "B03.czi").write_bytes(b"ZISRAWFILE")
    with pytest.raises(InputError, match="cannot be read by bioio"):
        read_plates(tmp_path)
    write(tmp_path / "B04.czi", one=[[7]])
    (plate,) = read_plates(tmp_path)
    assert plate.wells == ("B04",)
    assert plate.notes[0].startswith("B03.czi is left out: the file cannot be read by bioio")


def test_a_plane_that_is_not_there_and_a_file_that_is_gone_are_errors(tmp_path) -> None:
    path = write(tmp_path / "x.nd2", one=[[1, 2]], two=[[3, 4]])
    assert read_image_facts(path).n_pages == 4
    assert (read_plane(ImagePlane("DNA", (ImageFile(1, 2, path, 3),))) == 4).all()
    with pytest.raises(ImageError, match="plane 5 is wanted"):
        read_plane(ImagePlane("DNA", (ImageFile(1, 1, path, 4),)))
    path.unlink()
    with pytest.raises(ImageError, match="missing"):
        read_plane(ImagePlane("DNA", (ImageFile(1, 1, path),)))


def test_a_file_that_changed_is_opened_anew(tmp_path) -> None:
    path = write(tmp_path / "x.nd2", one=[[1]])
    plane = ImagePlane("DNA", (ImageFile(1, 1, path),))
    assert (read_plane(plane) == 1).all()
    write(path, one=[[222]])
    assert (read_plane(plane) == 222).all()


def test_without_bioio_the_error_says_what_to_install(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "bioio", None)
    write(tmp_path / "B03.czi", one=[[1]])
    with pytest.raises(InputError, match=r"pip install 'swanneck\[vendors\]'"):
        read_plates(tmp_path)


@pytest.fixture
def real_bioio() -> None:
    for name in ("bioio", "bioio_czi", "pylibCZIrw"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")


def test_czi_files_that_zeiss_library_wrote(tmp_path, real_bioio) -> None:
    from pylibCZIrw import czi

    for number, well in enumerate(("A01", "B02")):
        with czi.create_czi(str(tmp_path / f"{well}.czi")) as file:
            for channel, z in np.ndindex(2, 3):
                pixels = np.full((20, 30, 1), 100 * number + 10 * channel + z, np.uint16)
                file.write(data=pixels, plane={"C": channel, "Z": z, "T": 0})
            names = {0: "DAPI", 1: "GFP"}
            file.write_metadata("Toy", channel_names=names, scale_x=0.5e-6, scale_y=0.5e-6, scale_z=2e-6)
    (plate,) = read_plates(tmp_path)
    assert (plate.wells, plate.channels) == (("A01", "B02"), ("DAPI", "GFP"))
    assert (plate.pixel_size_um, plate.z_step_um) == (0.5, 2.0)
    assert read_plane(plate.with_z("max").fields["B02", 1]["GFP"]).tolist() == [[112] * 30] * 20

"""What damaged or hostile metadata do to the readers: a clear error or a good read, and nothing outside the folder."""

# ruff: noqa: E501 - texts that are replaced are easier to read unbroken

import json
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from swanneck.foundation.errors import InputError, SwanneckError
from swanneck.imaging.readers import PlateImages, read_plane, read_plates

WITH_METADATA = ("harmony", "harmony 6", "imagexpress", "yokogawa", "in_cell", "ome_tiff", "ome_zarr", "ome_zarr 0.5")
XML = ("harmony", "yokogawa", "in_cell")


def mutate(content: bytes, draw: random.Random) -> bytes:
    """Truncate, flip bits, repeat, cut out, enlarge numbers, lead paths away, or swap words."""
    changed = bytearray(content)
    kind = draw.randrange(8)
    at = draw.randrange(len(changed))
    if kind == 0:
        return bytes(changed[:at])
    if kind == 1:
        for _ in range(draw.randrange(1, 20)):
            changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    elif kind == 2:
        piece = changed[at : at + draw.randrange(1, 400)]
        changed[at:at] = piece * draw.randrange(1, 20)
    elif kind == 3:
        del changed[at : at + draw.randrange(1, 400)]
    elif kind == 4:
        digits = [place for place, byte in enumerate(changed) if chr(byte).isdigit()]
        for _ in range(min(len(digits), draw.randrange(1, 5))):
            place = draw.choice(digits)
            changed[place : place + 1] = draw.choice([b"99999999999999999999", b"-1", b"1e400", b"nan", b"0", b""])
            digits = [place for place, byte in enumerate(changed) if chr(byte).isdigit()] or [0]
    elif kind == 5:
        words = [b"Toy", b".tif", b"r01", b'"0"', b"A/1"]
        changed = bytearray(
            bytes(changed).replace(draw.choice(words), draw.choice([b"../../secret", b"/etc/passwd", b"C:\\x"]))
        )
    elif kind == 6:
        changed[at:at] = draw.choice([b"\x00" * 50, b"<" * 50, b"&a;", b"]]>", b"[" * 5000, b"\xff\xfe"])
    else:
        other = draw.randrange(len(changed))
        changed[at], changed[other] = changed[other], changed[at]
    return bytes(changed)


def read_everything(folder: Path) -> list[PlateImages]:
    """Read plates and the pixels of a few planes; errors other than our own pass through and fail the test."""
    plates = read_plates(folder)
    for plate in plates:
        for planes in list(plate.fields.values())[:3]:
            for plane in planes.values():
                for file in plane.files:
                    assert Path(os.path.realpath(file.path)).is_relative_to(os.path.realpath(folder))
                try:
                    read_plane(plane)
                except SwanneckError:
                    continue
    return plates


def fuzz(folder: Path, metadata: list[Path], rounds: int, seed: int) -> Counter[str]:
    draw = random.Random(seed)
    outcome: Counter[str] = Counter()
    originals = {path: path.read_bytes() for path in metadata}
    usual = [plate.notes for plate in read_plates(folder)]
    for _ in range(rounds):
        path = draw.choice(metadata)
        path.write_bytes(mutate(originals[path], draw))
        start = time.process_time()
        try:
            plates = read_everything(folder)
            outcome["read" if [plate.notes for plate in plates] == usual else "read with a note"] += 1
        except SwanneckError as error:
            assert str(error)
            outcome["error"] += 1
        assert time.process_time() - start < 10
        path.write_bytes(originals[path])
    return outcome


def metadata_of(folder: Path, vendor: str, named: Path) -> list[Path]:
    if vendor.startswith("ome_zarr"):
        return [path for name in (".zattrs", ".zarray", "zarr.json") for path in sorted(folder.rglob(name))]
    if vendor == "ome_tiff":
        return sorted(folder.glob("*.ome.tif"))
    return [path for path in sorted(folder.rglob("*")) if path.suffix in (".mlf", ".mrf", ".mes")] or [named]


@pytest.mark.parametrize("vendor", WITH_METADATA, indirect=True)
def test_mutated_metadata_give_a_read_or_a_clear_error(tree, vendor) -> None:
    folder, named = tree
    outcome = fuzz(folder, metadata_of(folder, vendor, named), rounds=50, seed=1)
    assert outcome.total() == 50
    assert outcome["error"] + outcome["read with a note"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("vendor", WITH_METADATA, indirect=True)
def test_mutated_metadata_for_long(tree, vendor, capsys) -> None:
    folder, named = tree
    outcome = fuzz(folder, metadata_of(folder, vendor, named), rounds=2000, seed=2)
    with capsys.disabled():
        print(vendor, dict(outcome))  # noqa: T201 - the figures are what this run is for
    assert outcome.total() == 2000


@pytest.fixture
def vendor(request) -> str:
    return request.param


@pytest.mark.parametrize("vendor", XML, indirect=True)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(tree, vendor, encoding) -> None:
    folder, named = tree
    text = (
        named.read_text("utf-8-sig")
        .replace("<?xml version='1.0' encoding='utf-8'?>", "")
        .replace("<?xml version='1.0'?>", "")
    )
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>"
    named.write_text(bomb + text.replace("Toy", "&b;"), encoding)
    with pytest.raises(InputError, match="document type or entities"):
        read_plates(folder, reader=vendor)


@pytest.mark.parametrize("vendor", XML, indirect=True)
@pytest.mark.parametrize(
    "away", ["../secret.tif", "/etc/hostname", "..\\secret.tif", "C:\\secret.tif", "a/../../secret.tif"]
)
def test_paths_that_lead_out_of_the_plate_are_refused(tree, vendor, away) -> None:
    folder, named = tree
    (named.parent.parent / "secret.tif").write_bytes(b"secret")
    text = named.read_text("utf-8-sig")
    image = next(path for path in sorted(named.parent.glob("*.tif*")) if "A" in path.name or "r01" in path.name)
    named.write_text(text.replace(image.name, away))
    (plate,) = read_plates(folder, reader=vendor)
    assert any("lead out of the folder" in note for note in plate.notes)
    assert sum(len(plane.files) for planes in plate.fields.values() for plane in planes.values()) == 23


@pytest.mark.parametrize("vendor", XML, indirect=True)
def test_links_that_lead_out_of_the_plate_are_refused(tree, vendor) -> None:
    folder, named = tree
    image = next(path for path in sorted(named.parent.glob("*.tif*")))
    image.rename(named.parent.parent / "moved.tif")
    image.symlink_to(named.parent.parent / "moved.tif")
    (plate,) = read_plates(folder, reader=vendor)
    assert any("lead out of the folder" in note for note in plate.notes)


@pytest.mark.parametrize("vendor", XML, indirect=True)
def test_metadata_that_are_a_link_to_elsewhere_are_not_read(tree, vendor, tmp_path) -> None:
    folder, named = tree
    named.rename(tmp_path / "elsewhere")
    named.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="a link that leads out"):
        read_plates(folder, reader=vendor)


def test_a_chunk_that_is_a_link_to_elsewhere_is_not_read(trees, tmp_path) -> None:
    trees["ome_zarr"](tmp_path / "plate")
    (plate,) = read_plates(tmp_path / "plate")
    plane = plate.fields["A01", 1]["DNA"]
    chunk = plane.shown[0].path / "0.0.0.0"
    chunk.rename(tmp_path / "elsewhere")
    chunk.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="no plain file inside the array's folder"):
        read_plane(plane)


def test_an_array_packed_by_a_codec_that_runs_code_is_refused(trees, tmp_path) -> None:
    trees["ome_zarr"](tmp_path / "plate")
    path = tmp_path / "plate/A/1/0/0/.zarray"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"filters": [{"id": "pickle"}]}))
    plates = read_plates(tmp_path / "plate")
    assert any("'pickle'" in note for note in plates[0].notes)


def test_a_huge_declared_array_is_refused_before_memory_is_taken(trees, tmp_path) -> None:
    trees["ome_zarr"](tmp_path / "plate")
    for path in (tmp_path / "plate").rglob(".zarray"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"shape": [2, 2, 10**6, 10**6]}))
    with pytest.raises(InputError, match="too large to be true"):
        read_plates(tmp_path / "plate")


def test_loops_of_links_end(trees, tmp_path) -> None:
    folder = tmp_path / "plate"
    trees["imagexpress"](folder)
    (folder / "TimePoint_1" / "TimePoint_2").symlink_to(folder, target_is_directory=True)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(read_plates(tmp_path)[0].fields) == 6


@pytest.mark.parametrize("vendor", XML, indirect=True)
def test_listed_images_that_are_not_there_are_absent_and_fail_when_read(tree, vendor) -> None:
    folder, named = tree
    image = next(path for path in sorted(named.parent.glob("*.tif*")))
    image.unlink()
    (plate,) = read_plates(folder, reader=vendor)
    assert [path.name for path in plate.absent] == [image.name]
    assert len(plate.fields) == 6
    assert any("1 of 24 listed images" in note for note in plate.notes)


def test_endings_in_another_case_are_found(trees, tmp_path) -> None:
    index = trees["harmony"](tmp_path)
    for path in index.parent.glob("*.tiff"):
        path.rename(path.with_suffix(".TIFF"))
    assert read_plates(tmp_path)[0].absent == ()


def test_many_images_take_little_memory_and_time(tmp_path) -> None:
    """4,000 records in a tenth of the time that would let 100,000 take a minute."""
    record = "<r:MeasurementRecord r:Row='1' r:Column='{}' r:FieldIndex='{}' r:Ch='1'>x{}.tif</r:MeasurementRecord>"
    records = "".join(record.format(number % 12 + 1, number, number) for number in range(4000))
    (tmp_path / "MeasurementData.mlf").write_text(f"<r:MeasurementData xmlns:r='r'>{records}</r:MeasurementData>")
    start = time.process_time()
    (plate,) = read_plates(tmp_path)
    assert len(plate.fields) == 4000
    assert time.process_time() - start < 2.4

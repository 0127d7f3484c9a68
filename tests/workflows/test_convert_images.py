"""`swanneck images convert`: labels, display, preview, several plates, refusals, and what a kill leaves behind."""

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import SettingsError, StorageError
from swanneck.foundation.files import TEMPORARY_SUFFIX
from swanneck.imaging.readers import read_plates
from swanneck.imaging.writers.pyramids import read_level
from swanneck.workflows import convert_images
from swanneck.workflows.convert_images import ConversionSettings

WELLS = 24


@pytest.fixture(scope="session")
def converted(simulated, tmp_path_factory):
    """The small plate as OME-Zarr. Look at it, do not touch it."""
    out = tmp_path_factory.mktemp("converted") / "plate.zarr"
    convert_images(simulated.folder / "images", out, workers=1)
    return out


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def ome(folder):
    return json.loads((folder / "zarr.json").read_text())["attributes"]["ome"]


def test_a_second_run_writes_nothing_and_changes_nothing(simulated, converted) -> None:
    before = contents(converted)
    done = convert_images(simulated.folder / "images", converted, workers=1)
    assert (done.n_fields_written, done.n_fields_kept, done.troubles) == (0, WELLS, [])
    assert contents(converted) == before


@pytest.mark.parametrize("moments", [(5,), pytest.param((0, 1, 3, 8, 13, 20), marks=pytest.mark.slow)])
def test_a_conversion_that_is_killed_ends_in_the_same_bytes(simulated, converted, tmp_path, moments) -> None:
    out = tmp_path / "plate.zarr"
    words = simulated.words("images", "convert", simulated.folder / "images", out, "--workers", "2")
    killed = 0
    for fields in moments:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        while process.poll() is None and len(list(out.glob("?/*/0/zarr.json"))) < fields:
            time.sleep(0.002)
        killed += process.poll() is None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert killed == len(moments)
    assert "plate" not in (ome(out) if "ome" in (out / "zarr.json").read_text() else {})
    words[-1] = "1"  # starting workers takes longer than the work
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    assert contents(out) == contents(converted)
    assert not list(out.rglob(f"*{TEMPORARY_SUFFIX}*"))


def test_a_touched_image_writes_its_field_alone(simulated, converted, tmp_path) -> None:
    screen = simulated.copied_to(tmp_path / "screen")
    out = shutil.copytree(converted, tmp_path / "plate.zarr")
    screen.touch(screen.image("C04"))
    done = convert_images(screen.folder / "images", out, workers=1)
    assert (done.n_fields_written, done.n_fields_kept) == (1, WELLS - 1)


def test_a_field_that_lost_an_array_is_written_again(simulated, converted, tmp_path) -> None:
    out = shutil.copytree(converted, tmp_path / "plate.zarr")
    shutil.rmtree(out / "B" / "03" / "0" / "0")
    assert convert_images(simulated.folder / "images", out, workers=1).n_fields_written == 1
    assert contents(out) == contents(converted)


def test_labels_are_the_cells_of_the_run_with_their_numbers(screened, tmp_path) -> None:
    campaign = screened.copied_to(tmp_path / "screen").folder / "campaign.toml"
    convert_images(campaign, tmp_path / "plate.zarr", ConversionSettings(labels=True), workers=1)
    cells = pl.read_parquet(screened.folder / "results" / "cells" / "P1" / "B02.parquet", glob=False)
    labels = tmp_path / "plate.zarr" / "B" / "02" / "0" / "labels"
    for name, column in (("nuclei", "Nuclei_AreaShape_Area"), ("cells", "Cells_AreaShape_Area")):
        areas = np.bincount(read_level(labels / name / "0").ravel())[1:]
        assert areas.tolist() == cells[column].to_list()


def test_labels_of_a_channel_are_nuclei_and_smaller_levels_invent_none(simulated, tmp_path) -> None:
    shutil.copytree(simulated.folder / "images", tmp_path / "in", ignore=shutil.ignore_patterns("[B-D]*"))
    convert_images(tmp_path / "in", tmp_path / "plate.zarr", ConversionSettings(labels="DNA"), workers=1)
    nuclei = read_level(tmp_path / "plate.zarr" / "A" / "01" / "0" / "labels" / "nuclei" / "0")
    assert nuclei.shape == (192, 192)
    assert nuclei.dtype == np.int32
    assert nuclei.max() > 20


def test_the_models_of_ome_accept_plate_image_and_labels(screened, tmp_path) -> None:
    models = pytest.importorskip("ome_zarr_models", reason="ome-zarr-models is not installed")
    import zarr

    campaign = screened.copied_to(tmp_path / "screen").folder / "campaign.toml"
    out = tmp_path / "plate.zarr"
    convert_images(campaign, out, ConversionSettings(labels=True), workers=1)
    names = {
        name: type(models.open_ome_zarr(zarr.open_group(out / name, mode="r"))).__name__
        for name in ("", "A/01", "A/01/0", "A/01/0/labels/cells", "preview")
    }
    assert list(names.values()) == ["HCS", "Well", "Image", "ImageLabel", "Image"]


def test_the_library_ome_zarr_reads_plate_and_labels(converted) -> None:
    reader = pytest.importorskip("ome_zarr.reader", reason="the library ome-zarr is not installed")
    from ome_zarr.io import parse_url

    (plate, *_) = reader.Reader(parse_url(str(converted)))()
    assert plate.data[0].shape[-2:] == (4 * 192, 6 * 192)


def test_the_preview_shows_every_well_in_its_place(simulated, converted) -> None:
    preview = read_level(converted / "preview" / "0")
    (plate,) = read_plates(simulated.folder / "images")
    assert preview.shape == (2, 4 * 98, 6 * 98)  # 192 pixels are pooled by 2, with a gap of 2
    image = read_level(converted / "C" / "05" / "0" / "0")[0].astype(float)
    pooled = image.reshape(96, 2, 96, 2).mean((1, 3))
    assert np.abs(preview[0, 2 * 98 : 2 * 98 + 96, 4 * 98 : 4 * 98 + 96] - pooled).max() <= 0.5
    assert plate.channels == ("DNA", "Virus")


def test_channels_have_names_colours_and_one_display_range_for_the_plate(converted) -> None:
    first, last = (ome(converted / well / "0")["omero"]["channels"] for well in ("A/01", "D/06"))
    assert [(one["label"], one["color"], one["active"]) for one in first] == [
        ("DNA", "4678FF", True), ("Virus", "00E65A", True),
    ]  # fmt: skip
    assert first == last
    assert 0 < first[1]["window"]["start"] < first[1]["window"]["end"] < first[1]["window"]["max"]


def test_several_plates_become_several_folders(simulated, tmp_path) -> None:
    for name in ("P1", "P2"):
        (tmp_path / "in" / name).mkdir(parents=True)
        for channel in ("DNA", "Virus"):
            shutil.copy(simulated.image("A01", channel), tmp_path / "in" / name / f"A01_f1_{channel}.tif")
    settings = ConversionSettings(pattern="{plate}/{well}_f{field}_{channel}.tif")
    done = convert_images(tmp_path / "in", tmp_path / "out", settings, workers=1)
    assert [path.name for path in done.plates] == ["P1.zarr", "P2.zarr"]
    assert [plate.name for plate in read_plates(tmp_path / "out")] == ["P1", "P2"]


def test_a_folder_that_holds_something_else_is_not_touched(simulated, tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("do not lose this")
    with pytest.raises(SettingsError, match="did not write"):
        convert_images(simulated.folder / "images", tmp_path, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"labels": "Actin"}, "no channel 'Actin'"),
        ({"labels": True}, "need a campaign"),
        ({"z": 3}, "no image has z = 3"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_work(simulated, tmp_path, settings, message) -> None:
    with pytest.raises(SettingsError, match=message):
        convert_images(simulated.folder / "images", tmp_path / "x.zarr", ConversionSettings(**settings), workers=1)
    assert not (tmp_path / "x.zarr").exists()


def test_a_place_that_cannot_be_written_is_one_error(simulated, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        convert_images(simulated.folder / "images", tmp_path / "file" / "x.zarr", workers=1)


def test_the_command_converts_and_says_what_is_missing(simulated, tmp_path) -> None:
    for name in ("A01_f1_DNA", "A02_f1_DNA", "A03_f1_DNA"):
        (tmp_path / "in").mkdir(exist_ok=True)
        shutil.copy(simulated.folder / "images" / f"{name}.tif", tmp_path / "in")
    (tmp_path / "in" / "A02_f1_DNA.tif").write_bytes(b"")
    done = simulated.command("images", "convert", "in", "out.zarr", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("A02 field 1 DNA: the image file is empty")
    assert done.stdout.splitlines()[-1] == "Written: out.zarr"
    wrong = simulated.command("images", "convert", "in", "new.zarr", "--z", "sharpest", cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr.strip()) == (1, "error: z is first, max, best or a number, got 'sharpest'")

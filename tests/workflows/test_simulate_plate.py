"""Writing a simulated plate: the same bytes for the same seed, files as a user would have them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.foundation.errors import SettingsError, StorageError
from swanneck.screening.simulation import SimulationSettings, design_plate, simulate_well
from swanneck.workflows.campaign import load_campaign
from swanneck.workflows.simulate_plate import SimulatedPlate, simulate_plate

TINY = SimulationSettings(wells=24, doses=4, fields=2, image_height=96, image_width=128)


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> SimulatedPlate:
    return simulate_plate(tmp_path_factory.mktemp("plate"), TINY)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_seed_gives_the_same_bytes(plate: SimulatedPlate, tmp_path: Path) -> None:
    simulate_plate(tmp_path, TINY)
    assert contents(tmp_path) == contents(plate.folder)


def test_two_processes_write_the_same_bytes(plate: SimulatedPlate, tmp_path: Path) -> None:
    simulate_plate(tmp_path, TINY, workers=2)
    assert contents(tmp_path) == contents(plate.folder)


def test_another_seed_gives_other_pictures_and_another_truth(plate: SimulatedPlate, tmp_path: Path) -> None:
    simulate_plate(tmp_path, SimulationSettings.model_validate(TINY.model_dump() | {"seed": 2}))
    mine, other = contents(plate.folder), contents(tmp_path)
    assert mine.keys() == other.keys()
    assert {name for name in mine if mine[name] == other[name]} == {"campaign.toml", "platemap.csv"}


def test_it_writes_every_field_and_channel_and_the_tables(plate: SimulatedPlate) -> None:
    names = contents(plate.folder).keys()
    assert {"campaign.toml", "platemap.csv", "truth.csv", "truth_wells.csv"} <= names
    assert {"images/A01_f1_DNA.tif", "images/D06_f2_Virus.tif"} <= names
    assert len(names) == 4 + 24 * 2 * 2


def test_images_are_plain_16_bit_tiff_and_hold_what_was_painted(plate: SimulatedPlate) -> None:
    with tifffile.TiffFile(plate.images / "B03_f2_Virus.tif") as file:
        page = file.pages[0]
        assert (len(file.pages), page.compression, page.dtype) == (1, 1, np.uint16)
        assert not {"DateTime", "Software"} & {tag.name for tag in page.tags}
        painted = simulate_well(design_plate(TINY), "B03").images["Virus"][1]
        assert np.array_equal(page.asarray(), painted)


def test_the_campaign_file_says_where_everything_is(plate: SimulatedPlate) -> None:
    campaign = load_campaign(plate.campaign)
    assert (campaign.nuclei_channel, campaign.target_channel) == ("DNA", "Virus")
    assert (campaign.image_folder / campaign.images.pattern.format(well="A01", field=1, channel="DNA")).is_file()
    assert (campaign.folder / campaign.layout.file).is_file()


def test_tables_on_disk_are_the_tables_given_back(plate: SimulatedPlate) -> None:
    truth = pl.read_csv(plate.folder / "truth.csv")
    assert truth.columns == ["compound", "class", "ic50_molar", "cc50_molar", "slope"]
    assert truth["compound"].to_list() == plate.truth["compound"].to_list()
    assert pl.read_csv(plate.folder / "truth_wells.csv").equals(plate.wells)
    assert pl.read_csv(plate.folder / "platemap.csv").equals(plate.layout)


def test_the_counts_of_a_well_sum_its_fields(plate: SimulatedPlate) -> None:
    row = plate.wells.filter(pl.col("well") == "A01").row(0, named=True)
    well = simulate_well(design_plate(TINY), "A01")
    assert row == {
        "well": "A01", "cells": well.cells, "infected": well.infected, "dead": well.dead, "debris": well.debris,
    }  # fmt: skip


def test_progress_is_told_after_each_well(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate_plate(tmp_path, TINY, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 24) for done in range(1, 25)]


def test_a_folder_with_another_plate_is_refused_and_left_alone(plate: SimulatedPlate, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "P24_f1_DNA.tif").write_bytes(b"mine")
    with pytest.raises(SettingsError, match=r"1 images there are not of this plate, such as P24_f1_DNA\.tif"):
        simulate_plate(tmp_path, TINY)
    assert contents(tmp_path) == {"images/P24_f1_DNA.tif": b"mine"}


def test_the_same_plate_may_be_written_again(plate: SimulatedPlate) -> None:
    before = contents(plate.folder)
    simulate_plate(plate.folder, TINY)
    assert contents(plate.folder) == before


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot write A01_f1_DNA.tif"):
        simulate_plate(tmp_path / "file", TINY)

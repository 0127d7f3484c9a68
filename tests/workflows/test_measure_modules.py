"""A campaign that asks for CellProfiler's measurements has them: in cells, readouts and exports."""

import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from swanneck.foundation.errors import SettingsError
from swanneck.workflows import check_campaign, export_results
from swanneck.workflows.campaign import load_campaign

READOUT = '\n[assay.readouts]\nentropy = "avg(Cells_Texture_Entropy_Virus_3_00_256)"\n'


@pytest.fixture(scope="module")
def measured(simulated, tmp_path_factory):
    """The plate of the other tests, with textures and a readout of them."""
    screen = simulated.copied_to(tmp_path_factory.mktemp("measured") / "screen")
    screen.edit('name = "simulated"', 'name = "simulated"\nmeasure = ["Intensity", "Texture"]')
    screen.append(READOUT)
    screen.run()
    return screen


def cells_of(screen):
    return pl.read_parquet(screen.folder / "results/cells/P1/*.parquet")


def test_chosen_modules_stand_beside_the_standard_columns(measured, screened):
    ours, standard = cells_of(measured), cells_of(screened)

    assert ours.select(standard.columns).equals(standard)
    modules = {name.split("_")[1] for name in ours.columns if name.count("_") > 1 and name not in standard.columns}
    assert modules == {"Intensity", "Location", "Texture"}


def test_readouts_are_made_of_them(measured):
    wells = measured.table("wells")

    counted = wells.filter(pl.col("cell_count") > 0)
    assert counted["entropy"].null_count() == 0
    assert 0 <= counted["entropy"].min() < 0.5 < counted["entropy"].max()


def test_a_readout_of_what_is_not_measured_is_found_before_the_run(simulated, tmp_path):
    screen = simulated.copied_to(tmp_path / "screen")
    screen.append(READOUT)

    findings = check_campaign(screen.folder / "campaign.toml").errors

    assert any("Cells_Texture_Entropy_Virus_3_00_256" in str(finding) for finding in findings)


def test_nothing_is_measured_again_until_the_modules_change(measured, tmp_path):
    screen = measured.copied_to(tmp_path / "screen")

    again = screen.run()
    screen.edit('measure = ["Intensity", "Texture"]', 'measure = ["Texture"]')
    changed = screen.run()

    assert (again.n_wells_measured, again.n_wells_kept) == (0, 24)
    assert changed.n_wells_measured == 24


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ('"most"', "measure"),
        ('["Texure"]', "there is no module 'Texure'; did you mean Texture"),
    ],
    ids=["word", "module"],
)
def test_what_is_not_known_is_named_with_its_line(simulated, tmp_path, words, message):
    screen = simulated.copied_to(tmp_path / "screen")
    screen.edit('name = "simulated"', f'name = "simulated"\nmeasure = {words}')

    with pytest.raises(SettingsError, match=message) as caught:
        load_campaign(screen.folder / "campaign.toml")

    assert "line 2" in str(caught.value)


def test_an_exported_image_lies_where_the_database_says(measured, tmp_path):
    export_results(measured.folder, "cellprofiler-analyst", out=tmp_path)

    with closing(sqlite3.connect(tmp_path / "simulated.db")) as database:
        query = "SELECT Image_PathName_Virus, Image_FileName_Virus, Image_Metadata_Well FROM Per_Image"
        rows = database.execute(query).fetchall()
    assert len(rows) == 24
    assert all(Path(folder, name).is_file() and name.startswith(well) for folder, name, well in rows)

"""The commands on profiles do what the functions do, and leave their tables."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.profiles.normalising import Normalisation
from swanneck.workflows.profile_tables import (
    ProcessSettings,
    map_profile_table,
    process_profile_table,
    score_profile_table,
)


@pytest.fixture
def profiles(tmp_path):
    rng = np.random.default_rng(1)
    number = np.repeat(np.arange(6), 16)
    values = 2 * rng.normal(size=(6, 15))[number] + rng.normal(size=(96, 15))
    words = {"compound": [f"c{n}" for n in number], "moa": [f"m{n % 3}" for n in number], "batch": ["x", "y"] * 48}
    table = pl.DataFrame({**words, **{f"Cells_F{n}": column for n, column in enumerate(values.T)}})
    table.write_csv(tmp_path / "profiles.csv")
    return tmp_path / "profiles.csv"


def test_every_step_is_done_and_told(profiles, tmp_path):
    settings = ProcessSettings(
        normalisation=Normalisation(by=("batch",)), control="compound=c0", batch="batch", sphere=True
    )
    table, told = process_profile_table(profiles, settings, out=tmp_path / "out.parquet")
    assert pl.read_parquet(tmp_path / "out.parquet").equals(table)
    assert [line.split(" ")[0] for line in told] == ["96", "normalised", "15", "batches", "sphered"]


def test_scores_are_told_and_left_as_tables(profiles, tmp_path):
    told = score_profile_table(profiles, ["compound"], control="compound=c0", mechanism="moa", out=tmp_path / "scores")
    assert any("6 of 6 groups" in line for line in told)
    names = {path.stem for path in (tmp_path / "scores").glob("*.parquet")}
    assert names == {"average_precision", "mean_average_precision", "grit", "mechanisms"}


def test_the_map_is_a_page_that_escapes_names(profiles, tmp_path):
    table = pl.read_csv(profiles).with_columns(compound=pl.lit("<script>") + pl.col("compound"))
    table.write_csv(profiles)
    made = map_profile_table(profiles, label="compound", out=tmp_path / "map.html")
    assert made.height == 96
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert page.count("<circle") == 96
    assert "<script>" not in page


@pytest.mark.parametrize("control", ["compound", "nothing=c0"])
def test_controls_that_are_not_there_are_told(profiles, tmp_path, control):
    with pytest.raises(SettingsError, match="named as column=value"):
        process_profile_table(profiles, ProcessSettings(control=control), out=tmp_path / "x.parquet")
    with pytest.raises(InputError, match="no profile has compound = 'none'"):
        process_profile_table(profiles, ProcessSettings(control="compound=none"), out=tmp_path / "x.parquet")
    with pytest.raises(SettingsError, match="need the controls"):
        process_profile_table(profiles, ProcessSettings(sphere=True), out=tmp_path / "x.parquet")

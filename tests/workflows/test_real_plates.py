"""Real plates from campaign files that a new user could write; skipped where the evaluation data are absent."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from swanneck.workflows import screen_plate

TRANSLOCATION = """\
name = "wortmannin"

[images]
folder = "{folder}"
pattern = "{{channel}}-*-{{row}}-{{column}}.tif"

[channels]
Channel1 = "marker"
Channel2 = "nuclei"

[assay]
kind = "translocation"

[layout]
file = "{layout}"
"""

INFECTION = """\
name = "titration"

[images]
folder = "{folder}"
pattern = "{{well}}/file{{index}}.tif"
channels = ["DAPI", "antigen"]

[channels]
DAPI = "nuclei"
antigen = "pathogen"

[assay]
kind = "infection"

[layout]
file = "platemap.csv"
"""

MULTIPLICITY = {"A01": 0, "B02": 37, "A04": 333, "A02": 3000}


@pytest.fixture(scope="module")
def wortmannin(shared_data: Path, tmp_path_factory: pytest.TempPathFactory):
    source = shared_data / "plates" / "bbbc013_wortmannin"
    folder = tmp_path_factory.mktemp("wortmannin")
    text = TRANSLOCATION.format(folder=source / "images", layout=source / "platemap.csv")
    (folder / "campaign.toml").write_text(text)
    return screen_plate(folder, workers=1).tables


@pytest.fixture(scope="module")
def titration(shared_data: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("titration")
    text = INFECTION.format(folder=shared_data / "plates" / "viral_antigen_titration")
    (folder / "campaign.toml").write_text(text)
    roles = {well: "positive_control" if dose == 0 else "negative_control" for well, dose in MULTIPLICITY.items()}
    (folder / "platemap.csv").write_text("well,role\n" + "".join(f"{well},{role}\n" for well, role in roles.items()))
    return screen_plate(folder, workers=1).tables


def test_the_controls_of_the_translocation_plate_are_well_apart(wortmannin) -> None:
    assert wortmannin.plates["z_prime"][0] >= 0.80
    assert wortmannin.plates["status"].to_list() == ["pass"]
    assert wortmannin.wells["status"].to_list() == ["ok"] * 48


def test_wortmannin_acts_at_nanomolar_doses(wortmannin) -> None:
    curve = wortmannin.curves.filter(pl.col("role") == "efficacy").row(0, named=True)
    assert (curve["compound"], curve["class"], curve["ec50_relation"]) == ("Wortmannin", "full", "=")
    assert 3e-9 <= curve["ec50_molar"] <= 15e-9
    assert 3e-9 <= curve["ec50_low"] < curve["ec50_molar"] < curve["ec50_high"] <= 15e-9


def test_the_infected_fraction_rises_with_the_multiplicity(titration) -> None:
    fractions = dict(titration.wells.select("well", "infected_fraction").rows())
    in_order = [fractions[well] for well in MULTIPLICITY]
    assert fractions["A01"] < 0.05
    assert fractions["A02"] > 0.85
    assert np.all(np.diff(in_order) > 0)


def test_both_fields_of_the_titration_count(titration) -> None:
    assert titration.wells["n_fields"].to_list() == [2] * 4
    assert titration.wells["status"].to_list() == ["ok"] * 4


PARASITES = """\
name = "T. cruzi"

[images]
folder = "{folder}"
pattern = "{{well}}-{{field}}-{{z:3}}{{time:3}}{{channel:3}}.tif"

[channels]
"001" = "nuclei"

[assay]
kind = "intracellular_parasites"

[layout]
file = "platemap.csv"
"""


def test_host_cells_and_parasites_of_one_stain_are_counted_as_columbus_does(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "plates" / "tcruzi_h9c2_A1" / "images"
    (tmp_path / "campaign.toml").write_text(PARASITES.format(folder=folder))
    (tmp_path / "platemap.csv").write_text("well,role\nA01,negative_control\n")
    well = screen_plate(tmp_path, workers=1).tables.wells.row(0, named=True)
    assert well["cell_count"] == pytest.approx(759, rel=0.10)
    assert well["infected_fraction"] * well["cell_count"] == pytest.approx(181, rel=0.20)
    assert well["parasites_per_infected_cell"] == pytest.approx(17, rel=0.25)


SURVIVAL = """\
name = "Mayaro"

[images]
folder = "{folder}"
pattern = "{{well}}_HOECHST_33342_z01_t01.tiff"
channels = ["DNA"]

[channels]
DNA = "nuclei"

[assay]
kind = "cell_survival"

[layout]
file = "platemap.csv"
"""


def test_survivors_of_a_virus_are_counted_as_columbus_does(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "plates" / "mayaro_vero_cpe" / "images"
    (tmp_path / "campaign.toml").write_text(SURVIVAL.format(folder=folder))
    # No uninfected well has an image: two of the infected ones stand for them.
    roles = {"A01": "negative_control", "A02": "negative_control", "A03": "positive_control", "A04": "positive_control"}
    (tmp_path / "platemap.csv").write_text("well,role\n" + "".join(f"{well},{role}\n" for well, role in roles.items()))
    counts = dict(screen_plate(tmp_path, workers=1).tables.wells.select("well", "cell_count").rows())
    assert counts["A01"] == pytest.approx(470, rel=0.10)
    assert counts["A03"] == pytest.approx(828, rel=0.10)
    assert counts["A02"] == pytest.approx(264, rel=0.25)
    assert counts["A04"] == pytest.approx(162, rel=0.25)

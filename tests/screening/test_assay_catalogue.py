"""The named assays on cells that can be counted by hand."""

import polars as pl
import pytest

from swanneck.screening.assay_catalogue import ASSAYS
from swanneck.screening.assays import AssaySettings, complete_cells, cut_column, list_readouts, score_wells


def score(kind, columns, threshold=None, channel="GFP", **settings) -> dict[str, float]:
    """The readouts of one well; `x` stands for the column that the assay cuts."""
    chosen = AssaySettings(kind=kind, **settings)
    cells = pl.DataFrame({"well": "A01", "field": 1} | columns)
    if "x" in columns:
        cells = cells.rename({"x": cut_column(chosen, channel)})
    cells = complete_cells(cells, chosen, channel, threshold)
    return score_wells(cells, list_readouts(chosen, channel, threshold)).drop("well").row(0, named=True)


@pytest.mark.parametrize("kind", ASSAYS)
def test_every_assay_has_one_efficacy_readout_and_counts_cells(kind) -> None:
    readouts = list_readouts(AssaySettings(kind=kind), "GFP", 1.0)
    assert [one.role for one in readouts].count("efficacy") == 1
    assert readouts[0].role == "efficacy"
    assert "cell_count" in [one.name for one in readouts]


def test_parasites_are_counted_per_cell_and_per_infected_cell() -> None:
    found = score("intracellular_parasites", {"x": [0, 1, 8, 10, 21]}, threshold=5.0)
    assert found == {
        "infected_fraction": 0.6, "parasites_per_infected_cell": 10.0, "parasites_per_cell": 8.0, "parasites": 40.0,
    }  # fmt: skip


def test_bacteria_are_an_area_and_a_load_per_cell() -> None:
    columns = {"x": [0.0, 0.0, 30.0, 90.0], "Cells_Intensity_IntegratedOccupied_GFP": [0.0, 0.0, 3.0, 9.0]}
    found = score("intracellular_bacteria", columns, threshold=10.0)
    assert found == {"bacterial_load": 3.0, "bacterial_area": 30.0, "infected_fraction": 0.5}


def test_foci_are_groups_of_infected_cells() -> None:
    places = [0.0, 20, 40, 500, 520, 900, 1500, 1520, 1540, 1560]
    columns = {
        "x": [9.0, 9, 9, 9, 9, 9, 9, 9, 9, 9], "Nuclei_AreaShape_Area": 78.5,
        "Nuclei_Location_Center_X": places, "Nuclei_Location_Center_Y": 0.0,
    }  # fmt: skip
    found = score("foci", columns, threshold=1.0)
    assert found == {"foci": 2.0, "cells_per_focus": 3.5, "infected_fraction": 1.0}


def test_foci_of_two_fields_are_two() -> None:
    columns = {
        "field": [1, 1, 1, 2, 2, 2], "x": 9.0, "Nuclei_AreaShape_Area": 78.5,
        "Nuclei_Location_Center_X": [0.0, 5, 10] * 2, "Nuclei_Location_Center_Y": 0.0,
    }  # fmt: skip
    assert score("foci", columns, threshold=1.0)["foci"] == 2.0


def test_no_infected_cells_are_no_foci() -> None:
    columns = {
        "x": [0.0, 0.1], "Nuclei_AreaShape_Area": 78.5,
        "Nuclei_Location_Center_X": 0.0, "Nuclei_Location_Center_Y": 0.0,
    }  # fmt: skip
    assert score("foci", columns, threshold=1.0) == {"foci": 0.0, "cells_per_focus": None, "infected_fraction": 0.0}


def test_the_fusion_index_is_the_share_of_nuclei_in_syncytia() -> None:
    # One cell of four nuclei, one of two, four of one.
    found = score("syncytia", {"x": [4, 4, 4, 4, 2, 2, 1, 1, 1, 1]}, threshold=2.0)
    assert found["syncytial_fraction"] == pytest.approx(0.4)
    assert found["nuclei_per_cell"] == pytest.approx(10 / 6)
    assert (found["syncytia"], found["largest_syncytium"]) == (pytest.approx(1.0), 4.0)


def test_each_population_of_a_coculture_is_counted() -> None:
    found = score("coculture", {"x": [0.1, 0.2, 0.9, 0.8, None]}, threshold=0.5)
    assert found == {"marked_cells": 2.0, "unmarked_cells": 2.0, "marked_fraction": 0.5}


@pytest.mark.parametrize(
    ("efficacy", "viability"),
    [(None, "unmarked_cells"), ("unmarked_cells", "marked_cells")],
    ids=["default", "swapped"],
)
def test_the_population_that_is_not_the_target_is_to_be_spared(efficacy, viability) -> None:
    readouts = list_readouts(AssaySettings(kind="coculture", efficacy=efficacy), "GFP", 0.5)
    assert [one.name for one in readouts if one.role == "viability"] == [viability]


def test_a_spheroid_has_a_volume_and_with_a_stain_of_the_dead_a_viability() -> None:
    columns = {"Spheroids_AreaShape_EquivalentDiameter": [100.0], "Spheroids_Intensity_MeanAboveBackground_PI": [0.2]}
    stained = score("spheroid", columns, channel="PI")
    assert list(stained) == ["dead_signal", "spheroid_volume", "spheroid_diameter"]
    assert stained["spheroid_volume"] == pytest.approx(523598.8, rel=1e-6)
    assert list(score("spheroid", columns, channel=None)) == ["spheroid_volume", "spheroid_diameter"]

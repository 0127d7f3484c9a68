"""Simulated plates with defects painted in: each is found, and clean fields are not marked."""

import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.foundation.errors import SettingsError
from swanneck.imaging.illumination import estimate_flat_field
from swanneck.imaging.quality import measure_field_quality
from swanneck.screening.field_quality import DEFECTS, FieldSettings, mark_fields
from swanneck.screening.simulated_defects import spoil_image
from swanneck.screening.simulation import CHANNELS, SimulationSettings, design_plate, simulate_well

PLATE = SimulationSettings(wells=48, doses=4, fields=1, image_height=400, image_width=400, seed=5, out_of_focus=0.0)


def scores(images, flats) -> dict:
    found = {name: measure_field_quality(images[name], flats[name]) for name in CHANNELS}
    return {
        f"{column}_{name}": value
        for name, one in found.items()
        for column, value in {
            "Focus": one.focus_slope, "Laplacian": one.focus_laplacian, "Saturated": one.saturated_fraction,
            "Brightest": one.brightest, "Shadow": one.shadow, "Empty": one.is_empty,
        }.items()
    }  # fmt: skip


@pytest.fixture(scope="module")
def plate():
    """A plate of 48 wells, its images by well, its flat fields, and the scores of its clean fields."""
    design = design_plate(PLATE)
    painted = {well: simulate_well(design, well) for well in design.layout["well"]}
    images = {well: {name: one.images[name][0] for name in CHANNELS} for well, one in painted.items()}
    flats = {name: estimate_flat_field([one[name] for one in list(images.values())[::2]]) for name in CHANNELS}
    rows = [
        {"well": well, "status": "ok", "reason": None, "cell_count": painted[well].cells} | scores(images[well], flats)
        for well in images
    ]
    return design, images, flats, rows


def marks(plate, spoiled=None) -> dict[str, str]:
    design, _, _, rows = plate
    table = pl.DataFrame(
        [(spoiled or {}).get(row["well"], row) for row in rows], schema_overrides={"reason": pl.String}
    )
    marked = mark_fields(table, design.layout, "DNA", FieldSettings())
    return {row["well"]: row["marks"] for row in marked.iter_rows(named=True) if row["marks"]}


def test_clean_fields_are_marked_where_they_hold_nothing_and_nowhere_else(plate) -> None:
    found = {well: set(text.split("; ")) for well, text in marks(plate).items()}
    assert {mark for some in found.values() for mark in some} <= {"Virus empty", "DNA empty"}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_found_in_wells_that_have_cells(plate, defect, channel) -> None:
    design, images, flats, rows = plate
    wells = design.layout.filter(pl.col("role") == "negative_control")["well"].to_list()[:3]
    draw = np.random.default_rng(1)
    found = 0
    for row in rows:
        if row["well"] in wells:
            own = images[row["well"]]
            spoiled = row | scores(own | {channel: spoil_image(own[channel], defect, draw)}, flats)
            found += f"{channel} {defect}" in marks(plate, {row["well"]: spoiled}).get(row["well"], "").split("; ")
    assert found >= (1 if defect in ("debris", "shadow") else 2), f"{found} of 3"


def test_a_spoiled_field_is_in_the_results_with_its_mark_and_its_cells_are_not_in_the_wells(fresh) -> None:
    image = tifffile.imread(fresh.image("B02", "DNA"))
    fresh.replace_image("B02", spoil_image(image, "out_of_focus", np.random.default_rng(1)), "DNA")
    fresh.run()
    fields = fresh.table("fields").filter(pl.col("well") == "B02").row(0, named=True)
    assert (fields["status"], fields["marks"]) == ("left_out", "DNA out_of_focus")
    assert fields["cell_count"] > 0
    well = fresh.wells()["B02"]
    assert (well["status"], well["n_fields"]) == ("failed", 0)
    fresh.append("\n[analysis.fields]\nleave_out = []\n")
    assert fresh.run().n_wells_measured == 0
    assert fresh.wells()["B02"]["status"] == "ok"


def test_another_defect_is_refused() -> None:
    with pytest.raises(SettingsError, match="'rust' is no defect"):
        spoil_image(np.zeros((8, 8), np.uint16), "rust", np.random.default_rng(1))

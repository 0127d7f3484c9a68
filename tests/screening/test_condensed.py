"""Dead cells that stay: small bright nuclei are left out, small dim ones and large bright ones are not."""

import polars as pl
import pytest

from swanneck.screening.condensed import CondensedSettings, count_living, find_condensed

LAYOUT = pl.DataFrame({"well": ["A01", "A02"], "role": ["negative_control", "sample"]})


def cells(areas, brightness, well="A02"):
    untreated = pl.DataFrame({"well": ["A01"] * 5, "field": [1] * 5, "area": [100.0] * 5, "brightness": [1.0] * 5})
    given = pl.DataFrame({"well": [well] * len(areas), "field": 1, "area": areas, "brightness": brightness})
    table = pl.concat([untreated, given.cast({"field": pl.Int64})])
    numbered = table.with_columns(pl.int_range(1, pl.len() + 1).over("well").alias("cell"))
    return numbered.rename({"area": "Nuclei_AreaShape_Area", "brightness": "Nuclei_Intensity_MeanAboveBackground_DNA"})


@pytest.mark.parametrize(
    ("area", "brightness", "dead"),
    [(30.0, 2.0, True), (30.0, 1.0, False), (80.0, 2.0, False), (49.0, 1.21, True), (50.0, 1.21, False)],
)
def test_a_dead_nucleus_is_small_and_bright(area, brightness, dead):
    found = find_condensed(cells([area], [brightness]), LAYOUT, "DNA", CondensedSettings())
    assert found.height == dead


def test_an_area_of_zero_counts_every_nucleus():
    assert find_condensed(cells([1.0], [9.0]), LAYOUT, "DNA", CondensedSettings(area=0)).is_empty()


def test_without_controls_the_median_is_that_of_all_wells():
    layout = LAYOUT.with_columns(role=pl.lit("sample"))
    assert find_condensed(cells([30.0], [2.0]), layout, "DNA", CondensedSettings())["cell"].to_list() == [1]


def test_no_cells_at_all_have_no_dead():
    assert find_condensed(cells([], []).clear(), LAYOUT, "DNA", CondensedSettings()).is_empty()


def test_fields_count_the_living_and_name_the_dead():
    fields = pl.DataFrame({"well": ["A01", "A02", "A03"], "field": [1, 1, 1], "cell_count": [10, 7, None]})
    dead = pl.DataFrame({"well": ["A02", "A02"], "field": [1, 1], "cell": [1, 4]})
    living = count_living(fields, dead)
    assert living["cell_count"].to_list() == [10, 5, None]
    assert living["condensed_count"].to_list() == [0, 2, None]

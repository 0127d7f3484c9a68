"""From cells and fields to wells: nothing is lost, what went wrong is said, what failed does not count."""

import polars as pl

from swanneck.foundation.tables import WELLS, check_table
from swanneck.screening.assays import Readout
from swanneck.screening.wells import WellSettings, summarise_plate

READOUTS = [Readout("size", "size", "efficacy", "avg(Nuclei_AreaShape_Area)"), Readout("cell_count", "n", "viability")]


def layout(**roles) -> pl.DataFrame:
    roles = roles or {"A01": "negative_control", "A02": "sample"}
    return pl.DataFrame({"plate": "P1", "well": list(roles), "role": list(roles.values())}).with_columns(
        compound=pl.lit("drug"), concentration_molar=pl.lit(1e-6)
    )


def field(well, number=1, count=50, status="ok", *, reason=None, focus=-2.0) -> dict:
    return {
        "plate": "P1", "well": well, "field": number, "status": status, "reason": reason, "cell_count": count,
        "focus": focus,
    }  # fmt: skip


def cells(fields) -> pl.DataFrame:
    rows = [
        (one["well"], one["field"], float(one["cell_count"])) for one in fields for _ in range(one["cell_count"] or 0)
    ]
    schema = {"well": pl.String, "field": pl.Int64, "Nuclei_AreaShape_Area": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def summarise(fields, plan=None, readouts=READOUTS, **settings) -> dict[str, dict]:
    plan = layout() if plan is None else plan
    table = summarise_plate(
        cells(fields), pl.DataFrame(fields, infer_schema_length=None), plan, readouts=readouts,
        settings=WellSettings(**settings),
    )  # fmt: skip
    assert check_table(table, WELLS).equals(table)
    return {row["well"]: row for row in table.iter_rows(named=True)}


def test_a_well_is_the_mean_of_its_cells() -> None:
    wells = summarise([field("A01"), field("A02", count=30)])
    assert (wells["A01"]["size"], wells["A01"]["cell_count"], wells["A01"]["n_fields"]) == (50, 50, 1)
    assert (wells["A02"]["status"], wells["A02"]["reason"]) == ("ok", None)


def test_wells_come_row_by_row_whatever_the_order_of_cells() -> None:
    plan = layout(B01="sample", A10="sample", A02="sample")
    fields = [field(well) for well in ("B01", "A02", "A10")]
    assert list(summarise(fields, plan)) == list(summarise(fields[::-1], plan)) == ["A02", "A10", "B01"]


def test_a_lost_field_does_not_lower_the_count() -> None:
    fields = [
        field("A01", 1),
        field("A01", 2),
        field("A02", 1),
        field("A02", 2, None, "failed", reason="the image is empty"),
    ]
    well = summarise(fields)["A02"]
    assert (well["cell_count"], well["n_fields"], well["status"]) == (100, 1, "warning")
    assert well["reason"] == "field 2: the image is empty"


def test_cells_of_a_field_that_is_not_ok_do_not_count() -> None:
    fields = [field("A01"), field("A02", 1, 30), field("A02", 2, 70, "left_out", reason="out of focus")]
    assert summarise(fields)["A02"]["size"] == 30


def test_a_well_without_a_usable_field_has_failed() -> None:
    well = summarise([field("A01"), field("A02", 1, None, "failed", reason="the image is empty")])["A02"]
    assert (well["status"], well["n_fields"], well["cell_count"], well["size"]) == ("failed", 0, None, None)


def test_a_well_of_the_map_without_images_has_failed() -> None:
    well = summarise([field("A01")])["A02"]
    assert (well["status"], well["reason"], well["n_fields"]) == ("failed", "no images", 0)


def test_a_well_with_images_that_is_not_in_the_map_is_kept_and_told() -> None:
    well = summarise([field("A01"), field("A02"), field("A03")])["A03"]
    assert (well["plate"], well["role"], well["status"], well["reason"]) == ("P1", None, "warning", "not in the layout")


def test_few_cells_are_a_warning_and_the_limit_is_a_setting() -> None:
    fields = [field("A01"), field("A02", count=12)]
    assert summarise(fields)["A02"]["reason"] == "12 cells, fewer than 20"
    assert summarise(fields, minimum_cells=10)["A02"]["status"] == "ok"


def test_no_cells_are_a_count_of_zero_and_a_missing_mean() -> None:
    well = summarise([field("A01"), field("A02", count=0)])["A02"]
    assert (well["cell_count"], well["size"], well["status"]) == (0, None, "warning")


def test_cells_in_an_empty_well_are_a_warning_and_none_are_not() -> None:
    plan = layout(A01="empty", A02="empty")
    wells = summarise([field("A01", count=0), field("A02")], plan)
    assert wells["A01"]["status"] == "ok"
    assert wells["A02"]["reason"] == "50 cells in a well that should be empty"


def test_a_readout_that_could_not_be_computed_is_missing_not_absent() -> None:
    wells = summarise([field("A01")], readouts=[Readout("infected_fraction", "infected", "efficacy"), *READOUTS])
    assert wells["A01"]["infected_fraction"] is None


def test_columns_of_the_map_are_kept_beside_those_that_are_computed() -> None:
    plan = layout().with_columns(batch=pl.lit("b1"), cell_count=pl.lit("many"), status=pl.lit("new"))
    well = summarise([field("A01"), field("A02")], plan)["A01"]
    assert (well["batch"], well["cell_count"], well["status"]) == ("b1", 50, "ok")
    assert (well["cell_count (layout)"], well["status (layout)"]) == ("many", "new")

"""The layout linter: each defect is found, told with its wells and a remedy, and good maps are left in peace."""

import polars as pl
import pytest

from swanneck.foundation.errors import LayoutError
from swanneck.foundation.wells import plate_wells
from swanneck.screening.layout_linter import check_findings, lint_cell_counts, lint_layout
from swanneck.screening.layouts import Layout, read_layout
from swanneck.screening.plate_maps.findings import Finding

NEEDS = ("negative_control", "positive_control")
DOSES = [1e-8, 1e-7, 1e-6, 1e-5]


def toy_layout(plates=("P1",), compounds=6) -> pl.DataFrame:
    """Each compound in four doses in columns 1 to 4, two wells of each control in column 12."""
    rows = [
        (plate, f"{'ABCDEF'[n]}{k + 1:02d}", f"cpd {n}", dose, "sample")
        for plate in plates
        for n in range(compounds)
        for k, dose in enumerate(DOSES)
    ]
    for plate in plates:
        rows += [(plate, f"{row}12", None, None, "negative_control") for row in "AB"]
        rows += [(plate, f"{row}12", None, None, "positive_control") for row in "CD"]
    names = ["plate", "well", "compound", "concentration_molar", "role"]
    return pl.DataFrame(rows, schema=names, orient="row")


def change(table: pl.DataFrame, at: str, **values) -> pl.DataFrame:
    chosen = pl.col("well") == at
    return table.with_columns(
        pl.when(chosen).then(pl.lit(value, table.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


def lint(table: pl.DataFrame, **options) -> dict[str, Finding]:
    return {finding.code: finding for finding in lint_layout(Layout(table), needs=NEEDS, **options)}


def test_a_good_map_has_no_findings():
    table = toy_layout(["P1", "P2"])
    images = {plate: table.filter(plate=plate)["well"].to_list() for plate in ("P1", "P2")}
    assert lint(table, image_wells=images) == {}


@pytest.mark.parametrize(
    ("code", "level", "values"),
    [
        ("missing_concentration", "error", {"concentration_molar": None}),
        ("negative_concentration", "error", {"concentration_molar": -6.0}),
        ("zero_concentration", "warning", {"concentration_molar": 0.0}),
        ("impossible_concentration", "error", {"concentration_molar": 50.0}),
        ("impossible_concentration", "error", {"concentration_molar": 1e-15}),
        ("doubtful_concentration", "warning", {"concentration_molar": 5e-3}),
        ("nameless_sample", "error", {"compound": None}),
        ("similar_names", "warning", {"compound": "CPD0"}),
        ("spreadsheet_text", "warning", {"compound": "=cmd|' /C calc'!A0"}),
        ("sample_or_control", "warning", {"compound": "DMSO"}),
        ("sample_or_control", "warning", {"compound": "Medium"}),
        ("treated_negative_control", "warning", {"role": "negative_control"}),
        ("empty_with_compound", "error", {"role": "empty"}),
        ("empty_with_value", "warning", {"role": "empty", "concentration_molar": None}),
        ("outside_plate", "error", {"well": "AF60"}),
    ],
)
def test_a_defect_in_one_well(code, level, values):
    finding = lint(change(toy_layout(), "A01", **values))[code]
    assert finding.level == level
    if code not in {"similar_names", "spreadsheet_text"}:
        assert values.get("well", "A01") in finding.where
    assert finding.remedy


def test_wells_that_stand_in_the_map_twice():
    table = toy_layout()
    other = change(table.head(1), "A01", compound="other")
    assert lint(pl.concat([table, other]))["well_twice"].level == "error"
    assert lint(pl.concat([table, table.head(1)]))["well_repeated"].level == "warning"


def test_plates_under_another_name_are_suggested():
    table = toy_layout(["P1", "P2"]).rename({"plate": "set"}).with_columns(plate=pl.lit("X"))
    assert "'set'" in lint(table)["well_repeated"].remedy


def test_a_well_beyond_a_plate_that_has_all_others():
    wells = [*plate_wells(384), "A25"]
    table = pl.DataFrame({"plate": "P1", "well": wells, "compound": "a", "concentration_molar": 1e-6, "role": "sample"})
    finding = lint(table)["outside_plate"]
    assert "a plate of 384 wells" in finding.message
    assert finding.where == "plate P1: A25"


def test_controls_must_be_on_every_plate_and_have_images():
    table = toy_layout(["P1", "P2"]).filter((pl.col("plate") == "P1") | (pl.col("role") != "positive_control"))
    found = lint(table)
    assert (found["no_positive_control"].level, found["no_positive_control"].message[-6:]) == ("error", "on: P2")
    wells = toy_layout().filter(pl.col("well") != "A12")["well"].to_list()
    assert lint(toy_layout(), image_wells={"P1": wells})["few_negative_control"].level == "warning"
    assert "no_negative_control" not in {finding.code for finding in lint_layout(Layout(toy_layout().head(4)))}


def test_images_and_map_are_compared_well_by_well():
    wells = [*toy_layout()["well"].to_list()[1:], "H11"]
    found = lint(toy_layout(), image_wells={"P1": wells})
    assert found["well_not_in_map"].where == "plate P1: H11"
    assert found["well_without_images"].where == "plate P1: A01"


def test_a_map_of_another_plate_is_an_error():
    found = lint(toy_layout(), image_wells={"P1": plate_wells(96)})
    assert "68 of 96 wells with images are not in the map" in found["map_does_not_fit"].message
    assert "map_does_not_fit" in lint(toy_layout(), image_wells={"P1": ["G05", "G06", "A01"]})


def test_plates_and_images_are_compared():
    wells = toy_layout()["well"].to_list()
    found = lint(toy_layout(["P1", "P2"]), image_wells={"p1": wells, "P3": wells})
    assert found["plate_not_in_map"].message.endswith("P3")
    assert found["plate_without_images"].message.endswith("P2")
    others = lint(toy_layout(["P1", "P2"]), image_wells={"BR1": wells, "BR2": wells})["other_plates"]
    assert (others.level, "P1, P2" in others.message, "BR1, BR2" in others.message) == ("error", True, True)
    assert lint(toy_layout(), image_wells={"BR1": wells})["other_plate_name"].level == "warning"


def test_a_slip_of_the_unit_shows_against_the_other_compounds_and_plates():
    one = pl.when(pl.col("compound") == "cpd 2").then(1000.0).otherwise(1.0)
    table = toy_layout().with_columns(pl.col("concentration_molar") * one)
    assert "'cpd 2' up to 10 mM, others 10 µM" in lint(table)["unit_slip"].message
    plate = pl.when(pl.col("plate") == "P2").then(1e-3).otherwise(1.0)
    table = toy_layout(["P1", "P2"], compounds=2).with_columns(pl.col("concentration_molar") * plate)
    assert "on plate P1" in lint(table)["unit_slip"].message


def test_a_screen_of_nothing_but_tiny_doses_is_doubted():
    table = toy_layout().with_columns(pl.col("concentration_molar") * 1e-6)
    assert lint(table)["low_doses"].message == "the highest dose of all samples is 10 pM"


def test_a_jump_within_a_dose_series():
    finding = lint(change(toy_layout(), "A04", concentration_molar=1e-3))["dose_jump"]
    assert "1 compound jumps" in finding.message
    assert "'cpd 0' to 1 mM" in finding.message


def test_one_dose_per_plate_is_no_slip():
    plates = [toy_layout([f"P{n}"]).filter(pl.col("concentration_molar").is_in([dose])) for n, dose in enumerate(DOSES)]
    found = lint_layout(Layout(pl.concat(plates)))
    assert not {"unit_slip", "dose_jump"} & {finding.code for finding in found}


def test_short_series_are_noted():
    table = toy_layout().filter((pl.col("concentration_molar") != 1e-8) | (pl.col("compound") != "cpd 1"))
    assert lint(table)["few_doses"].message == "1 of 6 compounds have fewer than 4 doses: no curve for them"
    single = toy_layout().filter(pl.col("concentration_molar").is_in([1e-6]) | pl.col("compound").is_null())
    assert "have a single dose" in lint(single)["few_doses"].message


def test_maps_without_doses_or_names_are_warned_of_once():
    table = toy_layout().with_columns(concentration_molar=pl.lit(None, pl.Float64))
    assert lint(table)["no_concentrations"].level == "warning"
    assert lint(table.with_columns(compound=pl.lit(None, pl.String)))["no_compounds"].level == "warning"
    assert lint(table.with_columns(role=pl.lit("empty"), compound=pl.lit(None, pl.String)))["no_samples"]


def test_findings_of_the_reading_come_along_errors_first(tmp_path):
    (tmp_path / "map.csv").write_text("well,compound,dose\nA1,a,10\nZ99Z,a,\n")
    findings = lint_layout(read_layout(tmp_path / "map.csv"))
    assert [finding.code for finding in findings if finding.level == "error"] == ["unknown_well", "missing_unit"]
    assert findings[0].level == "error"


def test_errors_stop_and_warnings_do_not():
    error, warning = Finding("a", "error", "bad", "here", "mend it"), Finding("b", "warning", "odd")
    check_findings([warning])
    with pytest.raises(LayoutError, match=r"^bad \(and 1 further errors in the layout\) \(here\). mend it$"):
        check_findings([warning, error, error])


def test_empty_wells_with_cells_are_found():
    wells = toy_layout().with_columns(cell_count=pl.lit(200.0))
    wells = change(change(wells, "A01", role="empty"), "A02", role="empty", cell_count=3.0)
    assert [finding.where for finding in lint_cell_counts(wells)] == ["plate P1: A01"]


@pytest.mark.parametrize("folder", ["compounds/platemaps_jump", "compounds/platemaps_lincs/metadata/platemaps"])
def test_published_maps_have_no_errors(shared_data, folder):
    paths = [
        path
        for path in (shared_data / folder).rglob("*")
        if path.parent.name == "platemap" or "platemap.tsv" in path.name
    ]
    assert paths
    for path in paths:
        layout = read_layout(path)
        assert layout.table.height == 384
        errors = [
            str(finding) for finding in lint_layout(layout, needs=["negative_control"]) if finding.level == "error"
        ]
        assert errors == []

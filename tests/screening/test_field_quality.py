"""Fields are judged beside the others of their plate: defects are marked, and some of them leave a field out."""

import numpy as np
import polars as pl
import pytest

from swanneck.screening.field_quality import FieldSettings, describe_marks, mark_fields

SCORES = {"Focus": -4.0, "Laplacian": -0.7, "Saturated": 0.0, "Brightest": 0.02, "Shadow": 0.08, "Empty": 0.0}


def fields(count=20, channels=("DNA",), **changed) -> pl.DataFrame:
    """Fields of usual scores that spread a little; `DNA_A07={"Focus": -8}` changes one channel of one well."""
    draw = np.random.default_rng(1)
    rows = []
    for number in range(1, count + 1):
        well = f"A{number:02d}"
        row = {"well": well, "status": "ok", "reason": None, "cell_count": 50}
        for channel in channels:
            scores = {name: value * (1 + draw.normal(0, 0.03)) for name, value in SCORES.items()}
            row |= {
                f"{name}_{channel}": value for name, value in (scores | changed.get(f"{channel}_{well}", {})).items()
            }
        rows.append(row | changed.get(well, {}))
    return pl.DataFrame(rows, schema_overrides={"reason": pl.String, "cell_count": pl.Int64}, infer_schema_length=None)


def layout(**roles) -> pl.DataFrame:
    wells = [f"A{number:02d}" for number in range(1, 31)]
    return pl.DataFrame({"well": wells, "role": [roles.get(well, "sample") for well in wells]})


def mark(table, plan=None, **settings) -> dict[str, dict]:
    marked = mark_fields(table, layout() if plan is None else plan, "DNA", FieldSettings(**settings))
    return {row["well"]: row for row in marked.iter_rows(named=True)}


BLURRED = {"Focus": -8.0, "Laplacian": -1.5}


@pytest.mark.parametrize(
    "defect, scores",
    [
        ("out_of_focus", BLURRED),
        ("out_of_focus", {"Focus": -8.0, "Laplacian": float("nan")}),
        ("saturated", {"Saturated": 0.02}),
        ("debris", {"Brightest": 0.04}),
        ("shadow", {"Shadow": 0.3}),
        ("empty", {"Empty": 1.0}),
    ],
    ids=["blur", "blur without edges", "saturated", "debris", "shadow", "empty"],
)
def test_each_defect_marks_its_field_alone(defect, scores) -> None:
    marks = {well: row["marks"] for well, row in mark(fields(DNA_A07=scores)).items() if row["marks"]}
    assert marks == {"A07": f"DNA {defect}"}


def test_only_the_defects_that_are_named_leave_a_field_out() -> None:
    table = fields(DNA_A07=BLURRED, DNA_A08={"Brightest": 0.04})
    rows = mark(table)
    assert (rows["A07"]["status"], rows["A08"]["status"]) == ("left_out", "ok")
    assert rows["A07"]["reason"].startswith("DNA out of focus: score -8.00 against a plate median of -")
    rows = mark(table, leave_out=["debris", "shadow"])
    assert (rows["A07"]["status"], rows["A08"]["status"]) == ("ok", "left_out")
    assert rows["A08"]["reason"].startswith("DNA debris: 0.04 against 0.03")


def test_only_nuclei_out_of_focus_leave_a_field_out() -> None:
    row = mark(fields(channels=("DNA", "Virus"), Virus_A03=BLURRED))["A03"]
    assert (row["marks"], row["status"]) == ("Virus out_of_focus", "ok")


def test_channels_are_judged_apart_and_a_field_may_have_several_marks() -> None:
    table = fields(channels=("DNA", "Virus"), Virus_A03={"Saturated": 0.5, "Brightest": 0.06})
    assert mark(table)["A03"]["marks"] == "Virus saturated; Virus debris"


def test_a_plate_without_defects_has_no_mark() -> None:
    table = fields(channels=("DNA", "Virus"))
    assert all(row["marks"] is None and row["status"] == "ok" for row in mark(table).values())


def test_equal_scores_tell_no_usual_spread() -> None:
    table = fields().with_columns(Focus_DNA=pl.lit(-4.0), Shadow_DNA=pl.lit(0.2))
    assert all(row["marks"] is None for row in mark(table).values())


@pytest.mark.parametrize("changed", [{"cell_count": 0}, {"status": "failed"}, {"Focus_DNA": None}])
def test_a_field_without_cells_or_focus_has_no_blur(changed) -> None:
    assert mark(fields(DNA_A07=BLURRED, A07=changed))["A07"]["status"] != "left_out"


def test_too_few_fields_tell_nothing() -> None:
    assert mark(fields(7, DNA_A07=BLURRED))["A07"]["marks"] is None


def test_wells_of_a_brighter_role_are_no_debris() -> None:
    bright = {f"Virus_A{n:02d}": {"Brightest": 0.1} for n in range(1, 9)}
    table = fields(30, ("Virus",), **bright)
    infected = layout(**{f"A{n:02d}": "negative_control" for n in range(1, 9)})
    assert all(row["marks"] is None for row in mark(table, infected).values())


def test_the_marks_of_a_plate_are_told_in_a_sentence() -> None:
    table = fields(DNA_A07=BLURRED, DNA_A08={"Brightest": 0.04})
    marked = mark_fields(table, layout(), "DNA", FieldSettings())
    said = "2 of 20 fields are marked: DNA debris 1, DNA out_of_focus 1 (left out)"
    assert describe_marks(marked, "DNA", FieldSettings()) == said
    clean = mark_fields(fields(), layout(), "DNA", FieldSettings())
    assert describe_marks(clean, "DNA", FieldSettings()) is None

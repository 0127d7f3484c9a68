"""Scores of single-dose screens: scales, references, self-checks, a published screen."""

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.foundation.wells import well_name
from swanneck.screening.scores import ScoreSettings, check_scores, score_plates, summarise_replicates


def toy_plate(seed=0, name="P1", shift=0.0):
    rng = np.random.default_rng(seed)
    wells = [well_name(row, column) for row in range(8) for column in range(12)]
    role = ["negative_control" if well.endswith("01") else "positive_control" if well.endswith("12") else "sample"
            for well in wells]  # fmt: skip
    x = shift + rng.normal(100, 5, 96) - 80 * np.array([one == "positive_control" for one in role])
    return pl.DataFrame({"plate": name, "well": wells, "role": role, "x": x})


@pytest.mark.parametrize("method", ["npi", "percent_of_control"])
def test_controls_land_where_they_should(method):
    settings = ScoreSettings(method=method)
    plates = pl.concat([toy_plate(1), toy_plate(2, "P2", shift=30.0)])
    checked = check_scores(score_plates(plates, "x", settings), "x", settings)
    assert checked.filter(pl.col("expected").is_not_null())["ok"].all()
    assert checked.height == 4


@pytest.mark.parametrize("method", ["z", "robust_z", "b_score"])
def test_samples_lie_around_zero_with_unit_spread(method):
    scored = score_plates(toy_plate(), "x", ScoreSettings(method=method)).filter(pl.col("role") == "sample")
    assert abs(scored["x_score"].median()) < 0.3
    assert 0.7 < scored["x_score"].std() < 1.4


def test_each_plate_has_its_own_reference_and_says_so():
    plates = pl.concat([toy_plate(1), toy_plate(1, "P2", shift=30.0)])
    scored = score_plates(plates, "x")
    scores = scored.partition_by("plate")
    assert scores[0]["x_score"].to_list() == pytest.approx(scores[1]["x_score"].to_list())
    assert scored["x_score_reference"][0] == "median and MAD of 80 sample wells within plate P1"


def test_a_batch_may_be_the_reference():
    plates = pl.concat([toy_plate(1), toy_plate(2, "P2")]).with_columns(batch=pl.lit("b1"))
    scored = score_plates(plates, "x", ScoreSettings(within="batch"))
    assert "of 160 sample wells within batch b1" in scored["x_score_reference"][0]


def test_a_missing_reference_is_named_and_nothing_is_scored():
    plate = toy_plate().filter(pl.col("role") != "negative_control")
    scored = score_plates(plate, "x", ScoreSettings(method="npi"))
    assert scored["x_score"].null_count() == plate.height
    assert scored["x_score_reference"][0].startswith("not scored: 0 negative control wells")


def test_equal_values_are_not_scored():
    scored = score_plates(toy_plate().with_columns(x=pl.lit(3.0)), "x")
    assert scored["x_score"].null_count() == 96


def test_failed_and_not_positive_values_do_not_count():
    plate = toy_plate().with_columns(
        pl.when(pl.col("well") == "B02").then(-1.0).otherwise(pl.col("x")).alias("x"),
        status=pl.when(pl.col("well") == "B03").then(pl.lit("failed")).otherwise(pl.lit("ok")),
    )
    scored = score_plates(plate, "x", ScoreSettings(logarithm=True))
    assert scored.filter(pl.col("x_score").is_null())["well"].to_list() == ["B02", "B03"]


@pytest.mark.parametrize("position", ["median_polish", "loess", "controls", "edge_diffusion"])
def test_position_correction_takes_a_gradient_or_leaves_the_plate(position):
    plate = toy_plate()
    rows = [ord(well[0]) - 65 for well in plate["well"]]
    tilted = plate.with_columns(x=pl.col("x") + 5.0 * pl.Series(rows))
    scored = score_plates(tilted, "x", ScoreSettings(position=position, method="z"))
    by_row = scored.with_columns(row=pl.col("well").str.head(1)).filter(pl.col("role") == "sample")
    means = by_row.group_by("row").agg(pl.col("x_score").mean()).sort("row")["x_score"]
    limit = 1.0 if position in ("median_polish", "loess") else 3.0
    assert means.max() - means.min() < limit


def test_the_order_of_wells_does_not_matter():
    plate = toy_plate()
    shuffled = plate.sample(fraction=1.0, shuffle=True, seed=1)
    here = score_plates(plate, "x", ScoreSettings(method="b_score"))
    there = score_plates(shuffled, "x", ScoreSettings(method="b_score")).sort("well")
    assert here["x_score"].to_list() == pytest.approx(there["x_score"].to_list())


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(InputError, match="no column 'batch'"):
        score_plates(toy_plate(), "x", ScoreSettings(within="batch"))


def test_replicates_are_summarised_with_their_spread():
    table = pl.DataFrame({"gene": ["a"] * 3, "s": [1.0, 2.0, 6.0]})
    assert summarise_replicates(table, ["gene"], "s")["s_range"][0] == 5.0


def test_a_published_genome_wide_screen_is_reproduced(shared_data):
    path = Path(__file__).parents[2] / "benchmarks" / "rnai_screen.py"
    spec = importlib.util.spec_from_file_location("rnai_screen", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = shared_data / "screens" / "kcviab"
    wells = module.read_screen(folder).with_columns(status=pl.lit("ok"))
    table = pl.read_csv(folder / "Analysis2003.txt", separator="\t", infer_schema_length=0)
    published = table.select(number=pl.col("Plate").cast(pl.Int64), well="Well", score=pl.col("Score").cast(pl.Float64))
    settings = ScoreSettings(method="z", reference="all", higher_is_lower=True)
    rho, found, _ = module.compare(wells, published, settings)
    assert rho >= 0.999
    assert found == 244

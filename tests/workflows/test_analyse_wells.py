"""From wells to hits on drawn counts of cells: the laws of a screen that no picture is needed for."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.tables import CURVES, HITS, PLATES, WELLS, check_table
from swanneck.screening.assays import Readout
from swanneck.screening.simulation import SimulationSettings, design_plate
from swanneck.workflows.analyse_wells import ScreenTables, analyse_wells

READOUTS = [
    Readout("infected_fraction", "infected", "efficacy", law="fraction"),
    Readout("cell_count", "cells", "viability", law="count"),
]
TABLES = ("wells", "plates", "curves", "points", "hits")


def counted(seed=1, plate="P1") -> pl.DataFrame:
    """The wells of a simulated 96-well plate whose cells were all counted rightly."""
    settings = SimulationSettings(wells=96, seed=seed, active_fraction=0.75)
    design = design_plate(settings)
    draw = np.random.default_rng([seed, 7])
    cells = draw.poisson(2 * design.wells["cells_expected"].to_numpy())
    infected = draw.binomial(cells, design.wells["infected_expected"].to_numpy()) / cells
    return design.wells.select(
        pl.lit(plate).alias("plate"), "well", "compound", pl.col("dose_molar").alias("concentration_molar"), "role",
        pl.Series("cell_count", cells.astype(float)), pl.lit(2, pl.Int64).alias("n_fields"),
        pl.lit("ok").alias("status"), pl.lit(None, pl.String).alias("reason"),
        pl.Series("infected_fraction", infected),
    )  # fmt: skip


def analyse(wells, readouts=READOUTS) -> ScreenTables:
    return analyse_wells(wells, readouts)


def decided(tables: ScreenTables) -> dict:
    return {row["compound"]: (row["is_hit"], row["reason"]) for row in tables.hits.iter_rows(named=True)}


@pytest.fixture(scope="module")
def tables() -> ScreenTables:
    return analyse(counted())


@pytest.mark.parametrize(
    ("name", "contract"), [("wells", WELLS), ("plates", PLATES), ("curves", CURVES), ("hits", HITS)]
)
def test_the_tables_fulfil_their_contracts(tables, name, contract) -> None:
    table = getattr(tables, name)
    assert table.height
    assert check_table(table, contract).equals(table, null_equal=True)


def test_the_tables_have_what_the_readme_of_a_result_promises(tables) -> None:
    assert {"infected_fraction", "infected_fraction_inhibition", "cell_count_viability"} <= set(tables.wells.columns)
    assert tables.curves.group_by("readout").len()["len"].n_unique() == 1
    assert set(tables.curves["class"]) <= {"inactive", "partial", "full", "bell_shaped", "too_few_points"}
    assert set(tables.curves["ec50_relation"]) <= {"=", "<", ">"}


def test_controls_lie_at_0_and_100(tables) -> None:
    medians = tables.wells.group_by("role").agg(pl.col("infected_fraction_inhibition").median())
    assert dict(medians.rows())["negative_control"] == pytest.approx(0, abs=1e-9)
    assert dict(medians.rows())["positive_control"] == pytest.approx(100, abs=1e-9)


def test_the_order_of_wells_does_not_matter(tables) -> None:
    wells = counted()
    for seed in range(3):
        shuffled = analyse(wells.sample(fraction=1.0, shuffle=True, seed=seed))
        assert shuffled.curves.equals(tables.curves, null_equal=True)
        assert shuffled.hits.equals(tables.hits, null_equal=True)


@pytest.mark.parametrize("factor", [1e-3, 250.0])
def test_scaling_a_readout_changes_no_curve_and_no_hit(factor) -> None:
    wells = counted()
    amounts = [Readout("infected_fraction", "amount", "efficacy"), READOUTS[1]]
    scaled = wells.with_columns(pl.col("infected_fraction") * factor)
    one, other = analyse(wells, amounts), analyse(scaled, amounts)
    assert decided(other) == decided(one)
    numbers = pl.selectors.float()
    ours, theirs = one.curves.select(numbers).to_numpy(), other.curves.select(numbers).to_numpy()
    assert theirs == pytest.approx(ours, rel=1e-4, abs=1e-6, nan_ok=True)


def test_the_cascade_counts_the_table(tables) -> None:
    counts = dict(tables.cascade)
    assert counts["compounds"] == tables.hits.height == 8
    assert counts["selective"] == tables.hits["is_hit"].sum() > 0


def test_failed_wells_are_points_that_do_not_count(tables) -> None:
    spoilt = counted().with_columns(
        status=pl.when(pl.col("well") == "C05").then(pl.lit("failed")).otherwise("status"),
        reason=pl.when(pl.col("well") == "C05").then(pl.lit("the image is empty")).otherwise("reason"),
        infected_fraction=pl.when(pl.col("well") == "C05").then(0.0).otherwise("infected_fraction"),
    )
    points = analyse(spoilt).points.filter(pl.col("well") == "C05")
    assert points["masked"].all()
    assert set(points["mask_reason"]) == {"failed: the image is empty"}


def test_few_cells_left_are_no_point_of_efficacy_but_one_of_toxicity() -> None:
    dying = counted().with_columns(cell_count=pl.when(pl.col("well") == "C05").then(7.0).otherwise("cell_count"))
    masks = dict(analyse(dying).points.filter(pl.col("well") == "C05").select("role", "mask_reason").rows())
    assert masks["efficacy"] == "7 cells left"
    assert masks["viability"] is None or masks["viability"].startswith("outlier")


def test_two_plates_of_a_compound_make_one_curve_apart_by_batch() -> None:
    two = pl.concat([counted(1, "P1"), counted(1, "P2")])
    pooled = analyse(two)
    batches = analyse(two.with_columns(batch=pl.col("plate").replace({"P1": "monday", "P2": "tuesday"})))
    assert set(pooled.curves["plate"]) == {"P1;P2"}
    assert batches.curves.height == 2 * pooled.curves.height
    assert {"batch"} <= set(batches.curves.columns) & set(batches.hits.columns)
    assert pooled.plates["plate"].to_list() == ["P1", "P2"]


def test_each_plate_has_its_own_controls() -> None:
    bright = counted(2, "P2").with_columns(pl.col("infected_fraction") * 0.5)
    both = analyse(pl.concat([counted(2, "P1"), bright])).wells.partition_by("plate")
    ours, theirs = (plate["infected_fraction_inhibition"].to_numpy() for plate in both)
    assert theirs == pytest.approx(ours)


def test_a_plate_without_negative_controls_is_told_and_not_normalised() -> None:
    bare = counted(2, "P2").filter(pl.col("role") != "negative_control")
    tables = analyse(pl.concat([counted(1, "P1"), bare]))
    second = tables.wells.filter(pl.col("plate") == "P2")
    assert tables.messages == ["plate P2: no usable negative control, so its wells are not normalised"]
    assert second["infected_fraction_inhibition"].null_count() == second.height
    assert tables.hits["is_hit"].any()


def test_without_toxicity_measured_hits_say_so() -> None:
    tables = analyse(counted(), READOUTS[:1])
    assert "cell_count_viability" not in tables.wells.columns
    chosen = tables.hits.filter("is_hit")
    assert chosen.height
    assert chosen["reason"].str.contains("toxicity was not measured").all()


def test_a_screen_without_samples_has_quality_and_no_hits() -> None:
    tables = analyse(counted().filter(pl.col("role") != "sample"))
    assert tables.plates["z_prime"][0] > 0
    assert check_table(tables.hits, HITS).height == check_table(tables.curves, CURVES).height == 0
    assert [count for _, count in tables.cascade] == [0, 0, 0, 0]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_no_number_is_no_point_and_no_control(value) -> None:
    spoilt = pl.col("well").is_in(["C05", counted().filter(pl.col("role") == "negative_control")["well"][0]])
    tables = analyse(
        counted().with_columns(infected_fraction=pl.when(spoilt).then(value).otherwise("infected_fraction"))
    )
    assert tables.points.filter((pl.col("well") == "C05") & pl.col("masked"))["mask_reason"].to_list() == ["no value"]
    assert tables.plates["z_prime"].is_finite().all()
    assert tables.hits["is_hit"].any()


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_readout_that_is_missing_everywhere_ends_without_hits(value) -> None:
    tables = analyse(counted().with_columns(infected_fraction=pl.lit(value, pl.Float64)))
    assert tables.hits["is_hit"].sum() == 0
    assert tables.plates["status"].to_list() == ["warn"]


def test_input_is_left_as_it_was() -> None:
    wells = counted()
    analyse(wells)
    assert wells.equals(counted())

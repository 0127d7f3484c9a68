"""What several plates say of each other: effects before and after, drift, the reference, repeated potencies."""

import numpy as np
import polars as pl
import pytest

from swanneck.screening.assays import Readout
from swanneck.screening.consistency import Consistency, order_plates, pair_runs
from swanneck.workflows.analyse_wells import analyse_wells

DOSES = 5e-5 / 3.0 ** np.arange(8)
READOUTS = [Readout("x", "infected", "efficacy"), Readout("cell_count", "cells", "viability", law="count")]


def plate(number, *, level=0.6, shift=1.0):
    """One plate: a reference and three compounds in eight doses, and controls at a level of the plate's own."""
    draw = np.random.default_rng(number)
    series = {"reference drug": 1e-6 * shift, "a": 2e-7, "b": 1e-6, "c": 5e-6}
    rows = [
        ("BCDE"[row] + f"{column:02d}", "reference" if row == 0 else "sample", name, dose, level / (1 + dose / ic50))
        for row, (name, ic50) in enumerate(series.items())
        for column, dose in enumerate(DOSES, 2)
    ]
    for letter in "ABCDEFGH":
        rows += [
            (f"{letter}01", "negative_control", None, None, level),
            (f"{letter}12", "positive_control", None, None, 0),
        ]
    table = pl.DataFrame(rows, ["well", "role", "compound", "concentration_molar", "x"], orient="row", strict=False)
    return table.with_columns(
        pl.col("x") + draw.normal(0, 0.015, table.height), plate=pl.lit(f"P{number}"), status=pl.lit("ok"),
        cell_count=pl.Series(draw.normal(400 - 10 * number, 8, table.height)), n_fields=pl.lit(2),
        reason=pl.lit(None, pl.String),
    )  # fmt: skip


@pytest.fixture(scope="module")
def consistency() -> Consistency:
    levels = (0.6, 0.5, 0.65, 0.55, 0.7, 0.45, 0.6, 0.5, 0.6, 0.55)
    wells = [plate(n, level=level, shift=6.0 if n == 9 else 1.0) for n, level in enumerate(levels, 1)]
    return analyse_wells(pl.concat(wells), READOUTS).consistency


def test_normalisation_takes_away_what_plates_differ_by(consistency):
    rows = {(row["readout"], row["role"]): row for row in consistency.effects.iter_rows(named=True)}
    controls = rows["x", "negative_control"]
    assert controls["before"] > 0.9
    assert controls["after"] < 0.05
    cells = rows["cell_count", "sample"]
    assert cells["after"] < 0.5 * cells["before"]


def test_cells_that_become_fewer_are_a_drift(consistency):
    drift = {row["statistic"]: row for row in consistency.drift.iter_rows(named=True)}["negative_control_cells"]
    assert drift["change"] == pytest.approx(-90, abs=15)
    assert drift["p_value"] < 0.001
    assert drift["n_plates"] == 10


def test_a_plate_whose_reference_moved_is_out_of_control(consistency):
    runs = consistency.runs.filter("is_reference")
    verdicts = dict(runs.select("plate", "verdict").rows())
    assert runs["plate"].to_list()[-1] == "P10"
    assert verdicts.pop("P9") == "outside 3 s"
    assert set(verdicts.values()) == {"in control"}


def test_repeated_potencies_give_a_significant_ratio(consistency):
    pairs = pair_runs(consistency.runs)
    assert pairs.select("first_plate", "second_plate").unique().rows() == [("P1", "P2")]
    ratio = consistency.ratios.row(0, named=True)
    assert ratio["n_compounds"] == 4
    assert 1 < ratio["ratio"] < 2


def test_one_plate_says_nothing_of_others():
    found = analyse_wells(plate(1), READOUTS).consistency
    assert [table.height for table in (found.effects, found.drift, found.runs, found.ratios)] == [0, 0, 0, 0]


def test_plates_stand_in_the_order_of_their_numbers():
    assert order_plates(["P10", "P2", "b", "2"]) == ["2", "P2", "P10", "b"]

"""Readouts in units of the plate's own controls: 0 at the negative, 100 at the positive ones, whatever the scale."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.screening.normalisation import measure_controls, normalise_plate

NEGATIVE, POSITIVE = "negative_control", "positive_control"
numbers = st.floats(-1e3, 1e3, allow_nan=False)
groups = st.lists(numbers, min_size=2, max_size=9)


def wells(negative, positive, samples=(), status="ok") -> pl.DataFrame:
    values = [(NEGATIVE, x) for x in negative] + [(POSITIVE, x) for x in positive] + [("sample", x) for x in samples]
    return pl.DataFrame(values, schema={"role": pl.String, "x": pl.Float64}, orient="row").with_columns(
        status=pl.lit(status)
    )


def inhibition(table: pl.DataFrame, role="sample") -> np.ndarray:
    return normalise_plate(table, "x").filter(pl.col("role") == role)["x_inhibition"].to_numpy()


@given(groups, groups)
def test_the_medians_of_the_controls_are_0_and_100(negative, positive) -> None:
    table = wells(negative, positive)
    if abs(np.median(positive) - np.median(negative)) < 1e-3:
        return
    assert np.median(inhibition(table, NEGATIVE)) == pytest.approx(0, abs=1e-6)
    assert np.median(inhibition(table, POSITIVE)) == pytest.approx(100, abs=1e-6)


@given(groups, groups, groups, st.tuples(st.floats(0.01, 100), numbers))
def test_scaling_and_shifting_a_readout_does_not_change_inhibition(negative, positive, samples, change) -> None:
    scale, shift = change
    if abs(np.median(positive) - np.median(negative)) < 1e-1:
        return
    table = wells(negative, positive, samples)
    other = table.with_columns(x=scale * pl.col("x") + shift)
    assert inhibition(other) == pytest.approx(inhibition(table), rel=1e-6, abs=1e-4)


@given(groups, groups, groups, st.randoms())
def test_the_order_of_wells_does_not_matter(negative, positive, samples, draw) -> None:
    table = normalise_plate(wells(negative, positive, samples), "x")
    order = list(range(table.height))
    draw.shuffle(order)
    shuffled = wells(negative, positive, samples)[order]
    assert normalise_plate(shuffled, "x").equals(table[order], null_equal=True)


def test_failed_wells_are_no_reference() -> None:
    good = wells([1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.5])
    bad = wells([9.0, 9.0, 9.0, 9.0], [5.0], status="failed")
    assert inhibition(pl.concat([good, bad]))[0] == 50.0


def test_missing_values_are_no_reference() -> None:
    table = wells([1.0, 1.0, None, float("nan")], [0.0, 0.0], [0.25, None])
    assert inhibition(table)[0] == 75.0
    assert np.isnan(inhibition(table)[1])
    assert measure_controls(table, "x").n_negative == 2


def test_without_positive_controls_100_is_zero() -> None:
    table = normalise_plate(wells([0.8, 0.8], [], [0.2]), "x")
    assert table["x_inhibition"].to_list() == pytest.approx([0, 0, 75])
    assert "zero (no positive controls)" in table["x_reference"][0]


@pytest.mark.parametrize(("negative", "positive"), [([], [0.0, 0.1]), ([0.5, 0.5], [0.5, 0.5]), ([], []), ([0.0], [])])
def test_what_has_no_scale_is_missing(negative, positive) -> None:
    table = normalise_plate(wells(negative, positive, [0.3]), "x")
    assert table.schema["x_inhibition"] == pl.Float64
    assert table["x_inhibition"].null_count() == table.height


def test_viability_is_percent_of_the_negative_controls() -> None:
    table = normalise_plate(wells([200.0, 220.0, 180.0], [500.0], [100.0]), "x", as_viability=True)
    assert table["x_viability"].to_list() == pytest.approx([100, 110, 90, 250, 50])
    assert table["x_reference"][0] == "100 % = median of 3 negative control wells"


@pytest.mark.parametrize("negative", [[], [0.0, 0.0]])
def test_viability_without_living_controls_is_missing(negative) -> None:
    assert normalise_plate(wells(negative, [], [3.0]), "x", as_viability=True)["x_viability"].null_count() > 0


def test_the_table_says_which_wells_it_refers_to() -> None:
    reference = normalise_plate(wells([1.0, 1.0], [0.0]), "x")["x_reference"][0]
    assert reference == "0 % = median of 2 negative control wells; 100 % = median of 1 positive control wells"

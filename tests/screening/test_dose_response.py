"""Curves: potencies that were put in come out, what is not in the data is censored, and every class says why."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from swanneck.foundation.tables import CURVES, check_table
from swanneck.screening.dose_response import CurveSettings, fit_dose_responses, variance_curvature
from swanneck.screening.normalisation import ControlScale

DOSES = 50e-6 / 3.0 ** np.arange(9, -1, -1)
KEYS = ["compound", "readout"]


def sigmoid(ec50, *, slope=1.5, low=0.0, high=100.0, doses=DOSES) -> np.ndarray:
    return low + (high - low) / (1 + (ec50 / doses) ** slope)


def series(responses, *, compound="drug", role="efficacy", doses=DOSES, deviation=5.0, masks=()) -> pl.DataFrame:
    masked = dict(masks)
    return pl.DataFrame({
        "compound": compound, "readout": "infection" if role == "efficacy" else "cells", "role": role, "plate": "P1",
        "well": [f"A{number:02d}" for number in range(1, len(doses) + 1)], "concentration_molar": doses,
        "response": np.asarray(responses, float), "deviation_without_effect": deviation,
        "deviation_at_full_effect": deviation, "variance_curvature": 0.0,
        "mask_reason": [masked.get(number) for number in range(len(doses))],
    }, schema_overrides={"mask_reason": pl.String})  # fmt: skip


def fit(*tables, settings=None):
    return fit_dose_responses(pl.concat(tables), KEYS, settings)


def curve(*tables, settings=None) -> dict:
    return fit(*tables, settings=settings).curves.row(0, named=True)


def noise(seed, deviation=4.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, deviation, len(DOSES))


@run_with(max_examples=30)
@given(st.floats(np.log(DOSES[2]), np.log(DOSES[-3])), st.floats(0.9, 2.5))
def test_the_potency_that_was_put_in_comes_out(log_ec50, slope) -> None:
    row = curve(series(sigmoid(np.exp(log_ec50), slope=slope)))
    assert (row["class"], row["ec50_relation"]) == ("full", "=")
    assert row["ec50_molar"] == pytest.approx(np.exp(log_ec50), rel=0.1)
    assert row["ec50_low"] < np.exp(log_ec50) < row["ec50_high"]


@run_with(max_examples=20)
@given(st.floats(1e-3, 1e3))
def test_another_unit_of_dose_scales_the_potency(factor) -> None:
    responses = sigmoid(1e-6) + noise(1)
    one, other = curve(series(responses)), curve(series(responses, doses=DOSES * factor))
    assert other["ec50_molar"] / one["ec50_molar"] == pytest.approx(factor, rel=1e-3)
    assert other["slope"] == pytest.approx(one["slope"], rel=1e-3)


@given(st.randoms())
@run_with(max_examples=10)
def test_the_order_of_points_does_not_matter(draw) -> None:
    table = pl.concat([series(sigmoid(1e-6) + noise(1)), series(noise(2), compound="other")])
    order = list(range(table.height))
    draw.shuffle(order)
    assert fit(table[order]).curves.equals(fit(table).curves, null_equal=True)
    assert fit(table[order]).points.equals(fit(table).points[order], null_equal=True)


def test_no_response_is_inactive_and_above_the_highest_dose() -> None:
    row = curve(series(noise(1)))
    assert (row["class"], row["ec50_relation"], row["ec50_molar"]) == ("inactive", ">", DOSES[-1])
    assert row["ec50_high"] is None
    assert row["reason"].endswith("% effect at 50 µM, below 20 %")


def test_a_full_response_at_every_dose_lies_below_the_lowest() -> None:
    row = curve(series(100 + noise(1)))
    assert (row["class"], row["ec50_relation"], row["ec50_molar"]) == ("full", "<", DOSES[0])
    assert row["ec50_low"] is None


@pytest.mark.parametrize("seed", range(12))
def test_half_a_response_is_partial_and_its_potency_open(seed) -> None:
    """A plateau at 35 % is neither on its way to 100 % nor a bell, however the highest doses scatter."""
    row = curve(series(sigmoid(1e-6, high=35) + noise(seed, 2.0), deviation=2.0))
    assert (row["class"], row["ec50_relation"], row["ec50_molar"]) == ("partial", ">", DOSES[-1])
    assert row["top"] == pytest.approx(35, abs=12)
    assert row["reason"] == f"{round(row['effect_at_top_dose'])} % effect at 50 µM"


@pytest.mark.parametrize("seed", range(6))
def test_a_plateau_above_half_is_partial_with_a_potency(seed) -> None:
    row = curve(series(sigmoid(1e-6, slope=2, high=65) + noise(seed, 2.0), deviation=2.0))
    assert (row["class"], row["ec50_relation"]) == ("partial", "=")
    assert row["ec50_molar"] == pytest.approx(1e-6 * (50 / 15) ** 0.5, rel=0.4)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_too_few_doses_make_no_curve(count) -> None:
    masks = [(number, "failed: no images") for number in range(count, len(DOSES))]
    row = curve(series(sigmoid(1e-6), masks=masks))
    assert row["class"] == "too_few_points"
    assert row["ec50_molar"] is row["ec50_relation"] is row["slope"] is None
    assert row["reason"] == f"{count} usable dose{'s' * (count != 1)}, a curve needs 4"


def test_wells_that_do_not_count_do_not_decide() -> None:
    responses = sigmoid(1e-6) + noise(1)
    spoilt = np.where(np.arange(10) == 4, -500.0, responses)
    row = curve(series(spoilt, masks=[(4, "failed: the image is empty")]))
    assert (row["n_points"], row["n_masked"]) == (9, 1)
    assert row["ec50_molar"] == pytest.approx(curve(series(responses))["ec50_molar"], rel=0.15)


def test_a_missing_response_is_no_point() -> None:
    responses = np.where(np.arange(10) == 4, np.nan, sigmoid(1e-6))
    assert curve(series(responses, masks=[(4, "no value")]))["ec50_molar"] == pytest.approx(1e-6, rel=0.1)


def test_an_outlier_is_masked_with_its_reason_and_the_curve_fitted_again() -> None:
    responses = sigmoid(1e-6)
    responses[3] += 80
    fitted = fit(series(responses))
    assert fitted.points.filter(pl.col("masked"))["well"].to_list() == ["A04"]
    assert "outside both neighbouring doses" in fitted.points["mask_reason"][3]
    assert fitted.curves["ec50_molar"][0] == pytest.approx(1e-6, rel=0.1)


def test_a_bell_loses_its_tail_and_keeps_its_potency() -> None:
    responses = sigmoid(0.2e-6)
    responses[-2:] = [40, 5]
    fitted = fit(series(responses + noise(1, 2.0)))
    row = fitted.curves.row(0, named=True)
    assert (row["class"], row["ec50_relation"], row["n_masked"]) == ("bell_shaped", "=", 2)
    assert row["ec50_molar"] == pytest.approx(0.2e-6, rel=0.3)
    assert set(fitted.points["mask_reason"].drop_nulls()) == {"beyond the peak of a bell-shaped response"}
    assert "and falls again" in row["reason"]


@pytest.mark.parametrize("seed", range(12))
def test_an_inactive_compound_keeps_its_highest_doses(seed) -> None:
    """A tail can fall only from a response: without one, nothing is left out at the top."""
    responses = noise(seed, 14.0)
    responses[-2:] -= 35
    fitted = fit(*(series(noise(99 + other, 14.0), compound=f"other{other}") for other in range(6)), series(responses))
    row = fitted.curves.filter(pl.col("compound") == "drug").row(0, named=True)
    tail = fitted.points.filter((pl.col("compound") == "drug") & pl.col("mask_reason").str.contains("bell"))
    assert row["class"] == "bell_shaped" or tail.height == 0


def test_toxicity_is_read_downwards() -> None:
    row = curve(series(100 - sigmoid(5e-6), role="viability"))
    assert (row["class"], row["ec50_relation"]) == ("full", "=")
    assert row["ec50_molar"] == pytest.approx(5e-6, rel=0.1)
    assert row["left"] > row["right"]


def test_a_harmless_compound_has_its_cc50_above_the_highest_dose() -> None:
    row = curve(series(100 + noise(3), role="viability"))
    assert (row["class"], row["ec50_relation"], row["ec50_molar"]) == ("inactive", ">", DOSES[-1])


@pytest.mark.parametrize("seed", range(30))
def test_a_crossing_outside_the_doses_is_never_a_number(seed) -> None:
    row = curve(series(sigmoid(np.random.default_rng(seed).uniform(60e-6, 500e-6)) + noise(seed)))
    if row["ec50_relation"] == "=":
        assert DOSES[0] <= row["ec50_molar"] <= DOSES[-1]
    else:
        assert (row["ec50_relation"], row["ec50_molar"]) == (">", DOSES[-1])


def test_intervals_go_with_their_relation() -> None:
    tables = [series(sigmoid(10.0**power) + noise(power + 11), compound=f"c{power}") for power in range(-11, -2)]
    curves = fit(*tables).curves
    assert set(curves["ec50_relation"]) == {"<", "=", ">"}
    for row in curves.iter_rows(named=True):
        assert (row["ec50_low"] is None) == (row["ec50_relation"] == "<")
        assert (row["ec50_high"] is None) == (row["ec50_relation"] == ">")
        if row["ec50_relation"] == "=":
            assert row["ec50_low"] < row["ec50_molar"] < row["ec50_high"]


def test_curves_fulfil_their_contract_and_points_come_back_in_their_order() -> None:
    table = pl.concat([series(sigmoid(1e-6), compound="b"), series(noise(1), compound="a")])
    fitted = fit(table)
    assert check_table(fitted.curves, CURVES).columns[:2] == KEYS
    assert fitted.curves.schema["n_points"] == pl.Int64
    assert fitted.points.drop("masked", "mask_reason").equals(table.drop("mask_reason"))


def test_no_points_make_an_empty_table_with_all_columns() -> None:
    fitted = fit(series([], doses=np.array([])))
    assert fitted.curves.height == 0
    assert check_table(fitted.curves, CURVES).height == 0


def test_replicates_and_plates_are_pooled_and_named() -> None:
    one, two = (series(sigmoid(1e-6) + noise(seed)).with_columns(plate=pl.lit(f"P{seed}")) for seed in (1, 2))
    row = curve(two, one)
    assert (row["plate"], row["n_points"]) == ("P1;P2", 20)
    assert row["ec50_high"] / row["ec50_low"] < curve(one)["ec50_high"] / curve(one)["ec50_low"]


@pytest.mark.parametrize("seed", range(40))
def test_no_reason_speaks_of_minus_nothing(seed) -> None:
    assert "-0 %" not in curve(series(noise(seed, 2.0)))["reason"]


def test_thresholds_are_settings() -> None:
    table = series(sigmoid(1e-6, high=40) + noise(1, 1.0))
    assert curve(table, settings=CurveSettings(minimum_effect=60))["class"] == "inactive"
    assert curve(table, settings=CurveSettings(full_effect=30))["class"] == "full"
    assert curve(table, settings=CurveSettings(level=20))["ec50_relation"] == "="


def test_a_fraction_is_noisiest_half_way_and_a_count_bends_down() -> None:
    controls = ControlScale(0.8, 0.0, 0.04, 0.01, 8, 8)
    assert variance_curvature("fraction", 25.0, controls, 300) > 0
    assert variance_curvature("count", 100.0, controls, 400) == pytest.approx(25 - 100)
    assert variance_curvature("amount", 25.0, controls, 300) == 0

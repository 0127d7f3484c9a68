"""Plate quality: factors against their formulas, position effects found and not imagined, a verdict with reasons."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.foundation.tables import PLATES, check_table
from swanneck.foundation.wells import is_edge_well, plate_wells, well_position
from swanneck.screening.quality import QualitySettings, assess_plate, robust_z_prime, ssmd, z_prime
from swanneck.statistics.location import mad_deviation

groups = st.lists(st.floats(-100, 100), min_size=2, max_size=12)
FACTORS = (z_prime, robust_z_prime)


def plate(*, effect=lambda well: 0.0, separation=1.0, noise=0.02, failed=0, seed=1) -> pl.DataFrame:
    """A 96-well plate: negative controls in column 1, positive ones in column 12, samples without effect between."""
    draw = np.random.default_rng(seed)
    rows = []
    for well in plate_wells(96):
        column = int(well[1:])
        role = {1: "negative_control", 12: "positive_control"}.get(column, "sample")
        level = 1.0 - separation * (role == "positive_control")
        rows.append({"plate": "P1", "well": well, "role": role, "x": level + effect(well) + draw.normal(0, noise)})
    status = ["failed"] * failed + ["ok"] * (96 - failed)
    table = pl.DataFrame(rows).with_columns(status=pl.Series(status), cell_count=pl.lit(200.0))
    return table.with_columns(reason=pl.when(pl.col("status") == "failed").then(pl.lit("no images")))


@given(groups, groups)
def test_z_prime_is_its_formula(negative, positive) -> None:
    n, p = np.array(negative), np.array(positive)
    if abs(n.mean() - p.mean()) < 1e-6:
        return
    expected = 1 - 3 * (np.std(n, ddof=1) + np.std(p, ddof=1)) / abs(n.mean() - p.mean())
    assert z_prime(negative, positive) == pytest.approx(expected)


@given(groups, groups)
def test_robust_z_prime_is_its_formula(negative, positive) -> None:
    distance = abs(np.median(negative) - np.median(positive))
    if distance < 1e-6:
        return
    spread = mad_deviation(np.array(negative)) + mad_deviation(np.array(positive))
    assert robust_z_prime(negative, positive) == pytest.approx(1 - 3 * spread / distance)


@given(groups, groups)
def test_ssmd_is_its_formula_and_changes_sign_with_its_groups(negative, positive) -> None:
    spread = np.sqrt(np.var(negative, ddof=1) + np.var(positive, ddof=1))
    if spread < 1e-6:
        return
    expected = (np.mean(positive) - np.mean(negative)) / spread
    assert ssmd(negative, positive) == pytest.approx(expected, abs=1e-9)
    assert ssmd(positive, negative) == pytest.approx(-expected, abs=1e-9)


@pytest.mark.parametrize("factor", FACTORS)
@given(groups, groups, st.tuples(st.floats(0.1, 10), st.floats(-10, 10)))
def test_scale_and_shift_do_not_change_a_factor(factor, negative, positive, change) -> None:
    scale, shift = change
    if abs(np.mean(negative) - np.mean(positive)) < 0.1 or abs(np.median(negative) - np.median(positive)) < 0.1:
        return
    moved = [[scale * value + shift for value in group] for group in (negative, positive)]
    assert factor(*moved) == pytest.approx(factor(negative, positive), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("factor", [*FACTORS, ssmd])
@pytest.mark.parametrize("groups", [([], [1.0, 2.0]), ([1.0], [1.0, 2.0]), ([1.0, 1.0], [1.0, 1.0])])
def test_a_factor_that_is_not_defined_is_nan(factor, groups) -> None:
    assert np.isnan(factor(*groups))


def test_values_that_are_not_numbers_do_not_count() -> None:
    assert z_prime([1.0, 1.2, np.nan], [0.0, 0.1, np.inf]) == z_prime([1.0, 1.2], [0.0, 0.1])


def test_a_good_plate_passes_without_a_reason() -> None:
    row = assess_plate(plate(), "x")
    assert (row["status"], row["reasons"]) == ("pass", None)
    assert row["z_prime"] > 0.8
    assert (row["n_wells"], row["n_negative_control"], row["n_positive_control"]) == (96, 8, 8)


def test_the_row_fulfils_its_contract() -> None:
    table = pl.DataFrame([assess_plate(plate(), "x")], schema_overrides=dict(PLATES.columns))
    assert check_table(table, PLATES).height == 1


@pytest.mark.parametrize(
    ("noise", "status", "words"), [(0.1, "warn", "is below 0.5"), (0.4, "fail", "controls overlap")]
)
def test_noisy_controls_are_a_reason(noise, status, words) -> None:
    row = assess_plate(plate(noise=noise), "x")
    assert row["status"] == status
    assert words in row["reasons"]


def test_controls_of_one_kind_only_are_a_warning() -> None:
    row = assess_plate(plate().filter(pl.col("role") != "positive_control"), "x")
    assert (row["status"], row["z_prime"]) == ("warn", None)
    assert "Z' cannot be computed from 8 negative and 0 positive control wells" in row["reasons"]


def test_an_edge_effect_is_found_with_its_sign_and_size() -> None:
    row = assess_plate(plate(effect=lambda well: -0.25 * is_edge_well(well, (8, 12))), "x")
    assert row["edge_effect_percent"] == pytest.approx(-25, abs=5)
    assert "edge wells differ from inner wells by -2" in row["reasons"]


def test_a_gradient_is_found_with_its_size() -> None:
    row = assess_plate(plate(effect=lambda well: 0.4 * (well_position(well)[0] / 7 - 0.5)), "x")
    assert row["gradient_percent"] == pytest.approx(40, abs=8)
    assert "a gradient runs across the plate" in row["reasons"]


def test_no_position_effect_is_imagined_in_noise() -> None:
    rows = [assess_plate(plate(noise=0.05, seed=seed), "x") for seed in range(20)]
    assert [row["reasons"] for row in rows if row["reasons"] and "plate" in row["reasons"]] == []


def test_active_compounds_are_no_position_effect() -> None:
    row = assess_plate(plate(effect=lambda well: -0.9 * (well[0] == "D" and well[1:] in ("05", "06", "07"))), "x")
    assert row["status"] == "pass"


def test_doses_laid_along_the_rows_are_no_gradient() -> None:
    # Every compound acts from its fifth dose on: in the right half of the plate.
    ordered = plate(effect=lambda well: -0.4 * (6 < int(well[1:]) < 12))
    dose = pl.when(pl.col("role") == "sample").then(10.0 ** -pl.col("well").str.tail(2).cast(pl.Float64))
    assert "gradient" in assess_plate(ordered, "x")["reasons"]
    assert assess_plate(ordered.with_columns(concentration_molar=dose), "x")["reasons"] is None


def test_failed_wells_are_counted_and_do_not_decide() -> None:
    spoilt = plate(failed=12).with_columns(x=pl.when(pl.col("status") == "failed").then(1e6).otherwise("x"))
    row = assess_plate(spoilt, "x")
    assert row["n_failed_wells"] == 12
    assert "12 of 96 wells failed" in row["reasons"]
    assert row["z_prime"] > 0.8


def test_limits_are_settings() -> None:
    assert assess_plate(plate(), "x", QualitySettings(z_prime_pass=0.99))["status"] == "warn"


def test_the_order_of_wells_does_not_matter() -> None:
    shuffled = plate().sample(fraction=1.0, shuffle=True, seed=3)
    one, other = assess_plate(plate(), "x"), assess_plate(shuffled, "x")
    assert {key: value for key, value in other.items() if key != "reasons"} == pytest.approx(
        {key: value for key, value in one.items() if key != "reasons"}
    )

"""The pictures of the report, one by one."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.reports.curve_plots import (
    CurvePoint,
    FittedLine,
    Potency,
    Series,
    draw_panel,
    draw_window,
    response_range,
)
from swanneck.reports.drawing import ColourScale, dose_ticks, number_ticks
from swanneck.reports.heat_maps import draw_heat_map
from swanneck.reports.wording import format_number, wells_in_words

LINE = FittedLine(midpoint=1e-6, slope=1.0, left=0.0, right=100.0)


def plate(**columns: list) -> pl.DataFrame:
    wells = ["A01", "A02", "A03", "A04", "B01"]
    table = {
        "well": wells,
        "role": ["sample"] * 5,
        "status": ["ok"] * 5,
        "mask_reason": [None] * 5,
        "x": [0.0, 25.0, 50.0, 100.0, None],
    }
    return pl.DataFrame(table | columns, infer_schema_length=None)


def panel(relation: str = "=", **potency: float) -> str:
    doses = [1e-8, 1e-7, 1e-6, 1e-5]
    points = [CurvePoint(dose, LINE.at([dose])[0], number) for number, dose in enumerate(doses)]
    return str(draw_panel([Series("efficacy", points, Potency(1e-6, relation, **potency), LINE)], (-20, 120), None))


def test_a_heat_map_has_a_square_per_well_in_its_place():
    drawn = str(draw_heat_map(plate(), "x", ColourScale(0, 100, "blue"), 7))
    assert re.findall(r'data-w="(\d+)"', drawn) == ["7", "8", "9", "10", "11"]
    assert 'x="40"' in drawn and "translate(0 20)" in drawn


def test_a_well_without_a_value_has_no_colour():
    drawn = str(draw_heat_map(plate(), "x", ColourScale(0, 100, "blue"), 0))
    assert re.search(r'<rect[^>]*class="none" data-w="4"/>', drawn)


@pytest.mark.parametrize(("columns", "mark"), [
    ({"role": ["negative_control"] * 5}, "minus"), ({"role": ["positive_control"] * 5}, "plus"),
    ({"status": ["failed"] * 5}, "cross"), ({"status": ["warning"] * 5}, "doubt"),
    ({"mask_reason": ["outlier"] * 5}, "ring"),
])  # fmt: skip
def test_roles_and_states_are_marked_by_shape(columns, mark):
    assert f'class="mark {mark}"' in str(draw_heat_map(plate(**columns), "x", ColourScale(0, 100, "blue"), 0))


def test_the_line_passes_the_potency_halfway():
    drawn = panel(low=5e-7, high=2e-6)
    x, height = re.search(r'd="M([\d.]+) ([\d.]+)V', drawn).groups()
    assert float(height) == pytest.approx((8 + 138) / 2, abs=0.2)
    assert f'cx="{float(x):g}"' in drawn


def test_a_censored_potency_is_an_arrow_and_has_no_mark():
    drawn = panel(">")
    assert 'class="bar efficacy"' in drawn and 'class="potency efficacy"' not in drawn


def test_an_open_interval_runs_to_the_end_of_the_axis():
    assert re.search(r'd="M[\d.]+ 147H284.0" class="bar efficacy"', panel(low=5e-7))


def test_masked_points_are_crosses_with_their_reason():
    points = [CurvePoint(1e-6, 50.0, 3, masked=True, mask_reason="outlier"), CurvePoint(1e-5, 60.0, 4)]
    drawn = str(draw_panel([Series("viability", points, Potency(None))], (-20, 120), None))
    assert re.search(r'<path[^>]*class="p x" data-w="3" data-y="50.0" data-m="outlier"/>', drawn)


def test_points_beyond_the_axis_stay_inside_the_panel():
    points = [CurvePoint(1e-6, 5000.0, 0), CurvePoint(1e-5, -5000.0, 1), CurvePoint(0.0, 3.0, 2)]
    drawn = str(draw_panel([Series("efficacy", points, Potency(None))], (-20, 120), None))
    assert re.findall(r'cy="([\d.]+)"', drawn)[:2] == ["8", "138"]
    assert drawn.count('class="p o"') == 2


def test_nothing_to_draw_draws_nothing():
    assert draw_panel([], (-20, 120), None) == ""


def test_a_window_is_open_between_the_potencies():
    drawn = draw_window({"efficacy": Potency(1e-7), "viability": Potency(1e-5, ">")}, (1e-8, 1e-5))
    assert 'class="open"' in drawn
    assert 'class="open"' not in draw_window({"efficacy": Potency(1e-5, ">"), "viability": Potency(1e-7)}, (1e-8, 1e-5))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True)))
def test_the_response_axis_always_holds_no_effect_and_full_effect(responses):
    low, high = response_range(responses)
    assert -100 <= low <= -20 and 120 <= high <= 200


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_lie_in_their_range_and_are_few(low, width):
    ticks = number_ticks(low, low + width)
    assert all(low - width * 1e-6 <= tick <= low + width * (1 + 1e-6) for tick in ticks)
    assert len(ticks) <= 6


@given(st.floats(-14, -2), st.floats(0.1, 12))
def test_dose_ticks_are_decades(low, width):
    ticks = dose_ticks(low, min(low + width, 0.0))
    assert len(ticks) <= 6
    assert all(name.startswith(("1 ", "10 ", "100 ")) for _, name in ticks)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 100))
def test_any_value_has_a_colour(value, low):
    scale = ColourScale(low, low + 1, "viridis")
    assert scale.colour(value) in scale.colours


def test_wells_are_listed_by_column_runs():
    assert wells_in_words([f"{row}23" for row in "ABCDEFGHIJKLMNOP"]) == "A23–P23"
    assert wells_in_words([]) == ""


@pytest.mark.parametrize(("value", "text"), [(float("nan"), "–"), (float("inf"), "∞"), (-0.5, "−0.5"), (1e-9, "1e-09")])
def test_odd_numbers_have_words(value, text):
    assert format_number(value) == text

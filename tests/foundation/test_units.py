"""Concentrations in any usual unit, mol/L inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.foundation.errors import InputError
from swanneck.foundation.units import MOLAR_UNITS, format_molar, molar_factor, to_molar


@pytest.mark.parametrize(
    ("text", "molar"),
    [
        ("uM", 1e-6),
        ("µM", 1e-6),
        ("μM", 1e-6),
        ("um", 1e-6),
        ("nM", 1e-9),
        ("mmol/L", 1e-3),
        ("M", 1.0),
        (" pM ", 1e-12),
    ],
)
def test_units_have_many_spellings(text, molar):
    assert molar_factor(text) == molar


@pytest.mark.parametrize("text", ["", "ug/mL", "%", "mm", "uL", "nMM"])
def test_what_is_no_molar_unit_is_refused_with_advice(text):
    with pytest.raises(InputError, match="no molar concentration"):
        molar_factor(text)


def test_round_doses_stay_round():
    assert to_molar(12.5, "uM") == 1.25e-05
    assert to_molar(0.1, "nM") == 1e-10


@given(st.floats(1e-14, 10), st.sampled_from(sorted(set(MOLAR_UNITS))))
def test_a_printed_concentration_is_within_half_a_digit_of_the_value(molar, _):
    text = format_molar(molar)
    number, unit = text.split()
    assert float(number) * MOLAR_UNITS[unit] == pytest.approx(molar, rel=6e-3)
    assert "e" not in number


def test_censored_values_print_with_their_relation():
    assert format_molar(50e-6, ">") == ">50 µM"
    assert format_molar(0.9999e-6) == "1 µM"

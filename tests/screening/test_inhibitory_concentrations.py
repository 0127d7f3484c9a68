"""Minimum inhibitory concentrations and what breakpoints make of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.foundation.errors import InputError
from swanneck.screening.inhibitory_concentrations import (
    InhibitoryConcentration,
    combine_mics,
    read_mic,
    summarise_growth,
)
from swanneck.screening.resistance import Breakpoint, call_resistance, read_breakpoints

DOSES = [0, 0.25, 0.5, 1, 2, 4]


@pytest.mark.parametrize(("growth", "wanted"), [
    ([1, 1, 1, 1, 0, 0], (2.0, "=")),
    ([1, 1, 0, 1, 0, 0], (2.0, "=")),
    ([1, 0, 0, 1, 0, 0], (None, "undefined")),
    ([1, 1, 1, 1, 1, 1], (4.0, ">")),
    ([1, 0, 0, 0, 0, 0], (0.25, "<=")),
    ([0.05, 1, 0, 0, 0, 0], (None, "undefined")),
], ids=["plain", "one-skipped", "two-skipped", "above", "below", "no-control"])  # fmt: skip
def test_series_are_read_with_their_relation(growth, wanted):
    found = read_mic(DOSES, growth)
    assert (found.mic, found.relation) == wanted


def test_blank_replicates_and_missing_wells():
    assert read_mic([0, 1, 1, 2], [1.05, 0.9, 0.1, 0.05], blank=0.05).mic == 2.0
    assert read_mic([0, 1, 2], [1.0, np.nan, 0.0]).relation == "<="
    with pytest.raises(InputError, match="growth control"):
        read_mic([1, 2], [1, 0])
    with pytest.raises(InputError, match="negative"):
        read_mic([0, -1], [1, 0])


def test_growth_curves_give_a_mic():
    hours = np.arange(0, 24, 0.5)
    yields = [
        summarise_growth(hours, 0.05 + top / (1 + np.exp(-0.8 * (hours - 8))))["yield_"]
        for top in (1, 1, 0.9, 0.5, 0.01, 0)
    ]
    assert read_mic(DOSES, yields).mic == 2.0
    fast = summarise_growth(hours, 0.01 * np.exp(0.7 * np.maximum(hours - 4, 0)).clip(0, 80))
    assert fast["rate"] == pytest.approx(0.7, abs=0.02)
    assert fast["lag"] == pytest.approx(4, abs=0.6)


def test_replicates_are_combined_with_their_spread():
    def of(*series):
        return combine_mics([read_mic(DOSES, growth) for growth in series])

    two, four, above, unreadable = [1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 0], [1] * 6, [0] * 6
    assert (of(two, four).mic, of(two, two, four).mic) == (4.0, 2.0)
    assert of(two, above, above).relation == ">"
    assert "1 unreadable" in of(two, two, unreadable).reason
    assert "more than two dilutions" in of([1, 0, 0, 0, 0, 0], two).reason


BREAKPOINTS = "organism,drug,susceptible_at_most,resistant_above\n"


def test_breakpoints_by_file(tmp_path):
    path = tmp_path / "breakpoints.csv"
    path.write_text(BREAKPOINTS + "E. coli,colistin,2,2\nE. coli,ampicillin,8,8\n")
    limits = read_breakpoints(path)["e. coli", "colistin"]
    assert call_resistance(read_mic(DOSES, [1, 1, 1, 1, 0, 0]), limits).call == "S"
    assert call_resistance(read_mic(DOSES, [1, 1, 1, 1, 1, 1]), limits).call == "R"


@pytest.mark.parametrize(("text", "wanted"), [
    (BREAKPOINTS + "E. coli,colistin,4,2\n", "susceptible up to 4 and resistant above 2"),
    (BREAKPOINTS + "E. coli,colistin,2,2\nE. coli,Colistin,2,2\n", "two rows"),
    (BREAKPOINTS + "E. coli,colistin,-1,2\n", "a breakpoint is positive"),
    (BREAKPOINTS + "E. coli,colistin,02-Feb,2\n", "no numbers, but '02-Feb'"),
    ("organism,drug,S,R\nE. coli,colistin,2,2\n", "no column 'susceptible_at_most'"),
], ids=["order", "twice", "negative", "date", "columns"])  # fmt: skip
def test_breakpoints_that_make_no_sense_are_refused(tmp_path, text, wanted):
    path = tmp_path / "breakpoints.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=wanted):
        read_breakpoints(path)


@given(st.floats(0.01, 64), st.sampled_from(["=", ">", "<="]), st.sampled_from([0.5, 1, 4]), st.booleans())
def test_a_call_of_a_censored_mic_holds_for_every_value_it_may_have(mic, relation, susceptible, inclusive):
    limits = Breakpoint(susceptible=susceptible, resistant=4 if susceptible < 4 else 8, inclusive=inclusive)
    told = call_resistance(InhibitoryConcentration(mic, relation, ""), limits).call
    factors = {"=": [1.0], ">": [1.0001, 2, 1e4], "<=": [1.0, 0.5, 1e-4]}[relation]
    values = [call_resistance(InhibitoryConcentration(mic * f, "=", ""), limits).call for f in factors]
    assert told in (values[0], "not determined")
    assert told == "not determined" or set(values) == {told}


def test_units_of_breakpoints_are_converted():
    limits = Breakpoint(susceptible=1, resistant=4, unit="mg/L")
    assert call_resistance(InhibitoryConcentration(500, "=", ""), limits, "ng/mL").call == "S"
    with pytest.raises(InputError, match="the MIC is in uM"):
        call_resistance(InhibitoryConcentration(1, "=", ""), limits, "uM")

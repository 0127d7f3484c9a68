"""Minimum inhibitory concentrations and what breakpoints make of them."""

import numpy as np
import pytest

from swanneck.foundation.errors import InputError
from swanneck.screening.inhibitory_concentrations import call_resistance, read_breakpoints, read_mic, summarise_growth

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


def test_breakpoints_by_file(tmp_path):
    path = tmp_path / "breakpoints.csv"
    path.write_text("organism,drug,susceptible_at_most,resistant_above\nE. coli,colistin,2,2\nE. coli,ampicillin,8,8\n")
    limits = read_breakpoints(path)["E. coli", "colistin"]
    assert call_resistance(read_mic(DOSES, [1, 1, 1, 1, 0, 0]), limits) == "S"
    assert call_resistance(read_mic(DOSES, [1, 1, 1, 1, 1, 1]), limits) == "R"
    path.write_text("organism,drug,susceptible_at_most,resistant_above\nE. coli,colistin,4,2\n")
    with pytest.raises(InputError, match="susceptible up to 4 and resistant above 2"):
        read_breakpoints(path)

"""What a person decides is kept with name, time and reason; and trust over time."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.screening.cell_lines import compare_cell_lines
from swanneck.screening.decisions import mask_wells, override_calls, read_decisions
from swanneck.screening.repeatability import (
    chart_reference,
    measure_drift,
    minimum_significant_ratio,
    share_of_variance,
)

HEADER = "action,by,when,reason,plate,well,compound\n"


@pytest.fixture
def decide(tmp_path):
    def write(*lines):
        path = tmp_path / "decisions.csv"
        path.write_text(HEADER + "\n".join(lines))
        return read_decisions(path)

    return write


def test_an_overridden_call_keeps_what_was_said_before(decide):
    decided = decide("call no hit,Ana,2026-03-31 10:00,frequent hitter,,,x", "call hit,Bo,2026-04-01,retested,,,x")
    hits = pl.DataFrame({"compound": ["x", "y"], "is_hit": [True, True], "reason": ["IC50 1 µM", "IC50 2 µM"]})
    first, second = override_calls(hits, decided).rows()
    assert first == ("x", True, "called a hit by Bo, 2026-04-01: retested; before: IC50 1 µM")
    assert second == ("y", True, "IC50 2 µM")


def test_masked_wells_stay_with_who_said_so(decide):
    wells = pl.DataFrame({"plate": ["P1"] * 2, "well": ["A01", "A02"], "status": ["ok"] * 2, "reason": [None, None]})
    masked = mask_wells(wells, decide("mask,Ana,2026-03-31,bubble,P1,a2,"))
    assert masked["status"].to_list() == ["ok", "failed"]
    assert masked["reason"][1] == "masked by Ana, 2026-03-31: bubble"


@pytest.mark.parametrize(("line", "wanted"), [
    ("mask,,2026-03-31,bubble,P1,A01,", "needs 'by'"),
    ("mask,Ana,2026-03-31,,P1,A01,", "needs 'reason'"),
    ("mask,Ana,31.3.2026,bubble,P1,A01,", "the time '31.3.2026' cannot be read"),
    ("delete,Ana,2026-03-31,bubble,P1,A01,", "no action 'delete'"),
    ("call hit,Ana,2026-03-31,good,,,", "needs 'compound'"),
], ids=["name", "reason", "time", "action", "compound"])  # fmt: skip
def test_decisions_without_their_parts_are_refused(decide, line, wanted):
    with pytest.raises(InputError, match=wanted):
        decide(line)


def test_decisions_on_what_is_not_there_are_refused(decide):
    hits = pl.DataFrame({"compound": ["y"], "is_hit": [True], "reason": ["r"]})
    with pytest.raises(InputError, match="'x' cannot be overridden"):
        override_calls(hits, decide("call hit,Ana,2026-03-31,good,,,x"))
    wells = pl.DataFrame({"plate": ["P1"], "well": ["A01"], "status": ["ok"], "reason": [None]})
    with pytest.raises(InputError, match="B02 of plate P1"):
        mask_wells(wells, decide("mask,Ana,2026-03-31,bubble,P1,B02,"))


# --- trust over time


def test_a_control_chart_tells_the_ways_to_leave_control():
    rng = np.random.default_rng(0)
    steady = 10 ** (-6 + rng.normal(0, 0.05, 20))
    far, shifted = [1e-5], 10 ** (-6 + 0.06 + np.zeros(8))
    runs = pl.DataFrame({"run": range(30), "ec50_molar": [*steady, *far, *shifted, None]})
    verdicts = chart_reference(runs, baseline=20)["verdict"].to_list()
    assert verdicts[20] == "outside 3 s"
    assert "8 on one side" in verdicts[21:]
    assert verdicts[29] == "no value"
    assert verdicts[:20].count("in control") >= 17
    with pytest.raises(InputError, match="at least three"):
        chart_reference(runs.head(2))


def test_the_minimum_significant_ratio_is_that_of_the_simulated_noise():
    rng = np.random.default_rng(1)
    truth = 10 ** rng.uniform(-9, -5, 400)
    first, second = (truth * 10 ** rng.normal(0, 0.15, 400) for _ in range(2))
    found = minimum_significant_ratio(first, second)
    assert found.low < 10 ** (2 * np.sqrt(2) * 0.15) < found.high
    assert found.agreement[0] < found.mean_ratio < found.agreement[1]


def test_drift_is_told_from_scatter():
    rng = np.random.default_rng(2)
    assert measure_drift(np.arange(20) * 0.5 + rng.normal(0, 1, 20)).p_value < 0.001
    assert measure_drift(rng.normal(5, 1, 20)).p_value > 0.01
    assert measure_drift([3.0] * 5).change == 0.0


def test_plates_explain_variance_before_and_not_after_normalisation():
    rng = np.random.default_rng(3)
    table = pl.DataFrame({"plate": np.repeat(list("abcdef"), 50), "x": rng.normal(0, 1, 300) + np.repeat(range(6), 50)})
    after = table.with_columns(y=pl.col("x") - pl.col("x").median().over("plate"))
    assert share_of_variance(table, "x", "plate") > 0.6
    assert share_of_variance(after, "y", "plate") < 0.02


def test_cell_lines_need_two():
    with pytest.raises(InputError, match="two cell lines"):
        compare_cell_lines(pl.DataFrame({"compound": ["a"], "cell_line": ["Vero"]}))

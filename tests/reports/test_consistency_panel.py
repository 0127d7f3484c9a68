"""The report of several plates says how they agree; that of one plate has no such part."""

import polars as pl
import pytest

from swanneck.reports.consistency_pictures import ControlLimits, Run, draw_effects, draw_repeats, draw_runs
from swanneck.reports.screen_report import render_screen_report
from swanneck.reports.screen_results import ScreenResults
from swanneck.screening.assays import Readout
from swanneck.workflows.analyse_wells import analyse_wells

READOUTS = [Readout("x", "share of <infected>", "efficacy"), Readout("cell_count", "cells", "viability", law="count")]
LEVELS = (0.5, 0.6, 0.55, 0.62, 0.5)


def plate(number, level):
    rows = [(f"A{n:02d}", "negative_control", None, None, level + n / 500) for n in range(1, 9)]
    rows += [(f"B{n:02d}", "positive_control", None, None, n / 1000) for n in range(1, 9)]
    for letter, name, ic50 in (("C", "known", 1e-6), ("D", "new", 3e-7), ("E", "third", 3e-6)):
        role = "reference" if name == "known" else "sample"
        doses = [10.0 ** (-9 + 0.5 * n) for n in range(1, 9)]
        rows += [
            (f"{letter}{n:02d}", role, name, dose, level / (1 + dose / (ic50 * (1 + 0.05 * number))) + n % 3 / 200)
            for n, dose in enumerate(doses, 1)
        ]
    table = pl.DataFrame(rows, ["well", "role", "compound", "concentration_molar", "x"], orient="row", strict=False)
    return table.with_columns(
        plate=pl.lit(f"P{number}"), status=pl.lit("ok"), reason=pl.lit(None, pl.String),
        cell_count=400.0 + pl.int_range(pl.len()) % 7, n_fields=pl.lit(2),
    )  # fmt: skip


def page(plates):
    tables = analyse_wells(pl.concat(plates), READOUTS)
    results = ScreenResults(
        "several", tables.wells, tables.plates, tables.curves, tables.points, tables.hits, READOUTS,
        consistency=tables.consistency,
    )  # fmt: skip
    return render_screen_report(results)


@pytest.fixture(scope="module")
def several() -> str:
    return page([plate(number, level) for number, level in enumerate(LEVELS, 1)])


@pytest.mark.parametrize(
    "words",
    [
        "Agreement of plates and runs", "after normalisation", "negative controls, plates", "no drift", "in control",
        "Two potencies must differ", "from 3 compounds measured on two plates".capitalize(), "share of &lt;infect",
    ],
)  # fmt: skip
def test_the_page_says_how_plates_agree(several, words):
    assert words in several


def test_the_probability_of_selectivity_stands_beside_its_index(several):
    assert "P(SI &gt; 10)" in several
    assert several.count("&gt;99 %") >= 2
    assert "≥" in several


def test_the_reference_wells_say_where_the_controls_landed(several):
    assert "Their medians land on, %" in several
    assert "<td>0 and 100</td>" in several


def test_one_plate_has_nothing_to_agree_with():
    assert "Agreement" not in page([plate(1, 0.5)])


def test_a_run_out_of_control_is_a_cross_with_its_reason():
    runs = [Run("P1", 1e-6), Run("P2", 9e-6, "outside 3 s"), Run("P3", None)]
    picture = str(draw_runs(runs, ControlLimits(1e-6, 5e-7, 2e-6), potency=True))
    assert picture.count('class="odd"') == 1
    assert "P2: 9 µM, outside 3 s" in picture
    assert picture.count('class="limit"') == 2


def test_nothing_measured_is_no_picture():
    assert str(draw_runs([Run("P1", None)])) == ""


def test_names_in_pictures_are_escaped():
    drawn = draw_effects([("<b>", "x", 50.0, 1.0)]) + draw_repeats([("<b>", 1e-6, 2e-6)], ControlLimits(1, 0.5, 2))
    assert "<b>" not in str(drawn)
    assert "&lt;b&gt;" in str(drawn)

"""`swanneck potencies ...` and `swanneck curves growth` as they are typed."""

import polars as pl
import pytest

from swanneck.screening.repeatability import minimum_significant_ratio
from swanneck.workflows.fit_table_growth_rates import GrowthColumns, fit_table_growth_rates

TABLE = (
    "compound,cell_line,run,ic50,unit\n"
    "x,Vero,1,1.0,uM\nx,Vero,2,1.2,uM\nx,Vero,3,0.9,uM\nx,Vero,4,9,uM\nx,Calu-3,1,300,nM\n"
    "y,Vero,1,>50,uM\ny,Calu-3,1,2,uM\nz,Vero,1,2,uM\nz,Vero,2,2.5,uM\nw,Vero,1,5,uM\nw,Vero,2,4,uM\n"
)


@pytest.fixture
def potencies(swanneck, tmp_path):
    """Run a verb on a text; gives exit code, output, error."""

    def run(verb, text, *more):
        path = tmp_path / "potencies.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return swanneck("potencies", verb, path, *more)

    return run


def test_cell_lines_carry_relations(potencies, tmp_path):
    code, out, _ = potencies("lines", TABLE, "--out", tmp_path / "lines.csv")
    assert code == 0
    assert "y         Calu-3  Vero    2 µM     >50 µM   >25 " in out
    assert pl.read_csv(tmp_path / "lines.csv")["ratio_relation"].to_list() == ["=", ">"]


def test_runs_have_a_significant_ratio_and_say_what_was_left_out(potencies):
    code, out, _ = potencies("runs", TABLE.replace("x,Calu-3,1,300,nM\n", ""), "--run", "run")
    assert code == 0
    assert "needs three compounds measured twice, got 1" in out
    wanted = minimum_significant_ratio([1.0, 2.0, 5.0], [1.2, 2.5, 4.0]).ratio
    assert f"{wanted:.2f}" in next(line for line in out.splitlines() if line.startswith("1      2"))


def test_a_run_out_of_control_is_told(potencies):
    out = potencies("chart", TABLE, "--run", "run", "--compound", "x", "--baseline", "3")[1]
    assert out.splitlines()[-1].endswith("outside 3 s")


def test_drift_of_plates_in_their_order(swanneck, tmp_path):
    path = tmp_path / "plates.csv"
    path.write_text("plate,z_prime,signal\n" + "".join(f"P{n},{0.8 - n / 50},{n % 2}\n" for n in range(9)))
    code, out, _ = swanneck("potencies", "drift", path)
    assert (code, "z_prime  -0.16" in out) == (0, True)
    assert "p" in swanneck("potencies", "drift", path, "--value", "signal")[1]
    assert "there is no column 'cv'" in swanneck("potencies", "drift", path, "--value", "cv")[2]


@pytest.mark.parametrize(("typed", "wanted"), [
    (("lines", TABLE.replace("Calu-3", "Vero")), "at least two cell lines"),
    (("lines", TABLE.replace(",unit", ",note")), "say --unit uM"),
    (("lines", TABLE.replace("uM", "ug/mL")), "no molar concentration"),
    (("lines", TABLE.replace("ic50", "value")), "say --potency"),
    (("lines", TABLE.replace("compound", "drug")), "there is no column 'compound'"),
    (("lines", "compound,cell_line,ic50,unit\nx,a,-1,uM\nx,b,12-Jan,uM\n"), "has no potencies, but '-1', '12-Jan'"),
    (("runs", TABLE), "two runs are needed, got 1"),
    (("chart", TABLE, "--compound", "q", "--run", "run"), "no run has a potency of 'q'"),
    (("chart", TABLE, "--compound", "w", "--run", "run"), "at least three values to learn from, got 2"),
    (("drift", "plate,z_prime\nP1,0.5\n"), "at least four plates"),
], ids=["one-line", "no-unit", "mass", "column", "names", "no-number", "one-run", "unknown", "few-runs",
        "plates"])  # fmt: skip
def test_what_is_wrong_is_one_line(potencies, typed, wanted):
    code, _, error = potencies(*typed)
    assert (code, wanted in error, "Traceback" in error) == (1, True, False), error


def test_decimal_commas_and_rows_without_potency(potencies):
    text = TABLE.replace(",", ";").replace("0.9", "0,9").replace("1.2", "inactive")
    code, out, _ = potencies("lines", text.encode("latin-1"))
    assert (code, "1 rows have no potency and are left out: 'inactive'" in out) == (0, True)


COUNTS = "line,hours,uM,cells\n" + "".join(
    [f"a,0,0,{n}\n" for n in (98, 100, 102, 101)] + [f"a,48,0,{n}\n" for n in (398, 400, 404, 401)]
    + [f"a,48,{dose},{100 * 4 ** (1 / (1 + dose)):.1f}\n" for dose in (0.01, 0.03, 0.1, 0.3, 1, 3, 10)]
)  # fmt: skip
GROWTH = ("--dose", "uM", "--cells", "cells", "--curve", "line")


@pytest.fixture
def growth(swanneck, tmp_path):
    def run(text, *more):
        path = tmp_path / "counts.csv"
        path.write_text(text)
        return swanneck("curves", "growth", path, *GROWTH, *more)

    return run


def test_growth_rates_of_untreated_wells_in_rows(growth, tmp_path):
    code, out, _ = growth(COUNTS, "--time", "hours", "--out", tmp_path / "gr.csv", "--values", tmp_path / "values.csv")
    assert (code, "matched by hours, line" in out) == (0, True)
    row = pl.read_csv(tmp_path / "gr.csv").row(0, named=True)
    assert (row["gr50"], row["gr50_relation"]) == (pytest.approx(0.71, abs=0.03), "=")
    assert pl.read_csv(tmp_path / "values.csv")["gr"].max() < 1.02


@pytest.mark.parametrize(("text", "more", "wanted"), [
    (COUNTS, (), "--control with --start, or --time"),
    (COUNTS.replace("a,48,0,", "b,48,0,"), ("--time", "hours", "--within", "line"), "no untreated well"),
    (COUNTS.replace("a,0,0,", "a,48,0,"), ("--time", "hours"), "at the earliest time"),
    (COUNTS.replace("a,48,0.1,", "a,48,-0.1,"), ("--time", "hours"), "a dose is negative (-0.1)"),
    ("line,uM,cells,c,s\na,1,-5,9,2\n", ("--control", "c", "--start", "s"), "must not be negative"),
    ("line,uM,cells,c,s\na,1,5,9,2\n", ("--control", "c", "--start", "s"), "1 point cannot tell"),
], ids=["form", "match", "start", "dose", "count", "few"])  # fmt: skip
def test_growth_rates_that_cannot_be_say_why(growth, text, more, wanted):
    code, _, error = growth(text, *more)
    assert (code, wanted in error, "Traceback" in error) == (1, True, False), error


def test_conditions_that_were_mixed_are_asked_for(growth):
    assert "is there a column for --within?" in growth(COUNTS.replace("a,48,0,398", "a,48,0,800"), "--time", "hours")[1]


def test_both_forms_of_the_published_inputs_give_the_same_values(shared_data, tmp_path):
    folder = shared_data / "screens" / "grmetrics"
    curve = ("cell_line", "treatment")
    in_columns = GrowthColumns(
        dose="concentration", cells="cell_count", control="cell_count__ctrl", start="cell_count__time0", curve=curve
    )
    # Two conditions stand one after the other in the rows of each well; their column is not in the file.
    place = pl.int_range(pl.len()) * 2 // pl.len()
    keys = ["cell_line", "treatment", "replicate", "time", "concentration"]
    table = pl.read_csv(folder / "inputCaseC.csv").with_columns(condition=place.over(keys))
    table.write_csv(tmp_path / "rows.csv")
    in_rows = GrowthColumns(
        dose="concentration",
        cells="cell_count",
        time="time",
        curve=curve,
        within=("cell_line", "replicate", "condition"),
    )
    one = fit_table_growth_rates(folder / "inputCaseA.csv", in_columns)
    other = fit_table_growth_rates(tmp_path / "rows.csv", in_rows)
    order = [*curve, "concentration", "cell_count"]
    assert one.values.sort(order)["gr"].to_list() == pytest.approx(other.values.sort(order)["gr"].to_list(), abs=1e-12)
    assert len(one.curves) == 12

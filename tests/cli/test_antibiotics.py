"""`swanneck curves mic` and `swanneck combinations checkerboard` as they are typed."""

import polars as pl
import pytest

SERIES = "drug,conc,od\n,0,0.9\nx,1,0.8\nx,2,0.7\nx,4,0.05\nx,8,0.04\n"
BOARD = "a,b,od\n" + "".join(
    f"{a},{b},{0.9 if a / 4 + b / 4 < (0.5 if a and b else 1) else 0.02}\n"
    for a in (0, 1, 2, 4, 8)
    for b in (0, 1, 2, 4)
)


@pytest.fixture
def table(tmp_path):
    def write(text, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def mic(swanneck, table):
    """Read the MICs of a text; gives exit code, output, error."""
    return lambda text, *more: swanneck("curves", "mic", table(text), "--dose", "conc", "--growth", "od", *more)


def test_a_series_is_read_with_the_control_of_its_isolate(mic):
    code, out, _ = mic(SERIES, "--drug", "drug")
    assert code == 0
    assert "x     4    no breakpoint  no growth from 4 on" in out


def test_replicates_are_read_one_by_one(mic, tmp_path):
    rows = "".join(
        f"{conc},{od},{rep}\n" for rep in (1, 2, 3) for conc, od in zip((0, 1, 2, 4), (1, 1, rep > 1, 0), strict=True)
    )
    code, _, _ = mic(
        "conc,od,rep\n" + rows.replace("True", "1").replace("False", "0"),
        "--replicate",
        "rep",
        "--out",
        tmp_path / "m.csv",
    )
    row = pl.read_csv(tmp_path / "m.csv").row(0, named=True)
    assert (code, row["mic"], row["n_replicates"], row["reading"]) == (0, 4.0, 3, "median of 3 replicates, 2 to 4")


@pytest.mark.parametrize(("text", "more", "wanted"), [
    (SERIES.replace("x,1,", "x,-1,"), (), "negative or missing in 1 rows"),
    (SERIES.replace("x,1,", "x,1 mg/L,"), (), "'1 mg/L' in line 3"),
    (SERIES.replace("x,1,", "x,01-Feb,"), (), "'01-Feb' in line 3"),
    (SERIES.replace(",0,0.9\n", ""), (), "needs a growth control"),
    (SERIES, ("--unit", "furlong"), "unit 'furlong' is not known"),
    (SERIES, ("--blank", "medium"), "a number or column=value"),
    (SERIES, ("--blank", "drug=medium"), "no well has 'medium'"),
    (SERIES, ("--summary", "slope"), "--summary"),
    (SERIES, ("--drug", "agent"), "there is no column 'agent'"),
    ("", (), "the file is empty"),
], ids=["negative", "unit", "date", "control", "unknown", "blank", "no-blank", "summary", "column",
        "empty"])  # fmt: skip
def test_what_is_wrong_is_one_line(mic, text, more, wanted):
    code, _, error = mic(text, *more)
    assert (code, wanted in error, "Traceback" in error) == (1, True, False), error


def test_a_control_without_growth_leaves_the_mic_undefined(mic):
    out = mic(SERIES.replace(",0,0.9", ",0,0.01"))[1]
    assert "–    no breakpoint  the growth control reached only 0.01" in out


def test_all_equal_growth_is_a_bound_and_decimal_commas_in_latin_1_are_read(mic):
    text = "conc;od;\xb5g\n0;0,9;\n1;0,9;\n2;0,9;\n".encode("latin-1")
    assert ">2" in mic(text)[1]


def test_mixed_units_become_one(mic):
    text = "conc,unit,od\n0,,0.9\n500,ng/mL,0.8\n1,mg/L,0.02\n2,mg/L,0.02\n"
    code, out, _ = mic(text)
    assert (code, "converted to ng/mL" in out, "1000 " in out) == (0, True, True)
    assert "mixes molar units" in mic(text.replace("2,mg/L", "2,uM"))[2]


def test_growth_curves_need_wells_told_apart(mic):
    rows = [f"{conc},{hour},{0.05 + (conc < 2) * hour / 10}" for conc in (0, 0, 1, 2) for hour in range(8)]
    text = "\n".join(["conc,hour,od", *rows])
    assert "--well" in mic(text, "--time", "hour")[2]
    with_wells = "\n".join(["conc,hour,od,well", *(f"{row},{place // 8}" for place, row in enumerate(rows))])
    assert "no growth from 2 on" in mic(with_wells, "--time", "hour", "--well", "well")[1]
    assert "no growth from 2 on" in mic(with_wells, "--time", "hour", "--well", "well", "--summary", "area")[1]


def test_breakpoints_of_one_organism_are_for_all_and_of_several_are_not(mic, table):
    limits = table("organism,drug,susceptible_at_most,resistant_at_least\nE. coli,X,1,4\n", "limits.csv")
    out = mic(SERIES, "--drug", "drug", "--breakpoints", limits)[1]
    assert "breakpoints of e. coli for all" in out
    assert "R     MIC 4 is from 4" in out
    limits.write_text(limits.read_text() + "S. aureus,X,1,4\n")
    assert "--organism" in mic(SERIES, "--drug", "drug", "--breakpoints", limits)[2]


@pytest.fixture
def board(swanneck, table):
    options = ("--dose-a", "a", "--dose-b", "b", "--growth", "od")
    return lambda text, *more: swanneck("combinations", "checkerboard", table(text), *options, *more)


def test_a_checkerboard_has_an_index_and_a_verdict(board):
    code, out, _ = board(BOARD)
    assert code == 0
    assert "a + b  4      4      0.5   1 + 1  synergy" in out


@pytest.mark.parametrize(("text", "wanted"), [
    (BOARD.replace("0,0,0.9", "0,0,0.0"), "the well without drugs reads 0"),
    ("a,b,od\n0,0,0.9\n1,1,0.1\n2,1,0.1\n", "a drug was not tested alone"),
    (BOARD.replace("\n1,", "\n-1,"), "negative or missing"),
    (BOARD.replace("a,b,od", "a,b,density"), "there is no column 'od'"),
], ids=["control", "alone", "negative", "column"])  # fmt: skip
def test_a_board_that_cannot_be_read_says_why(board, text, wanted):
    code, _, error = board(text)
    assert (code, wanted in error, "Traceback" in error) == (1, True, False), error


def test_drugs_are_named_once_each(board):
    assert "--drug names 1 columns for 2 drugs" in board(BOARD, "--drug", "a")[2]

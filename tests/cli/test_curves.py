"""`swanneck curves ...` as it is typed."""

import json
import math
from types import SimpleNamespace

import polars as pl
import pytest

TABLE = "conc,length\n0,7.9\n0,8.1\n1,7.7\n2,6.1\n4,3.2\n8,1.1\n16,0.6\n32,0.4\n"


@pytest.fixture
def growth(tmp_path):
    path = tmp_path / "growth.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def run(swanneck):
    """Call the command; gives `exit_code`, `stdout` and `stderr`."""
    return lambda *words: SimpleNamespace(**dict(zip(("exit_code", "stdout", "stderr"), swanneck(*words), strict=True)))


def fit(run, path, *options):
    return run("curves", "fit", str(path), "--dose", "conc", "--response", "length", *options)


def test_json_has_drcs_names_and_nothing_else_on_the_output(run, growth):
    told = json.loads(fit(run, growth, "--json").stdout)
    assert list(told) == ["parameters", "rse", "df"]
    assert list(told["parameters"]) == ["b", "c", "d", "e"]
    assert set(told["parameters"]["e"]) == {"estimate", "se", "low", "high"}
    assert (told["df"], told["rse"] > 0) == (4, True)


@pytest.mark.parametrize(("text", "wanted"), [
    (TABLE.replace("conc", "dose"), "there is no column 'conc'; there are 'dose', 'length'"),
    (TABLE.replace("16,", "16 uM,"), "column 'conc' is '16 uM' in line 8"),
    (TABLE.replace("\n1,", "\n-1,"), "a dose is negative (-1)"),
    ("conc,length\n1,2\n2,3\n", "2 points cannot tell 4 free parameters"),
    ("conc,length\n" + "".join(f"{n},5\n" for n in range(7)), "all responses are equal (5)"),
    ("conc,length\n1,12-Jan\n2,13-Jan\n", "column 'length' has no numbers, but '12-Jan', '13-Jan'"),
    ("", "the file is empty"),
], ids=["column", "unit", "negative", "few", "equal", "dates", "empty"])  # fmt: skip
def test_what_is_wrong_is_one_line(run, growth, text, wanted):
    growth.write_text(text)
    done = fit(run, growth)
    assert done.exit_code == 1
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr


def test_decimal_commas_semicolons_and_latin_1_are_read(run, growth):
    text = TABLE.replace(",", ";").replace(".", ",").replace("\n0;8", ";\xb5M\n0;8", 1).replace("length", "length;unit")
    growth.write_bytes(text.encode("latin-1"))
    assert "e  3.17129" in fit(run, growth).stdout


def test_options_that_make_no_sense_say_so(run, growth):
    assert "there is no model 'spline'" in fit(run, growth, "--model", "spline").stderr
    assert "--errors" in fit(run, growth, "--errors", "cauchy").stderr
    assert "such as c=0" in fit(run, growth, "--fix", "c").stderr
    assert "shared between curves" in fit(run, growth, "--share", "c").stderr


def test_curves_of_a_column_are_fitted_apart_and_refused_with_a_reason(run, growth):
    rows = TABLE.splitlines()
    lines = [rows[0] + ",drug", *[f"{row},a" for row in rows[1:]], "1,5,b", "2,4,b"]
    growth.write_text("\n".join(lines))
    told = json.loads(fit(run, growth, "--curve", "drug", "--json").stdout)
    assert list(told["curves"]) == ["a"]
    assert "2 points cannot tell" in told["refused"]["b"]


def test_selectivity_keeps_its_relation(run, tmp_path):
    doses = [0.03, 0.1, 0.3, 1, 3, 10, 30]
    wobble = [1, -2, 2, -1, 1, -1, 2]
    rows = [f"{x},{100 / (1 + 1 / x) + w:.2f},{100 - w},safe" for x, w in zip(doses, wobble, strict=True)]
    rows += [
        f"{x},{100 / (1 + 1 / x) + w:.2f},{100 / (1 + x / 3) - w:.2f},toxic" for x, w in zip(doses, wobble, strict=True)
    ]
    path, out = tmp_path / "drugs.csv", tmp_path / "index.csv"
    path.write_text("\n".join(["uM,inhibition,viability,drug", *rows]))
    options = ("--dose", "uM", "--inhibition", "inhibition", "--viability", "viability", "--compound", "drug")
    done = run("curves", "selectivity", str(path), *options, "--out", str(out))
    safe, toxic = (
        next(line for line in done.stdout.splitlines() if line.startswith(name)) for name in ("safe", "toxic")
    )
    assert (" >30 " in safe, "open" in safe, ">" in toxic) == (True, True, False)
    assert "selectivity_relation" in out.read_text()
    assert "there is no column" in run("curves", "selectivity", str(path), *options[:-1], "name").stderr


DRC = {
    "C.dubia": ("conc", "number"), "M.bahia": ("conc", "dryweight"), "O.mykiss": ("conc", "weight"),
    "acidiq": ("dose", "rgr"), "algae": ("conc", "vol"), "glymet": ("dose", "rgr"), "heartrate": ("pressure", "rate"),
    "lemna": ("conc", "frond.num"), "lepidium": ("conc", "weight"), "lettuce": ("conc", "weight"),
    "mecter": ("dose", "rgr"), "methionine": ("dose", "gain"), "nasturtium": ("conc", "wt"),
    "ryegrass": ("conc", "rootl"), "ryegrass2": ("dose", "biomass"), "spinach": ("DOSE", "SLOPE"),
    "terbuthylazin": ("dose", "rgr"), "vinclozolin": ("conc", "effect"), "auxins": ("dose", "dryweight"),
    "S.alba": ("Dose", "DryMatter"), "S.alba.comp": ("dose", "drymatter"), "metals": ("conc", "BIF"),
}  # fmt: skip
COUNTS = {
    "H.virescens": ("dose", "numdead", "total"), "TCDD": ("conc", "incidence", "total"),
    "chlorac": ("conc", "num.dead", "total"), "daphnids": ("dose", "no", "total"), "deguelin": ("dose", "r", "n"),
    "earthworms": ("dose", "number", "total"), "finney71": ("dose", "affected", "total"),
    "nicotine": ("conc", "num.dead", "total"), "selenium": ("conc", "dead", "total"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*DRC, *COUNTS])
def test_every_dose_response_of_drc_is_fitted_or_refused_with_a_reason(name, run, shared_data):
    columns = DRC.get(name) or COUNTS[name]
    options = ["--total", columns[2], "--model", "2pl"] if name in COUNTS else []
    path = shared_data / "screens" / "drc" / f"{name}.csv"
    done = run("curves", "fit", str(path), "--dose", columns[0], "--response", columns[1], "--json", *options)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert all(one["se"] is None or one["se"] > 0 for one in told["parameters"].values())


def test_many_curves_have_a_table_with_false_discovery_rates(run, tmp_path):
    rows = TABLE.splitlines()
    flat = [f"{dose},{5 + (-1) ** n / 10},flat" for n, dose in enumerate((0, 0, 1, 2, 4, 8, 16, 32))]
    (tmp_path / "two.csv").write_text("\n".join([rows[0] + ",drug,day", *(f"{row},a,1" for row in rows[1:]),
                                                 *(f"{row},1" for row in flat)]))  # fmt: skip
    done = fit(run, tmp_path / "two.csv", "--curve", "drug", "--curve", "day", "--out", str(tmp_path / "fits.csv"))
    assert done.exit_code == 0, done.stderr
    table = pl.read_csv(tmp_path / "fits.csv")
    assert table["curve"].to_list() == ["a, 1", "flat, 1"]
    assert table["fdr"][0] == pytest.approx(2 * table["p_value"][0])
    assert table["fdr"][1] > 0.2


def test_log_doses_give_the_same_curve(run, tmp_path):
    rows = [row.split(",") for row in TABLE.splitlines()[3:]]
    for name, written in (("plain", str), ("log", lambda dose: repr(math.log10(float(dose))))):
        text = "conc,length\n" + "".join(f"{written(dose)},{length}\n" for dose, length in rows)
        (tmp_path / f"{name}.csv").write_text(text)
    plain = json.loads(fit(run, tmp_path / "plain.csv", "--json").stdout)["parameters"]["e"]["estimate"]
    logs = json.loads(fit(run, tmp_path / "log.csv", "--json", "--log-dose").stdout)["parameters"]["e"]["estimate"]
    assert logs == pytest.approx(plain, rel=1e-6)


def test_details_say_what_the_fit_is_worth(run, growth):
    told = json.loads(fit(run, growth, "--json", "--details", "--way", "0.5").stdout)
    assert (told["model"], told["class"], told["potency"]["relation"]) == ("4pl", "complete", "=")
    assert told["p_value"] < 1e-5 < 0.05 < told["lack_of_fit"]


def test_masked_points_are_listed_with_their_reasons_and_what_all_would_have_given(run, growth, tmp_path):
    rows = TABLE.replace("2,6.1", "2,1.0").splitlines()
    reasons = ["why", *["bubble" if row.startswith("2,") else "" for row in rows[1:]]]
    growth.write_text("\n".join(f"{row},{why}" for row, why in zip(rows, reasons, strict=True)))
    done = fit(run, growth, "--mask", "why", "--out", str(tmp_path / "fits.csv"))
    assert "masked: dose 2, response 1: bubble" in done.stdout
    assert "with all points: b" in done.stdout
    assert "2.0,1.0,bubble" in (tmp_path / "fits.masked.csv").read_text()
    assert "with normal errors" in fit(run, growth, "--outliers", "--errors", "poisson").stderr


def test_families_take_weights_and_totals(run, tmp_path):
    doses = [0, 1, 2, 4, 8, 16]
    dead = {"a": [0, 1, 4, 9, 15, 19], "b": [1, 0, 2, 5, 11, 17]}
    rows = [
        f"{dose},{count},20,{name}" for name, counts in dead.items() for dose, count in zip(doses, counts, strict=True)
    ]
    (tmp_path / "dead.csv").write_text("\n".join(["dose,dead,total,drug", *rows]))
    options = ("--dose", "dose", "--response", "dead", "--total", "total", "--model", "2pl")
    done = run("curves", "fit", str(tmp_path / "dead.csv"), *options, "--curve", "drug", "--share", "b", "--json")
    told = json.loads(done.stdout)
    assert list(told["parameters"]) == ["b", "e:a", "e:b"]
    assert told["rse"] is None
    assert told["parameters"]["e:a"]["high"] < told["parameters"]["e:b"]["estimate"]

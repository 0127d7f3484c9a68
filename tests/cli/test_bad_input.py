"""Every verb that reads a table of wells, compounds or profiles, with every usual kind of bad input: refused in one
line, or read by a rule that is told. What must be said of each stands in `REFUSED` and `TOLD`."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Verb:
    """A command (`{table}` stands for the file), its good table, and which columns hold what."""

    words: str
    rows: Rows
    dose: str | None
    value: str | None
    is_control: Callable[[dict[str, str]], bool]
    unit: str | None = None


def table(header: str, rows: list[tuple[object, ...]]) -> Rows:
    return [dict(zip(header.split(","), map(str, row), strict=True)) for row in rows]


def falls(dose: float, top: float = 100.0) -> float:
    return round(top / (1 + dose), 3)


DOSES = (0, 0.03, 0.1, 0.3, 1, 3, 10, 30)
rng = np.random.default_rng(0)
CURVE = table("dose,response", [(d, falls(d) + wobble) for d in DOSES for wobble in (1.5, -1.25)])
BOTH = table("dose,inhibition,viability", [(d, 100 - falls(d) + w, 100 + w) for d in DOSES[1:] for w in (1.5, -1.25)])
SERIES = table("dose,od", [(0, 0.9), (0, 0.95), (1, 0.8), (2, 0.7), (4, 0.05), (8, 0.04)])
CELLS = table("dose,hours,cells", [
    *((0, 0, n) for n in (98, 100, 103)), *((0, 48, n) for n in (390, 400, 410)),
    *((d, 48, round(100 * 4 ** (1 / (1 + d)) * w, 1)) for d in DOSES[1:] for w in (1.01, 0.99)),
])  # fmt: skip
GRID = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
PAIRS = table("dose_a,dose_b,response", [
    (a, b, round(100 - falls(a) * falls(b) / 100 + w, 2)) for a in GRID for b in GRID for w in (0.5, -0.4)
])  # fmt: skip
BOARD = table("dose_a,dose_b,growth", [
    (a, b, 0.9 if a / 4 + b / 4 < (0.5 if a and b else 1) else 0.02) for a in (0, 1, 2, 4, 8) for b in (0, 1, 2, 4)
])  # fmt: skip
TRIPLES = table("dose_a,dose_b,dose_c,response", [
    (a, b, c, 100 - 100 * 0.5 ** sum(x > 0 for x in (a, b, c)) + w)
    for a in (0, 1) for b in (0, 1) for c in (0, 1) for w in (0.5, -0.5)
])  # fmt: skip
POTENCIES = table("compound,cell_line,ic50,unit", [("x", "A", 1.5, "uM"), ("x", "B", 3, "uM"), ("y", "A", 2, "uM")])
SCREEN = table("plate,well,role,compound,dose,unit,signal", [
    ("P1", f"{'ABCDEFGH'[n // 12]}{n % 12 + 1}",
     {0: "negative_control", 11: "positive_control"}.get(n % 12, "sample"),
     f"c{n // 12}" if 0 < n % 12 < 11 else "", 10 / 3 ** (n % 12) if 0 < n % 12 < 11 else "", "uM",
     round({0: 100.0, 11: 5.0}.get(n % 12, falls(10 / 3 ** (n % 12))) + rng.normal(0, 2), 2))
    for n in range(96)
])  # fmt: skip
PROFILES = table("plate,compound,Cells_A,Cells_B,Cells_C", [
    ("P1", "DMSO" if n < 8 else f"c{n % 4}", *(round(float(x), 4) for x in rng.normal(n % 4 * (n >= 8), 1, 3)))
    for n in range(24)
])  # fmt: skip
LIBRARY = table("compound,smiles", [("a", "CCO"), ("b", "c1ccccc1O"), ("c", "CC(=O)Oc1ccccc1C(=O)O")])
STOCKS = table("compound,source_plate,source_well,stock,unit,volume_ul", [
    ("a", "S", "A1", 10, "mM", 40.5), ("b", "S", "A2", 10, "mM", 40.5), ("DMSO", "S", "P24", 0, "mM", 60),
])  # fmt: skip
ONE_DOSE = table("compound,dose uM,left", [("old", 10, 20.5), ("new", 10, 35.5), ("idle", 10, 100.5)])

VERBS = {
    "curves fit": Verb("curves fit {table} --dose dose --response response", CURVE, "dose", "response",
                       lambda row: row["dose"] == "0"),
    "curves selectivity": Verb("curves selectivity {table} --dose dose --inhibition inhibition --viability viability",
                               BOTH, "dose", "inhibition", lambda row: row["dose"] == "0"),
    "curves mic": Verb("curves mic {table} --dose dose --growth od", SERIES, "dose", "od",
                       lambda row: row["dose"] == "0"),
    "curves growth": Verb("curves growth {table} --dose dose --cells cells --time hours", CELLS, "dose", "cells",
                          lambda row: row["dose"] == "0"),
    "combinations score": Verb("combinations score {table} --resamples 20", PAIRS, "dose_a", "response",
                               lambda row: row["dose_a"] == row["dose_b"] == "0.0"),
    "combinations checkerboard": Verb("combinations checkerboard {table}", BOARD, "dose_a", "growth",
                                      lambda row: row["dose_a"] == row["dose_b"] == "0"),
    "combinations triples": Verb("combinations triples {table}", TRIPLES, "dose_a", "response",
                                 lambda row: row["dose_a"] == row["dose_b"] == row["dose_c"] == "0"),
    "potencies lines": Verb("potencies lines {table}", POTENCIES, "ic50", "ic50", lambda row: False, "unit"),
    "screen analyse": Verb("screen analyse {table} --efficacy signal", SCREEN, "dose", "signal",
                           lambda row: row["role"] == "negative_control", "unit"),
    "screen score": Verb("screen score {table} --readout signal --method npi", SCREEN, "dose", "signal",
                         lambda row: row["role"] == "negative_control", "unit"),
    "profiles process": Verb("profiles process {table} --control compound=DMSO --correlation 1", PROFILES, None,
                             "Cells_A", lambda row: row["compound"] == "DMSO"),
    "profiles score": Verb("profiles score {table} --same compound --control compound=DMSO", PROFILES, None, "Cells_A",
                           lambda row: row["compound"] == "DMSO"),
    "profiles map": Verb("profiles map {table} --label compound", PROFILES, None, "Cells_A", lambda row: False),
    "compounds check": Verb("compounds check {table} --out checked", LIBRARY, None, None, lambda row: False),
    "compounds pick": Verb("compounds pick wanted.csv {table}", STOCKS, "stock", "volume_ul", lambda row: False,
                           "unit"),
    "candidates rank": Verb("candidates rank {table} --drugs drugs.txt --remaining left --dossiers 0", ONE_DOSE,
                            "dose uM", "left", lambda row: False),
}  # fmt: skip


def with_units(rows: Rows, verb: Verb, *units: str) -> Rows:
    return [row | {verb.unit or "unit": units[place % len(units)]} for place, row in enumerate(rows)]


def negative(rows: Rows, verb: Verb) -> Rows:
    place = next(n for n, row in enumerate(rows) if row[verb.dose] not in ("", "0", "0.0"))
    return [row | ({verb.dose: f"-{row[verb.dose]}"} if n == place else {}) for n, row in enumerate(rows)]


def once(rows: Rows, verb: Verb) -> Rows:
    """Keep the first of rows that differ in the value only."""
    seen: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        seen.setdefault(tuple(text for name, text in row.items() if name != verb.value), row)
    return list(seen.values())


def dated(rows: Rows, verb: Verb) -> Rows:
    return [row | ({verb.value: "12-Jan"} if n == 2 else {}) for n, row in enumerate(rows)]


SPOILERS: dict[str, Callable[[Rows, Verb], Rows]] = {
    "unknown unit": lambda rows, verb: with_units(rows, verb, "furlong", "uM"),
    "mixed units": lambda rows, verb: with_units(rows, verb, "uM", "nM"),
    "mass and molar": lambda rows, verb: with_units(rows, verb, "uM", "mg/L"),
    "negative": negative,
    "duplicate": lambda rows, verb: [*rows, rows[3 if len(rows) > 3 else 0]],
    "no controls": lambda rows, verb: [row for row in rows if not verb.is_control(row)],
    "one replicate": once,
    "all equal": lambda rows, verb: [row | {verb.value: "5"} for row in rows],
    "dates": dated,
    "words": lambda rows, verb: [row | {verb.value: "high"} for row in rows],
    "latin-1": lambda rows, verb: [row | {"note": "\xb5"} for row in rows],
    "decimal commas": lambda rows, verb: rows,
    "empty": lambda rows, verb: [],
}
NEEDS_DOSE = {"unknown unit", "mixed units", "mass and molar", "negative"}
NEEDS_VALUE = {"one replicate", "all equal", "dates", "words"}


def write(path: Path, rows: Rows, spoiler: str) -> None:
    stream = io.StringIO()
    commas = spoiler == "decimal commas"
    if rows:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";" if commas else ",", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    text = stream.getvalue()
    if commas:
        text = text.replace(".", ",")
    path.write_bytes(text.encode("latin-1"))


CASES = [
    (name, spoiler) for name, verb in VERBS.items() for spoiler in SPOILERS
    if (verb.dose or spoiler not in NEEDS_DOSE) and (verb.value or spoiler not in NEEDS_VALUE)
]  # fmt: skip


@pytest.fixture
def run(swanneck, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wanted.csv").write_text("compound\na\nb\n")
    (tmp_path / "drugs.txt").write_text(
        "pert_iname\tclinical_phase\tmoa\ttarget\tdisease_area\tindication\nold\tLaunched\tkinase inhibitor\tGAK\t\t\n"
    )

    def type_it(name: str, spoiler: str) -> tuple[int, str, str]:
        verb = VERBS[name]
        rows = SPOILERS[spoiler](verb.rows, verb) if spoiler else verb.rows
        write(tmp_path / "table.csv", rows, spoiler)
        return swanneck(*(word.format(table="table.csv") for word in verb.words.split()))

    return type_it


@pytest.mark.parametrize("name", VERBS)
def test_the_good_table_is_read(run, name):
    code, _, error = run(name, "")
    assert code == 0, error


WELLS = ("curves fit", "curves selectivity", "curves mic", "curves growth", "combinations score",
         "combinations checkerboard", "combinations triples")  # fmt: skip
SCREENS = ("screen analyse", "screen score")
OF_PROFILES = ("profiles process", "profiles score", "profiles map")
REFUSED = {
    **{(name, "unknown unit"): "unit 'furlong' is not known" for name in WELLS},
    **{(name, "unknown unit"): "have an unknown unit" for name in SCREENS},
    **{(name, "unknown unit"): "unit 'furlong' is no molar" for name in ("potencies lines", "compounds pick")},
    **{(name, "mass and molar"): "mixes molar units with mass per volume" for name in WELLS},
    **{(name, "mass and molar"): "have no molar unit" for name in SCREENS},
    **{(name, "mass and molar"): "is no molar concentration" for name in ("potencies lines", "compounds pick")},
    **{(name, "negative"): "negative" for name in (*WELLS, *SCREENS, "candidates rank")},
    ("potencies lines", "negative"): "no compound has potencies in two cell lines",
    ("compounds pick", "negative"): "a positive concentration, got -0.01 mol/L",
    **{(name, "duplicate"): "has 2 rows" for name in SCREENS},
    ("compounds pick", "duplicate"): "named twice",
    ("curves mic", "no controls"): "needs a growth control",
    ("curves growth", "no controls"): "no wells of dose 0",
    ("combinations score", "no controls"): "the baseline was not measured",
    ("combinations triples", "no controls"): "the baseline was not measured",
    ("combinations checkerboard", "no controls"): "the well without drugs was not read",
    ("screen analyse", "no controls"): "no negative control on: P1",
    ("screen score", "no controls"): "no well has a score",
    **{(name, "no controls"): "no profile has compound = 'DMSO'" for name in OF_PROFILES[:2]},
    **{(name, "all equal"): "all responses are equal" for name in ("curves fit", "curves selectivity")},
    ("curves growth", "all equal"): "no control grew after the start",
    ("screen score", "all equal"): "no well has a score",
    **{(name, "words"): "has no numbers, but 'high'" for name in WELLS},
    ("potencies lines", "words"): "has no potencies, but 'high'",
    **{(name, "words"): "no column of numbers" for name in SCREENS},
    **{(name, spoiler): "features must be numbers" for name in OF_PROFILES for spoiler in ("dates", "words")},
    **{(name, "latin-1"): "UTF-8" for name in OF_PROFILES},
    **{(name, "decimal commas"): "this is no table of profiles" for name in OF_PROFILES},
    **{("compounds pick", spoiler): "needs its volume, got no number" for spoiler in ("dates", "words")},
    ("candidates rank", "words"): "no row has a compound and a number",
    **{(name, "empty"): "empty" for name in VERBS},
}
TOLD = {
    **{(name, "mixed units"): "several units (uM, nM): converted to" for name in WELLS[:-2]},
    **{(name, "duplicate"): "1 row repeats another whole and counts as replicates" for name in WELLS},
    **{(name, "dates"): "count as missing: '12-Jan'" for name in (*WELLS, *SCREENS)},
    **{(name, "decimal commas"): "separated by semicolons" for name in (*WELLS, *SCREENS, "potencies lines")},
    **{(name, "all equal"): "counts as inert" for name in ("combinations score",)},
    **{(name, "all equal"): "growth" for name in ("curves mic", "combinations checkerboard")},
    ("combinations score", "one replicate"): "single wells, noise",
    ("potencies lines", "dates"): "left out: '12-Jan'",
    ("candidates rank", "dates"): "without a number in 'left'",
    ("compounds check", "duplicate"): "the same compound",
    ("compounds pick", "all equal"): "too little stock",
    ("screen analyse", "all equal"): "P1",
}
"""What is refused, and what is read by a rule that the output tells; all else is read as if nothing were wrong."""


@pytest.mark.parametrize(("name", "spoiler"), CASES, ids=[f"{name} - {spoiler}" for name, spoiler in CASES])
def test_bad_input_is_refused_in_one_line_or_read_by_a_rule(run, name, spoiler):
    code, out, error = run(name, spoiler)
    assert "Traceback" not in error
    assert "defect in swanneck" not in error
    if wanted := REFUSED.get((name, spoiler)):
        assert (code, error.startswith("error: "), error.count("\n"), wanted in error) == (1, True, 1, True), error
    else:
        assert TOLD.get((name, spoiler), "") in out, out
        assert code == (name == "compounds pick" and spoiler == "all equal"), error

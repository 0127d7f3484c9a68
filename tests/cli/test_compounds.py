"""`swanneck compounds ...` as it is typed."""

import polars as pl
import pytest

pytest.importorskip("rdkit", reason="RDKit (the extra `chemistry`) is not installed")

LIBRARY = (
    "name,smiles,seen\nchloroquine,CCN(CC)CCCC(C)Nc1ccnc2cc(Cl)ccc12,1\n"
    "hydroxychloroquine,CCN(CCO)CCCC(C)Nc1ccnc2cc(Cl)ccc12,1\nsalt,CCN(CC)CCCC(C)Nc1ccnc2cc(Cl)ccc12.Cl,1\n"
    "favipiravir,C1=C(N=C(C(=O)N1)C(=O)N)F,0\naspirin,CC(=O)Oc1ccccc1C(=O)O,0\ntorn,C1CC,0\n"
)
HITS = "compound,is_hit\nchloroquine,true\nhydroxychloroquine,yes\naspirin,0\n"
STOCKS = (
    "compound,source_plate,source_well,stock,unit,volume_ul\n"
    "chloroquine,S,A1,10,mM,40\nhydroxychloroquine,S,A2,10,mM,15\nsalt,S,A3,10,mM,40\nDMSO,S,P24,0,mM,60\n"
)


@pytest.fixture
def run(swanneck, tmp_path, monkeypatch):
    """Call the command in a folder with the tables; more of them may be written over."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("library.csv", LIBRARY), ("hits.csv", HITS), ("stocks.csv", STOCKS)):
        (tmp_path / name).write_text(text)
    return lambda *words: swanneck("compounds", *words)


def test_a_diverse_choice_keeps_what_it_must(run):
    assert run("diverse", "library.csv", "--count", 3, "--keep", "salt")[0] == 0
    chosen = pl.read_csv("chosen.csv")
    assert chosen["compound"][0] == "salt"
    assert set(chosen["compound"][1:]) == {"favipiravir", "aspirin"}
    assert chosen["nearest"][0] is None


def test_analogues_of_a_hit_say_whether_they_were_active(run):
    out = run("analogues", "library.csv", "--of", "salt", "--hits", "hits.csv")[1].splitlines()
    assert [line.split("  ")[-1].strip() for line in out[2:]] == ["active", "active"]
    every = run("analogues", "library.csv", "--hits", "hits.csv")[1]
    assert "4 analogues of 2 compounds" in every


def test_groups_count_hits_of_a_table_or_of_the_library_itself(run, tmp_path):
    out = run("groups", "library.csv", "--hits", "hits.csv", "--out", "groups")[1]
    assert "c1ccc2ncccc2c1  3          2 of 2" in out
    own = run("groups", "library.csv", "--hits", "library.csv", "--column", "seen")[1]
    assert "c1ccc2ncccc2c1  3          3 of 3" in own
    assert pl.read_csv(tmp_path / "groups" / "compounds.csv").columns == ["compound", "cluster", "scaffold", "active"]


def test_picks_are_checked_against_stocks_and_library(run):
    code, out, _ = run("pick", "hits.csv", "stocks.csv", "--skip", "a1", "--library", "library.csv")
    assert (code, "hydroxychloroquine: too little stock" in out) == (1, True)
    assert pl.read_csv("picks.csv").select("compound", "destination_well").rows() == [("chloroquine", "A02")]
    assert pl.read_csv("picks-echo.csv").columns[-1] == "Transfer Volume"


def test_a_transfer_list_is_checked_against_the_library(run):
    run("layout", "hits.csv", "--wells", "96", "--controls", "4", "--dose", "10 uM")
    code, out, _ = run("transfer", "layout.csv", "stocks.csv", "--library", "library.csv")
    assert code == 1
    assert "aspirin: the library has no stock of it" in out
    (pl.read_csv("library.csv").filter(pl.col("name") != "chloroquine")).write_csv("library.csv")
    assert (
        "chloroquine: is not in the library"
        in run("transfer", "layout.csv", "stocks.csv", "--library", "library.csv")[1]
    )


@pytest.mark.parametrize(("words", "wanted"), [
    (("diverse", "library.csv", "--count", "2", "--keep", "nobody"), "no structure of 'nobody'"),
    (("analogues", "library.csv"), "--of remdesivir, or --hits"),
    (("analogues", "library.csv", "--of", "torn"), "no structure of 'torn'"),
    (("groups", "library.csv", "--hits", "hits.csv", "--column", "call"), "no column 'call'"),
    (("groups", "library.csv", "--hits", "stocks.csv", "--column", "unit"), "true and false), but 'mm'"),
    (("groups", "hits.csv",), "no column of structures"),
    (("pick", "hits.csv", "stocks.csv", "--volume", "501"), "whole drops of 2.5 nL"),
    (("pick", "hits.csv", "stocks.csv", "--wells", "100"), "100"),
    (("pick", "hits.csv", "stocks.csv", "--skip", "Q99"), "Q99"),
    (("pick", "stocks.csv", "hits.csv"), "source_well"),
    (("layout", "hits.csv", "--dose", "10"), "a positive number with its unit"),
    (("layout", "hits.csv", "--dose", "10 ug/mL"), "no molar concentration"),
    (("layout", "hits.csv", "--dose=-1 uM"), "a positive number with its unit"),
    (("layout", "hits.csv", "--edge", "round"), "--edge"),
    (("check", "nothing.sdf"), "cannot read"),
], ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")  # fmt: skip
def test_what_is_wrong_is_one_line(run, words, wanted):
    code, _, error = run(*words)
    assert (code, wanted in error, "Traceback" in error) == (1, True, False), error


@pytest.mark.parametrize(("spoilt", "wanted"), [
    ((",10,mM,40", ",10,mg/mL,40"), "no molar concentration"), ((",10,mM,40", ",-10,mM,40"), "positive concentration"),
    ((",unit", ",note"), "no unit"), (("S,A3", "S,A1"), "named twice"), ((",40", ",12-Jan"), "needs its volume"),
    (("S,A1", "S,well one"), "well one"),
], ids=["mass", "negative", "unit", "twice", "date", "well"])  # fmt: skip
def test_stocks_that_make_no_sense_are_refused(run, tmp_path, spoilt, wanted):
    (tmp_path / "stocks.csv").write_text(STOCKS.replace(*spoilt))
    code, _, error = run("pick", "hits.csv", "stocks.csv")
    assert (code, wanted in error, "Traceback" in error) == (1, True, False), error


def test_a_library_in_latin_1_with_semicolons_is_read(run, tmp_path):
    (tmp_path / "library.csv").write_bytes("Name;SMILES\nac\xe9tone;CC(C)=O\n".encode("latin-1"))
    assert "1 compounds, 0 without a structure" in run("check", "library.csv", "--out", "checked")[1]


def test_structures_of_the_hub_with_extensions_are_read(run, shared_data, tmp_path):
    path = shared_data / "compounds" / "repurposing_hub" / "repurposing_samples_20200324.txt"
    lines = path.read_text(encoding="utf-8").split("\n")
    header = next(place for place, line in enumerate(lines) if line.startswith("broad_id"))
    chosen = [line for line in lines[header + 1 :] if "|" in line][::80]
    (tmp_path / "hub.txt").write_text("\n".join([lines[0], lines[header], *chosen]))
    out = run("check", "hub.txt", "--out", "checked")[1]
    assert f"{len(chosen)} compounds, 0 without a structure" in out


def test_a_published_list_of_calls_is_grouped(run, shared_data, tmp_path):
    path = shared_data / "screens" / "sarscov2_labels" / "amu_sars_cov_2_in_vitro.csv"
    head = path.read_text().splitlines()[:200]
    (tmp_path / "labels.csv").write_text("\n".join(head))
    out = run("groups", "labels.csv", "--hits", "labels.csv", "--column", "fda")[1]
    assert "199 compounds in" in out

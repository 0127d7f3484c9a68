"""From an antigen's file to its epitopes, by the command line and in Python."""

from pathlib import Path

import polars as pl
import pytest

from swanneck.cli.app import app
from swanneck.foundation.errors import InputError, SettingsError
from swanneck.workflows import map_epitopes

MATRIX = "MSLLTEVETYVLSIIPSGPLKAEIAQRLEDVFAGKNTDLEVLMEWLKTRPILSPLTKGILGFVFTLTVPSERGLQRRRFVQNALNGNGDPNN"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    texts = {
        "antigen": f">matrix\n{MATRIX.lower()}*\n",
        "two": f">matrix\n{MATRIX}\n>half\n{MATRIX[:40]}\n",
        "frequencies": "population,allele,frequency,n\nHere,A*02:01,0.3,9\nHere,A*24:02,0.7,9\nHere,B*07:02,1,9\n",
        "proteome": ">own\nAAGILGFVFTLAA\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: tmp_path / name for name in texts} | {"out": tmp_path / "out"}


def run(*words: object) -> None:
    app(args=["vaccine", "epitopes", *map(str, words)], prog_name="swanneck", standalone_mode=False)


def test_tables_and_a_page_are_written(files, capsys) -> None:
    run(files["antigen"], "--frequencies", files["frequencies"], "--population", "here", "--out", files["out"])
    found = pl.read_csv(files["out"] / "epitopes.csv")
    assert "GILGFVFTL" in found.filter(pl.col("allele") == "A*02:01")["peptide"].to_list()
    assert pl.read_csv(files["out"] / "coverage.csv")["population"].to_list() == ["Here"]
    page = (files["out"] / "report.html").read_text(encoding="utf-8")
    assert "GILGFVFTL" in page and "http" not in page.split("<body>")[1].replace("http://www.w3.org", "")
    assert "Here" in capsys.readouterr().out


def test_epitopes_of_humans_are_told_and_do_not_count(files) -> None:
    mapped = map_epitopes(
        files["antigen"], files["out"], frequencies=[files["frequencies"]], proteome=files["proteome"]
    )
    without = map_epitopes(files["antigen"], files["out"], frequencies=[files["frequencies"]])
    same = mapped.epitopes.filter(pl.col("human_identity") == 1.0)
    assert set(same["peptide"]) == {"GILGFVFTL"} and set(same["human_protein"]) == {"own"}
    assert mapped.coverage["mean_hits"].item() < without.coverage["mean_hits"].item()


def test_several_antigens_are_told_apart_and_together(files) -> None:
    mapped = map_epitopes(files["two"], files["out"], frequencies=[files["frequencies"]])
    assert mapped.coverage["antigen"].to_list() == ["1 matrix", "2 half", "all together"]
    matrix, half, both = mapped.coverage["mean_hits"].to_list()
    assert both == pytest.approx(matrix) and half < matrix  # the half has nothing that the whole has not


def test_a_protein_without_epitopes_gives_an_empty_table(files) -> None:
    files["antigen"].write_text(">a\nM\n", encoding="utf-8")
    mapped = map_epitopes(files["antigen"], files["out"], frequencies=[files["frequencies"]])
    assert mapped.epitopes.is_empty() and mapped.coverage["covered"].item() == pytest.approx(0)


@pytest.mark.parametrize(("words", "message"), [
    (["--population", "Korea"], "--frequencies"), (["--rank", "0"], "--rank"),
    (["--allele", "A*99:01"], "no allele"), (["--length", "7"], "8 to 11"),
    (["--proteome", "missing.fasta"], "no such file"),
], ids=["no frequencies", "rank", "allele", "length", "proteome"])  # fmt: skip
def test_what_cannot_be_asked_is_refused(files, words: list[str], message: str) -> None:
    with pytest.raises((SettingsError, InputError), match=message):
        run(files["antigen"], *words, "--out", files["out"])
    assert not files["out"].exists()

"""`swanneck diagnostics cover, design, panel, judge, amplify` as they are typed."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "design-a-test.md"


def random_genome(seed, size=1200):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size))


@pytest.fixture
def genomes(tmp_path):
    """Two genomes of the pathogen, and with them what should not be there."""
    own, other = random_genome(1), random_genome(2)
    lines = [f">one\n{own}", f">two\n{own[:500]}A{own[501:]}", f">three\n{own}", f">far\n{other}",
             f">empty\n{'N' * 900}", ">spike\nMFVFLVLLPLVSSQ", f">one\n{own}"]  # fmt: skip
    (tmp_path / "genomes.fasta").write_text("\n".join(lines) + "\n")
    (tmp_path / "host.fasta").write_text(f">host\n{other}\n")
    return tmp_path / "genomes.fasta"


def test_design_tells_who_is_left_out_and_why(swanneck, genomes, tmp_path):
    code, told, _ = swanneck("diagnostics", "design", genomes, "--number", 1, "--out", tmp_path / "out")
    assert code == 0 and told.startswith("3 genomes, 4 left out\n")
    for line in (
        "far: unlike the reference",
        "empty: mostly missing: 100 %",
        "spike: no nucleotides",
        "one: listed twice",
    ):
        assert f"  left out: {line}" in told
    with (tmp_path / "out" / "genomes.csv").open() as stream:
        assert [row["used"] for row in csv.DictReader(stream)] == ["yes", "yes", "yes", "no", "no", "no", "no"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "designs.csv", "designs.json", "genomes.csv", "report.html",
    }  # fmt: skip


def test_cover_lays_genomes_that_are_not_aligned(swanneck, genomes, tmp_path):
    code, told, _ = swanneck("diagnostics", "cover", genomes, "--out", tmp_path / "windows.csv")
    assert code == 0 and "left out: far" in told and "laid on one" in told and "1001 of 1001 windows" in told
    assert (tmp_path / "windows.genomes.csv").is_file()


def test_weights_are_told_with_the_genomes(swanneck, genomes, tmp_path):
    (tmp_path / "m.csv").write_text("name,country\none,X\ntwo,Y\nthree,Y\n")
    words = ("--metadata", tmp_path / "m.csv", "--weight-by", "country")
    for verb, table in (("cover", "windows.genomes.csv"), ("design", "designs/genomes.csv")):
        out = tmp_path / table.replace(".genomes", "").replace("/genomes.csv", "")
        assert swanneck("diagnostics", verb, genomes, *words, "--out", out)[0] == 0
        with (tmp_path / table).open() as stream:
            weights = [row["weight"] for row in csv.DictReader(stream)][:3]
        assert weights == ["0.5", "0.25", "0.25"]


def test_own_designs_are_judged_and_amplify_their_genomes_alone(swanneck, genomes, tmp_path):
    assert swanneck("diagnostics", "design", genomes, "--out", tmp_path / "out")[0] == 0
    designs = tmp_path / "out" / "designs.csv"
    _, told, _ = swanneck("diagnostics", "judge", designs, genomes, "--out", tmp_path / "judged.csv")
    assert re.search(r"(\d+) of \1 assays keep all rules", told)
    _, told, _ = swanneck("diagnostics", "amplify", designs, tmp_path / "host.fasta", "--out", tmp_path / "p.csv")
    assert "0 products, 0 detected" in told and "1 detected" not in told
    _, told, _ = swanneck("diagnostics", "amplify", designs, genomes, "--out", tmp_path / "p.csv")
    assert "3 products, 3 detected" in told


def test_an_index_is_a_background(swanneck, genomes, tmp_path):
    assert swanneck("diagnostics", "index", tmp_path / "host.fasta", "--out", tmp_path / "host.index")[0] == 0
    words = ("--exclude", tmp_path / "host.index", "--number", 1, "--out", tmp_path / "out")
    code, told, _ = swanneck("diagnostics", "design", genomes, *words)
    assert code == 0 and "No background" not in told


@pytest.mark.parametrize(("words", "told"), [
    (["design", "genomes.fasta", "--assay", "elisa"], "--assay must be one of qpcr"),
    (["design", "genomes.fasta", "--degenerate", "0"], "--degenerate"),
    (["design", "genomes.fasta", "--like", "2"], "--like"),
    (["design", "genomes.fasta", "--duplicates", "maybe"], "--duplicates"),
    (["design", "genomes.fasta", "--weight-by", "clade"], "Give it with --metadata"),
    (["design", "genomes.fasta", "--mutation", "S:N501Y"], "--genes"),
    (["design", "genomes.fasta", "--mutation", "A1T", "--assay", "lamp"], "--mutation goes with --assay qpcr or pcr"),
    (["design", "genomes.fasta", "--mutation", "A1T", "--tell-by", "luck"], "--tell-by"),
    (["design", "genomes.fasta", "--segment", "HA"], "no sequence names the segment 'HA'"),
    (["panel", "genomes.fasta"], "two targets or more"),
    (["cover", "genomes.fasta", "--window", "20"], "does not fit into a window"),
    (["judge", "genomes.fasta", "genomes.fasta"], "the table of assays lacks"),
], ids=lambda value: "-".join(value) if isinstance(value, list) else "")  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_line(swanneck, genomes, tmp_path, *, words, told):
    words = [tmp_path / word if word.endswith(".fasta") else word for word in words]
    code, _, error = swanneck("diagnostics", *words, "--out", tmp_path / "out")
    assert code == 1 and told in error and error.count("error:") == 1
    assert "Traceback" not in error


def test_the_rule_that_excludes_most_is_named(swanneck, tmp_path):
    (tmp_path / "at.fasta").write_text(f">a\n{'AT' * 400}\n")
    for assay in ("qpcr", "lamp", "rpa-cas12"):
        code, _, error = swanneck("diagnostics", "design", tmp_path / "at.fasta", "--assay", assay, "--out", tmp_path)
        assert code == 1 and re.search(r"candidates excluded: [^;]*(melting temperature|share of G and C) \d+", error)


def test_the_parts_of_the_cost_in_the_guide_are_those_of_a_design(genomes, tmp_path):
    from swanneck.workflows import design_assays

    run = design_assays(genomes, kind="lamp", exclude=tmp_path / "host.fasta")
    text = HOW_TO.read_text(encoding="utf-8").split("| Part | Penalty |")[1].split("\n\n")[0]
    parts = {name for row in text.splitlines()[2:] for name in row.split("|")[1].strip().split(", ")}
    assert parts == {name for reason in run.designs[0].reasons for name in reason.split(", ")}

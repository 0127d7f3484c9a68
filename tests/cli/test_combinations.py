"""`swanneck combinations score` as it is typed."""

from itertools import product

import pytest


@pytest.fixture
def pairs(tmp_path):
    doses = [0, 1, 3, 10, 30]
    lines = ["first,second,a,b,viability"]
    for a in doses:
        for b in doses:
            alone = [dose / (dose + 5) for dose in (a, b)]
            lines.append(f"drug A,drug <B>,{a},{b},{100 * (1 - alone[0]) * (1 - alone[1]):.6f}")
    path = tmp_path / "pairs.csv"
    path.write_text("\n".join(lines))
    return path


OPTIONS = ("--dose-a", "a", "--dose-b", "b", "--response", "viability", "--drug-a", "first", "--drug-b", "second",
           "--kind", "viability", "--resamples", "20")  # fmt: skip


def test_scores_are_printed_and_pictures_written(swanneck, pairs, tmp_path):
    code, out, _ = swanneck("combinations", "score", pairs, *OPTIONS, "--out", tmp_path / "done")
    assert code == 0
    assert "drug A + drug <B>: effect 0 is 100 (1 well without drug)" in out
    assert "bliss" in out
    drawn = (tmp_path / "done" / "drug_A_drug_B_bliss.svg").read_text()
    assert "drug &lt;B&gt;" in drawn
    assert drawn.count("<rect") == 5 + 5 + 16


def test_what_is_wrong_is_one_line(swanneck, pairs):
    pairs.write_text(pairs.read_text().replace("drug A,drug <B>,0,", "drug A,drug <B>,1,"))
    code, _, error = swanneck("combinations", "score", pairs, *OPTIONS)
    assert (code, "tested alone" in error, "Traceback" in error) == (1, True, False)
    assert "--kind" in swanneck("combinations", "score", pairs, "--kind", "growth")[2]


def test_triples_without_the_drugs_alone_are_refused_with_what_is_missing(swanneck, shared_data):
    path = shared_data / "screens" / "malaria_triple_combo_ncats" / "Malaria_TAUC_sliding_window_concat.tab"
    code, _, error = swanneck("combinations", "triples", path)
    assert (code, "there is no column 'dose_a'; there are" in error, "AS MFQ AQ" in error) == (1, True, True)


def test_triples_are_scored_by_block_with_intervals(swanneck, tmp_path):
    lines = ["mix,x,y,z,left"]
    for a, b, c in product((0, 1), repeat=3):
        for wobble in (-0.5, 0.5):
            left = 100 * 0.5 ** (a + b + c) * (0.2 if a and b and c else 1) + wobble
            lines += [f"one,{a},{b},{c},{left}"] + ([f"two,{a},{b},{c},{left}"] if a == 0 else [])
    (tmp_path / "triples.csv").write_text("\n".join(lines))
    options = ("--dose-a", "x", "--dose-b", "y", "--dose-c", "z", "--response", "left", "--kind", "viability")
    code, out, _ = swanneck("combinations", "triples", tmp_path / "triples.csv", *options, "--block", "mix")
    assert code == 0
    assert "one: effect 0 is 100 (mean of 2 wells without drug)" in out
    assert "two: not scored: no well has all three drugs" in out
    row = next(line for line in out.splitlines() if line.startswith("one  1"))
    assert "+10.0 (+" in row


def test_doses_of_a_picture_have_their_unit(swanneck, pairs, tmp_path):
    rows = pairs.read_text().splitlines()
    pairs.write_text("\n".join([rows[0] + ",unit", *(f"{row},nM" for row in rows[1:])]))
    swanneck("combinations", "score", pairs, *OPTIONS, "--out", tmp_path / "done")
    assert "drug A, nM" in (tmp_path / "done" / "drug_A_drug_B_bliss.svg").read_text()

"""`swanneck combinations score` as it is typed."""

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

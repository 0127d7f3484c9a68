"""A single-dose screen from a table: scores, replicates, rules, genes, and what is wrong with tables."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import SettingsError, SwanneckError
from swanneck.foundation.wells import well_name
from swanneck.screening.scores import ScoreSettings
from swanneck.workflows import score_screen
from swanneck.workflows.score_screen import ScreenFiles, read_rules

RULES = """
[[rule]]
keep = "active"
reject = "not active"
column = "score"
value = 5.0

[[rule]]
keep = "not toxic"
reject = "toxic: cells lost"
column = "cells"
value = 50.0
"""


def toy_screen(path, *, plates=2):
    """Two replicates of each plate; compounds c10 to c12 are active, c12 is toxic."""
    rng, rows = np.random.default_rng(0), []
    for plate in range(plates):
        for place in range(96):
            row, column = divmod(place, 12)
            role = "negative_control" if column == 0 else "positive_control" if column == 11 else "sample"
            compound = f"c{place}" if role == "sample" else ""
            active = compound in ("c13", "c14", "c15") or role == "positive_control"
            x = 100 + 20 * plate + rng.normal(0, 4) - 60 * active
            cells = 10 if compound == "c15" else 90 + rng.normal(0, 5)
            well, gene = well_name(row, column), f"g{place // 3}" if compound else ""
            rows.append((f"P{plate}", well, role, compound, gene, round(x, 3), round(cells, 2)))
    names = ["plate", "well", "role", "compound", "symbol", "signal", "cells"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(path)
    return path


def test_a_screen_is_scored_and_told(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    files = ScreenFiles(wells=toy_screen(tmp_path / "wells.csv"), readout="signal", gene="symbol", rules=rules)
    done = score_screen(files, ScoreSettings(higher_is_lower=True), out=tmp_path / "out")
    assert str(done.cascade) == "80 compounds -> 3 active -> 2 not toxic"
    reasons = dict(zip(done.compounds["compound"], done.compounds["reason"], strict=True))
    assert reasons["c15"] == "toxic: cells lost (10)"
    assert done.genes["gene"][0] in ("g4", "g5")
    assert any("between plates" in line and "after" in line for line in done.messages)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "wells.csv", "compounds.csv", "checks.csv", "genes.csv"}  # fmt: skip


def test_masked_wells_do_not_count(tmp_path):
    decisions = tmp_path / "decisions.csv"
    decisions.write_text("action,by,when,reason,plate,well\nmask,Ana,2026-03-31,bubble,P0,B02\n")
    files = ScreenFiles(wells=toy_screen(tmp_path / "wells.csv"), readout="signal", decisions=decisions)
    done = score_screen(files, ScoreSettings(higher_is_lower=True))
    assert done.compounds.filter(pl.col("compound") == "c13")["n_replicates"][0] == 1
    masked = done.wells.filter((pl.col("plate") == "P0") & (pl.col("well") == "B02"))
    assert masked["reason"][0] == "masked by Ana, 2026-03-31: bubble"


def test_one_plate_and_no_rules_are_enough(tmp_path):
    files = ScreenFiles(wells=toy_screen(tmp_path / "wells.csv", plates=1), readout="signal")
    done = score_screen(files, ScoreSettings(method="npi"))
    assert done.checks["ok"].all()
    assert done.cascade.steps[0] == ("compounds", 80)


@pytest.mark.parametrize(("text", "wanted"), [
    ("", "one table"),
    ("[[rule]]\nkeep = 'a'", "rule 1: reject"),
    ("[[rule]]\nkeep='a'\nreject='b'\ncolumn='c'\nvalue=1\nkind='magic'", "rule 1: kind"),
    ("[[rule", "cannot be read"),
], ids=["empty", "part", "kind", "toml"])  # fmt: skip
def test_rules_that_are_none_are_refused(tmp_path, text, wanted):
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=wanted):
        read_rules(path)


@pytest.mark.parametrize(("change", "options", "wanted"), [
    (lambda text: text, {"readout": "glow"}, "no readout 'glow'"),
    (lambda text: text, {"gene": "locus"}, "no column 'locus' of genes"),
    (lambda text: text.replace("sample", "empty"), {}, "no well is a sample"),
    (lambda text: text + "P0,B02,sample,c13,g4,1,1\n", {}, "B02"),
], ids=["readout", "gene", "samples", "twice"])  # fmt: skip
def test_tables_that_do_not_fit_are_refused(tmp_path, change, options, wanted):
    path = toy_screen(tmp_path / "wells.csv")
    path.write_text(change(path.read_text()))
    with pytest.raises(SwanneckError, match=wanted):
        score_screen(ScreenFiles(wells=path, **({"readout": "signal"} | options)))


def test_the_self_check_is_told(tmp_path):
    rows = ["plate,well,role,compound,x"]
    for plate in ("P1", "P2"):
        rows += [f"{plate},A{n:02d},negative_control,,{100 + n}" for n in range(1, 7)]
        rows += [f"{plate},B{n:02d},positive_control,,{n}" for n in range(1, 7)]
        rows += [f"{plate},C{n:02d},sample,c{n},{90 - n}" for n in range(1, 7)]
    (tmp_path / "wells.csv").write_text("\n".join(rows))
    done = score_screen(ScreenFiles(wells=tmp_path / "wells.csv"), ScoreSettings(method="npi"))
    assert done.told == ["self-check: negative controls at 0 and positive controls at 100, in 2 of 2 groups by plate"]
    assert sum(line.startswith("reference: median of 6 negative control wells") for line in done.messages) == 2

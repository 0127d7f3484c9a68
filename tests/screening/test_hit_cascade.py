"""Rules as data, printed as a cascade; every rejection has its reason."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.screening.hit_cascade import ScreenRule, run_cascade, ssmd_of_replicates


def rule(**parts):
    return ScreenRule(**({"keep": "active", "reject": "not active", "column": "score", "value": 3.0} | parts))


@pytest.fixture
def screen():
    rng = np.random.default_rng(4)
    scores = np.r_[rng.normal(0, 1.4, 2000), rng.normal(9, 1, 40), rng.normal(0, 1.4, 100)]
    role = ["sample"] * 2040 + ["negative_control"] * 100
    return pl.DataFrame({"score": scores, "cells": rng.uniform(0, 100, scores.size), "role": role})


def test_counts_of_a_published_cascade_are_printed():
    n = 26_500
    table = pl.DataFrame({"score": np.arange(n) < 567, "cells": np.arange(n) < 124}).cast(pl.Float64)
    rules = [rule(value=0.5), rule(keep="not toxic", reject="toxic", column="cells", value=0.5)]
    assert str(run_cascade(table, rules)) == "26,500 compounds -> 567 active -> 124 not toxic"


@pytest.mark.parametrize("kind", ["fdr_of_bulk", "fdr_of_controls"])
def test_false_discoveries_are_as_rare_as_promised(screen, kind):
    done = run_cascade(screen, [rule(kind=kind, value=0.1)])
    hits = done.table["is_hit"].to_numpy()
    assert hits[2000:2040].sum() >= 38
    assert hits[:2000].sum() <= 0.25 * hits.sum()
    assert "null from" in done.cuts["active"]


def test_deviations_are_of_the_samples(screen):
    done = run_cascade(screen, [rule(kind="mad")])
    assert float(done.cuts["active"].split()[-1]) == pytest.approx(4.2, abs=0.3)
    low = run_cascade(screen.with_columns(-pl.col("score")), [rule(kind="mad", at_most=True)])
    assert low.table["is_hit"].to_list() == done.table["is_hit"].to_list()


def test_controls_are_not_judged(screen):
    done = run_cascade(screen, [rule(value=-100.0)])
    assert done.steps == [("compounds", 2040), ("active", 2040)]
    assert done.table.filter(pl.col("role") == "negative_control")["reason"].null_count() == 100


def test_a_counter_screen_rejects_by_name_and_only_what_it_saw():
    table = pl.DataFrame({"score": [5.0, 5.0, 5.0], "glow": [0.2, 9.0, None]})
    quiet = rule(
        keep="not glowing", reject="autofluorescent", column="glow", value=3.0, at_most=True, missing_passes=True
    )
    assert run_cascade(table, [rule(), quiet]).table["reason"].to_list() == ["hit", "autofluorescent (9)", "hit"]


def test_replicates_must_agree():
    table = pl.DataFrame({"score": [[4.0, 5.0], [9.0, 0.0], [4.0, None]]})
    done = run_cascade(table, [rule(kind="agreement", value=2, cut_of_each=3.0)])
    assert done.table["is_hit"].to_list() == [True, False, False]
    assert done.table["reason"][2] == "not active (4, –)"
    with pytest.raises(SettingsError, match="cut_of_each"):
        run_cascade(table, [rule(kind="agreement", value=2)])


def test_what_a_rule_cannot_judge_is_told():
    with pytest.raises(InputError, match="no column 'cells'"):
        run_cascade(pl.DataFrame({"score": [1.0]}), [rule(column="cells")])
    with pytest.raises(InputError, match="does not vary"):
        run_cascade(pl.DataFrame({"score": [1.0] * 5}), [rule(kind="mad")])
    with pytest.raises(InputError, match="at least 20"):
        run_cascade(pl.DataFrame({"score": [1.0, 2.0]}), [rule(kind="fdr_of_bulk")])


def test_ssmd_needs_two_values_that_differ():
    assert np.isnan(ssmd_of_replicates([1.0]))
    assert np.isnan(ssmd_of_replicates([1.0, 1.0]))

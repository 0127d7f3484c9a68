"""Validation of tests: limits of detection, agreement, plans; against implementations of their own."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtri

from swanneck.diagnostics.validation.agreement import measure_agreement, plan_samples, share_interval
from swanneck.diagnostics.validation.blanks import measure_blank_limit
from swanneck.diagnostics.validation.detection_limit import (
    fit_detection_limit,
    limit_of_blank,
    replicates_for_limit,
)
from swanneck.diagnostics.validation.sample_plans import PlanSettings, plan_claim
from swanneck.foundation.errors import InputError
from swanneck.workflows import measure_blanks, plan_validation, validate_results

DOSES, TRIALS = [1.0, 2.0, 4.0, 8.0, 16.0], [24] * 5


def by_likelihood(doses, found, trials):
    """Fit the probit line by a search for the greatest likelihood, without derivatives."""
    x, k, n = np.log10(doses), np.asarray(found, float), np.asarray(trials, float)

    def loss(line):
        eta = line[0] + line[1] * x
        return -(k * log_ndtr(eta) + (n - k) * log_ndtr(-eta)).sum()

    line = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-9, "fatol": 1e-12}).x
    return 10 ** ((ndtri(0.95) - line[0]) / line[1])


@pytest.mark.parametrize("seed", range(8))
def test_the_limit_is_that_of_the_greatest_likelihood(seed):
    rng = np.random.default_rng(seed)
    found = rng.binomial(24, [0.15, 0.4, 0.7, 0.9, 0.97])
    fitted = fit_detection_limit(DOSES, found, TRIALS)
    assert fitted.limit == pytest.approx(by_likelihood(DOSES, found, TRIALS), rel=0.01)
    assert fitted.low < fitted.limit < fitted.high


def test_lines_are_those_of_statsmodels():
    with (Path(__file__).parents[1] / "golden" / "probit_limits.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) >= 30
    for row in rows:
        fitted = fit_detection_limit([1, 2, 4, 8, 16, 32], row["found"].split(), [int(row["total"])] * 6)
        assert fitted.limit == pytest.approx(float(row["limit"]), rel=1e-4)
        assert fitted.slope == pytest.approx(float(row["slope"]), rel=1e-4)
        assert fitted.covariance[1, 1] ** 0.5 == pytest.approx(float(row["slope_error"]), rel=1e-3)
        assert fitted.deviance == pytest.approx(float(row["deviance"]), rel=1e-3, abs=1e-4)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(4)
    line = (0.0, 2.5)
    truth = 10 ** ((ndtri(0.95) - line[0]) / line[1])
    doses = np.array([0.25, 0.5, 1, 2, 4, 8])
    from scipy.special import ndtr

    hits = 0
    for _ in range(200):
        fitted = fit_detection_limit(doses, rng.binomial(40, ndtr(line[0] + line[1] * np.log10(doses))), [40] * 6)
        hits += fitted.low <= truth <= fitted.high
    assert 180 <= hits <= 199


def test_a_linear_line_is_that_of_the_greatest_likelihood():
    found = [4, 9, 17, 22, 24]
    fitted = fit_detection_limit(DOSES, found, TRIALS, scale="linear")
    assert fitted.limit == pytest.approx(np.log10(by_likelihood(10 ** np.array(DOSES), found, TRIALS)), rel=0.001)
    assert fitted.low < fitted.limit < fitted.high
    assert fitted.found_at(fitted.limit) == pytest.approx(0.95)


def test_blanks_are_no_part_of_the_line():
    assert fit_detection_limit([0, *DOSES], [5, 4, 9, 17, 22, 24], [24] * 6).limit == pytest.approx(
        fit_detection_limit(DOSES, [4, 9, 17, 22, 24], TRIALS).limit
    )


@pytest.mark.parametrize(("found", "told"), [
    ([22, 17, 9, 4, 1], "does not rise"),
    ([24] * 5, "all of the replicates"), ([0] * 5, "none of the replicates"), ([0, 0, 24, 24, 24], "slope cannot"),
], ids=["falling", "all", "none", "steep"])  # fmt: skip
def test_what_gives_no_limit_is_told(found, told):
    with pytest.raises(InputError, match=told):
        fit_detection_limit(DOSES, found, TRIALS)


def test_intervals_are_those_of_the_textbook():
    share = share_interval(81, 263)  # Newcombe 1998, Stat Med 17:857, table I
    assert share.wilson == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert share.exact == pytest.approx((0.2527, 0.3676), abs=1e-4)
    assert share_interval(0, 20).exact == pytest.approx((0.0, 0.1684), abs=1e-4)


def test_kappa_is_nought_by_chance_and_one_without_error():
    assert measure_agreement(25, 25, 25, 25).kappa == pytest.approx(0)
    assert measure_agreement(30, 0, 0, 50).kappa == pytest.approx(1)


def test_predictive_values_follow_the_prevalence():
    found = measure_agreement(90, 10, 10, 90, prevalence=0.01)
    assert found.positive_predictive == pytest.approx(0.9 * 0.01 / (0.9 * 0.01 + 0.1 * 0.99))


def test_a_test_that_is_never_positive_has_no_positive_predictive_value():
    found = measure_agreement(0, 0, 5, 5, prevalence=0.1)
    assert np.isnan(found.positive_predictive)
    assert found.negative_predictive == pytest.approx(0.9)


def test_the_plan_is_the_smallest_that_is_enough():
    number = plan_samples(0.9, 0.04)
    half = [np.diff(share_interval(round(0.9 * n), n).wilson)[0] / 2 for n in (number - 20, number + 10)]
    assert half[0] > 0.04 > half[1]
    assert replicates_for_limit() == 59


def test_the_limit_of_blank_is_a_rank():
    assert limit_of_blank(np.arange(1, 101)) == pytest.approx(95.5)
    with pytest.raises(InputError, match="at least 20"):
        limit_of_blank([1, 2, 3])


def test_the_limit_of_detection_is_that_of_ep17():
    low = {"a": [10.0, 12, 14, 16, 18], "b": [20.0, 21, 22, 23, 24]}
    found = measure_blank_limit(range(1, 61), low)
    spread = ((40 + 10) / 8) ** 0.5
    assert found.spread == pytest.approx(spread)
    assert found.detection == pytest.approx(57.5 + 1.6449 * spread / (1 - 1 / 32), abs=1e-3)


def test_little_target_is_found_at_the_limit_as_often_as_it_says():
    rng = np.random.default_rng(5)
    limit = measure_blank_limit(rng.normal(10, 2, 4000), {"low": rng.normal(14, 2, 4000)})
    assert (rng.normal(limit.detection, 2, 20000) > limit.blank).mean() == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize(("blanks", "low", "told"), [
    (range(19), None, "at least 20"), (range(30), {"a": [1.0]}, "two readings"),
    ([*range(30), np.nan], None, "numbers"),
], ids=["few", "single", "nan"])  # fmt: skip
def test_what_gives_no_limit_of_blank_is_told(blanks, low, told):
    with pytest.raises(InputError, match=told):
        measure_blank_limit(blanks, low)


def test_blanks_of_a_table_are_those_without_target(tmp_path):
    lines = ["value,concentration", *(f"{value},0" for value in range(1, 61)), "70,5", "74,5", "78,5", "66,5", "72,5"]
    (tmp_path / "r.csv").write_text("\n".join(lines))
    found = measure_blanks(tmp_path / "r.csv", out=tmp_path / "out")["all"]
    assert (found.blank, found.n_low, found.n_levels) == (57.5, 5, 1)
    assert json.loads((tmp_path / "out" / "blanks.json").read_text())["all"]["detection"] == found.detection


@pytest.mark.parametrize(("text", "told"), [
    ("concentration,positives\n1,2\n", "has the columns"), ("value\n1\n2\n", "at least 20"),
    ("value\nhigh\n", "number"),
], ids=["columns", "few", "word"])  # fmt: skip
def test_what_is_no_table_of_readings_is_told(tmp_path, text, told):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        measure_blanks(tmp_path / "r.csv")


@pytest.mark.parametrize(("expected", "least"), [(0.95, 0.9), (0.98, 0.9), (0.9, 0.8)])
def test_a_claim_succeeds_as_often_as_planned(expected, least):
    number = plan_claim(expected, least)
    rng = np.random.default_rng(6)
    shown = [share_interval(int(found), number).wilson[0] > least for found in rng.binomial(number, expected, 4000)]
    assert np.mean(shown) >= 0.78


def test_recruits_are_enough_with_the_chance_asked():
    plan = plan_validation(PlanSettings(prevalence=0.1, power=0.9))
    rng = np.random.default_rng(7)
    assert (rng.binomial(plan.recruited, 0.1, 20000) >= plan.positives).mean() == pytest.approx(0.9, abs=0.02)


def test_what_cannot_be_shown_is_told():
    with pytest.raises(InputError, match="below the 0.95 expected"):
        plan_claim(0.95, 0.95)
    with pytest.raises(InputError, match="more than 100,000"):
        plan_claim(0.95, 0.9499)


def test_rows_of_single_results_are_counted(tmp_path):
    lines = [f"{dose},{'positive' if i < hits else 'neg'}" for dose, hits in zip(DOSES, [4, 9, 17, 22, 24], strict=True)
             for i in range(24)]  # fmt: skip
    (tmp_path / "r.csv").write_text("\n".join(["concentration,result", *lines, "4,invalid"]) + "\n")
    done = validate_results(tmp_path / "r.csv", out=tmp_path / "out")
    assert done.limits["all"].limit == pytest.approx(fit_detection_limit(DOSES, [4, 9, 17, 22, 24], TRIALS).limit)
    assert done.n_invalid == 1
    assert "Limit of detection" in (tmp_path / "out" / "report.html").read_text()


def test_what_is_not_known_is_null(tmp_path):
    (tmp_path / "r.csv").write_text("reference,result\npositive,negative\nnegative,negative\n")
    validate_results(tmp_path / "r.csv", out=tmp_path)
    text = (tmp_path / "validation.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["agreement"]["positive_predictive"] is None


def test_a_reference_gives_agreement(tmp_path):
    rows = ["pos,pos"] * 9 + ["pos,neg"] + ["neg,neg"] * 18 + ["neg,pos"] * 2
    (tmp_path / "r.csv").write_text("\n".join(["reference,result", *rows]) + "\n")
    found = validate_results(tmp_path / "r.csv", out=tmp_path / "out").agreement
    assert (found.sensitivity.count, found.sensitivity.total, found.specificity.count) == (9, 10, 18)


@pytest.mark.parametrize(("text", "told"), [
    ("a,b\n1,2\n", "the table has the columns a, b"), ("concentration,result\n", "no rows"),
    ("concentration,result\n1,perhaps\n", "wanted positive, negative"),
    ("concentration,positives,total\nx,1,2\n", "number"), ("concentration,positives,total\nnan,1,2\n", "finite"),
    ("concentration,positives,total\n1,3,2\n", "3 are positive of 2"),
    ("concentration,positives,total\n1,0.5,2\n", "whole number"), ("concentration,value\n1,7.3\n", "blank"),
], ids=["columns", "rows", "word", "number", "nan", "more", "half", "readings"])  # fmt: skip
def test_what_is_no_table_of_results_is_told(tmp_path, text, told):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        validate_results(tmp_path / "r.csv")


def test_limits_of_the_shared_lots(shared_data):
    done = validate_results(shared_data / "diagnostics" / "lod" / "ep17_probit_lots1-2.csv")
    assert done.limits["1"].limit == pytest.approx(0.0766, rel=0.01)
    assert done.limits["2"].limit == pytest.approx(0.0335, rel=0.01)
    with (shared_data / "diagnostics" / "lod" / "ep17_probit_lots1-2.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["lot"] == "1" and float(row["concentration"]) > 0]
    plain = by_likelihood(*([float(row[key]) for row in rows] for key in ("concentration", "positives", "total")))
    assert done.limits["1"].limit == pytest.approx(plain, rel=0.01)


def test_a_line_over_the_concentration_itself_tells_another_limit(shared_data):
    # sherloq tells 0.0561 for lot 1: such a line. Here it fits no worse than ours; EP17-A2 takes logarithms.
    path = shared_data / "diagnostics" / "lod" / "ep17_probit_lots1-2.csv"
    plain, usual = validate_results(path, scale="linear").limits["1"], validate_results(path).limits["1"]
    assert plain.limit == pytest.approx(0.0561, rel=0.01)
    assert plain.deviance < usual.deviance < usual.degrees

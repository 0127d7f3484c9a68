"""Validation of tests: limits of detection, agreement, plans; against implementations of their own."""

import csv

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtri

from swanneck.diagnostics.validation.agreement import measure_agreement, plan_samples, share_interval
from swanneck.diagnostics.validation.detection_limit import (
    fit_detection_limit,
    limit_of_blank,
    replicates_for_limit,
)
from swanneck.foundation.errors import InputError
from swanneck.workflows import validate_results

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


def test_blanks_are_no_part_of_the_line():
    assert fit_detection_limit([0, *DOSES], [5, 4, 9, 17, 22, 24], [24] * 6).limit == pytest.approx(
        fit_detection_limit(DOSES, [4, 9, 17, 22, 24], TRIALS).limit
    )


@pytest.mark.parametrize(("found", "told"), [
    ([24] * 5, "all of the replicates"), ([0] * 5, "none of the replicates"), ([0, 0, 24, 24, 24], "slope cannot"),
], ids=["all", "none", "steep"])  # fmt: skip
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


def test_the_plan_is_the_smallest_that_is_enough():
    number = plan_samples(0.9, 0.04)
    half = [np.diff(share_interval(round(0.9 * n), n).wilson)[0] / 2 for n in (number - 20, number + 10)]
    assert half[0] > 0.04 > half[1]
    assert replicates_for_limit() == 59


def test_the_limit_of_blank_is_a_rank():
    assert limit_of_blank(np.arange(1, 101)) == pytest.approx(95.5)
    with pytest.raises(InputError, match="at least 20"):
        limit_of_blank([1, 2, 3])


def test_rows_of_single_results_are_counted(tmp_path):
    lines = [f"{dose},{'positive' if i < hits else 'neg'}" for dose, hits in zip(DOSES, [4, 9, 17, 22, 24], strict=True)
             for i in range(24)]  # fmt: skip
    (tmp_path / "r.csv").write_text("\n".join(["concentration,result", *lines, "4,invalid"]) + "\n")
    done = validate_results(tmp_path / "r.csv", out=tmp_path / "out")
    assert done.limits["all"].limit == pytest.approx(fit_detection_limit(DOSES, [4, 9, 17, 22, 24], TRIALS).limit)
    assert done.n_invalid == 1
    assert "Limit of detection" in (tmp_path / "out" / "report.html").read_text()


def test_a_reference_gives_agreement(tmp_path):
    rows = ["pos,pos"] * 9 + ["pos,neg"] + ["neg,neg"] * 18 + ["neg,pos"] * 2
    (tmp_path / "r.csv").write_text("\n".join(["reference,result", *rows]) + "\n")
    found = validate_results(tmp_path / "r.csv", out=tmp_path / "out").agreement
    assert (found.sensitivity.count, found.sensitivity.total, found.specificity.count) == (9, 10, 18)


@pytest.mark.parametrize(("text", "told"), [
    ("a,b\n1,2\n", "the table has the columns a, b"), ("concentration,result\n", "no rows"),
    ("concentration,result\n1,perhaps\n", "wanted positive, negative"),
    ("concentration,positives,total\nx,1,2\n", "number"),
], ids=["columns", "rows", "word", "number"])  # fmt: skip
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

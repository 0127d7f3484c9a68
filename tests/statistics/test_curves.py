"""Dose-response curves: the global least squares, its intervals, and the test for a trend."""

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize

from swanneck.foundation.errors import SettingsError
from swanneck.statistics.curves import CurvePriors, fit_with_priors, logistic, trend_p_value

DOSES = np.geomspace(1e-9, 1e-5, 9)

curves = st.fixed_dictionaries({
    "midpoint": st.floats(np.log(3e-9), np.log(3e-6)).map(np.exp), "slope": st.floats(0.6, 4.0),
    "left": st.floats(-20, 20), "right": st.floats(60, 120),
})  # fmt: skip


@given(curves, st.booleans())
def test_an_exact_curve_is_found_rising_or_falling(curve, falling):
    if falling:
        curve = curve | {"left": curve["right"], "right": curve["left"]}
    fit = fit_with_priors(DOSES, logistic(DOSES, **curve))
    for name, value in curve.items():
        assert getattr(fit, name) == pytest.approx(value, rel=1e-3, abs=1e-2), name


@given(curves, st.integers(0, 2**32 - 1))
@example({"midpoint": np.exp(-17.6875), "slope": 0.625, "left": 0.0, "right": 60.0}, 455238)  # ends at a bound
@settings(max_examples=40)
def test_no_start_of_a_local_optimiser_finds_a_better_fit(curve, seed):
    rng = np.random.default_rng(seed)
    responses = logistic(DOSES, **curve) + rng.normal(0, 8, DOSES.size)
    ours = fit_with_priors(DOSES, responses).cost

    def residuals(p):
        return responses - logistic(DOSES, midpoint=np.exp(p[0]), slope=np.exp(p[1]), left=p[2], right=p[3])

    # The bounds are ours: a factor of a thousand beyond the doses, ten times the data's spread beyond the plateaus.
    reach = 10 * max(np.ptp(responses), np.abs(responses).max())
    low = [np.log(1e-12), np.log(0.05), responses.min() - reach, responses.min() - reach]
    high = [np.log(1e-2), np.log(20), responses.max() + reach, responses.max() + reach]
    starts = [[np.log(m), 0.3, responses[0], responses[-1]] for m in (1e-8, 1e-7, 1e-6)]
    theirs = min(2 * optimize.least_squares(residuals, start, bounds=(low, high)).cost for start in starts)
    assert ours <= theirs * (1 + 1e-4) + 1e-6  # flat valleys end where a step gains nothing any more


@given(curves, st.floats(0.1, 1000))
@settings(max_examples=30)
def test_changing_the_unit_of_dose_changes_only_the_midpoint(curve, factor):
    responses = logistic(DOSES, **curve)
    here, there = fit_with_priors(DOSES, responses), fit_with_priors(DOSES * factor, responses)
    assert there.midpoint == pytest.approx(here.midpoint * factor, rel=1e-4)
    assert there.slope == pytest.approx(here.slope, rel=1e-3)


def test_the_order_of_points_does_not_matter():
    responses = logistic(DOSES, midpoint=1e-7, slope=1.1, left=0, right=100) + np.sin(np.arange(9)) * 5
    order = np.random.default_rng(0).permutation(9)
    here, there = fit_with_priors(DOSES, responses), fit_with_priors(DOSES[order], responses[order])
    assert there.midpoint == pytest.approx(here.midpoint, rel=1e-6)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng, hits, tried = np.random.default_rng(7), 0, 400
    for _ in range(tried):
        midpoint = np.exp(rng.uniform(np.log(3e-9), np.log(3e-6)))
        responses = logistic(DOSES, midpoint=midpoint, slope=1.2, left=0, right=100) + rng.normal(0, 5, 9)
        low, high = fit_with_priors(DOSES, responses, np.full(9, 5.0)).interval()
        hits += (low or 0.0) <= midpoint <= (high or np.inf)
    # Three standard errors of 400 trials; small-sample curvature costs a little of the nominal 95 %.
    assert 0.90 <= hits / tried <= 0.985


def test_a_half_seen_curve_has_an_open_interval_and_a_prior_closes_it():
    doses = np.geomspace(1e-9, 1e-6, 7)
    responses = logistic(doses, midpoint=3e-6, slope=1.0, left=0, right=100)
    assert fit_with_priors(doses, responses, np.full(7, 5.0)).interval()[1] is None
    priors = CurvePriors(left_sd=4, right_mean=100, right_sd=15, log_slope_sd=0.7)
    fit = fit_with_priors(doses, responses, np.full(7, 5.0), priors=priors, level=50)
    assert fit.dose_at_level == pytest.approx(3e-6, rel=0.2)
    assert fit.interval()[1] is not None


def test_data_overrule_the_prior_on_a_plateau():
    responses = logistic(DOSES, midpoint=1e-8, slope=1.5, left=0, right=60)
    fit = fit_with_priors(DOSES, responses, np.full(9, 4.0), priors=CurvePriors(right_mean=100, right_sd=15, left_sd=4))
    assert fit.right == pytest.approx(60, abs=3)


def test_the_published_fit_of_the_ryegrass_data_is_met(shared_data):
    table = pl.read_csv(shared_data / "screens" / "drc" / "ryegrass.csv")
    fit = fit_with_priors(table["conc"], table["rootl"])
    estimates = (fit.slope, fit.right, fit.left, fit.midpoint)
    assert estimates == pytest.approx((2.98223, 0.48141, 7.79296, 3.05796), abs=2e-5)
    assert np.sqrt(fit.cost / fit.degrees_of_freedom) == pytest.approx(0.51963, abs=1e-5)


@pytest.mark.parametrize(
    ("doses", "responses", "wanted"),
    [
        ([1, 2, 3], [1, 2, 3], "at least 4 points"),
        ([1, 2, 3, 4], [1, 2, 3], "one dose, response and deviation per point"),
        ([1, 2, 3, np.nan], [1, 2, 3, 4], "no value may be missing"),
        ([-1, 2, 3, 4], [1, 2, 3, 4], "must not be negative"),
        ([0, 0, 0, 4], [1, 2, 3, 4], "two different doses"),
    ],
)
def test_what_cannot_be_fitted_is_refused(doses, responses, wanted):
    with pytest.raises(SettingsError, match=wanted):
        fit_with_priors(doses, responses)


def test_constant_and_huge_responses_are_fitted_without_trouble():
    for responses in (np.zeros(9), np.full(9, 1e12), np.r_[np.zeros(8), 1e9], -DOSES):
        fit = fit_with_priors(DOSES, responses)
        assert np.isfinite([fit.midpoint, fit.slope, fit.left, fit.right]).all()


def test_the_trend_test_holds_its_level_without_a_trend():
    rng = np.random.default_rng(3)
    values = [trend_p_value(DOSES, rng.normal(0, 6, 9), np.full(9, 6.0)) for _ in range(1500)]
    # Expected 75 of 1500; three standard errors either way.
    assert 50 <= sum(value < 0.05 for value in values) <= 100


def test_the_trend_test_allows_for_a_shifted_series():
    shifted = np.full(9, 9.0)
    assert trend_p_value(DOSES, shifted, np.full(9, 6.0)) < 0.01
    assert trend_p_value(DOSES, shifted, np.full(9, 6.0), baseline_deviation=5.0) > 0.01

"""Curves of any model: published fits, laws, potencies, refusals."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.statistics import FitSettings, find_potency, fit_curve, fit_curves, fit_family
from swanneck.statistics.fitting import classify_curve

DOSES = np.repeat(np.geomspace(0.01, 100, 8), 2)
PUBLISHED = {"b": (2.98223, 0.46507), "c": (0.48141, 0.21219), "d": (7.79296, 0.18857), "e": (3.05796, 0.18573)}


def falling(doses, *, b=1.2, c=0.0, d=100.0, e=1.0):
    return c + (d - c) / (1 + (doses / e) ** b)


def test_ryegrass_has_the_published_estimates_and_errors(shared_data):
    table = pl.read_csv(shared_data / "screens" / "drc" / "ryegrass.csv")
    fit = fit_curve(table["conc"], table["rootl"])
    for name, (estimate, error) in PUBLISHED.items():
        found = fit.parameters[name]
        assert (round(found.estimate, 5), round(found.se, 5)) == (estimate, error)
    assert (round(fit.rse, 5), fit.df) == (0.51963, 20)


def test_finney_has_the_published_binomial_fit(shared_data):
    table = pl.read_csv(shared_data / "screens" / "drc" / "finney71.csv")
    fit = fit_curve(table["dose"], table["affected"], totals=table["total"], model="LL.2")
    assert fit.parameters["b"].estimate == pytest.approx(-3.1035, abs=1e-4)
    assert fit.parameters["e"].estimate == pytest.approx(4.8289, abs=1e-4)
    assert fit.parameters["e"].se == pytest.approx(0.24958, abs=1e-5)


@pytest.mark.parametrize("model", ["3pl", "4pl", "5pl"])
def test_exact_curves_come_back(model):
    fit = fit_curve(DOSES, falling(DOSES, b=1.5, e=2.0), model=model)
    assert fit.parameters["b"].estimate == pytest.approx(1.5, rel=1e-4)
    assert find_potency(fit).dose == pytest.approx(2.0, rel=1e-5)
    assert fit.rse < 1e-5


def test_two_steps_come_back():
    doses = np.geomspace(1e-4, 1e4, 25)
    responses = 10 + 90 * (0.4 / (1 + doses / 0.01) + 0.6 / (1 + (doses / 50) ** 2))
    fit = fit_curve(doses, responses, model="biphasic")
    found = {name: one.estimate for name, one in fit.parameters.items()}
    truth = {"b1": 1, "c": 10, "d": 100, "e1": 0.01, "fraction": 0.4, "b2": 2, "e2": 50}
    assert found == pytest.approx(truth, rel=1e-3)


curves = st.fixed_dictionaries({
    "b": st.floats(0.6, 3), "c": st.floats(-20, 20), "d": st.floats(60, 140), "e": st.floats(0.1, 10),
})  # fmt: skip


@given(curves, st.integers(0, 1000), st.floats(0.01, 100), st.floats(0.1, 10))
@settings(max_examples=15)
def test_units_of_dose_and_response_change_only_the_scale(curve, seed, unit, factor):
    responses = falling(DOSES, **curve) + np.random.default_rng(seed).normal(0, 4, DOSES.size)
    here, there = (fit_curve(DOSES * u, responses * f).parameters for u, f in ((1.0, 1.0), (unit, factor)))
    for name, scale in (("b", 1.0), ("c", factor), ("d", factor), ("e", unit)):
        for part in ("estimate", "se"):
            assert getattr(there[name], part) == pytest.approx(getattr(here[name], part) * scale, rel=1e-3)


@given(curves, st.integers(0, 1000))
@settings(max_examples=15)
def test_a_curve_turned_upside_down_rises_by_as_much(curve, seed):
    responses = falling(DOSES, **curve) + np.random.default_rng(seed).normal(0, 4, DOSES.size)
    down, up = fit_curve(DOSES, responses).parameters, fit_curve(DOSES, -responses).parameters
    assert up["b"].estimate == pytest.approx(-down["b"].estimate, rel=1e-4)
    assert up["c"].estimate == pytest.approx(-down["d"].estimate, rel=1e-4)
    ends = [one["e"].low or 0.0 for one in (up, down)]  # None: open
    assert ends[0] == pytest.approx(ends[1], rel=1e-3)


def test_batches_give_what_single_fits_give():
    rng = np.random.default_rng(5)
    responses = np.array([falling(DOSES, e=e) for e in (0.3, 1.0, 5.0)]) + rng.normal(0, 5, (3, DOSES.size))
    responses[1, 3] = np.nan
    many = fit_curves(DOSES, responses)
    for row, values in enumerate(responses):
        one = fit_curve(DOSES, values)
        assert many.df[row] == one.df
        assert many.p_value[row] == pytest.approx(one.p_value, rel=1e-4)
        for name, estimate in one.parameters.items():
            assert many.estimates[name][row] == pytest.approx(estimate.estimate, rel=1e-5, abs=1e-5 * estimate.se)
            assert many.errors[name][row] == pytest.approx(estimate.se, rel=1e-4)
            assert many.lows[name][row] == pytest.approx(estimate.low, rel=1e-3)


def test_a_batch_says_which_curves_it_cannot_fit():
    responses = np.array([falling(DOSES), np.full(DOSES.size, 3.0), np.r_[1.0, 2.0, 3.0, np.full(13, np.nan)]])
    table = fit_curves(DOSES, responses).to_table()
    assert table["status"].to_list() == ["ok", "all_equal", "too_few_points"]
    assert table["e"].is_null().to_list() == [False, True, True]


def test_an_outlier_hardly_moves_the_student_fit():
    noise = np.random.default_rng(2).normal(0, 2, DOSES.size)
    responses = falling(DOSES) + noise
    responses[6] += 60
    plain = fit_curve(DOSES, responses).parameters["e"].estimate
    robust = fit_curve(DOSES, responses, settings=FitSettings(distribution="student")).parameters["e"]
    clean = fit_curve(np.delete(DOSES, 6), np.delete(responses, 6)).parameters["e"].estimate
    assert abs(np.log(robust.estimate / clean)) < 0.2 * abs(np.log(plain / clean))


def test_shared_plateaus_are_fitted_together():
    rng, names = np.random.default_rng(3), ["a"] * 16 + ["b"] * 16
    responses = np.r_[falling(DOSES, e=0.5), falling(DOSES, e=8.0)] + rng.normal(0, 3, 32)
    together = fit_family(np.tile(DOSES, 2), responses, names, shared=["c", "d"])
    assert set(together.parameters) == {"c", "d", "b:a", "e:a", "b:b", "e:b"}
    assert together.df == 32 - 6
    apart = fit_curve(DOSES, responses[16:])
    widths = [one.high - one.low for one in (together.parameters["c"], apart.parameters["c"])]
    assert widths[0] < widths[1]


def test_a_family_that_shares_nothing_is_its_curves():
    rng = np.random.default_rng(4)
    responses = np.r_[falling(DOSES, e=0.5), falling(DOSES, e=8.0)] + rng.normal(0, 3, 32)
    family = fit_family(np.tile(DOSES, 2), responses, ["a"] * 16 + ["b"] * 16)
    single = fit_curve(DOSES, responses[:16])
    assert family.parameters["e:a"].estimate == pytest.approx(single.parameters["e"].estimate, rel=1e-6)


def test_fixed_parameters_stay_and_weights_count():
    responses = falling(DOSES, c=10)
    fit = fit_curve(DOSES, responses + np.sin(np.arange(16)), fixed={"d": 100.0})
    assert set(fit.parameters) == {"b", "c", "e"}
    doubled = fit_curve(np.r_[DOSES, DOSES[:1]], np.r_[responses, 50.0], weights=np.r_[np.ones(16), 1e-9])
    assert doubled.parameters["c"].estimate == pytest.approx(10, abs=1e-3)


def test_absolute_and_relative_potencies():
    noise = np.random.default_rng(0).normal(0, 1, DOSES.size)
    half = fit_curve(DOSES, falling(DOSES, b=1.0, c=40) + noise)
    assert find_potency(half).dose == pytest.approx(half.parameters["e"].estimate)
    assert find_potency(half).low == pytest.approx(half.parameters["e"].low, rel=1e-3)
    at_60 = find_potency(half, level=60)
    assert at_60.low < 2.0 < at_60.high
    assert (find_potency(half, level=30).dose, find_potency(half, level=30).relation) == (100.0, ">")
    with pytest.raises(SettingsError, match="not both"):
        find_potency(half, level=60, share=0.5)


@pytest.mark.parametrize(
    ("doses", "responses", "wanted"),
    [
        ([1, 2, 3], [1, 2, 3], "3 points cannot tell 4 free parameters"),
        ([1, 2, 3, 4], [1, 2, 3], "one dose, response and weight per point"),
        ([-1, 2, 3, 4, 5], [1, 2, 3, 4, 5], "a dose is negative"),
        ([1, 1, 2, 2, 3, 3], [1, 2, 3, 4, 5, 6], "3 different doses"),
        ([0, 1, 2, 3, 4], [5, 5, 5, 5, 5], "all responses are equal"),
        ([0, 1, np.nan, 3, 4, 5], [5, 5, 5, 5, 5, 6], "have no dose"),
    ],
    ids=["three-points", "lengths", "negative", "three-doses", "equal", "no-dose"],
)
def test_what_cannot_be_fitted_is_refused(doses, responses, wanted):
    with pytest.raises(InputError, match=wanted):
        fit_curve(doses, responses)


def test_unknown_words_are_refused():
    with pytest.raises(SettingsError, match="no model 'spline'"):
        fit_curve(DOSES, falling(DOSES), model="spline")
    with pytest.raises(SettingsError, match="no parameter 'q'"):
        fit_curve(DOSES, falling(DOSES), fixed={"q": 1})
    with pytest.raises(InputError, match="counts from 0 up"):
        fit_curve(DOSES, falling(DOSES) - 50, settings=FitSettings(distribution="poisson"))
    with pytest.raises(InputError, match="between 0 and their totals"):
        fit_curve([1, 2, 3], [5, 2, 3], totals=[4, 4, 4], model="2pl")


# --- coverage by simulation: 95 % intervals hold the truth as often as they say (3 errors of 4,000 trials: 1 %)


def coverage(fits, truth):
    held = {}
    for name, value in truth.items():
        held[name] = float(np.mean((fits.lows[name] <= value) & (value <= fits.highs[name])))
    return held


@pytest.mark.parametrize("noise", [2.0, 8.0, 15.0])
@pytest.mark.parametrize("slope", [1.2, -1.2], ids=["falling", "rising"])
def test_intervals_cover_at_any_noise(noise, slope):
    rng = np.random.default_rng(16)
    truth = {"b": slope, "c": 0.0, "d": 100.0, "e": 1.0}
    responses = falling(DOSES, **truth) + rng.normal(0, noise, (4000, DOSES.size))
    held = coverage(fit_curves(DOSES, responses), truth)
    assert {name: share for name, share in held.items() if not 0.93 <= share <= 0.97} == {}


def test_intervals_of_three_points_with_known_plateaus_cover():
    doses = np.array([0.3, 1.0, 3.0])
    responses = falling(doses) + np.random.default_rng(12).normal(0, 5, (3000, 3))
    held = coverage(fit_curves(doses, responses, fixed={"c": 0.0, "d": 100.0}), {"b": 1.2, "e": 1.0})
    assert all(0.93 <= share <= 0.97 for share in held.values()), held


def test_flat_data_have_open_potencies_and_are_seldom_called_active():
    responses = 50 + np.random.default_rng(13).normal(0, 5, (2000, DOSES.size))
    fits = fit_curves(DOSES, responses)
    closed = (fits.lows["e"] > DOSES.min()) & (fits.highs["e"] < DOSES.max())
    assert closed.mean() < 0.05
    assert (fits.p_value < 0.05).mean() < 0.05


def test_intervals_of_the_constant_cover():
    rng = np.random.default_rng(14)
    fits = [fit_curve(DOSES, 50 + rng.normal(0, 5, 16), model="constant").parameters["d"] for _ in range(1000)]
    assert 0.93 <= np.mean([one.low <= 50 <= one.high for one in fits]) <= 0.97


def test_student_intervals_cover_with_and_without_outliers():
    rng, robust = np.random.default_rng(15), FitSettings(distribution="student")
    for share in (0.0, 0.05, 0.1):
        held = []
        for _ in range(400):
            far = 40 * (rng.random(DOSES.size) < share) * rng.choice([-1, 1], DOSES.size)
            responses = falling(DOSES) + rng.normal(0, 4, DOSES.size) + far
            e = fit_curve(DOSES, responses, settings=robust).parameters["e"]
            held.append((e.low or 0.0) <= 1.0 <= (e.high or np.inf))
        assert 0.92 <= np.mean(held) <= 0.98, share  # three standard errors of 400 trials


def test_classes_name_what_a_curve_shows():
    rng = np.random.default_rng(17)
    shapes = {
        "complete": falling(DOSES), "one plateau": falling(DOSES, e=100.0), "no response": np.full(16, 50.0),
        "misfit": 100 * np.exp(-np.log(DOSES) ** 2), "step": np.where(DOSES < 1, 100.0, 0.0),
    }  # fmt: skip
    found = {name: classify_curve(fit_curve(DOSES, shape + rng.normal(0, 3, 16))) for name, shape in shapes.items()}
    assert found == {name: name for name in shapes}


def test_the_test_of_fit_holds_its_level():
    rng = np.random.default_rng(18)
    called = [fit_curve(DOSES, falling(DOSES) + rng.normal(0, 5, 16)).lack_of_fit < 0.05 for _ in range(600)]
    assert 0.03 < np.mean(called) < 0.07


@pytest.mark.parametrize("fixed", [{"b": 0.0}, {"c": np.nan}, {"c": 5.0, "d": 5.0}], ids=["flat", "nan", "equal"])
def test_what_would_be_no_curve_cannot_be_fixed(fixed):
    with pytest.raises(SettingsError, match="there would be no curve"):
        fit_curve(DOSES, falling(DOSES) + np.sin(np.arange(16)), fixed=fixed)


def test_words_are_no_doses_and_open_slopes_of_counts_are_open():
    with pytest.raises(InputError, match="must be numbers"):
        fit_curve(["low", "high"], [1.0, 2.0])
    slope = fit_curve(DOSES, np.where(DOSES > 2, 10, 0), totals=np.full(16, 10), model="2pl").parameters["b"]
    assert (slope.low, slope.high < 0) == (None, True)


WIDE = np.repeat(np.geomspace(1e-4, 1e4, 12), 3)


def draw_3pl(rng):
    return DOSES, falling(DOSES) + rng.normal(0, 6, 16), {"model": "3pl"}


def draw_5pl(rng):
    return WIDE, 100 / (1 + WIDE**0.8) ** 2 + rng.normal(0, 3, 36), {"model": "5pl"}


def draw_biphasic(rng):
    truth = 100 * (0.4 / (1 + WIDE / 0.01) + 0.6 / (1 + WIDE / 50))
    return WIDE, truth + rng.normal(0, 2, 36), {"model": "biphasic"}


def draw_binomial(rng):
    return DOSES, rng.binomial(25, falling(DOSES) / 100), {"model": "2pl", "totals": np.full(16, 25)}


def draw_poisson(rng):
    settings = FitSettings(distribution="poisson")
    return DOSES, rng.poisson(falling(DOSES) / 2), {"model": "3pl", "settings": settings}


def draw_weighted(rng):
    error = 2 + 0.1 * falling(DOSES)
    return DOSES, falling(DOSES) + rng.normal(0, error), {"weights": 1 / error**2}


@pytest.mark.parametrize(("draw", "truth"), [
    (draw_3pl, {"b": 1.2, "d": 100, "e": 1}), (draw_5pl, {"b": 0.8, "c": 0, "d": 100, "e": 1, "f": 2}),
    (draw_biphasic, {"c": 0, "d": 100, "fraction": 0.4, "e1": 0.01, "e2": 50}), (draw_binomial, {"b": 1.2, "e": 1}),
    (draw_poisson, {"b": 1.2, "d": 50, "e": 1}), (draw_weighted, {"b": 1.2, "c": 0, "d": 100, "e": 1}),
], ids=["3pl", "5pl", "biphasic", "binomial", "poisson", "weighted"])  # fmt: skip
def test_intervals_of_every_model_cover(draw, truth):
    rng, trials = np.random.default_rng(19), 200
    held = dict.fromkeys(truth, 0)
    for _ in range(trials):
        doses, responses, options = draw(rng)
        found = fit_curve(doses, responses, **options).parameters
        for name, value in truth.items():
            low, high = found[name].low, found[name].high
            held[name] += (low is None or low <= value) and (high is None or value <= high)
    shares = {name: count / trials for name, count in held.items()}
    assert all(0.90 <= share <= 0.99 for share in shares.values()), shares  # three standard errors of 200 trials

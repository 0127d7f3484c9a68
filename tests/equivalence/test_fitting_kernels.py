"""The kernels of curve fitting against plain NumPy and SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from swanneck.statistics import FitSettings, fit_curve, fit_curves
from swanneck.statistics.fitting import _model_kernels, _start_kernels

DOSES = np.repeat(np.geomspace(0.01, 100, 8), 2)
SEEDS = st.integers(0, 2**32 - 1)


def plain(p, x):
    b, c, d, m, g = p
    return c + (d - c) / (1 + np.exp(b * (x - m))) ** np.exp(g)


def plain_biphasic(p, x):
    first, second = 1 / (1 + np.exp(p[0] * (x - p[3]))), 1 / (1 + np.exp(p[5] * (x - p[6])))
    return p[1] + (p[2] - p[1]) * (p[4] * first + (1 - p[4]) * second)


def draw(rng, rising=False):
    b = np.exp(rng.uniform(-0.3, 0.8)) * (-1 if rising else 1)
    return np.array([b, rng.uniform(-5, 5), rng.uniform(80, 120), rng.uniform(-1, 1), rng.uniform(-0.5, 0.5)])


@given(SEEDS)
@settings(max_examples=30)
def test_values_and_derivatives_are_those_of_the_plain_formulas(seed):
    rng = np.random.default_rng(seed)
    x, p, row = rng.uniform(-3, 3), draw(rng), np.empty(7)
    wide = np.array([p[0], p[1], p[2], p[3], 0.3, 1.5, p[3] + 2])
    for code, theta, formula in ((_model_kernels.LOGISTIC, p, plain), (_model_kernels.BIPHASIC, wide, plain_biphasic)):
        assert _model_kernels.evaluate(code, 0.0, theta, x, row) == pytest.approx(formula(theta, x), rel=1e-12)
        slopes = optimize.approx_fprime(theta, lambda q, f=formula: f(q, x), 1e-7)
        assert row[: theta.size] == pytest.approx(slopes, rel=1e-4, abs=1e-4)


@given(SEEDS)
@settings(max_examples=30)
def test_a_curve_through_a_level_passes_through_it(seed):
    rng = np.random.default_rng(seed)
    p, row, spare = draw(rng, rising=bool(seed % 2)), np.empty(5), np.empty(5)
    for code, constant in ((_model_kernels.THROUGH_LEVEL, p[1] + 0.3 * (p[2] - p[1])), (_model_kernels.AT_SHARE, 0.3)):
        met = p[1] + 0.3 * (p[2] - p[1])
        assert _model_kernels.evaluate(code, constant, p, p[3], row) == pytest.approx(met, rel=1e-9)
        _model_kernels.evaluate(code, constant, p, p[3] + 0.7, row)
        slopes = optimize.approx_fprime(
            p, lambda q, k=(code, constant): _model_kernels.evaluate(*k, q, q[3] * 0 + p[3] + 0.7, spare), 1e-7
        )
        assert row == pytest.approx(slopes, rel=1e-3, abs=1e-3)


@given(SEEDS)
@settings(max_examples=10)
def test_no_start_of_scipy_finds_a_better_fit(seed):
    rng = np.random.default_rng(seed)
    truth = draw(rng, rising=bool(seed % 2))
    truth[4] = 0.0
    x = np.log(DOSES)
    responses = plain(truth, x) + rng.normal(0, 6, x.size)
    fit = fit_curve(DOSES, responses)

    def residuals(q):
        return plain(np.r_[q, 0.0], x) - responses

    starts = [[b, responses.min(), responses.max(), m] for b in (-2, -0.7, 0.7, 2) for m in (-3, 0, 3)]
    bounds = ([-50, -2e3, -2e3, -15], [50, 2e3, 2e3, 15])
    theirs = min(2 * optimize.least_squares(residuals, start, bounds=bounds).cost for start in starts)
    assert fit.deviance <= theirs * (1 + 1e-6)


@given(SEEDS)
@settings(max_examples=10)
def test_bounds_are_where_a_plain_profile_puts_them(seed):
    rng = np.random.default_rng(seed)
    x = np.log(DOSES)
    responses = plain(np.array([1.2, 0.0, 100.0, 0.0, 0.0]), x) + rng.normal(0, 5, x.size)
    fit = fit_curve(DOSES, responses)
    allowed = fit.rse**2 * 2.178813**2
    for place, name in enumerate("bcde"):
        for bound in (fit.parameters[name].low, fit.parameters[name].high):
            if bound is None:
                continue
            held = np.log(bound) if name == "e" else bound
            start = [one.estimate for one in fit.parameters.values()]
            start[3] = np.log(start[3])
            rest = np.delete(start, place)
            found = optimize.least_squares(
                lambda q, k=place, v=held: plain(np.r_[np.insert(q, k, v), 0.0], x) - responses, rest, x_scale="jac"
            )
            assert 2 * found.cost - fit.deviance == pytest.approx(allowed, rel=2e-3)


@given(SEEDS)
@settings(max_examples=10)
def test_errors_are_those_of_a_plain_hessian(seed):
    rng = np.random.default_rng(seed)
    responses = plain(np.array([1.2, 0.0, 100.0, 0.0, 0.0]), np.log(DOSES)) + rng.normal(0, 3, DOSES.size)
    fit = fit_curve(DOSES, responses)
    best = np.array([one.estimate for one in fit.parameters.values()])
    step = 1e-3 * np.maximum(np.abs(best), 0.1)

    def cost(q):
        return float(np.sum((q[1] + (q[2] - q[1]) / (1 + (DOSES / q[3]) ** q[0]) - responses) ** 2))

    moves = np.diag(step)
    hessian = np.array([
        [
            (cost(best + a + b) - cost(best + a - b) - cost(best - a + b) + cost(best - a - b)) / 4 / a.sum() / b.sum()
            for b in moves
        ]
        for a in moves
    ])  # fmt: skip
    errors = np.sqrt(np.diag(2 * fit.rse**2 * np.linalg.inv(hessian)))
    assert [one.se for one in fit.parameters.values()] == pytest.approx(errors, rel=2e-3)


@given(SEEDS)
@settings(max_examples=10)
def test_the_student_scale_makes_their_likelihood_greatest(seed):
    squares = np.random.default_rng(seed).standard_t(3, 12) ** 2
    scale = _model_kernels.student_scale(squares, np.ones(12), 4.0)

    def deviance(logarithm):
        return 12 * logarithm + 5 * np.sum(np.log1p(squares / (4 * np.exp(logarithm))))

    assert np.log(scale) == pytest.approx(optimize.minimize_scalar(deviance, bracket=(-3, 3)).x, abs=1e-4)


def test_replicates_are_collapsed_without_loss():
    rng = np.random.default_rng(0)
    x, y, w = np.log(DOSES), rng.normal(0, 1, DOSES.size), rng.uniform(0.5, 2, DOSES.size)
    doses, means, weights, pure = _start_kernels.collapse(x, y, w)
    for level in (-1.0, 0.3):
        assert np.sum(weights * (means - level) ** 2) + pure == pytest.approx(np.sum(w * (y - level) ** 2))
    assert doses.size == 8


def test_wald_intervals_of_batches_are_those_of_single_fits():
    responses = plain(np.array([1.2, 0, 100, 0, 0]), np.log(DOSES)) + np.sin(np.arange(16)) * 4
    wald = FitSettings(interval="wald")
    one, many = fit_curve(DOSES, responses, settings=wald), fit_curves(DOSES, responses, settings=wald)
    for name, estimate in one.parameters.items():
        assert many.lows[name][0] == pytest.approx(estimate.low, rel=1e-4)


def test_intervals_reach_as_far_as_any_valley_of_the_profile():
    # A step may lie on either side of one dose: a profile that is only followed from the best curve misses that.
    responses = np.repeat([90.3, 104.8, 105.7, 94.0, 24.9, 1.4, -2.0, 2.2], 2) + np.tile([-6.0, 6.0], 8)
    fits, one = fit_curves(DOSES, responses), fit_curve(DOSES, responses)
    steep = optimize.least_squares(
        lambda q: plain(np.array([40.0, q[0], q[1], q[2], 0.0]), np.log(DOSES)) - responses,
        [0.0, 100.0, np.log(DOSES[8]) - 0.03], x_scale=[10, 10, 0.01],
    )  # fmt: skip
    assert 2 * steep.cost - one.deviance < one.rse**2 * 2.178813**2
    assert np.isinf(fits.highs["b"][0])
    assert one.parameters["b"].high is None

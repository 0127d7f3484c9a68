"""The profile likelihood of a potency against SciPy, the curve held at the level at each dose."""

import numpy as np
import pytest
from scipy import optimize

from swanneck.statistics.curves import CurvePriors, fit_with_priors, logistic

DOSES = np.geomspace(0.01, 100, 9)
PRIORS = CurvePriors(left_sd=4.0, right_mean=100.0, right_sd=15.0, log_slope_sd=0.7)


def least_cost(responses, place):
    """Minimise over slope and plateaus on either side of the level; the midpoint follows."""

    def residuals(p):
        slope, left, right = np.exp(p[0]), 50 - np.exp(p[1]), 50 + np.exp(p[2])
        share = (50 - left) / (right - left)
        midpoint = np.exp(place - np.log(share / (1 - share)) / slope)
        curve = logistic(DOSES, midpoint=midpoint, slope=slope, left=left, right=right)
        priors = [(p[0] - np.log(1.2)) / 0.7, left / 4.0, (right - 100) / 15.0]
        return np.concatenate([(responses - curve) / 4.0, priors])

    starts = [[np.log(slope), np.log(50.0), np.log(gap)] for slope in (0.6, 1.2, 4.0) for gap in (2.0, 50.0)]
    bounds = ([np.log(0.05), 0.0, -20.0], [np.log(20.0), 6.0, 6.0])
    return 2 * min(optimize.least_squares(residuals, one, bounds=bounds).cost for one in starts)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("top", [100.0, 60.0, 5.0])
def test_the_likelihood_is_what_a_plain_optimiser_finds(seed, top):
    rng = np.random.default_rng(seed)
    responses = logistic(DOSES, midpoint=np.exp(rng.uniform(-2, 2)), slope=rng.uniform(0.8, 2), left=0.0, right=top)
    responses += rng.normal(0, 4, DOSES.size)
    fit = fit_with_priors(DOSES, responses, np.full(9, 4.0), priors=PRIORS, level=50.0)
    likelihood = fit.likelihood()
    inside = likelihood.places[2:-2:4]
    plain = np.array([least_cost(responses, place) for place in inside])
    roots = np.sqrt(np.maximum(plain - min(fit.penalised_cost, plain.min()), 0))
    # Beyond four deviations all is equally impossible.
    assert np.minimum(np.sqrt(likelihood.rises(inside)), 4) == pytest.approx(np.minimum(roots, 4), rel=0.02, abs=0.05)

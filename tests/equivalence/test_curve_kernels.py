"""The kernels of the logistic fit against plain NumPy and SciPy."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize

from swanneck.statistics.curves import fit_with_priors, logistic

DOSES = np.geomspace(0.01, 100, 9)


@given(st.integers(0, 2**32 - 1))
@example(1286526)  # two valleys
@settings(max_examples=25)
def test_profile_bounds_are_where_a_plain_optimiser_puts_them(seed):
    rng = np.random.default_rng(seed)
    truth = {"midpoint": np.exp(rng.uniform(-2, 2)), "slope": rng.uniform(0.8, 2), "left": 0.0, "right": 100.0}
    responses = logistic(DOSES, **truth) + rng.normal(0, 4, DOSES.size)
    fit = fit_with_priors(DOSES, responses, np.full(9, 4.0))
    low, high = fit.interval()

    def cost_with_midpoint_at(midpoint):
        def residuals(p):
            return (responses - logistic(DOSES, midpoint=midpoint, slope=np.exp(p[0]), left=p[1], right=p[2])) / 4.0

        # From several slopes: the profile may have more than one valley. Slopes end at 20, as in the fit.
        starts = [[np.log(slope), fit.left, fit.right] for slope in (fit.slope, 1.0, 4.0, 10.0)]
        bounds = ([-np.inf] * 3, [np.log(20), np.inf, np.inf])
        found = [optimize.least_squares(residuals, one, bounds=bounds, xtol=1e-12, ftol=1e-12) for one in starts]
        return 2 * min(one.cost for one in found)

    for bound in (low, high):
        if bound is not None:
            assert cost_with_midpoint_at(bound) - fit.cost == pytest.approx(1.959964**2, rel=0.02)

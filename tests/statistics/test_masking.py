"""Outliers masked with their reason, and the curve refitted."""

import numpy as np
import pytest

from swanneck.foundation.errors import InputError
from swanneck.statistics.fitting.masking import fit_without_outliers

DOSES = np.repeat(np.geomspace(0.01, 100, 8), 2)


def simulate(rng):
    return 100 / (1 + DOSES) + rng.normal(0, 4, DOSES.size)


def test_planted_outliers_are_found_and_clean_curves_seldom_touched():
    rng, found, false = np.random.default_rng(0), 0, 0
    for _ in range(100):
        clean = simulate(rng)
        false += len(fit_without_outliers(DOSES, clean).masked)
        clean[5] += 60
        found += 5 in [one.position for one in fit_without_outliers(DOSES, clean).masked]
    assert found >= 90
    assert false <= 15  # of 1,600 points


def test_the_refit_comes_back_and_the_whole_fit_is_kept():
    responses = simulate(np.random.default_rng(1))
    responses[5] += 60
    done = fit_without_outliers(DOSES, responses)
    assert done.curve.rse < 0.5 * done.whole.rse
    assert done.curve.parameters["e"].estimate == pytest.approx(1.0, rel=0.2)
    assert (done.whole.n_points, done.curve.n_points) == (16, 15)


def test_points_masked_by_hand_keep_their_reason():
    done = fit_without_outliers(DOSES, simulate(np.random.default_rng(2)), by_hand={3: "bubble"})
    assert (done.masked[0].position, done.masked[0].reason) == (3, "bubble")
    with pytest.raises(InputError, match="no point 99"):
        fit_without_outliers(DOSES, DOSES, by_hand={99: "?"})

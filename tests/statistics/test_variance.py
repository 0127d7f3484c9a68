"""Variances shared among many small samples."""

import numpy as np
import pytest

from swanneck.statistics.variance import share_variances


def test_equal_variances_are_pooled():
    rng = np.random.default_rng(0)
    shared = share_variances(4.0 * rng.chisquare(6, 500) / 6, np.full(500, 6))
    assert shared.variance == pytest.approx(4.0, rel=0.1)
    assert shared.degrees_of_freedom > 50


def test_the_prior_that_variances_were_drawn_from_is_found():
    rng = np.random.default_rng(0)
    own = 2.0 * 8 / rng.chisquare(8, 3000)
    shared = share_variances(own * rng.chisquare(6, 3000) / 6, np.full(3000, 6))
    assert shared.variance == pytest.approx(2.0, rel=0.1)
    assert shared.degrees_of_freedom == pytest.approx(8.0, rel=0.2)


def test_with_too_few_samples_each_keeps_its_own():
    assert share_variances([5.0, 7.0], [6, 6]).squeeze(5.0, 6) == (5.0, 6.0)

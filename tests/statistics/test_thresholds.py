"""The cut between two groups, pure or mixed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.foundation.errors import InputError
from swanneck.statistics.thresholds import separate_groups


def draw(rng, n, infected):
    dark, bright = rng.normal(10, 1, n), rng.normal(20, 3, n)
    return np.where(rng.random(n) < infected, bright, dark)


@pytest.mark.parametrize("infected", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("left_over", [0.0, 0.05])
def test_the_cut_stays_where_the_groups_part_however_mixed_they_are(infected, left_over):
    rng = np.random.default_rng(1)
    cut = separate_groups(draw(rng, 3000, left_over), draw(rng, 3000, infected))
    assert 12 < cut.value < 15.5
    assert cut.share_high == pytest.approx(infected, abs=0.06)


@given(st.floats(0.01, 100))
def test_the_cut_scales_with_the_values(factor):
    rng = np.random.default_rng(2)
    low, high = draw(rng, 200, 0.0), draw(rng, 200, 0.5)
    assert separate_groups(low * factor, high * factor).value == pytest.approx(
        separate_groups(low, high).value * factor
    )


def test_groups_without_values_are_refused():
    with pytest.raises(InputError, match="0 low and 1 high"):
        separate_groups([np.nan], [1.0])

"""Fixtures that every room's tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Kernels are compiled at their first call and machines are shared: how long one example takes says nothing.
# Continuous integration draws the same examples each time, so that a red run can be run again.
settings.register_profile("swanneck", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("swanneck")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of evaluation data, beside the checkout or where SWANNECK_DATA points; skips where absent."""
    folder = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the evaluation data (../shared/data or SWANNECK_DATA) are not on this machine")
    return folder

"""The golden plate: a change that moves its tables is a change that users see (golden/screen/make.py makes them)."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "screen"
RELATIVE = 0.01
"""Processors round differently, and a pixel may change sides; an algorithm that changes moves more than this."""


@pytest.fixture(scope="module")
def golden() -> ModuleType:
    """The module that makes the golden tables."""
    spec = importlib.util.spec_from_file_location("golden_screen", GOLDEN / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tables(golden, tmp_path_factory) -> dict[str, pl.DataFrame]:
    return golden.screen_golden_plate(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", ["wells", "plates", "curves", "hits"])
def test_the_golden_plate_gives_the_golden_tables(tables, name) -> None:
    table, numbers = tables[name], pl.selectors.float()
    expected = pl.read_csv(GOLDEN / f"{name}.csv", schema_overrides=dict(table.schema))
    words = pl.selectors.exclude(numbers | pl.selectors.by_name("reason", require_all=False))
    assert table.select(words).equals(expected.select(words), null_equal=True)
    for column in table.select(numbers).columns:
        ours, theirs = (one[column].to_numpy() for one in (table, expected))
        potency = "molar" in column or column.endswith(("low", "high"))
        # Doses span decades and are held one by one; any other number is held to the width of its column.
        width = 0.0 if potency else RELATIVE * float(np.nanmax(np.abs(theirs), initial=0))
        assert ours == pytest.approx(theirs, rel=10 * RELATIVE if potency else RELATIVE, abs=width, nan_ok=True), column

"""From cells to wells, from wells to compounds: the median or mean of each feature."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.profiles.tables import feature_columns

__all__ = ["aggregate_profiles"]


def aggregate_profiles(
    table: pl.DataFrame, by: Sequence[str], *, method: Literal["median", "mean"] = "median"
) -> pl.DataFrame:
    """Give one profile per group, in the order of their first appearance; missing values are left out.

    Other columns stay where a group has one value in them; `n_profiles` counts. The median stands against odd cells
    (Caicedo et al. 2017). Raises `InputError` where a column of `by` is not there.

    >>> table = pl.DataFrame({"well": ["A01", "A01", "A02"], "Cells_a": [1.0, 3.0, 5.0], "dose": [1, 1, 2]})
    >>> aggregate_profiles(table, ["well"]).rows()
    [('A01', 1, 2.0, 2), ('A02', 2, 5.0, 1)]
    """
    absent = [name for name in by if name not in table.columns]
    if absent:
        problem = f"the profiles have no column {', '.join(map(repr, absent))}"
        raise InputError(problem, remedy="Name the columns that tell wells or compounds apart")
    features = feature_columns(table)
    others = [name for name in table.columns if name not in {*features, *by}]
    shared = [
        pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).otherwise(None).alias(name) for name in others
    ]
    values = pl.col(features).cast(pl.Float64).fill_nan(None)
    centre = values.median() if method == "median" else values.mean()
    groups = table.group_by(list(by), maintain_order=True)
    return groups.agg(*shared, centre, pl.len().cast(pl.Int64).alias("n_profiles"))

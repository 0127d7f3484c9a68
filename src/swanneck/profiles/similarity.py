"""How alike profiles are: cosine, correlation, absolute cosine."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.profiles.tables import feature_columns, profile_matrix

__all__ = ["Measure", "check_complete", "similarity_matrix", "unit_profiles"]

Measure = Literal["cosine", "correlation", "absolute_cosine"]


def check_complete(rows: NDArray[np.float64], names: Sequence[str]) -> None:
    """Raise `InputError` where a value is missing; `rows` has a row per profile and a column per feature.

    >>> check_complete(np.array([[1.0, 2.0]]), ["Cells_a", "Cells_b"])
    """
    missing = np.isnan(rows)
    if missing.any():
        columns = [name for name, gaps in zip(names, np.any(missing, axis=0).tolist(), strict=True) if gaps]
        problem = f"{int(missing.any(axis=1).sum())} of {len(rows)} profiles lack values, in {len(columns)} features"
        remedy = "Select features that have no missing values (--most-missing 0)"
        raise InputError(problem, where=", ".join(columns[:3]), remedy=remedy)


def unit_profiles(
    table: pl.DataFrame, features: Sequence[str] | None = None, *, measure: Measure = "cosine"
) -> NDArray[np.float64]:
    """Give profiles as rows of length one, so that the product of two rows is their similarity.

    For the correlation each row is centred first. Raises `InputError` where a value is missing or a profile has no
    direction (all features 0, or all equal for the correlation).

    >>> table = pl.DataFrame({"Cells_a": [3.0, 0.0], "Cells_b": [4.0, 2.0]})
    >>> unit_profiles(table).tolist()
    [[0.6, 0.8], [0.0, 1.0]]
    """
    names = list(features or feature_columns(table))
    rows = profile_matrix(table, names)
    check_complete(rows, names)
    if measure == "correlation":
        rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    # Centring leaves crumbs of rounding where all values are equal.
    floor = 1e-12 if measure == "correlation" else 0.0
    flat = np.flatnonzero(lengths[:, 0] <= floor)
    if len(flat):
        what = "equal in all features" if measure == "correlation" else "0 in all features"
        problem = f"{len(flat)} of {len(rows)} profiles are {what} and so have no direction"
        raise InputError(problem, where=f"rows {', '.join(str(row + 1) for row in flat[:5])}", remedy="Leave them out")
    rows /= lengths
    return rows


def similarity_matrix(units: NDArray[np.float64], measure: Measure = "cosine") -> NDArray[np.float64]:
    """Give the similarity of all pairs of rows of length one."""
    similarity = units @ units.T
    return np.abs(similarity) if measure == "absolute_cosine" else similarity

"""How alike profiles are: cosine, correlation, absolute cosine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.profiles.tables import feature_columns

__all__ = ["Directions", "Measure", "check_complete", "find_directions", "similarity_matrix", "unit_profiles"]

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


@dataclass(frozen=True)
class Directions:
    """Profiles as vectors of length one, of which only a part is in memory at a time.

    `columns` are the features as the table holds them, `centres` what each profile's features are taken less by (for
    the correlation), `lengths` each profile's length then.
    """

    columns: list[NDArray[np.float64]]
    centres: NDArray[np.float64] | None
    lengths: NDArray[np.float64]

    def part(self, first: int, last: int) -> NDArray[np.float64]:
        """Give the profiles from `first` to before `last`: an array with a row per feature, a column per profile."""
        lengths = self.lengths[first:last]
        made = np.empty((len(self.columns), len(lengths)))
        centres = None if self.centres is None else self.centres[first:last]
        for row, column in zip(made, self.columns, strict=True):
            part = column[first:last] if centres is None else np.subtract(column[first:last], centres, out=row)
            np.divide(part, lengths, out=row)
        return made


def find_directions(
    table: pl.DataFrame, features: Sequence[str] | None = None, *, measure: Measure = "cosine"
) -> Directions:
    """Find the directions of profiles; columns of doubles are not copied.

    For the correlation each profile is centred first. Raises `InputError` where a value is missing or a profile has no
    direction (all features 0, or all equal for the correlation).

    >>> table = pl.DataFrame({"Cells_a": [3.0, 0.0], "Cells_b": [4.0, 2.0]})
    >>> find_directions(table).part(0, 2).tolist()
    [[0.6, 0.0], [0.8, 1.0]]
    """
    names = list(features or feature_columns(table))
    columns = [table[name].cast(pl.Float64).to_numpy() for name in names]
    if not all(bool(np.isfinite(column).all()) for column in columns):
        check_complete(np.column_stack([np.where(np.isfinite(column), column, np.nan) for column in columns]), names)
    centred = measure == "correlation"
    centres = np.zeros(table.height)
    for column in columns if centred else ():
        centres += column / len(columns)
    squares = np.zeros(table.height)
    for column in columns:
        squares += (column - centres) ** 2
    lengths = np.sqrt(squares)
    # Centring leaves crumbs of rounding where all values are equal.
    flat = np.flatnonzero(lengths <= (1e-12 if centred else 0.0))
    if len(flat):
        what = "equal in all features" if centred else "0 in all features"
        problem = f"{len(flat)} of {table.height} profiles are {what} and so have no direction"
        raise InputError(problem, where=f"rows {', '.join(str(row + 1) for row in flat[:5])}", remedy="Leave them out")
    return Directions(columns, centres if centred else None, lengths)


def unit_profiles(
    table: pl.DataFrame, features: Sequence[str] | None = None, *, measure: Measure = "cosine"
) -> NDArray[np.float64]:
    """Give profiles as rows of length one, so that the product of two rows is their similarity.

    Raises `InputError` as `find_directions` does.

    >>> table = pl.DataFrame({"Cells_a": [3.0, 0.0], "Cells_b": [4.0, 2.0]})
    >>> unit_profiles(table).tolist()
    [[0.6, 0.8], [0.0, 1.0]]
    """
    return find_directions(table, features, measure=measure).part(0, table.height).T


def similarity_matrix(units: NDArray[np.float64], measure: Measure = "cosine") -> NDArray[np.float64]:
    """Give the similarity of all pairs of rows of length one."""
    similarity = units @ units.T
    return np.abs(similarity) if measure == "absolute_cosine" else similarity

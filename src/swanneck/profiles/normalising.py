"""Profiles on one scale: each feature centred and scaled on the reference wells of its plate or batch.

`standardise` is the mean and the standard deviation (dividing by n), `robust` the median and 1.4826 times the median
absolute deviation, as pycytominer's `standardize` and `mad_robustize` (Serrano et al. 2025, Nat Methods 22:677).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.profiles._kernels import standard_moments
from swanneck.profiles.tables import feature_columns, feature_matrix, join_features

__all__ = ["Normalisation", "NormalisedProfiles", "fit_location_scale", "normalise_profiles"]

_NORMAL_MAD = 1.4826
_CRUMBS = 1e-9  # a spread below this share of the location is rounding: the feature is constant


class Normalisation(Settings):
    """How profiles are brought to one scale.

    `method`: `robust` stands against single odd wells, which control wells of a plate often have (Caicedo et al.
    2017, Nat Methods 14:849); `standardise` suits the thousands of cells of single-cell tables. `by`: columns whose
    values are treated one by one, usually the plate. `fewest`: of fewer reference profiles no spread is estimated.
    """

    method: Literal["robust", "standardise"] = "robust"
    by: tuple[str, ...] = ()
    fewest: int = 4


@dataclass(frozen=True)
class NormalisedProfiles:
    """The normalised table, and for each group which profiles were its reference and which features were constant."""

    table: pl.DataFrame
    references: pl.DataFrame


def normalise_profiles(
    table: pl.DataFrame,
    settings: Normalisation | None = None,
    *,
    reference: pl.Expr | None = None,
    features: Sequence[str] | None = None,
) -> NormalisedProfiles:
    """Centre and scale each feature on its group's reference profiles; None means that all profiles are reference.

    A feature without spread among its references becomes missing in that group: there is no scale to put it on.
    Raises `InputError` where a group has fewer references than `fewest`.

    >>> table = pl.DataFrame({"role": ["negative_control"] * 4 + ["sample"], "Cells_a": [1.0, 2.0, 3.0, 4.0, 12.5]})
    >>> settings = Normalisation(method="standardise")
    >>> done = normalise_profiles(table, settings, reference=pl.col("role") == "negative_control")
    >>> round(done.table["Cells_a"][4], 3)
    8.944
    """
    settings = settings or Normalisation()
    names = list(features or feature_columns(table))
    chosen = np.ones(table.height, dtype=bool) if reference is None else _choose(table, reference)
    values = feature_matrix(table, names)
    told = []
    for group, members in _groups(table, settings.by):
        rows = members[chosen[members]]
        if len(rows) < settings.fewest:
            problem = f"{settings.fewest} reference profiles are needed, got {len(rows)}"
            remedy = "Name other reference wells, or normalise over more than one plate"
            raise InputError(problem, where=_where(group), remedy=remedy)
        whole = len(members) == table.height
        location, scale = fit_location_scale(values if len(rows) == table.height else values[:, rows], settings.method)
        if whole:
            values -= location[:, None]
            values /= scale[:, None]
        else:
            values[:, members] = (values[:, members] - location[:, None]) / scale[:, None]
        told.append(
            group | {"n_reference": len(rows), "n_profiles": len(members), "n_constant": int(np.isnan(scale).sum())}
        )
    return NormalisedProfiles(join_features(table, names, values), pl.DataFrame(told))


def fit_location_scale(
    values: NDArray[np.float64], method: Literal["robust", "standardise"] = "robust"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each feature's centre and spread; `values` has a row per feature, NaN is missing.

    The spread is NaN where a feature does not vary.

    >>> location, scale = fit_location_scale(np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 5.0, 5.0, 5.0]]))
    >>> location.tolist(), scale.tolist()
    ([2.5, 5.0], [1.4826, nan])
    """
    if method == "standardise":
        moments = np.empty((len(values), 5))
        standard_moments(np.ascontiguousarray(values), moments)
        location, scale = moments[:, 0], np.sqrt(np.maximum(moments[:, 1], 0.0))
    else:
        location = np.array([_median(row) for row in values])
        scale = _NORMAL_MAD * np.array(
            [_median(np.abs(row - centre)) for row, centre in zip(values, location, strict=True)]
        )
    constant = ~(scale > _CRUMBS * np.abs(location))
    return location, np.where(constant, np.nan, scale)


def _median(row: NDArray[np.float64]) -> float:
    # Sorting puts NaN last; np.nanmedian would copy through slow general code.
    present = row[~np.isnan(row)]
    return float(np.median(present)) if len(present) else float("nan")


def _choose(table: pl.DataFrame, reference: pl.Expr) -> NDArray[np.bool_]:
    try:
        chosen = table.select(reference.fill_null(False)).to_series()
    except pl.exceptions.ColumnNotFoundError as error:
        problem = f"the reference profiles cannot be chosen: {' '.join(str(error).split())[:120]}"
        raise InputError(problem, remedy="Name a column of the table") from error
    return chosen.cast(pl.Boolean).to_numpy()


def _groups(table: pl.DataFrame, by: Sequence[str]) -> list[tuple[dict[str, object], NDArray[np.int64]]]:
    absent = [name for name in by if name not in table.columns]
    if absent:
        problem = f"the profiles have no column {', '.join(map(repr, absent))}"
        raise InputError(problem, remedy="Name the column of plates or batches")
    if not by:
        return [({}, np.arange(table.height))]
    members = table.select(by).with_row_index("_row").group_by(list(by), maintain_order=True).agg("_row")
    return [
        ({name: row[name] for name in by}, np.array(row["_row"], dtype=np.int64))
        for row in members.iter_rows(named=True)
    ]


def _where(group: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in group.items()) or "all profiles"

"""Which features carry information: those that are measured, vary, have many values, and are not copies of others.

The rules and their defaults are those of pycytominer's `feature_select` and give the same features: share of missing
values, variance, frequency and uniqueness (caret's `nearZeroVar`), correlation, extreme values.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.profiles._kernels import count_values, standard_moments
from swanneck.profiles.tables import feature_columns, feature_matrix

__all__ = ["FeatureSelection", "Rule", "SelectedFeatures", "correlate_features", "select_features"]

Rule = Literal["missing", "positions", "variance", "frequency", "correlation", "outliers", "named"]
_POSITIONS = ("_Location_", "_Number_Object_Number", "_BoundingBox", "_Parent_", "_AreaShape_Center_")


class FeatureSelection(Settings):
    """Which rules drop features, in their order, and their limits.

    - `most_missing`: share of profiles in which a feature may be missing (0.05, pycytominer).
    - `least_variance`: features with less are constant but for rounding (1e-6).
    - `frequency_cut`, `unique_cut`: the second commonest value must be this often beside the commonest, and so many
      values must be distinct, as shares (0.05, 0.01).
    - `highest_correlation`: of two features with a higher correlation the one with the larger sum of absolute
      correlations goes (0.9).
    - `largest_value`: features that reach further after normalisation are broken (500, pycytominer#237).
    - `drop`: names of features to drop (`named`), for instance a published list of noisy ones.
    """

    rules: tuple[Rule, ...] = ("missing", "positions", "variance", "frequency", "correlation", "outliers", "named")
    most_missing: float = 0.05
    least_variance: float = 1e-6
    frequency_cut: float = 0.05
    unique_cut: float = 0.01
    highest_correlation: float = 0.9
    largest_value: float = 500.0
    drop: tuple[str, ...] = ()


@dataclass(frozen=True)
class SelectedFeatures:
    """The table without the features that were dropped, and for each of those the rule that dropped it."""

    table: pl.DataFrame
    features: list[str]
    dropped: pl.DataFrame


def select_features(table: pl.DataFrame, settings: FeatureSelection | None = None) -> SelectedFeatures:
    """Drop features by the rules, one after the other, each on what the rules before have left.

    Raises `InputError` where no feature is left.

    >>> table = pl.DataFrame({"Cells_a": [1.0, 2.0, 4.0, 3.0], "Cells_b": [1.1, 2.1, 4.1, 3.1], "Cells_c": [7.0] * 4})
    >>> select_features(table).dropped.rows()
    [('Cells_c', 'variance'), ('Cells_b', 'correlation')]
    """
    settings = settings or FeatureSelection()
    names = feature_columns(table)
    values = feature_matrix(table, names)
    moments = np.empty((len(names), 5))
    standard_moments(values, moments)
    kept = np.arange(len(names))
    dropped: list[tuple[str, str]] = []
    for rule in settings.rules:
        out = _drop(rule, [names[place] for place in kept], (values, moments, kept), settings)
        dropped += [(names[place], rule) for place in kept[out]]
        kept = kept[~out]
        if not len(kept):
            problem = f"no feature is left: {rule} dropped the last {int(out.sum())} of {len(names)}"
            raise InputError(problem, remedy="Loosen the limits of the selection, or leave the rule out")
    features = [names[place] for place in kept]
    table_of_dropped = pl.DataFrame(dropped, schema={"feature": pl.String, "rule": pl.String}, orient="row")
    return SelectedFeatures(table.drop(table_of_dropped["feature"].to_list()), features, table_of_dropped)


def _drop(
    rule: Rule,
    names: list[str],
    measured: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
    settings: FeatureSelection,
) -> NDArray[np.bool_]:
    """Say which of the features still kept a rule drops; `measured` is all values, all moments, the places kept."""
    values, moments, kept = measured
    mine, n = moments[kept], values.shape[1]
    if rule == "missing":
        return np.asarray((n - mine[:, 4]) / n > settings.most_missing)
    if rule == "positions":
        return np.array([any(part in name for part in _POSITIONS) for name in names])
    if rule == "named":
        return np.isin(names, settings.drop)
    if rule == "variance":
        return np.asarray(~(mine[:, 1] > settings.least_variance))
    if rule == "outliers":
        return np.asarray(np.maximum(np.abs(mine[:, 2]), np.abs(mine[:, 3])) > settings.largest_value)
    if rule == "frequency":
        counts = np.empty((len(kept), 3))
        count_values(values if len(kept) == len(values) else values[kept], counts)
        distinct, most, second = counts.T
        return np.asarray(
            (second / np.maximum(most, 1) < settings.frequency_cut) | (distinct / n < settings.unique_cut)
        )
    return _copies(
        correlate_features(values if len(kept) == len(values) else values[kept]), settings.highest_correlation
    )


def _copies(correlation: NDArray[np.float64], highest: float) -> NDArray[np.bool_]:
    total = np.nansum(np.abs(correlation), axis=0)
    order = np.argsort(total, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    first, second = np.nonzero(np.tril(np.nan_to_num(correlation), -1) > highest)
    out = np.zeros(len(order), dtype=bool)
    out[np.where(place[first] > place[second], first, second)] = True
    return out


def correlate_features(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give Pearson's correlation of all pairs of features over the profiles in which both are present.

    `values` has a row per feature; NaN is missing. Only features with missing values need the sums over common
    profiles, so that a few of them cost little. Pairs without spread are NaN.

    >>> correlate_features(np.array([[1.0, 2.0, 3.0], [2.0, 4.0, np.nan]])).round(9).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    missing = np.isnan(values)
    counts = values.shape[1] - missing.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Centring first keeps the digits of the sums; 0 for missing adds nothing to them.
        centred = values - _means(values)[:, None]
        centred[missing] = 0.0
        products = centred @ centred.T
        deviation = np.sqrt(np.diag(products))
        correlation = products / deviation[:, None]
        correlation /= deviation
        gaps = np.flatnonzero(counts < values.shape[1])
        if len(gaps):
            rows = _correlate_gaps(centred, products, missing, gaps)
            correlation[gaps], correlation[:, gaps] = rows, rows.T
        correlation[~np.isfinite(correlation)] = np.nan
    return np.clip(correlation, -1.0, 1.0, out=correlation)


def _means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    moments = np.empty((len(values), 5))
    standard_moments(values, moments)
    return moments[:, 0]


def _correlate_gaps(
    centred: NDArray[np.float64], products: NDArray[np.float64], missing: NDArray[np.bool_], gaps: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the rows of features with gaps: sums over the profiles in which both of a pair are present.

    A sum over common profiles is the sum over all less the few profiles in which the partner is missing.
    """
    n = centred.shape[1]
    lost = np.zeros((len(gaps), len(centred)))  # sum of each feature where the gap's feature is missing
    lost_squares, lost_counts = np.zeros_like(lost), np.zeros_like(lost)
    for row, gap in enumerate(gaps):
        where = np.flatnonzero(missing[gap])
        part = centred[:, where]
        lost[row], lost_squares[row] = part.sum(axis=1), np.einsum("ij,ij->i", part, part)
        lost_counts[row] = missing[:, where].sum(axis=1)
    absent = missing.sum(axis=1)
    common = n - absent[gaps][:, None] - absent + lost_counts
    squares = np.diag(products)
    total_gap, squares_gap = np.zeros_like(lost), np.broadcast_to(squares[gaps][:, None], lost.shape).copy()
    total_gap[:, gaps] = -lost[:, gaps].T
    squares_gap[:, gaps] -= lost_squares[:, gaps].T
    covariance = products[gaps] + lost * total_gap / common
    spread = (squares - lost_squares - lost**2 / common) * (squares_gap - total_gap**2 / common)
    # Below rounding there is no spread, and so no correlation.
    spread[spread <= 1e-24 * squares * squares[gaps][:, None]] = np.nan
    return np.asarray(covariance / np.sqrt(spread))

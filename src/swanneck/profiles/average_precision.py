"""Mean average precision: do the profiles of one group find each other before they find others?

Each profile ranks its positives and negatives by similarity; its average precision is 1 where all positives come
first. A group's mean is compared with the means of random ranks (Kalinin et al. 2025, Nat Commun 16:5181,
copairs). Similarities are compared at single precision, and a positive that ties with a negative comes first, as in
copairs, so that figures can be set side by side; `n_tied` counts such negatives.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.profiles._kernels import average_precisions, null_average_precisions
from swanneck.profiles.similarity import Directions, Measure, find_directions
from swanneck.profiles.tables import code_columns
from swanneck.statistics.multiple_testing import adjust_p_values

__all__ = ["PairRule", "score_groups", "score_profiles"]

_BLOCK = 256  # rows of the matrix of similarities at a time: 256 x 10,000 at single precision are 10 MB
_TILE = 1024  # of its columns


class PairRule(Settings):
    """Which pairs of profiles are positives and which are negatives, by columns of metadata.

    Positives agree in all of `positive_same` and differ in all of `positive_apart`; negatives agree in all of
    `negative_same` and differ in all of `negative_apart`. A missing value pairs with nothing.
    """

    positive_same: tuple[str, ...]
    positive_apart: tuple[str, ...] = ()
    negative_same: tuple[str, ...] = ()
    negative_apart: tuple[str, ...]


def score_profiles(
    table: pl.DataFrame, rule: PairRule, *, features: Sequence[str] | None = None, measure: Measure = "cosine"
) -> pl.DataFrame:
    """Give each profile's average precision: the metadata of the rule with four columns more.

    `average_precision` is null where a profile has no positive or no negative; `n_positives`, `n_negatives` and
    `n_tied` are counts. Raises `InputError` where no profile has a positive, or none a negative.

    >>> table = pl.DataFrame({"compound": ["a", "a", "b", "b"], "Cells_x": [1.0, 2.0, -1.0, -3.0],
    ...                       "Cells_y": [0.5, 1.0, 1.0, 2.9]})
    >>> rule = PairRule(positive_same=("compound",), negative_apart=("compound",))
    >>> score_profiles(table, rule)["average_precision"].to_list()
    [1.0, 1.0, 1.0, 1.0]
    """
    groups = code_columns(table, rule.positive_same)
    apart = code_columns(table, rule.positive_apart)
    same_negative, apart_negative = code_columns(table, rule.negative_same), code_columns(table, rule.negative_apart)
    directions = find_directions(table, features, measure=measure)
    order, starts, group = _sort_by_group(groups)
    found = np.empty((table.height, 4))
    block = np.empty((_BLOCK, table.height), dtype=np.float32)
    for first in range(0, table.height, _BLOCK):
        similarity = _compare(directions, first, measure, block)
        average_precisions(similarity, first, order, starts, group, apart, same_negative, apart_negative, found)
    for column, kind in ((1, "positive"), (2, "negative")):
        if not found[:, column].any():
            by = rule.positive_same if column == 1 else rule.negative_apart
            problem = f"no profile has a {kind} partner by {', '.join(by)}"
            raise InputError(problem, remedy="Are there replicates, and do the columns tell groups apart?")
    names = dict.fromkeys((*rule.positive_same, *rule.positive_apart, *rule.negative_same, *rule.negative_apart))
    return table.select(list(names)).with_columns(
        average_precision=pl.Series(found[:, 0], nan_to_null=True),
        n_positives=pl.Series(found[:, 1].astype(np.int64)),
        n_negatives=pl.Series(found[:, 2].astype(np.int64)),
        n_tied=pl.Series(found[:, 3].astype(np.int64)),
    )


def _compare(directions: Directions, first: int, measure: Measure, block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill the block with the similarities of some profiles, from `first`, to all: tile by tile, in doubles."""
    queries = directions.part(first, first + len(block)).T
    similarity = block[: len(queries)]
    for start in range(0, block.shape[1], _TILE):
        tile = similarity[:, start : start + _TILE]
        tile[:] = queries @ directions.part(start, start + _TILE)
    return np.abs(similarity, out=similarity) if measure == "absolute_cosine" else similarity


def score_groups(
    scores: pl.DataFrame, by: Sequence[str], *, rng: np.random.Generator, null_size: int = 10_000
) -> pl.DataFrame:
    """Give each group's mean average precision with its permutation p-value and false discovery rate.

    `scores` is the table of `score_profiles`. The null of a profile is the average precision of as many positives at
    random ranks, `null_size` times; the null of a group is the mean over its profiles, drawn together (profiles with
    the same counts share their draw, so that replicates, which are not independent, are not taken for so).
    `p_value` is (1 + nulls above the mean) / (1 + `null_size`); `fdr` is adjusted by Benjamini and Hochberg.
    """
    usable = scores.filter(pl.col("average_precision").is_not_null()).with_columns(
        total=pl.col("n_positives") + pl.col("n_negatives")
    )
    nulls = _Nulls(rng.spawn(1)[0], null_size)
    groups = usable.group_by(list(by), maintain_order=True).agg(
        pl.col("average_precision").mean().alias("mean_average_precision"),
        n_profiles=pl.len(), n_tied=pl.col("n_tied").sum(),
        counts=pl.struct("n_positives", "total").value_counts(sort=False),
    ).sort(list(by))  # fmt: skip
    p_values = [
        nulls.p_value(row["mean_average_precision"], row["counts"])
        for row in groups.select("mean_average_precision", "counts").iter_rows(named=True)
    ]
    p_values_array = np.array(p_values)
    return groups.drop("counts").with_columns(
        p_value=pl.Series(p_values_array), fdr=pl.Series(adjust_p_values(p_values_array))
    )


class _Nulls:
    """Null average precisions, drawn once for each pair of counts; the draw depends on the counts and the seed only."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._entropy = [int(part) for part in rng.integers(2**32, size=4)]
        self._size = size
        self._known: dict[tuple[int, int], NDArray[np.float64]] = {}

    def p_value(self, score: float, counts: list[dict[str, object]]) -> float:
        total, members = np.zeros(self._size), 0
        for entry in counts:
            pair, count = next(iter(entry.values())), entry["count"]
            assert isinstance(pair, dict) and isinstance(count, int)  # noqa: S101 - tells the type checker what polars gives
            total += count * self._draw(pair["n_positives"], pair["total"])
            members += count
        return float((1 + (total / members > score).sum()) / (1 + self._size))

    def _draw(self, n_positives: int, n_total: int) -> NDArray[np.float64]:
        key = (n_positives, n_total)
        if key not in self._known:
            rng = np.random.default_rng([*self._entropy, *key])
            self._known[key] = null_average_precisions(rng.random((self._size, n_positives)), n_positives, n_total)
        return self._known[key]


def _sort_by_group(codes: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give profiles in the order of their groups, where each group starts, and each profile's group (-1: none)."""
    known = (codes >= 0).all(axis=0)
    group = np.full(codes.shape[1], -1, dtype=np.int64)
    if known.any():
        group[known] = np.unique(codes[:, known], axis=1, return_inverse=True)[1].ravel()
    members = np.flatnonzero(known)
    order = members[np.argsort(group[members], kind="stable")]
    starts = np.searchsorted(group[order], np.arange(group.max(initial=-1) + 2))
    return order, starts, group

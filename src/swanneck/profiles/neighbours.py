"""Mechanism by nearest neighbours: does the profile most like this one, of another compound, share its mechanism?

The nearest neighbour must be of another compound (not-same-compound), and for a second, stricter figure of another
batch too, since wells of one batch are alike for reasons of their own (Ljosa et al. 2013, J Biomol Screen 18:1321;
Ando et al. 2017, bioRxiv 161422).
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.profiles.similarity import Measure, unit_profiles
from swanneck.profiles.tables import code_columns

__all__ = ["find_neighbours", "match_mechanisms"]

_BLOCK = 256


def find_neighbours(
    table: pl.DataFrame,
    apart: Sequence[str],
    *,
    count: int = 1,
    features: Sequence[str] | None = None,
    measure: Measure = "cosine",
) -> pl.DataFrame:
    """List each profile's nearest neighbours that differ from it in every column of `apart`.

    One row per profile and neighbour: `profile` and `neighbour` (row numbers), `rank` (from 1), `similarity`. A
    profile without an allowed neighbour has no row; a missing value in `apart` allows none. Equal similarities keep
    the order of the table.

    >>> table = pl.DataFrame({"c": ["a", "a", "b"], "Cells_x": [1.0, 1.0, 0.9], "Cells_y": [0.0, 0.0, 0.1]})
    >>> find_neighbours(table, ["c"]).select("profile", "neighbour").rows()
    [(0, 2), (1, 2), (2, 0)]
    """
    codes = code_columns(table, apart)
    units = unit_profiles(table, features, measure=measure)
    known = np.all(codes >= 0, axis=0)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    for first in range(0, table.height, _BLOCK):
        similarity = units[first : first + _BLOCK] @ units.T
        if measure == "absolute_cosine":
            similarity = np.abs(similarity)
        rows = np.arange(first, first + len(similarity))
        allowed = np.logical_and.outer(known[rows], known)
        for code in codes:
            allowed &= code[rows][:, None] != code
        allowed[np.arange(len(rows)), rows] = False
        similarity[~allowed] = -np.inf
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
        near = np.take_along_axis(similarity, order, axis=1)
        profile = np.repeat(rows, order.shape[1])
        rank = np.tile(np.arange(1, order.shape[1] + 1), len(rows))
        kept = np.isfinite(near.ravel())
        found.append((profile[kept], order.ravel()[kept], rank[kept], near.ravel()[kept]))
    parts = [np.concatenate(part) for part in zip(*found, strict=True)]
    return pl.DataFrame(dict(zip(("profile", "neighbour", "rank", "similarity"), parts, strict=True)))


def match_mechanisms(
    table: pl.DataFrame, mechanism: str, apart: Sequence[str], *, measure: Measure = "cosine", separator: str = "|"
) -> pl.DataFrame:
    """Compare each annotated profile with its nearest annotated neighbour; two mechanisms match where they share one.

    Profiles without a mechanism are left out, as are those of mechanisms that no allowed partner has: they cannot be
    found. Columns: the metadata of the query, `neighbour_<mechanism>`, `similarity`, `matches`, and `chance`, the
    share of allowed partners that would match. Raises `InputError` where nothing can be matched.
    """
    code_columns(table, [mechanism, *apart])
    annotated = table.filter(pl.col(mechanism).is_not_null())
    labels = [frozenset(text.split(separator)) for text in annotated[mechanism].cast(pl.String)]
    codes = code_columns(annotated, apart)
    vocabulary = {label: place for place, label in enumerate(sorted(set().union(*labels)))}
    member = np.zeros((len(labels), len(vocabulary)), dtype=np.float32)
    for row, own in enumerate(labels):
        member[row, [vocabulary[label] for label in own]] = 1
    shared = member @ member.T > 0
    allowed = np.logical_and.outer(np.all(codes >= 0, axis=0), np.all(codes >= 0, axis=0))
    for code in codes:
        allowed &= code[:, None] != code
    chance = (shared & allowed).sum(axis=1) / np.maximum(allowed.sum(axis=1), 1)
    if not (chance > 0).any():
        problem = f"no two compounds share a value of {mechanism!r} under the rule {', '.join(apart)}"
        raise InputError(problem, remedy="Name another column of mechanisms, or loosen the rule")
    near = find_neighbours(annotated, apart, measure=measure)
    query, neighbour = near["profile"].to_numpy(), near["neighbour"].to_numpy()
    findable = chance[query] > 0
    query, neighbour = query[findable], neighbour[findable]
    queries: pl.DataFrame = annotated.select(list(dict.fromkeys([*apart, mechanism])))[query]
    return queries.with_columns(
        annotated[mechanism][neighbour].alias(f"neighbour_{mechanism}"),
        similarity=pl.Series(near["similarity"].to_numpy()[findable]),
        matches=pl.Series(shared[query, neighbour]),
        chance=pl.Series(chance[query]),
    )

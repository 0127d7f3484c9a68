"""Antibiotic checkerboards: the fractional inhibitory concentration index, censored where a MIC was not reached.

    FICI = least over wells without growth of  a / MIC_a + b / MIC_b

0.5 or less is synergy, above 4 antagonism, between them no interaction (Odds 2003, J Antimicrob Chemother 52:1, as the
Society's journals ask).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swanneck.foundation.errors import InputError

__all__ = ["Checkerboard", "read_checkerboard"]

_SYNERGY, _ANTAGONISM = 0.5, 4.0


@dataclass(frozen=True)
class Checkerboard:
    """The index with its relation, the MIC of each drug alone, the dose pair of the least sum, and the verdict.

    A MIC above the tested doses is at least the next two-fold dilution: the index is then an upper bound (`<`), and
    only synergy can be concluded.
    """

    fici: float | None
    relation: str
    mic: tuple[float, float]
    mic_relation: tuple[str, str]
    best_pair: tuple[float, float] | None
    verdict: str


def read_checkerboard(doses_a: ArrayLike, doses_b: ArrayLike, growth: ArrayLike) -> Checkerboard:
    """Read a checkerboard; `growth[i, j]` is true (or 1) where there is growth at dose i of drug a and j of drug b.

    The first dose of each drug is 0. A MIC is the lowest dose from which on no well alone grows (skipped wells count as
    growth below them). Raises `InputError` where shapes differ, doses do not rise from 0, values are missing, or
    nothing grows without drug.

    >>> growth = [[1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    >>> board = read_checkerboard([0, 1, 4, 8], [0, 1, 4, 8], growth)
    >>> board.fici, board.verdict, board.best_pair
    (0.25, 'synergy', (1.0, 1.0))
    """
    a, b = (np.asarray(doses, dtype=np.float64) for doses in (doses_a, doses_b))
    grown = np.asarray(growth, dtype=np.float64)
    if grown.shape != (a.size, b.size):
        problem = f"growth of {a.size} by {b.size} doses is needed, got {grown.shape}"
        raise InputError(problem)
    if not np.isfinite(grown).all():
        problem = "growth is missing in a well"
        raise InputError(problem, remedy="Leave out doses that were not read")
    if a[0] != 0 or b[0] != 0 or np.any(np.diff(a) <= 0) or np.any(np.diff(b) <= 0):
        problem = "doses must rise from 0"
        raise InputError(problem)
    alive = grown > 0.5
    if not alive[0, 0]:
        problem = "nothing grows without drug"
        raise InputError(problem, remedy="Check the growth control")
    alone = [_lowest_clear(a, alive[:, 0]), _lowest_clear(b, alive[0, :])]
    mic = tuple(one if one is not None else 2 * doses[-1] for one, doses in zip(alone, (a, b), strict=True))
    relations = tuple("=" if one is not None else ">" for one in alone)
    tested = tuple(one if one is not None else doses[-1] for one, doses in zip(alone, (a, b), strict=True))
    sums = a[1:, None] / mic[0] + b[None, 1:] / mic[1]
    clear = _stays_clear(alive)[1:, 1:]
    shown = (float(tested[0]), float(tested[1])), (relations[0], relations[1])
    if not clear.any():
        return Checkerboard(None, "undefined", *shown, None, "not determined: growth at every pair of doses")
    place = np.unravel_index(np.argmin(np.where(clear, sums, np.inf)), sums.shape)
    index = float(sums[place])
    relation = "=" if relations == ("=", "=") else "<"
    pair = (float(a[1:][place[0]]), float(b[1:][place[1]]))
    return Checkerboard(index, relation, *shown, pair, _judge(index, relation))


def _lowest_clear(doses: NDArray[np.float64], alive: NDArray[np.bool_]) -> float | None:
    last = int(np.flatnonzero(alive)[-1])
    return float(doses[last + 1]) if last + 1 < doses.size else None


def _stays_clear(alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say where neither this well nor any with more of both drugs grows."""
    above = np.maximum.accumulate(np.maximum.accumulate(alive[::-1, ::-1], axis=0), axis=1)[::-1, ::-1]
    clear: NDArray[np.bool_] = ~above
    return clear


def _judge(index: float, relation: str) -> str:
    if index <= _SYNERGY:
        return "synergy"
    if relation == "<":
        return "not determined: a MIC alone lies above the tested doses"
    return "antagonism" if index > _ANTAGONISM else "no interaction"

"""Antibiotic checkerboards: the fractional inhibitory concentration index, censored where a MIC was not reached.

    FICI = least over wells without growth of  a / MIC_a + b / MIC_b (+ c / MIC_c)

0.5 or less is synergy, above 4 antagonism, between them no interaction (Odds 2003, J Antimicrob Chemother 52:1, as the
Society's journals ask). Three drugs are judged by the same limits, which are strict there: each may give a sixth.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swanneck.foundation.errors import InputError
from swanneck.screening.inhibitory_concentrations import GrowthRule

__all__ = ["Checkerboard", "find_growth", "read_checkerboard"]

_SYNERGY, _ANTAGONISM = 0.5, 4.0


@dataclass(frozen=True)
class Checkerboard:
    """The index with its relation, the MIC of each drug alone, the doses of the least sum, and the verdict.

    A MIC above the tested doses (`>`) is at least the next two-fold dilution: the index is then an upper bound (`<`),
    and only synergy can be concluded. With a MIC at the lowest dose or below (`<=`) nothing can.
    """

    fici: float | None
    relation: str
    mic: tuple[float, ...]
    mic_relation: tuple[str, ...]
    best_doses: tuple[float, ...] | None
    verdict: str


def find_growth(values: ArrayLike, *, blank: float = 0.0, rule: GrowthRule | None = None) -> NDArray[np.float64]:
    """Say where a board has growth (1), none (0), or was not read (NaN): a share of the well without drug, or more.

    `values[i, j]` is the reading at dose i of drug a and j of drug b, the first dose of each being 0. Raises
    `InputError` where the well without drug was not read or shows less growth than the rule asks for.

    >>> find_growth([[1.05, 0.4], [0.9, 0.06]], blank=0.05).tolist()
    [[1.0, 1.0], [1.0, 0.0]]
    """
    rule = rule or GrowthRule()
    above = np.asarray(values, dtype=np.float64) - blank
    control = float(above.ravel()[0])
    if not control >= rule.control_at_least:
        told = f"reads {control:.3g} above the blank, growth is {rule.control_at_least:g} or more"
        problem = f"the well without drugs {told if np.isfinite(control) else 'was not read'}"
        raise InputError(problem, remedy="Check the growth control and the blank, or change what counts as growth")
    return np.where(np.isfinite(above), (above >= rule.share * control).astype(np.float64), np.nan)


def read_checkerboard(doses: Sequence[ArrayLike], growth: ArrayLike) -> Checkerboard:
    """Read a checkerboard of two or more drugs; `growth[i, j]` is 1 where there is growth, NaN where it was not read.

    The first dose of each drug is 0. A MIC is the lowest dose from which on no well alone grows; a combination is clear
    where no well with as much or more of every drug grows. Raises `InputError` where shapes differ, doses do not rise
    from 0, a drug was not tested alone, or nothing grows without drug.

    >>> growth = [[1, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    >>> board = read_checkerboard([[0, 1, 4, 8], [0, 1, 4, 8]], growth)
    >>> board.fici, board.verdict, board.best_doses
    (0.25, 'synergy', (1.0, 1.0))
    """
    axes = [np.asarray(one, dtype=np.float64) for one in doses]
    grown = np.asarray(growth, dtype=np.float64)
    if grown.shape != tuple(axis.size for axis in axes) or len(axes) < 2:  # noqa: PLR2004 - a combination has two
        problem = f"growth of {' by '.join(str(axis.size) for axis in axes)} doses is needed, got {grown.shape}"
        raise InputError(problem)
    if any(axis[0] != 0 or np.any(np.diff(axis) <= 0) for axis in axes):
        problem = "doses must rise from 0"
        raise InputError(problem)
    alive, known = grown > 0.5, np.isfinite(grown)
    if not alive.ravel()[0]:
        problem = "nothing grows without drug"
        raise InputError(problem, remedy="Check the growth control")
    alone = [_read_alone(axis, *_along(number, alive, known)) for number, axis in enumerate(axes)]
    mic, relations = tuple(one[0] for one in alone), tuple(one[1] for one in alone)
    reach = [2 * value if relation == ">" else value for value, relation in alone]
    shares = [axis / limit for axis, limit in zip(axes, reach, strict=True)]
    sums = sum(np.meshgrid(*shares, indexing="ij"), np.zeros(grown.shape))
    together = np.logical_and.reduce(np.meshgrid(*[axis > 0 for axis in axes], indexing="ij"))
    clear = known & together & ~_grows_above(alive)
    if not clear.any():
        return Checkerboard(None, "undefined", mic, relations, None, "not determined: growth at every combination")
    place = np.unravel_index(int(np.argmin(np.where(clear, sums, np.inf))), sums.shape)
    index = float(sums[place])
    best = tuple(float(axis[position]) for axis, position in zip(axes, place, strict=True))
    relation = "<" if ">" in relations else "=" if set(relations) == {"="} else ">"
    return Checkerboard(index, relation, mic, relations, best, _judge(index, relations))


def _along(drug: int, *boards: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    chosen = tuple(slice(None) if axis == drug else 0 for axis in range(boards[0].ndim))
    return [board[chosen] for board in boards]


def _read_alone(doses: NDArray[np.float64], alive: NDArray[np.bool_], known: NDArray[np.bool_]) -> tuple[float, str]:
    tested = doses[known]
    if tested.size < 2:  # noqa: PLR2004 - the growth control and one dose
        problem = "a drug was not tested alone"
        raise InputError(problem, remedy="Give each drug's doses with 0 of the others")
    clear = tested[tested > doses[np.flatnonzero(alive)[-1]]]
    if not clear.size:
        return float(tested[-1]), ">"
    return float(clear[0]), "<=" if clear[0] == tested[1] else "="


def _grows_above(alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say where this well, or any with as much or more of every drug, grows."""
    above = alive
    for axis in range(alive.ndim):
        above = np.flip(np.maximum.accumulate(np.flip(above, axis), axis=axis), axis)
    return above


def _judge(index: float, relations: tuple[str, ...]) -> str:
    if "<=" in relations:
        return "not determined: a drug alone inhibits at its lowest dose"
    if index <= _SYNERGY:
        return "synergy"
    if ">" in relations:
        return "not determined: a MIC alone lies above the tested doses"
    return "antagonism" if index > _ANTAGONISM else "no interaction"

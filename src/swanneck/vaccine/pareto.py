"""The trade-off between folding energy and codon adaptation: exact points, found where they tell most."""

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

from swanneck.execution.processes import default_workers
from swanneck.foundation.errors import SettingsError
from swanneck.sequences.codons import CodonTable, human_codons
from swanneck.vaccine.coding_design import CodingDesign, DesignSettings, check_protein, design_coding_sequence

__all__ = ["Finding", "Front", "FrontPoint", "find_front"]

_ENDS = (0.0, 100.0)
_SAME = 1e-4  # kcal/mol; objectives that differ by less are one
_WORKERS = 2
_NOT_PROVED = ("longest_loop", "longest_span", "longest_stem", "gc_low", "gc_high")


@dataclass(frozen=True)
class FrontPoint:
    """A design that is optimal at `lambda_`; `loss` is the sum of -ln w over its codons."""

    lambda_: float
    energy: float
    cai: float
    loss: float
    rna: str
    structure: str


@dataclass(frozen=True)
class Front:
    """Points from the lowest energy to the best adaptation. Between two neighbours that are `closed` no further design
    is optimal at any lambda; `closed[k]` is about points k and k + 1."""

    points: tuple[FrontPoint, ...]
    closed: tuple[bool, ...]

    @property
    def is_complete(self) -> bool:
        """Whether these are all designs that are optimal at some lambda from 0 to 100."""
        return all(self.closed)

    def interval(self, number: int) -> tuple[float, float]:
        """The values of lambda at which point `number` is proved optimal: up to where it ties with a neighbour, if the
        two are closed, else only as far as the lambda at which it was found.

        >>> find_front("MGKAL", points=5).interval(1)[1]
        100.0
        """
        point = self.points[number]
        low = _ENDS[0] if number == 0 else point.lambda_
        high = _ENDS[1] if number == len(self.points) - 1 else point.lambda_
        if number > 0 and self.closed[number - 1]:
            low = _tie(self.points[number - 1], point)
        if number < len(self.closed) and self.closed[number]:
            high = _tie(point, self.points[number + 1])
        return low, high


Finding = FrontPoint | tuple[FrontPoint, FrontPoint]
"""What a run learns: a point, or two points between which it has proved that there is none."""


def find_front(
    protein: str,
    settings: DesignSettings | None = None,
    *,
    points: int = 20,
    known: Iterable[Finding] = (),
    table: CodonTable | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    keep: Callable[[Finding], None] | None = None,
) -> Front:
    """The convex part of the Pareto front of energy and codon adaptation, `points` of it or all that there are.

    Starts from the two ends, then asks at the lambda at which two neighbours tie, where the triangle that could hold
    another point is largest: an answer is a new point, or the proof that there is none between them. What is
    `known` from an earlier run is taken as it is; `keep` is told what is new. All cores are used; `lambda_` of the
    settings is not, its rules are. SettingsError for uridine costs, a third aim, and for limits under which a search
    ends with a gap (`longest_loop`, `longest_span`, `longest_stem`, shares of G and C). Aneja and Nair (1979),
    Management Sci. 25:73.

    >>> front = find_front("MGKAL", points=5)
    >>> [point.energy for point in front.points], front.is_complete
    ([-4.9, -4.6], True)
    """
    settings = settings or DesignSettings()
    if points < 2 or settings.uridine_cost > 0:
        problem = f"a front of two points or more, of energy and adaptation alone, was wanted; points: {points}"
        raise SettingsError(problem, remedy="Ask for 2 points or more, and leave out the cost of uridine")
    fields = DesignSettings.model_fields
    if unproved := [name for name in _NOT_PROVED if getattr(settings, name) != fields[name].default]:
        problem = f"every point of a front is proved, which {', '.join(unproved)} prevents"
        raise SettingsError(problem, remedy="Leave it out, or design at a lambda of your choice")
    residues, table = check_protein(protein), table or human_codons()
    threads = max(1, default_workers() // _WORKERS)

    def solve(lambda_: float) -> FrontPoint:
        chosen = settings.model_copy(update={"lambda_": lambda_})
        return _as_point(lambda_, design_coding_sequence(residues, chosen, table=table, workers=threads))

    earlier = list(known)
    found = {_place(point): point for point in earlier if isinstance(point, FrontPoint)}
    closed = {(_place(pair[0]), _place(pair[1])) for pair in earlier if isinstance(pair, tuple)}
    with ThreadPoolExecutor(_WORKERS) as pool:
        missing = [end for end in _ENDS if end not in {point.lambda_ for point in found.values()}]
        asked: list[tuple[float, tuple[FrontPoint, FrontPoint] | None]] = [(end, None) for end in missing]
        while asked:
            for (_, pair), point in zip(asked, pool.map(solve, [lambda_ for lambda_, _ in asked]), strict=True):
                if pair and _objective(point, point.lambda_) > _objective(pair[0], point.lambda_) - _SAME:
                    closed.add((_place(pair[0]), _place(pair[1])))
                else:
                    found[_place(point)], pair = point, None
                if keep:
                    keep(pair or point)
            if progress:
                progress("front", min(len(found), points), points)
            ordered = _order(found.values())
            left = points - len(ordered)
            pairs = [(one, two) for one, two in pairwise(ordered) if (_place(one), _place(two)) not in closed]
            pairs.sort(key=lambda pair: -_room(*pair))
            asked = [(_tie(*pair), pair) for pair in pairs[: min(_WORKERS, left)]]
    ordered = _order(found.values())
    return Front(tuple(ordered), tuple((_place(one), _place(two)) in closed for one, two in pairwise(ordered)))


def _as_point(lambda_: float, design: CodingDesign) -> FrontPoint:
    loss = -math.log(design.cai) * (len(design.rna) // 3)
    return FrontPoint(lambda_, design.energy, design.cai, loss, design.rna, design.structure)


def _place(point: FrontPoint) -> tuple[float, float]:
    """Energy and loss, by which points are told apart."""
    return point.energy, round(point.loss, 9)


def _objective(point: FrontPoint, lambda_: float) -> float:
    return point.energy + lambda_ * point.loss


def _order(points: Iterable[FrontPoint]) -> list[FrontPoint]:
    """By energy, without points that are no better than another in both."""
    kept: list[FrontPoint] = []
    for point in sorted(points, key=lambda one: (one.energy, one.loss)):
        if not kept or point.loss < kept[-1].loss - 1e-9:
            kept.append(point)
    return kept


def _tie(first: FrontPoint, second: FrontPoint) -> float:
    """The lambda at which two points have one objective."""
    return min(_ENDS[1], (second.energy - first.energy) / (first.loss - second.loss))


def _room(first: FrontPoint, second: FrontPoint) -> float:
    """The area of the rectangle between two points: what another point between them could gain."""
    return (second.energy - first.energy) * (first.loss - second.loss)

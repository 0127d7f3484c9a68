"""Several assays for one tube: one of each target, such that their oligos leave each other alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.design.objective import AssayDesign, AssaySettings
from swanneck.diagnostics.search.amplicons import expand_oligo
from swanneck.folding.pairing.dimers import measure_dimers
from swanneck.foundation.errors import InputError

__all__ = ["Panel", "choose_panel"]

_MOST_PAIRED = 16
_EFFORT = 2_000_000


@dataclass(frozen=True)
class Panel:
    """One assay of each target, what their cross dimers cost together, the stablest, and whether nothing is cheaper.

    `cost` is the sum of the assays' costs and of the cross dimers; `proven` that all other choices were ruled out.
    """

    designs: dict[str, AssayDesign]
    cost: float
    cross_dimers: float
    stablest: float
    stablest_pair: tuple[str, str]
    proven: bool


def choose_panel(pools: Mapping[str, Sequence[AssayDesign]], settings: AssaySettings) -> Panel:
    """Choose one design of each target, by their own costs and the dimers between oligos of different assays.

    Each kcal/mol by which a cross dimer is stabler than the settings allow costs one. Exact, by branch and bound.

    Raises `InputError` where a target has no design.
    """
    empty = [name for name, pool in pools.items() if not pool]
    if empty or not pools:
        problem = f"there is no assay for {', '.join(empty) or 'any target'} to choose from"
        raise InputError(problem)
    targets = list(pools)
    own = [np.array([design.cost for design in pools[name]]) for name in targets]
    cross, worst = _cross(pools, targets, settings)
    chosen, proven = _search(own, cross)
    designs = {name: pools[name][number] for name, number in zip(targets, chosen, strict=True)}
    pairs = [(i, j) for j in range(len(targets)) for i in range(j)]
    total = sum(float(cross[i, j][chosen[i], chosen[j]]) for i, j in pairs)
    energies = {(targets[i], targets[j]): float(worst[i, j][chosen[i], chosen[j]]) for i, j in pairs}
    pair = min(energies, key=energies.__getitem__, default=("", ""))
    cost = sum(design.cost for design in designs.values()) + total
    return Panel(designs, cost, total, energies.get(pair, 0.0), pair, proven)


_Grid = dict[tuple[int, int], NDArray[np.float64]]


def _cross(
    pools: Mapping[str, Sequence[AssayDesign]], targets: list[str], settings: AssaySettings
) -> tuple[_Grid, _Grid]:
    """Give for each two targets the penalty and the stablest dimer of every design of the one with the other's."""
    words: dict[str, int] = {}
    sets = [[[words.setdefault(word, len(words)) for oligo in design.ordered
              for word in expand_oligo(oligo.sequence)[:_MOST_PAIRED]] for design in pools[name]]
            for name in targets]  # fmt: skip
    listed = list(words)
    cost: _Grid = {}
    worst: _Grid = {}
    for j in range(len(targets)):
        for i in range(j):
            one, two = (sorted({word for some in sets[k] for word in some}) for k in (i, j))
            energy = measure_dimers([listed[k] for k in one], [listed[k] for k in two], None,
                                    settings.conditions).free_energy().reshape(len(one), len(two))  # fmt: skip
            rows, columns = ([np.searchsorted(some, own) for own in sets[k]] for some, k in ((one, i), (two, j)))
            over = np.maximum(0.0, settings.lowest_dimer - energy)
            cost[i, j] = np.array([[over[np.ix_(a, b)].sum() for b in columns] for a in rows])
            worst[i, j] = np.array([[energy[np.ix_(a, b)].min() for b in columns] for a in rows])
    return cost, worst


def _search(own: list[NDArray[np.float64]], cross: _Grid) -> tuple[list[int], bool]:
    """Give the cheapest choice, and whether the search was whole."""
    n = len(own)
    rest = [sum(float(costs.min()) for costs in own[k:]) for k in range(n + 1)]
    best: tuple[float, list[int]] = (float("inf"), [])
    steps = 0
    stack: list[tuple[float, list[int]]] = [(0.0, [])]
    while stack and steps < _EFFORT:
        cost, chosen = stack.pop()
        steps += 1
        k = len(chosen)
        if cost + rest[k] >= best[0]:
            continue
        if k == n:
            best = cost, chosen
            continue
        with_next = own[k] + cost
        for i, number in enumerate(chosen):
            with_next = with_next + cross[i, k][number]
        # The cheapest is looked at first: it lies on top.
        for number in np.argsort(-with_next, kind="stable").tolist():
            if with_next[number] + rest[k + 1] < best[0]:
                stack.append((float(with_next[number]), [*chosen, number]))
    return best[1], not stack

"""Several curves fitted together: some parameters shared between them, the others each curve's own."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.statistics.fitting.curve import Estimate, describe_estimates, find_start, name_troubles
from swanneck.statistics.fitting.models import FitSettings, Model, find_model
from swanneck.statistics.fitting.problems import Points, Problem, read_points, solve, state_problem

__all__ = ["FittedFamily", "fit_family"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FittedFamily:
    """Curves fitted together. A shared parameter is named `c`, one of a curve's own `b:drug A`."""

    model: str
    curves: tuple[str, ...]
    parameters: dict[str, Estimate]
    rse: float | None
    df: int
    n_points: int
    deviance: float
    notes: tuple[str, ...]


def fit_family(  # noqa: PLR0913  as fit_curve, and what is shared by whom
    doses: ArrayLike,
    responses: ArrayLike,
    curves: Sequence[Hashable],
    *,
    model: str = "4pl",
    shared: Sequence[str] = (),
    weights: ArrayLike | None = None,
    totals: ArrayLike | None = None,
    fixed: Mapping[str, float] | None = None,
    settings: FitSettings | None = None,
) -> FittedFamily:
    """Fit curves together, with one error variance and the `shared` parameters in common (drc's `pmodels`).

    `curves` names the curve of each point; `weights` and `totals` are as in `fit_curve`. Points at dose zero of any
    curve count for that curve only.

    Raises `InputError` where a curve alone has too few points, `SettingsError` for an unknown parameter.

    >>> doses = np.tile(np.geomspace(0.01, 100, 8), 2)
    >>> names = ["a"] * 8 + ["b"] * 8
    >>> truth = 5 + 90 / (1 + doses / np.where(np.array(names) == "a", 0.5, 3.0))
    >>> fit = fit_family(doses, truth + np.sin(np.arange(16)), names, shared=["c", "d"])
    >>> list(fit.parameters)
    ['b:a', 'c', 'd', 'e:a', 'b:b', 'e:b']
    """
    settings = settings or FitSettings()
    if totals is not None and settings.distribution == "normal":
        settings = settings.model_copy(update={"distribution": "binomial"})
    chosen = find_model(model)
    unknown = [name for name in shared if name not in chosen.roles]
    if unknown:
        problem = f"model {chosen.name} has no parameter {unknown[0]!r} to share; it has {', '.join(chosen.roles)}"
        raise SettingsError(problem)
    labels = [str(one) for one in curves]
    names = tuple(dict.fromkeys(labels))
    group = np.array([names.index(one) for one in labels], dtype=np.int64)
    if group.size != np.asarray(responses).size:
        problem = f"a curve's name is needed for each point, got {group.size} for {np.asarray(responses).size}"
        raise InputError(problem)
    points = read_points(doses, responses, weights=weights, totals=totals, group=group)
    held = dict(fixed or {})
    alone = [_alone(_part(points, number), name, chosen, held, settings=settings) for number, name in enumerate(names)]
    together = [place for place, role in enumerate(chosen.roles) if role in shared or not alone[0][0].free[place]]
    problem_, starts, places = _join(points, alone, together=together, names=names, roles=chosen.roles)
    best = min((problem_.refine(start, 1e-10) for start in starts), key=lambda one: one[1])[0]
    solution = solve(problem_, best)
    parameters = describe_estimates(problem_, solution, places)
    freedom = problem_.degrees_of_freedom
    scaled = settings.distribution in ("normal", "student")
    roles = tuple(places[place] for place in range(problem_.theta.size))
    return FittedFamily(
        model=chosen.name, curves=names, parameters=parameters,
        rse=float(np.sqrt(solution.cost / freedom)) if scaled else None, df=freedom, n_points=points.responses.size,
        deviance=solution.cost, notes=tuple(name_troubles(problem_, solution, roles)),
    )  # fmt: skip


def _part(points: Points, number: int) -> Points:
    own = points.group == number
    return Points(points.logs[own], points.responses[own], points.weights[own], np.zeros(own.sum(), dtype=np.int64))


def _alone(
    points: Points, name: str, model: Model, fixed: dict[str, float], *, settings: FitSettings
) -> tuple[Problem, Array]:
    try:
        problem = state_problem(points, model, fixed, settings)
    except InputError as error:
        raise InputError(error.problem, where=f"curve {name}", remedy=error.remedy) from error
    return problem, problem.refine(find_start(problem))[0]


def _join(
    points: Points, alone: list[tuple[Problem, Array]], *, together: list[int], names: tuple[str, ...],
    roles: tuple[str, ...],
) -> tuple[Problem, list[Array], dict[int, str]]:  # fmt: skip
    """Lay the curves' parameters out in one vector: those together once, at first."""
    first = alone[0][0]
    own = [place for place in range(len(roles)) if place not in together]
    index = np.empty((len(names), len(roles)), dtype=np.int64)
    index[:, together] = np.arange(len(together))
    for number in range(len(names)):
        index[number, own] = len(together) + number * len(own) + np.arange(len(own))
    size = len(together) + len(names) * len(own)
    free, theta = np.empty(size, dtype=np.bool_), np.empty(size)
    lowest, highest = np.full(size, np.inf), np.full(size, -np.inf)
    starts = [np.empty(size) for _ in range(len(names) + 1)]
    places: dict[int, str] = {}
    for number, (problem, found) in enumerate(alone):
        free[index[number]], theta[index[number]] = problem.free, problem.theta
        lowest[index[number]] = np.minimum(lowest[index[number]], problem.lowest)
        highest[index[number]] = np.maximum(highest[index[number]], problem.highest)
        for start in starts:
            start[index[number, own]] = found[own]
        for place, role in enumerate(roles):
            places[int(index[number, place])] = role if place in together else f"{role}:{names[number]}"
    # Shared parameters start at their curves' mean, and at each single curve's.
    values = np.array([found[together] for _, found in alone]).reshape(len(alone), -1)
    for number, start in enumerate(starts):
        start[: len(together)] = np.median(values, axis=0) if number == len(alone) else values[number]
    joined = Problem(first.code, 0.0, index, theta, free, lowest, highest, points, first.kind, first.settings)
    return joined, starts, places

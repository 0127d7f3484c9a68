"""A fit as the kernels see it: points, groups, parameters and their bounds; and what they make of it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.statistics.fitting import _fit_kernels, _matrix_kernels, _model_kernels, _start_kernels
from swanneck.statistics.fitting.models import FitSettings, Model

__all__ = ["Points", "Problem", "Solution", "read_points", "solve", "state_problem"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_KINDS = {
    "normal": _model_kernels.NORMAL, "student": _model_kernels.STUDENT,
    "binomial": _model_kernels.BINOMIAL, "poisson": _model_kernels.POISSON,
}  # fmt: skip


@dataclass(frozen=True)
class Points:
    """The points that count, as ln dose, response and weight; `group` numbers the curve each belongs to."""

    logs: Array
    responses: Array
    weights: Array
    group: NDArray[np.int64]

    @property
    def tested(self) -> tuple[float, float]:
        """The lowest and the highest ln dose above zero."""
        above = self.logs[self.logs > _model_kernels.ZERO_DOSE]
        return float(above.min()), float(above.max())


@dataclass(frozen=True)
class Problem:
    """A fit to be made. `index[group, role]` is the place of a role in `theta`; `free` says what is fitted."""

    code: int
    level: float
    index: NDArray[np.int64]
    theta: Array
    free: Flags
    lowest: Array
    highest: Array
    points: Points
    kind: int
    settings: FitSettings

    def refine(self, start: Array, tolerance: float = 1e-14) -> tuple[Array, float, bool]:
        """Go down from `start`; give the parameters, the cost and whether it came to rest."""
        points = self.points
        found: tuple[Array, float, bool] = _fit_kernels.refine(
            *self.numbers, self.index, points.group, start, self.free, points.logs, points.responses,
            points.weights, self.lowest, self.highest, tolerance,
        )  # fmt: skip
        return found

    @property
    def numbers(self) -> tuple[NDArray[np.int64], Array]:
        """What the kernels are told of model and distribution."""
        return np.array([self.code, self.kind]), np.array([self.level, self.settings.student_freedom])

    @property
    def degrees_of_freedom(self) -> int:
        """Points less free parameters."""
        return int(self.points.responses.size - self.free.sum())


@dataclass(frozen=True)
class Solution:
    """What a fit came to: parameters, errors and bounds (NaN where not known, infinite where open) by place."""

    theta: Array
    cost: float
    rested: bool
    observed: bool
    errors: Array
    lows: Array
    highs: Array


def read_points(
    doses: ArrayLike,
    responses: ArrayLike,
    *,
    weights: ArrayLike | None,
    totals: ArrayLike | None,
    group: NDArray[np.int64] | None = None,
) -> Points:
    """Check the points and put them in order of group and dose; points without a response are left out.

    Raises `InputError` where lengths differ, a dose is negative or missing, or a weight is not positive.
    """
    try:
        x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (doses, responses))
    except ValueError as error:
        problem = f"doses and responses must be numbers: {error}"
        raise InputError(problem) from error
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    n = None if totals is None else np.asarray(totals, dtype=np.float64).ravel()
    g = np.zeros(y.size, dtype=np.int64) if group is None else group
    sizes = {values.size for values in (x, y, w, g, y if n is None else n)}
    if len(sizes) > 1:
        problem = f"a curve needs one dose, response and weight per point, got {x.size}, {y.size} and {w.size}"
        raise InputError(problem)
    kept = np.isfinite(y) & (w != 0)
    if n is not None:
        kept &= n > 0
        if np.any(kept & ~((y >= 0) & (y <= n))):
            problem = "counts must lie between 0 and their totals"
            raise InputError(problem, remedy="Give the number affected as response and the number tried as total")
        y, w = np.divide(y, n, out=np.zeros_like(y), where=kept), w * np.where(kept, n, 1.0)
    x, y, w, g = x[kept], y[kept], w[kept], g[kept]
    if not np.all(np.isfinite(x)):
        problem = f"{int((~np.isfinite(x)).sum())} responses have no dose"
        raise InputError(problem)
    if x.size and x.min() < 0:
        problem = f"a dose is negative ({x.min():g})"
        raise InputError(problem, remedy="Give doses as they are, not their logarithms; 0 is the untreated control")
    if not (np.all(np.isfinite(w)) and np.all(w > 0)):
        problem = "a weight is missing or not positive"
        raise InputError(problem)
    logs = np.full(x.size, _model_kernels.ZERO_DOSE)
    logs[x > 0] = np.log(x[x > 0])
    order = np.lexsort((y, logs, g))
    return Points(*(np.ascontiguousarray(values[order]) for values in (logs, y, w, g)))


def state_problem(points: Points, model: Model, fixed: dict[str, float], settings: FitSettings) -> Problem:
    """State the fit of one curve.

    Raises `SettingsError` for a fixed parameter that the model has not, `InputError` where the points are too few.
    """
    unknown = [name for name in fixed if name not in model.roles]
    if unknown:
        problem = f"model {model.name} has no parameter {unknown[0]!r} to fix; it has {', '.join(model.roles)}"
        raise SettingsError(problem)
    held = model.fixed | fixed
    _check_fixed(held)
    _check_counts(points.responses, settings.distribution)
    free = np.array([role not in held for role in model.roles])
    _check_enough(points, int(free.sum()), model)
    theta = np.array([held.get(role, 0.0) for role in model.roles])
    for place, logarithmic in enumerate(model.logarithmic):
        if logarithmic and not free[place]:
            if not theta[place] > 0:
                problem = f"{model.roles[place]} must be positive, got {theta[place]:g}"
                raise SettingsError(problem)
            theta[place] = np.log(theta[place])
    if settings.direction != "either" and model.name != "constant" and not {"c", "d"} & set(held):
        problem = f"a direction needs a fixed plateau; model {model.name} has none"
        raise SettingsError(problem, remedy="Fix c or d, or let the curve take either direction")
    lowest, highest = _bounds(points, model, settings)
    kind = _KINDS[settings.distribution]
    code = {"biphasic": _model_kernels.BIPHASIC, "constant": _model_kernels.CONSTANT}.get(
        model.name, _model_kernels.LOGISTIC if free[-1] or theta[-1] != 0 else _model_kernels.SYMMETRIC
    )
    index = np.arange(theta.size).reshape(1, -1)
    return Problem(code, 0.0, index, theta, free, lowest, highest, points, kind, settings)


def _check_fixed(held: dict[str, float]) -> None:
    for name, value in held.items():
        if not np.isfinite(value) or (name.startswith("b") and value == 0):
            problem = f"{name} cannot be fixed at {value:g}: there would be no curve"
            raise SettingsError(problem)
    if "c" in held and held.get("c") == held.get("d"):
        problem = f"c and d cannot both be fixed at {held['c']:g}: there would be no curve"
        raise SettingsError(problem, remedy="Fit the model 'constant'")


def _check_counts(responses: Array, distribution: str) -> None:
    most = {"binomial": 1.0, "poisson": np.inf}.get(distribution)
    if most is not None and responses.size and not 0 <= responses.min() <= responses.max() <= most:
        problem = f"{distribution} responses must be {'shares from 0 to 1' if most == 1 else 'counts from 0 up'}"
        raise InputError(problem, remedy="Give totals with counts affected, or choose normal errors")


def _check_enough(points: Points, free: int, model: Model) -> None:
    n = points.responses.size
    doses = np.unique(points.logs).size
    if n <= free:
        count = f"{n} point{'s' * (n != 1)}"
        problem = f"{count} cannot tell {free} free parameters and their errors; at least {free + 1} are needed"
        raise InputError(problem, remedy="Fix plateaus that are known, or fit a model with fewer parameters")
    if model.name == "constant":
        return
    if doses < max(free, 2):
        problem = f"{doses} different dose{'s' * (doses != 1)} cannot tell {free} free parameters"
        raise InputError(problem, remedy="Fix plateaus that are known, or fit a model with fewer parameters")
    if not np.any(points.logs > _model_kernels.ZERO_DOSE):
        problem = "no dose is above zero"
        raise InputError(problem)
    if np.ptp(points.responses) <= 1e-12 * np.abs(points.responses).max():
        problem = f"all responses are equal ({points.responses[0]:g}): there is no dose response to fit"
        raise InputError(problem, remedy="Fit the model 'constant'")


def _bounds(points: Points, model: Model, settings: FitSettings) -> tuple[Array, Array]:
    y = points.responses
    if model.name == "constant":
        wide = max(float(np.ptp(y)), float(np.abs(y).max()), 1e-12) * settings.response_reach
        lowest, highest = np.array([y.min() - wide]), np.array([y.max() + wide])
        names: tuple[str, ...] = ("d",)
    else:
        limits = np.array([settings.steepest, settings.response_reach, np.log(settings.dose_reach), np.log(100.0)])
        lowest, highest = _start_kernels.bounds(y, *points.tested, limits)
        names = model.roles
        if model.name == "biphasic":
            order = [0, 1, 2, 3, 4, 0, 3]
            lowest, highest = lowest[order].copy(), highest[order].copy()
            lowest[[0, 4, 5]], highest[4] = [_model_kernels.FLATTEST, 0.0, _model_kernels.FLATTEST], 1.0
    if model.name == "constant":
        return lowest, highest
    if settings.direction == "falling":
        lowest[0] = _model_kernels.FLATTEST
    elif settings.direction == "rising":
        highest[0] = -_model_kernels.FLATTEST
    if settings.distribution in ("binomial", "poisson"):
        top = 1.0 if settings.distribution == "binomial" else np.inf
        for place, name in enumerate(names):
            if name in ("c", "d"):
                lowest[place], highest[place] = max(lowest[place], 0.0), min(highest[place], top)
    return lowest, highest


def solve(problem: Problem, start: Array, chosen: Flags | None = None) -> Solution:
    """Refine from `start`, then give errors from the observed Hessian and the intervals of the `chosen` parameters."""
    theta, cost, rested = problem.refine(start)
    problem = _keep_signs(problem, theta)
    points, settings, size = problem.points, problem.settings, theta.size
    x, y, w = points.logs, points.responses, points.weights
    seen, expected = _fit_kernels.half_hessian(
        *problem.numbers, problem.index, points.group, theta, problem.free, x, y, w
    )  # fmt: skip
    inverse, observed = _matrix_kernels.invert(seen)
    sound = observed
    if not observed:
        inverse, sound = _matrix_kernels.invert(expected)
    freedom = problem.degrees_of_freedom
    scaled = settings.distribution in ("normal", "student")
    variance = cost / freedom if scaled else 1.0
    quantile = float(stats.t.ppf(0.5 + settings.confidence / 2, freedom if scaled else np.inf))
    errors, lows, highs = (np.full(size, np.nan) for _ in range(3))
    places = np.flatnonzero(problem.free)
    if sound:
        errors[places] = np.sqrt(variance * np.diag(inverse))
    wanted = problem.free if chosen is None else chosen
    allowed = variance * quantile**2
    ends = _find_ends(problem, theta, cost + allowed) if settings.interval == "profile" else None
    for row, place in enumerate(places):
        if not wanted[place] or not variance > 0:
            lows[place], highs[place] = (theta[place],) * 2 if not variance > 0 else (np.nan, np.nan)
            continue
        step = quantile * errors[place] if sound else 0.1 * (abs(theta[place]) + 0.1)
        if ends is None:
            lows[place], highs[place] = theta[place] - step, theta[place] + step
            continue
        tangent = np.zeros(size)
        if sound:
            tangent[places] = inverse[:, row] / inverse[row, row]
        step = min(step, 2.0 * (problem.highest[place] - problem.lowest[place]))
        for bound, way, far in ((lows, -step, ends[0, place]), (highs, step, ends[1, place])):
            bound[place] = _fit_kernels.profile_bound(
                *problem.numbers, problem.index, points.group, theta, cost, problem.free, int(place),
                x, y, w, problem.lowest, problem.highest,
                tangent, way, allowed, far,
            )  # fmt: skip
    return Solution(theta, float(cost), bool(rested), bool(observed), errors, lows, highs)


def _find_ends(problem: Problem, theta: Array, most: float) -> Array:
    """Give, by side and parameter, curves that the data allow; NaN where there is no one logistic curve to look for."""
    points = problem.points
    if problem.code in (_model_kernels.BIPHASIC, _model_kernels.CONSTANT) or problem.index.shape[0] > 1:
        return np.full((2, theta.size, theta.size), np.nan)
    x, y, w = points.logs, points.responses, points.weights
    table = _start_kernels.scan(theta, problem.free, x, y, w, *points.tested)
    ends: Array = _start_kernels.farthest(
        *problem.numbers, theta, most, problem.free, x, y, w, problem.lowest, problem.highest, table
    )
    return ends


def _keep_signs(problem: Problem, theta: Array) -> Problem:
    if problem.code in (_model_kernels.BIPHASIC, _model_kernels.CONSTANT):
        return problem
    lowest, highest = problem.lowest.copy(), problem.highest.copy()
    for place in np.unique(problem.index[:, 0]):
        if problem.free[place]:
            bound = lowest if theta[place] > 0 else highest
            bound[place] = _model_kernels.FLATTEST * np.sign(theta[place])
    return replace(problem, lowest=lowest, highest=highest)

"""One dose-response curve: fitted by any of the models, with errors, intervals, and a test of whether there is one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.statistics.fitting import _model_kernels, _start_kernels
from swanneck.statistics.fitting.models import MODELS, FitSettings, find_model
from swanneck.statistics.fitting.problems import Problem, Solution, read_points, solve, state_problem

__all__ = ["Estimate", "FittedCurve", "describe_estimates", "find_start", "fit_curve", "name_troubles"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A parameter with its standard error and interval; None where not known, or where the data leave a side open."""

    estimate: float
    se: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class FittedCurve:
    """A fitted curve in drc's names, e and its error on the linear scale of dose.

    `rse` is the residual standard error (None for counts), `df` its degrees of freedom, `deviance` the residual sum of
    squares or deviance, `p_value` that of the test against a constant response, `lack_of_fit` that of the model
    against a free mean at each dose (None without replicates; for counts, of the deviance). `notes` say what is not as
    it should be: an estimate at its limit, a midpoint outside the tested doses, a fixed parameter.
    """

    model: str
    parameters: dict[str, Estimate]
    rse: float | None
    df: int
    n_points: int
    deviance: float
    p_value: float | None
    lack_of_fit: float | None
    notes: tuple[str, ...]
    tested: tuple[float, float]
    _problem: Problem
    _solution: Solution

    def predict(self, doses: ArrayLike) -> Array:
        """Give the fitted response at these doses (0 is the untreated control)."""
        x = np.atleast_1d(np.asarray(doses, dtype=np.float64))
        logs = np.full(x.size, _model_kernels.ZERO_DOSE)
        logs[x > 0] = np.log(x[x > 0])
        row = np.empty(self._solution.theta.size)
        theta = self._solution.theta
        values = [_model_kernels.evaluate(self._problem.code, self._problem.level, theta, one, row) for one in logs]
        return np.array(values)

    @property
    def doses(self) -> Array:
        """The doses of the points that counted, each once, in order; 0 where there were untreated ones."""
        logs = np.unique(self._problem.points.logs)
        return np.where(logs > _model_kernels.ZERO_DOSE, np.exp(logs), 0.0)

    @property
    def state(self) -> tuple[Problem, Solution]:
        """The fit as the kernels see it, for what is computed from it."""
        return self._problem, self._solution


def fit_curve(
    doses: ArrayLike,
    responses: ArrayLike,
    *,
    model: str = "4pl",
    weights: ArrayLike | None = None,
    totals: ArrayLike | None = None,
    fixed: Mapping[str, float] | None = None,
    settings: FitSettings | None = None,
) -> FittedCurve:
    """Fit a dose-response curve, from a global search, with standard errors and profile likelihood intervals.

    `doses` (any unit, not logarithms; 0 is the untreated control) and `responses` have one entry per point, replicates
    as points of their own; a missing response is left out. `model` is `2pl`, `3pl`, `4pl`, `5pl`, `biphasic` or
    `constant`. `weights` multiply squared residuals. With `totals` the responses are numbers affected out of so many,
    and the fit is binomial. `fixed` holds parameters at a value, such as `{"c": 0, "d": 100}`.

    Standard errors come from the observed Hessian, as in drc. `p_value` tests against the constant model (for least
    squares the F test of the extra sum of squares, which is conservative here: about 2 % at nominal 5 %).

    Raises `InputError` where the points cannot tell the parameters, `SettingsError` for an unknown model or parameter.

    >>> doses = [0, 0, 0.1, 0.3, 1, 3, 10, 30]
    >>> fit = fit_curve(doses, [99.0, 102.0, 96.5, 90.1, 69.0, 41.2, 19.8, 8.1])
    >>> {name: round(one.estimate, 2) for name, one in fit.parameters.items()}
    {'b': 1.06, 'c': 3.7, 'd': 100.62, 'e': 2.0}
    >>> e = fit.parameters["e"]
    >>> bool(e.low < e.estimate < e.high)
    True
    """
    settings = settings or FitSettings()
    if totals is not None and settings.distribution == "normal":
        settings = settings.model_copy(update={"distribution": "binomial"})
    points = read_points(doses, responses, weights=weights, totals=totals)
    chosen = find_model(model)
    problem = state_problem(points, chosen, dict(fixed or {}), settings)
    solution = solve(problem, find_start(problem))
    parameters = describe_estimates(problem, solution, dict(enumerate(chosen.roles)))
    freedom = problem.degrees_of_freedom
    used = np.asarray(doses, dtype=np.float64).ravel()[np.isfinite(np.asarray(responses, dtype=np.float64).ravel())]
    tested = used[used > 0] if np.any(used > 0) else np.array([np.nan])
    return FittedCurve(
        model=chosen.name, parameters=parameters,
        rse=_residual_error(problem, solution.theta), df=freedom,
        n_points=points.responses.size, deviance=solution.cost, p_value=_test_against_constant(problem, solution),
        lack_of_fit=_test_lack_of_fit(problem, solution),
        notes=tuple(name_troubles(problem, solution, chosen.roles)),
        tested=(float(tested.min()), float(tested.max())), _problem=problem, _solution=solution,
    )  # fmt: skip


def _residual_error(problem: Problem, theta: Array) -> float | None:
    """The residual standard error; of t errors the scale of their centre; None for counts."""
    points, settings = problem.points, problem.settings
    if settings.distribution not in ("normal", "student"):
        return None
    row = np.empty(theta.size)
    fitted = np.array([_model_kernels.evaluate(problem.code, problem.level, theta, x, row) for x in points.logs])
    squares = (points.responses - fitted) ** 2
    if settings.distribution == "normal":
        return float(np.sqrt(np.sum(points.weights * squares) / problem.degrees_of_freedom))
    scale = _model_kernels.student_scale(squares, points.weights, settings.student_freedom)
    return float(np.sqrt(scale * squares.size / problem.degrees_of_freedom))


def find_start(problem: Problem) -> Array:
    """Find the basin of the best fit of one curve."""
    points = problem.points
    if problem.code == _model_kernels.CONSTANT:
        return np.array([np.average(points.responses, weights=points.weights)])
    if problem.code == _model_kernels.BIPHASIC:
        return _start_biphasic(problem)
    x, y, w = points.logs, points.responses, points.weights
    table = _start_kernels.scan(problem.theta, problem.free, x, y, w, *points.tested)
    start: Array = _start_kernels.search(
        *problem.numbers, problem.theta, problem.free, x, y, w, problem.lowest, problem.highest, table
    )[0]
    return start


def _start_biphasic(problem: Problem) -> Array:
    """Try pairs of midpoints and slopes with the heights solved linearly; refine the best few and keep the best."""
    points = problem.points
    first, last = points.tested
    grid = np.linspace(first, last, 9)
    root = np.sqrt(points.weights)
    starts: list[tuple[float, Array]] = []
    for slope in (1.0, 3.0):
        falls = 1.0 / (1.0 + np.exp(np.clip(slope * (points.logs[:, None] - grid), -300, 300)))
        for i in range(grid.size):
            for j in range(i + 1, grid.size):
                design = np.column_stack([np.ones(points.logs.size), falls[:, i], falls[:, j]])
                heights = np.linalg.lstsq(design * root[:, None], points.responses * root, rcond=None)[0]
                cost = float(np.sum(points.weights * (points.responses - design @ heights) ** 2))
                span = heights[1] + heights[2]
                share = heights[1] / span if span else 0.5
                start = np.array([slope, heights[0], heights[0] + span, grid[i], share, slope, grid[j]])
                starts.append((cost, np.clip(start, problem.lowest, problem.highest)))
    starts.sort(key=lambda one: one[0])
    tried = [problem.refine(np.where(problem.free, start, problem.theta), 1e-9) for _, start in starts[:6]]
    theta: Array = min(tried, key=lambda one: one[1])[0]
    if theta[3] > theta[6] and problem.free.all():
        theta = theta[[5, 1, 2, 6, 4, 0, 3]]
        theta[4] = 1.0 - theta[4]
    return theta


def describe_estimates(problem: Problem, solution: Solution, names: Mapping[int, str]) -> dict[str, Estimate]:
    """Give the free parameters by name, on the scale of users, with open sides as None."""
    described = {}
    for place, name in names.items():
        if not problem.free[place]:
            continue
        values = [solution.theta[place], solution.errors[place], solution.lows[place], solution.highs[place]]
        span = problem.highest[place] - problem.lowest[place]
        counts = problem.settings.distribution in ("binomial", "poisson")
        hard = (counts and name[0] in "cd") or name.startswith("fraction")
        if problem.settings.interval == "profile" and not hard:
            margin = 1e-9 * span
            values[2] = np.nan if values[2] <= problem.lowest[place] + margin else values[2]
            values[3] = np.nan if values[3] >= problem.highest[place] - margin else values[3]
            if name.startswith("b"):
                # The profile of a slope ends where its sign would change.
                values[2] = np.nan if solution.theta[place] > 0 and values[2] <= 1.001e-3 else values[2]
                values[3] = np.nan if solution.theta[place] < 0 and values[3] >= -1.001e-3 else values[3]
        if name[0] in "ef" and not name.startswith("fraction"):
            estimate = np.exp(values[0])
            wald = problem.settings.interval == "wald"
            error = estimate * values[1]
            reach = estimate * (values[3] - values[0]) if wald else 0.0
            ends = [estimate - reach, estimate + reach] if wald else [np.exp(values[2]), np.exp(values[3])]
            values = [estimate, error, *ends]
        known = [None if not np.isfinite(value) else float(value) for value in values[1:]]
        described[name] = Estimate(float(values[0]), *known)
    return described


def name_troubles(problem: Problem, solution: Solution, roles: tuple[str, ...]) -> list[str]:
    """Say in words what a reader of the estimates must know."""
    notes = []
    if not solution.rested:
        notes.append("the fit did not come to rest: the data hardly tell the parameters apart")
    if not solution.observed:
        notes.append("the observed Hessian is not positive definite; errors are from the expected one")
    if problem.code == _model_kernels.CONSTANT:
        return notes
    first, last = problem.points.tested
    for place, role in enumerate(roles):
        if not problem.free[place]:
            continue
        value = solution.theta[place]
        if role in ("e", "e1", "e2") and not first <= value <= last:
            side = "below the lowest" if value < first else "above the highest"
            notes.append(f"{role} lies {side} tested dose")
        if role.startswith("b") and abs(value) >= problem.settings.steepest:
            notes.append(f"{role} is at its limit: the data look like a step")
    return notes


def _test_against_constant(problem: Problem, solution: Solution) -> float | None:
    if problem.code == _model_kernels.CONSTANT:
        return None
    flat = state_problem(problem.points, MODELS["constant"], {}, problem.settings)
    _, cost, _ = flat.refine(find_start(flat))
    more = int(problem.free.sum()) - 1
    if more < 1:
        return None
    gain = max(cost - solution.cost, 0.0)
    if problem.settings.distribution in ("normal", "student"):
        freedom = problem.degrees_of_freedom
        if solution.cost <= 0:
            return 0.0
        return float(stats.f.sf(gain / more / (solution.cost / freedom), more, freedom))
    return float(stats.chi2.sf(gain, more))


def _test_lack_of_fit(problem: Problem, solution: Solution) -> float | None:
    """The F test of the model against means of replicates (Bates and Watts 1988); of counts the deviance's."""
    points, freedom = problem.points, problem.degrees_of_freedom
    if problem.settings.distribution in ("binomial", "poisson"):
        return float(stats.chi2.sf(solution.cost, freedom))
    _, place = np.unique(points.logs, return_inverse=True)
    total = np.bincount(place, points.weights)
    means = np.bincount(place, points.weights * points.responses) / total
    pure = float(np.sum(points.weights * (points.responses - means[place]) ** 2))
    pure_freedom = points.responses.size - total.size
    more = freedom - pure_freedom
    if problem.settings.distribution != "normal" or pure_freedom < 1 or more < 1 or not pure > 0:
        return None
    gain = max(solution.cost - pure, 0.0)
    return float(stats.f.sf(gain / more / (pure / pure_freedom), more, pure_freedom))

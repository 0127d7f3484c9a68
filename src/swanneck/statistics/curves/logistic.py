"""The four-parameter logistic curve of one compound.

    y = left + (right - left) / (1 + (midpoint / x)^slope),   slope > 0

`left` is the response at zero dose, `right` at infinite dose; the curve rises or falls. In the names of the R
package drc (Ritz et al. 2015, PLoS ONE 10:e0146021, LL.4): a falling curve has b = slope, d = left, c = right; a
rising one b = -slope, c = left, d = right; e = midpoint.

A titration rarely shows both plateaus. Where the controls of the plate say what they must be near, that is stated
as a Gaussian prior (a penalty), which keeps a half-seen curve from inventing a plateau and gives way where the data
show another one. Intervals are profile likelihood intervals (Venzon and Moolgavkar 1988, Appl Stat 37:87): they are
not symmetric, and they are open on a side that the data do not bound.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings
from swanneck.statistics.curves import _kernels
from swanneck.statistics.potency_ratio import PotencyLikelihood

__all__ = ["CurveFit", "CurvePriors", "fit_with_priors", "logistic"]

Array = NDArray[np.float64]

_ZERO_DOSE = -1e4  # stands for ln 0: far to the left of any curve
_WIDE = 1e3  # a factor: midpoints are searched this far outside the tested doses
_FLATTEST, _STEEPEST = 0.05, 20.0
_FAR_PLACES, _NEAR_PLACES, _NEAR = 15, 8, 2.4  # where a likelihood is computed; ln dose from its middle


class CurvePriors(Settings):
    """What is known before the curve is seen, as mean and standard deviation; a deviation of None is no prior.

    The slope's prior is on its logarithm: Hill slopes of single-site binding are 1, reported antiviral ones mostly
    0.5 to 3 (Shen et al. 2008, Nat Med 14:762), which is about one standard deviation of 0.7 either way.
    """

    left_mean: float = 0.0
    left_sd: float | None = None
    right_mean: float = 0.0
    right_sd: float | None = None
    slope_mean: float = 1.2
    log_slope_sd: float | None = None


@dataclass(frozen=True)
class CurveFit:
    """A fitted curve. `dose_at_level` is where it crosses the asked-for level, None where it never does.

    `cost` is the sum of squared residuals in units of the given standard deviations (with the priors' share in
    `penalised_cost`); `degrees_of_freedom` counts points less parameters that have no prior.
    """

    midpoint: float
    slope: float
    left: float
    right: float
    dose_at_level: float | None
    cost: float
    penalised_cost: float
    n_points: int
    parameters: Array
    _problem: "_Problem"

    @property
    def degrees_of_freedom(self) -> int:
        """Points less the four parameters, at least 1."""
        return max(self.n_points - 4, 1)

    def predict(self, doses: ArrayLike) -> Array:
        """Give the response of the fitted curve at these doses (0 gives `left`)."""
        return logistic(doses, midpoint=self.midpoint, slope=self.slope, left=self.left, right=self.right)

    def steepness(self, doses: ArrayLike) -> Array:
        """Give the change of the response per unit of ln dose at each dose."""
        share = logistic(doses, midpoint=self.midpoint, slope=self.slope, left=0.0, right=1.0)
        steep: Array = self.slope * (self.right - self.left) * share * (1 - share)
        return steep

    def interval(
        self, scale: float = 1.0, degrees_of_freedom: float | None = None, *, confidence: float = 0.95
    ) -> tuple[float | None, float | None]:
        """Give the profile likelihood interval of the dose at the level (of the midpoint where no level was asked).

        `scale` is the residual variance in units of the points' own: 1 where their standard deviations are trusted.
        `degrees_of_freedom` says how well `scale` is known (None: exactly). A side that the data leave open is None.
        """
        quantile = 0.5 + confidence / 2
        cut = stats.norm.ppf(quantile) if degrees_of_freedom is None else stats.t.ppf(quantile, degrees_of_freedom)
        allowed = float(scale * cut**2)
        level = self._problem.level
        centre = self.midpoint if np.isnan(level) else self.dose_at_level
        if centre is None:
            return None, None
        low, high = (
            _kernels.profile_bound(
                self.parameters, self.penalised_cost, *self._problem.data, *self._problem.bounds,
                float(np.log(centre)), level, direction, allowed, float(np.log(_WIDE)),
            )
            for direction in (-1.0, 1.0)
        )  # fmt: skip
        return (None if np.isnan(low) else float(np.exp(low)), None if np.isnan(high) else float(np.exp(high)))

    def likelihood(self, scale: float = 1.0, degrees_of_freedom: float | None = None) -> PotencyLikelihood:
        """Give the profile likelihood of the dose at the level, a thousandfold beyond the tested doses either way.

        `scale` and `degrees_of_freedom` as for `interval`; the rise is what chi-square of one degree of freedom would
        be as unlikely. That the curve never reaches the level counts as reaching it beyond all doses.

        >>> doses = np.repeat(np.geomspace(1e-8, 1e-5, 7), 2)
        >>> truth = logistic(doses, midpoint=2e-7, slope=1.0, left=0.0, right=100.0)
        >>> found = fit_with_priors(doses, truth + 3 * np.sin(np.arange(14)), level=50.0).likelihood(9.0)
        >>> bool(found.rises(np.log([2e-7]))[0] < 1 < 50 < found.rises(np.log([1e-6]))[0])
        True
        """
        first, last = self._problem.tested
        wide = float(np.log(_WIDE))
        ends = first - wide, last + wide
        centre = last if self.dose_at_level is None else float(np.log(self.dose_at_level))
        near = centre + _NEAR * np.linspace(-1, 1, 2 * _NEAR_PLACES + 1)
        places = np.unique(np.clip([*np.linspace(*ends, _FAR_PLACES), *near], *ends))
        costs = np.empty(places.size)
        level = self._problem.level
        _kernels.profile_costs(*self._problem.data, *self._problem.bounds, level, places, costs)
        if self.dose_at_level is None or self.dose_at_level > np.exp(last):
            costs[-1] = min(costs[-1], self.penalised_cost)
        roots = np.sqrt(np.maximum(costs - min(float(costs.min()), self.penalised_cost), 0.0) / scale)
        if degrees_of_freedom is not None:
            tails = stats.t.logsf(np.minimum(roots, 1e6), degrees_of_freedom)
            # Beyond the doubles' smallest tail all is equally impossible.
            roots = np.where(tails > -600, stats.norm.isf(np.exp(np.maximum(tails, -600))), 40.0)
        return PotencyLikelihood(places, np.where(places < places[int(np.argmin(costs))], -roots, roots))


@dataclass(frozen=True)
class _Problem:
    logs: Array
    responses: Array
    weights: Array
    prior: Array
    prior_weight: Array
    lowest: Array
    highest: Array
    level: float
    tested: tuple[float, float]

    @property
    def data(self) -> tuple[Array, Array, Array, Array, Array]:
        return self.logs, self.responses, self.weights, self.prior, self.prior_weight

    @property
    def bounds(self) -> tuple[Array, Array]:
        return self.lowest, self.highest


def logistic(doses: ArrayLike, *, midpoint: float, slope: float, left: float, right: float) -> Array:
    """Give the response of a four-parameter logistic curve at each dose.

    >>> logistic([0.0, 1.0, 1e9], midpoint=1.0, slope=1.5, left=0.0, right=100.0).round(3).tolist()
    [0.0, 50.0, 100.0]
    """
    doses = np.asarray(doses, dtype=np.float64)
    with np.errstate(divide="ignore", over="ignore"):
        share = 1.0 / (1.0 + np.exp(-slope * (np.log(doses) - np.log(midpoint))))
    response: Array = left + (right - left) * share
    return response


def fit_with_priors(
    doses: ArrayLike,
    responses: ArrayLike,
    deviations: ArrayLike | None = None,
    *,
    priors: CurvePriors | None = None,
    level: float | None = None,
) -> CurveFit:
    """Fit a four-parameter logistic by (penalised) weighted least squares, from a global search.

    `doses` (any unit; 0 counts as the left plateau) and `responses` have one entry per point, replicates as separate
    points; NaN is not allowed. `deviations` are the points' standard deviations (None: all 1). With `level` the fit
    also gives the dose at which the curve crosses that response. The search takes the best of a grid of midpoints
    and slopes, with the plateaus solved exactly at each, and refines it.

    Raises `SettingsError` where lengths differ, a value is missing, or fewer than four points or two doses above
    zero are given.

    >>> doses = np.geomspace(1e-9, 1e-5, 9)
    >>> truth = logistic(doses, midpoint=2e-7, slope=1.3, left=0.0, right=100.0)
    >>> fit = fit_with_priors(doses, truth)
    >>> round(fit.midpoint * 1e9, 3), round(fit.slope, 4)
    (200.0, 1.3)
    """
    problem = _state_problem(doses, responses, deviations, priors=priors or CurvePriors(), level=level)
    parameters, penalised = _kernels.search(*problem.data, *problem.bounds, *problem.tested)
    m, h, left, right = parameters[0], np.exp(parameters[1]), parameters[2], parameters[3]
    fitted = logistic(np.exp(problem.logs), midpoint=np.exp(m), slope=h, left=left, right=right)
    weights2 = problem.weights**2
    return CurveFit(
        midpoint=float(np.exp(m)), slope=float(h), left=float(left), right=float(right),
        dose_at_level=_crossing(parameters, problem.level),
        cost=float(np.sum(weights2 * (problem.responses - fitted) ** 2)), penalised_cost=float(penalised),
        n_points=problem.logs.size, parameters=parameters, _problem=problem,
    )  # fmt: skip


def _state_problem(
    doses: ArrayLike,
    responses: ArrayLike,
    deviations: ArrayLike | None,
    *,
    priors: CurvePriors,
    level: float | None,
) -> _Problem:
    x = np.asarray(doses, dtype=np.float64).ravel()
    y = np.asarray(responses, dtype=np.float64).ravel()
    sd = np.ones_like(y) if deviations is None else np.asarray(deviations, dtype=np.float64).ravel()
    if not x.size == y.size == sd.size:
        problem = f"a curve needs one dose, response and deviation per point, got {x.size}, {y.size} and {sd.size}"
        raise SettingsError(problem)
    if x.size < 4:
        problem = f"a four-parameter curve needs at least 4 points, got {x.size}"
        raise SettingsError(problem)
    if not (np.all(x >= 0) and np.all(sd > 0) and np.all(np.isfinite(x + y + sd))):
        problem = "doses must not be negative, deviations must be positive, and no value may be missing"
        raise SettingsError(problem, remedy="Leave out points without a response")
    if np.unique(x[x > 0]).size < 2:
        problem = "a curve needs at least two different doses above zero"
        raise SettingsError(problem)
    tested = np.log(x[x > 0])
    logs = np.full(x.size, _ZERO_DOSE)
    logs[x > 0] = tested
    spread = max(float(np.ptp(y)), float(np.abs(y).max()), 1e-12)
    wide = np.log(_WIDE)
    prior = np.array([0.0, np.log(priors.slope_mean), priors.left_mean, priors.right_mean])
    deviations_of = (None, priors.log_slope_sd, priors.left_sd, priors.right_sd)
    return _Problem(
        logs=logs, responses=y, weights=1.0 / sd, prior=prior,
        prior_weight=np.array([0.0 if one is None else 1.0 / one for one in deviations_of]),
        lowest=np.array([tested.min() - wide, np.log(_FLATTEST), y.min() - 10 * spread, y.min() - 10 * spread]),
        highest=np.array([tested.max() + wide, np.log(_STEEPEST), y.max() + 10 * spread, y.max() + 10 * spread]),
        level=np.nan if level is None else float(level), tested=(float(tested.min()), float(tested.max())),
    )  # fmt: skip


def _crossing(parameters: Array, level: float) -> float | None:
    m, log_h, left, right = parameters
    if np.isnan(level) or left == right:
        return None
    share = (level - left) / (right - left)
    if not 0 < share < 1:
        return None
    return float(np.exp(m + np.log(share / (1 - share)) / np.exp(log_h)))

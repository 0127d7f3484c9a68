"""Selectivity from efficacy and toxicity of the same wells: CC50 / IC50 with its likelihood, censored or not.

Where a potency lies beyond the tested doses its likelihood is flat out there, not absent: the profile of each potency
is followed over a wide range of doses and the two are combined. So the index of a compound that is not toxic at 50 µM
has a lower bound and no upper one, and a probability to exceed 10.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from swanneck.foundation.settings import Settings
from swanneck.statistics.fitting import _model_kernels
from swanneck.statistics.fitting.curve import FittedCurve, fit_curve
from swanneck.statistics.fitting.models import FitSettings
from swanneck.statistics.fitting.potency import Potency, find_potency
from swanneck.statistics.potency_ratio import compare_rises

__all__ = ["Selectivity", "SelectivitySettings", "fit_selectivity"]

Array = NDArray[np.float64]

_FINE = 2001


class SelectivitySettings(Settings):
    """What selectivity is asked for.

    - `level`: percent inhibition, and percent viability, that define IC50 and CC50.
    - `threshold`: of the probability; an index of 10 is the usual demand on antivirals.
    - `beyond`: a factor: how far outside the tested doses a potency may lie; before the data all log doses within are
      equally likely.
    - `confidence`: of the intervals.
    - `least_height`: where the viability curve starts lower than this, even the lowest dose is toxic: untreated cells
      are 100 by definition, and its height is held there.
    """

    level: float = 50.0
    threshold: float = 10.0
    beyond: float = 1000.0
    confidence: float = 0.95
    least_height: float = 75.0


@dataclass(frozen=True)
class Selectivity:
    """Both curves, both potencies with their relations, the index with its relation and interval (None: open).

    `window` is the lowest CC50 over the highest IC50 that the data allow: doses this many-fold apart are effective and
    safe at least (None where the IC50 has no upper bound). `probability` is that the index exceeds the threshold.
    """

    efficacy: FittedCurve
    viability: FittedCurve
    ic50: Potency
    cc50: Potency
    index: float | None
    relation: str
    low: float | None
    high: float | None
    window: float | None
    probability: float


def fit_selectivity(
    doses: ArrayLike, inhibition: ArrayLike, viability: ArrayLike, *, settings: SelectivitySettings | None = None
) -> Selectivity:
    """Fit percent inhibition and percent viability of the same wells and measure CC50 / IC50.

    Inhibition rises from 0; viability falls from a free height near 100 towards 0. The two curves' errors are taken as
    independent. The interval of the index holds where the likelihoods of both potencies together, each maximised over
    the rest of its curve, have not fallen by more than the cut.

    Raises `InputError` where a curve cannot be fitted.

    >>> doses = np.repeat(np.geomspace(0.01, 100, 9), 2)
    >>> noise = np.random.default_rng(0).normal(0, 4, (2, 18))
    >>> inhibition, viability = 100 / (1 + 0.5 / doses) + noise[0], 100 / (1 + doses / 400) + noise[1]
    >>> found = fit_selectivity(doses, inhibition, viability)
    >>> found.cc50.relation, found.relation, found.probability > 0.99
    ('>', '>', True)
    """
    settings = settings or SelectivitySettings()
    rising, falling = (FitSettings(direction=way, interval="wald") for way in ("rising", "falling"))
    efficacy = fit_curve(doses, inhibition, fixed={"c": 0.0}, settings=rising)
    toxicity = fit_curve(doses, viability, fixed={"c": 0.0}, settings=falling)
    if toxicity.parameters["d"].estimate < settings.least_height:
        toxicity = fit_curve(doses, viability, fixed={"c": 0.0, "d": 100.0}, settings=falling)
    first, last = efficacy.tested
    ends = np.log(first / settings.beyond), np.log(last * settings.beyond)
    places = np.linspace(*ends, _FINE)
    rises = [_profile(curve, settings.level, places) for curve in (efficacy, toxicity)]
    cut = float(stats.chi2.ppf(settings.confidence, 1))
    ic50, cc50 = (_with_profile(curve, settings.level, rise, places=places, cut=cut) for curve, rise in zip(
        (efficacy, toxicity), rises, strict=True))  # fmt: skip
    index, relation = _divide(cc50, ic50)
    ratio = compare_rises(rises, places, threshold=settings.threshold, confidence=settings.confidence)
    allowed = [places[rise <= cut] for rise in rises]
    open_ic50 = allowed[0].max() >= places[-2]
    return Selectivity(
        efficacy, toxicity, ic50, cc50, index, relation, ratio.low, ratio.high,
        None if open_ic50 else float(np.exp(allowed[1].min() - allowed[0].max())),
        ratio.probability,
    )  # fmt: skip


def _profile(curve: FittedCurve, level: float, fine: Array) -> Array:
    """Give by how much the deviance rises where the curve must pass `level` at each ln dose (95 % cut: 3.84)."""
    problem, solution = curve.state
    at = float(np.clip(np.log(find_potency(curve, level=level).dose), fine[1], fine[-2]))
    error = solution.errors[3]
    reach = float(np.clip(5 * error, 0.5, 3.0)) if np.isfinite(error) else 3.0
    near = np.linspace(at - reach, at + reach, 41)
    coarse = np.unique(np.concatenate([np.linspace(fine[0], fine[-1], 40), near]))
    free = problem.free.copy()
    free[3] = False
    held = replace(problem, code=_model_kernels.THROUGH_LEVEL, level=float(level), free=free)
    costs = np.full(coarse.size, np.inf)
    middle = int(np.argmin(np.abs(coarse - at)))
    for walk in (range(middle, coarse.size), range(middle, -1, -1)):
        last: Array | None = None
        for k in walk:
            for start in _starts(solution.theta, last, level):
                start[3] = coarse[k]
                theta, cost, _ = held.refine(start, 1e-9)
                if cost < costs[k]:
                    costs[k], last = cost, theta
    # A curve that does not reach the level at all is as good as one that reaches it beyond every dose.
    end = -1 if at >= curve.tested[1] or solution.theta[2] <= level else None
    if end is not None:
        costs[end] = min(costs[end], solution.cost if solution.theta[2] <= level else costs[end])
    freedom = problem.degrees_of_freedom
    best = min(float(costs.min()), solution.cost)
    squares = np.maximum(costs - best, 0.0) * freedom / max(best, 1e-300)
    # As a chi-square value that is as unlikely as this squared t.
    tails = stats.t.logsf(np.sqrt(np.minimum(squares, 1e12)), freedom)
    roots = np.where(tails > -600, stats.norm.isf(np.exp(np.maximum(tails, -600))), 40.0)
    signed = np.where(coarse < coarse[int(np.argmin(costs))], -roots, roots)
    rises: Array = np.interp(fine, coarse, signed) ** 2
    return rises


def _starts(theta: Array, last: Array | None, level: float) -> list[Array]:
    """Start from the last place, and from the best curve with its plateau moved beyond the level."""
    starts = [] if last is None else [last.copy()]
    moved = theta.copy()
    moved[2] = max(moved[2], 1.5 * level)
    return [*starts, moved]


def _with_profile(curve: FittedCurve, level: float, rises: Array, *, places: Array, cut: float) -> Potency:
    found = find_potency(curve, level=level)
    inside = places[rises <= cut]
    low = None if inside.min() <= places[1] else float(np.exp(inside.min()))
    high = None if inside.max() >= places[-2] else float(np.exp(inside.max()))
    return replace(found, low=low, high=high)


def _divide(cc50: Potency, ic50: Potency) -> tuple[float | None, str]:
    flipped = {">": "<", "<": ">", "=": "="}[ic50.relation]
    if "=" not in (cc50.relation, flipped) and cc50.relation != flipped:
        return None, "undefined"
    return cc50.dose / ic50.dose, flipped if cc50.relation == "=" else cc50.relation

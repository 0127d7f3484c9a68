"""Potencies of a fitted curve: the dose where it passes through a response, or has gone a share of its way."""

from dataclasses import dataclass, replace

import numpy as np

from swanneck.foundation.errors import SettingsError
from swanneck.statistics.fitting import _model_kernels
from swanneck.statistics.fitting.curve import FittedCurve
from swanneck.statistics.fitting.problems import solve

__all__ = ["Potency", "find_potency"]


@dataclass(frozen=True)
class Potency:
    """A dose with its relation: `=`, or `>` the highest or `<` the lowest tested dose. An open side is None."""

    dose: float
    relation: str
    se: float | None
    low: float | None
    high: float | None


def find_potency(curve: FittedCurve, *, level: float | None = None, share: float | None = None) -> Potency:
    """Give an absolute potency, where the curve passes through the response `level`, or a relative one.

    A relative potency is where the response has gone the `share` of the way from the plateau at zero dose to the one at
    infinite dose; 0.5, where neither is named, is the relative IC50. The interval is the profile likelihood's: the
    curve is refitted with the potency as one of its parameters. A potency outside the tested doses, or one that the
    curve never reaches, is censored: the bound and its relation, never a number from beyond the data.

    Raises `SettingsError` where both are named, a share is not between 0 and 1, or the curve is no logistic.

    >>> from swanneck.statistics.fitting.curve import fit_curve
    >>> doses = np.geomspace(0.01, 100, 9)
    >>> noise = np.cos(np.arange(9))
    >>> half = fit_curve(doses, 40 + 60 / (1 + doses) + noise)
    >>> find_potency(half).relation, round(find_potency(half, level=70).dose, 2), find_potency(half, level=30).relation
    ('=', 0.96, '>')
    """
    problem, solution = curve.state
    if problem.code not in (_model_kernels.LOGISTIC, _model_kernels.SYMMETRIC):
        problem_text = f"potencies are defined for logistic curves, not for model {curve.model}"
        raise SettingsError(problem_text)
    if level is not None and share is not None:
        problem_text = "a potency is absolute (level) or relative (share), not both"
        raise SettingsError(problem_text)
    way = 0.5 if share is None else share
    if not 0 < way < 1:
        problem_text = f"a share must lie between 0 and 1, got {way:g}"
        raise SettingsError(problem_text)
    b, c, d, m, log_f = solution.theta
    if level is not None:
        code, constant = _model_kernels.THROUGH_LEVEL, float(level)
        left = (constant - c) / (d - c) if d != c else np.nan
    else:
        # What is left of the span d - c: it falls from 1 to 0 where b > 0 and rises where b < 0.
        code, constant = _model_kernels.AT_SHARE, 1 - way if b > 0 else way
        left = constant
    lowest, highest = curve.tested
    if not 0 < left < 1:
        at_zero, at_end = curve.predict([0.0, highest])
        beyond = level is not None and (at_end - at_zero) * (level - at_zero) <= 0
        never = abs(level - at_end) < abs(level - at_zero) if level is not None and not beyond else True
        return Potency(highest, ">", None, None, None) if never else Potency(lowest, "<", None, None, None)
    log_dose = float(np.clip(m + np.log(left ** (-1 / np.exp(log_f)) - 1) / b, -700.0, 700.0))
    start = solution.theta.copy()
    start[3] = log_dose
    shifted = replace(problem, code=code, level=constant)
    chosen = np.zeros(start.size, dtype=np.bool_)
    chosen[3] = True
    if not problem.free[3]:
        return _censor(float(np.exp(log_dose)), None, (None, None), curve.tested)
    found = solve(shifted, start, chosen)
    ends = (found.lows[3], found.highs[3])
    reach = 1e-9 * (problem.highest[3] - problem.lowest[3])
    low = float(np.exp(ends[0])) if np.isfinite(ends[0]) and ends[0] > problem.lowest[3] + reach else None
    high = float(np.exp(ends[1])) if np.isfinite(ends[1]) and ends[1] < problem.highest[3] - reach else None
    dose = float(np.exp(log_dose))
    error = float(dose * found.errors[3]) if np.isfinite(found.errors[3]) else None
    return _censor(dose, error, (low, high), curve.tested)


def _censor(
    dose: float, error: float | None, ends: tuple[float | None, float | None], tested: tuple[float, float]
) -> Potency:
    low, high = ends
    if dose > tested[1]:
        return Potency(tested[1], ">", None, min(low, tested[1]) if low is not None else None, None)
    if dose < tested[0]:
        return Potency(tested[0], "<", None, None, max(high, tested[0]) if high is not None else None)
    return Potency(dose, "=", error, low, high)

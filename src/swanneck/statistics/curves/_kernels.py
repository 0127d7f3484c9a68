"""Least squares of the four-parameter logistic, and its profile, for one curve.

The curve is  y = left + (right - left) / (1 + exp(-h (ln x - m)))  with h > 0: `left` at zero dose, `right` at
infinite dose, `m` the natural logarithm of the midpoint. Parameters travel as an array [m, ln h, left, right].
Given m and h the model is linear in left and right (variable projection, Golub and Pereyra 1973), so a coarse grid
over m and h finds the basin of the global minimum; Levenberg-Marquardt finishes.

Residuals are divided by each point's standard deviation. Gaussian priors enter as four more residuals; a prior
weight of 0 is no prior. A constraint "the curve passes through `level` at ln x = `through`" enters as one more
residual with a very large weight, which makes profiles over any crossing point as easy as over the midpoint.
"""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

Array = NDArray[np.float64]

_CONSTRAINT_WEIGHT = 1e4  # in units of 1 / (one percent point): binds to 1e-4 and keeps the equations well conditioned


@kernel
def _rise(t: float) -> float:
    if t > 40.0:
        return 1.0
    if t < -40.0:
        return 0.0
    return 1.0 / (1.0 + math.exp(-t))


@kernel
def _solve(matrix: Array, vector: Array) -> Array:
    """Solve a small symmetric positive system by elimination with pivoting; destroys its input."""
    n = vector.size
    for i in range(n):
        pivot = i
        for r in range(i + 1, n):
            if abs(matrix[r, i]) > abs(matrix[pivot, i]):
                pivot = r
        if abs(matrix[pivot, i]) < 1e-300:
            matrix[pivot, i] = 1e-300
        if pivot != i:
            for c in range(n):
                matrix[i, c], matrix[pivot, c] = matrix[pivot, c], matrix[i, c]
            vector[i], vector[pivot] = vector[pivot], vector[i]
        for r in range(i + 1, n):
            factor = matrix[r, i] / matrix[i, i]
            for c in range(i, n):
                matrix[r, c] -= factor * matrix[i, c]
            vector[r] -= factor * vector[i]
    for i in range(n - 1, -1, -1):
        for c in range(i + 1, n):
            vector[i] -= matrix[i, c] * vector[c]
        vector[i] /= matrix[i, i]
    return vector


@kernel
def _accumulate(
    parameters: Array, logs: Array, responses: Array, weights: Array, prior: Array, prior_weight: Array,
    through: float, level: float, normal: Array, gradient: Array,
) -> float:  # fmt: skip
    """Fill the normal equations (Gauss-Newton) and return the sum of squared weighted residuals."""
    m, h, left, right = parameters[0], np.exp(parameters[1]), parameters[2], parameters[3]
    normal[:] = 0.0
    gradient[:] = 0.0
    row = np.empty(4)
    total = 0.0
    n = logs.size
    for i in range(n + 1):
        if i < n:
            x, target, weight = logs[i], responses[i], weights[i]
        elif np.isnan(through):
            break
        else:
            x, target, weight = through, level, _CONSTRAINT_WEIGHT
        t = h * (x - m)
        s = _rise(t)
        steep = s * (1.0 - s) * (right - left)
        row[0] = -h * steep
        row[1] = 0.0 if s == 0.0 or s == 1.0 else t * steep
        row[2] = 1.0 - s
        row[3] = s
        residual = (target - left - (right - left) * s) * weight
        total += residual * residual
        for a in range(4):
            gradient[a] += row[a] * weight * residual
            for b in range(a + 1):
                normal[a, b] += row[a] * row[b] * weight * weight
    for a in range(4):
        w2 = prior_weight[a] * prior_weight[a]
        gap = prior[a] - parameters[a]
        total += w2 * gap * gap
        gradient[a] += w2 * gap
        normal[a, a] += w2
        for b in range(a):
            normal[b, a] = normal[a, b]
    return total


@kernel
def refine(
    start: Array, logs: Array, responses: Array, weights: Array, prior: Array, prior_weight: Array,
    free: NDArray[np.bool_], through: float, level: float, lowest: Array, highest: Array,
) -> tuple[Array, float]:  # fmt: skip
    """Run Levenberg-Marquardt from `start` over the free parameters; give the parameters and their cost."""
    current = start.copy()
    normal, gradient = np.empty((4, 4)), np.empty(4)
    spare, spare_gradient = np.empty((4, 4)), np.empty(4)
    cost = _accumulate(current, logs, responses, weights, prior, prior_weight, through, level, normal, gradient)
    damping = 1e-3
    for _ in range(200):
        matrix, step = normal.copy(), gradient.copy()
        for a in range(4):
            # What a bound holds takes no part: the others would be led astray by its step.
            held = (current[a] <= lowest[a] and gradient[a] < 0.0) or (current[a] >= highest[a] and gradient[a] > 0.0)
            if free[a] and not held:
                matrix[a, a] += damping * (matrix[a, a] + 1e-12)
            else:
                matrix[a, :] = 0.0
                matrix[:, a] = 0.0
                matrix[a, a] = 1.0
                step[a] = 0.0
        step = _solve(matrix, step)
        candidate = current.copy()
        for a in range(4):
            if free[a]:
                candidate[a] = min(max(current[a] + step[a], lowest[a]), highest[a])
        candidate_cost = _accumulate(
            candidate, logs, responses, weights, prior, prior_weight, through, level, spare, spare_gradient
        )
        if candidate_cost <= cost:
            gain = cost - candidate_cost
            current, cost = candidate, candidate_cost
            normal[:], gradient[:] = spare, spare_gradient
            damping = max(damping * 0.2, 1e-12)
            if gain <= 1e-10 * (cost + 1e-10):
                break
        else:
            damping *= 6.0
            if damping > 1e12:
                break
    return current, cost


@kernel
def search(
    logs: Array, responses: Array, weights: Array, prior: Array, prior_weight: Array, lowest: Array, highest: Array,
    first: float, last: float,
) -> tuple[Array, float]:  # fmt: skip
    """Find the global least squares: the best start for each of several slopes, each refined, the best of all kept.

    Starts lie on a grid of midpoints around the tested range `first` to `last`; plateaus are solved exactly at each.
    """
    free = np.ones(4, dtype=np.bool_)
    winner = np.array([0.5 * (first + last), 0.0, prior[2], prior[3]])
    winner_cost = np.inf
    span = max(last - first, 1.0)
    start = np.empty(4)
    for j in range(6):
        log_h = -0.8 + 0.6 * j
        best_cost = np.inf
        for i in range(40):
            m = first - 0.15 * span + 1.3 * span * i / 39.0
            cost, left, right = _plateaus(m, log_h, logs, responses, weights, prior, prior_weight, lowest, highest)
            if cost < best_cost:
                best_cost = cost
                start[0], start[1], start[2], start[3] = m, log_h, left, right
        if best_cost == np.inf:
            continue
        parameters, cost = refine(
            start, logs, responses, weights, prior, prior_weight, free, np.nan, np.nan, lowest, highest
        )
        # A later slope must be better by more than rounding, so that equal fits do not depend on it.
        if cost < winner_cost * (1.0 - 1e-9):
            winner, winner_cost = parameters, cost
    return winner, winner_cost


@kernel
def _plateaus(
    m: float, log_h: float, logs: Array, responses: Array, weights: Array, prior: Array, prior_weight: Array,
    lowest: Array, highest: Array,
) -> tuple[float, float, float]:  # fmt: skip
    """Solve the plateaus at a midpoint and slope; give the cost and them."""
    h = np.exp(log_h)
    a11, a12, a22 = prior_weight[2] ** 2 + 1e-9, 0.0, prior_weight[3] ** 2 + 1e-9
    b1, b2 = a11 * prior[2], a22 * prior[3]
    for k in range(logs.size):
        s = _rise(h * (logs[k] - m))
        w2 = weights[k] * weights[k]
        a11 += w2 * (1.0 - s) * (1.0 - s)
        a12 += w2 * s * (1.0 - s)
        a22 += w2 * s * s
        b1 += w2 * (1.0 - s) * responses[k]
        b2 += w2 * s * responses[k]
    determinant = a11 * a22 - a12 * a12
    if determinant <= 0.0:
        return np.inf, 0.0, 0.0
    left = min(max((b1 * a22 - b2 * a12) / determinant, lowest[2]), highest[2])
    right = min(max((b2 * a11 - b1 * a12) / determinant, lowest[3]), highest[3])
    cost = (prior_weight[0] * (m - prior[0])) ** 2 + (prior_weight[1] * (log_h - prior[1])) ** 2
    cost += (prior_weight[2] * (left - prior[2])) ** 2 + (prior_weight[3] * (right - prior[3])) ** 2
    for k in range(logs.size):
        s = _rise(h * (logs[k] - m))
        cost += (weights[k] * (responses[k] - left - (right - left) * s)) ** 2
    return cost, left, right


@kernel
def profile_bound(
    best: Array, best_cost: float, logs: Array, responses: Array, weights: Array, prior: Array, prior_weight: Array,
    lowest: Array, highest: Array, start: float, level: float, direction: float, allowed: float, limit: float,
) -> float:  # fmt: skip
    """Follow the profile away from the estimate until the cost has risen by `allowed`; NaN where it never does.

    With `level` NaN the midpoint is profiled; otherwise the ln dose where the curve passes through `level`. What is
    found is doubted once more from flatter and steeper curves: the profile may go on in another valley.
    """
    free = np.array([not np.isnan(level), True, True, True])
    inner, inner_parameters = start, best.copy()
    bound = np.nan
    for _ in range(4):
        outer, step = np.nan, 0.05
        while abs(inner - start) < limit:
            trial = inner + direction * step
            parameters, cost = _at(
                trial, inner_parameters, logs, responses, weights, prior, prior_weight, free, level, lowest, highest
            )
            if cost - best_cost > allowed:
                outer = trial
                break
            inner, inner_parameters = trial, parameters
            step *= 1.5
        if np.isnan(outer):
            return np.nan
        while abs(outer - inner) >= 1e-4:
            middle = 0.5 * (inner + outer)
            parameters, cost = _at(
                middle, inner_parameters, logs, responses, weights, prior, prior_weight, free, level, lowest, highest
            )
            if cost - best_cost > allowed:
                outer = middle
            else:
                inner, inner_parameters = middle, parameters
        bound = 0.5 * (inner + outer)
        ended = True
        for turn in (-1.2, 1.2):
            other = inner_parameters.copy()
            other[1] = min(max(other[1] + turn, lowest[1]), highest[1])
            parameters, cost = _at(
                outer, other, logs, responses, weights, prior, prior_weight, free, level, lowest, highest
            )
            if ended and cost - best_cost <= allowed:
                inner, inner_parameters, ended = outer, parameters, False
        if ended:
            break
    return bound


@kernel
def profile_costs(
    logs: Array, responses: Array, weights: Array, prior: Array, prior_weight: Array,
    lowest: Array, highest: Array, level: float, places: Array, out: Array,
) -> None:  # fmt: skip
    """Fill `out` with the least cost of a curve that passes `level` at each ln dose of `places`.

    The search is over slopes and over how far up between its plateaus the curve passes the level: the plateaus follow.
    The best of a grid, or of where the search ended at the place before, is followed downhill by halving steps.
    """
    last_h, last_u = 0.0, 0.0
    for k in range(places.size):
        best_h, best_u = last_h, last_u
        least = _cost_through(
            best_h, best_u, places[k], level, logs, responses, weights, prior, prior_weight, lowest, highest
        )
        for j in range(5):
            for i in range(9):
                log_h, u = -1.0 + 0.7 * j, -6.0 + 1.5 * i
                cost = _cost_through(
                    log_h, u, places[k], level, logs, responses, weights, prior, prior_weight, lowest, highest
                )
                if cost < least:
                    least, best_h, best_u = cost, log_h, u
        step = 0.8
        while step > 0.02:
            found = False
            for i in range(-1, 2):
                for j in range(-1, 2):
                    log_h, u = best_h + 0.5 * step * i, best_u + step * j
                    cost = _cost_through(
                        log_h, u, places[k], level, logs, responses, weights, prior, prior_weight, lowest, highest
                    )
                    if cost < least * (1.0 - 1e-6):
                        least, last_h, last_u, found = cost, log_h, u, True
            if found:
                best_h, best_u = last_h, last_u
            else:
                step *= 0.5
        last_h, last_u = best_h, best_u
        out[k] = least


@kernel
def _cost_through(
    log_h: float, u: float, place: float, level: float, logs: Array, responses: Array, weights: Array, prior: Array,
    prior_weight: Array, lowest: Array, highest: Array,
) -> float:  # fmt: skip
    """Give the cost of the best plateaus of a curve that has risen by logistic(u) where it passes `level`."""
    h = math.exp(log_h)
    m = place - u / h
    if not (lowest[0] <= m <= highest[0] and lowest[1] <= log_h <= highest[1]):
        return math.inf
    share = _rise(u)
    # left = level - share * t and right = level + (1 - share) * t: one unknown.
    top, bottom, cost = 0.0, 1e-12, 0.0
    for k in range(logs.size):
        lean = (_rise(h * (logs[k] - m)) - share) * weights[k]
        top += lean * (responses[k] - level) * weights[k]
        bottom += lean * lean
    for a, lean in ((2, -share), (3, 1.0 - share)):
        top += prior_weight[a] ** 2 * lean * (prior[a] - level)
        bottom += (prior_weight[a] * lean) ** 2
    t = top / bottom
    left, right = level - share * t, level + (1.0 - share) * t
    cost += (prior_weight[0] * (m - prior[0])) ** 2 + (prior_weight[1] * (log_h - prior[1])) ** 2
    cost += (prior_weight[2] * (left - prior[2])) ** 2 + (prior_weight[3] * (right - prior[3])) ** 2
    for k in range(logs.size):
        cost += (weights[k] * (responses[k] - left - t * _rise(h * (logs[k] - m)))) ** 2
    return float(cost)


@kernel
def _at(
    place: float, start: Array, logs: Array, responses: Array, weights: Array, prior: Array, prior_weight: Array,
    free: NDArray[np.bool_], level: float, lowest: Array, highest: Array,
) -> tuple[Array, float]:  # fmt: skip
    first = start.copy()
    through = np.nan
    if np.isnan(level):
        first[0] = place
    else:
        through = place
        # Move the whole curve so that it starts near the constraint.
        span = first[3] - first[2]
        share = (level - first[2]) / span if span != 0.0 else -1.0
        if 0.001 < share < 0.999:
            first[0] = place - np.log(share / (1.0 - share)) / np.exp(first[1])
        else:
            first[0] = place
    return refine(first, logs, responses, weights, prior, prior_weight, free, through, level, lowest, highest)

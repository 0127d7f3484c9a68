"""A logistic curve from nothing but its points: each dose once, how far to look, the basin of the best fit."""

import math

import numpy as np

from swanneck.foundation.jit import kernel
from swanneck.statistics.fitting._fit_kernels import refine
from swanneck.statistics.fitting._model_kernels import SYMMETRIC, Array, Flags, Whole


@kernel
def collapse(x: Array, y: Array, w: Array) -> tuple[Array, Array, Array, float]:
    """Give each dose once, with the mean and summed weight of its replicates, and their squares about these means.

    Points without a finite response or with no weight are left out. Least squares of what comes out, plus the squares,
    is least squares of what went in.
    """
    order = np.arange(x.size)
    for i in range(1, x.size):
        place = i
        while place > 0 and x[order[place - 1]] > x[order[place]]:
            order[place - 1], order[place] = order[place], order[place - 1]
            place -= 1
    doses, means, weights = np.empty(x.size), np.empty(x.size), np.empty(x.size)
    count, pure = 0, 0.0
    for k in range(x.size):
        i = order[k]
        if not (math.isfinite(y[i]) and w[i] > 0.0):
            continue
        if count and doses[count - 1] == x[i]:
            gap = y[i] - means[count - 1]
            share = w[i] / (weights[count - 1] + w[i])
            pure += weights[count - 1] * share * gap * gap
            means[count - 1] += share * gap
            weights[count - 1] += w[i]
        else:
            doses[count], means[count], weights[count] = x[i], y[i], w[i]
            count += 1
    return doses[:count].copy(), means[:count].copy(), weights[:count].copy(), pure


@kernel
def bounds(y: Array, first: float, last: float, limits: Array) -> tuple[Array, Array]:
    """Give how far a logistic curve's parameters may go for these responses and doses."""
    low, high = np.inf, -np.inf
    for i in range(y.size):
        low, high = min(low, y[i]), max(high, y[i])
    reach = limits[1] * max(high - low, 1e-9 * max(abs(low), abs(high)), 1e-280)
    lowest = np.array([-limits[0], low - reach, low - reach, first - limits[2], -limits[3]])
    highest = np.array([limits[0], high + reach, high + reach, last + limits[2], limits[3]])
    return lowest, highest


@kernel
def _plateaus(
    fall: Array, y: Array, w: Array, theta: Array, free_c: bool, free_d: bool
) -> tuple[float, float, float]:  # fmt: skip
    """Solve the plateaus that are free for a given shape; give the sum of squares, c and d."""
    a11, a12, a22, b1, b2, yy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(y.size):
        s = fall[i]
        a11 += w[i] * (1.0 - s) * (1.0 - s)
        a12 += w[i] * s * (1.0 - s)
        a22 += w[i] * s * s
        b1 += w[i] * (1.0 - s) * y[i]
        b2 += w[i] * s * y[i]
        yy += w[i] * y[i] * y[i]
    c, d = theta[1], theta[2]
    if free_c and free_d:
        determinant = a11 * a22 - a12 * a12
        if determinant <= 1e-9 * a11 * a22:
            return np.inf, c, d
        c = (b1 * a22 - b2 * a12) / determinant
        d = (b2 * a11 - b1 * a12) / determinant
    elif free_c:
        c = (b1 - a12 * d) / max(a11, 1e-280)
    elif free_d:
        d = (b2 - a12 * c) / max(a22, 1e-280)
    cost = yy - 2.0 * (b1 * c + b2 * d) + a11 * c * c + 2.0 * a12 * c * d + a22 * d * d
    return max(cost, 0.0), c, d


@kernel
def search(
    spec: Whole, constants: Array, theta: Array, free: Flags, x: Array, y: Array, w: Array,
    lowest: Array, highest: Array, first: float, last: float,
) -> tuple[Array, float, bool]:  # fmt: skip
    """Find the global best of one logistic curve: a grid of midpoints and slopes, the best of each part refined.

    What is not free keeps its value in `theta`. Doses were tested from exp(first) to exp(last).
    """
    index = np.arange(5).reshape(1, 5)
    group = np.zeros(x.size, dtype=np.int64)
    symmetric = free[1] and free[2]
    span = max(last - first, 1.0)
    fall = np.empty(x.size)
    winner, winner_cost = theta.copy(), np.inf
    rounding = 0.0  # equal fits must not depend on it
    for k in range(x.size):
        rounding += 1e-12 * w[k] * y[k] * y[k]
    start = theta.copy()
    few = free.copy()
    few[4] = False
    even = spec.copy()
    even[0] = SYMMETRIC
    signs = 1 if symmetric or not free[0] else 2
    parts = 3 if free[0] else 1
    for sign in range(signs):
        for part in range(parts):
            best = np.inf
            for j in range(2):
                b = (0.5 * 2.0 ** (2 * part + j)) * (1.0 - 2.0 * sign) if free[0] else theta[0]
                for i in range(14 if free[3] else 1):
                    m = first + span * (1.3 * i / 13.0 - 0.15) if free[3] else theta[3]
                    for k in range(x.size):
                        fall[k] = 1.0 / (1.0 + math.exp(min(max(b * (x[k] - m), -300.0), 300.0)))
                    cost, c, d = _plateaus(fall, y, w, theta, free[1], free[2])
                    if cost < best:
                        best = cost
                        start[0], start[1], start[2], start[3] = b, c, d, m
            if not best < np.inf:
                continue
            start[4] = 0.0 if free[4] else theta[4]
            for k in range(5):
                start[k] = min(max(start[k], lowest[k]), highest[k]) if free[k] else theta[k]
            turns = 3 if free[4] else 1
            for turn in range(turns):
                # A fifth parameter starts where four have settled, from either way round.
                if turn == 2 and symmetric:
                    start[0], start[1], start[2] = -start[0], start[2], start[1]
                trial, cost, _ = refine(
                    spec if turn or not free[4] else even, constants, index, group, start, free if turn else few,
                    x, y, w, lowest, highest, 1e-8,
                )  # fmt: skip
                if turn == 0:
                    if symmetric and trial[1] > trial[2]:
                        trial[0], trial[1], trial[2] = -trial[0], trial[2], trial[1]
                    start = trial.copy()
                if turn == turns - 1 or turn > 0:
                    if cost < winner_cost * (1.0 - 1e-9) - rounding:
                        winner, winner_cost = trial, cost
    return refine(spec, constants, index, group, winner, free, x, y, w, lowest, highest, 1e-14)

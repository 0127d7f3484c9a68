"""A logistic curve from nothing but its points: each dose once, how far to look, the basin of the best fit."""

import math

import numpy as np

from swanneck.foundation.jit import kernel
from swanneck.statistics.fitting._fit_kernels import refine
from swanneck.statistics.fitting._model_kernels import (
    AT_SHARE,
    LOGISTIC,
    NORMAL,
    SYMMETRIC,
    THROUGH_LEVEL,
    Array,
    Flags,
    Whole,
    accumulate,
)  # fmt: skip

_STEP = 48.0  # a slope that is a step between any two doses


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
def scan(theta: Array, free: Flags, x: Array, y: Array, w: Array, first: float, last: float) -> Array:
    """Solve the plateaus on a grid of slopes and midpoints; rows [cost, b, c, d, m] by sign, slope, midpoint.

    What is not free keeps its value in `theta`. Doses were tested from exp(first) to exp(last). After the grid come,
    where slope and midpoint are free, steps that have one dose on their way down: a row per point and sign.
    """
    span = max(last - first, 1.0)
    slopes, places = _grid_shape(free)
    signs = 1 if (free[1] and free[2]) or not free[0] else 2
    steps = x.size if free[0] and free[3] else 0
    table = np.empty((signs * (slopes * places + steps), 5))
    fall = np.empty(x.size)
    row = 0
    for sign in range(signs):
        for j in range(slopes):
            b = 0.5 * 2.0**j * (1.0 - 2.0 * sign) if free[0] else theta[0]
            for i in range(places):
                m = first + span * (1.3 * i / 13.0 - 0.15) if free[3] else theta[3]
                for k in range(x.size):
                    fall[k] = 1.0 / (1.0 + math.exp(min(max(b * (x[k] - m), -300.0), 300.0)))
                cost, c, d = _plateaus(fall, y, w, theta, free[1], free[2])
                table[row, 0], table[row, 1], table[row, 2], table[row, 3], table[row, 4] = cost, b, c, d, m
                row += 1
    for sign in range(signs):
        b = _STEP * (1.0 - 2.0 * sign)
        for one in range(steps):
            before, after = _means_beside(x, y, w, x[one])
            c, d = (after, before) if b > 0.0 else (before, after)
            c, d = c if free[1] else theta[1], d if free[2] else theta[2]
            share = min(max((y[one] - c) / (d - c), 0.001), 0.999) if d != c else 0.5
            m = x[one] - math.log(1.0 / share - 1.0) / b
            cost = 0.0
            for k in range(x.size):
                gap = y[k] - c - (d - c) / (1.0 + math.exp(min(max(b * (x[k] - m), -300.0), 300.0)))
                cost += w[k] * gap * gap
            table[row, 0], table[row, 1], table[row, 2], table[row, 3], table[row, 4] = cost, b, c, d, m
            if not (first <= m <= last and math.isfinite(cost)):
                table[row, 0] = np.inf
            row += 1
    return table


@kernel
def _grid_shape(free: Flags) -> tuple[int, int]:
    """Give how many slopes and midpoints the grid of a scan has."""
    return 6 if free[0] else 1, 14 if free[3] else 1


@kernel
def _means_beside(x: Array, y: Array, w: Array, at: float) -> tuple[float, float]:
    """Give the mean response of lower and of higher doses than `at`; NaN where there are none."""
    before, n_before, after, n_after = 0.0, 0.0, 0.0, 0.0
    for k in range(x.size):
        if x[k] < at:
            before += w[k] * y[k]
            n_before += w[k]
        elif x[k] > at:
            after += w[k] * y[k]
            n_after += w[k]
    return before / n_before, after / n_after


@kernel
def search(
    spec: Whole, constants: Array, theta: Array, free: Flags, x: Array, y: Array, w: Array,
    lowest: Array, highest: Array, table: Array,
) -> tuple[Array, float, bool]:  # fmt: skip
    """Find the global best of one logistic curve: of a scan, the best of each part refined.

    What is not free keeps its value in `theta`.
    """
    index = np.arange(5).reshape(1, 5)
    group = np.zeros(x.size, dtype=np.int64)
    symmetric = free[1] and free[2]
    winner, winner_cost = theta.copy(), np.inf
    rounding = 0.0  # equal fits must not depend on it
    for k in range(x.size):
        rounding += 1e-12 * w[k] * y[k] * y[k]
    start = theta.copy()
    few = free.copy()
    few[4] = False
    even = spec.copy()
    even[0] = SYMMETRIC
    slopes, places = _grid_shape(free)
    for sign in range(1 if symmetric or not free[0] else 2):
        for part in range(3 if free[0] else 1):
            best = -1
            begin = (sign * slopes + 2 * part) * places
            for row in range(begin, begin + (2 if free[0] else 1) * places):
                if table[row, 0] < (table[best, 0] if best >= 0 else np.inf):
                    best = row
            if best < 0:
                continue
            for k in range(4):
                start[k] = table[best, k + 1]
            start[4] = 0.0 if free[4] else theta[4]
            for k in range(5):
                start[k] = min(max(start[k], lowest[k]), highest[k]) if free[k] else theta[k]
            turns = 3 if free[4] else 1
            for turn in range(turns):
                # A fifth parameter starts where four have settled, to either side; d stays the upper plateau.
                if turn > 0:
                    start[4] = 0.7 if turn == 1 else -0.7
                trial, cost, _ = refine(
                    spec if turn or not free[4] else even, constants, index, group, start, free if turn else few,
                    x, y, w, lowest, highest, 1e-5,
                )  # fmt: skip
                if turn == 0:
                    if symmetric and trial[1] > trial[2]:
                        trial[0], trial[1], trial[2] = -trial[0], trial[2], trial[1]
                    start = trial.copy()
                if turn == turns - 1 or turn > 0:
                    if cost < winner_cost * (1.0 - 1e-9) - rounding:
                        winner, winner_cost = trial, cost
    return refine(spec, constants, index, group, winner, free, x, y, w, lowest, highest, 1e-14)


@kernel
def farthest(
    spec: Whole, constants: Array, best: Array, most: float, free: Flags, x: Array, y: Array, w: Array,
    lowest: Array, highest: Array, table: Array,
) -> Array:  # fmt: skip
    """Of a scan's curves that cost at most `most`, give those with the least and the greatest value of each parameter.

    Shape (2, 5, 5): side, parameter, the whole curve; infinite the other way where no curve is allowed. Each proves
    that an interval reaches as far: a profile that was followed from the best curve may have missed another valley.
    """
    ends = np.empty((2, 5, 5))
    ends[0], ends[1] = np.inf, -np.inf
    index, group, place = np.arange(5).reshape(1, 5), np.zeros(x.size, dtype=np.int64), np.full(5, -1, dtype=np.int64)
    nothing, none, rows = np.empty((0, 0)), np.empty(0), np.empty((x.size, 0))
    mean, working, theta = np.empty(x.size), np.empty(x.size), best.copy()
    even = spec.copy()
    even[0] = SYMMETRIC if free[4] or best[4] == 0.0 else LOGISTIC
    own_cost = spec[1] == NORMAL and even[0] == SYMMETRIC
    for row in range(table.shape[0]):
        if own_cost and not table[row, 0] <= most:
            continue
        if not table[row, 0] < np.inf:
            continue
        for k in range(4):
            theta[k] = table[row, k + 1]
        theta[4] = 0.0 if free[4] else best[4]
        if free[1] and free[2] and theta[0] * best[0] < 0.0:
            theta[0], theta[1], theta[2] = -theta[0], theta[2], theta[1]
        inside = theta[0] * best[0] > 0.0
        for k in range(3):
            inside = inside and (not free[k] or lowest[k] <= theta[k] <= highest[k])
        if not inside:
            continue
        if not own_cost:
            cost = accumulate(
                even, constants, index, group, theta, place, x, y, w, nothing, none, rows, mean, working
            )  # fmt: skip
            if not cost <= most:
                continue
        if spec[0] == THROUGH_LEVEL or spec[0] == AT_SHARE:
            left = constants[0] if spec[0] == AT_SHARE else (constants[0] - theta[1]) / (theta[2] - theta[1])
            if not 0.0 < left < 1.0:
                continue
            theta[3] += math.log(left ** (-math.exp(-theta[4])) - 1.0) / theta[0]
            if not lowest[3] <= theta[3] <= highest[3]:
                continue
        for k in range(5):
            if free[k] and theta[k] < ends[0, k, k]:
                ends[0, k] = theta
            if free[k] and theta[k] > ends[1, k, k]:
                ends[1, k] = theta
    return ends

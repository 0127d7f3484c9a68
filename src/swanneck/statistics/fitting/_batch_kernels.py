"""Thousands of logistic curves in a row."""

import math

import numpy as np

from swanneck.foundation.jit import kernel
from swanneck.statistics.fitting._fit_kernels import half_hessian, profile_bound
from swanneck.statistics.fitting._matrix_kernels import invert
from swanneck.statistics.fitting._model_kernels import FLATTEST, NORMAL, SYMMETRIC, ZERO_DOSE, Array, Flags
from swanneck.statistics.fitting._start_kernels import bounds, collapse, farthest, scan, search


@kernel
def fit_many(
    logs: Array, responses: Array, weights: Array, theta: Array, free: Flags, quantiles: Array, profiled: Flags,
    limits: Array,
) -> tuple[Array, Array, Array, Array, Array, Array]:  # fmt: skip
    """Fit one symmetric logistic per row of `responses` by least squares, with errors and profile intervals.

    `logs` has one row for all curves or one per curve. `quantiles[df]` is the t quantile of an interval. `limits` holds
    the most b, and how far c and d and m may lie outside what was seen, in ranges and in ln dose. Gives
    estimates, standard errors, lower and upper bounds (infinite where open), and cost and degrees of freedom (-1: too
    few points; -2: not come to rest, -3: information not positive definite as third column).
    """
    count = responses.shape[0]
    wanted = 0
    for k in range(5):
        wanted += free[k]
    estimates, errors = np.full((count, 5), np.nan), np.full((count, 5), np.nan)
    lows, highs = np.full((count, 5), np.nan), np.full((count, 5), np.nan)
    costs, states = np.full(count, np.nan), np.zeros((count, 2), dtype=np.float64)
    index = np.arange(5).reshape(1, 5)
    spec, constants = np.array([SYMMETRIC, NORMAL]), np.zeros(2)
    for one in range(count):
        x, y, w, pure = collapse(logs[one if logs.shape[0] > 1 else 0], responses[one], weights[one])
        seen = 0
        for i in range(responses.shape[1]):
            seen += math.isfinite(responses[one, i]) and weights[one, i] > 0.0
        freedom = seen - wanted
        states[one, 0] = freedom
        if x.size < max(wanted, 2) or freedom < 1:
            states[one, 1] = -1.0
            continue
        if pure == 0.0 and y.max() - y.min() <= 1e-12 * np.abs(y).max():
            states[one, 1] = -4.0
            continue
        first, last = x[0] if x[0] > ZERO_DOSE else x[1], x[x.size - 1]
        lowest, highest = bounds(y, first, last, limits)
        group = np.zeros(x.size, dtype=np.int64)
        table = scan(theta, free, x, y, w, first, last)
        found, cost, rested = search(spec, constants, theta, free, x, y, w, lowest, highest, table)
        states[one, 1] = 0.0 if rested else -2.0
        for k in range(5):
            estimates[one, k] = found[k]
        costs[one] = cost + pure
        variance = (cost + pure) / freedom
        if found[0] > 0.0:
            lowest[0] = FLATTEST
        else:
            highest[0] = -FLATTEST
        observed, expected = half_hessian(spec, constants, index, group, found, free, x, y, w)
        inverse, sound = invert(observed)
        if not sound:
            inverse, sound = invert(expected)
            states[one, 1] = -3.0
        quantile = quantiles[min(freedom, quantiles.size - 1)]
        allowed = variance * quantile * quantile
        ends = farthest(spec, constants, found, cost + allowed, free, x, y, w, lowest, highest, table)
        a = -1
        for k in range(5):
            if not free[k]:
                continue
            a += 1
            error = math.sqrt(variance * inverse[a, a]) if sound else np.nan
            errors[one, k] = error
            if not profiled[k]:
                continue
            tangent = np.zeros(5)
            if sound:
                b = -1
                for j in range(5):
                    if free[j]:
                        b += 1
                        tangent[j] = inverse[b, a] / inverse[a, a]
            step = quantile * error if sound else 0.1 * (abs(found[k]) + 0.1)
            if not step > 0.0:
                continue
            step = min(step, 2.0) if k == 3 else step
            for side in range(2):
                bound = profile_bound(
                    spec, constants, index, group, found, cost, free, k, x, y, w, lowest, highest, tangent,
                    step if side else -step, allowed, ends[side, k],
                )  # fmt: skip
                if side:
                    highs[one, k] = np.inf if bound >= highest[k] else bound
                else:
                    lows[one, k] = -np.inf if bound <= lowest[k] else bound
    return estimates, errors, lows, highs, costs, states

"""One fit: down to the least cost, its curvature there, and its profiles. What is passed: see `_model_kernels`."""

import math

import numpy as np

from swanneck.foundation.jit import kernel
from swanneck.statistics.fitting._matrix_kernels import number_free, solve
from swanneck.statistics.fitting._model_kernels import Array, Flags, Whole, accumulate


@kernel
def refine(
    spec: Whole, constants: Array, index: Whole, group: Whole, start: Array, free: Flags,
    x: Array, y: Array, w: Array, lowest: Array, highest: Array, tolerance: float,
) -> tuple[Array, float, bool]:  # fmt: skip
    """Run Levenberg-Marquardt within bounds; give the parameters, their cost, and whether it came to rest."""
    size = start.size
    place, count = number_free(free)
    theta, trial = start.copy(), start.copy()
    n = x.size
    # One block for all that follows: this function is called dozens of times a curve.
    block = np.empty((n + 3 * count + 3, count))
    ends = np.empty((2, n))
    rows, mean, working = block[:n], ends[0], ends[1]
    normal, spare, work = (block[n : n + count], block[n + count : n + 2 * count], block[n + 2 * count : n + 3 * count])
    gradient, spare_gradient, step = block[n + 3 * count], block[n + 3 * count + 1], block[n + 3 * count + 2]
    rounding = 0.0
    for i in range(n):
        rounding += w[i] * y[i] * y[i]
    rounding *= 1e-15
    cost = accumulate(spec, constants, index, group, theta, place, x, y, w, normal, gradient, rows, mean, working)
    if count == 0 or not math.isfinite(cost):
        return theta, cost, count == 0
    damping = 1e-4
    for _ in range(300):
        # What is held by a bound does not take part in the step.
        for k in range(size):
            a = place[k]
            if a >= 0 and (
                (theta[k] <= lowest[k] and gradient[a] < 0.0) or (theta[k] >= highest[k] and gradient[a] > 0.0)
            ):
                gradient[a] = 0.0
                for b in range(count):
                    normal[a, b] = 0.0
                    normal[b, a] = 0.0
                normal[a, a] = 1.0
        if not solve(normal, gradient, damping, work, step):
            damping = max(damping * 10.0, 1e-8)
            if damping > 1e12:
                return theta, cost, False
            continue
        promised = 0.0
        for k in range(size):
            a = place[k]
            if a >= 0:
                promised += gradient[a] * step[a]
                trial[k] = min(max(theta[k] + step[a], lowest[k]), highest[k])
        if promised <= tolerance * cost + rounding:
            return theta, cost, True
        trial_cost = accumulate(
            spec, constants, index, group, trial, place, x, y, w, spare, spare_gradient, rows, mean, working
        )
        if trial_cost <= cost:
            gain = cost - trial_cost
            cost = trial_cost
            for k in range(size):
                theta[k] = trial[k]
            for a in range(count):
                gradient[a] = spare_gradient[a]
                for b in range(count):
                    normal[a, b] = spare[a, b]
            if gain > 0.5 * promised:
                damping = max(damping * 0.1, 1e-13)
        else:
            damping *= 8.0
            if damping > 1e12:
                return theta, cost, promised <= 1e-6 * cost + 10.0 * rounding
    return theta, cost, False


@kernel
def half_hessian(
    spec: Whole, constants: Array, index: Whole, group: Whole, theta: Array, free: Flags, x: Array, y: Array, w: Array,
) -> tuple[Array, Array]:  # fmt: skip
    """Give half the cost's Hessian (observed, by central differences of its gradient) and its Gauss-Newton form."""
    size = theta.size
    place, count = number_free(free)
    n = x.size
    rows, mean, working = np.empty((n, count)), np.empty(n), np.empty(n)
    expected, spare = np.empty((count, count)), np.empty((count, count))
    before, after = np.empty(count), np.empty(count)
    cost = accumulate(spec, constants, index, group, theta, place, x, y, w, expected, before, rows, mean, working)
    observed = np.empty((count, count))
    moved = theta.copy()
    for k in range(size):
        a = place[k]
        if a < 0:
            continue
        # A thousandth of a standard error, roughly: truncation and rounding are both far below the digits printed.
        h = 1e-3 * math.sqrt(max(cost, 1e-12) / n / max(expected[a, a], 1e-280))
        h = min(max(h, 1e-7 * (abs(theta[k]) + 1e-9)), 1e-2 * (abs(theta[k]) + 1e-2))
        moved[k] = theta[k] - h
        accumulate(spec, constants, index, group, moved, place, x, y, w, spare, before, rows, mean, working)
        moved[k] = theta[k] + h
        accumulate(spec, constants, index, group, moved, place, x, y, w, spare, after, rows, mean, working)
        moved[k] = theta[k]
        for b in range(count):
            observed[a, b] = (before[b] - after[b]) / (2.0 * h)
    for a in range(count):
        for b in range(a):
            both = 0.5 * (observed[a, b] + observed[b, a])
            observed[a, b] = both
            observed[b, a] = both
    return observed, expected


@kernel
def _follow(
    spec: Whole, constants: Array, index: Whole, group: Whole, origin: Array, origin_root: float, best_cost: float,
    free: Flags, chosen: int, x: Array, y: Array, w: Array, lowest: Array, highest: Array,
    tangent: Array, first_step: float, allowed: float,
) -> float:  # fmt: skip
    """Follow a profile on from `origin`, where the root of the cost's rise is `origin_root`."""
    direction = 1.0 if first_step > 0.0 else -1.0
    end: float = highest[chosen] if direction > 0.0 else lowest[chosen]
    others = free.copy()
    others[chosen] = False
    size = origin.size
    target = math.sqrt(allowed)
    inner, inner_root = 0.0, origin_root
    outer, outer_root = -1.0, 0.0
    reached = origin
    step = abs(first_step)
    trial = np.empty(size)
    precision = 1e-4 * allowed / (best_cost + allowed)
    for _ in range(60):
        at_end = step >= abs(end - origin[chosen])
        if at_end:
            step = abs(end - origin[chosen])
        for k in range(size):
            if free[k]:
                moved = reached[k] + tangent[k] * direction * (step - inner)
                trial[k] = min(max(moved, lowest[k]), highest[k])
            else:
                trial[k] = origin[k]
        trial[chosen] = end if at_end else origin[chosen] + direction * step
        theta, cost, _ = refine(spec, constants, index, group, trial, others, x, y, w, lowest, highest, precision)
        if not math.isfinite(cost):
            # Where the tangent left what is defined: start from the last place instead.
            for k in range(size):
                trial[k] = reached[k]
            trial[chosen] = end if at_end else origin[chosen] + direction * step
            theta, cost, _ = refine(spec, constants, index, group, trial, others, x, y, w, lowest, highest, 1e-8)
        root = math.sqrt(max(cost - best_cost, 0.0)) if math.isfinite(cost) else 2.0 * target
        if abs(root - target) <= 5e-4 * target:
            return float(origin[chosen] + direction * step)
        if root < target:
            if at_end:
                return end
            slope_from, slope_root = inner, inner_root
            inner, inner_root, reached = step, root, theta
            if outer < 0.0:
                rise = (inner_root - slope_root) / (inner - slope_from)
                ahead = (target - inner_root) / rise if rise > 0.0 else np.inf
                step = inner + min(1.02 * ahead, 1.5 * inner)
                continue
        else:
            outer, outer_root = step, root
        if outer - inner <= 1e-7 * outer:
            return float(origin[chosen] + direction * 0.5 * (inner + outer))
        share = (target - inner_root) / (outer_root - inner_root)
        step = inner + min(max(share, 0.05), 0.95) * (outer - inner)
    return float(origin[chosen] + direction * 0.5 * (inner + max(outer, inner)))


@kernel
def profile_bound(
    spec: Whole, constants: Array, index: Whole, group: Whole, best: Array, best_cost: float, free: Flags, chosen: int,
    x: Array, y: Array, w: Array, lowest: Array, highest: Array,
    tangent: Array, first_step: float, allowed: float, far: Array,
) -> float:  # fmt: skip
    """Follow the profile of one parameter, downwards where `first_step` is negative, until the cost rose by `allowed`.

    The root of the rise is nearly straight in the parameter (Bates and Watts 1988), which the search uses. `tangent` is
    how the others move with it. `far` is a curve known to be allowed: where it lies beyond what was found, the search
    goes on from there. Gives the bound of the parameter itself where the profile never rises that far.
    """
    found = _follow(
        spec, constants, index, group, best, 0.0, best_cost, free, chosen, x, y, w, lowest, highest, tangent,
        first_step, allowed,
    )  # fmt: skip
    ahead = far[chosen] - found if first_step > 0.0 else found - far[chosen]
    if not ahead > 1e-6 * abs(first_step):
        return found
    others = free.copy()
    others[chosen] = False
    origin, cost, _ = refine(spec, constants, index, group, far, others, x, y, w, lowest, highest, 1e-8)
    root = math.sqrt(max(cost - best_cost, 0.0))
    if not root < math.sqrt(allowed):
        return found
    return _follow(
        spec, constants, index, group, origin, root, best_cost, free, chosen, x, y, w, lowest, highest,
        np.zeros(best.size), 0.3 * first_step, allowed,
    )  # fmt: skip

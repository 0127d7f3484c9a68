"""Least squares and likelihood of response curves, their Hessian and their profiles; alone, jointly, and in batches.

A curve is a model (a number, see below) with its roles: logistic [b, c, d, m, g] with m = ln e and g = ln f,

    y = c + (d - c) / (1 + exp(b (ln x - m)))^f

SYMMETRIC is the same with f = 1, faster; biphasic [b1, c, d, m1, p, b2, m2]; constant [d]. `THROUGH_LEVEL` and
`AT_SHARE` are the logistic with m replaced by the logarithm z of the dose where it passes through a response, or has
lost a share of its span: so that a profile of z is a profile over that potency. Several curves may share parameters:
`index[group, role]` says where in the vector `theta` a role of a group stands. `free` marks what is fitted, `spec` has
the numbers of the model and of the distribution, `constants` the response or share that a potency is defined by and the
degrees of freedom of Student errors.

`cost` is what is made least: the sum of squares (NORMAL), the deviance (BINOMIAL, POISSON), or exp(deviance / n)
with the scale profiled out (STUDENT), which is a sum of squares but for a factor when nothing is far out. For all of
them cost's gradient is -2 sum(v r f') with working weights v, so that one Levenberg-Marquardt serves.
"""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

LOGISTIC, BIPHASIC, CONSTANT, THROUGH_LEVEL, AT_SHARE, SYMMETRIC = 0, 1, 2, 3, 4, 5
NORMAL, STUDENT, BINOMIAL, POISSON = 0, 1, 2, 3
ZERO_DOSE = -1e30  # stands for ln 0
FLATTEST = 1e-3  # a slope keeps its sign along its profile: at zero the other parameters mean nothing


@kernel
def _fall(t: float, log_f: float) -> tuple[float, float, float]:
    """Give (1 + e^t)^-f and its derivatives by t and by ln f."""
    if t > 0.0:
        u = math.exp(-t)
        s = 1.0 / (1.0 + u)
    else:
        u = math.exp(t)
        s = u / (1.0 + u)
    f = math.exp(log_f)
    soft = t + math.log1p(u) if t > 0.0 else math.log1p(u)
    fall = math.exp(-f * soft)
    return fall, -f * fall * s, -f * soft * fall if fall > 0.0 else 0.0


@kernel
def _fall_evenly(t: float) -> tuple[float, float]:
    """Give 1 / (1 + e^t) and its derivative."""
    if t > 0.0:
        u = math.exp(-t)
        fall = u / (1.0 + u)
    else:
        fall = 1.0 / (1.0 + math.exp(t))
    return fall, -fall * (1.0 - fall)


@kernel
def evaluate(model: int, level: float, p: Array, x: float, row: Array) -> float:
    """Give a curve's response at ln dose x and fill `row` with its derivatives by role; NaN where it is not defined."""
    if model == CONSTANT:
        row[0] = 1.0
        return float(p[0])
    span = p[2] - p[1]
    if model == BIPHASIC:
        first, first_t = _fall_evenly(p[0] * (x - p[3]))
        second, second_t = _fall_evenly(p[5] * (x - p[6]))
        both = p[4] * first + (1.0 - p[4]) * second
        row[0] = span * p[4] * first_t * (x - p[3])
        row[1] = 1.0 - both
        row[2] = both
        row[3] = -span * p[4] * first_t * p[0]
        row[4] = span * (first - second)
        row[5] = span * (1.0 - p[4]) * second_t * (x - p[6])
        row[6] = -span * (1.0 - p[4]) * second_t * p[5]
        return float(p[1] + span * both)
    if model == SYMMETRIC:
        fall, fall_t = _fall_evenly(p[0] * (x - p[3]))
        row[0] = span * fall_t * (x - p[3])
        row[1] = 1.0 - fall
        row[2] = fall
        row[3] = -span * fall_t * p[0]
        row[4] = 0.0
        return float(p[1] + span * fall)
    b, m = p[0], p[3]
    m_b, m_c, m_d, m_g = 0.0, 0.0, 0.0, 0.0
    if model != LOGISTIC:
        ratio = span / (level - p[1]) if model == THROUGH_LEVEL else 1.0 / level
        if not ratio > 1.0:
            return np.nan
        f = math.exp(p[4])
        power = ratio ** (1.0 / f)
        inner = power - 1.0
        if not inner > 0.0:
            return np.nan
        m = p[3] - math.log(inner) / b
        m_b = math.log(inner) / (b * b)
        m_g = power * math.log(ratio) / (b * inner * f)
        if model == THROUGH_LEVEL:
            m_r = -power / (b * inner * f * ratio)
            m_d = m_r / (level - p[1])
            m_c = m_r * (p[2] - level) / (level - p[1]) ** 2
    fall, fall_t, fall_g = _fall(b * (x - m), p[4])
    steep = -span * fall_t * b
    row[0] = span * fall_t * (x - m) + steep * m_b
    row[1] = 1.0 - fall + steep * m_c
    row[2] = fall + steep * m_d
    row[3] = steep
    row[4] = span * fall_g + steep * m_g
    return float(p[1] + span * fall)


@kernel
def student_scale(squares: Array, weights: Array, nu: float) -> float:
    """Find the variance of Student errors that makes their likelihood greatest."""
    n = squares.size
    scale = 0.0
    for i in range(n):
        scale += weights[i] * squares[i]
    scale = max(scale / n, 1e-300)
    for _ in range(200):
        total = 0.0
        for i in range(n):
            square = weights[i] * squares[i]
            total += (nu + 1.0) * square / (nu + square / scale)
        new = max(total / n, 1e-300)
        if abs(new - scale) <= 1e-11 * scale:
            return new
        scale = new
    return scale


@kernel
def _judge(kind: int, nu: float, mean: Array, y: Array, w: Array, working: Array) -> float:
    """Give the cost of these means and fill the working weights."""
    n = y.size
    cost = 0.0
    if kind == NORMAL:
        for i in range(n):
            gap = y[i] - mean[i]
            cost += w[i] * gap * gap
            working[i] = w[i]
        return cost
    if kind == STUDENT:
        squares = np.empty(n)
        for i in range(n):
            squares[i] = (y[i] - mean[i]) ** 2
        scale = student_scale(squares, w, nu)
        deviance = n * math.log(scale)
        for i in range(n):
            deviance += (nu + 1.0) * math.log1p(w[i] * squares[i] / (nu * scale))
        cost = n * math.exp(deviance / n)
        for i in range(n):
            working[i] = cost / n * (nu + 1.0) * w[i] / (nu * scale + w[i] * squares[i])
        return cost
    for i in range(n):
        if kind == BINOMIAL:
            mu = min(max(mean[i], 1e-10), 1.0 - 1e-10)
            if y[i] > 0.0:
                cost += 2.0 * w[i] * y[i] * math.log(y[i] / mu)
            if y[i] < 1.0:
                cost += 2.0 * w[i] * (1.0 - y[i]) * math.log((1.0 - y[i]) / (1.0 - mu))
            working[i] = w[i] / (mu * (1.0 - mu))
        else:
            mu = max(mean[i], 1e-10)
            if y[i] > 0.0:
                cost += 2.0 * w[i] * y[i] * math.log(y[i] / mu)
            cost -= 2.0 * w[i] * (y[i] - mu)
            working[i] = w[i] / mu
    return cost


@kernel
def accumulate(
    spec: Whole, constants: Array, index: Whole, group: Whole, theta: Array, place: Whole,
    x: Array, y: Array, w: Array, normal: Array, gradient: Array, rows: Array, mean: Array, working: Array,
) -> float:  # fmt: skip
    """Fill the normal equations of the free parameters and return the cost; infinite where a curve is not defined.

    `place` gives each parameter's row in the equations, -1 where it is fixed. `gradient` is minus half the cost's.
    """
    n, roles = x.size, index.shape[1]
    free = gradient.size
    p, row = np.empty(roles), np.empty(roles)
    last = -1
    for i in range(n):
        if group[i] != last:
            last = group[i]
            for r in range(roles):
                p[r] = theta[index[last, r]]
        mean[i] = evaluate(spec[0], constants[0], p, x[i], row)
        if not math.isfinite(mean[i]):
            return np.inf
        for a in range(free):
            rows[i, a] = 0.0
        for r in range(roles):
            a = place[index[last, r]]
            if a >= 0:
                rows[i, a] += row[r]
    cost = _judge(spec[1], constants[1], mean, y, w, working)
    for a in range(free):
        gradient[a] = 0.0
        for b in range(a + 1):
            normal[a, b] = 0.0
    for i in range(n):
        gap = working[i] * (y[i] - mean[i])
        for a in range(free):
            gradient[a] += gap * rows[i, a]
            scaled = working[i] * rows[i, a]
            for b in range(a + 1):
                normal[a, b] += scaled * rows[i, b]
    for a in range(free):
        for b in range(a):
            normal[b, a] = normal[a, b]
    return cost


@kernel
def _cholesky_solve(matrix: Array, vector: Array, damping: float, work: Array, out: Array) -> bool:
    """Solve (matrix + damping * its diagonal) out = vector; False where that is not positive definite."""
    n = vector.size
    for i in range(n):
        for j in range(i + 1):
            total = matrix[i, j]
            if i == j:
                total += damping * matrix[i, i] + 1e-280
            for k in range(j):
                total -= work[i, k] * work[j, k]
            if i == j:
                if not total > 1e-14 * matrix[i, i]:
                    return False
                work[i, i] = math.sqrt(total)
            else:
                work[i, j] = total / work[j, j]
    for i in range(n):
        total = vector[i]
        for k in range(i):
            total -= work[i, k] * out[k]
        out[i] = total / work[i, i]
    for i in range(n - 1, -1, -1):
        total = out[i]
        for k in range(i + 1, n):
            total -= work[k, i] * out[k]
        out[i] = total / work[i, i]
    return True


@kernel
def _places(free: Flags) -> tuple[Whole, int]:
    """Number the free parameters; -1 for the others."""
    place = np.full(free.size, -1, dtype=np.int64)
    count = 0
    for k in range(free.size):
        if free[k]:
            place[k] = count
            count += 1
    return place, count


@kernel
def refine(
    spec: Whole, constants: Array, index: Whole, group: Whole, start: Array, free: Flags,
    x: Array, y: Array, w: Array, lowest: Array, highest: Array, tolerance: float,
) -> tuple[Array, float, bool]:  # fmt: skip
    """Run Levenberg-Marquardt within bounds; give the parameters, their cost, and whether it came to rest."""
    size = start.size
    place, count = _places(free)
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
        if not _cholesky_solve(normal, gradient, damping, work, step):
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
    place, count = _places(free)
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
def invert(matrix: Array) -> tuple[Array, bool]:
    """Invert a symmetric positive definite matrix; False where it is not."""
    n = matrix.shape[0]
    inverse, work, unit, column = np.zeros((n, n)), np.empty((n, n)), np.zeros(n), np.empty(n)
    # Scaled to a unit diagonal, so that units of dose and response do not decide what is singular.
    scale = np.empty(n)
    for a in range(n):
        if not matrix[a, a] > 0.0:
            return inverse, False
        scale[a] = 1.0 / math.sqrt(matrix[a, a])
    scaled = np.empty((n, n))
    for a in range(n):
        for b in range(n):
            scaled[a, b] = matrix[a, b] * scale[a] * scale[b]
    for a in range(n):
        unit[a] = 1.0
        if not _cholesky_solve(scaled, unit, 0.0, work, column):
            return inverse, False
        unit[a] = 0.0
        for b in range(n):
            inverse[b, a] = column[b] * scale[a] * scale[b]
    return inverse, True


@kernel
def profile_bound(
    spec: Whole, constants: Array, index: Whole, group: Whole, best: Array, best_cost: float, free: Flags, chosen: int,
    x: Array, y: Array, w: Array, lowest: Array, highest: Array,
    tangent: Array, first_step: float, allowed: float,
) -> float:  # fmt: skip
    """Follow the profile of one parameter, downwards where `first_step` is negative, until the cost rose by `allowed`.

    The root of the rise is nearly straight in the parameter (Bates and Watts 1988), which the search uses. `tangent` is
    how the others move with it. Gives the bound of the parameter itself where the profile never rises that far.
    """
    direction = 1.0 if first_step > 0.0 else -1.0
    end: float = highest[chosen] if direction > 0.0 else lowest[chosen]
    others = free.copy()
    others[chosen] = False
    size = best.size
    target = math.sqrt(allowed)
    inner, inner_root = 0.0, 0.0
    outer, outer_root = -1.0, 0.0
    reached = best
    step = abs(first_step)
    trial = np.empty(size)
    precision = 1e-5 * allowed / (best_cost + allowed)
    for _ in range(60):
        at_end = step >= abs(end - best[chosen])
        if at_end:
            step = abs(end - best[chosen])
        for k in range(size):
            if free[k]:
                moved = reached[k] + tangent[k] * direction * (step - inner)
                trial[k] = min(max(moved, lowest[k]), highest[k])
            else:
                trial[k] = best[k]
        trial[chosen] = end if at_end else best[chosen] + direction * step
        theta, cost, _ = refine(spec, constants, index, group, trial, others, x, y, w, lowest, highest, precision)
        if not math.isfinite(cost):
            # Where the tangent left what is defined: start from the last place instead.
            for k in range(size):
                trial[k] = reached[k]
            trial[chosen] = end if at_end else best[chosen] + direction * step
            theta, cost, _ = refine(spec, constants, index, group, trial, others, x, y, w, lowest, highest, 1e-8)
        root = math.sqrt(max(cost - best_cost, 0.0)) if math.isfinite(cost) else 2.0 * target
        if abs(root - target) <= 5e-4 * target:
            return float(best[chosen] + direction * step)
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
            return float(best[chosen] + direction * 0.5 * (inner + outer))
        share = (target - inner_root) / (outer_root - inner_root)
        step = inner + min(max(share, 0.05), 0.95) * (outer - inner)
    return float(best[chosen] + direction * 0.5 * (inner + max(outer, inner)))


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
        found, cost, rested = search(spec, constants, theta, free, x, y, w, lowest, highest, first, last)
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
            quantile = quantiles[min(freedom, quantiles.size - 1)]
            step = quantile * error if sound else 0.1 * (abs(found[k]) + 0.1)
            if not step > 0.0:
                continue
            step = min(step, 2.0) if k == 3 else step
            allowed = variance * quantile * quantile
            for side in range(2):
                bound = profile_bound(
                    spec, constants, index, group, found, cost, free, k, x, y, w, lowest, highest, tangent,
                    step if side else -step, allowed,
                )  # fmt: skip
                if side:
                    highs[one, k] = np.inf if bound >= highest[k] else bound
                else:
                    lows[one, k] = -np.inf if bound <= lowest[k] else bound
    return estimates, errors, lows, highs, costs, states


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

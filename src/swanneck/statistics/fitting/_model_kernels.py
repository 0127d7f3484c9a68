"""The models of response curves and what is made least: values, derivatives, costs, normal equations.

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

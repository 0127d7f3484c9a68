"""Small symmetric matrices, solved and inverted by Cholesky; and which parameter has which row in them."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@kernel
def solve(matrix: Array, vector: Array, damping: float, work: Array, out: Array) -> bool:
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
        if not solve(scaled, unit, 0.0, work, column):
            return inverse, False
        unit[a] = 0.0
        for b in range(n):
            inverse[b, a] = column[b] * scale[a] * scale[b]
    return inverse, True


@kernel
def number_free(free: Flags) -> tuple[Whole, int]:
    """Number the free parameters; -1 for the others."""
    place = np.full(free.size, -1, dtype=np.int64)
    count = 0
    for k in range(free.size):
        if free[k]:
            place[k] = count
            count += 1
    return place, count

"""Kernel: the loop between two pairs of bases, for dimers and hairpins alike."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["loop_energy"]

_AT_ENTHALPY, _AT_ENTROPY = 2200.0, 6.9
_ASYMMETRY = -300.0 / 310.15


@kernel
def loop_energy(
    one: NDArray[np.uint8], other: NDArray[np.uint8], a: int, b: int, i: int, j: int,
    stack: NDArray[np.float64], mismatch: NDArray[np.float64], terminal: NDArray[np.float64],
    interior: NDArray[np.float64], bulge: NDArray[np.float64],
) -> tuple[float, float]:  # fmt: skip
    """Give the energy of the loop between the pairs (a, b) and (i, j), which lie further on in both strands.

    `other` is read from its 3' end. A loop of one base of each strand that could pair, and one with such bases beside
    its helices, is none: its enthalpy is 10^9.
    """
    first, second = i - a - 1, j - b - 1
    if first == 0 or second == 0:
        size = first + second
        enthalpy, entropy = 0.0, bulge[size]
        if size == 1:
            enthalpy += stack[one[a], one[i], other[b], other[j], 0]
            entropy += stack[one[a], one[i], other[b], other[j], 1]
        else:
            for base in (one[a], one[i]):
                if base == 0 or base == 3:
                    enthalpy += _AT_ENTHALPY
                    entropy += _AT_ENTROPY
        return enthalpy, entropy
    if first == 1 and second == 1:
        enthalpy = mismatch[one[a], one[a + 1], other[b], other[b + 1], 0]
        enthalpy += mismatch[other[j], other[j - 1], one[i], one[i - 1], 0]
        entropy = mismatch[one[a], one[a + 1], other[b], other[b + 1], 1]
        entropy += mismatch[other[j], other[j - 1], one[i], one[i - 1], 1]
        return enthalpy, entropy
    if one[a + 1] + other[b + 1] == 3 or one[i - 1] + other[j - 1] == 3:
        return 1e9, 0.0
    enthalpy = terminal[one[a], one[a + 1], other[b], other[b + 1], 0]
    enthalpy += terminal[other[j], other[j - 1], one[i], one[i - 1], 0]
    entropy = terminal[one[a], one[a + 1], other[b], other[b + 1], 1]
    entropy += terminal[other[j], other[j - 1], one[i], one[i - 1], 1]
    entropy += interior[first + second] + _ASYMMETRY * abs(first - second)
    return enthalpy, entropy

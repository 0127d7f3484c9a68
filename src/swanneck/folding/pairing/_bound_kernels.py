"""Kernel: what may follow each pair of a dimer at the most."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["BULGE_COSTS", "EDGE", "INTERIOR_COSTS", "bound_gains"]

BULGE_COSTS, INTERIOR_COSTS = 2899.0, 3497.0
"""In cal/mol: the cheapest bulge of more than one base, and the cheapest interior loop of more than two (three bases
are never even), without its mismatches."""

EDGE = 2
"""Places without a base at each end of a strand."""


@kernel
def bound_gains(
    one: NDArray[np.uint8], n: int, other: NDArray[np.uint8], m: int, places: NDArray[np.int64],
    starts: NDArray[np.int64], end: NDArray[np.float64], loop_ends: NDArray[np.float64], odd: NDArray[np.float64],
    steps: NDArray[np.float64], small_bulge: float, gain: NDArray[np.float64], far: NDArray[np.float64],
    plain: NDArray[np.float64], seeds: NDArray[np.float64], least: NDArray[np.float64],
) -> float:  # fmt: skip
    """Bound from below what may follow each pair, and give the free energy of the stablest dimer without loops.

    All energies are free energies, and tables flat. Fills `gain` with the bound, `far` with that where a bulge of
    several bases or an interior loop follows next, `plain` with what follows without loops, `seeds` with the bound on
    dimers that begin with the pair. `least` is scratch, by groups of four places: the least gain of pairs at or
    beyond a group, the same with the mismatch that closes an interior loop, and two rows of these that do not count
    yet.
    """
    width = other.size
    groups = (m + 2 * EDGE + 3) // 4
    least[:] = 1e9
    gain[: (n + 2 * EDGE) * width] = 1e9
    plain[: (n + 2 * EDGE) * width] = 1e9
    best = 1e9
    for i in range(n + EDGE - 1, EDGE - 1, -1):
        base, partner, before, after, second = one[i], 3 - one[i], one[i - 1], one[i + 1], one[i + 2]
        closings = 2 + (i & 1)
        lowest = 1e9
        for group in range(groups - 1, -1, -1):  # those of the row after next count from here on
            value = least[closings, group]
            lowest = value if value < lowest else lowest
            least[1, group] = lowest if lowest < least[1, group] else least[1, group]
            least[closings, group] = 1e9
        step, far_step = steps[5 * base + after], steps[5 * base + second]
        bulge_step, far_bulge = step + small_bulge, far_step + small_bulge
        ending, single = (5 * base + after) * 5, ((5 * base + after) * 5 + second) * 5
        for place in range(starts[partner], starts[partner + 1]):
            j = places[place]
            cell = i * width + j
            ahead, beyond = other[j - 1], other[j + 1]
            without = end[ending + beyond]
            follows = least[0, (j + 1) >> 2] + BULGE_COSTS
            value = loop_ends[ending + beyond] + INTERIOR_COSTS + least[1, (j + 2) >> 2]
            follows = value if value < follows else follows
            far[cell] = follows
            follows = without if without < follows else follows
            value = step + gain[cell + width + 1]
            follows = value if value < follows else follows
            value = odd[single + beyond] + gain[cell + 2 * width + 2]
            follows = value if value < follows else follows
            value = bulge_step + gain[cell + width + 2]
            follows = value if value < follows else follows
            value = far_bulge + gain[cell + 2 * width + 1]
            follows = value if value < follows else follows
            gain[cell] = follows
            value = step + plain[cell + width + 1]
            without = value if value < without else without
            plain[cell] = without
            opening = (5 * partner + ahead) * 5 + before
            value = end[opening] + without
            best = value if value < best else best
            seeds[cell] = follows + end[opening]
            value = follows + loop_ends[opening]
            group = j >> 2
            least[closings, group] = value if value < least[closings, group] else least[closings, group]
        lowest = 1e9
        for place in range(starts[partner + 1] - 1, starts[partner] - 1, -1):
            group = places[place] >> 2
            value = gain[i * width + places[place]]
            least[0, group] = value if value < least[0, group] else least[0, group]
        for group in range(groups - 1, -1, -1):
            lowest = least[0, group] if least[0, group] < lowest else lowest
            least[0, group] = lowest
    return best

"""Kernels: the stablest dimer of two oligos.

The second strand is read from its 3' end, so that helices run along diagonals. A pair takes over what melts last of
the stack on the pair before it and a helix that begins with it, or a loop to an earlier pair where that gives the
lower free energy at 37 degrees; the dimer is the pair from which the free energy with its end is the lowest.

Few of these count: first a bound tells from each pair back to front how much free energy what follows can add, and
the stablest dimer without loops. A loop is looked up only where the bound leaves hope for less than that.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.folding.pairing._bound_kernels import BULGE_COSTS, EDGE, INTERIOR_COSTS, bound_gains
from swanneck.folding.pairing._end_kernels import (
    START_ENTHALPY,
    end_table,
    free_energies,
    loop_end_table,
    single_mismatch_table,
)
from swanneck.folding.pairing._loop_kernels import loop_energy
from swanneck.foundation.jit import kernel

__all__ = ["dimer_energies"]

_NEVER = 1e8
_KELVIN_37 = 310.15
_START_ENTROPY, _SYMMETRY = -5.7, -1.4
_SLACK = 1e-6


@kernel
def _grow_helix(
    one: NDArray[np.uint8], other: NDArray[np.uint8], i: int, j: int, start: float, ends: NDArray[np.float64],
    stack: NDArray[np.float64],
) -> tuple[float, float, float]:  # fmt: skip
    """Give enthalpy, entropy and pairs of the helix that ends with a pair and has no loops."""
    back = 0
    while one[i - back - 1] + other[j - back - 1] == 3:
        back += 1
    enthalpy, entropy, number = 0.0, 0.0, 0.0
    for place in range(back, -1, -1):
        a, b = i - place, j - place
        opening = (5 * other[b] + other[b - 1]) * 5 + one[a - 1]
        x, y = ends[opening, 0], ends[opening, 1]
        if number > 0:
            stacked_x = enthalpy + stack[one[a - 1], one[a], other[b - 1], other[b], 0]
            stacked_y = entropy + stack[one[a - 1], one[a], other[b - 1], other[b], 1]
            if (stacked_x + START_ENTHALPY) * (y + start) > (x + START_ENTHALPY) * (stacked_y + start):
                enthalpy, entropy, number = stacked_x, stacked_y, number + 1
                continue
        enthalpy, entropy, number = x, y, 1.0
    return enthalpy, entropy, number


@kernel
def _small_loop(
    energies: NDArray[np.float64], cell: int, width: int, hope: float, single: float, far_step: float, step: float
) -> tuple[int, int, float]:
    """Give how far back the best loop of one or two bases begins in both strands, and its free energy; 0 for none."""
    a, b = 0, 0
    value = energies[cell - 2 * width - 2] + single
    if value < hope:
        a, b, hope = 2, 2, value
    value = energies[cell - 2 * width - 1] + far_step
    if value < hope:
        a, b, hope = 2, 1, value
    value = energies[cell - width - 2] + step
    if value < hope:
        a, b, hope = 1, 2, value
    return a, b, hope


@kernel
def _large_loop(
    one: NDArray[np.uint8], other: NDArray[np.uint8], i: int, j: int, a: int, b: int, hope: float, closing: float,
    longest: int, n_sources: int, sources: NDArray[np.int64], opened: NDArray[np.float64],
    energies: NDArray[np.float64], stack: NDArray[np.float64], mismatch: NDArray[np.float64],
    terminal: NDArray[np.float64], interior: NDArray[np.float64], bulge: NDArray[np.float64],
) -> tuple[int, int]:  # fmt: skip
    """Give where the best larger loop to a pair begins, or `a` and `b` where none is better than `hope`."""
    for p in range(n_sources):
        first, second = i - sources[p, 0] - 1, j - sources[p, 1] - 1
        size = first + second
        if second < 0 or size < 2 or size > longest or (first == 1 and second == 1):
            continue
        if first == 0 or second == 0:
            value = opened[p, 0] - _KELVIN_37 * bulge[size]
        else:
            value = opened[p, 1] + closing - _KELVIN_37 * interior[size]
        if value >= hope:
            continue
        x, y = loop_energy(one, other, sources[p, 0], sources[p, 1], i, j, stack, mismatch, terminal, interior, bulge)
        value = x - _KELVIN_37 * y + energies[sources[p, 0] * other.size + sources[p, 1]]
        if value < hope:
            a, b, hope = sources[p, 0], sources[p, 1], value
    return a, b


@kernel
def _open_loops(
    least: NDArray[np.float64], sources: NDArray[np.int64], opened: NDArray[np.float64], first: int, last: int,
    stop: int,
) -> None:  # fmt: skip
    """Let the sources from `first` to `last` count for all places from theirs."""
    for p in range(first, last):
        for kind in range(2):
            j = sources[p, 1]
            while j < stop and least[kind, j] > opened[p, kind]:
                least[kind, j] = opened[p, kind]
                j += 1


@kernel
def _mark_reached(
    reached: NDArray[np.bool_], gain: NDArray[np.float64], cell: int, width: int, left: float, step: float,
    far_step: float, single: float, small_bulge: float,
) -> None:  # fmt: skip
    """Mark the pairs to which the helix or a small loop may go on from a pair, where what is `left` suffices."""
    reached[cell + width + 1] |= step + gain[cell + width + 1] < left
    reached[cell + width + 2] |= step + small_bulge + gain[cell + width + 2] < left
    reached[cell + 2 * width + 1] |= far_step + small_bulge + gain[cell + 2 * width + 1] < left
    reached[cell + 2 * width + 2] |= single + gain[cell + 2 * width + 2] < left


@kernel
def _find_dimer(
    one: NDArray[np.uint8], n: int, other: NDArray[np.uint8], m: int, places: NDArray[np.int64],
    starts: NDArray[np.int64], wanted: float, start: float, longest: int, ends: NDArray[np.float64],
    end: NDArray[np.float64], loop_ends: NDArray[np.float64], odd: NDArray[np.float64], steps: NDArray[np.float64],
    stack: NDArray[np.float64], mismatch: NDArray[np.float64], terminal: NDArray[np.float64],
    interior: NDArray[np.float64], bulge: NDArray[np.float64], gain: NDArray[np.float64], far: NDArray[np.float64],
    seeds: NDArray[np.float64], energies: NDArray[np.float64], cells: NDArray[np.float64],
    reached: NDArray[np.bool_], sources: NDArray[np.int64], opened: NDArray[np.float64], least: NDArray[np.float64],
) -> tuple[float, float, float, float]:  # fmt: skip
    """Give free energy, enthalpy, entropy and pairs of the stablest dimer, if it is at most `wanted`.

    `start` is the entropy of the start and the strands. `energies` and `cells` are scratch for free energy, enthalpy,
    entropy and pairs of what ends with each pair, `reached` for the pairs that a helix or small loop goes on to;
    `sources` and `opened` for the pairs that a large loop may follow; `least` for the least energies of those before
    each place.
    """
    width = other.size
    best, best_enthalpy, best_entropy, best_pairs = 0.0, 0.0, 0.0, 0.0
    n_sources, n_done = 0, 0
    small_bulge = -_KELVIN_37 * bulge[1]
    energies[: (n + 2 * EDGE) * width] = 1e9
    reached[: (n + 2 * EDGE) * width] = False
    for i in range(EDGE, n + EDGE):
        base, partner, before, after, second = one[i], 3 - one[i], one[i - 1], one[i + 1], one[i - 2]
        if n_sources > 0 and n_done == 0:
            least[:2, : m + 2 * EDGE] = 1e9
        _open_loops(least, sources, opened, n_done, n_sources, m + EDGE)
        n_done = n_sources
        step = steps[5 * before + base] + small_bulge
        far_step = steps[5 * second + base] + small_bulge
        ending, single = (5 * base + after) * 5, ((5 * second + before) * 5 + base) * 5
        for place in range(starts[partner], starts[partner + 1]):
            j = places[place]
            cell = i * width + j
            ahead, beyond = other[j - 1], other[j + 1]
            opening = (5 * partner + ahead) * 5 + before
            closing = loop_ends[opening]
            far_hope = 1e9
            if n_done > 0:
                far_hope = min(least[0, j - 1] + BULGE_COSTS, least[1, j - 1] + closing + INTERIOR_COSTS)
            if seeds[cell] > wanted and not reached[cell] and far_hope + gain[cell] > wanted:
                continue
            enthalpy, entropy, number = ends[opening, 0], ends[opening, 1], 1.0
            if before + ahead == 3:
                last = cell - width - 1
                if energies[last] > _NEVER:
                    enthalpy, entropy, number = _grow_helix(one, other, i, j, start, ends, stack)
                else:
                    x = cells[last, 0] + stack[before, base, ahead, partner, 0]
                    y = cells[last, 1] + stack[before, base, ahead, partner, 1]
                    if (x + START_ENTHALPY) * (entropy + start) > (enthalpy + START_ENTHALPY) * (y + start):
                        enthalpy, entropy, number = x, y, cells[last, 2] + 1
            energy = enthalpy - _KELVIN_37 * entropy
            hope = min(energy, wanted - gain[cell])
            a, b, hope = _small_loop(energies, cell, width, hope, odd[single + ahead], far_step, step)
            if a > 0:
                a, b = i - a, j - b
            if far_hope < hope:
                a, b = _large_loop(one, other, i, j, a, b, hope, closing, longest, n_done, sources, opened, energies,
                                   stack, mismatch, terminal, interior, bulge)  # fmt: skip
            if a > 0:
                x, y = loop_energy(one, other, a, b, i, j, stack, mismatch, terminal, interior, bulge)
                x, y = x + cells[a * width + b, 0], y + cells[a * width + b, 1]
                if not (x > 0 and y > 0):
                    enthalpy, entropy, number = x, y, cells[a * width + b, 2] + 1
                    energy = x - _KELVIN_37 * y
            energies[cell] = energy
            cells[cell, 0], cells[cell, 1], cells[cell, 2] = enthalpy, entropy, number
            left = wanted - energy
            if far[cell] < left:
                sources[n_sources, 0], sources[n_sources, 1] = i, j
                opened[n_sources, 0], opened[n_sources, 1] = energy, energy + loop_ends[ending + beyond]
                n_sources += 1
            if energy + end[ending + beyond] < best:
                x, y = enthalpy + ends[ending + beyond, 0], entropy + ends[ending + beyond, 1]
                if x < 0 and y < 0:
                    best, best_enthalpy, best_entropy, best_pairs = x - _KELVIN_37 * y, x, y, number
                    wanted = min(wanted, best)
            _mark_reached(reached, gain, cell, width, left, steps[5 * base + after], steps[5 * base + one[i + 2]],
                          odd[((5 * base + after) * 5 + one[i + 2]) * 5 + beyond], small_bulge)  # fmt: skip
    return best, best_enthalpy, best_entropy, best_pairs


@kernel
def _lay_out(strands: NDArray[np.uint8], lengths: NDArray[np.int64], direction: int) -> NDArray[np.uint8]:
    """Give the strands, turned where `direction` is -1, with an edge of no bases at each end."""
    rows = np.full((strands.shape[0], strands.shape[1] + 2 * EDGE), 4, np.uint8)
    for row in range(strands.shape[0]):
        for place in range(lengths[row]):
            rows[row, place + EDGE] = strands[row, place if direction > 0 else lengths[row] - 1 - place]
    return rows


@kernel
def _sort_places(rows: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the places of each base in each row: those of A, of C, of G, of T; and where those of each begin."""
    places, starts = np.empty(rows.shape, np.int64), np.zeros((rows.shape[0], 5), np.int64)
    for row in range(rows.shape[0]):
        filled = 0
        for base in range(4):
            for place in range(rows.shape[1]):
                if rows[row, place] == base:
                    places[row, filled] = place
                    filled += 1
            starts[row, base + 1] = filled
    return places, starts


@kernel
def dimer_energies(
    first: NDArray[np.uint8], first_lengths: NDArray[np.int64], second: NDArray[np.uint8],
    second_lengths: NDArray[np.int64], pairs: NDArray[np.int64], gas_log: NDArray[np.float64], salt: float,
    longest: int, symmetric: NDArray[np.bool_],
    stack: NDArray[np.float64], mismatch: NDArray[np.float64], terminal: NDArray[np.float64],
    dangling_3: NDArray[np.float64], dangling_5: NDArray[np.float64], interior: NDArray[np.float64],
    bulge: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Give for each pair of oligos (rows of `first` and `second`, by `pairs`) enthalpy and entropy of their dimer.

    Oligos are rows of bases 0 to 3, 5' to 3'. `symmetric` marks pairs that are one palindrome; `gas_log` is the gas
    constant times the logarithm of the concentration for other pairs and for those. Nothing that pairs gives 0.
    """
    one, other = _lay_out(first, first_lengths, 1), _lay_out(second, second_lengths, -1)
    places, starts = _sort_places(other)
    cells_in_all = one.shape[1] * other.shape[1]
    gain, far, plain = np.empty(cells_in_all), np.empty(cells_in_all), np.empty(cells_in_all)
    seeds, energies, reached = np.empty(cells_in_all), np.empty(cells_in_all), np.empty(cells_in_all, np.bool_)
    cells, opened = np.empty((cells_in_all, 3)), np.empty((cells_in_all, 2))
    least, sources = np.empty((4, other.shape[1])), np.empty((cells_in_all, 2), np.int64)
    loop_ends, odd = loop_end_table(terminal).ravel(), single_mismatch_table(mismatch)
    steps, small_bulge = np.full(25, 1e9), -_KELVIN_37 * bulge[1]
    for base in range(4):
        for after in range(4):
            step = stack[base, after, 3 - base, 3 - after]
            steps[5 * base + after] = step[0] - _KELVIN_37 * step[1]
    result = np.zeros((pairs.shape[0], 2))
    for kind in range(2):
        begin = _START_ENTROPY + (_SYMMETRY if kind else 0.0)
        ends = end_table(begin, gas_log[kind], terminal, dangling_3, dangling_5).reshape(100, 2)
        end = free_energies(ends)
        start = begin + gas_log[kind]
        for p in range(pairs.shape[0]):
            if symmetric[p] != kind:
                continue
            a, b = pairs[p, 0], pairs[p, 1]
            n, m = first_lengths[a], second_lengths[b]
            wanted = bound_gains(one[a], n, other[b], m, places[b], starts[b], end, loop_ends, odd, steps,
                                  small_bulge, gain, far, plain, seeds, least) + _SLACK  # fmt: skip
            while True:
                best, enthalpy, entropy, number = _find_dimer(
                    one[a], n, other[b], m, places[b], starts[b], wanted, start, longest, ends, end, loop_ends, odd,
                    steps, stack, mismatch, terminal, interior, bulge, gain, far, seeds,
                    energies, cells, reached, sources, opened, least,
                )  # fmt: skip
                if best <= wanted or wanted > _NEVER:
                    break
                wanted = 1e9  # the helix that melts last is not always the stablest, which was hoped for
            if number:
                result[p, 0] = enthalpy + START_ENTHALPY
                result[p, 1] = entropy + begin + salt * (number - 1)
    return result

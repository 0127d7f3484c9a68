"""Kernels: the stablest dimer of two oligos.

The second strand is read from its 3' end, so that helices run along diagonals. A pair takes over what melts last of
the stack on the pair before it and a helix that begins with it, or a loop to an earlier pair where that gives the
lower free energy at 37 degrees; the dimer is the pair from which the free energy with its end is the lowest.

Few of these count: first a bound tells from each pair back to front how much free energy what follows can add, and
the stablest dimer without loops. A loop is looked up only where the bound leaves hope for less than that.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.folding.pairing._loop_kernels import loop_energy
from swanneck.foundation.jit import kernel

__all__ = ["dimer_energies"]

_NEVER = 1e8
_KELVIN_37 = 310.15
_AT_ENTHALPY, _AT_ENTROPY = 2200.0, 6.9
_START_ENTHALPY, _START_ENTROPY, _SYMMETRY = 200.0, -5.7, -1.4
# In cal/mol: the cheapest bulge of more than one base, and the cheapest interior loop of more than two (three bases
# are never even), without its mismatches.
_BULGE_COSTS, _INTERIOR_COSTS = 2899.0, 3497.0
_SLACK = 1e-6
_EDGE = 2  # places without a base at each end of a strand


@kernel
def _end(
    base: int, after: int, pair: int, behind: int, more_enthalpy: float, more_entropy: float, strands: float,
    terminal: NDArray[np.float64], dangling_3: NDArray[np.float64], dangling_5: NDArray[np.float64],
) -> tuple[float, float]:  # fmt: skip
    """Give what the end of a helix adds: of a terminal mismatch, dangling bases or nothing, what melts last.

    `base` pairs with `pair`; `after` follows `base` 3', `behind` lies 5' of `pair`; 4 is no base. Melting
    temperatures are those of the end and `more`, a helix or nothing.
    """
    weak = base == 0 or base == 3
    at_enthalpy, at_entropy = (_AT_ENTHALPY, _AT_ENTROPY) if weak else (0.0, 0.0)
    best_enthalpy, best_entropy = at_enthalpy, at_entropy
    best = (best_enthalpy + more_enthalpy) / (best_entropy + more_entropy + strands)
    choice_enthalpy, choice_entropy, melts = 0.0, 0.0, -1e30
    found = False
    if after < 4 and behind < 4:
        enthalpy = at_enthalpy + terminal[base, after, pair, behind, 0]
        entropy = at_entropy + terminal[base, after, pair, behind, 1]
        if enthalpy < _NEVER and enthalpy - _KELVIN_37 * entropy <= 0:
            choice_enthalpy, choice_entropy, found = enthalpy, entropy, True
            melts = (enthalpy + more_enthalpy) / (entropy + more_entropy + strands)
    if not (after < 4 and behind < 4 and after + behind == 3):
        enthalpy, entropy = at_enthalpy, at_entropy
        dangles = False
        if after < 4:
            enthalpy += dangling_3[base, pair, after, 0]
            entropy += dangling_3[base, pair, after, 1]
            dangles = True
        if behind < 4:
            enthalpy += dangling_5[base, pair, behind, 0]
            entropy += dangling_5[base, pair, behind, 1]
            dangles = True
        if dangles and enthalpy < _NEVER and enthalpy - _KELVIN_37 * entropy <= 0:
            value = (enthalpy + more_enthalpy) / (entropy + more_entropy + strands)
            if not found or value > melts:
                choice_enthalpy, choice_entropy, melts, found = enthalpy, entropy, value, True
    if found and melts >= best:
        return choice_enthalpy, choice_entropy
    return best_enthalpy, best_entropy


@kernel
def _ends(
    start_entropy: float, strands: float, terminal: NDArray[np.float64], dangling_3: NDArray[np.float64],
    dangling_5: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Give what each end of a helix adds, by its base, the base after it, and the base behind its pair."""
    table = np.zeros((4, 5, 5, 2))
    for base in range(4):
        for after in range(5):
            for behind in range(5):
                enthalpy, entropy = _end(
                    base, after, 3 - base, behind, _START_ENTHALPY, start_entropy, strands, terminal, dangling_3,
                    dangling_5,
                )  # fmt: skip
                table[base, after, behind, 0], table[base, after, behind, 1] = enthalpy, entropy
    return table


@kernel
def _loop_ends(terminal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the free energy of a mismatch beside a pair, by its base, the base after, and the one behind its pair."""
    table = np.full((4, 5, 5), 1e9)
    for base in range(4):
        for after in range(4):
            for behind in range(4):
                if after + behind != 3:
                    entropy = terminal[base, after, 3 - base, behind, 1]
                    table[base, after, behind] = terminal[base, after, 3 - base, behind, 0] - _KELVIN_37 * entropy
    return table


@kernel
def _free_energies(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return table[..., 0] - _KELVIN_37 * table[..., 1]


@kernel
def _bound_gains(
    one: NDArray[np.uint8], n: int, other: NDArray[np.uint8], m: int, places: NDArray[np.int64],
    starts: NDArray[np.int64], end: NDArray[np.float64], loop_ends: NDArray[np.float64], odd: NDArray[np.float64],
    stack: NDArray[np.float64], small_bulge: float, gain: NDArray[np.float64], far: NDArray[np.float64],
    plain: NDArray[np.float64], least: NDArray[np.float64],
) -> float:  # fmt: skip
    """Bound from below what may follow each pair, and give the free energy of the stablest dimer without loops.

    All energies are free energies. Fills `gain` with the bound, `far` with that where a bulge of several bases or an
    interior loop follows next, `plain` with what follows without loops. `least[0]` and `least[1]` are scratch: the
    least gain, and the least with the mismatch that closes an interior loop, of pairs at or beyond each place.
    """
    least[:, : m + 2 * _EDGE] = 1e9
    best = 1e9
    for i in range(n + _EDGE - 1, _EDGE - 1, -1):
        base = one[i]
        before, after = one[i - 1], one[i + 1]
        if i + 2 < n + _EDGE:
            for place in range(starts[3 - one[i + 2]], starts[4 - one[i + 2]]):
                j = places[place]
                value = gain[i + 2, j] + loop_ends[other[j], other[j - 1], after]
                while j >= 0 and least[1, j] > value:
                    least[1, j] = value
                    j -= 1
        for place in range(starts[3 - base], starts[4 - base]):
            j = places[place]
            beyond, next_one, next_other = other[j + 1], one[i + 2], other[j + 2]
            without = end[base, after, beyond]
            value = without
            follows = least[0, j + 1] + _BULGE_COSTS
            if after + beyond == 3:
                step = stack[base, after, 3 - base, beyond]
                without = min(without, step + plain[i + 1, j + 1])
                value = min(value, step + gain[i + 1, j + 1])
            else:
                follows = min(follows, loop_ends[base, after, beyond] + _INTERIOR_COSTS + least[1, j + 2])
                if next_one + next_other == 3:
                    value = min(value, odd[base, after, beyond] + odd[next_other, beyond, after] + gain[i + 2, j + 2])
            if after + next_other == 3:
                value = min(value, stack[base, after, 3 - base, next_other] + small_bulge + gain[i + 1, j + 2])
            if next_one + beyond == 3:
                value = min(value, stack[base, next_one, 3 - base, beyond] + small_bulge + gain[i + 2, j + 1])
            plain[i, j], gain[i, j], far[i, j] = without, min(value, follows), follows
            best = min(best, end[3 - base, other[j - 1], before] + without)
        for place in range(starts[3 - base], starts[4 - base]):
            j = places[place]
            value = gain[i, j]
            while j >= 0 and least[0, j] > value:
                least[0, j] = value
                j -= 1
    return best


@kernel
def _find_dimer(
    one: NDArray[np.uint8], n: int, other: NDArray[np.uint8], m: int, places: NDArray[np.int64],
    starts: NDArray[np.int64], wanted: float, start: float, longest: int, ends: NDArray[np.float64],
    end: NDArray[np.float64], loop_ends: NDArray[np.float64], odd: NDArray[np.float64], steps: NDArray[np.float64],
    stack: NDArray[np.float64], mismatch: NDArray[np.float64], terminal: NDArray[np.float64],
    interior: NDArray[np.float64], bulge: NDArray[np.float64], gain: NDArray[np.float64], far: NDArray[np.float64],
    cells: NDArray[np.float64], sources: NDArray[np.int64], opened: NDArray[np.float64],
) -> tuple[float, float, float, float]:  # fmt: skip
    """Give free energy, enthalpy, entropy and pairs of the stablest dimer, if it is at most `wanted`.

    `start` is the entropy of the start and the strands. `cells` is scratch for enthalpy, entropy, free energy and
    pairs of what ends with each pair; `sources` and `opened` for the pairs that a large loop may follow.
    """
    best, best_enthalpy, best_entropy, best_pairs = 0.0, 0.0, 0.0, 0.0
    n_sources, n_done = 0, 0
    least_bulge, least_interior = 1e9, 1e9
    for i in range(_EDGE, n + _EDGE):
        base, partner = one[i], 3 - one[i]
        before, after = one[i - 1], one[i + 1]
        for p in range(n_done, n_sources):
            least_bulge, least_interior = min(least_bulge, opened[p, 0]), min(least_interior, opened[p, 1])
        n_done = n_sources
        for place in range(starts[partner], starts[partner + 1]):
            j = places[place]
            ahead, beyond = other[j - 1], other[j + 1]
            enthalpy, entropy, number = ends[partner, ahead, before, 0], ends[partner, ahead, before, 1], 1.0
            if before + ahead == 3:
                x = cells[i - 1, j - 1, 0] + stack[before, base, ahead, partner, 0]
                y = cells[i - 1, j - 1, 1] + stack[before, base, ahead, partner, 1]
                if (x + _START_ENTHALPY) * (entropy + start) > (enthalpy + _START_ENTHALPY) * (y + start):
                    enthalpy, entropy, number = x, y, cells[i - 1, j - 1, 3] + 1
            energy = enthalpy - _KELVIN_37 * entropy
            hope = min(energy, wanted - gain[i, j])
            for small in range(3):
                a, b = i - 2 + (small == 1), j - 2 + (small == 2)
                if one[a] + other[b] != 3:
                    continue
                if small == 0:
                    least = cells[a, b, 2] + odd[one[a], before, ahead] + odd[partner, ahead, before]
                else:
                    least = cells[a, b, 2] + steps[one[a], base, other[b], partner]
                if least < hope:
                    x, y = loop_energy(one, other, a, b, i, j, stack, mismatch, terminal, interior, bulge)
                    x, y = x + cells[a, b, 0], y + cells[a, b, 1]
                    if not (x > 0 and y > 0):
                        enthalpy, entropy, number = x, y, cells[a, b, 3] + 1
                        energy = x - _KELVIN_37 * y
                        hope = energy
            closing = loop_ends[partner, ahead, before]
            if min(least_bulge + _BULGE_COSTS, least_interior + closing + _INTERIOR_COSTS) < hope:
                for p in range(n_done):
                    a, b = sources[p, 0], sources[p, 1]
                    first, second = i - a - 1, j - b - 1
                    size = first + second
                    if second < 0 or size < 2 or size > longest or (first == 1 and second == 1):
                        continue
                    if first == 0 or second == 0:
                        least = opened[p, 0] - _KELVIN_37 * bulge[size]
                    else:
                        least = opened[p, 1] + closing - _KELVIN_37 * interior[size]
                    if least >= hope:
                        continue
                    x, y = loop_energy(one, other, a, b, i, j, stack, mismatch, terminal, interior, bulge)
                    x, y = x + cells[a, b, 0], y + cells[a, b, 1]
                    if x - _KELVIN_37 * y < hope and not (x > 0 and y > 0):
                        enthalpy, entropy, number = x, y, cells[a, b, 3] + 1
                        energy = x - _KELVIN_37 * y
                        hope = energy
            cells[i, j, 0], cells[i, j, 1], cells[i, j, 2], cells[i, j, 3] = enthalpy, entropy, energy, number
            if energy + far[i, j] < wanted:
                sources[n_sources, 0], sources[n_sources, 1] = i, j
                opened[n_sources, 0], opened[n_sources, 1] = energy, energy + loop_ends[base, after, beyond]
                n_sources += 1
            if energy + end[base, after, beyond] < best:
                x, y = enthalpy + ends[base, after, beyond, 0], entropy + ends[base, after, beyond, 1]
                if x < 0 and y < 0:
                    best, best_enthalpy, best_entropy, best_pairs = x - _KELVIN_37 * y, x, y, number
    return best, best_enthalpy, best_entropy, best_pairs


@kernel
def _lay_out(strands: NDArray[np.uint8], lengths: NDArray[np.int64], direction: int) -> NDArray[np.uint8]:
    """Give the strands, turned where `direction` is -1, with an edge of no bases at each end."""
    rows = np.full((strands.shape[0], strands.shape[1] + 2 * _EDGE), 4, np.uint8)
    for row in range(strands.shape[0]):
        for place in range(lengths[row]):
            rows[row, place + _EDGE] = strands[row, place if direction > 0 else lengths[row] - 1 - place]
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
    shape = one.shape[1], other.shape[1]
    gain, far, plain, cells = np.empty(shape), np.empty(shape), np.empty(shape), np.empty((*shape, 4))
    least, sources = np.empty((2, shape[1])), np.empty((shape[0] * shape[1], 2), np.int64)
    opened = np.empty((shape[0] * shape[1], 2))
    loop_ends, odd, steps = _loop_ends(terminal), _loop_ends(mismatch), _free_energies(stack)
    small_bulge = -_KELVIN_37 * bulge[1]
    bulges = steps + small_bulge
    result = np.zeros((pairs.shape[0], 2))
    for kind in range(2):
        begin = _START_ENTROPY + (_SYMMETRY if kind else 0.0)
        ends = _ends(begin, gas_log[kind], terminal, dangling_3, dangling_5)
        end = _free_energies(ends)
        start = begin + gas_log[kind]
        for p in range(pairs.shape[0]):
            if symmetric[p] != kind:
                continue
            a, b = pairs[p, 0], pairs[p, 1]
            n, m = first_lengths[a], second_lengths[b]
            wanted = _bound_gains(one[a], n, other[b], m, places[b], starts[b], end, loop_ends, odd, steps,
                                  small_bulge, gain, far, plain, least) + _SLACK  # fmt: skip
            while True:
                best, enthalpy, entropy, number = _find_dimer(
                    one[a], n, other[b], m, places[b], starts[b], wanted, start, longest, ends, end, loop_ends, odd,
                    bulges, stack, mismatch, terminal, interior, bulge, gain, far, cells, sources, opened,
                )  # fmt: skip
                if best <= wanted or wanted > _NEVER:
                    break
                wanted = 1e9  # the helix that melts last is not always the stablest, which was hoped for
            if number:
                result[p, 0] = enthalpy + _START_ENTHALPY
                result[p, 1] = entropy + begin + salt * (number - 1)
    return result

"""Kernels: the stablest dimer of two oligos.

The second strand of a dimer is read from its 3' end, so that helices run along diagonals. Of all structures that end
with a pair, the one with the highest melting temperature is kept, as of all ends.
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
# In cal/mol: no structure that ends with a pair is weaker (a pair of A and T alone costs 60); the cheapest bulge of
# more than one base; the cheapest interior loop of more than two without its mismatches (three bases are never even);
# the mismatch that saves most.
_WEAKEST, _BULGE_COSTS, _INTERIOR_COSTS, _LEAST_CLOSING = 100.0, 2899.0, 3497.0, -1193.0
_LEAST_BULGE, _LEAST_END = 1757.0, -1200.0  # a bulge of one base with the stablest stack; the stablest end


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
def _dimer(
    one: NDArray[np.uint8], n: int, other: NDArray[np.uint8], m: int, strands: float, start_entropy: float,
    salt: float, longest: int, ends: NDArray[np.float64], loop_ends: NDArray[np.float64], odd: NDArray[np.float64],
    stack: NDArray[np.float64], mismatch: NDArray[np.float64], terminal: NDArray[np.float64],
    interior: NDArray[np.float64], bulge: NDArray[np.float64], enthalpies: NDArray[np.float64],
    entropies: NDArray[np.float64], lengths: NDArray[np.int64], places: NDArray[np.int64],
    opened: NDArray[np.float64], energies: NDArray[np.float64], least: NDArray[np.float64],
    sorted_places: NDArray[np.int64], starts: NDArray[np.int64],
) -> tuple[float, float, int]:  # fmt: skip
    """Give enthalpy and entropy (salt included) of the stablest dimer and the number of its pairs; `other` is 3' to 5'.

    `strands` is the gas constant times the logarithm of the strands' concentration. The last nine arrays are scratch:
    enthalpy, entropy and pairs of the best structure that ends with each pair; the pairs from which a loop may go on,
    and the free energy there without and with the mismatch that opens an interior loop; the free energies; the least
    of what is open in a column or before it. A larger loop is looked for
    only where what is before it leaves enough for the cheapest, and another pair follows or the dimer could end there.
    """
    start = start_entropy + strands
    best, best_enthalpy, best_entropy, pairs = 0.0, 0.0, 0.0, 0
    found = False
    count, done = 0, 0
    filled = 0
    for base in range(4):  # the places of each base: those of one are all that a base of the other strand pairs with
        starts[base] = filled
        for j in range(m):
            if other[j] == base:
                sorted_places[filled] = j
                filled += 1
    starts[4] = filled
    for j in range(m):
        least[j, 0], least[j, 1] = 1e9, 1e9
    for i in range(n):
        wanted = 3 - one[i]
        before = one[i - 1] if i > 0 else 4
        after = one[i + 1] if i + 1 < n else 4
        for p in range(done, count):  # what was found in the row before
            for j in range(places[p, 1], m):
                least[j, 0], least[j, 1] = min(least[j, 0], opened[p, 0]), min(least[j, 1], opened[p, 1])
        done = count
        for place in range(starts[wanted], starts[wanted + 1]):
            j = sorted_places[place]
            ahead = other[j - 1] if j > 0 else 4
            enthalpy, entropy = ends[wanted, ahead, before, 0], ends[wanted, ahead, before, 1]
            number = 1
            if i > 0 and j > 0:
                if before + ahead == 3:
                    x = enthalpies[i - 1, j - 1] + stack[before, one[i], ahead, wanted, 0]
                    y = entropies[i - 1, j - 1] + stack[before, one[i], ahead, wanted, 1]
                    if (x + _START_ENTHALPY) * (entropy + start) > (enthalpy + _START_ENTHALPY) * (y + start):
                        enthalpy, entropy, number = x, y, lengths[i - 1, j - 1] + 1
                energy = enthalpy - _KELVIN_37 * entropy
                for small in range(3):
                    a, b = i - 2 + (small == 1), j - 2 + (small == 2)
                    if a < 0 or b < 0 or one[a] + other[b] != 3:
                        continue
                    if small == 0:
                        hope = energies[a, b] + odd[one[a], before, ahead] + odd[wanted, ahead, before]
                    else:
                        hope = energies[a, b] + _LEAST_BULGE
                    if hope < energy:
                        x, y = loop_energy(one, other, a, b, i, j, stack, mismatch, terminal, interior, bulge)
                        x += enthalpies[a, b]
                        y += entropies[a, b]
                        if x - _KELVIN_37 * y < energy and not (x > 0 and y > 0):
                            enthalpy, entropy, number = x, y, lengths[a, b] + 1
                            energy = x - _KELVIN_37 * y
                closing = loop_ends[wanted, ahead, before]
                hope = min(least[j - 1, 0] + _BULGE_COSTS, least[j - 1, 1] + closing + _INTERIOR_COSTS)
                followed = i + 1 < n and j + 1 < m and after + other[j + 1] == 3
                if hope < energy and (followed or hope + _LEAST_END < best):
                    for p in range(done - 1, -1, -1):
                        first, second = i - places[p, 0] - 1, j - places[p, 1] - 1
                        if second < 0:
                            continue
                        if first > longest:
                            break
                        if first == 0 or second == 0:
                            size = first + second
                            if size < 2 or size > longest or opened[p, 0] - _KELVIN_37 * bulge[size] >= energy:
                                continue
                        elif (
                            first + second > longest
                            or opened[p, 1] + closing - _KELVIN_37 * interior[first + second] >= energy
                            or (first == 1 and second == 1)
                        ):
                            continue
                        a, b = places[p, 0], places[p, 1]
                        x, y = loop_energy(one, other, a, b, i, j, stack, mismatch, terminal, interior, bulge)
                        x += enthalpies[a, b]
                        y += entropies[a, b]
                        if x - _KELVIN_37 * y < energy and not (x > 0 and y > 0):
                            enthalpy, entropy, number = x, y, lengths[a, b] + 1
                            energy = x - _KELVIN_37 * y
            enthalpies[i, j], entropies[i, j], lengths[i, j] = enthalpy, entropy, number
            beyond = other[j + 1] if j + 1 < m else 4
            energy = enthalpy - _KELVIN_37 * entropy
            energies[i, j] = energy
            opening = energy + loop_ends[one[i], after, beyond]
            if energy + _BULGE_COSTS < _WEAKEST or opening + _INTERIOR_COSTS + _LEAST_CLOSING < _WEAKEST:
                places[count, 0], places[count, 1] = i, j
                opened[count, 0], opened[count, 1] = energy, opening
                count += 1
            x = enthalpy + ends[one[i], after, beyond, 0]
            y = entropy + ends[one[i], after, beyond, 1]
            if x < 0 and y < 0 and (not found or x - _KELVIN_37 * y < best):
                found = True
                best, best_enthalpy, best_entropy, pairs = x - _KELVIN_37 * y, x, y, number
    if not found:
        return 0.0, 0.0, 0
    return best_enthalpy + _START_ENTHALPY, best_entropy + start_entropy + salt * (pairs - 1), pairs


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

    Oligos are rows of at most 64 bases 0 to 3, 5' to 3'. `symmetric` marks pairs that are one palindrome; `gas_log`
    is the gas constant times the logarithm of the concentration for other pairs and for those. Nothing that pairs
    gives 0.
    """
    long_one, long_other = first.shape[1], second.shape[1]
    enthalpies, entropies = np.empty((long_one, long_other)), np.empty((long_one, long_other))
    lengths, turned = np.empty((long_one, long_other), np.int64), np.empty(long_other, np.uint8)
    places, opened = np.empty((long_one * long_other, 2), np.int64), np.empty((long_one * long_other, 2))
    plain = _ends(_START_ENTROPY, gas_log[0], terminal, dangling_3, dangling_5)
    palindromic = _ends(_START_ENTROPY + _SYMMETRY, gas_log[1], terminal, dangling_3, dangling_5)
    loop_ends, odd = _loop_ends(terminal), _loop_ends(mismatch)
    energies, least = np.empty((long_one, long_other)), np.empty((long_other, 2))
    sorted_places, starts = np.empty(long_other, np.int64), np.empty(5, np.int64)
    result = np.zeros((pairs.shape[0], 2))
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        m = second_lengths[b]
        for j in range(m):
            turned[j] = second[b, m - 1 - j]
        strands = gas_log[1] if symmetric[p] else gas_log[0]
        start = _START_ENTROPY + (_SYMMETRY if symmetric[p] else 0.0)
        ends = palindromic if symmetric[p] else plain
        enthalpy, entropy, _ = _dimer(
            first[a], first_lengths[a], turned, m, strands, start, salt, longest, ends, loop_ends, odd, stack, mismatch,
            terminal, interior, bulge, enthalpies, entropies, lengths, places, opened, energies, least,
            sorted_places, starts,
        )  # fmt: skip
        result[p, 0], result[p, 1] = enthalpy, entropy
    return result

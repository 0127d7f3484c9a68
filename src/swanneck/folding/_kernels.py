"""Energies of loops, and the recursions over them. Energies in 0.01 kcal/mol; bases 0 to 3; positions from 0.

Interior loops are split into those with their own tables or a single base on one side, and the rest, whose energy is a
sum of a length term, an asymmetry term and one mismatch at either end. The rest is not searched pair by pair: the best
inner end for each loop size follows from the loop two bases shorter (Lyngso, Zuker, Pedersen 1999, Bioinformatics
15:440), a whole row at a time.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.folding.energy_model import EnergyModel
from swanneck.foundation.jit import kernel

__all__ = [
    "asymmetry_energy",
    "fold_tables",
    "hairpin_energy",
    "interior_energy",
    "length_energy",
    "loop_energy",
    "lower",
    "special_energy",
    "structure_energy",
    "trace_fold",
]

Floats = NDArray[Any]  # float32 or float64

LONGEST_LOOP = 30  # unpaired bases of an interior loop that a search looks at
RING = 32  # rows of the past that interior loops reach back to
LONG_LOOP_SLOPE = 107.856  # 0.01 kcal/mol per unit of ln(length / 30); Jacobson and Stockmayer's extrapolation


@kernel
def length_energy(table: Floats, length: int) -> Any:
    """The term of a loop's length: tabled up to 30 bases, logarithmic beyond."""
    if length <= LONGEST_LOOP:
        return table[length]
    return table[LONGEST_LOOP] + math.floor(LONG_LOOP_SLOPE * math.log(length / LONGEST_LOOP))


@kernel
def special_energy(model: EnergyModel, code: int, otherwise: float) -> Any:
    """The measured energy of a whole hairpin, if it is one of those."""
    where = np.searchsorted(model.special_codes, code)
    if where < model.special_codes.size and model.special_codes[where] == code:
        return model.special_energies[where]
    return otherwise


@kernel
def hairpin_energy(model: EnergyModel, bases: NDArray[np.int64], i: int, j: int) -> Any:
    """The hairpin that the pair i, j closes."""
    length = j - i - 1
    kind = model.pair_type[bases[i], bases[j]]
    energy = length_energy(model.hairpin_length, length)
    if length == 3:
        energy += model.terminal[kind]
    else:
        energy += model.mismatch_hairpin[kind, bases[i + 1], bases[j - 1]]
    if length == 3 or length == 4 or length == 6:
        code = 1
        for k in range(i, j + 1):
            code = 4 * code + bases[k]
        energy = special_energy(model, code, energy)
    return energy


@kernel
def interior_energy(
    model: EnergyModel,
    left: int,
    right: int,
    outer: int,
    inner: int,
    after_i: int,
    before_j: int,
    before_p: int,
    after_q: int,
) -> Any:
    """A stack, bulge or interior loop with `left` and `right` unpaired bases; the inner pair is read
    from its 3' base."""
    longer = max(left, right)
    shorter = min(left, right)
    if longer == 0:
        return model.stack[outer, inner]
    if shorter == 0:
        energy = length_energy(model.bulge_length, longer)
        if longer == 1:
            return energy + model.stack[outer, inner]
        return energy + model.terminal[outer] + model.terminal[inner]
    if longer == 1:
        return model.interior_1x1[outer, inner, after_i, before_j]
    if shorter == 1 and longer == 2:
        if left == 1:
            return model.interior_1x2[outer, inner, after_i, after_q, before_j]
        return model.interior_1x2[inner, outer, after_q, after_i, before_p]
    energy = length_energy(model.interior_length, left + right)
    if shorter == 2 and longer == 2:
        return model.interior_2x2[outer, inner, after_i, before_p, after_q, before_j]
    energy += min(model.asymmetry_limit, model.asymmetry * (longer - shorter))
    if shorter == 1:
        return energy + model.closure_interior_1xn[outer] + model.closure_interior_1xn[inner]
    if shorter == 2 and longer == 3:
        table = model.mismatch_interior_2x3
    else:
        table = model.mismatch_interior
    return energy + table[outer, after_i, before_j] + table[inner, after_q, before_p]


@kernel
def loop_energy(model: EnergyModel, bases: NDArray[np.int64], i: int, j: int, p: int, q: int) -> Any:
    """The loop between the pair i, j and the pair p, q inside it."""
    outer = model.pair_type[bases[i], bases[j]]
    inner = model.pair_type[bases[q], bases[p]]
    return interior_energy(
        model, p - i - 1, j - q - 1, outer, inner, bases[i + 1], bases[j - 1], bases[p - 1], bases[q + 1]
    )


@kernel
def structure_energy(model: EnergyModel, bases: NDArray[np.int64], partner: NDArray[np.int64]) -> float:
    """The energy of a whole structure; `partner` is -1 where a base is unpaired."""
    total = 0.0
    for i in range(-1, bases.size):
        j = bases.size if i < 0 else partner[i]
        if j < i:
            continue
        branches = 0
        p = 0
        ends = 0.0
        k = i + 1
        while k < j:
            if partner[k] > k:
                branches += 1
                p = k
                ends += model.terminal[model.pair_type[bases[k], bases[partner[k]]]]
                k = partner[k]
            k += 1
        if i < 0:
            total += ends
        elif branches == 0:
            total += hairpin_energy(model, bases, i, j)
        elif branches == 1:
            total += loop_energy(model, bases, i, j, p, partner[p])
        else:
            total += ends + model.terminal[model.pair_type[bases[i], bases[j]]]
            total += model.multiloop_closing + model.multiloop_branch * (branches + 1)
    return total


@kernel
def lower(target: Floats, source: Floats, cost: Any) -> None:
    """target = min(target, source + cost), element by element."""
    for k in range(target.size):
        value = source[k] + cost
        target[k] = value if value < target[k] else target[k]


@kernel
def asymmetry_energy(model: EnergyModel, difference: int) -> float:
    return min(model.asymmetry_limit, model.asymmetry * difference)


@kernel
def _lower_generic(
    model: EnergyModel, row: int, sizes_above: Floats, sizes: Floats, mismatched: Floats, generic: Floats
) -> None:
    """Interior loops of at least 2 x 4 or 3 x 3 for the mismatches at `row`: the best by size, and over sizes."""
    n = generic.size
    here = mismatched[row % RING]
    sizes[0, :] = here
    for size in range(1, LONGEST_LOOP - 3):
        cost = np.float32(asymmetry_energy(model, size))
        sizes[size, :] = np.inf
        lower(sizes[size, size:], here[: n - size], cost)
        lower(sizes[size], mismatched[(row + size) % RING], cost)
        if size >= 2:
            lower(sizes[size, 1:], sizes_above[size - 2, : n - 1], np.float32(0.0))
            lower(generic, sizes[size], np.float32(model.interior_length[size + 4]))


@kernel
def _lower_one_sided(model: EnergyModel, i: int, ended: Floats, closed: Floats, bulges: Floats, slim: Floats) -> None:
    """Bulges of two bases or more, and interior loops of 1 x 3 and more, for outer pairs that start at i."""
    n = bulges.size
    for length in range(2, LONGEST_LOOP + 1):
        cost = np.float32(model.bulge_length[length])
        lower(bulges[length + 1 :], ended[(i + 1) % RING, : n - length - 1], cost)
        lower(bulges[1:], ended[(i + 1 + length) % RING, : n - 1], cost)
    for length in range(3, LONGEST_LOOP):
        cost = np.float32(model.interior_length[length + 1] + asymmetry_energy(model, length - 1))
        lower(slim[length + 1 :], closed[(i + 2) % RING, : n - length - 1], cost)
        lower(slim[2:], closed[(i + 1 + length) % RING, : n - 2], cost)


@kernel
def _small_loops(model: EnergyModel, bases: NDArray[np.int64], i: int, j: int, paired: Floats, best: float) -> float:
    """The loops with tables of their own, and 2 x 3: at most five unpaired bases."""
    for left in range(4):
        for right in range(4):
            if left + right > 5 or (abs(left - right) > 1):
                continue
            p, q = i + 1 + left, j - 1 - right
            if q - p > 3 and paired[p, q] < np.inf:
                best = min(best, paired[p, q] + loop_energy(model, bases, i, j, p, q))
    return best


@kernel
def fold_tables(model: EnergyModel, bases: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Minimum energies: of every pair, of every multiloop part with a branch or more, of every suffix."""
    n = bases.size
    paired = np.full((n, n), np.inf, dtype=np.float32)
    branched = np.full((n + 1, n), np.inf, dtype=np.float32)
    suffix = np.zeros(n + 1, dtype=np.float32)
    mismatched = np.full((RING, n), np.inf, dtype=np.float32)
    ended = np.full((RING, n), np.inf, dtype=np.float32)
    closed = np.full((RING, n), np.inf, dtype=np.float32)
    sizes = np.full((2, LONGEST_LOOP - 3, n), np.inf, dtype=np.float32)
    several = np.full(n, np.inf, dtype=np.float32)  # multiloop interior: two branches or more from the row on
    for i in range(n - 5, -1, -1):
        row = i + 2  # inside of the outer mismatch
        mismatched[row % RING, :] = np.inf
        for after in range(row + 6, n):
            if paired[row + 1, after - 1] < np.inf:
                kind = model.pair_type[bases[after - 1], bases[row + 1]]
                mismatch = model.mismatch_interior[kind, bases[after], bases[row]]
                mismatched[row % RING, after] = paired[row + 1, after - 1] + mismatch
        generic = np.full(n, np.inf, dtype=np.float32)
        bulges = np.full(n, np.inf, dtype=np.float32)
        slim = np.full(n, np.inf, dtype=np.float32)
        _lower_generic(model, row, sizes[(row + 1) % 2], sizes[row % 2], mismatched, generic)
        _lower_one_sided(model, i, ended, closed, bulges, slim)
        ended[i % RING, :] = np.inf
        closed[i % RING, :] = np.inf
        for j in range(i + 4, n):
            kind = model.pair_type[bases[i], bases[j]]
            if kind < 0:
                continue
            best = hairpin_energy(model, bases, i, j)
            best = min(best, generic[j - 2] + model.mismatch_interior[kind, bases[i + 1], bases[j - 1]])
            best = min(best, bulges[j] + model.terminal[kind])
            best = min(best, slim[j] + model.closure_interior_1xn[kind])
            ends = model.terminal[kind] + model.multiloop_branch
            best = min(best, several[j - 1] + model.multiloop_closing + ends)
            best = _small_loops(model, bases, i, j, paired, best)
            paired[i, j] = best
            ended[i % RING, j] = best + model.terminal[kind]
            closed[i % RING, j] = best + model.closure_interior_1xn[kind]
        _branch_row(model, i, ended[i % RING], branched, several)
        suffix[i] = suffix[i + 1]
        for j in range(i + 4, n):
            suffix[i] = min(suffix[i], ended[i % RING, j] + suffix[j + 1])
    return paired, branched, suffix


@kernel
def _branch_row(model: EnergyModel, i: int, ended: Floats, branched: Floats, several: Floats) -> None:
    """Multiloop parts that start at i. A first branch that is no better than another way to fill its span is skipped:
    what follows it can follow the other way (Wexler, Zilberstein, Ziv-Ukelson 2007, J. Comput. Biol. 14:856)."""
    n = ended.size
    from_here = np.full(n, np.inf, dtype=np.float32)
    first = np.float32(np.inf)
    for k in range(i + 4, n):
        branch = np.float32(ended[k] + model.multiloop_branch)
        other = min(first, min(branched[i + 1, k], from_here[k]))
        if branch < other:
            first = branch
            other = branch
            if k + 5 < n:
                lower(from_here[k + 5 :], branched[k + 1, k + 5 :], branch)
        branched[i, k] = other
    lower(several, from_here, np.float32(0.0))


@kernel
def trace_fold(
    model: EnergyModel, bases: NDArray[np.int64], paired: Floats, branched: Floats, suffix: Floats
) -> NDArray[np.int64]:
    """A structure of minimum energy, from the tables: partner of every base, -1 where unpaired."""
    n = bases.size
    partner = np.full(n, -1, dtype=np.int64)
    todo = np.zeros((2 * n + 2, 3), dtype=np.int64)  # kind (0 = pair, 1 = multiloop part), i, j
    count = 0
    i = 0
    while i < n:
        if suffix[i] == suffix[i + 1]:
            i += 1
            continue
        for j in range(i + 4, n):
            kind = model.pair_type[bases[i], bases[j]]
            if kind >= 0 and paired[i, j] + model.terminal[kind] + suffix[j + 1] == suffix[i]:
                todo[count] = (0, i, j)
                count += 1
                i = j + 1
                break
    while count > 0:
        count -= 1
        what, i, j = todo[count]
        if what == 0:
            partner[i] = j
            partner[j] = i
            p, q = _inner_pair(model, bases, i, j, paired)
            if p > 0:
                todo[count] = (0, p, q)
                count += 1
            elif p < 0:
                p, q = _first_of_several(model, bases, i, j, paired, branched)
                todo[count] = (0, p, q)
                todo[count + 1] = (1, q + 1, j - 1)
                count += 2
        else:
            count = _trace_part(model, bases, i, j, paired, branched, todo, count)
    return partner


@kernel
def _inner_pair(model: EnergyModel, bases: NDArray[np.int64], i: int, j: int, paired: Floats) -> tuple[int, int]:
    """The pair inside i, j in its best loop: 0, 0 for a hairpin, -1, -1 for a multiloop."""
    if hairpin_energy(model, bases, i, j) == paired[i, j]:
        return 0, 0
    for p in range(i + 1, min(i + LONGEST_LOOP + 2, j - 4)):
        for q in range(j - 1, max(p + 3, j - 2 - LONGEST_LOOP + p - i - 1), -1):
            if paired[p, q] < np.inf and paired[p, q] + loop_energy(model, bases, i, j, p, q) == paired[i, j]:
                return p, q
    return -1, -1


@kernel
def _first_of_several(
    model: EnergyModel, bases: NDArray[np.int64], i: int, j: int, paired: Floats, branched: Floats
) -> tuple[int, int]:
    """The first branch of the multiloop that the pair i, j closes."""
    ends = model.terminal[model.pair_type[bases[i], bases[j]]] + model.multiloop_branch
    rest = paired[i, j] - model.multiloop_closing - ends
    for p in range(i + 1, j):
        for q in range(p + 4, j - 1):
            if paired[p, q] < np.inf and branched[q + 1, j - 1] < np.inf:
                kind = model.pair_type[bases[p], bases[q]]
                branch = paired[p, q] + model.terminal[kind] + model.multiloop_branch
                if branch + branched[q + 1, j - 1] == rest:
                    return p, q
    return -1, -1


@kernel
def _trace_part(
    model: EnergyModel,
    bases: NDArray[np.int64],
    i: int,
    j: int,
    paired: Floats,
    branched: Floats,
    todo: NDArray[np.int64],
    count: int,
) -> int:
    """Split a multiloop part into its first branch and what follows."""
    while branched[i + 1, j] == branched[i, j]:
        i += 1
    for q in range(j, i + 3, -1):
        kind = model.pair_type[bases[i], bases[q]]
        if kind < 0:
            continue
        branch = paired[i, q] + model.terminal[kind] + model.multiloop_branch
        rest = branched[q + 1, j] if q < j else np.float32(np.inf)
        if branch == branched[i, j] or branch + rest == branched[i, j]:
            todo[count] = (0, i, q)
            count += 1
            if branch != branched[i, j]:
                todo[count] = (1, q + 1, j)
                count += 1
            return count
    return count

"""The partition function of all structures of a sequence, and what each base does in them.

Weights are exp(-energy / heat), heat = kT in 0.01 kcal/mol. Every base carries a factor that keeps the weight of a
whole stretch near one: `ground` holds the sums of their logarithms. Triangles are stored row by row: entry i, j at
`row[i] + j`. Probabilities are the recursion's own derivatives, taken backwards. McCaskill (1990), Biopolymers 29:1105.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.folding._kernels import (
    LONG_LOOP_SLOPE,
    LONGEST_LOOP,
    RING,
    asymmetry_energy,
    hairpin_energy,
    loop_energy,
)
from swanneck.folding.energy_model import EnergyModel
from swanneck.foundation.jit import kernel

__all__ = ["inside", "loop_drift", "outside"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_GENERIC, _SLIM, _BULGE, _KINDS = 0, 1, 2, 3  # interior loops that are sums of terms


@kernel
def loop_drift(model: EnergyModel, bases: Integers, partner: Integers, heat: float) -> Floats:
    """For each base its part of the logarithm of its loop's weight in one structure."""
    drift = np.zeros(bases.size)
    for i in range(bases.size):
        j = partner[i]
        if j < i:
            continue
        branches, p, own = 0, 0, 2
        k = i + 1
        while k < j:
            if partner[k] > k:
                branches += 1
                p = k
                k = partner[k]
            else:
                own += 1
            k += 1
        if branches == 0:
            energy = hairpin_energy(model, bases, i, j)
        elif branches == 1:
            energy = loop_energy(model, bases, i, j, p, partner[p])
        else:
            energy = model.multiloop_closing + model.multiloop_branch * (branches + 1)
        share = -energy / heat / own
        drift[i] = share
        drift[j] = share
        k = i + 1
        while k < j:
            if partner[k] > k:
                k = partner[k]
            else:
                drift[k] = share
            k += 1
    return drift


@kernel
def _triangle(n: int) -> Integers:
    """row[i], so that entry i, j of an upper triangle is at row[i] + j; row[n] is its size."""
    row = np.zeros(n + 1, np.int64)
    end = 0
    for i in range(n):
        row[i] = end - i
        end += n - i
    row[n] = end
    return row


@kernel
def _large_loops(model: EnergyModel, heat: float) -> tuple[Integers, Floats]:
    """Kind (-1: spelt out elsewhere) and weight of interior loops by their unpaired bases on the left and right."""
    kinds = np.full((LONGEST_LOOP + 1, LONGEST_LOOP + 1), -1)
    weights = np.zeros((LONGEST_LOOP + 1, LONGEST_LOOP + 1))
    for left in range(LONGEST_LOOP + 1):
        for right in range(LONGEST_LOOP + 1 - left):
            shorter, longer = min(left, right), max(left, right)
            if longer < 2 or (longer == 2 and shorter > 0) or (longer == 3 and shorter == 2):
                continue
            energy = model.interior_length[left + right] + asymmetry_energy(model, longer - shorter)
            kinds[left, right] = _GENERIC
            if shorter == 1:
                kinds[left, right] = _SLIM
            elif shorter == 0:
                kinds[left, right] = _BULGE
                energy = model.bulge_length[longer]
            weights[left, right] = math.exp(-energy / heat)
    return kinds, weights


@kernel
def _outer_end(model: EnergyModel, bases: Integers, kind: int, i: int, j: int, heat: float) -> Any:
    """The weight that the pair i, j adds to a large loop inside of it."""
    pair = model.pair_type[bases[i], bases[j]]
    if kind == _GENERIC:
        return math.exp(-model.mismatch_interior[pair, bases[i + 1], bases[j - 1]] / heat)
    if kind == _SLIM:
        return math.exp(-model.closure_interior_1xn[pair] / heat)
    return math.exp(-model.terminal[pair] / heat)


@kernel
def _inner_end(model: EnergyModel, bases: Integers, kind: int, p: int, q: int, heat: float) -> Any:
    """The weight that the pair p, q adds to a large loop outside of it."""
    pair = model.pair_type[bases[q], bases[p]]
    if kind == _GENERIC:
        if p == 0 or q + 1 == bases.size:
            return 0.0
        return math.exp(-model.mismatch_interior[pair, bases[q + 1], bases[p - 1]] / heat)
    if kind == _SLIM:
        return math.exp(-model.closure_interior_1xn[pair] / heat)
    return math.exp(-model.terminal[pair] / heat)


@kernel
def _stretches(ground: Floats) -> Floats:
    """stretches[size, j]: the factor of the `size` bases before j."""
    n = ground.size - 1
    stretches = np.zeros((LONGEST_LOOP + 1, n))
    for size in range(LONGEST_LOOP + 1):
        for j in range(size, n):
            stretches[size, j] = math.exp(ground[j - size] - ground[j])
    return stretches


@kernel
def _add(target: Floats, source: Floats, factor: float) -> None:
    for k in range(target.size):
        target[k] += source[k] * factor


@kernel
def _add_each(target: Floats, source: Floats, factors: Floats, factor: float) -> None:
    for k in range(target.size):
        target[k] += source[k] * (factors[k] * factor)


@kernel
def _smooth_hairpin_energy(model: EnergyModel, bases: Integers, i: int, j: int) -> Any:
    """The hairpin's energy; that of a long one is not cut to whole steps of 0.01 kcal/mol here."""
    energy = hairpin_energy(model, bases, i, j)
    if j - i - 1 > LONGEST_LOOP:
        beyond = LONG_LOOP_SLOPE * math.log((j - i - 1) / LONGEST_LOOP)
        energy += beyond - math.floor(beyond)
    return energy


@kernel
def _is_small(left: int, right: int) -> bool:
    """Loops that are spelt out: stacks, bulges of one base, and up to 2 x 3."""
    return left + right <= 5 and abs(left - right) <= 1


@kernel
def inside(model: EnergyModel, bases: Integers, ground: Floats, heat: float) -> tuple[Integers, Floats, Floats, Floats]:
    """Triangle rows, and the sums of weights: of every pair, of multiloop parts with a branch or more, of suffixes."""
    n = bases.size
    row = _triangle(n)
    paired = np.zeros(row[n])
    part = np.zeros(row[n])
    suffix = np.zeros(n + 1)
    suffix[n] = 1.0
    kinds, weights = _large_loops(model, heat)
    stretches = _stretches(ground)
    ends = np.zeros((_KINDS, RING, n))
    sums = np.zeros((_KINDS, n))
    several = np.zeros(n)
    from_here = np.zeros(n)
    branch_weight = math.exp(-model.multiloop_branch / heat)
    closing = math.exp(-(model.multiloop_closing + model.multiloop_branch) / heat)
    for i in range(n - 1, -1, -1):
        ends[:, i % RING, :] = 0.0
        sums[:] = 0.0
        for left in range(min(LONGEST_LOOP + 1, n - i - 1)):
            p = i + 1 + left
            for right in range(LONGEST_LOOP + 1 - left):
                start = p + 5 + right
                if kinds[left, right] >= 0 and start < n:
                    factor = weights[left, right] * math.exp(ground[i + 1] - ground[p])
                    source = ends[kinds[left, right], p % RING, p + 4 : n - 1 - right]
                    _add_each(sums[kinds[left, right], start:], source, stretches[right, start:], factor)
        here = math.exp(ground[i] - ground[i + 1])
        for j in range(i + 4, n):
            pair = model.pair_type[bases[i], bases[j]]
            if pair < 0:
                continue
            terminal = math.exp(-model.terminal[pair] / heat)
            value = math.exp(-_smooth_hairpin_energy(model, bases, i, j) / heat + ground[i + 1] - ground[j])
            for kind in range(_KINDS):
                if sums[kind, j] > 0:
                    value += sums[kind, j] * _outer_end(model, bases, kind, i, j, heat)
            value += several[j - 1] * closing * terminal
            for left in range(min(4, j - i - 5)):
                for right in range(min(4, j - i - 5 - left)):
                    p, q = i + 1 + left, j - 1 - right
                    if _is_small(left, right) and paired[row[p] + q] > 0:
                        energy = loop_energy(model, bases, i, j, p, q) / heat
                        rest = ground[i + 1] - ground[p] + ground[q + 1] - ground[j]
                        value += paired[row[p] + q] * math.exp(rest - energy)
            value *= here * math.exp(ground[j] - ground[j + 1])
            paired[row[i] + j] = value
            for kind in range(_KINDS):
                ends[kind, i % RING, j] = value * _inner_end(model, bases, kind, i, j, heat)
        # Multiloop parts and suffixes that start at i.
        from_here[:] = 0.0
        suffix[i] = here * suffix[i + 1]
        alone = 0.0
        for k in range(i + 4, n):
            value = ends[_BULGE, i % RING, k]
            alone = alone * math.exp(ground[k] - ground[k + 1]) + value * branch_weight
            part[row[i] + k] = alone
            if value > 0:
                suffix[i] += value * suffix[k + 1]
                if k + 1 < n:
                    _add(from_here[k + 1 :], part[row[k + 1] + k + 1 : row[k + 1] + n], value * branch_weight)
        for j in range(i + 1, n):
            part[row[i] + j] += here * part[row[i + 1] + j] + from_here[j]
            several[j] = here * several[j] + from_here[j]
    return row, paired, part, suffix


@kernel
def outside(
    model: EnergyModel, bases: Integers, ground: Floats, heat: float, row: Integers, paired: Floats, part: Floats,
    suffix: Floats,
) -> Floats:  # fmt: skip
    """The probability of every base to be unpaired; the pairs' probabilities take the place of `paired`."""
    n = bases.size
    unpaired = np.ones(n)
    kinds, weights = _large_loops(model, heat)
    stretches = _stretches(ground)
    # What a unit of each weight adds to the whole, for the rows still to come.
    by_suffix = np.zeros(n + 1)
    by_suffix[0] = 1.0 / suffix[0]
    by_part = np.zeros(row[n])
    by_several = np.zeros(n)
    by_pair = np.zeros((RING, n))
    by_end = np.zeros((_KINDS, RING, n))
    by_sum = np.zeros((_KINDS, n))
    both = np.zeros(n)
    branch_weight = math.exp(-model.multiloop_branch / heat)
    closing = math.exp(-(model.multiloop_closing + model.multiloop_branch) / heat)
    for i in range(n):
        here = math.exp(ground[i] - ground[i + 1])
        by_suffix[i + 1] += here * by_suffix[i]
        by_sum[:] = 0.0
        mine = by_part[row[i] + i : row[i] + n]
        both[i:] = mine + by_several[i:]
        if i + 1 < n:
            _add(by_part[row[i + 1] + i + 1 : row[i + 1] + n], mine[1:], here)
        by_several *= here
        alone = 0.0
        for j in range(n - 1, i + 3, -1):
            alone = by_part[row[i] + j] + (alone * math.exp(ground[j + 1] - ground[j + 2]) if j + 1 < n else 0.0)
            value = paired[row[i] + j]
            if value <= 0:
                continue
            terminal = math.exp(-model.terminal[model.pair_type[bases[i], bases[j]]] / heat)
            by_branch = alone
            if j + 1 < n:
                by_branch += _dot_and_add(
                    both[j + 1 :], part[row[j + 1] + j + 1 : row[j + 1] + n],
                    by_part[row[j + 1] + j + 1 : row[j + 1] + n], value * terminal * branch_weight,
                )  # fmt: skip
            mine_pair = (by_suffix[i] * suffix[j + 1] + by_branch * branch_weight) * terminal + by_pair[i % RING, j]
            by_suffix[j + 1] += by_suffix[i] * value * terminal
            for kind in range(_KINDS):
                if by_end[kind, i % RING, j] > 0:
                    mine_pair += by_end[kind, i % RING, j] * _inner_end(model, bases, kind, i, j, heat)
            probability = mine_pair * value
            paired[row[i] + j] = probability
            unpaired[i] -= probability
            unpaired[j] -= probability
            mine_pair *= here * math.exp(ground[j] - ground[j + 1])
            by_several[j - 1] += mine_pair * closing * terminal
            for kind in range(_KINDS):
                by_sum[kind, j] = mine_pair * _outer_end(model, bases, kind, i, j, heat)
            for left in range(min(4, j - i - 5)):
                for right in range(min(4, j - i - 5 - left)):
                    p, q = i + 1 + left, j - 1 - right
                    if _is_small(left, right) and paired[row[p] + q] > 0:
                        energy = loop_energy(model, bases, i, j, p, q) / heat
                        rest = ground[i + 1] - ground[p] + ground[q + 1] - ground[j]
                        by_pair[p % RING, q] += mine_pair * math.exp(rest - energy)
        by_pair[i % RING] = 0.0
        by_end[:, i % RING] = 0.0
        for left in range(min(LONGEST_LOOP + 1, n - i - 1)):
            p = i + 1 + left
            for right in range(LONGEST_LOOP + 1 - left):
                start = p + 5 + right
                if kinds[left, right] >= 0 and start < n:
                    factor = weights[left, right] * math.exp(ground[i + 1] - ground[p])
                    target = by_end[kinds[left, right], p % RING, p + 4 : n - 1 - right]
                    _add_each(target, by_sum[kinds[left, right], start:], stretches[right, start:], factor)
    return unpaired


@kernel
def _dot_and_add(both: Floats, part: Floats, by_part: Floats, factor: float) -> Any:
    """The sum of both x part; and `by_part` grows by both x factor."""
    total = 0.0
    for k in range(both.size):
        total += both[k] * part[k]
        by_part[k] += both[k] * factor
    return total

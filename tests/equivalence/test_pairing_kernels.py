"""Dimers and hairpins by the fast kernels and by plain recursions over all pairs and loops are the same."""

import random
from math import log

import numpy as np
import pytest

from swanneck.folding.duplexes import DuplexConditions, reverse_complement
from swanneck.folding.pairing._end_kernels import end_table
from swanneck.folding.pairing._loop_kernels import loop_energy
from swanneck.folding.pairing.dimers import measure_dimers, measure_hairpins
from swanneck.folding.pairing.parameters import encode_oligo, santalucia_2004

VALUES = santalucia_2004()
TABLES = (VALUES.stack, VALUES.mismatch, VALUES.terminal, VALUES.interior, VALUES.bulge)
KELVIN, LONGEST_LOOP, NEVER = 310.15, 30, 1e8
WEIGHTS = [(1, 1, 1, 1), (1, 3, 3, 1), (3, 1, 1, 3)]


def random_oligos(seed: int, number: int, shortest: int, longest: int) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices("ACGT", weights=rng.choice(WEIGHTS), k=rng.randint(shortest, longest)))
            for _ in range(number)]  # fmt: skip


def plain_loop(one, other, before, pair):
    """Energy of the step or loop between two pairs: the one piece of physics that the kernels share."""
    (a, b), (i, j) = before, pair
    if (i, j) == (a + 1, b + 1):
        return tuple(VALUES.stack[one[a], one[i], other[b], other[j]])
    return loop_energy.py_func(one, other, a, b, i, j, *TABLES)


def plain_dimer(first: str, second: str, conditions: DuplexConditions) -> tuple[float, float]:
    """Each pair after each other pair: no bound, no lists, no order but that of the strands."""
    one, other = encode_oligo(first), encode_oligo(second)[::-1].copy()
    palindrome = first == second == reverse_complement(first)
    start = -5.7 - (1.4 if palindrome else 0)
    strands = 1.9872 * log(conditions.oligo_molar / (1 if palindrome else 4))
    ends = end_table(start, strands, VALUES.terminal, VALUES.dangling_3, VALUES.dangling_5)

    def at(strand, place):
        return strand[place] if 0 <= place < len(strand) else 4

    found, best = {}, (0.0, 0.0, 0.0, 0)
    for i in range(len(one)):
        for j in range(len(other)):
            if one[i] + other[j] != 3:
                continue
            enthalpy, entropy = ends[other[j], at(other, j - 1), at(one, i - 1)]
            number = 1
            if (i - 1, j - 1) in found:
                x, y = np.add(found[i - 1, j - 1][:2], plain_loop(one, other, (i - 1, j - 1), (i, j)))
                if (x + 200) / (y + start + strands) > (enthalpy + 200) / (entropy + start + strands):
                    enthalpy, entropy, number = x, y, found[i - 1, j - 1][2] + 1
            for a, b in found:
                size = i - a + j - b - 2
                if a >= i or b >= j or not 1 <= size <= LONGEST_LOOP:
                    continue
                x, y = np.add(found[a, b][:2], plain_loop(one, other, (a, b), (i, j)))
                if x - KELVIN * y < enthalpy - KELVIN * entropy and not (x > 0 and y > 0):
                    enthalpy, entropy, number = x, y, found[a, b][2] + 1
            found[i, j] = enthalpy, entropy, number
            x, y = np.add((enthalpy, entropy), ends[one[i], at(one, i + 1), at(other, j + 1)])
            if x < 0 and y < 0 and x - KELVIN * y < best[0]:
                best = x - KELVIN * y, x, y, number
    if not best[3]:
        return 0.0, 0.0
    salt = 0.368 * log(conditions.sodium_molar)
    return (best[1] + 200) / 1000, best[2] + start + salt * (best[3] - 1)


def plain_closed_loop(bases, i, j):
    size = j - i - 1
    enthalpy, entropy = 0.0, VALUES.hairpin[min(size, LONGEST_LOOP)]
    if size > 3:
        enthalpy, entropy = np.add((enthalpy, entropy), VALUES.terminal[bases[i], bases[i + 1], bases[j], bases[j - 1]])
    elif bases[i] in (0, 3):
        enthalpy, entropy = enthalpy + 2200, entropy + 6.9
    code = int("1" + "".join(str(base) for base in bases[i : j + 1]), 4) if size < 5 else -1
    bonus = dict(zip(VALUES.special.tolist(), VALUES.special_values.tolist(), strict=True)).get(code, (0.0, 0.0))
    return enthalpy + bonus[0], entropy + bonus[1]


def plain_stems(bases) -> dict[tuple[int, int], tuple[float, float, int]]:
    n, turned, stems = len(bases), bases[::-1].copy(), {}
    for i in reversed(range(n)):
        for j in range(i + 4, n):
            if bases[i] + bases[j] != 3:
                continue
            inner = [(1e9, -1.0, 0)]
            for (a, b), (x, y, number) in stems.items():
                size = a - i + j - b - 2
                if i < a and b < j and size <= LONGEST_LOOP and x < NEVER:
                    more = plain_loop(bases, turned, (i, n - 1 - j), (a, n - 1 - b))
                    inner.append((x + more[0], y + more[1], number + 1))
            enthalpy, entropy, number = max((one for one in inner if one[0] < NEVER), default=inner[0],
                                            key=lambda one: one[0] / one[1])  # fmt: skip
            x, y = plain_closed_loop(bases, i, j)
            if (enthalpy > 0 and entropy > 0) or x - KELVIN * y < enthalpy - KELVIN * entropy:
                enthalpy, entropy, number = x, y, 1
            stems[i, j] = enthalpy, entropy, number
    return stems


def plain_hairpins(sequence: str, conditions: DuplexConditions) -> tuple[float, float]:
    """Every stem, every end, after the hairpins before it."""
    bases = encode_oligo(sequence)
    stems, n = plain_stems(bases), len(bases)
    joined, last_pairs = [(0.0, -1e-11, 0)], False
    for k in range(1, n + 1):
        best, last_pairs = joined[-1], False
        for (a, b), (enthalpy, entropy, number) in stems.items():
            for i in (a - 1, a):
                if i < 0 or b not in (k - 1, k - 2) or enthalpy > NEVER:
                    continue
                x, y = (enthalpy + 2200, entropy + 6.9) if bases[a] in (0, 3) else (enthalpy, entropy)
                if i < a and b < k - 1:
                    x, y = np.add((x, y), VALUES.terminal[bases[b], bases[k - 1], bases[a], bases[i]])
                elif i < a:
                    x, y = np.add((x, y), VALUES.dangling_5[bases[b], bases[a], bases[i]])
                elif b < k - 1:
                    x, y = np.add((x, y), VALUES.dangling_3[bases[b], bases[a], bases[k - 1]])
                if x > 0 or y > 0 or x - KELVIN * y > 0:
                    continue
                x, y = np.add((x, y), joined[i][:2])
                if x / y > best[0] / best[1]:
                    best, last_pairs = (x, y, number + joined[i][2]), b == n - 1
        joined.append(best)
    enthalpy, entropy, number = joined[-1]
    salt = 0.368 * log(conditions.sodium_molar)
    return (enthalpy / 1000, entropy + salt * (number - 1 - last_pairs)) if number else (0.0, 0.0)


@pytest.mark.parametrize("conditions", [DuplexConditions(), DuplexConditions(monovalent_molar=1, oligo_molar=1e-6)],
                         ids=["pcr", "salt"])  # fmt: skip
def test_dimers_are_those_of_the_plain_recursion(conditions):
    first, second = random_oligos(1, 60, 4, 24), random_oligos(2, 60, 4, 24)
    first += ["GGAATTCC", "ACGT", "CCGCGG"]
    second += ["GGAATTCC", "ACGT", "CCGCGG"]
    found = measure_dimers(first, second, np.repeat(np.arange(63), 2).reshape(-1, 2), conditions)
    plain = np.array([plain_dimer(a, b, conditions) for a, b in zip(first, second, strict=True)])
    np.testing.assert_allclose(np.stack([found.enthalpy, found.entropy], axis=1), plain, atol=1e-6)


def test_hairpins_are_those_of_the_plain_recursion():
    oligos = [*random_oligos(3, 60, 5, 26), "GGGCGAAAGCCCTTGGCCGAAAGGCC", "A", "GCGAAGC"]
    found = measure_hairpins(oligos)
    plain = np.array([plain_hairpins(one, DuplexConditions()) for one in oligos])
    np.testing.assert_allclose(np.stack([found.enthalpy, found.entropy], axis=1), plain, atol=1e-6)


@pytest.mark.slow
def test_long_dimers_are_those_of_the_plain_recursion():
    first, second = random_oligos(5, 60, 30, 60), random_oligos(6, 60, 30, 60)
    found = measure_dimers(first, second, np.repeat(np.arange(60), 2).reshape(-1, 2))
    plain = np.array([plain_dimer(a, b, DuplexConditions()) for a, b in zip(first, second, strict=True)])
    np.testing.assert_allclose(found.enthalpy, plain[:, 0], atol=1e-6)

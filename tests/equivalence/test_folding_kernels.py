"""The fold by rows and the plain recursion over all loops find the same energy."""

import random
from functools import cache

import numpy as np
import pytest

from swanneck.folding import _kernels
from swanneck.folding.energy_model import turner_2004
from swanneck.folding.minimum_energy import evaluate_structure, fold_sequence
from swanneck.folding.structures import check_rna

MODEL = turner_2004()
WEIGHTS = [(1, 1, 1, 1), (1, 3, 3, 1), (1, 1, 4, 4), (3, 1, 1, 3)]


def random_rna(seed: int, shortest: int, longest: int) -> str:
    source = random.Random(seed)
    return "".join(source.choices("ACGU", weights=source.choice(WEIGHTS), k=source.randint(shortest, longest)))


def plain_minimum_energy(sequence: str) -> float:
    """Every pair, every inner pair, every split: no rows, no sizes, no skipping."""
    bases = check_rna(sequence)

    def ends(i: int, j: int) -> float:
        return float(MODEL.terminal[MODEL.pair_type[bases[i], bases[j]]])

    @cache
    def pair(i: int, j: int) -> float:
        if j - i < 4 or MODEL.pair_type[bases[i], bases[j]] < 0:
            return np.inf
        closing = MODEL.multiloop_closing + MODEL.multiloop_branch + ends(i, j)
        best = min((parts(i + 1, k) + parts(k + 1, j - 1) for k in range(i + 1, j - 1)), default=np.inf) + closing
        for p in range(i + 1, min(i + 32, j - 4)):
            for q in range(max(p + 4, j - 1 - (30 - (p - i - 1))), j):
                if pair(p, q) < np.inf:
                    best = min(best, pair(p, q) + _kernels.loop_energy(MODEL, bases, i, j, p, q))
        return min(best, _kernels.hairpin_energy(MODEL, bases, i, j))

    @cache
    def parts(i: int, j: int) -> float:
        if j - i < 4:
            return np.inf
        best = min(parts(i + 1, j), parts(i, j - 1), min(parts(i, k) + parts(k + 1, j) for k in range(i, j)))
        one = pair(i, j)
        return min(best, one + MODEL.multiloop_branch + ends(i, j)) if one < np.inf else best

    @cache
    def prefix(j: int) -> float:
        if j < 5:
            return 0.0
        return min(
            [prefix(j - 1)]
            + [prefix(i) + pair(i, j - 1) + ends(i, j - 1) for i in range(j - 4) if pair(i, j - 1) < np.inf]
        )

    return prefix(bases.size) / 100.0


@pytest.mark.parametrize("seed", range(25))
def test_fold_by_rows_is_the_plain_recursion(seed: int) -> None:
    sequence = random_rna(seed, 20, 48)
    assert fold_sequence(sequence).energy == pytest.approx(plain_minimum_energy(sequence), abs=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_a_fold_has_the_energy_it_claims(seed: int) -> None:
    sequence = random_rna(seed, 5, 400)
    fold = fold_sequence(sequence)
    assert evaluate_structure(sequence, fold.structure) == pytest.approx(fold.energy, abs=1e-9)

"""Ensembles: sums over all structures, by the plain definition and by ViennaRNA."""

import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from swanneck.folding import evaluate_structure, fold_ensemble, fold_sequence
from swanneck.foundation.errors import InputError

HEAT = 0.6163207755
GOLDEN = json.loads((Path(__file__).parent / "viennarna_values.json").read_text(encoding="utf-8"))


def all_structures(sequence: str) -> list[str]:
    """Every structure that the model gives an energy, found by trying all of them."""
    pairs = {"AU", "UA", "GC", "CG", "GU", "UG"}

    def build(i: int, j: int) -> list[str]:
        if j < i:
            return [""]
        found = ["." + rest for rest in build(i + 1, j)]
        for k in range(i + 4, j + 1):
            if sequence[i] + sequence[k] in pairs:
                inner, rest = build(i + 1, k - 1), build(k + 1, j)
                found += [f"({one}){other}" for one, other in itertools.product(inner, rest)]
        return found

    return build(0, len(sequence) - 1)


@pytest.mark.parametrize("seed", range(6))
def test_an_ensemble_is_the_sum_over_all_structures(seed: int) -> None:
    sequence = "".join(random.Random(seed).choices("ACGU", weights=(1, 2, 2, 1), k=18))
    structures = all_structures(sequence)
    weights = np.exp([-evaluate_structure(sequence, one) / HEAT for one in structures])
    unpaired = weights @ np.array([[sign == "." for sign in one] for one in structures]) / weights.sum()
    ensemble = fold_ensemble(sequence)
    assert ensemble.energy == pytest.approx(-HEAT * np.log(weights.sum()), abs=1e-6)
    assert ensemble.unpaired == pytest.approx(unpaired, abs=1e-9)


@pytest.mark.parametrize("case", GOLDEN, ids=[case["name"] for case in GOLDEN])
def test_values_are_those_that_viennarna_gave(case: dict) -> None:
    ensemble = fold_ensemble(case["sequence"])
    assert fold_sequence(case["sequence"]).energy == pytest.approx(case["energy"], abs=0.005)
    assert evaluate_structure(case["sequence"], case["drawn"]) == pytest.approx(case["drawn_energy"], abs=0.005)
    assert ensemble.energy == pytest.approx(case["ensemble"], abs=0.0005)
    assert ensemble.unpaired[::10] == pytest.approx(case["unpaired"], abs=1e-4)


def test_pairs_and_unpaired_bases_make_one() -> None:
    sequence = "".join(random.Random(5).choices("ACGU", k=300))
    ensemble = fold_ensemble(sequence)
    total = ensemble.unpaired.copy()
    np.add.at(total, ensemble.first, ensemble.probability)
    np.add.at(total, ensemble.second, ensemble.probability)
    assert total == pytest.approx(np.ones(300), abs=2e-3)
    assert ensemble.energy < fold_sequence(sequence).energy


def test_a_stretch_that_cannot_pair_beside_one_that_pairs_well_is_summed() -> None:
    # one factor for all bases would leave the range of numbers
    stem = "GGCCGCGGCC" * 40
    ensemble = fold_ensemble("A" * 1200 + stem + "AAAA" + stem)
    assert ensemble.average_unpaired == pytest.approx(1204 / 2004, abs=0.01)


@pytest.mark.parametrize("sequence", ["A", "GAAAC", "GC", "UUUUUUUU"])
def test_what_hardly_folds_is_unpaired(sequence: str) -> None:
    assert fold_ensemble(sequence).average_unpaired == pytest.approx(1.0, abs=1e-3)
    assert fold_ensemble(sequence).energy == pytest.approx(0.0, abs=1e-3)


def test_an_ensemble_of_no_rna_is_refused() -> None:
    with pytest.raises(InputError):
        fold_ensemble("ACGX")


def test_ensembles_are_those_of_viennarna(vienna_ensemble: Callable[[list[str]], list[dict]]) -> None:
    source = random.Random(7)
    sequences = ["".join(source.choices("ACGU", k=source.randint(20, 200))) for _ in range(40)]
    for sequence, told in zip(sequences, vienna_ensemble(sequences), strict=True):
        ensemble = fold_ensemble(sequence)
        assert ensemble.energy == pytest.approx(told["ensemble"], abs=0.0005)
        assert ensemble.unpaired == pytest.approx(told["unpaired"], abs=1e-6)

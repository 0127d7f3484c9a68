"""Shares of G and C in every window: kept, with a gap that brute force confirms, or refused with the residues."""

import itertools
import math

import numpy as np
import pytest

from swanneck.folding import fold_sequence
from swanneck.folding.structures import list_stems
from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import human_codons
from swanneck.vaccine import DesignSettings, design_coding_sequence

TABLE = human_codons()
WINDOW = 10


def shares(rna: str, window: int) -> list[float]:
    window = min(window, len(rna))
    return [sum(map(rna[k : k + window].count, "GC")) / window for k in range(len(rna) - window + 1)]


def random_protein(seed: int, size: int) -> str:
    return "M" + "".join(np.random.default_rng(seed).choice(list("ACDEFGHIKLMNPQRSTVWY"), size - 1))


def best_of_all(protein: str, lambda_: float, low: float, high: float) -> float:
    best = math.inf
    for codons in itertools.product(*(TABLE.shares[one] for one in protein)):
        rna = "".join(codons)
        if all(low - 1e-9 <= share <= high + 1e-9 for share in shares(rna, WINDOW)):
            loss = -math.log(TABLE.adaptation(rna)) * len(protein)
            best = min(best, fold_sequence(rna).energy + lambda_ * loss)
    return best


@pytest.mark.parametrize(("protein", "low", "high"), [
    ("MGKAL", 0.0, 0.5), ("MGSRW", 0.4, 0.6), ("GPAVK", 0.0, 0.7), ("MLLKE", 0.3, 1.0), ("WGRAK", 0.3, 0.8),
])  # fmt: skip
@pytest.mark.parametrize("lambda_", [0.0, 1.0])
def test_the_best_of_all_lies_within_the_gap(protein: str, low: float, high: float, lambda_: float) -> None:
    rules = DesignSettings(lambda_=lambda_, gc_low=low, gc_high=high, gc_window=WINDOW)
    design = design_coding_sequence(protein, rules)
    best = best_of_all(protein, lambda_, low, high)
    assert all(low - 1e-9 <= share <= high + 1e-9 for share in shares(design.rna, WINDOW))
    assert best - 1e-6 <= design.objective <= best + design.gap + 1e-6
    assert not design.is_optimal or design.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_windows_of_longer_proteins_keep_to_the_limits(seed: int) -> None:
    protein = random_protein(seed, 40)
    free = design_coding_sequence(protein, DesignSettings(lambda_=2.0))
    design = design_coding_sequence(protein, DesignSettings(lambda_=2.0, gc_low=0.35, gc_high=0.62))
    assert 0.35 <= min(shares(design.rna, 50)) and max(shares(design.rna, 50)) <= 0.62
    assert free.objective <= design.objective + 1e-9
    assert design.gap <= 0.1 * abs(design.objective)


def test_limits_that_are_kept_anyway_cost_no_proof() -> None:
    design = design_coding_sequence("MGKALLRSWDE", DesignSettings(gc_low=0.1, gc_high=0.95))
    assert design.is_optimal and design.gap == 0


def test_windows_and_stems_are_kept_together() -> None:
    rules = DesignSettings(lambda_=1.0, gc_high=0.62, longest_stem=8)
    design = design_coding_sequence(random_protein(7, 40), rules)
    assert max(shares(design.rna, 50)) <= 0.62 and max(size for *_, size in list_stems(design.structure)) <= 8
    assert not design.is_optimal and math.isfinite(design.gap)


def test_what_no_codon_can_do_is_refused_with_the_residues() -> None:
    with pytest.raises(InputError, match=r"33% only.*residues W5 to K9"):
        design_coding_sequence("MWWWWKKKKKKKK", DesignSettings(gc_low=0.4, gc_window=12))
    with pytest.raises(InputError, match=r"residues G1 to G4.*edit the protein"):
        design_coding_sequence("GGGGGGMM", DesignSettings(gc_high=0.6, gc_window=12))


@pytest.mark.parametrize("wrong", [{"gc_low": 0.6, "gc_high": 0.5}, {"gc_low": -0.1}, {"gc_high": 2.0},
                                   {"gc_low": math.nan}, {"gc_window": 5}], ids=str)  # fmt: skip
def test_limits_without_meaning_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="gc_"):
        DesignSettings.model_validate(wrong)

"""Coding sequences: against every alternative, and against published optima."""

import csv
import itertools
import math
import random
from pathlib import Path

import pytest

from swanneck.folding import evaluate_structure, fold_sequence
from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import human_codons, translate_codons
from swanneck.vaccine import DesignSettings, design_coding_sequence

TABLE = human_codons()
RESIDUES = sorted(set(TABLE.shares) - {"*"})


def penalty(rna: str) -> float:
    return -math.log(TABLE.adaptation(rna)) * len(rna) / 3


def best_of_all(protein: str, lambda_: float) -> tuple[float, float]:
    """The least objective and, at it, the largest adaptation: every sequence is folded."""
    sequences = ("".join(codons) for codons in itertools.product(*(TABLE.shares[one] for one in protein)))
    scores = ((round(fold_sequence(one).energy + lambda_ * penalty(one), 6), penalty(one)) for one in sequences)
    objective, least = min(scores)
    return objective, math.exp(-least / len(protein))


def random_peptide(source: random.Random) -> str:
    """A peptide with at most 600 coding sequences."""
    protein = source.choice("MW")
    while True:
        longer = protein + source.choice(RESIDUES)
        if math.prod(len(TABLE.shares[one]) for one in longer) > 600 or len(protein) > 9:
            return "".join(source.sample(protein, len(protein)))
        protein = longer


def check_against_all(seed: int) -> None:
    protein, lambda_ = random_peptide(random.Random(seed)), (0.0, 0.3, 1.0, 4.0)[seed % 4]
    design = design_coding_sequence(protein, DesignSettings(lambda_=lambda_))
    objective, cai = best_of_all(protein, lambda_)
    assert design.objective == pytest.approx(objective, abs=1e-4), protein
    assert design.cai == pytest.approx(cai, abs=1e-6), protein


@pytest.mark.parametrize("seed", range(60))
def test_no_synonymous_sequence_is_better(seed: int) -> None:
    check_against_all(seed)


@pytest.mark.slow
def test_no_synonymous_sequence_of_a_thousand_peptides_is_better() -> None:
    for seed in range(100, 1100):
        check_against_all(seed)


@pytest.mark.parametrize("lambda_", [0.0, 0.5, 4.0])
@pytest.mark.parametrize("length", [1, 2, 30, 60])
def test_a_design_is_what_it_says(length: int, lambda_: float) -> None:
    protein = "".join(random.Random(length).choices(RESIDUES, k=length))
    design = design_coding_sequence(protein.lower(), DesignSettings(lambda_=lambda_))
    assert translate_codons(design.rna, TABLE) == protein
    assert evaluate_structure(design.rna, design.structure) == pytest.approx(design.energy)
    assert fold_sequence(design.rna).energy == pytest.approx(design.energy)
    assert design.objective == pytest.approx(design.energy + lambda_ * penalty(design.rna), abs=1e-6)


def test_no_published_exact_design_is_better(shared_data: Path) -> None:
    with (shared_data / "mrna" / "reference_designs.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["tool"] == "LinearDesign" and int(row["aa"]) <= 171]
    assert rows
    for row in rows:
        settings = DesignSettings(lambda_=float(row["lambda"]))
        design = design_coding_sequence(translate_codons(row["rna"], TABLE), settings)
        theirs = fold_sequence(row["rna"]).energy + settings.lambda_ * penalty(row["rna"])
        assert design.objective <= theirs + 1e-4
        if settings.lambda_ == 0 and abs(design.objective - theirs) < 1e-4:
            assert design.cai >= TABLE.adaptation(row["rna"]) - 1e-6


@pytest.mark.parametrize("protein", ["", "MK*", "MXK", "M K", "M-K", "MBK"])
def test_what_is_no_protein_is_refused(protein: str) -> None:
    with pytest.raises(InputError):
        design_coding_sequence(protein)


@pytest.mark.parametrize("lambda_", [-1.0, 1e6, math.nan])
def test_a_weight_without_meaning_is_refused(lambda_: float) -> None:
    with pytest.raises(ValueError, match="lambda_"):
        DesignSettings(lambda_=lambda_)

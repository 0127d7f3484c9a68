"""Folds and energies of structures."""

import random
from collections.abc import Callable

import pytest

from swanneck.folding import evaluate_structure, fold_sequence
from swanneck.foundation.errors import InputError

Oracle = Callable[[list[str]], list[float]]


def test_a_helix_is_the_sum_of_its_stacks_and_its_hairpin() -> None:
    # three GG/CC stacks of -3.3, a hairpin of four bases 5.6, its mismatch G A A C -1.1 is part of -5.4
    assert evaluate_structure("GGGGAAAACCCC", "((((....))))") == pytest.approx(-5.4)


def test_a_special_hairpin_has_its_measured_energy() -> None:
    assert evaluate_structure("CUACGG", "(....)") == pytest.approx(2.8)
    assert evaluate_structure("GUUAC", "(...)") == pytest.approx(6.9)


def test_a_multiloop_pays_for_closing_and_earns_for_branches() -> None:
    open_ends = evaluate_structure("GCAAAGCGCAAAGC", "((...))((...))")
    closed = evaluate_structure("GGCAAAGCGCAAAGCC", "(((...))((...)))")
    assert closed - open_ends == pytest.approx(9.3 - 3 * 0.9)


def test_an_unpaired_sequence_has_no_energy() -> None:
    assert fold_sequence("AAAAAAAA").energy == 0.0
    assert fold_sequence("GC").structure == ".."


def test_dna_and_lower_case_are_read_as_rna() -> None:
    assert fold_sequence("ggggttttcccc") == fold_sequence("GGGGUUUUCCCC")


@pytest.mark.parametrize("sequence", ["", "ACGN", "AC GU", "ACG*"])
def test_what_is_not_rna_is_refused(sequence: str) -> None:
    with pytest.raises(InputError):
        fold_sequence(sequence)


@pytest.mark.parametrize("structure", ["((...)", "(...))", "(.x.)", "....", "(...)."])
def test_a_structure_that_does_not_fit_is_refused(structure: str) -> None:
    with pytest.raises(InputError):
        evaluate_structure("GAAAC", structure)


@pytest.mark.parametrize(("sequence", "structure"), [("GAAAA", "(...)"), ("GAC", "(.)")])
def test_pairs_that_cannot_be_are_refused_by_position(sequence: str, structure: str) -> None:
    with pytest.raises(InputError, match="positions 1 and"):
        evaluate_structure(sequence, structure)


def test_energies_are_those_of_viennarna(vienna: Oracle) -> None:
    source = random.Random(4)
    sequences = ["".join(source.choices("ACGU", k=source.randint(20, 300))) for _ in range(100)]
    folds = [fold_sequence(sequence) for sequence in sequences]
    structures = [f"{sequence} {fold.structure}" for sequence, fold in zip(sequences, folds, strict=True)]
    assert [fold.energy for fold in folds] == pytest.approx(vienna(sequences), abs=0.005)
    assert [fold.energy for fold in folds] == pytest.approx(vienna(structures), abs=0.005)

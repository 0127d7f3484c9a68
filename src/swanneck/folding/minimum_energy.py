"""The structure of least free energy, and the energy of any structure."""

from dataclasses import dataclass

import numpy as np

from swanneck.folding import _kernels
from swanneck.folding.energy_model import turner_2004
from swanneck.folding.structures import check_rna, read_structure, write_structure
from swanneck.foundation.errors import InputError

__all__ = ["Fold", "evaluate_structure", "fold_sequence"]

_SHORTEST = 5  # a hairpin of three bases and its pair


@dataclass(frozen=True)
class Fold:
    """A secondary structure in dot-bracket text and its free energy in kcal/mol at 37 degrees."""

    structure: str
    energy: float


def fold_sequence(sequence: str) -> Fold:
    """The structure of minimum free energy, one of them where several tie.

    Turner 2004 energies without dangling ends, hairpins of three bases or more, interior loops of up to 30 unpaired
    bases. Time grows with the cube of the length, memory is 8 bytes x length squared. InputError for letters that are
    not bases. Zuker and Stiegler (1981), Nucleic Acids Research 9:133.

    >>> fold_sequence("GGGGAAAACCCC")
    Fold(structure='((((....))))', energy=-5.4)
    """
    bases = check_rna(sequence)
    if bases.size < _SHORTEST:
        return Fold("." * bases.size, 0.0)
    model = turner_2004()
    paired, branched, suffix = _kernels.fold_tables(model, bases)
    partner = _kernels.trace_fold(model, bases, paired, branched, suffix)
    return Fold(write_structure(partner), float(suffix[0]) / 100.0)


def evaluate_structure(sequence: str, structure: str) -> float:
    """The free energy in kcal/mol of a sequence in a given dot-bracket structure; loops may have any length.

    InputError if the lengths differ, if two bases that cannot pair are paired, or if a hairpin has fewer than 3 bases.

    >>> evaluate_structure("GGGGAAAACCCC", "((((....))))")
    -5.4
    """
    bases, partner = check_rna(sequence), read_structure(structure)
    if bases.size != partner.size:
        problem = f"a structure of {bases.size} signs was wanted for the sequence, {partner.size} came"
        raise InputError(problem)
    starts = np.flatnonzero(partner > np.arange(partner.size))
    model = turner_2004()
    wrong = (model.pair_type[bases[starts], bases[partner[starts]]] < 0) | (partner[starts] - starts < _SHORTEST - 1)
    if wrong.any():
        i = int(starts[wrong][0])
        problem = "the structure pairs two bases that cannot pair, or closes a loop of fewer than 3 bases"
        raise InputError(problem, where=f"positions {i + 1} and {int(partner[i]) + 1}")
    return float(_kernels.structure_energy(model, bases, partner)) / 100.0

"""All structures of a sequence at once: ensemble energy, and how likely each base is to be unpaired."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swanneck.folding import _kernels, _partition_kernels
from swanneck.folding.energy_model import turner_2004
from swanneck.folding.structures import check_rna
from swanneck.foundation.errors import InputError

__all__ = ["Ensemble", "fold_ensemble"]

_HEAT = 61.63207755  # kT in 0.01 kcal/mol at 37 degrees: 1.98717 cal/mol/K x 310.15 K
_LIKELY = 1e-5


@dataclass(frozen=True)
class Ensemble:
    """The Boltzmann ensemble of a sequence's structures at 37 degrees.

    `energy` is the free energy of the ensemble in kcal/mol. `unpaired` has the probability of each base to be
    unpaired; `first`, `second` (positions from 0) and `probability` list the pairs likelier than 1e-5.
    """

    energy: float
    unpaired: npt.NDArray[np.float64]
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]

    @property
    def average_unpaired(self) -> float:
        """The average unpaired probability (AUP), which hydrolysis in solution follows.

        Wayment-Steele et al. (2021), Nucleic Acids Research 49:10604.
        """
        return float(self.unpaired.mean())


def fold_ensemble(sequence: str) -> Ensemble:
    """The ensemble of all structures, with the energies and limits of `fold_sequence`.

    Time grows with the cube of the length, memory is 12 bytes x length squared. InputError for letters that are not
    bases. McCaskill (1990), Biopolymers 29:1105.

    >>> ensemble = fold_ensemble("GGGGAAAACCCC")
    >>> round(ensemble.energy, 2), round(ensemble.average_unpaired, 3)
    (-5.44, 0.344)
    """
    bases = check_rna(sequence)
    model, heat = turner_2004(), _HEAT
    paired, branched, suffix = _kernels.fold_tables(model, bases)
    partner = _kernels.trace_fold(model, bases, paired, branched, suffix)
    del paired, branched
    drift = _partition_kernels.loop_drift(model, bases, partner, heat)
    ground = np.concatenate([[0.0], np.cumsum(drift)])
    row, weights, parts, suffixes = _partition_kernels.inside(model, bases, ground, heat)
    if not (np.isfinite(suffixes[0]) and suffixes[0] > 0):
        problem = f"the structures of these {bases.size} bases are too unlike in energy to be summed"
        raise InputError(problem, remedy="Ask for the structure of minimum energy instead")
    unpaired = _partition_kernels.outside(model, bases, ground, heat, row, weights, parts, suffixes)
    first, second, probability = _likely_pairs(row, weights)
    energy = -heat * (float(np.log(suffixes[0])) + float(ground[-1])) / 100.0
    return Ensemble(energy, np.clip(unpaired, 0.0, 1.0), first, second, probability)


def _likely_pairs(
    row: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    places = np.flatnonzero(probabilities > _LIKELY)
    begins = row[:-1] + np.arange(row.size - 1)
    first = np.searchsorted(begins, places, side="right") - 1
    return first, places - row[first], probabilities[places]

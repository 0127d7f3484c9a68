"""Dimers and hairpins of DNA oligos: the free energy of the stablest structure that they form."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from swanneck.folding.duplexes import DuplexConditions, reverse_complement
from swanneck.folding.pairing import _hairpin_kernels, _kernels
from swanneck.folding.pairing.parameters import SpecialLoops, encode_oligo, santalucia_2004
from swanneck.foundation.errors import InputError

__all__ = ["LONGEST", "Structures", "measure_dimers", "measure_hairpins"]

LONGEST = 60
"""Bases: longer strands do not melt in two states."""

_GAS, _SALT_PER_STEP, _KELVIN = 1.9872, 0.368, 273.15
_LONGEST_LOOP = 30


@dataclass(frozen=True)
class Structures:
    """Enthalpy (kcal/mol) and entropy (cal/mol/K, corrected for salt) of structures; 0 where nothing pairs.

    `strands` is the entropy of two strands that meet: the gas constant times the logarithm of their concentration, and
    0 for hairpins. `dmso_celsius` is what dimethyl sulphoxide takes from melting temperatures.
    """

    enthalpy: NDArray[np.float64]
    entropy: NDArray[np.float64]
    strands: NDArray[np.float64]
    dmso_celsius: float

    def free_energy(self, celsius: float = 37.0) -> NDArray[np.float64]:
        """Give the free energies in kcal/mol at a temperature; the structures are those that are stablest at 37."""
        return np.asarray(self.enthalpy - (celsius + _KELVIN) * self.entropy / 1000)

    def melting_celsius(self) -> NDArray[np.float64]:
        """Give the temperatures at which half of each structure is left; NaN where nothing pairs."""
        sum_of_both = np.where(self.enthalpy == 0, np.nan, self.entropy + self.strands)
        return np.asarray(1000 * self.enthalpy / sum_of_both - _KELVIN - self.dmso_celsius)


def measure_dimers(
    first: Sequence[str],
    second: Sequence[str],
    pairs: NDArray[np.int64] | None = None,
    conditions: DuplexConditions | None = None,
) -> Structures:
    """Measure the stablest dimer of pairs of DNA oligos (A, C, G, T or U; 5' to 3'; at most 60 bases).

    `pairs` holds rows (number in `first`, number in `second`); every oligo of the one with every of the other, in
    rows, where not given. A dimer is one or several helices with bulges and interior loops between, and what dangles
    at its ends (SantaLucia and Hicks 2004). Salt acts on each step of a helix.

    Raises `InputError` where an oligo is not of these letters, or is empty or too long.

    >>> dimers = measure_dimers(["ACCTTGCAGG"], ["CCTGCAAGGT"])
    >>> dimers.free_energy().round(2).tolist()
    [-9.96]
    """
    conditions = conditions or DuplexConditions()
    one, one_lengths = _pack(first)
    other, other_lengths = _pack(second)
    if pairs is None:
        rows, columns = np.divmod(np.arange(len(first) * len(second)), max(1, len(second)))
        pairs = np.stack([rows, columns], axis=1)
    names = [sequence.upper().replace("U", "T") for sequence in (*first, *second)]
    palindromes = {sequence for sequence in names[: len(first)] if sequence == reverse_complement(sequence)}
    symmetric = np.zeros(len(pairs), np.bool_)
    if palindromes:
        symmetric = np.array([names[a] in palindromes and names[a] == names[len(first) + b]
                              for a, b in pairs.tolist()], np.bool_)  # fmt: skip
    strands = conditions.oligo_molar
    gas_log = np.array([_GAS * log(strands / 4), _GAS * log(strands)])
    salt = _SALT_PER_STEP * log(conditions.sodium_molar)
    values = santalucia_2004()
    result = _kernels.dimer_energies(
        one, one_lengths, other, other_lengths, np.ascontiguousarray(pairs, np.int64), gas_log, salt, _LONGEST_LOOP,
        symmetric, values.stack, values.mismatch, values.terminal, values.dangling_3, values.dangling_5,
        values.interior, values.bulge,
    )  # fmt: skip
    return Structures(result[:, 0] / 1000, result[:, 1], gas_log[symmetric.astype(np.int64)], conditions.dmso_celsius)


def measure_hairpins(
    oligos: Sequence[str], conditions: DuplexConditions | None = None, *, special_loops: SpecialLoops = "primer3"
) -> Structures:
    """Measure the hairpins of DNA oligos (A, C, G, T or U; at most 60 bases) that melt last.

    A hairpin is one stem with bulges and interior loops, and a loop of three bases or more; several may follow each
    other along an oligo (SantaLucia and Hicks 2004). Structures are chosen, and steps that salt acts on counted, as
    primer3 does. It never forms the 44 tetraloops, most of them closed by A and T, that have an entropy of their own;
    with `special_loops` "published" they form as published, and one hairpin in 20 to 50 is another.

    Raises `InputError` where an oligo is not of these letters, or is empty or too long.

    >>> measure_hairpins(["GGGCCCGAAAGGGCCC", "AAAAAAAAAA"]).free_energy().round(2).tolist()
    [-7.51, 0.0]
    """
    conditions = conditions or DuplexConditions()
    rows, lengths = _pack(oligos)
    salt = _SALT_PER_STEP * log(conditions.sodium_molar)
    result = _hairpin_kernels.hairpin_energies(rows, lengths, salt, _LONGEST_LOOP, *santalucia_2004(special_loops))
    return Structures(result[:, 0] / 1000, result[:, 1], np.zeros(len(result)), conditions.dmso_celsius)


def _pack(sequences: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    lengths = np.array([len(sequence) for sequence in sequences], np.int64)
    width = int(lengths.max(initial=1))
    rows = np.zeros((len(sequences), width), np.uint8)
    if width <= LONGEST and lengths.min(initial=1) > 0:
        rows[np.arange(width) < lengths[:, None]] = encode_oligo("".join(sequences))
    if width > LONGEST or lengths.min(initial=1) < 1 or (rows > 3).any():
        wrong = next(one for one in sequences if not 1 <= len(one) <= LONGEST or (encode_oligo(one) > 3).any())
        problem = f"wanted an oligo of 1 to {LONGEST} of A, C, G and T, and got {wrong[:70]!r}"
        raise InputError(problem)
    return rows, lengths

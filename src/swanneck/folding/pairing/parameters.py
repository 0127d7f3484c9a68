"""The nearest-neighbour parameters of DNA as arrays that kernels can index."""

from functools import cache
from math import log
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from swanneck.folding.pairing import _santalucia_2004 as words

__all__ = ["BASES", "PairingParameters", "SpecialLoops", "encode_oligo", "santalucia_2004"]

BASES = "ACGT"
SpecialLoops = Literal["primer3", "published"]
_NEVER = 1e9
_LONGEST_LOOP = 30
_KELVIN_37, _GAS = 310.15, 1.9872
_GROWTH = 2.44
_COULD_PAIR, _TA_STEP = ((-5000.0, -800.0), (-6000.0, -1000.0), (-7000.0, -1000.0)), -600.0
"""Enthalpy and free energy of two bases beside a helix that could pair, but are in a loop too small for it.

By the number of G-C pairs among the two; T-A before A-T is weaker. Nobody has measured these: they are what primer3
answers for such loops, rounded.
"""


class PairingParameters(NamedTuple):
    """Enthalpies (cal/mol) in `[..., 0]` and entropies (cal/mol/K) in `[..., 1]`; bases 0 to 3 are A, C, G, T, 4 none.

    The first axes are, for a pair X-U and its neighbours Y and V (5'-XY-3' over 3'-UV-5'): X, Y, U, V. What does not
    exist has an enthalpy of 10^9. `special` are hairpin loops with their closing pair, as numbers to base 4 behind a
    leading 1, sorted.
    """

    stack: NDArray[np.float64]
    mismatch: NDArray[np.float64]
    terminal: NDArray[np.float64]
    dangling_3: NDArray[np.float64]
    dangling_5: NDArray[np.float64]
    interior: NDArray[np.float64]
    bulge: NDArray[np.float64]
    hairpin: NDArray[np.float64]
    special: NDArray[np.int64]
    special_values: NDArray[np.float64]


@cache
def santalucia_2004(special_loops: SpecialLoops = "primer3") -> PairingParameters:
    """Give the parameters of SantaLucia and Hicks 2004 for DNA in 1 M sodium.

    primer3 never closes the tetraloops that have an entropy of their own. With `primer3` they are left out here, too;
    with `published` they form.

    >>> santalucia_2004().stack[0, 0, 3, 3].tolist()
    [-7900.0, -22.2]
    """
    special = sorted(
        (int("1" + "".join(str(BASES.index(base)) for base in word), 4), values)
        for word, values in _entries(words.SPECIAL_HAIRPINS)
    )
    if special_loops == "primer3":
        special = [(code, (_NEVER, 0.0) if values[1] else values) for code, values in special]
    return PairingParameters(
        stack=_table(words.STACKS),
        mismatch=_table(words.MISMATCHES),
        terminal=_terminal(),
        dangling_3=_dangling("3"),
        dangling_5=_dangling("5"),
        interior=_loops(words.INTERIOR_LOOPS),
        bulge=_loops(words.BULGE_LOOPS),
        hairpin=_loops(words.HAIRPIN_LOOPS),
        special=np.array([code for code, _ in special], np.int64),
        special_values=np.array([values for _, values in special], np.float64),
    )


def encode_oligo(sequence: str) -> NDArray[np.uint8]:
    """Give the bases of an oligo as 0 to 3; other letters are 4.

    >>> encode_oligo("acgTN").tolist()
    [0, 1, 2, 3, 4]
    """
    table = np.full(256, 4, np.uint8)
    for number, base in enumerate(BASES):
        table[ord(base)] = table[ord(base.lower())] = number
    table[ord("U")] = table[ord("u")] = 3
    return table[np.frombuffer(sequence.encode("ascii", "replace"), np.uint8)]


def _entries(text: str) -> list[tuple[str, tuple[float, float]]]:
    parts = text.split()
    return [
        (word, (float(enthalpy), float(entropy)))
        for word, enthalpy, entropy in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


def _table(text: str) -> NDArray[np.float64]:
    table = np.full((5, 5, 5, 5, 2), (_NEVER, 0.0))
    for word, values in _entries(text):
        table[tuple(BASES.index(base) for base in word)] = values
    return table


def _dangling(end: str) -> NDArray[np.float64]:
    table = np.full((5, 5, 5, 2), (_NEVER, 0.0))
    for word, values in _entries(words.DANGLING):
        if word[0] == end:
            table[tuple(BASES.index(base) for base in word[1:])] = values
    return table


def _terminal() -> NDArray[np.float64]:
    table = _table(words.TERMINAL_MISMATCHES)
    for base in range(4):
        for after in range(4):
            enthalpy, free_energy = _COULD_PAIR[(base in (1, 2)) + (after in (1, 2))]
            if (base, after) == (3, 0):
                free_energy = _TA_STEP
            table[base, after, 3 - base, 3 - after] = enthalpy, (enthalpy - free_energy) / _KELVIN_37
    return table


def _loops(text: str) -> NDArray[np.float64]:
    """Entropies by length; those of lengths that no loop has are NaN."""
    parts = text.split()
    known = {int(size): 1000 * float(energy) for size, energy in zip(parts[::2], parts[1::2], strict=True)}
    energies = np.full(_LONGEST_LOOP + 1, np.nan)
    below = 0
    for size in range(min(known), _LONGEST_LOOP + 1):
        below = size if size in known else below
        energies[size] = known[below] + _GROWTH * _GAS * _KELVIN_37 * log(size / below)
    return -energies / _KELVIN_37

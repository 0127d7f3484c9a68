"""The nearest-neighbour energy model as arrays that kernels can index."""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from swanneck.folding import _turner_2004, _turner_2004_small_loops

__all__ = ["BASES", "EnergyModel", "turner_2004"]

BASES = "ACGU"

# In 0.01 kcal/mol. Multiloops: closing, per branch; their unpaired bases are free. Asymmetry of interior loops: per
# base, at most. The penalty of a helix that ends in AU or GU. From the same source as the tables.
_MULTILOOP_CLOSING = 930.0
_MULTILOOP_BRANCH = -90.0
_ASYMMETRY = 60.0
_ASYMMETRY_LIMIT = 300.0
_TERMINAL_AU = 50.0
_PAIRS = (("C", "G"), ("G", "C"), ("G", "U"), ("U", "G"), ("A", "U"), ("U", "A"))


class EnergyModel(NamedTuple):
    """Turner's tables in 0.01 kcal/mol, float64; bases 0 to 3 = A, C, G, U; pair types 0 to 5, -1 = no pair.

    >>> model = turner_2004()
    >>> model.pair_type[BASES.index("G"), BASES.index("C")], model.stack[1, 1]
    (np.int64(1), np.float64(-340.0))
    """

    pair_type: npt.NDArray[np.int64]
    stack: npt.NDArray[np.float64]
    mismatch_hairpin: npt.NDArray[np.float64]
    mismatch_interior: npt.NDArray[np.float64]
    mismatch_interior_2x3: npt.NDArray[np.float64]
    closure_interior_1xn: npt.NDArray[np.float64]
    interior_1x1: npt.NDArray[np.float64]
    interior_1x2: npt.NDArray[np.float64]
    interior_2x2: npt.NDArray[np.float64]
    hairpin_length: npt.NDArray[np.float64]
    bulge_length: npt.NDArray[np.float64]
    interior_length: npt.NDArray[np.float64]
    terminal: npt.NDArray[np.float64]
    special_codes: npt.NDArray[np.int64]
    special_energies: npt.NDArray[np.float64]
    multiloop_closing: float
    multiloop_branch: float
    asymmetry: float
    asymmetry_limit: float


def _table(text: str, *shape: int) -> npt.NDArray[np.float64]:
    return np.array(text.split(), dtype=np.float64).reshape(shape) * 10.0


def _special_hairpins() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Codes: the loop's bases with its closing pair as digits to base 4 behind a leading 1, sorted."""
    words = _turner_2004.SPECIAL_HAIRPINS.split()
    codes = [int("1" + "".join(str(BASES.index(base)) for base in word), 4) for word in words[::2]]
    order = np.argsort(codes)
    return np.array(codes, dtype=np.int64)[order], np.array(words[1::2], dtype=np.float64)[order] * 10.0


@cache
def turner_2004() -> EnergyModel:
    """The Turner 2004 model at 37 degrees, helices without dangling ends or coaxial stacking.

    Mismatch terms count in hairpins and interior loops only, which ViennaRNA calls `dangles=0`. Modified bases
    (N1-methylpseudouridine) are outside the model. Mathews et al. (2004), PNAS 101:7287.

    >>> turner_2004().stack.shape
    (6, 6)
    """
    pair_type = np.full((4, 4), -1, dtype=np.int64)
    for number, (first, second) in enumerate(_PAIRS):
        pair_type[BASES.index(first), BASES.index(second)] = number
    codes, energies = _special_hairpins()
    return EnergyModel(
        pair_type=pair_type,
        stack=_table(_turner_2004.STACK, 6, 6),
        mismatch_hairpin=_table(_turner_2004.MISMATCH_HAIRPIN, 6, 4, 4),
        mismatch_interior=_table(_turner_2004.MISMATCH_INTERIOR, 6, 4, 4),
        mismatch_interior_2x3=_table(_turner_2004.MISMATCH_INTERIOR_2X3, 6, 4, 4),
        closure_interior_1xn=_table(_turner_2004.CLOSURE_INTERIOR_1XN, 6),
        interior_1x1=_table(_turner_2004.INTERIOR_1X1, 6, 6, 4, 4),
        interior_1x2=_table(_turner_2004_small_loops.INTERIOR_1X2, 6, 6, 4, 4, 4),
        interior_2x2=_table(_turner_2004_small_loops.INTERIOR_2X2, 6, 6, 4, 4, 4, 4),
        hairpin_length=_table(_turner_2004.HAIRPIN_LENGTH, 31),
        bulge_length=_table(_turner_2004.BULGE_LENGTH, 31),
        interior_length=_table(_turner_2004.INTERIOR_LENGTH, 31),
        terminal=np.array([0.0, 0.0] + [_TERMINAL_AU] * 4),
        special_codes=codes,
        special_energies=energies,
        multiloop_closing=_MULTILOOP_CLOSING,
        multiloop_branch=_MULTILOOP_BRANCH,
        asymmetry=_ASYMMETRY,
        asymmetry_limit=_ASYMMETRY_LIMIT,
    )

"""Peptides that are alike are one family, and a family is never split between training and test."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

__all__ = ["find_families"]

_SHARED, _DIFFERENT = 7, 2


def find_families(peptides: Sequence[str]) -> npt.NDArray[np.int64]:
    """A number for each peptide, equal where two of a chain share 7 residues in a row, or are of one length and differ
    in 2 residues at most (single linkage)."""
    parent = list(range(len(peptides)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    first: dict[str, int] = {}
    for number, peptide in enumerate(peptides):
        keys = {peptide[k : k + _SHARED] for k in range(len(peptide) - _SHARED + 1)}
        for places in combinations(range(len(peptide)), _DIFFERENT):
            keys.add("".join("." if k in places else residue for k, residue in enumerate(peptide)))
        for key in keys:
            one, other = root(number), root(first.setdefault(key, number))
            parent[max(one, other)] = min(one, other)  # a family has the number of its first peptide, in any order
    return np.array([root(number) for number in range(len(peptides))])

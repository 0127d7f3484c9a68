"""Sequences and structures between text and numbers."""

import numpy as np
import numpy.typing as npt

from swanneck.folding.energy_model import BASES
from swanneck.foundation.errors import InputError

__all__ = ["check_rna", "list_stems", "read_structure", "write_structure"]


def check_rna(sequence: str) -> npt.NDArray[np.int64]:
    """The bases of an RNA as numbers, 0 to 3 for A, C, G, U; T is read as U, lower case as upper case.

    InputError for an empty sequence or any other letter: the energy model has no value for them.

    >>> check_rna("GAUu")
    array([2, 0, 3, 3])
    """
    text = sequence.upper().replace("T", "U")
    if not text:
        problem = "an RNA sequence was wanted and nothing came"
        raise InputError(problem)
    strange = sorted(set(text) - set(BASES))
    if strange:
        problem = f"only A, C, G and U (or T) can be folded, not {', '.join(map(repr, strange))}"
        raise InputError(problem, where=f"position {min(map(text.index, strange)) + 1} of {len(text)}")
    return np.array([BASES.index(base) for base in text], dtype=np.int64)


def read_structure(structure: str) -> npt.NDArray[np.int64]:
    """The partner of every base from dot-bracket text, -1 where unpaired. InputError where brackets do not match.

    >>> read_structure("((...).)")
    array([ 7,  5, -1, -1, -1,  1, -1,  0])
    """
    partner = np.full(len(structure), -1, dtype=np.int64)
    opened: list[int] = []
    for position, sign in enumerate(structure):
        if sign == "(":
            opened.append(position)
        elif sign == ")" and opened:
            start = opened.pop()
            partner[start], partner[position] = position, start
        elif sign != ".":
            problem = f"a structure is written with '(', ')' and '.' in balance; {sign!r} does not fit"
            raise InputError(problem, where=f"position {position + 1}")
    if opened:
        problem = f"{len(opened)} bracket(s) of the structure are never closed"
        raise InputError(problem, where=f"position {opened[-1] + 1}")
    return partner


def write_structure(partner: npt.NDArray[np.int64]) -> str:
    """Dot-bracket text of the partners.

    >>> write_structure(np.array([4, -1, -1, -1, 0]))
    '(...)'
    """
    return "".join("." if other < 0 else "(" if other > here else ")" for here, other in enumerate(partner.tolist()))


def list_stems(structure: str) -> list[tuple[int, int, int]]:
    """The stems of dot-bracket text: first and last base (from 0) and the number of pairs, without a bulge or loop.

    >>> list_stems("((.(((...)))))")
    [(0, 13, 2), (3, 11, 3)]
    """
    partner = read_structure(structure)
    stems: list[tuple[int, int, int]] = []
    for start in np.flatnonzero(partner > np.arange(partner.size)).tolist():
        end = int(partner[start])
        if stems:
            first, last, size = stems[-1]
            if (first + size, last - size) == (start, end):
                stems[-1] = (first, last, size + 1)
                continue
        stems.append((start, end, 1))
    return stems

"""What an antigen's protein has, and named edits of it: sequons, hydrophobic segments, stabilising prolines."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from swanneck.foundation.errors import InputError
from swanneck.vaccine.coding_design import check_protein

__all__ = ["NAMED_EDITS", "Segment", "edit_protein", "find_segments", "find_sequons"]

NAMED_EDITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # SARS-CoV-2 spike, numbered as Wuhan-Hu-1's: Wrapp et al. (2020), Science 367:1260.
        "2P": ("K986P", "V987P"),
        # Hsieh et al. (2020), Science 369:1501.
        "HexaPro": ("F817P", "A892P", "A899P", "A942P", "K986P", "V987P"),
        # The furin site RRAR to GSAS, of the same constructs.
        "furin-GSAS": ("R682G", "R683S", "R685S"),
    }
)
"""Sets of substitutions by name."""

_EDIT = re.compile(r"([A-Z])(\d+)([A-Z])")
_SEQUON = re.compile(r"(?=(N[^P][ST]))")
# Kyte, Doolittle (1982), J. Mol. Biol. 157:105, table 2.
_HYDROPATHY = {
    "A": 1.8, "R": -4.5, "N": -3.5, "D": -3.5, "C": 2.5, "Q": -3.5, "E": -3.5, "G": -0.4, "H": -3.2, "I": 4.5,
    "L": 3.8, "K": -3.9, "M": 1.9, "F": 2.8, "P": -1.6, "S": -0.8, "T": -0.7, "W": -0.9, "Y": -1.3, "V": 4.2,
}  # fmt: skip
_MEMBRANE_WINDOW, _MEMBRANE_MEAN = 19, 1.6  # of the same paper: segments that span a membrane
_SIGNAL_WINDOW, _SIGNAL_MEAN, _SIGNAL_REACH = 8, 2.0, 25  # the hydrophobic core of signal peptides: von Heijne 1985


@dataclass(frozen=True)
class Segment:
    """A stretch of residues, from 1, end included; `hydropathy` is the largest mean of a window in it."""

    kind: str
    start: int
    end: int
    hydropathy: float


def edit_protein(protein: str, edits: Iterable[str]) -> str:
    """Apply substitutions such as K986P, or sets of `NAMED_EDITS`, counted from 1 in the protein given.

    InputError where a word is neither, or the protein has another residue there: then it is numbered differently.

    >>> edit_protein("MKV", ["K2P"])
    'MPV'
    """
    residues = list(check_protein(protein))
    for word in [one for edit in edits for one in NAMED_EDITS.get(edit, (edit,))]:
        match = _EDIT.fullmatch(word.upper())
        if match is None:
            problem = f"a substitution such as K986P, or one of {', '.join(NAMED_EDITS)}, was wanted; {word!r} came"
            raise InputError(problem)
        before, place, after = match[1], int(match[2]), check_protein(match[3])
        found = residues[place - 1] if 0 < place <= len(residues) else "nothing"
        if found != before:
            problem = f"{word} replaces {before}, and the protein has {found} at {place}"
            raise InputError(problem, remedy="Is the protein numbered from another start?")
        residues[place - 1] = after
    return "".join(residues)


def find_sequons(protein: str) -> list[int]:
    """Positions (from 1) of asparagines that may carry N-glycans: N, any but P, S or T. Marshall (1972), Annu. Rev.
    Biochem. 41:673.

    >>> find_sequons("MNGTNPSNNSS")
    [2, 8, 9]
    """
    return [match.start() + 1 for match in _SEQUON.finditer(check_protein(protein))]


def find_segments(protein: str) -> list[Segment]:
    """Stretches that may span a membrane, and the core of a signal peptide, by mean hydropathy of windows.

    Membrane: 19 residues with a mean of 1.6 or more (Kyte and Doolittle 1982). Signal: 8 residues with a mean of 2 or
    more that begin among the first 25 (von Heijne 1985, J. Mol. Biol. 184:99). A first look, no trained predictor.

    >>> [segment.kind for segment in find_segments("MK" + "LLLLAVLLAL" + "SQKDENSKDE" * 4)]
    ['signal']
    """
    residues = check_protein(protein)
    found = _merge(residues, _MEMBRANE_WINDOW, _MEMBRANE_MEAN, "membrane")
    signal = _merge(residues[: _SIGNAL_REACH + _SIGNAL_WINDOW], _SIGNAL_WINDOW, _SIGNAL_MEAN, "signal")[:1]
    return signal + [one for one in found if not (signal and one.start <= signal[0].end)]


def _merge(residues: str, window: int, least: float, kind: str) -> list[Segment]:
    """Overlapping windows that are hydrophobic enough, as one segment each."""
    segments: list[Segment] = []
    for start in range(len(residues) - window + 1):
        mean = sum(_HYDROPATHY[one] for one in residues[start : start + window]) / window
        if mean < least:
            continue
        if segments and segments[-1].end >= start + 1:
            last = segments.pop()
            segments.append(Segment(kind, last.start, start + window, max(mean, last.hydropathy)))
        else:
            segments.append(Segment(kind, start + 1, start + window, mean))
    return segments

"""Where oligos bind in genomes that need not be aligned: the best site on either strand, and its mismatches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.search._kernels import find_best_places
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, check_nucleotides

__all__ = ["MOST_MISMATCHES", "OligoSites", "find_sites"]

MOST_MISMATCHES = 7
"""Sites with more mismatches than this are not told from chance."""

_LETTERS = "ACGTURYSWKMBDHVNX?"
_MASKS = dict(zip(_LETTERS, [1, 2, 4, 8, 8, 5, 10, 6, 9, 12, 3, 14, 13, 11, 7, 15, 15, 15], strict=True))
_LONGEST = 128


@dataclass(frozen=True)
class OligoSites:
    """The best site of each oligo in each genome; arrays are [oligo, genome].

    `mismatches` counts the known bases that differ, and `missing` the ambiguous bases of the genome at the site;
    both are -1 where no site has at most seven of the two together. `start` is the first base of the site on the
    genome's own strand, from 1 and without gaps, 0 where there is none; `reverse` says that the oligo is written in
    the other direction.
    """

    mismatches: NDArray[np.int64]
    missing: NDArray[np.int64]
    start: NDArray[np.int64]
    reverse: NDArray[np.bool_]


def find_sites(oligos: list[str], genomes: list[FastaRecord]) -> OligoSites:
    """Find the best site of every oligo (5' to 3', IUPAC codes) in every genome, on both strands, without indels.

    The best has the fewest mismatching and missing bases; the forward strand, then the first place, wins a draw. No
    site within seven is overlooked. Gaps of aligned genomes are left out.

    Raises `InputError` where an oligo or a genome is not written in nucleotides.

    >>> genomes = [FastaRecord("a", "", "TTTTACGTTGCATTTT"), FastaRecord("b", "", "AAAATGCAACCTAAAA")]
    >>> found = find_sites(["ACGTTGCA"], genomes)
    >>> found.start.tolist(), found.mismatches.tolist(), found.reverse.tolist()
    ([[5, 5]], [[0, 1]], [[False, True]])
    """
    check_nucleotides(genomes)
    table = _table()
    lengths = np.array([len(oligo) for oligo in oligos], np.int64)
    forward = np.zeros((len(oligos), max([1, *lengths.tolist()])), np.uint8)
    backward = np.zeros_like(forward)
    for row, oligo in enumerate(oligos):
        masks = _oligo_masks(oligo, table)
        forward[row, : masks.size], backward[row, : masks.size] = masks, _complement(masks)[::-1]
    shape = (len(oligos), len(genomes))
    mismatches, missing = np.full(shape, -1, np.int64), np.full(shape, -1, np.int64)
    start, reverse = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    for column, genome in enumerate(genomes):
        bases = table[np.frombuffer(genome.sequence.encode("ascii"), np.uint8)]
        bases = bases[bases != 0]
        best = find_best_places(bases, forward, lengths)
        other = find_best_places(bases, backward, lengths)
        turned = (other[1] >= 0) & ((best[1] < 0) | (other[1] < best[1]))
        places, counts = np.where(turned, other, best)
        unknown = np.concatenate([[0], np.cumsum((bases & (bases - 1)) != 0)])
        found = counts >= 0
        begin = np.where(found, places, 0)
        vague = np.where(found, unknown[np.minimum(begin + lengths, bases.size)] - unknown[begin], -1)
        missing[:, column], reverse[:, column] = vague, turned
        mismatches[:, column] = np.where(found, counts - vague, -1)
        start[:, column] = np.where(found, places + 1, 0)
    return OligoSites(mismatches, missing, start, reverse)


def _table() -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for letter, mask in _MASKS.items():
        table[ord(letter)] = mask
    return table


def _oligo_masks(oligo: str, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    strange = sorted(set(oligo.upper()) - set(_LETTERS))
    if strange or not 1 <= len(oligo) <= _LONGEST:
        found = f"{', '.join(strange)} in {oligo[:60]!r}" if strange else f"{len(oligo)} letters"
        problem = f"wanted an oligo of 1 to {_LONGEST} nucleotides and got {found}"
        raise InputError(problem)
    return table[np.frombuffer(oligo.upper().encode("ascii"), np.uint8)]


def _complement(masks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Swap A with T and C with G: turn the four bits around."""
    turned = (masks & 1) << 3 | (masks & 2) << 1 | (masks & 4) >> 1 | (masks & 8) >> 3
    return turned.astype(np.uint8)

"""Every site of oligos in a background, on both strands, with a guaranteed recall."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.search import _kernels
from swanneck.folding.duplexes import reverse_complement
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord

__all__ = ["BASE_CODES", "OffTargets", "Seeds", "collect_sites", "find_off_targets", "make_seeds"]

BASE_CODES = np.full(256, 4, np.uint8)
for _number, _pair in enumerate(("Aa", "Cc", "Gg", "TtUu")):
    for _letter in _pair:
        BASE_CODES[ord(_letter)] = _number
_SHORTEST, _LONGEST, _MOST = 12, 64, 5
_LETTERS = frozenset("ACGT")


@dataclass(frozen=True)
class OffTargets:
    """Sites of oligos, in order of sequence, place and oligo.

    `oligo` and `record` are numbers; `start` the first base, from 0; `reverse` says that the oligo is written on the
    other strand; `mismatches` counts all, `three_prime` those among the oligo's last five
    bases, `last_two` those among its last two.
    """

    oligo: NDArray[np.int64]
    record: NDArray[np.int64]
    start: NDArray[np.int64]
    reverse: NDArray[np.bool_]
    mismatches: NDArray[np.int64]
    three_prime: NDArray[np.int64]
    last_two: NDArray[np.int64]


def find_off_targets(oligos: Sequence[str], background: Sequence[FastaRecord], *, mismatches: int = 3) -> OffTargets:
    """Find every site with at most so many mismatches, without gaps, on both strands; none is overlooked.

    Oligos have 12 to 64 of A, C, G, T. An oligo is cut into one piece more than mismatches: one of them must be there
    unchanged (the pigeonhole rule). Pieces are looked up while the background passes by, and what they find is
    verified. A base of the background that is none of A, C, G, T is a mismatch.

    Raises `InputError` where an oligo is not of these letters, or too short for so many mismatches.

    >>> found = find_off_targets(["ACGTTGCAAGGC"], [FastaRecord("b", "", "TTTTACGTTGCATGGCTTTT")], mismatches=1)
    >>> found.start.tolist(), found.mismatches.tolist()
    ([4], [1])
    """
    seeds = make_seeds(oligos, mismatches)
    parts = []
    for number, record in enumerate(background):
        codes = BASE_CODES[np.frombuffer(record.sequence.encode("ascii", "replace"), np.uint8)]
        found = seeds.search(codes, mismatches)
        parts.append(np.column_stack([np.full(len(found), number), found]))
    return collect_sites(parts)


@dataclass(frozen=True)
class Seeds:
    """Oligos cut into pieces, ready to search: see `_kernels.seeded_sites`."""

    words: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    table: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]

    def search(self, codes: NDArray[np.uint8], mismatches: int) -> NDArray[np.int64]:
        """Give sites in a stretch of bases 0 to 3 (4: none): word, place, mismatches, those of the last five, two."""
        found = _kernels.seeded_sites(codes, self.words, self.lengths, *self.table, mismatches)
        return np.unique(found, axis=0)  # several pieces may find one site


def make_seeds(oligos: Sequence[str], mismatches: int) -> Seeds:
    """Cut oligos and their reverse complements into one piece more than mismatches."""
    words = [*map(_checked, oligos)]
    if not 0 <= mismatches <= _MOST:
        problem = f"wanted 0 to {_MOST} mismatches and got {mismatches}"
        raise InputError(problem)
    both = [BASE_CODES[np.frombuffer(word.encode(), np.uint8)]
            for oligo in words for word in (oligo, reverse_complement(oligo))]  # fmt: skip
    lengths = np.array([word.size for word in both], np.int64)
    rows = np.zeros((len(both), int(lengths.max(initial=1))), np.uint8)
    for row, word in enumerate(both):
        rows[row, : word.size] = word
    return Seeds(rows, lengths, _seeds(both, mismatches + 1))


def collect_sites(parts: Sequence[NDArray[np.int64]]) -> OffTargets:
    """Gather rows of record, word, place, mismatches, those of the last five and of the last two bases."""
    table = np.unique(np.concatenate([np.zeros((0, 6), np.int64), *parts]), axis=0)
    table = table[np.lexsort((table[:, 1], table[:, 2], table[:, 0]))]
    return OffTargets(table[:, 1] // 2, table[:, 0], table[:, 2], table[:, 1] % 2 == 1, *table[:, 3:].T)


def _checked(oligo: str) -> str:
    word = oligo.upper().replace("U", "T")
    if set(word) - _LETTERS or not _SHORTEST <= len(word) <= _LONGEST:
        problem = f"wanted an oligo of {_SHORTEST} to {_LONGEST} of A, C, G, T and got {oligo[:70]!r}"
        raise InputError(problem, remedy="Write mixtures (IUPAC codes) as the oligos that they are")
    return word


def _seeds(
    words: list[NDArray[np.uint8]], pieces: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Cut words into pieces; give the table of all, sorted by the code of their first bases, and how long that is.

    All pieces of one search are keyed by the same number of bases, that of the shortest piece, at most 11: a table
    of 4 to that power tells where the pieces of a code begin.
    """
    cuts = [np.linspace(0, word.size, pieces + 1).astype(int) for word in words]
    width = min(11, min(int(np.diff(cut).min()) for cut in cuts)) if words else 3
    keys, owners, offsets, sizes = [], [], [], []
    for owner, (word, cut) in enumerate(zip(words, cuts, strict=True)):
        for begin, end in zip(cut[:-1].tolist(), cut[1:].tolist(), strict=True):
            keys.append(int(sum(int(base) << (2 * i) for i, base in enumerate(word[begin : begin + width]))))
            owners.append(owner)
            offsets.append(begin)
            sizes.append(end - begin)
    order = np.argsort(np.array(keys, np.int64), kind="stable")
    sorted_keys = np.array(keys, np.int64)[order]
    first = np.searchsorted(sorted_keys, np.arange(4**width + 1))
    there = (np.diff(first) > 0).astype(np.uint8)
    return (first.astype(np.int64), np.array(owners, np.int64)[order], np.array(offsets, np.int64)[order],
            np.array([width], np.int64), there)  # fmt: skip

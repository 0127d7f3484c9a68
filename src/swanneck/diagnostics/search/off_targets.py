"""Every site of oligos in a background, on both strands, with a guaranteed recall; and what would be amplified."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.search import _kernels
from swanneck.folding.duplexes import reverse_complement
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord

__all__ = [
    "BASE_CODES", "Amplicon", "OffTargets", "Searchable", "Seeds", "collect_sites", "find_off_targets", "make_seeds",
    "predict_amplicons",
]  # fmt: skip

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


@dataclass(frozen=True)
class Amplicon:
    """What two oligos of an assay would amplify: where, how long, with how many mismatches, with the probe or not."""

    record: str
    start: int
    end: int
    forward: str
    backward: str
    mismatches: int
    with_probe: bool


@runtime_checkable
class Searchable(Protocol):
    """A background that finds sites itself, such as an index on disk."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its sequences."""

    def find(self, oligos: Sequence[str], *, mismatches: int = 3) -> OffTargets:
        """Find every site."""


def predict_amplicons(
    primers: dict[str, str],
    probes: dict[str, str],
    background: Sequence[FastaRecord] | Searchable,
    *,
    mismatches: int = 3,
    longest: int = 1000,
) -> list[Amplicon]:
    """Predict what any two primers would amplify in a background (in-silico PCR).

    Two primers that face each other within `longest` bases make a product where neither has a mismatch among its
    last two bases. Give F3 and B3 (or F2 and B2) for LAMP. `primers` and `probes` are named oligos, 5' to 3'.

    >>> background = [FastaRecord("b", "", "ACGTTGCAAGGCTTACGATCTTTTTTTTGACCGATTCGCTAAGG")]
    >>> found = predict_amplicons({"F": "ACGTTGCAAGGCTTACGATC", "R": "CCTTAGCGAATCGGTC"}, {}, background)
    >>> [(one.forward, one.backward, one.start, one.end) for one in found]
    [('F', 'R', 1, 44)]
    """
    names = [*primers, *probes]
    oligos = [*primers.values(), *probes.values()]
    if isinstance(background, Searchable):
        found, records = background.find(oligos, mismatches=mismatches), background.names
    else:
        found = find_off_targets(oligos, background, mismatches=mismatches)
        records = tuple(record.name for record in background)
    ends = found.last_two == 0
    amplicons = []
    for number, record in enumerate(records):
        own = np.flatnonzero(found.record == number)
        lefts = [int(i) for i in own if found.oligo[i] < len(primers) and not found.reverse[i] and ends[i]]
        rights = [int(i) for i in own if found.oligo[i] < len(primers) and found.reverse[i] and ends[i]]
        inner = [i for i in own if found.oligo[i] >= len(primers)]
        for left, right in _facing(lefts, rights, found, oligos, longest=longest):
            begin, end = int(found.start[left]), int(found.start[right]) + len(oligos[found.oligo[right]])
            probed = any(begin <= found.start[i] and found.start[i] + len(oligos[found.oligo[i]]) <= end for i in inner)
            wrong = int(found.mismatches[left] + found.mismatches[right])
            amplicons.append(Amplicon(record, begin + 1, end, names[found.oligo[left]],
                                      names[found.oligo[right]], wrong, probed))  # fmt: skip
    return sorted(amplicons, key=lambda one: (one.mismatches, one.record, one.start))


def _facing(
    lefts: Sequence[int], rights: Sequence[int], found: OffTargets, oligos: Sequence[str], *, longest: int
) -> Iterator[tuple[int, int]]:
    starts = found.start[list(rights)] if len(rights) else np.zeros(0, np.int64)
    order = np.argsort(starts, kind="stable")
    for left in lefts:
        begin = found.start[left]
        low = np.searchsorted(starts[order], begin + len(oligos[found.oligo[left]]))
        for place in order[low:]:
            right = rights[place]
            if found.start[right] + len(oligos[found.oligo[right]]) - begin > longest:
                if found.start[right] - begin > longest:
                    break
                continue
            yield left, right

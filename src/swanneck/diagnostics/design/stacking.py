"""Genomes laid on a reference, without an alignment of many: anchors of exact words, and alignment between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.design._stack_kernels import align_in_band, chain_anchors, lay_anchors
from swanneck.diagnostics.intake import IntakeSettings
from swanneck.folding.duplexes import reverse_complement
from swanneck.sequences.fasta import FastaRecord

__all__ = ["BROKEN", "Stack", "stack_genomes", "write_alignment"]

BROKEN = 16
"""Added to a base before which a genome has more bases than the reference."""

_WORDS = (16, 11)
"""Long words first: they are surer; short ones where few long ones are found, as between serotypes."""
_ENOUGH, _LEAST_LAID = 0.5, 0.2
_DIAGONAL, _LEAST_WORDS = 60, 2
_SLACK, _MOST_CELLS = 60, 30_000_000
_WINDOW = 20
_LETTERS = "-ACMGRSVTWYHKDBN"
_MASKS = np.full(256, 15, np.uint8)
for _mask, _letter in enumerate(_LETTERS):
    _MASKS[ord(_letter)] = _mask
_MASKS[ord("U")] = 8
_PAIRS = np.full(16, 4, np.int64)
_PAIRS[[1, 2, 4, 8]] = range(4)


@dataclass(frozen=True)
class Stack:
    """Genomes on the columns of a reference.

    `bases` are masks of four bits as [genome, column]: 0 a deletion, 15 unknown; `BROKEN` is added where a genome has
    more bases before a column. `left_out` tells why a genome is not in.
    """

    names: list[str]
    bases: NDArray[np.uint8]
    left_out: dict[str, str]
    reference: str


@dataclass(frozen=True)
class _Anchors:
    """The words of a reference that are in it once, sorted, and their places."""

    size: int
    words: NDArray[np.int64]
    places: NDArray[np.int64]

    def find(self, codes: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give places in the reference and in a genome that share a word, in the genome's order."""
        if not self.words.size or codes.size < self.size:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        words, there = _words(codes, self.size)
        at = np.minimum(np.searchsorted(self.words, words), self.words.size - 1)
        hit = self.words[at] == words
        here, there = self.places[at[hit]], there[hit]
        # Words out of place lie on diagonals of their own: those that few others share are not kept.
        band = (there - here) // _DIAGONAL
        values, counts = np.unique(band, return_counts=True)
        near = counts.copy()
        for shift in (-1, 1):
            beside = np.searchsorted(values, values + shift)
            there_is = (beside < values.size) & (values[np.minimum(beside, values.size - 1)] == values + shift)
            near += np.where(there_is, counts[np.minimum(beside, values.size - 1)], 0)
        kept = near[np.searchsorted(values, band)] >= _LEAST_WORDS
        return here[kept], there[kept]


def stack_genomes(
    reference: FastaRecord,
    genomes: Sequence[FastaRecord],
    settings: IntakeSettings | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> Stack:
    """Lay genomes on a reference, on whichever strand fits; gaps of an alignment are left out first.

    Words of 16 bases (11 where few of those are found) that are once in the reference anchor each genome, in the
    longest run that keeps their order; between two anchors the bases are aligned with affine gaps. Missing ends are
    unknown. A genome that covers too little of the reference, or is unlike it there, is left out with the reason.

    >>> reference = FastaRecord("r", "", "ACGTTGCAAGGCTTACGATCAGTTCCATGGATAC")
    >>> stack = stack_genomes(reference, [reference])
    >>> stack.bases[0, :4].tolist(), stack.left_out
    ([1, 2, 4, 8], {})
    """
    settings = settings or IntakeSettings()
    target = _encode(_plain(reference))
    anchors = [_index(target, size) for size in _WORDS]
    names: list[str] = []
    rows = np.full((len(genomes), target.size), 15, np.uint8)
    left_out: dict[str, str] = {}
    known: dict[str, tuple[NDArray[np.uint8] | None, str]] = {}
    for number, genome in enumerate(genomes):
        letters = _plain(genome)
        if letters not in known:
            known = {} if len(known) > 256 else known
            known[letters] = _lay(letters, target, anchors, settings)
        row, reason = known[letters]
        if row is None:
            left_out[genome.name] = reason
        else:
            rows[len(names)] = row
            names.append(genome.name)
        if progress and (number % 50 == 49 or number + 1 == len(genomes)):
            progress("genomes", number + 1, len(genomes))
    return Stack(names, rows[: len(names)], left_out, reference.name)


def write_alignment(stack: Stack) -> list[FastaRecord]:
    """Write a stack as an alignment on the reference's columns; where a genome has more bases, its column is a gap.

    >>> reference = FastaRecord("r", "", "ACGTTGCAAGGCTTACGATCAGTTCCATGGATAC")
    >>> write_alignment(stack_genomes(reference, [reference]))[0].sequence[:4]
    'ACGT'
    """
    letters = np.frombuffer(("".join(_LETTERS) + "-" * 16).encode(), np.uint8)
    return [FastaRecord(name, "", letters[row].tobytes().decode())
            for name, row in zip(stack.names, stack.bases, strict=True)]  # fmt: skip


def _plain(record: FastaRecord) -> str:
    return record.sequence.upper().replace("-", "").replace(".", "").replace("*", "").replace("U", "T")


def _encode(letters: str) -> NDArray[np.uint8]:
    return _MASKS[np.frombuffer(letters.encode("ascii", "replace"), np.uint8)]


def _words(codes: NDArray[np.uint8], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the words of a sequence without unknown bases as numbers, and where they begin."""
    pairs = _PAIRS[codes]
    vague = np.concatenate([[0], np.cumsum(pairs > 3)])
    n = codes.size - size + 1
    words = np.zeros(n, np.int64)
    for shift in range(size):
        words = (words << 2) | (pairs[shift : shift + n] & 3)
    there = np.flatnonzero(vague[size:] == vague[:-size])
    return words[there], there


def _index(codes: NDArray[np.uint8], size: int) -> _Anchors:
    if codes.size < size:
        return _Anchors(size, np.zeros(0, np.int64), np.zeros(0, np.int64))
    words, places = _words(codes, size)
    unique, first, counts = np.unique(words, return_index=True, return_counts=True)
    once = counts == 1
    return _Anchors(size, unique[once], places[first[once]])


def _lay(
    letters: str, target: NDArray[np.uint8], anchors: list[_Anchors], settings: IntakeSettings
) -> tuple[NDArray[np.uint8] | None, str]:
    codes = _encode(letters)
    if not codes.size or (codes == 15).mean() > settings.most_unknown:
        return None, "mostly missing bases"
    whole = min(target.size, codes.size)
    best = codes if _is_level(codes, target) else np.full(target.size, 15, np.uint8)
    for one in anchors if best is not codes else []:
        here, there = one.find(codes)
        strand = codes
        if here.size < whole // 10:
            other = _encode(reverse_complement(letters))
            found = one.find(other)
            if found[0].size > here.size:
                strand, (here, there) = other, found
        row = _fill(strand, target, here, there, word=one.size)
        best = max(best, row, key=_count)
        if _count(best) >= _ENOUGH * whole:
            break
    count = _count(best)
    laid = (best & 15) != 15
    like = float(((best & target)[laid] != 0).mean()) if count else 0.0
    if count < _LEAST_LAID * whole or like < settings.like:
        told = f"{100 * like:.0f} % of the bases are the same (at least {100 * settings.like:.0f} %)"
        return None, "unlike the reference: " + (told if count >= _LEAST_LAID * whole else "hardly a word is the same")
    if count < settings.shortest * target.size:
        return None, f"too short: {count} of the reference's {target.size} bases"
    return best, ""


def _is_level(codes: NDArray[np.uint8], target: NDArray[np.uint8]) -> bool:
    """Tell whether a genome has the reference's length and is nowhere unlike it: nothing is deleted or inserted."""
    if codes.size != target.size:
        return False
    wrong = np.concatenate([[0], np.cumsum((codes & target) == 0)])
    return bool((wrong[_WINDOW:] - wrong[:-_WINDOW] <= _WINDOW // 2).all())


def _count(row: NDArray[np.uint8]) -> int:
    return int(((row & 15) != 15).sum())


def _fill(
    codes: NDArray[np.uint8], target: NDArray[np.uint8], here: NDArray[np.int64], there: NDArray[np.int64], *,
    word: int,
) -> NDArray[np.uint8]:  # fmt: skip
    row = np.full(target.size, 15, np.uint8)
    chain = chain_anchors(here)
    rest = lay_anchors(here[chain], there[chain], word, target, codes, row)
    for begin, end, first, last in rest.tolist():
        one, two = target[begin:end], codes[first:last]
        slack = _SLACK + max(one.size, two.size) // 20
        if one.size * (abs(one.size - two.size) + 2 * slack) > _MOST_CELLS:
            continue
        places = align_in_band(one, two, slack)
        paired = places >= 0
        row[begin:end] = np.where(paired, two[np.maximum(places, 0)] if two.size else 0, 0)
        inner = np.concatenate([[-1], places[paired], [two.size]])
        columns = np.concatenate([np.flatnonzero(paired), [one.size]])
        for column in columns[np.diff(inner) > 1].tolist():
            if begin + column < row.size:
                row[begin + column] |= BROKEN
    return row

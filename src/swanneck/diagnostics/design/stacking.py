"""Genomes laid on a reference, without an alignment of many: anchors of exact words, and alignment between them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.monitoring.binding import CODES, align_text
from swanneck.folding.duplexes import reverse_complement
from swanneck.sequences.fasta import FastaRecord

__all__ = ["Stack", "stack_genomes"]

_WORD = 16
_WIDEST = 1500
_LEAST_SHARE, _LEAST_WORDS = 0.3, 2


class Stack:
    """Genomes on the columns of a reference.

    `bases` are masks of four bits as [genome, column]: 0 a deletion, 15 unknown. `broken` marks columns before which
    a genome has more bases. `left_out` tells why a genome is not in.
    """

    def __init__(self, names: list[str], bases: NDArray[np.uint8], broken: NDArray[np.bool_],
                 left_out: dict[str, str]) -> None:  # fmt: skip
        self.names = names
        self.bases = bases
        self.broken = broken
        self.left_out = left_out


def stack_genomes(reference: FastaRecord, genomes: Sequence[FastaRecord]) -> Stack:
    """Lay genomes on a reference, on whichever strand fits; gaps of an alignment are left out first.

    Words of 16 bases that are once in the reference anchor each genome, in the longest run that keeps their order;
    between two anchors the bases are aligned with affine gaps. Stretches of more than 1,500 bases without an anchor,
    and missing ends, are unknown. A genome of which less than 30 % can be laid down is left out.

    >>> reference = FastaRecord("r", "", "ACGTTGCAAGGCTTACGATCAGTTCCATGGATAC")
    >>> stack = stack_genomes(reference, [reference])
    >>> stack.bases[0, :4].tolist(), stack.left_out
    ([1, 2, 4, 8], {})
    """
    letters = _plain(reference)
    words: dict[str, int] = {}
    for place in range(len(letters) - _WORD + 1):
        word = letters[place : place + _WORD]
        words[word] = -1 if word in words else place
    names, rows, breaks, left_out = [], [], [], {}
    table = np.full(256, 15, np.uint8)
    for letter, mask in CODES.items():
        table[ord(letter)] = mask
    for genome in genomes:
        best = max((_plain(genome), reverse_complement(_plain(genome))), key=lambda one: _shared(one, words))
        row, broken = _lay(letters, best, words, table)
        if (row != 15).mean() < _LEAST_SHARE:
            missing = sum(best.count(letter) for letter in "NX?") > 0.5 * len(best)
            left_out[genome.name] = "mostly missing bases" if missing else "unlike the reference, or too short"
            continue
        names.append(genome.name)
        rows.append(row)
        breaks.append(broken)
    empty = np.zeros((0, len(letters)))
    bases = np.array(rows, np.uint8) if rows else empty.astype(np.uint8)
    return Stack(names, bases, np.array(breaks, np.bool_) if rows else empty.astype(np.bool_), left_out)


def _plain(record: FastaRecord) -> str:
    return record.sequence.upper().replace("-", "").replace(".", "").replace("*", "").replace("U", "T")


def _shared(letters: str, words: dict[str, int]) -> int:
    return sum(letters[place : place + _WORD] in words for place in range(0, len(letters), 7))


def _lay(
    reference: str, letters: str, words: dict[str, int], table: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    row = np.full(len(reference), 15, np.uint8)
    broken = np.zeros(len(reference), np.bool_)
    codes = table[np.frombuffer(letters.encode("ascii", "replace"), np.uint8)]
    anchors = _anchors(letters, words)
    end_here, end_there = -1, -1
    for here, there in anchors:
        if end_here >= 0 and (here > end_here or there > end_there):
            _between(row, broken, reference, letters, codes=codes, span=(end_here, here, end_there, there))
        row[here : here + _WORD] = codes[there : there + _WORD]
        end_here, end_there = here + _WORD, there + _WORD
    return row, broken


def _anchors(letters: str, words: dict[str, int]) -> list[tuple[int, int]]:
    """Give pairs of places in the reference and the genome, in order and without overlap."""
    found = [(words[letters[place : place + _WORD]], place) for place in range(len(letters) - _WORD + 1)
             if words.get(letters[place : place + _WORD], -1) >= 0]  # fmt: skip
    if not found:
        return []
    # Words out of place lie on diagonals of their own: those that few others share are not kept.
    diagonals = Counter((there - here) // 60 for here, there in found)
    kept = [
        (here, there)
        for here, there in found
        if sum(diagonals[(there - here) // 60 + beside] for beside in (-1, 0, 1)) >= _LEAST_WORDS
    ]
    chain: list[tuple[int, int]] = []
    for here, there in kept:
        if not chain or (here >= chain[-1][0] + _WORD and there >= chain[-1][1] + _WORD):
            chain.append((here, there))
        elif (here, there) == (chain[-1][0] + 1, chain[-1][1] + 1):
            continue
    return [pair for i, pair in enumerate(chain) if _fits(chain, i)]


def _fits(chain: list[tuple[int, int]], number: int) -> bool:
    here, there = chain[number]
    near = [chain[i] for i in (number - 1, number + 1) if 0 <= i < len(chain)]
    return any(abs((there - here) - (b - a)) < 60 for a, b in near) or len(chain) == 1


def _between(
    row: NDArray[np.uint8], broken: NDArray[np.bool_], reference: str, letters: str, *, codes: NDArray[np.uint8],
    span: tuple[int, int, int, int],
) -> None:  # fmt: skip
    begin, end, first, last = span
    one, other = reference[begin:end], letters[first:last]
    if len(one) == len(other):
        row[begin:end] = codes[first:last]
        same = sum(a == b for a, b in zip(one, other, strict=True))
        if same >= 0.6 * len(one) or len(one) < 4:
            return
    if max(len(one), len(other)) > _WIDEST:
        row[begin:end] = 15
        return
    places = align_text(one, other) if one and other else [-1] * len(one)
    before = -1
    for offset, place in enumerate(places):
        row[begin + offset] = 0 if place < 0 else codes[first + place]
        if place >= 0:
            broken[begin + offset] = place > before + 1
            before = place
    if before + 1 < len(other) and end < row.size:
        broken[end] = True

"""Kernels of the search: an oligo's best place in a genome, and every place in a background.

A base is a mask of four bits (A 1, C 2, G 4, T 8): several bits are an ambiguous base. An oligo is looked for at 64
places at a time, with a counter of mismatches that has one bit per place in each of three words.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["find_best_places", "seeded_sites"]

_ONE = np.uint64(1)
_EVEN, _PAIRS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_BYTES, _SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_NOBODY, _EVERYBODY = np.uint64(0), ~np.uint64(0)


@kernel
def find_best_places(
    genome: NDArray[np.uint8], oligos: NDArray[np.uint8], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give for each oligo (a row of masks, filled up with 0) its first best place in a genome and the mismatches there.

    An ambiguous base of the genome matches nothing. Places with more than seven mismatches are none: -1.
    """
    n = genome.size
    n_words = n // 64 + 3
    planes = np.zeros((16, n_words), np.uint64)
    for i in range(n):
        base = genome[i]
        if base in (1, 2, 4, 8):
            planes[base, i >> 6] |= _ONE << np.uint64(i & 63)
    for mask in range(1, 16):
        for bit in (1, 2, 4, 8):
            if mask & bit and mask != bit:
                for word in range(n_words):
                    planes[mask, word] |= planes[bit, word]
    places, counts = np.full(lengths.size, -1, np.int64), np.full(lengths.size, -1, np.int64)
    for oligo in range(lengths.size):
        length = lengths[oligo]
        best = 8
        for block in range((n - length) // 64 + 1 if n >= length else 0):
            ones, twos, fours, dead = _NOBODY, _NOBODY, _NOBODY, _NOBODY
            left = n - length + 1 - 64 * block
            if left < 64:
                dead = _EVERYBODY << np.uint64(left)
            for i in range(length):
                word, shift = block + (i >> 6), np.uint64(i & 63)
                plane = planes[oligos[oligo, i]]
                match = plane[word] >> shift
                if shift:
                    match |= plane[word + 1] << (np.uint64(64) - shift)
                carry = ~match  # a mismatch adds one to its place's counter
                ones, carry = ones ^ carry, ones & carry
                twos, carry = twos ^ carry, twos & carry
                fours, carry = fours ^ carry, fours & carry
                dead |= carry
                if dead == _EVERYBODY:
                    break
            if dead == _EVERYBODY:
                continue
            for place in range(64):
                at = np.uint64(place)
                if (dead >> at) & _ONE:
                    continue
                tally = (ones >> at) & _ONE | ((twos >> at) & _ONE) << _ONE | ((fours >> at) & _ONE) << np.uint64(2)
                if int(tally) < best:
                    best = int(tally)
                    places[oligo], counts[oligo] = 64 * block + place, best
            if best == 0:
                break
    return places, counts


@kernel
def _pack(bases: NDArray[np.uint8], n: int) -> NDArray[np.uint64]:
    """Pack bases into words of 32, two bits each, the first in the lowest; what is none becomes A."""
    packed = np.zeros(n // 32 + 3, np.uint64)
    for place in range(n):
        packed[place >> 5] |= np.uint64(bases[place] & 3) << np.uint64(2 * (place & 31))
    return packed


@kernel
def _apart(one: np.uint64, other: np.uint64) -> np.uint64:
    """Mark with one bit of two each base that differs."""
    both = one ^ other
    return (both | (both >> _ONE)) & _EVEN


@kernel
def _count(word: np.uint64) -> np.int64:
    word = (word & _PAIRS) + ((word >> np.uint64(2)) & _PAIRS)
    word = (word + (word >> np.uint64(4))) & _BYTES
    return np.int64((word * _SUM) >> np.uint64(56))


@kernel
def seeded_sites(
    genome: NDArray[np.uint8], words: NDArray[np.uint8], lengths: NDArray[np.int64], first: NDArray[np.int64],
    owners: NDArray[np.int64], offsets: NDArray[np.int64], width_of: NDArray[np.int64], there: NDArray[np.uint8],
    mismatches: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Give places where a word differs in at most so many bases: word, place, mismatches, those of its last five, two.

    `genome` and `words` are bases 0 to 3, of the genome 4 is none. Words of odd number are written on the other
    strand: their 3' end is on the left. The pieces with a code `c` of `width_of[0]` bases are those from `first[c]` to
    `first[c + 1]`, of the word `owners`, `offsets` bases from its start; `there` marks codes that occur. A site is
    given by each piece of it that is unchanged. Words have at most 64 bases.
    """
    width = width_of[0]
    found = np.empty((1024, 5), np.int64)
    count = 0
    top = 2 * (width - 1)
    code, known = 0, 0
    n = genome.size
    packed = _pack(genome, n)
    low, high = np.zeros(lengths.size, np.uint64), np.zeros(lengths.size, np.uint64)
    low_mask, high_mask = np.zeros(lengths.size, np.uint64), np.zeros(lengths.size, np.uint64)
    for owner in range(lengths.size):
        pair = _pack(words[owner], lengths[owner])
        low[owner] = pair[0]
        high[owner] = pair[1] if lengths[owner] > 32 else np.uint64(0)
        for place in range(lengths[owner]):
            if place < 32:
                low_mask[owner] |= _ONE << np.uint64(2 * place)
            else:
                high_mask[owner] |= _ONE << np.uint64(2 * place - 64)
    for place in range(n):
        base = genome[place]
        if base > 3:
            known = 0
            code = code >> 2
            continue
        code = (code >> 2) | (np.int64(base) << top)
        known += 1
        if known < width or not there[code]:
            continue
        begin = place - width + 1
        for seed in range(first[code], first[code + 1]):
            owner = owners[seed]
            start = begin - offsets[seed]
            length = lengths[owner]
            if start < 0 or start + length > n:
                continue
            word, shift = start >> 5, np.uint64(2 * (start & 31))
            here = packed[word] >> shift
            if shift:
                here |= packed[word + 1] << (np.uint64(64) - shift)
            wrong = _count(_apart(here, low[owner]) & low_mask[owner])
            if wrong > mismatches:
                continue
            if length > 32:
                here = packed[word + 1] >> shift
                if shift:
                    here |= packed[word + 2] << (np.uint64(64) - shift)
                if wrong + _count(_apart(here, high[owner]) & high_mask[owner]) > mismatches:
                    continue
            wrong, near, last = np.int64(0), 0, 0  # the few that are left are counted base by base: none may be unknown
            end_low, end_high = (length - 5, length) if owner % 2 == 0 else (0, 5)
            for i in range(length):
                if genome[start + i] != words[owner, i]:
                    wrong += 1
                    near += end_low <= i < end_high
                    last += i >= length - 2 if owner % 2 == 0 else i < 2
            if wrong > mismatches:
                continue
            if count == found.shape[0]:
                found = np.concatenate((found, np.empty_like(found)))
            found[count, 0], found[count, 1], found[count, 2], found[count, 3] = owner, start, wrong, near
            found[count, 4] = last
            count += 1
    return found[:count].copy()

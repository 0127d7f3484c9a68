"""Kernels of the search: an oligo's best place in a genome.

A base is a mask of four bits (A 1, C 2, G 4, T 8): several bits are an ambiguous base. An oligo is looked for at 64
places at a time, with a counter of mismatches that has one bit per place in each of three words.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["find_best_places"]

_ONE = np.uint64(1)
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

"""Kernels that lay a genome on a reference: anchors in order, exact stretches, and alignment in a band.

A base is a mask of four bits (A 1, C 2, G 4, T 8): several bits are an ambiguous base, 15 is unknown, 0 a deletion.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["align_in_band", "chain_anchors", "lay_anchors"]

_MATCH, _MISMATCH, _OPEN, _EXTEND = 2, -3, -6, -1
_LOW = -(10**8)
_LIKE, _SHORT = 0.6, 8  # a gap costs more than seven mismatches


@kernel
def chain_anchors(here: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the numbers of the longest run of anchors with rising places, whose order is that of the other sequence."""
    n = here.size
    tails, before = np.empty(n, np.int64), np.full(n, -1, np.int64)
    size = 0
    for i in range(n):
        low, high = 0, size
        while low < high:
            middle = (low + high) // 2
            if here[tails[middle]] < here[i]:
                low = middle + 1
            else:
                high = middle
        if low > 0:
            before[i] = tails[low - 1]
        tails[low] = i
        size = max(size, low + 1)
    chain = np.empty(size, np.int64)
    at = tails[size - 1] if size else -1
    for i in range(size - 1, -1, -1):
        chain[i] = at
        at = before[at]
    return chain


@kernel
def lay_anchors(
    here: NDArray[np.int64], there: NDArray[np.int64], word: int, reference: NDArray[np.uint8],
    genome: NDArray[np.uint8], row: NDArray[np.uint8],
) -> NDArray[np.int64]:  # fmt: skip
    """Write anchors, and stretches of one length between them that are alike, into `row`; give the other stretches.

    An anchor is `word` equal bases at `here` in the reference and `there` in the genome, both rising. A stretch is
    (begin, end) in the reference and (begin, end) in the genome. Before the first and behind the last anchor the
    bases are written as far as the genome goes where they are alike.
    """
    rest = np.empty((here.size + 1, 4), np.int64)
    n_rest = 0
    end_here, end_there = -1, -1
    for i in range(here.size):
        shift = max(0, end_here - here[i], end_there - there[i]) if i else 0
        if shift >= word:
            continue
        begin, first = here[i] + shift, there[i] + shift
        if i == 0:
            size = min(begin, first)
            end_here, end_there = begin - size, first - size
        size = begin - end_here
        same = 0
        if first - end_there == size:
            for k in range(size):
                same += (reference[end_here + k] & genome[end_there + k]) != 0
        if first - end_there == size and (same >= _LIKE * size or size < _SHORT):
            for k in range(size):
                row[end_here + k] = genome[end_there + k]
        elif i > 0:
            rest[n_rest, 0], rest[n_rest, 1], rest[n_rest, 2], rest[n_rest, 3] = end_here, begin, end_there, first
            n_rest += 1
        for k in range(word - shift):
            row[begin + k] = genome[first + k]
        end_here, end_there = here[i] + word, there[i] + word
    if here.size:
        size = min(reference.size - end_here, genome.size - end_there)
        same = 0
        for k in range(size):
            same += (reference[end_here + k] & genome[end_there + k]) != 0
        if same >= _LIKE * size or size < _SHORT:
            for k in range(size):
                row[end_here + k] = genome[end_there + k]
    return rest[:n_rest].copy()


@kernel
def align_in_band(one: NDArray[np.uint8], other: NDArray[np.uint8], slack: int) -> NDArray[np.int64]:
    """Align two rows from end to end with affine gaps; give for each base of `one` its place in `other`, -1 for none.

    Only places are looked at that are at most `slack` further apart than the lengths demand. An unknown base neither
    costs nor wins.
    """
    n, m = one.size, other.size
    low, high = min(0, m - n) - slack, max(0, m - n) + slack
    width = high - low + 1
    best, gone = np.full(width + 1, _LOW, np.int64), np.full(width + 1, _LOW, np.int64)
    trace = np.zeros((n + 1, width), np.uint8)
    for i in range(n + 1):
        left = _LOW
        left_extra = _LOW
        for c in range(width):
            j = i + low + c
            if j < 0 or j > m:
                best[c], gone[c] = _LOW, _LOW
                left, left_extra = _LOW, _LOW
                continue
            bits = 0
            # The row above is still in the arrays: the same column of the band is the diagonal, the next is above.
            up, up_gone = (best[c + 1], gone[c + 1]) if i > 0 else (_LOW, _LOW)
            diagonal = best[c] if i > 0 and j > 0 else _LOW
            now_gone = up + _OPEN + _EXTEND
            if up_gone + _EXTEND > now_gone:
                now_gone = up_gone + _EXTEND
                bits |= 4
            now_extra = left + _OPEN + _EXTEND
            if left_extra + _EXTEND > now_extra:
                now_extra = left_extra + _EXTEND
                bits |= 8
            now = _LOW
            if i == 0 and j == 0:
                now = 0
            elif i > 0 and j > 0:
                both = one[i - 1] & other[j - 1]
                if both == 0:
                    now = diagonal + _MISMATCH
                elif one[i - 1] == 15 or other[j - 1] == 15:
                    now = diagonal
                else:
                    now = diagonal + _MATCH
            if now_gone > now:
                now = now_gone
                bits = (bits & 12) | 1
            if now_extra > now:
                now = now_extra
                bits = (bits & 12) | 2
            best[c], gone[c] = now, now_gone
            left, left_extra = now, now_extra
            trace[i, c] = bits
    partner = np.full(n, -1, np.int64)
    i, j, state = n, m, 0
    while i > 0 or j > 0:
        bits = trace[i, j - i - low]
        if state == 0:
            state = bits & 3
            if state == 0:
                partner[i - 1] = j - 1
                i, j = i - 1, j - 1
        elif state == 1:
            state = 1 if bits & 4 else 0
            i -= 1
        else:
            state = 2 if bits & 8 else 0
            j -= 1
    return partner

"""Kernel of the monitoring: two stretches of sequence laid side by side."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["align_globally"]

_MATCH, _MISMATCH, _OPEN, _EXTEND = 2, -3, -6, -1
_LOW = -(10**6)


@kernel
def align_globally(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Align two rows of masks from end to end with affine gaps; give for each base of `one` its place in `other`.

    -1 is a base without a partner. Of equal alignments, that with its gaps furthest to the left is given. A base that
    may be any neither costs nor wins.
    """
    n, m = one.size, other.size
    best = np.full((n + 1, m + 1), _LOW, np.int32)
    gone = np.full((n + 1, m + 1), _LOW, np.int32)  # the last base of `one` has no partner
    extra = np.full((n + 1, m + 1), _LOW, np.int32)  # the last base of `other` has none
    best[0, 0] = 0
    for i in range(n + 1):
        for j in range(m + 1):
            if i > 0:
                gone[i, j] = max(best[i - 1, j] + _OPEN, gone[i - 1, j]) + _EXTEND
            if j > 0:
                extra[i, j] = max(best[i, j - 1] + _OPEN, extra[i, j - 1]) + _EXTEND
            if i > 0 and j > 0:
                both = one[i - 1] & other[j - 1]
                score = _MISMATCH if both == 0 else (0 if one[i - 1] == 15 or other[j - 1] == 15 else _MATCH)
                best[i, j] = best[i - 1, j - 1] + score
            best[i, j] = max(best[i, j], gone[i, j], extra[i, j])
    partner = np.full(n, -1, np.int64)
    i, j, state = n, m, 0
    while i > 0 or j > 0:
        if state == 0:
            if i > 0 and j > 0:
                both = one[i - 1] & other[j - 1]
                score = _MISMATCH if both == 0 else (0 if one[i - 1] == 15 or other[j - 1] == 15 else _MATCH)
                if best[i, j] == best[i - 1, j - 1] + score:
                    partner[i - 1] = j - 1
                    i, j = i - 1, j - 1
                    continue
            state = 1 if best[i, j] == gone[i, j] else 2
        elif state == 1:
            if gone[i, j] == best[i - 1, j] + _OPEN + _EXTEND:
                state = 0
            i -= 1
        else:
            if extra[i, j] == best[i, j - 1] + _OPEN + _EXTEND:
                state = 0
            j -= 1
    return partner

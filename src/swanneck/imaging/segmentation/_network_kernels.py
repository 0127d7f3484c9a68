"""Loops before and after the network. Arrays and numbers in, arrays out."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["log_logistic", "make_blocks"]

_KNEE = 0.2
_SIDES = 16
_LOWEST = -6.0


@kernel
def make_blocks(image: NDArray[np.float32], dark: float, scale: float) -> NDArray[np.float32]:
    """What the network sees: (8, rows / 2, columns / 2), the four places of 2 x 2 blocks in two channels.

    The channels are brightness (pixel - dark) * scale, cut to -1 .. 6, and the same with dim places lifted. Sides are
    filled up to multiples of 16 by mirroring (b a | a b).
    """
    rows, columns = image.shape
    half_rows = (rows + _SIDES - 1) // _SIDES * (_SIDES // 2)
    half_columns = (columns + _SIDES - 1) // _SIDES * (_SIDES // 2)
    blocks = np.empty((8, half_rows, half_columns), np.float32)
    low, factor, knee = np.float32(dark), np.float32(scale), np.float32(_KNEE)
    for i in range(2 * half_rows):
        # An image narrower than what is filled up is mirrored to and fro.
        source = i % (2 * rows)
        row = image[source if source < rows else 2 * rows - 1 - source]
        place = 2 * (i % 2)
        for j in range(2 * half_columns):
            column = j % (2 * columns) if j >= columns else j
            value = (row[column if column < columns else 2 * columns - 1 - column] - low) * factor
            value = min(max(value, np.float32(-1.0)), np.float32(6.0))
            blocks[place + j % 2, i // 2, j // 2] = value
            lifted = value * (np.float32(1.0) + knee) / (abs(value) + knee)
            blocks[4 + place + j % 2, i // 2, j // 2] = lifted
    return blocks


@kernel
def log_logistic(logits: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Logarithm of the logistic function, at least -6, where the mask is set; -6 elsewhere."""
    rows, columns = logits.shape
    out = np.full((rows, columns), np.float32(_LOWEST))
    for i in range(rows):
        for j in range(columns):
            if mask[i, j]:
                out[i, j] = max(-math.log1p(math.exp(-logits[i, j])), _LOWEST)
    return out

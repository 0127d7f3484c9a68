"""Compiled loops over whole images that several steps share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["correct_pixels", "pool_mean"]


@kernel
def correct_pixels(image: NDArray[Any], flat: NDArray[np.float32], offset: float) -> NDArray[np.float32]:
    """Divide an image by a flat field of few rows that is already stretched to its width, around an offset."""
    height, width = image.shape
    corrected = np.empty((height, width), np.float32)
    dark = np.float32(offset)
    for y in range(height):
        place = y * (flat.shape[0] - 1) / max(1, height - 1)
        above = min(int(place), max(0, flat.shape[0] - 2))
        below = min(above + 1, flat.shape[0] - 1)
        share = np.float32(place - above)
        for x in range(width):
            level = flat[above, x] + share * (flat[below, x] - flat[above, x])
            corrected[y, x] = (np.float32(image[y, x]) - dark) / level + dark
    return corrected


@kernel
def pool_mean(image: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Average blocks of factor x factor pixels; what is left over at the lower and right border is dropped."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    pooled = np.zeros((height, width), np.float32)
    share = np.float32(1.0 / (factor * factor))
    row = np.empty(width * factor, np.float32)
    for y in range(height):
        row[:] = 0
        for dy in range(factor):
            for x in range(width * factor):
                row[x] += np.float32(image[y * factor + dy, x])
        for x in range(width):
            total = np.float32(0)
            for dx in range(factor):
                total += row[x * factor + dx]
            pooled[y, x] = total * share
    return pooled

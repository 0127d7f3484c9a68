"""Uneven illumination: estimated from a plate's own images, and taken out of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FlatField", "correct_illumination", "expand_columns"]


@dataclass(frozen=True, eq=False)
class FlatField:
    """How bright an evenly lit field looks: a small grid with mean 1 that spans the image from corner to corner.

    `offset` is the part of every pixel that the lamp does not make (the camera's dark level), in grey levels. A
    corrected pixel is (raw - offset) / flat + offset. `reason` says how the grid was found, or why it is flat.
    """

    grid: NDArray[np.float32]
    offset: float = 0.0
    n_images: int = 0
    reason: str = ""


def correct_illumination(image: NDArray[Any], flat: FlatField) -> NDArray[np.float32]:
    """Take the uneven illumination out of an image; the result has the image's grey levels, as float32.

    >>> half_lit = FlatField(np.array([[1.5, 0.5]], np.float32), offset=10.0)
    >>> correct_illumination(np.array([[160, 60]], np.uint16), half_lit)
    array([[110., 110.]], dtype=float32)
    """
    columns = expand_columns(flat, image.shape[1])
    place = np.linspace(0, len(columns) - 1, image.shape[0])
    above = np.minimum(place.astype(np.int64), max(0, len(columns) - 2))
    below = np.minimum(above + 1, len(columns) - 1)
    share = (place - above).astype(np.float32)[:, None]
    level = columns[above] + share * (columns[below] - columns[above])
    dark = np.float32(flat.offset)
    return np.asarray((image.astype(np.float32) - dark) / level + dark)


def expand_columns(flat: FlatField, width: int) -> NDArray[np.float32]:
    """Stretch the grid to the image's width, so that a row of the image lies between two rows of it."""
    grid = flat.grid
    place = np.linspace(0, grid.shape[1] - 1, width, dtype=np.float64)
    left = np.minimum(place.astype(np.int64), max(0, grid.shape[1] - 2))
    right = np.minimum(left + 1, grid.shape[1] - 1)
    share = (place - left).astype(np.float32)
    return np.ascontiguousarray(grid[:, left] * (1 - share) + grid[:, right] * share)

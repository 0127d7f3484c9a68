"""All wells of a plate in one small image, so that a viewer opens one array instead of hundreds.

Each well shows its first field, at the place that the well has on the plate, as the smallest level of its pyramid, made
smaller still where it must be; of a stack the brightest z, of a series the first time.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.wells import plate_shape, well_position
from swanneck.imaging import _kernels
from swanneck.imaging.writers.pyramids import read_level

__all__ = ["draw_preview"]

_SIDE, _SIDE_OF_SMALL_WELLS = 160, 80
_LARGE_PLATE = 384
_GAP = 2


def draw_preview(wells: Mapping[str, tuple[Path, int, str]]) -> tuple[NDArray[Any], int]:
    """Give the picture of a plate as [channel, row, column], and how many pixels of a field one of its own stands for.

    `wells` has for each well the array to show it by: its folder, its factor to full resolution, its axes. It is pooled
    to at most 160 pixels a side, 80 on plates of more than 384 wells. Fields of another size than the first well's are
    cut, or stand in the corner of their place.
    """
    rows, columns = plate_shape(list(wells))
    side = _SIDE if rows * columns <= _LARGE_PLATE else _SIDE_OF_SMALL_WELLS
    tiles = {well: _tile(level, side) for well, level in wells.items()}
    first, factor = next(iter(tiles.values()))
    height, width = first.shape[1] + _GAP, first.shape[2] + _GAP
    channels = max(tile.shape[0] for tile, _ in tiles.values())
    dtype = np.result_type(*(tile.dtype for tile, _ in tiles.values()))
    canvas = np.zeros((channels, rows * height, columns * width), dtype)
    for well, (tile, _) in tiles.items():
        row, column = well_position(well)
        part = tile[:, : height - _GAP, : width - _GAP]
        top, left = row * height, column * width
        canvas[: part.shape[0], top : top + part.shape[1], left : left + part.shape[2]] = part
    return canvas, factor


def _tile(level: tuple[Path, int, str], side: int) -> tuple[NDArray[Any], int]:
    folder, factor, axes = level
    pixels = read_level(folder, [0] if axes.startswith("t") else [])
    if "z" in axes:
        pixels = pixels.max(axis=-3)
    further = -(-max(pixels.shape[-2:]) // side)
    further = min(further, *pixels.shape[-2:])
    if further > 1:
        small = [_kernels.pool_mean(np.ascontiguousarray(plane, np.float32), further) for plane in pixels]
        pooled = np.stack(small)
        pixels = (np.rint(pooled) if pixels.dtype.kind in "iu" else pooled).astype(pixels.dtype)
    return pixels, factor * further

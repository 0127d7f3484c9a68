"""Images as Zarr arrays at several sizes: level 0 is the image itself, each further one has half its sides.

Pixels of images are averaged 2 x 2 and rounded, labels are picked, so that no label appears that was not there. What is
left over at the lower and right border of a level is dropped in the next one.

Planes are packed together into shards, one file for many planes of a level, so that a plate of 3,456 fields is tens of
thousands of files and not hundreds of thousands. The codec is zstd after a shuffle of bits, which packs camera images a
quarter better than zstd alone, and which zarr-python, zarrita (vizarr, viv) and zarr-java read.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from swanneck.imaging import _kernels
from swanneck.imaging.illumination import as_kernel_pixels

__all__ = ["SHARD_BYTES", "Pyramid", "level_shapes", "planes_per_shard", "read_level"]

SHARD_BYTES = 2**27
"""Pixels that are packed into one file at most, before compression: what a writer holds in memory at a time."""

_LONGEST_TILE = 1024
_SMALLEST_LEVEL = 256
_ONE_THREAD = {"threading.max_workers": 1, "async.concurrency": 1}


def level_shapes(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """List the heights and widths of a pyramid's levels, down to at most 256 pixels: small enough for an overview.

    >>> level_shapes((1080, 1081))
    [(1080, 1081), (540, 540), (270, 270), (135, 135)]
    """
    levels = [shape]
    while max(levels[-1]) > _SMALLEST_LEVEL and min(levels[-1]) > 1:
        levels.append((levels[-1][0] // 2, levels[-1][1] // 2))
    return levels


def planes_per_shard(sizes: tuple[int, int, int], plane_bytes: int) -> tuple[int, int, int]:
    """Say how many time points, channels and z share one file, so that it holds no more than `SHARD_BYTES`.

    >>> planes_per_shard((1, 4, 1), 2**23), planes_per_shard((1, 4, 30), 2**23)
    ((1, 4, 1), (1, 1, 16))
    """
    most = max(1, SHARD_BYTES // max(1, plane_bytes))
    deep = min(sizes[2], most)
    channels = min(sizes[1], most // deep) if deep == sizes[2] else 1
    times = min(sizes[0], most // (deep * channels)) if channels == sizes[1] else 1
    return times, channels, deep


class Pyramid:
    """The arrays of one image, made when it is opened; `write` takes blocks of planes at full resolution.

    `sizes` counts time points, channels and z; `axes` names the axes that are kept, of `tczyx`, the others have size 1.
    `as_labels` picks pixels instead of averaging them. A plane that is never written is 0 throughout.
    """

    def __init__(
        self,
        folder: Path,
        sizes: tuple[int, int, int],
        like: tuple[tuple[int, int], np.dtype[Any]],
        *,
        axes: str,
        as_labels: bool = False,
    ) -> None:
        shape, dtype = like
        self.shapes = level_shapes(shape)
        self.together = planes_per_shard(sizes, shape[0] * shape[1] * dtype.itemsize)
        self._kept = [number for number, axis in enumerate("tcz") if axis in axes]
        self._as_labels = as_labels
        with zarr.config.set(_ONE_THREAD):
            self._arrays = [
                self._create(folder / str(level), sizes, one, dtype=dtype, axes=axes)
                for level, one in enumerate(self.shapes)
            ]

    def write(self, start: tuple[int, int, int], block: NDArray[Any]) -> None:
        """Write a block of planes [time, channel, z, row, column] that begins at these numbers, at every level."""
        place = tuple(slice(start[n], start[n] + block.shape[n]) for n in self._kept)
        dropped = tuple(n for n in range(3) if n not in self._kept)
        level: NDArray[Any] = block
        with zarr.config.set(_ONE_THREAD):
            for number, array in enumerate(self._arrays):
                if number:
                    level = self._smaller(level, self.shapes[number])
                whole = np.rint(level) if array.dtype.kind in "iu" and level.dtype.kind == "f" else level
                array[place] = np.squeeze(whole.astype(array.dtype, copy=False), axis=dropped)

    def _create(
        self, path: Path, sizes: tuple[int, int, int], shape: tuple[int, int], *, dtype: np.dtype[Any], axes: str
    ) -> Any:
        tile = tuple(math.ceil(side / math.ceil(side / _LONGEST_TILE)) for side in shape)
        shard = tuple(part * math.ceil(side / part) for side, part in zip(shape, tile, strict=True))
        return zarr.create_array(
            path,
            shape=(*(sizes[n] for n in self._kept), *shape),
            dtype=dtype,
            chunks=(*(1 for _ in self._kept), *tile),
            shards=(*(self.together[n] for n in self._kept), *shard),
            compressors=BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle"),
            dimension_names=list(axes),
            fill_value=0,
            zarr_format=3,
        )

    def _smaller(self, block: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
        if self._as_labels:
            return block[..., 1::2, 1::2][..., : shape[0], : shape[1]]
        planes = block.reshape(-1, *block.shape[-2:])
        pooled = np.empty((len(planes), *shape), np.float32)
        for number, plane in enumerate(planes):
            pooled[number] = _kernels.pool_mean(as_kernel_pixels(plane), 2)
        return pooled.reshape(*block.shape[:3], *shape)


def read_level(folder: Path, index: Sequence[int | slice] = ()) -> NDArray[Any]:
    """Read an array that `Pyramid` wrote, or a part of it."""
    with zarr.config.set(_ONE_THREAD):
        return np.asarray(zarr.open_array(folder, mode="r")[tuple(index) or ...])

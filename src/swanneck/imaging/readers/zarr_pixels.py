"""From a Zarr array on disk to one 2-D plane of it, versions 2 and 3, sharded or not.

An array is known by its folder, a plane by its number: the planes are counted over all axes but the last two, the last
of them fastest. Nothing is decoded before the declared sizes and codecs have been found harmless: some codecs run code.
"""

import math
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError, InputError
from swanneck.imaging.readers.vendor_metadata import read_json

__all__ = ["ArrayFacts", "is_array", "read_array_facts", "read_array_plane"]

_DTYPES = frozenset({"uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"})
_CODECS = frozenset({
    "blosc", "zlib", "gzip", "zstd", "lz4", "bz2", "lzma", "shuffle", "delta", "crc32", "crc32c", "bytes", "endian",
    "transpose", "sharding_indexed",
})  # fmt: skip
_PLANE_BYTES = 2**30
_CHUNK_BYTES = 2**31
_MOST_PLANES = 2**16
_MOST_INNER = 2**24
_MOST_CHUNKS = 2**14
_LARGE = 2**24
_COPY_AGAIN = "Convert or copy the plate again"


@dataclass(frozen=True)
class ArrayFacts:
    """What an array says of itself: its whole shape, and the type of its numbers."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def n_planes(self) -> int:
        """The number of planes in it."""
        return math.prod(self.shape[:-2])


def is_array(path: Path) -> bool:
    """Say whether a folder is a Zarr array. Groups are none, and their folders hold no pixels of their own."""
    # os.path and not Path: it says no, rather than raising, where a name is too long to be one.
    return os.path.isdir(path) and ((path / ".zarray").is_file() or (path / "zarr.json").is_file())  # noqa: PTH112


def read_array_facts(path: Path) -> ArrayFacts:
    """Read shape and type of an array from its metadata, after checking that reading it can do no harm.

    Raises `ImageError` for an array that is damaged, declares sizes too large to be true, or uses a codec that is not
    one of the usual ones for images.
    """
    try:
        if (path / ".zarray").is_file():
            return _check_version_2(read_json(path / ".zarray"), path)
        return _check_version_3(read_json(path / "zarr.json"), path)
    except InputError as error:
        raise ImageError(error.problem, where=str(path), remedy=_COPY_AGAIN) from error
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        problem = f"the array's metadata are damaged: {type(error).__name__} {str(error)[:80]}"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN) from error


def read_array_plane(path: Path, page: int) -> NDArray[Any]:
    """Read one plane. Chunks that were never written hold the array's fill value, as Zarr says.

    Raises `ImageError` as `read_array_facts`, for a plane that is not there, and for chunks that cannot be decoded or
    lie outside the array's folder.
    """
    # Zarr takes a third of a second to import, which readers of TIFF should not wait for.
    from swanneck.imaging.readers._zarr_store import open_array

    facts = read_array_facts(path)
    if not 0 <= page < facts.n_planes:
        problem = f"plane {page + 1} is wanted, the array has {facts.n_planes}"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
    if math.prod(facts.shape[-2:]) > _LARGE and not _has_chunks(path):
        problem = f"the array declares {facts.shape[-2]} x {facts.shape[-1]} pixels and has not one chunk"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
    index = tuple(int(number) for number in np.unravel_index(page, facts.shape[:-2])) if facts.shape[:-2] else ()
    plane = open_array(path, _check_chunk)[index]
    return np.ascontiguousarray(plane, dtype=np.dtype(facts.dtype))


def _check_version_2(said: Mapping[str, Any], path: Path) -> ArrayFacts:
    codecs = [said.get("compressor"), *(said.get("filters") or [])]
    _check_codecs([codec["id"] for codec in codecs if codec], path)
    facts = ArrayFacts(_sizes(said["shape"]), np.dtype(str(said["dtype"])).name)
    return _check(facts, _sizes(said["chunks"]), path)


def _check_version_3(said: Mapping[str, Any], path: Path) -> ArrayFacts:
    if said.get("node_type") != "array":
        problem = f"a Zarr array is wanted, got a {said.get('node_type')}"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
    facts = ArrayFacts(_sizes(said["shape"]), str(said["data_type"]))
    chunks = _sizes(said["chunk_grid"]["configuration"]["chunk_shape"])
    codecs = list(said["codecs"])
    while codecs:
        _check_codecs([codec["name"] for codec in codecs], path)
        sharding = next((codec["configuration"] for codec in codecs if codec["name"] == "sharding_indexed"), None)
        if sharding is None:
            break
        _check_codecs([codec["name"] for codec in sharding.get("index_codecs", [])], path)
        inner = _sizes(sharding["chunk_shape"])
        if math.prod(chunks) // max(1, math.prod(inner)) > _MOST_INNER:
            problem = "the array declares shards of too many chunks to be true"
            raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
        chunks, codecs = inner, list(sharding["codecs"])
    return _check(facts, chunks, path)


def _check(facts: ArrayFacts, chunks: tuple[int, ...], path: Path) -> ArrayFacts:
    if facts.dtype not in _DTYPES:
        problem = f"an array of numbers is wanted, got {facts.dtype[:40]!r}"
    elif not 2 <= len(facts.shape) <= 5 or len(chunks) != len(facts.shape) or min(*facts.shape, *chunks) < 1:
        problem = f"an array of 2 to 5 axes with images in it is wanted, got {facts.shape} in chunks of {chunks}"
    else:
        size = np.dtype(facts.dtype).itemsize
        n_chunks = math.ceil(facts.shape[-2] / chunks[-2]) * math.ceil(facts.shape[-1] / chunks[-1])
        plane, chunk = size * math.prod(facts.shape[-2:]), size * math.prod(chunks)
        if (
            plane <= _PLANE_BYTES
            and chunk <= _CHUNK_BYTES
            and n_chunks <= _MOST_CHUNKS
            and facts.n_planes <= _MOST_PLANES
        ):
            return facts
        problem = f"the array declares a shape of {facts.shape} in chunks of {chunks}: too large to be true"
    raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)


def _check_codecs(names: Iterable[object], path: Path) -> None:
    odd = [str(name) for name in names if str(name).removeprefix("numcodecs.") not in _CODECS]
    if odd:
        problem = f"the array is packed with {odd[0][:40]!r}, which is not read"
        raise ImageError(problem, where=str(path), remedy="Convert the plate with blosc, zstd or gzip")


def _sizes(value: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in value)


def _has_chunks(path: Path) -> bool:
    with os.scandir(path) as entries:
        return any(entry.name not in (".zarray", ".zattrs", "zarr.json") for entry in entries)


def _check_chunk(root: Path, key: str) -> None:
    """Refuse a chunk that is no plain file inside the array's folder; one that is missing is not our affair."""
    path = root / key
    try:
        facts = path.stat()
    except OSError:  # never written, or gone: zarr says which
        return
    inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
    if not inside or not stat.S_ISREG(facts.st_mode) or facts.st_size > _CHUNK_BYTES:
        problem = f"chunk {key} is no plain file inside the array's folder"
        raise ImageError(problem, where=str(root), remedy=_COPY_AGAIN)

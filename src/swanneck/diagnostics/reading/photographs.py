"""Photographs as telephones and scanners save them, turned upright: rows, columns, red-green-blue of eight bits."""

import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError

__all__ = ["is_photograph", "read_photograph"]

_MARKS = {
    b"\xff\xd8\xff": "jpeg8",
    b"\x89PNG\r\n\x1a\n": "png",
    b"RIFF": "webp",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
}
_HEIF = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")
_LARGEST = 1 << 28
_MOST_PIXELS = 120_000_000
_LEAST_SIDE = 24
_FAILURES = (OSError, ValueError, TypeError, RuntimeError, MemoryError, LookupError, struct.error)
_TURNS = {2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}
_ORIENTATION = 0x0112


def is_photograph(path: Path) -> bool:
    """Tell from its first bytes whether a file is a picture, be it of a kind that is not read."""
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(16)
    except OSError:
        return False
    return start[4:12] in _HEIF or any(start.startswith(mark) for mark in _MARKS)


def read_photograph(path: Path) -> NDArray[np.uint8]:
    """Read a JPEG, PNG, WebP or TIFF picture in colour, turned as its Exif orientation says (JEITA CP-3451).

    Grey pictures get three equal channels; transparency is laid on white. Raises `ImageError` where the file is
    missing, damaged, of another kind, or too large or small to show a strip.
    """
    path = Path(path)
    content = _content(path)
    name = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
    if not name:
        remedy = "Save it as JPEG or PNG" if content[4:12] in _HEIF else ""
        found = "HEIF, which is not read" if content[4:12] in _HEIF else "another file"
        problem = f"wanted a photograph (JPEG, PNG, WebP or TIFF), and got {found}"
        raise ImageError(problem, where=str(path), remedy=remedy)
    rows, columns = _declared_shape(content, name)
    if rows * columns > _MOST_PIXELS:
        problem = f"the picture declares {columns} x {rows} pixels; at most {_MOST_PIXELS:,} are read"
        raise ImageError(problem, where=str(path))
    try:
        picture = np.asarray(getattr(imagecodecs, f"{name}_decode")(content))
    except _FAILURES as error:
        problem = f"cannot read the picture: {str(error)[:120]}"
        raise ImageError(problem, where=str(path), remedy="Copy it again from the camera") from error
    upright = _as_colour(picture, path)
    turns, mirrored = _TURNS.get(_orientation(content), (0, False)) if name == "jpeg8" else (0, False)
    upright = np.rot90(upright, turns)
    return np.ascontiguousarray(upright[:, ::-1] if mirrored else upright)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            problem = f"the file has {path.stat().st_size:,} bytes; at most {_LARGEST:,} are read"
            raise ImageError(problem, where=str(path))
        return path.read_bytes()
    except OSError as error:
        problem = f"cannot read {path.name}: {error.strerror or error}"
        raise ImageError(problem, where=str(path.parent)) from error


def _declared_shape(content: bytes, name: str) -> tuple[int, int]:
    """Give rows and columns as the header says, (0, 0) where that is not told simply."""
    if name == "png" and len(content) > 24:
        columns, rows = struct.unpack(">II", content[16:24])
        return rows, columns
    place = 2
    while name == "jpeg8" and place + 9 < len(content) and content[place] == 0xFF:
        mark, size = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            rows, columns = struct.unpack(">HH", content[place + 5 : place + 9])
            return rows, columns
        place += 2 + size
    return 0, 0


def _as_colour(picture: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    if picture.ndim == 2:
        picture = np.stack([picture] * 3, axis=2)
    if picture.ndim != 3 or picture.shape[2] not in (1, 2, 3, 4) or picture.dtype.kind not in "ub":
        problem = f"wanted a colour picture of whole numbers, and got {picture.shape} of {picture.dtype}"
        raise ImageError(problem, where=str(path))
    if min(picture.shape[:2]) < _LEAST_SIDE:
        problem = f"the picture has {picture.shape[1]} x {picture.shape[0]} pixels: too few to show a strip"
        raise ImageError(problem, where=str(path))
    share = picture.astype(np.float32) / (np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1)
    colours = share if share.shape[2] >= 3 else np.repeat(share[..., :1], 3, axis=2)
    if share.shape[2] in (2, 4):
        cover = share[..., -1:]
        colours = colours[..., :3] * cover + 1 - cover
    return np.rint(255 * colours[..., :3]).astype(np.uint8)


def _orientation(content: bytes) -> int:
    """Give the Exif orientation of a JPEG, 1 where there is none."""
    begin = content.find(b"Exif\x00\x00", 0, 1 << 16) + 6
    if begin < 6:
        return 1
    order = "<" if content[begin : begin + 2] == b"II" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", content, begin + 4)
        (count,) = struct.unpack_from(f"{order}H", content, begin + first)
        for entry in range(min(count, 64)):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", content, begin + first + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        return 1
    return 1

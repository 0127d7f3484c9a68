"""From an image file to a 2-D array: TIFF in its many flavours, PNG, planes of Zarr arrays and of vendors' files.

Whatever is wrong with a file ends in an `ImageError` that names the file and what to do; nothing is logged, and no
memory is taken before the declared size has been found believable.
"""

import hashlib
import io
import logging
import math
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError
from swanneck.imaging.readers.plate_images import ImageFile, ImagePlane
from swanneck.imaging.readers.scene_files import is_scene_file, list_scenes, read_scene_plane
from swanneck.imaging.readers.zarr_pixels import is_array, read_array_facts, read_array_plane

__all__ = ["PIXEL_LIMIT", "ImageFacts", "read_image_facts", "read_plane", "read_plane_with_digest"]

Image = NDArray[Any]

PIXEL_LIMIT = 2**30
"""Pixels of the largest image that is read: a stitched well has fewer, a damaged header declares more."""

_BYTE_LIMIT = 2**31
_IN_MEMORY = 2**27
# Deflate packs at most 1032 to 1, and only a blank image comes near. Asked of large images only.
_PACKING_LIMIT = 2000
_LARGE = 2**24

_TIFF_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_PNG_MARK = b"\x89PNG"
_COPY_AGAIN = "Copy it again from the microscope, or take it out: the rest of the plate goes on"
_EXPORT = "Export the images as single-channel TIFF or PNG"

# What tifffile and imagecodecs raise on damaged files, found by reading thousands of mutated ones.
_DECODER_FAILURES = (
    OSError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, AttributeError, AssertionError,
    MemoryError, EOFError, ImportError, BufferError, struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class ImageFacts:
    """What a file says of itself before its pixels are read: rows and columns, type of number, number of pages."""

    shape: tuple[int, int]
    dtype: str
    n_pages: int


def read_plane(plane: ImagePlane, *, shape: tuple[int, int] | None = None) -> Image:
    """Read the image that a plane shows, as a 2-D array of the file's own number type.

    Grey images of 8 or 16 bits and float are given as stored. Colour images with equal channels (or with a single
    one in use) and palettes that are a ramp become grey; other palettes give their index. `shape` is what the rest
    of the plate has; another one is an error. With z `max` or `best` all z are read: their maximum, or the one that is
    in focus (`imaging.quality`), which each channel has for itself.

    Raises `ImageError` for a file that is missing, empty, truncated, no image, not 2-D, or too large to be true.
    """
    return _read_files(plane, shape, None)


def read_plane_with_digest(plane: ImagePlane, *, shape: tuple[int, int] | None = None) -> tuple[Image, str]:
    """Read a plane and the SHA-256 digest of its file in one go, so that provenance needs no second read.

    As `read_plane`. The digest is that of the whole file, as `sha256sum` prints it; for a projection it is the
    digest of its files' digests, joined. Of a plane in a Zarr array or a file of many scenes, its pixels are digested.
    """
    digests: list[str] = []
    image = _read_files(plane, shape, digests)
    joined = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return image, joined


def read_image_facts(path: Path) -> ImageFacts:
    """Read shape, number type and number of pages of an image file, without its pixels.

    Raises `ImageError` as `read_plane` does.
    """
    if is_array(path):
        facts = read_array_facts(path)
        return ImageFacts((facts.shape[-2], facts.shape[-1]), facts.dtype, facts.n_planes)
    if is_scene_file(path):
        scenes = list_scenes(path)
        planes = sum(math.prod(scene.sizes[:3]) for scene in scenes)
        return ImageFacts(scenes[0].sizes[3:], scenes[0].dtype, planes)
    _check_file(path)
    with _failures_as_image_error(path), path.open("rb") as stream:
        mark = stream.read(4)
        if mark == _PNG_MARK:
            shape, bits = _png_header(stream.read(22), path)
            return ImageFacts(shape, "uint16" if bits == 16 else "uint8", 1)
        _check_mark(mark, path)
        stream.seek(0)
        with tifffile.TiffFile(stream) as tiff:
            page = _tiff_page(tiff, ImageFile(1, 1, path))
            return ImageFacts((page.imagelength, page.imagewidth), str(page.dtype), len(tiff.pages))


def _shown(plane: ImagePlane) -> tuple[ImageFile, ...]:
    if not plane.shown:
        problem = f"channel {plane.channel} has no image at z = {plane.z}"
        where = str(plane.files[0].path) if plane.files else ""
        raise ImageError(problem, where=where, remedy="Choose a z that was taken, 'max' or 'best'")
    return plane.shown


def _read_files(plane: ImagePlane, shape: tuple[int, int] | None, digests: list[str] | None) -> Image:
    """Read what a plane shows, one file after the other, so that a stack takes the memory of two images."""
    shown: Image | None = None
    best = -np.inf
    for file in _shown(plane):
        image, content = _read_file(file, shape)
        shape = image.shape if shape is None else shape
        if digests is not None:
            digests.append(_digest(file.path) if content is None else hashlib.sha256(content).hexdigest())
        if plane.z == "best" and len(plane.shown) > 1:
            focus = _focus(image)
            shown, best = (image, focus) if shown is None or focus > best else (shown, best)
        else:
            shown = image if shown is None else np.maximum(shown, image)
    assert shown is not None  # _shown gives one file at least
    return shown


def _focus(image: Image) -> float:
    """Score how sharp an image is; one without anything in it is the last to be taken."""
    # Loaded here since it brings the compiler, which no other reading needs.
    from swanneck.imaging.quality import measure_field_quality

    slope = measure_field_quality(image).focus_slope
    return slope if np.isfinite(slope) else -np.inf


def _read_file(file: ImageFile, shape: tuple[int, int] | None) -> tuple[Image, bytes | memoryview | None]:
    """Give the pixels, and the file's content where it was small enough to be read at once."""
    if is_array(file.path):
        with _failures_as_image_error(file.path):
            image = _check_image(read_array_plane(file.path, file.page), file.path, shape)
            return image, image.data
    if is_scene_file(file.path):
        image = _check_image(read_scene_plane(file.path, file.page), file.path, shape)
        return image, image.data
    size = _check_file(file.path)
    with _failures_as_image_error(file.path):
        if size > _IN_MEMORY:
            content = None
            with file.path.open("rb") as stream:
                image = _decode(stream, file, size)
        else:
            content = file.path.read_bytes()
            image = _decode(io.BytesIO(content), file, size, content)
        return _check_image(image, file.path, shape), content


def _decode(stream: BinaryIO, file: ImageFile, size: int, content: bytes | None = None) -> Image:
    mark = stream.read(4)
    if mark == _PNG_MARK:
        return _decode_png(content if content is not None else mark + stream.read(), file.path)
    _check_mark(mark, file.path)
    stream.seek(0)
    with tifffile.TiffFile(stream) as tiff:
        page = _tiff_page(tiff, file)
        image = None if content is None else _stored_pixels(page, content)
        if image is None:
            _check_segments(page, size, file.path)
            image = page.asarray(maxworkers=1)
        return _tiff_to_grey(image, page, file.path)


# --- TIFF


def _tiff_page(tiff: tifffile.TiffFile, file: ImageFile) -> tifffile.TiffPage:
    if file.page and file.page >= len(tiff.pages):
        problem = f"page {file.page + 1} is wanted, the file has {len(tiff.pages)}"
        raise ImageError(problem, where=str(file.path), remedy=_COPY_AGAIN)
    page = tiff.pages[file.page]
    rows, columns, samples = int(page.imagelength), int(page.imagewidth), int(page.samplesperpixel)
    if page.dtype is None:
        problem = f"the image has pixels of {page.bitspersample} bits, which cannot be read"
        raise ImageError(problem, where=str(file.path), remedy=_EXPORT)
    _check_size(rows, columns, samples * int(page.dtype.itemsize), file.path)
    if int(page.imagedepth) != 1 or samples > 4:
        problem = f"a flat image with one value per pixel is wanted, got {'x'.join(map(str, page.shape))}"
        raise ImageError(problem, where=str(file.path), remedy=_EXPORT)
    return page


def _stored_pixels(page: tifffile.TiffPage, content: bytes) -> Image | None:
    """Take the pixels of an uncompressed page straight from the file's bytes; none where they are not plain."""
    plain = page.is_contiguous and page.fillorder == 1 and page.samplesperpixel == 1 and page.dtype.kind in "uif"
    count = page.imagelength * page.imagewidth
    if not plain or page.dataoffsets[0] + count * page.dtype.itemsize > len(content):
        return None
    stored = np.dtype(page.parent.byteorder + page.dtype.char)
    flat = np.frombuffer(content, stored, count, page.dataoffsets[0])
    # The copy owns its memory, is aligned and of native byte order: one type for the compiled kernels.
    return flat.reshape(page.imagelength, page.imagewidth).astype(stored.newbyteorder("="), copy=True)


def _check_segments(page: tifffile.TiffPage, size: int, path: Path) -> None:
    offsets, counts = page.dataoffsets, page.databytecounts
    whole = len(offsets) > 0 and len(offsets) == len(counts) and min(counts) > 0
    if not whole or max(offset + count for offset, count in zip(offsets, counts, strict=True)) > size:
        problem = "the image is truncated: part of its pixels is not in the file"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
    if page.nbytes > max(_LARGE, size * _PACKING_LIMIT):
        problem = f"a file of {size} bytes cannot hold the {page.nbytes} bytes of pixels it declares"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)


def _tiff_to_grey(image: Image, page: tifffile.TiffPage, path: Path) -> Image:
    if image.ndim == 3 and page.planarconfig == 2:
        image = np.moveaxis(image, 0, -1)
    if image.ndim == 3:
        return _colour_to_grey(image, path)
    if page.photometric == 3 and page.colormap is not None:
        return _palette_to_grey(image, np.asarray(page.colormap))
    if page.photometric == 0 and image.dtype.kind == "u":
        return np.asarray(np.iinfo(image.dtype).max - image)
    return image


def _palette_to_grey(index: Image, palette: Image) -> Image:
    """Give the grey that a ramp of one colour means; any other palette is for the eye, and its index the value."""
    if index.dtype.kind != "u" or palette.ndim != 2 or palette.shape[1] < np.iinfo(index.dtype).max + 1:
        return index
    levels = palette if index.dtype == np.uint16 else palette >> 8
    used = [level for level in levels if level.any()]
    ramp = all(np.array_equal(used[0], level) for level in used[1:])
    if not used or not ramp or np.any(np.diff(used[0].astype(np.int64)) < 0):
        return index
    return np.asarray(used[0].astype(index.dtype)[index])


def _colour_to_grey(image: Image, path: Path) -> Image:
    samples = [image[..., sample] for sample in range(image.shape[-1])]
    if len(samples) in (2, 4):
        samples = samples[:-1]  # the last one is opacity
    used = [sample for sample in samples if sample.any()] or samples[:1]
    if not all(np.array_equal(used[0], sample) for sample in used[1:]):
        problem = "a grey image is wanted, got a colour image whose channels differ"
        raise ImageError(problem, where=str(path), remedy=_EXPORT)
    return np.ascontiguousarray(used[0])


# --- PNG


def _png_header(header: bytes, path: Path) -> tuple[tuple[int, int], int]:
    """Read the 22 bytes after the mark: rows, columns and bits per sample."""
    if len(header) < 22 or header[8:12] != b"IHDR":
        problem = "the PNG image is truncated or damaged"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
    columns, rows, bits, colour = struct.unpack(">IIBB", header[12:22])
    samples = {2: 3, 3: 3, 4: 2, 6: 4}.get(colour, 1)
    _check_size(rows, columns, samples * max(1, bits // 8), path)
    return (rows, columns), bits


def _decode_png(content: bytes, path: Path) -> Image:
    (rows, columns), _ = _png_header(content[4:26], path)
    if rows * columns > max(_LARGE, len(content) * _PACKING_LIMIT):
        problem = f"a file of {len(content)} bytes cannot hold the {rows} x {columns} pixels it declares"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)
    image = imagecodecs.png_decode(content)
    return _colour_to_grey(image, path) if image.ndim == 3 else image


# --- checks


def _check_file(path: Path) -> int:
    """Give the size of a file that can be read; a pipe or a device would hang the reader."""
    cause: Exception | None = None
    try:
        facts = path.stat()
        problem = "" if stat.S_ISREG(facts.st_mode) else "an image file is wanted, got a folder or a device"
        problem = problem or ("" if facts.st_size else "the image file is empty (0 bytes)")
    except FileNotFoundError:
        problem = "the image file is missing"
    except (OSError, ValueError) as error:
        problem = f"the image file cannot be read: {getattr(error, 'strerror', None) or error}"
        cause = error
    if problem:
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN) from cause
    return facts.st_size


def _check_mark(mark: bytes, path: Path) -> None:
    if mark not in _TIFF_MARKS:
        problem = "a TIFF or PNG image is wanted, the file is neither, whatever its name says"
        raise ImageError(problem, where=str(path), remedy=_EXPORT)


def _check_size(rows: int, columns: int, bytes_per_pixel: int, path: Path) -> None:
    pixels = rows * columns
    if rows < 1 or columns < 1:
        problem = f"the image declares {rows} x {columns} pixels"
    elif pixels > PIXEL_LIMIT or pixels * bytes_per_pixel > _BYTE_LIMIT:
        problem = f"the image declares {rows} x {columns} pixels of {bytes_per_pixel} bytes: too large to be true"
    else:
        return
    raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN)


def _check_image(image: Image, path: Path, shape: tuple[int, int] | None) -> Image:
    if image.ndim != 2 or image.dtype.kind not in "uif":
        problem = f"a 2-D image of numbers is wanted, got {image.dtype} {'x'.join(map(str, image.shape))}"
        raise ImageError(problem, where=str(path), remedy=_EXPORT)
    if shape is not None and image.shape != shape:
        problem = (
            f"the plate's images have {shape[0]} x {shape[1]} pixels, this one {image.shape[0]} x {image.shape[1]}"
        )
        raise ImageError(problem, where=str(path), remedy="Screen images of another size as a plate of their own")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        problem = f"{int((~np.isfinite(image)).sum())} pixels of the image are not numbers"
        raise ImageError(problem, where=str(path), remedy="Export the images again, without empty pixels")
    return image


def _digest(path: Path) -> str:
    with _failures_as_image_error(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _failures_as_image_error(path: Path) -> Iterator[None]:
    logger, silence = logging.getLogger("tifffile"), _Silence()
    logger.addFilter(silence)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImageError:
        raise
    except _DECODER_FAILURES as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        problem = f"the image is damaged and cannot be decoded: {reason}"
        raise ImageError(problem, where=str(path), remedy=_COPY_AGAIN) from error
    finally:
        logger.removeFilter(silence)


class _Silence(logging.Filter):
    """Drops what tifffile logs about a damaged file: the error that is raised says it."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        return False

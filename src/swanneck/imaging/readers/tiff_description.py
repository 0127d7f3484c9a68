"""The text that a microscope writes into a TIFF file beside the pixels: MetaXpress, Gen5 and OME all use it."""

import logging
import struct
import warnings
import zlib
from pathlib import Path

import tifffile

from swanneck.foundation.errors import ImageError

__all__ = ["read_description"]

_IMAGE_DESCRIPTION = 270
_LONGEST = 2**26


def read_description(path: Path) -> tuple[str, int]:
    """Give the description of a TIFF file's first page, and the number of its pages; no text where it has none.

    Raises `ImageError` for a file that is no TIFF, or whose description is too long to be true.
    """
    logger = logging.getLogger("tifffile")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(path)
    except (
        OSError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, AttributeError, AssertionError,
        MemoryError, struct.error, zlib.error,
    ) as error:  # fmt: skip
        if isinstance(error, ImageError):
            raise
        problem = f"the image cannot be opened: {' '.join(str(error).split())[:120]}"
        raise ImageError(problem, where=str(path), remedy="Copy it again from the microscope") from error
    finally:
        logger.setLevel(level)


def _read(path: Path) -> tuple[str, int]:
    if not path.is_file():
        problem = "the image file is missing"
        raise ImageError(problem, where=str(path), remedy="Copy it again from the microscope")
    with tifffile.TiffFile(path) as tiff:
        tag = tiff.pages[0].tags.get(_IMAGE_DESCRIPTION)
        if tag is None or tag.count > _LONGEST:
            return "", len(tiff.pages)
        value = tag.value
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return text, len(tiff.pages)

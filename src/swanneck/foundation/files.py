"""Files that are either whole or not there.

Every result is written to a temporary name in the same folder, flushed to the disk, and renamed. A run that
is killed at any moment leaves whole files and, at worst, one temporary file that the next run removes.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from swanneck.foundation.errors import StorageError

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "TEMPORARY_SUFFIX", "claim_folder", "file_sha256", "remove_file", "remove_temporary_files", "write_atomically",
    "write_parquet",
]  # fmt: skip

TEMPORARY_SUFFIX = ".swanneck-partial"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    The folder is made where it is missing. Raises `StorageError` where the disk is full or not writable.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        problem = f"cannot write {path.name}: {error.strerror or error}"
        remedy = "Free some space or choose a folder that you may write to, then run again: what is finished is kept"
        raise StorageError(problem, where=str(path.parent), remedy=remedy) from error


def write_parquet(path: Path, table: "pl.DataFrame") -> None:
    """Write a table as Parquet, atomically; equal tables give equal bytes."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=3, statistics=True)
    write_atomically(path, buffer.getvalue())


def remove_file(path: Path) -> None:
    """Remove a file if it is there. Raises `StorageError` where its folder is not writable."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        problem = f"cannot remove {path.name}: {error.strerror or error}"
        raise StorageError(problem, where=str(path.parent), remedy="Choose a folder that you may write to") from error


def remove_temporary_files(folder: Path) -> int:
    """Remove what a killed run left half-written below a folder, and say how many files that were."""
    leftovers = list(folder.rglob(f"*{TEMPORARY_SUFFIX}")) if folder.is_dir() else []
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


@contextmanager
def claim_folder(folder: Path) -> Iterator[None]:
    """Keep a folder for one run at a time; the claim ends with the block, or with the process however it ends.

    Raises `StorageError` where another process holds the folder, or it is not writable. Where the system knows no
    such locks (Windows, some network drives) nothing is kept.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, claim_folder(Path(folder)):
    ...     (Path(folder) / ".claim").exists()
    True
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claim = (folder / ".claim").open("wb")
    except OSError as error:
        problem = f"cannot write: {error.strerror or error}"
        raise StorageError(problem, where=str(folder), remedy="Choose a folder that you may write to") from error
    with claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            problem = "another run is at work here"
            raise StorageError(problem, where=str(folder), remedy="Wait until it is done, or stop it") from error
        except OSError:  # a file system without locks
            pass
        yield


def file_sha256(path: Path) -> str:
    """Give the SHA-256 digest of a file's content, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

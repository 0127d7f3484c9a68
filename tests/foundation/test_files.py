"""Files are whole or not there."""

import errno
from pathlib import Path

import polars as pl
import pytest

from swanneck.foundation.errors import StorageError
from swanneck.foundation.files import (
    TEMPORARY_SUFFIX,
    file_sha256,
    remove_temporary_files,
    write_atomically,
    write_parquet,
)


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "deep" / "table.bin"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [one.name for one in path.parent.iterdir()] == ["table.bin"]


def test_a_full_disk_keeps_the_old_file_and_says_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "table.bin"
    write_atomically(path, b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left on device.*what is finished is kept"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_run_are_removed(tmp_path):
    left = tmp_path / "cells" / f"A01.parquet.99{TEMPORARY_SUFFIX}"
    left.parent.mkdir()
    left.write_bytes(b"half")
    assert remove_temporary_files(tmp_path) == 1
    assert not left.exists()
    assert remove_temporary_files(tmp_path / "not there") == 0


def test_equal_tables_give_equal_files(tmp_path):
    table = pl.DataFrame({"well": ["A01", "A02"], "x": [1.0, None]})
    paths = [Path(tmp_path / name) for name in ("one.parquet", "two.parquet")]
    for path in paths:
        write_parquet(path, table)
    assert file_sha256(paths[0]) == file_sha256(paths[1])
    assert pl.read_parquet(paths[0]).equals(table)

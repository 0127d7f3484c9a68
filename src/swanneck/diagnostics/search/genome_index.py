"""A background genome on disk, two bits a base, searched piece by piece: memory stays flat, however long it is."""

import gzip
import json
import lzma
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.search.off_targets import BASE_CODES, OffTargets, Seeds, collect_sites, make_seeds
from swanneck.foundation.errors import InputError, StorageError
from swanneck.foundation.files import write_atomically

__all__ = ["GenomeIndex", "build_index", "open_index"]

_BASES, _UNKNOWN, _RECORDS = "bases.bin", "unknown.npy", "records.json"
_CHUNK = 1 << 24
_OVERLAP = 64
_READ = 1 << 22
_UNPACK = np.array([[byte >> (2 * place) & 3 for place in range(4)] for byte in range(256)], np.uint8)


@dataclass(frozen=True)
class GenomeIndex:
    """An index that was opened: its folder, names of sequences, where each begins, and stretches that are unknown."""

    folder: Path
    names: tuple[str, ...]
    starts: NDArray[np.int64]
    size: int
    unknown: NDArray[np.int64]

    def find(self, oligos: Sequence[str], *, mismatches: int = 3) -> OffTargets:
        """Find every site with at most so many mismatches, as `find_off_targets` does, without reading all at once."""
        seeds = make_seeds(oligos, mismatches)
        parts = [self._search(begin, seeds, mismatches) for begin in range(0, max(1, self.size), _CHUNK)]
        return collect_sites(parts)

    def _search(self, begin: int, seeds: Seeds, mismatches: int) -> NDArray[np.int64]:
        end = min(self.size, begin + _CHUNK + _OVERLAP)
        packed = np.memmap(self.folder / _BASES, np.uint8, "r") if self.size else np.zeros(0, np.uint8)
        codes = _UNPACK[packed[begin // 4 : -(-end // 4)]].reshape(-1)[: end - begin]
        first = np.searchsorted(self.unknown[:, 1], begin, "right")
        for low, high in self.unknown[first : np.searchsorted(self.unknown[:, 0], end)]:
            codes[max(0, low - begin) : high - begin] = 4
        found = seeds.search(codes, mismatches)
        found[:, 1] += begin
        record = np.searchsorted(self.starts, found[:, 1], "right") - 1
        found[:, 1] -= self.starts[np.maximum(record, 0)]
        return np.column_stack([record, found])


def build_index(fasta: Path, folder: Path, *, progress: Callable[[str, int, int], None] | None = None) -> GenomeIndex:
    """Write the index of a FASTA file (.gz and .xz too), reading it piece by piece.

    Sequences are kept apart by 64 unknown bases, so that no site lies across two. Raises `InputError` where the file
    is no FASTA of nucleotides, `StorageError` where the folder cannot be written.
    """
    fasta, folder = Path(fasta), Path(folder)
    names: list[str] = []
    starts: list[int] = []
    unknown: list[NDArray[np.int64]] = []
    size, rest = 0, np.zeros(0, np.uint8)
    total = fasta.stat().st_size if fasta.is_file() else 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _BASES).open("wb") as stream:
            for name, letters, read in _pieces(fasta):
                codes = BASE_CODES[letters]
                if name is not None:
                    codes = np.concatenate([np.full(_OVERLAP if names else 0, 4, np.uint8), codes])
                    names.append(name)
                    starts.append(size + (_OVERLAP if starts else 0))
                unknown.append(_runs(codes) + size)
                size += codes.size
                rest = np.concatenate([rest, codes & 3])
                whole = rest.size // 4 * 4
                stream.write(_pack(rest[:whole]).tobytes())
                rest = rest[whole:]
                if progress:
                    progress("index", min(read, total), total)
            stream.write(_pack(np.pad(rest, (0, -rest.size % 4))).tobytes())
    except OSError as error:
        problem = f"cannot write the index: {error.strerror or error}"
        raise StorageError(problem, where=str(folder)) from error
    if not names:
        problem = "wanted a FASTA file, which begins with '>', and got no sequence"
        raise InputError(problem, where=str(fasta))
    merged = _merge(np.concatenate(unknown)) if unknown else np.zeros((0, 2), np.int64)
    np.save(folder / _UNKNOWN, merged)
    told = {"names": names, "starts": starts, "size": size}
    write_atomically(folder / _RECORDS, json.dumps(told).encode())  # last: an index without it is not whole
    return open_index(folder)


def open_index(folder: Path) -> GenomeIndex:
    """Open an index. Raises `InputError` where the folder holds none, or one that was not finished."""
    folder = Path(folder)
    try:
        told = json.loads((folder / _RECORDS).read_text(encoding="utf-8"))
        unknown = np.load(folder / _UNKNOWN)
    except (OSError, ValueError) as error:
        problem = f"{folder.name} is no index of a genome, or was not finished"
        raise InputError(
            problem, where=str(folder), remedy="Build it again with `swanneck diagnostics index`"
        ) from error
    starts = np.array(told["starts"], np.int64)
    return GenomeIndex(folder, tuple(told["names"]), starts, int(told["size"]), unknown)


def _pieces(path: Path) -> Iterator[tuple[str | None, NDArray[np.uint8], int]]:
    """Read sequences in pieces: the name with the first piece of each, None with others; letters; bytes read so far."""
    openers: dict[str, Any] = {".gz": gzip.open, ".xz": lzma.open}
    opener = openers.get(path.suffix.lower(), open)
    read, name, left = 0, None, b""
    try:
        with opener(path, "rb") as stream:
            while block := stream.read(_READ):
                read += len(block)
                cut = block.rfind(b"\n") + 1
                block, left = left + block[:cut], block[cut:] if cut else left + block
                if cut:
                    for part in _split(block):
                        name, letters = part
                        yield name, letters, read
            for part in _split(left):
                yield part[0], part[1], read
    except (EOFError, lzma.LZMAError, FileNotFoundError) as error:
        problem = f"cannot read {path.name}: {error}"
        raise InputError(problem, where=str(path.parent)) from error


def _split(block: bytes) -> Iterator[tuple[str | None, NDArray[np.uint8]]]:
    first, *others = (b"\n" + block).split(b"\n>")
    letters = first.translate(None, b"\r\n\t -")
    if letters:
        yield None, np.frombuffer(letters, np.uint8)
    for part in others:
        header, _, body = part.partition(b"\n")
        words = header.decode("utf-8", "replace").split()
        yield words[0] if words else "", np.frombuffer(body.translate(None, b"\r\n\t -"), np.uint8)


def _runs(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Give stretches of unknown bases as (start, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], codes > 3, [0]]).astype(np.int8)))
    return edges.reshape(-1, 2).astype(np.int64)


def _merge(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join stretches that touch."""
    if not len(runs):
        return runs
    new = np.concatenate([[True], runs[1:, 0] > runs[:-1, 1]])
    last = np.concatenate([np.flatnonzero(new)[1:] - 1, [len(runs) - 1]])
    return np.column_stack([runs[new, 0], runs[last, 1]])


def _pack(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    four = codes.reshape(-1, 4)
    return (four[:, 0] | four[:, 1] << 2 | four[:, 2] << 4 | four[:, 3] << 6).astype(np.uint8)

"""FASTA files: plain, .gz or .xz, aligned or not."""

import gzip
import lzma
import zlib
from dataclasses import dataclass
from pathlib import Path

from swanneck.foundation.errors import InputError

__all__ = ["FastaRecord", "check_aligned", "check_nucleotides", "read_fasta"]

_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
_NUCLEOTIDES = frozenset("ACGTURYSWKMBDHVN-.?*X")
_STRICT = frozenset("ACGTUN-")
_MOST_AMBIGUOUS = 0.5


@dataclass(frozen=True)
class FastaRecord:
    """One sequence: its name (the first word of the header), the rest of the header, its letters in upper case."""

    name: str
    description: str
    sequence: str


def read_fasta(path: Path) -> list[FastaRecord]:
    """Read every sequence of a FASTA file (Pearson and Lipman 1988), compressed with gzip or xz or not.

    Letters become upper case; blanks and empty lines are left out; names need not be unique.

    Raises `InputError` where the file is missing, damaged, empty, no FASTA, or a header has no sequence.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "two.fasta"
    ...     _ = path.write_text(">first of two\\nACG\\nt\\n>second\\nAC-T\\n")
    ...     [(record.name, record.sequence) for record in read_fasta(path)]
    [('first', 'ACGT'), ('second', 'AC-T')]
    """
    path = Path(path)
    text = _read_text(path)
    start, *blocks = ("\n" + text.replace("\r\n", "\n").replace("\r", "\n")).split("\n>")
    if start.strip() or not blocks:
        found = "an empty file" if not text.strip() else f"the first line {text.strip().splitlines()[0][:40]!r}"
        problem = f"wanted a FASTA file, which begins with '>', and got {found}"
        raise InputError(problem, where=str(path))
    return [_read_record(block, path, number) for number, block in enumerate(blocks, start=1)]


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
        elif content.startswith(_XZ):
            content = lzma.decompress(content)
        return content.decode("utf-8-sig")
    except FileNotFoundError as error:
        problem = f"no such file: {path.name}"
        raise InputError(problem, where=str(path.parent)) from error
    except UnicodeDecodeError as error:
        problem = "wanted a FASTA file, which is text, and got other bytes"
        raise InputError(problem, where=str(path)) from error
    except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
        problem = f"cannot read {path.name}: {error}"
        raise InputError(problem, where=str(path), remedy="Copy or download the file again") from error


def _read_record(block: str, path: Path, number: int) -> FastaRecord:
    header, _, body = block.partition("\n")
    name, _, description = header.strip().partition(" ")
    sequence = "".join(body.split()).upper()
    if not sequence:
        problem = f"sequence {number} ({name or 'no name'}) has a header and no letters"
        raise InputError(problem, where=str(path))
    return FastaRecord(name or f"sequence_{number}", description.strip(), sequence)


def check_nucleotides(records: list[FastaRecord], *, where: str = "") -> None:
    """Pass where every sequence is written in nucleotides, IUPAC codes (NC-IUB 1985) and gaps.

    Raises `InputError` naming the sequence and the letters; protein is told from nucleotides also where its letters
    could all be ambiguous bases.

    >>> check_nucleotides([FastaRecord("spike", "", "MFVFLVLLPLVSS")])
    Traceback (most recent call last):
    ...
    swanneck.foundation.errors.InputError: wanted nucleotides, and 'spike' has F, L, P. Give genomes, not proteins
    """
    for record in records:
        strange = sorted(set(record.sequence) - _NUCLEOTIDES)
        if strange:
            problem = f"wanted nucleotides, and {record.name!r} has {', '.join(strange[:6])}"
            raise InputError(problem, where=where, remedy="Give genomes, not proteins")
        plain = sum(map(record.sequence.count, _STRICT))
        if plain < _MOST_AMBIGUOUS * len(record.sequence):
            problem = f"wanted nucleotides, and most letters of {record.name!r} are ambiguous: is it a protein?"
            raise InputError(problem, where=where, remedy="Give genomes, not proteins")


def check_aligned(records: list[FastaRecord], *, where: str = "") -> None:
    """Pass where all sequences have the same length, as those of an alignment have.

    Raises `InputError` naming one that differs.

    >>> check_aligned([FastaRecord("one", "", "ACGT"), FastaRecord("two", "", "AC-T")])
    """
    if len({len(record.sequence) for record in records}) > 1:
        first = records[0]
        other = next(record for record in records if len(record.sequence) != len(first.sequence))
        problem = (
            f"wanted aligned sequences, which have one length: {first.name!r} has {len(first.sequence)} columns, "
            f"{other.name!r} {len(other.sequence)}"
        )
        raise InputError(problem, where=where, remedy="Align them first, with `mafft --auto` for one")

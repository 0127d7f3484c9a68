"""Genomes of a target as files name them: which files, which of their sequences, and how much each counts."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.intake import IntakeSettings, weigh_genomes
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, read_fasta

__all__ = ["GenomeSource", "check_weights", "pick_segment", "read_source", "weigh_source"]

_LIKE_TOGETHER = 0.57
_INFLUENZA = ("PB2", "PB1", "PA", "HA", "NP", "NA", "M", "NS")


@dataclass(frozen=True)
class GenomeSource:
    """Where the genomes of a target come from, and which of them.

    Of several files each counts the same, and genomes may be less alike: serotypes that one assay is to reach.
    `reference` is the genome whose positions are told: of those in its file the first, or that of the segment; the
    genome with most known bases where not given. `segment` takes the sequences that name it. `metadata` with
    `weight_by` lets every value of a column count the same.
    """

    genomes: Path | tuple[Path, ...]
    reference: Path | None = None
    segment: str | None = None
    metadata: Path | None = None
    weight_by: str | None = None
    intake: IntakeSettings | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the genomes."""
        return self.genomes if isinstance(self.genomes, tuple) else (Path(self.genomes),)

    @property
    def rules(self) -> IntakeSettings:
        """Which genomes are used."""
        return self.intake or (IntakeSettings() if len(self.files) == 1 else IntakeSettings(like=_LIKE_TOGETHER))

    @property
    def title(self) -> str:
        """What the genomes are called."""
        names = " + ".join(path.name for path in self.files)
        return f"{names}, segment {self.segment}" if self.segment else names


def read_source(source: GenomeSource) -> list[tuple[Path, FastaRecord]]:
    """Read the genomes of a source, each with the file that it is from; those of the segment where one is named."""
    found = []
    for path in source.files:
        records = read_fasta(path)
        if source.segment is not None:
            records = pick_segment(records, source.segment, where=str(path))
        found += [(path, record) for record in records]
    return found


def check_weights(source: GenomeSource) -> None:
    """Pass where weights have the table that they need; else raise `InputError`."""
    if source.weight_by is not None and source.metadata is None:
        problem = f"weights by {source.weight_by!r} need a table of the genomes"
        raise InputError(problem, remedy="Give it with --metadata")
    if source.metadata is not None and source.weight_by is None:
        problem = "a table of the genomes was given, and no column to weigh them by"
        raise InputError(problem, remedy="Name it with --weight-by")


def weigh_source(source: GenomeSource, names: Sequence[str], file_of: dict[str, str]) -> NDArray[np.float64] | None:
    """Give the weights of genomes by the metadata, or such that each of several files counts the same; None: all alike.

    Raises `InputError` where weights are wanted and there is no table.
    """
    if source.weight_by is None:
        counts = Counter(file_of[name] for name in names)
        return np.array([1 / counts[file_of[name]] for name in names]) if len(counts) > 1 else None
    check_weights(source)
    return weigh_genomes(names, Path(source.metadata or ""), source.weight_by)


def pick_segment(records: Sequence[FastaRecord], segment: str, *, where: str = "") -> list[FastaRecord]:
    """Take the sequences whose header names a segment: `|HA|`, `(HA)`, `segment 4`, `HA gene`, `_HA` at the end.

    Numbers 1 to 8 and the names of influenza A's segments stand for each other; MP is M.

    Raises `InputError` where no header names it.

    >>> records = [FastaRecord("a|HA|2009", "", "ACGT"), FastaRecord("a|NA|2009", "", "ACGT")]
    >>> [record.name for record in pick_segment(records, "ha")]
    ['a|HA|2009']
    """
    wanted = segment.strip().upper()
    names = {wanted}
    if wanted == "MP":
        names.add("M")
    if wanted.isdigit() and 1 <= int(wanted) <= len(_INFLUENZA):
        names.add(_INFLUENZA[int(wanted) - 1])
    names |= {str(_INFLUENZA.index(name) + 1) for name in names if name in _INFLUENZA}
    if "M" in names:
        names.add("MP")
    word = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    plain = "|".join(sorted((re.escape(name) for name in names if not name.isdigit()), key=len, reverse=True)) or "(?!)"
    pattern = re.compile(
        rf"(?:^|\|)\s*(?:{plain})\s*(?:\||$)|segment[\s:_=-]*(?:{word})\b|\((?:{plain})\)|\b(?:{plain})\s+gene\b"
        rf"|[_/](?:{plain})$", re.IGNORECASE,
    )  # fmt: skip
    kept = [one for one in records
            if pattern.search(f"{one.name} {one.description}".strip()) or pattern.search(one.name)]  # fmt: skip
    if not kept:
        problem = f"no sequence names the segment {segment!r} in its header"
        raise InputError(problem, where=where, remedy=f"Write it as |{segment}| or 'segment {segment}'")
    return kept

"""Genomes as they come in: which are used, which are left out and why, and how much each counts."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.sequences.fasta import FastaRecord

__all__ = [
    "GenomeNote", "Intake", "IntakeSettings", "compare_aligned", "screen_genomes", "weigh_genomes", "write_notes",
]  # fmt: skip

_NUCLEOTIDES = "ACGTURYSWKMBDHVNX?-.*"
_KNOWN = "ACGTU"
_BASES = "ACGT"
_GAPS = "-.*"
_MONTH = re.compile(r"\d{4}-\d{2}")
_MOST_TOLD = 6


class IntakeSettings(Settings):
    """Which genomes are used. Shares are from 0 to 1; all limits are choices of ours."""

    most_unknown: float = Field(0.5, ge=0, le=1)
    """Share of a genome's letters that may be missing or ambiguous."""
    shortest: float = Field(0.3, ge=0, le=1)
    """Share of the reference that a genome must cover."""
    like: float = Field(0.75, ge=0.25, le=1)
    """Share of the laid bases that must be the reference's: serotypes of dengue virus share some 70 %, dengue and Zika
    virus 64 %, unrelated sequences at most 51 %."""
    duplicates: Literal["keep", "drop"] = "keep"
    """What is done with genomes of other names and the same letters. Two isolates may well be equal; `drop` counts
    them once. One that is listed twice under its name always counts once."""


@dataclass(frozen=True)
class GenomeNote:
    """One genome of a file: letters without gaps, the share that is unknown, whether it is used, and why not."""

    name: str
    length: int
    unknown: float
    used: bool
    reason: str


@dataclass(frozen=True)
class Intake:
    """The genomes that are used, and a note on every one of the file in its order."""

    records: list[FastaRecord]
    notes: list[GenomeNote]

    @property
    def left_out(self) -> dict[str, str]:
        """The reasons by name of the genomes that are not used."""
        return {note.name: note.reason for note in self.notes if not note.used}

    def leave_out(self, reasons: Mapping[str, str]) -> "Intake":
        """Give the intake without some more genomes, with the reason of each."""
        notes = [replace(note, used=False, reason=reasons[note.name]) if note.used and note.name in reasons else note
                 for note in self.notes]  # fmt: skip
        return Intake([record for record in self.records if record.name not in reasons], notes)


def screen_genomes(
    records: Sequence[FastaRecord], settings: IntakeSettings | None = None, *, where: str = ""
) -> Intake:
    """Leave out genomes that are mostly unknown, no nucleotides, or listed twice; the reason stands in the notes.

    Another sequence under a name that is taken gets a number behind it, so that all names differ.

    Raises `InputError` where none is left.

    >>> letters = {"a": "ACGT", "b": "NNNT"}
    >>> found = screen_genomes([FastaRecord(name, "", letters[name]) for name in "aba"])
    >>> [(note.name, note.reason) for note in found.notes]
    [('a', ''), ('b', 'mostly missing: 75 % of its bases are unknown (at most 50 %)'), ('a', 'listed twice')]
    """
    settings = settings or IntakeSettings()
    kept: list[FastaRecord] = []
    notes: list[GenomeNote] = []
    seen: dict[str, str] = {}
    times: Counter[str] = Counter()
    for record in records:
        letters = record.sequence.upper().translate(str.maketrans("", "", _GAPS))
        known = sum(map(letters.count, _KNOWN))
        unknown = 1 - known / max(1, len(letters))
        reason = _refuse(record, letters, unknown, settings)
        if not reason and (first := seen.get(letters)):
            reason = "listed twice" if first == record.name else f"the same letters as {first}"
        used = not reason or (reason.startswith("the same") and settings.duplicates == "keep")
        notes.append(GenomeNote(record.name, len(letters), round(unknown, 4), used, reason))
        if used:
            seen.setdefault(letters, record.name)
            times[record.name] += 1
            number = times[record.name]
            name = record.name if number == 1 else f"{record.name}_{number}"
            kept.append(FastaRecord(name, record.description, record.sequence.upper()))
            notes[-1] = replace(notes[-1], name=name)
    if not kept:
        problem = f"none of the {len(notes)} genomes can be used: {_tell(note.reason for note in notes)}"
        protein = any("nucleotides" in note.reason for note in notes)
        raise InputError(problem, where=where, remedy="Give genomes, not proteins" if protein else "")
    return Intake(kept, notes)


def _refuse(record: FastaRecord, letters: str, unknown: float, settings: IntakeSettings) -> str:
    strange = sorted(set(record.sequence.upper()) - set(_NUCLEOTIDES))
    if strange:
        return f"no nucleotides: it has {', '.join(strange[:_MOST_TOLD])}"
    if not letters:
        return "it has gaps alone"
    missing = sum(map(letters.count, "NX?"))
    if unknown > settings.most_unknown:
        limit = f"(at most {100 * settings.most_unknown:.0f} %)"
        if missing < unknown * len(letters) / 2:
            return f"{100 * unknown:.0f} % of its letters are ambiguous {limit}: no nucleotides?"
        return f"mostly missing: {100 * unknown:.0f} % of its bases are unknown {limit}"
    return ""


def _tell(reasons: Iterable[str]) -> str:
    counts = Counter(reasons)
    return "; ".join(f"{reason} ({count})" if count > 1 else reason for reason, count in counts.most_common(3))


def compare_aligned(intake: Intake, settings: IntakeSettings) -> Intake:
    """Leave out genomes of an alignment that are unlike the others, or too short: the reference is what most have.

    Raises `InputError` where none is left.

    >>> records = [FastaRecord(name, "", "ACGTACGT") for name in "abc"] + [FastaRecord("d", "", "TGCATGCA")]
    >>> compare_aligned(screen_genomes(records), IntakeSettings()).left_out
    {'d': 'unlike the other genomes: 0 % of its bases are what most have (at least 75 %)'}
    """
    rows = [np.frombuffer(record.sequence.replace("U", "T").encode("ascii"), np.uint8) for record in intake.records]
    counts = np.zeros((len(_BASES), rows[0].size), np.int32)
    for row in rows:
        for number, base in enumerate(_BASES):
            counts[number] += row == ord(base)
    most = np.frombuffer(_BASES.encode(), np.uint8)[counts.argmax(axis=0)]
    columns = int((counts.sum(axis=0) > 0).sum())
    reasons = {}
    for record, row in zip(intake.records, rows, strict=True):
        known = np.isin(row, np.frombuffer(_BASES.encode(), np.uint8))
        size = int(known.sum())
        like = float((row == most)[known].mean()) if size else 0.0
        if like < settings.like and len(rows) > 1:
            reasons[record.name] = (f"unlike the other genomes: {100 * like:.0f} % of its bases are what most have "
                                    f"(at least {100 * settings.like:.0f} %)")  # fmt: skip
        elif size < settings.shortest * columns:
            reasons[record.name] = f"too short: {size} of {columns} columns"
    found = intake.leave_out(reasons)
    if not found.records:
        problem = f"none of the genomes can be used: {_tell(note.reason for note in found.notes)}"
        raise InputError(problem)
    return found


def weigh_genomes(names: Sequence[str], metadata: Path, column: str) -> NDArray[np.float64]:
    """Give each genome a weight such that every value of a column of the metadata counts the same; they sum to 1.

    Dates count by month. Genomes for which nothing is told are a group of their own. Names that differ in no more
    than what stands behind a vertical bar are the same.

    Raises `InputError` where the table or its column cannot be read, or lists none of the genomes.
    """
    # Tables of text load polars, which screening genomes can do without.
    from swanneck.diagnostics.monitoring.metadata import read_metadata

    plain = {name: name.split("|")[0] for name in names}
    told = read_metadata(metadata, [*plain, *plain.values()], group=column)
    values = [(told.get(name) or told.get(plain[name]) or ("", ""))[0] for name in names]
    groups = [value[:7] if _MONTH.match(value) else value for value in values]
    counts = Counter(groups)
    return np.array([1 / (len(counts) * counts[group]) for group in groups])


def write_notes(notes: Sequence[GenomeNote], weights: Mapping[str, float] | None = None) -> str:
    """Write the notes as a CSV table: genome, length, unknown_share, used, reason, weight.

    >>> print(write_notes([GenomeNote("a", 4, 0.0, True, "")]).splitlines()[1])
    a,4,0.0,yes,,
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["genome", "length", "unknown_share", "used", "reason", "weight"])
    for note in notes:
        weight = "" if weights is None or not note.used else f"{weights.get(note.name, 0):.6g}"
        writer.writerow([note.name, note.length, note.unknown, "yes" if note.used else "no", note.reason, weight])
    return stream.getvalue()

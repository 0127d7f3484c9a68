"""Score every sequence of a FASTA file as it is, and write the scores as a table."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine.scores import score_gigabytes, score_sequence
from swanneck.workflows.design_vaccine import choose_codons

__all__ = ["score_sequences"]


def score_sequences(
    path: Path,
    *,
    codons: str = "human",
    out: Path | None = None,
    memory_gigabytes: float = 2.0,
    progress: Callable[[str, int, int], None] | None = None,
) -> pl.DataFrame:
    """One row for each sequence: name, length, energy, ensemble_energy (kcal/mol), aup, hydrolysis, degradation (per
    hour at pH 10), gc, uridine, longest_run, coding_start and coding_end (from 1), residues, cai, gc3, motifs. `out` is
    the CSV file to write.

    InputError where the file has none, a sequence is no RNA or DNA, or scoring one would take more memory than allowed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "given.fasta"
    ...     _ = path.write_text(">one\\nATGGGCAAGGCC\\n")
    ...     score_sequences(path)["energy"].to_list()
    [-1.3]
    """
    table, records, rows = choose_codons(codons), read_fasta(Path(path)), []
    for record in records:
        if score_gigabytes(record.sequence) > memory_gigabytes:
            problem = f"scoring {len(record.sequence)} bases takes about {score_gigabytes(record.sequence):.1f} GB"
            problem += f"; the limit is {memory_gigabytes:g} GB"
            raise InputError(problem, where=record.name, remedy="Raise memory_gigabytes (--memory), or score a part")
    for number, record in enumerate(records, start=1):
        try:
            score = score_sequence(record.sequence, table=table)
        except InputError as error:
            where = f"{record.name}, {error.where}" if error.where else record.name
            raise type(error)(error.problem, where=where, remedy=error.remedy) from error
        start = None if score.coding_start is None else score.coding_start + 1
        rows.append({
            "name": record.name, "length": score.length, "energy": score.energy,
            "ensemble_energy": score.ensemble_energy, "aup": score.aup,
            "hydrolysis": score.hydrolysis, "degradation": score.degradation, "gc": score.gc, "uridine": score.uridine,
            "longest_run": score.longest_run, "coding_start": start, "coding_end": score.coding_end,
            "residues": None if score.protein is None else len(score.protein), "cai": score.cai, "gc3": score.gc3,
            "motifs": "; ".join(f"{name} x {count}" for name, count in score.motifs.items()),
        })  # fmt: skip
        if progress:
            progress("score", number, len(records))
    scores = pl.DataFrame(rows, schema_overrides={"coding_start": pl.Int64, "coding_end": pl.Int64, "cai": pl.Float64,
                                                  "gc3": pl.Float64, "residues": pl.Int64})  # fmt: skip
    if out is not None:
        write_atomically(Path(out), scores.write_csv().encode())
    return scores

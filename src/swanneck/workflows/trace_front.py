"""Trace the front of folding energy and codon adaptation of an antigen; go on where an earlier run ended."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl

from swanneck.folding import fold_sequence
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.provenance import content_key
from swanneck.reports.front_report import render_front_report
from swanneck.sequences.codons import CodonTable, translate_codons
from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine.coding_design import DesignSettings
from swanneck.vaccine.pareto import Front, FrontPoint, find_front
from swanneck.vaccine.scores import find_coding_region
from swanneck.workflows.design_vaccine import choose_codons, read_proteins

__all__ = ["trace_front"]


def trace_front(
    antigen: Path,
    out: Path,
    settings: DesignSettings | None = None,
    *,
    points: int = 20,
    compare: Path | None = None,
    codons: str = "human",
    progress: Callable[[str, int, int], None] | None = None,
) -> Front:
    """Find the front of the first protein of a FASTA file; write front.csv, designs.fasta and report.html.

    Each point is kept in points.jsonl as it is found: the same call again goes on from there, also with more `points`.
    Sequences of `compare` (FASTA) that code for the protein are folded and shown beside the front. InputError as
    `find_front` raises, and where none of `compare` codes for the protein.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "antigen.fasta"
    ...     _ = path.write_text(">small\\nMGKAL\\n")
    ...     len(trace_front(path, Path(folder) / "front", points=3).points)
    2
    """
    settings, table = settings or DesignSettings(), choose_codons(codons)
    record, out = read_proteins(antigen)[0], Path(out)
    others = _fold_others(compare, record.sequence, table) if compare else {}
    store = out / "points.jsonl"
    key = content_key("front", record.sequence, settings.model_dump(exclude={"lambda_"}), dict(table.shares))
    lines = store.read_text(encoding="utf-8").splitlines() if store.is_file() else []
    known = [FrontPoint(**line["point"]) for line in map(json.loads, lines) if line["key"] == key]

    def keep(point: FrontPoint) -> None:
        lines.append(json.dumps({"key": key, "point": asdict(point)}))
        write_atomically(store, ("\n".join(lines) + "\n").encode())

    front = find_front(record.sequence, settings, points=points, known=known, table=table, progress=progress, keep=keep)
    rows = [asdict(point) for point in front.points]
    write_atomically(out / "front.csv", pl.DataFrame(rows).write_csv().encode())
    fasta = "".join(f">{record.name}_lambda_{one.lambda_:.6g}\n{one.rna}\n" for one in front.points)
    write_atomically(out / "designs.fasta", fasta.encode())
    write_atomically(out / "report.html", render_front_report(record.name, front, others).encode())
    return front


def _fold_others(path: Path, protein: str, table: CodonTable) -> dict[str, tuple[float, float]]:
    """Energy and adaptation of those coding regions of a file that code for the protein."""
    found = {}
    for record in read_fasta(Path(path)):
        rna = record.sequence.replace("T", "U")
        region = find_coding_region(rna) if set(rna) <= set("ACGU") else None
        coding = rna[slice(*region)] if region else ""
        if coding and translate_codons(coding, table) == protein:
            found[record.name] = (fold_sequence(coding).energy, table.adaptation(coding))
    if not found:
        problem = "none of the sequences to compare codes for the antigen"
        raise InputError(problem, where=str(path))
    return found

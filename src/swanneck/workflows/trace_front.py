"""Trace the front of folding energy and codon adaptation of an antigen; go on where an earlier run ended."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.files import claim_folder, write_atomically
from swanneck.foundation.provenance import content_key
from swanneck.reports.front_report import render_front_report
from swanneck.sequences.codons import CodonTable
from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine.coding_design import DesignSettings
from swanneck.vaccine.pareto import Finding, Front, FrontPoint, find_front
from swanneck.vaccine.references import ReferenceSequence, measure_reference
from swanneck.workflows.design_vaccine import choose_codons, read_proteins

__all__ = ["trace_front"]


def trace_front(
    antigen: Path,
    out: Path,
    settings: DesignSettings | None = None,
    *,
    points: int = 20,
    reference: Path | None = None,
    codons: str = "human",
    progress: Callable[[str, int, int], None] | None = None,
) -> Front:
    """Find the front of the protein of a FASTA file; write front.csv, designs.fasta and report.html.

    What is found, points and proofs, is kept in points.jsonl at once: the same call again goes on from there, also with
    more `points`. `reference` is a FASTA file of RNA or DNA: the coding sequences of the antigen in it are folded and
    shown beside the front, with the share of residues that are equal. InputError as `find_front` raises, for a file of
    several proteins, and where nothing in `reference` codes for the antigen.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "antigen.fasta"
    ...     _ = path.write_text(">small\\nMGKAL\\n")
    ...     len(trace_front(path, Path(folder) / "front", points=3).points)
    2
    """
    settings, table = settings or DesignSettings(), choose_codons(codons)
    records, out = read_proteins(antigen), Path(out)
    if len(records) > 1:
        problem = f"one protein was wanted for a front, {len(records)} came"
        raise InputError(problem, where=str(antigen), remedy="Trace them one by one, each into a folder of its own")
    record = records[0]
    others = _measure_references(reference, record.sequence, table) if reference else []
    rules = settings.model_dump(exclude={"lambda_", "memory_gigabytes"}, exclude_defaults=True)
    key = content_key("front", record.sequence, rules, dict(table.shares))
    store = out / "points.jsonl"
    with claim_folder(out):
        lines = store.read_text(encoding="utf-8").splitlines() if store.is_file() else []

        def keep(finding: Finding) -> None:
            if isinstance(finding, FrontPoint):
                lines.append(json.dumps({"key": key, "point": asdict(finding)}))
            else:
                lines.append(json.dumps({"key": key, "none_between": [asdict(point) for point in finding]}))
            write_atomically(store, ("\n".join(lines) + "\n").encode())

        known = _read_findings(lines, key, store)
        front = find_front(
            record.sequence, settings, points=points, known=known, table=table, progress=progress, keep=keep
        )
        ends = [front.interval(number) for number in range(len(front.points))]
        rows = [
            {"lambda_from": low, "lambda_to": high} | asdict(point)
            for (low, high), point in zip(ends, front.points, strict=True)
        ]
        write_atomically(out / "front.csv", pl.DataFrame(rows).write_csv().encode())
        fasta = "".join(f">{record.name}_lambda_{one.lambda_:.6g}\n{one.rna}\n" for one in front.points)
        write_atomically(out / "designs.fasta", fasta.encode())
        write_atomically(out / "report.html", render_front_report(record.name, front, others).encode())
    return front


def _read_findings(lines: list[str], key: str, store: Path) -> list[Finding]:
    """What earlier runs with the same protein, rules and codons found."""
    findings: list[Finding] = []
    for number, line in enumerate(lines, start=1):
        try:
            read = json.loads(line)
            if read["key"] == key and "point" in read:
                findings.append(FrontPoint(**read["point"]))
            elif read["key"] == key:
                first, second = (FrontPoint(**point) for point in read["none_between"])
                findings.append((first, second))
        except (ValueError, KeyError, TypeError) as error:
            problem = "a line of an earlier run is damaged"
            raise InputError(problem, where=f"{store}, line {number}", remedy="Remove the line, run again") from error
    return findings


def _measure_references(path: Path, protein: str, table: CodonTable) -> list[ReferenceSequence]:
    """Energy and adaptation of the coding sequences of a protein in a file."""
    measured = (measure_reference(one.name, one.sequence, protein, table=table) for one in read_fasta(Path(path)))
    found = [one for one in measured if one is not None]
    if not found:
        problem = "none of the reference sequences codes for the antigen, or for one of its length that is 90 % equal"
        raise InputError(problem, where=str(path))
    return found

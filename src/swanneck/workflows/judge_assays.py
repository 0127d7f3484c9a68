"""Judge a table of assays by the rules of design, on one genome."""

import csv
import io
from pathlib import Path

from swanneck.diagnostics.design.judge import Judgement, judge_assay
from swanneck.diagnostics.design.objective import AssaySettings
from swanneck.diagnostics.intake import screen_genomes
from swanneck.diagnostics.monitoring.assays import read_assays
from swanneck.foundation.files import write_atomically
from swanneck.sequences.fasta import read_fasta

__all__ = ["judge_assays"]


def judge_assays(
    assays: Path, genome: Path, *, settings: dict[str, AssaySettings] | None = None, out: Path | None = None
) -> list[Judgement]:
    """Hold each assay of a table to the rules of its kind, on the first genome of a file.

    `settings` are those of kinds that shall not be judged by the default rules. `out` is a CSV file with one row per
    assay and rule: `assay`, `kind`, `feasible`, `level` (broken, or penalised where it only costs rank), `oligo`,
    `rule`, `value`, `wanted`; an assay that keeps all rules has one row without a rule.

    Raises `InputError` where a file is not what it should be.
    """
    table = read_assays(assays)
    first = screen_genomes(read_fasta(genome), where=str(genome)).records[0]
    found = []
    for assay in table:
        judged = judge_assay(assay, first)
        own = (settings or {}).get(judged.kind)
        found.append(judge_assay(assay, first, own) if own else judged)
    if out is not None:
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["assay", "kind", "feasible", "level", "oligo", "rule", "value", "wanted"])
        for one in found:
            rows = [("broken", rule) for rule in one.broken] + [("penalised", rule) for rule in one.penalised]
            feasible = "yes" if one.feasible else "no"
            for level, rule in rows:
                writer.writerow([one.assay, one.kind, feasible, level, rule.oligo, rule.rule, rule.value, rule.wanted])
            if not rows:
                writer.writerow([one.assay, one.kind, feasible, "", "", "", "", ""])
        write_atomically(Path(out), stream.getvalue().encode())
    return found

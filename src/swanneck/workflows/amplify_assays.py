"""Predict what assays would amplify in genomes: in-silico PCR and LAMP."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from swanneck.diagnostics.design.objective import react
from swanneck.diagnostics.monitoring.assays import Assay, read_assays
from swanneck.diagnostics.monitoring.parts import list_parts
from swanneck.diagnostics.search.amplicons import Amplicon, Reaction, predict_products
from swanneck.foundation.files import write_atomically
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.workflows.genome_target import read_background

__all__ = ["amplify_assays"]


def amplify_assays(
    assays: Path,
    background: Sequence[Path],
    *,
    reference: Path | None = None,
    mismatches: int = 3,
    longest: int = 1000,
    out: Path | None = None,
) -> dict[str, list[Amplicon]]:
    """Predict the products of each assay of a table in FASTA files or indexes, the likeliest first.

    `reference` is a genome that the assays are for, by which inner primers of LAMP are cut into their halves; the
    first genome of the background where not given. `out` is a CSV file with one row per product: `assay`, `sequence`,
    `start`, `end`, `length`, `forward`, `backward`, `mismatches`, `detected`, `parts`.

    Raises `InputError` where a file is not what it should be.
    """
    table = read_assays(assays)
    opened = read_background(background)
    some = [record for one in opened if isinstance(one, list) for record in one[:5]]
    by: list[FastaRecord] = read_fasta(reference) if reference else some
    reactions = [_reaction(assay, by) for assay in table]
    found: dict[str, list[Amplicon]] = {assay.name: [] for assay in table}
    for one in opened:
        products = predict_products(reactions, one, mismatches=mismatches, longest=longest)
        for assay, own in zip(table, products, strict=True):
            found[assay.name] += own
    if out is not None:
        write_atomically(Path(out), _table(found).encode())
    return found


def _reaction(assay: Assay, genomes: list[FastaRecord]) -> Reaction:
    """Sort an assay's oligos; several of one role are told apart by their names."""
    parts = list_parts([assay], genomes)
    named: dict[str, str] = {}
    for part in parts:
        named[part.role if part.role not in named else part.oligo] = part.sequence
    probes = {part.oligo for part in parts if not part.is_primer}
    plain = react(named)
    moved = {role: word for role, word in plain.primers.items() if role in probes}
    primers = {role: word for role, word in plain.primers.items() if role not in moved}
    return Reaction(primers, {**plain.probes, **moved})


def _table(found: dict[str, list[Amplicon]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["assay", "sequence", "start", "end", "length", "forward", "backward", "mismatches", "detected",
                     "parts"])  # fmt: skip
    for assay, products in found.items():
        for one in products:
            writer.writerow([assay, one.record, one.start, one.end, one.end - one.start + 1, one.forward, one.backward,
                             one.mismatches, "yes" if one.with_probe else "no", ";".join(one.parts)])  # fmt: skip
    return stream.getvalue()

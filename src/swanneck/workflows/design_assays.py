"""Design assays on a file of genomes: laid on a reference, designed, held to a background, written as tables."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from swanneck.diagnostics.design.lamp import LampSettings, design_lamp
from swanneck.diagnostics.design.qpcr import AssayDesign, QpcrSettings, design_qpcr
from swanneck.diagnostics.design.rpa import RpaSettings, design_rpa
from swanneck.diagnostics.design.stacking import stack_genomes
from swanneck.diagnostics.search.genome_index import GenomeIndex, open_index
from swanneck.diagnostics.search.off_targets import Amplicon, predict_amplicons
from swanneck.foundation.errors import InputError
from swanneck.foundation.files import write_atomically
from swanneck.sequences.fasta import FastaRecord, check_nucleotides, read_fasta

__all__ = ["AssayKind", "DesignRun", "design_assays"]

AssayKind = Literal["qpcr", "pcr", "lamp", "rpa-cas12", "rpa-cas13"]
_LEAST_KNOWN = 0.5


@dataclass(frozen=True)
class DesignRun:
    """The designs, best first, with what each would amplify in the background; genomes left out, with the reason."""

    kind: AssayKind
    designs: tuple[AssayDesign, ...]
    amplicons: tuple[tuple[Amplicon, ...], ...]
    n_genomes: int
    left_out: dict[str, str]
    excluded_candidates: dict[str, int]


def design_assays(
    genomes: Path,
    *,
    kind: AssayKind = "qpcr",
    reference: Path | None = None,
    exclude: Path | None = None,
    settings: QpcrSettings | LampSettings | RpaSettings | None = None,
    out: Path | None = None,
) -> DesignRun:
    """Design assays that reach the genomes of a file, aligned or not, and amplify nothing of a background.

    `reference` is the genome whose positions are told; the one with most known bases where not given. Genomes that
    are mostly missing, or unlike the reference, are left out with the reason. `exclude` is a FASTA file, or the
    folder of an index, of what must not be amplified: designs with a predicted product there come last. `out` is a
    folder for `designs.csv` (one row per oligo, readable as a table of assays) and `designs.json`.

    Raises `InputError` where the genomes cannot be used, or no assay keeps the rules.
    """
    records = read_fasta(genomes)
    check_nucleotides(records, where=str(genomes))
    first = read_fasta(reference)[0] if reference is not None else max(records, key=_known)
    if _known(first) < _LEAST_KNOWN * len(first.sequence.replace("-", "")):
        problem = "wanted a genome with known bases, and all are mostly missing"
        raise InputError(problem, where=str(genomes))
    stack = stack_genomes(first, records)
    if not stack.names:
        reason = next(iter(stack.left_out.values()), "")
        problem = f"none of the {len(records)} genomes can be laid on {first.name!r}: {reason}"
        raise InputError(problem, where=str(genomes))
    if kind == "lamp":
        chosen = settings if isinstance(settings, LampSettings) else LampSettings()
        designs, excluded = design_lamp(stack, chosen)
    elif kind.startswith("rpa"):
        cas = RpaSettings(cas="cas12a" if kind == "rpa-cas12" else "cas13a")
        designs, excluded = design_rpa(stack, settings if isinstance(settings, RpaSettings) else cas)
    else:
        chosen_qpcr = settings if isinstance(settings, QpcrSettings) else QpcrSettings(with_probe=kind == "qpcr")
        designs, excluded = design_qpcr(stack, chosen_qpcr)
    background = _background(exclude)
    products = [tuple(_products(design, background)) for design in designs]
    order = sorted(range(len(designs)), key=lambda number: (len(products[number]) > 0, designs[number].cost))
    run = DesignRun(
        kind, tuple(designs[i] for i in order), tuple(products[i] for i in order), len(stack.names), stack.left_out,
        excluded,
    )  # fmt: skip
    if out is not None:
        write_atomically(Path(out) / "designs.csv", _table(run).encode())
        write_atomically(Path(out) / "designs.json", json.dumps(_summary(run), indent=1).encode())
    return run


def _known(record: FastaRecord) -> int:
    return sum(map(record.sequence.count, "ACGTU"))


def _background(exclude: Path | None) -> list[FastaRecord] | GenomeIndex:
    if exclude is None:
        return []
    if Path(exclude).is_dir():
        return open_index(exclude)
    records = read_fasta(exclude)
    check_nucleotides(records, where=str(exclude))
    return records


def _products(design: AssayDesign, background: list[FastaRecord] | GenomeIndex) -> list[Amplicon]:
    if isinstance(background, list) and not background:
        return []
    oligos = {oligo.role: oligo.sequence for oligo in design.oligos}
    outer: dict[str, str] = {role: oligos[role] for role in ("F", "R", "F2", "B2") if role in oligos}
    probes: dict[str, str] = {role: oligos[role] for role in ("P",) if role in oligos}
    return predict_amplicons(outer, probes, background)


def _table(run: DesignRun) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["assay", "oligo", "role", "sequence_5to3", "start", "end", "melting_celsius", "gc", "reached",
                     "reached_by_all", "cost"])  # fmt: skip
    for number, design in enumerate(run.designs, start=1):
        name = f"{run.kind}_{number}_{design.name}"
        for oligo in design.oligos:
            if oligo.role in ("F2", "F1c", "B2", "B1c"):
                continue  # they are in FIP and BIP
            melting = "" if np.isnan(oligo.melting) else oligo.melting
            figures = [oligo.gc, round(oligo.reached, 4), round(design.reached, 4), round(design.cost, 2)]
            place = [oligo.start, oligo.end]
            writer.writerow([name, f"{name}_{oligo.role}", oligo.role, oligo.sequence, *place, melting, *figures])
    return stream.getvalue()


def _summary(run: DesignRun) -> dict[str, object]:
    designs = [
        {
            "name": design.name, "reached": design.reached, "cost": design.cost, "reasons": design.reasons,
            "oligos": [{key: None if value != value else value for key, value in vars(oligo).items()}
                       for oligo in design.oligos],
            "background": [vars(one) for one in products],
        }
        for design, products in zip(run.designs, run.amplicons, strict=True)
    ]  # fmt: skip
    return {"assay": run.kind, "genomes": run.n_genomes, "left_out": run.left_out,
            "excluded_candidates": run.excluded_candidates, "designs": designs}  # fmt: skip

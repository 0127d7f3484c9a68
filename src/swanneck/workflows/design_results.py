"""What a design run gives, and how it is written: tables, a summary for programs, and a page."""

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from swanneck.diagnostics.design.judge import AssayKind
from swanneck.diagnostics.design.mutations import Mutation
from swanneck.diagnostics.design.objective import AssayDesign, AssaySettings, DesignedOligo
from swanneck.diagnostics.design.panels import Panel
from swanneck.diagnostics.intake import GenomeNote, write_notes
from swanneck.diagnostics.search.amplicons import Amplicon
from swanneck.foundation.files import write_atomically
from swanneck.reports.design_page import DesignPage, PageAssay, render_design_page
from swanneck.workflows.genome_target import Prepared

__all__ = ["DesignRun", "PanelRun", "make_run", "write_panel", "write_run"]

_BINS = 200
_WILD = "_wild"
_COLUMNS = ("assay", "oligo", "role", "sequence_5to3", "start", "end", "melting_celsius", "melting_lowest",
            "melting_highest", "gc", "hairpin_kcal", "self_dimer_kcal", "reached", "reached_by_all",
            "cost")  # fmt: skip


@dataclass(frozen=True)
class DesignRun:
    """The designs, best first; what became of each genome; what each rule has excluded.

    `conserved` is the mean share of genomes with the commonest base, in some 200 steps along the reference.
    """

    kind: AssayKind
    title: str
    reference: str
    reference_length: int
    designs: tuple[AssayDesign, ...]
    notes: tuple[GenomeNote, ...]
    weights: dict[str, float]
    excluded_candidates: dict[str, int]
    settings: AssaySettings
    conserved: tuple[float, ...]
    background: tuple[str, ...] = ()
    mutation: Mutation | None = None

    @property
    def n_genomes(self) -> int:
        """Genomes that the designs are for."""
        return sum(note.used for note in self.notes)

    @property
    def left_out(self) -> dict[str, str]:
        """Genomes that are not used, with the reason."""
        return {note.name: note.reason for note in self.notes if not note.used}

    @property
    def amplicons(self) -> tuple[tuple[Amplicon, ...], ...]:
        """What each design would amplify in the background."""
        return tuple(design.products for design in self.designs)


@dataclass(frozen=True)
class PanelRun:
    """A panel and the runs that its assays were chosen from, by target."""

    kind: AssayKind
    panel: Panel
    runs: dict[str, DesignRun]


def make_run(
    prepared: Prepared, kind: AssayKind, designs: list[AssayDesign], excluded: dict[str, int], *, title: str,
    settings: AssaySettings,
) -> DesignRun:  # fmt: skip
    """Gather what a run has found."""
    stack, letters = prepared.target.stack, prepared.target.consensus
    columns = np.array([1 << max(0, "ACGT".find(letter)) for letter in letters], np.uint8)
    same = np.zeros(columns.size)
    for row, weight in zip(stack.bases, prepared.target.weights, strict=True):
        same += weight * ((row & columns) != 0)
    steps = np.array_split(same, min(_BINS, max(1, same.size)))
    return DesignRun(
        kind, title, prepared.reference.name, len(letters), tuple(designs), tuple(prepared.intake.notes),
        prepared.weights, excluded, settings, tuple(round(float(step.mean()), 4) for step in steps),
    )  # fmt: skip


def write_run(run: DesignRun, out: Path) -> None:
    """Write `designs.csv`, `designs.json`, `genomes.csv` and `report.html`."""
    names = [f"{run.kind}_{number}_{design.name}" for number, design in enumerate(run.designs, start=1)]
    write_atomically(out / "designs.csv", _table(list(zip(names, run.designs, strict=True))).encode())
    write_atomically(out / "designs.json", json.dumps(_summary(run), indent=1, default=_plain).encode())
    write_atomically(out / "genomes.csv", write_notes(run.notes, run.weights).encode())
    assays = [PageAssay(f"{number}. {design.name}", design, run.reference, run.reference_length)
              for number, design in enumerate(run.designs, start=1)]  # fmt: skip
    page = DesignPage(
        run.title, run.kind, assays, {"": run.notes}, {"": run.excluded_candidates}, run.background,
        run.conserved, run.mutation,
    )  # fmt: skip
    write_atomically(out / "report.html", render_design_page(page).encode())


def write_panel(run: PanelRun, out: Path) -> None:
    """Write `designs.csv`, `designs.json`, `genomes.csv` and `report.html` of a panel."""
    chosen = run.panel.designs
    names = [f"{target}_{run.kind}_{design.name}" for target, design in chosen.items()]
    write_atomically(out / "designs.csv", _table(list(zip(names, chosen.values(), strict=True))).encode())
    told = {
        "assay": run.kind, "cost": run.panel.cost, "cross_dimers": run.panel.cross_dimers,
        "stablest_cross_dimer": {"kcal": run.panel.stablest, "targets": run.panel.stablest_pair},
        "nothing_cheaper": run.panel.proven,
        "targets": {target: {"chosen": chosen[target].name, **_summary(one)} for target, one in run.runs.items()},
    }  # fmt: skip
    write_atomically(out / "designs.json", json.dumps(told, indent=1, default=_plain).encode())
    parts = [write_notes(one.notes, one.weights).splitlines() for one in run.runs.values()]
    rows = [f"{target},{line}" for target, lines in zip(run.runs, parts, strict=True) for line in lines[1:]]
    write_atomically(out / "genomes.csv", "\n".join([f"target,{parts[0][0]}", *rows, ""]).encode())
    assays = [PageAssay(target, design, run.runs[target].reference, run.runs[target].reference_length)
              for target, design in chosen.items()]  # fmt: skip
    page = DesignPage(
        " + ".join(run.runs), run.kind, assays, {target: one.notes for target, one in run.runs.items()},
        {target: one.excluded_candidates for target, one in run.runs.items()},
        next(iter(run.runs.values())).background, (), None, run.panel,
    )  # fmt: skip
    write_atomically(out / "report.html", render_design_page(page).encode())


def _plain(value: object) -> object:
    """Write what JSON has no word for."""
    return value.item() if isinstance(value, np.generic) else str(value)


def _table(designs: list[tuple[str, AssayDesign]]) -> str:
    """Write one row per oligo; an assay that tells two alleles apart is two assays, which share their other oligos."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, design in designs:
        wild = {oligo.role.removesuffix(_WILD): oligo for oligo in design.ordered if oligo.role.endswith(_WILD)}
        plain = [oligo for oligo in design.ordered if not oligo.role.endswith(_WILD)]
        both = [(f"{name}_mutant" if wild else name, plain)]
        if wild:
            both.append((f"{name}_wild", [wild.get(oligo.role, oligo) for oligo in plain]))
        for assay, oligos in both:
            for oligo in oligos:
                writer.writerow(_row(assay, oligo, design))
    return stream.getvalue()


def _row(assay: str, oligo: DesignedOligo, design: AssayDesign) -> list[object]:
    role = oligo.role.removesuffix(_WILD)
    heat = [oligo.melting, *oligo.melting_range]
    return [
        assay, f"{assay}_{role}", role, oligo.sequence, oligo.start, oligo.end,
        *("" if np.isnan(value) else value for value in heat), oligo.gc, oligo.hairpin, oligo.dimer,
        round(oligo.reached, 4), round(design.reached, 4), round(design.cost, 2),
    ]  # fmt: skip


def _summary(run: DesignRun) -> dict[str, object]:
    designs = [
        {
            "name": design.name, "reached": design.reached, "cost": design.cost, "reasons": design.reasons,
            "facts": design.facts, "missed": design.missed,
            "oligos": [{key: _no_nan(value) for key, value in vars(oligo).items()} for oligo in design.oligos],
            "background": [asdict(one) for one in design.products],
        }
        for design in run.designs
    ]  # fmt: skip
    told: dict[str, object] = {
        "assay": run.kind, "genomes": run.n_genomes, "reference": run.reference, "left_out": run.left_out,
        "background": run.background, "excluded_candidates": run.excluded_candidates, "designs": designs,
        "settings": run.settings.model_dump(),
    }  # fmt: skip
    return told | ({"mutation": asdict(run.mutation)} if run.mutation else {})


def _no_nan(value: object) -> object:
    if isinstance(value, tuple):
        return [_no_nan(one) for one in value]
    return None if isinstance(value, float) and value != value else value

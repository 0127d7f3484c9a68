"""Design several assays for one tube: one of each target, or one that reaches all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from swanneck.diagnostics.design.judge import AssayKind, default_settings
from swanneck.diagnostics.design.objective import AssaySettings
from swanneck.diagnostics.design.panels import choose_panel
from swanneck.diagnostics.intake import IntakeSettings
from swanneck.diagnostics.search.amplicons import Background
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord
from swanneck.workflows.design_assays import design_kind
from swanneck.workflows.design_results import PanelRun, make_run, write_panel
from swanneck.workflows.genome_source import GenomeSource
from swanneck.workflows.genome_target import Prepared, Progress, prepare_target, read_background

__all__ = ["design_panel", "name_targets"]

_POOL = 20
_OTHERS = 25


def name_targets(
    files: Sequence[Path], segments: Sequence[str] = (), intake: IntakeSettings | None = None
) -> dict[str, GenomeSource]:
    """Give the targets of a panel by name: one per file, or one per segment of the one file.

    Raises `InputError` where segments are named and there are several files, or a name is there twice.

    >>> list(name_targets([Path("flu.fasta")], ["HA", "NA"]))
    ['HA', 'NA']
    """
    if segments and len(files) != 1:
        problem = f"wanted one file whose segments are named, and got {len(files)}"
        raise InputError(problem)
    named = [(segment, GenomeSource(Path(files[0]), segment=segment, intake=intake)) for segment in segments] or [
        (Path(file).name.split(".")[0], GenomeSource(Path(file), intake=intake)) for file in files
    ]
    targets = dict(named)
    if len(targets) < len(named):
        problem = f"two targets have one name: {', '.join(name for name, _ in named)}"
        raise InputError(problem, remedy="Give files of different names")
    return targets


def design_panel(
    targets: Mapping[str, GenomeSource],
    *,
    kind: AssayKind = "qpcr",
    exclude: Sequence[Path] = (),
    settings: AssaySettings | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> PanelRun:
    """Design one assay of each target such that all go into one tube.

    For each target some twenty assays are designed, with the genomes of the other targets (25 of each) and `exclude`
    as background; then those are chosen that cost least together with the dimers between oligos of different assays.
    `out` is a folder for the files of `design_assays`.

    Raises `InputError` where there are fewer than two targets, or a target has no assay.
    """
    if len(targets) < 2:
        problem = f"wanted two targets or more for a panel, and got {len(targets)}"
        raise InputError(problem, remedy="Give several files, or one with --segments; or use `design`")
    chosen = settings or default_settings(kind)
    outside = read_background(exclude)
    prepared = {name: prepare_target(source, progress) for name, source in targets.items()}
    runs = {}
    for number, (name, one) in enumerate(prepared.items(), start=1):
        others = [_some(two) for other, two in prepared.items() if other != name]
        pool = chosen.model_copy(update={"number": max(_POOL, chosen.number)})
        background: list[Background] = [*others, *outside]
        try:
            designs, excluded = design_kind(one.target, pool, background)
        except InputError as error:
            raise InputError(error.problem, where=name, remedy=error.remedy) from error
        run = make_run(one, kind, designs, excluded, title=name, settings=chosen)
        names = [f"{sum(map(len, others))} genomes of the other targets", *(Path(path).name for path in exclude)]
        runs[name] = replace(run, background=tuple(names))
        if progress:
            progress("targets", number, len(prepared))
    panel = choose_panel({name: run.designs for name, run in runs.items()}, chosen)
    found = PanelRun(kind, panel, runs)
    if out is not None:
        write_panel(found, Path(out))
    return found


def _some(prepared: Prepared) -> list[FastaRecord]:
    """Give some genomes of a target, evenly over the file, and its reference."""
    used = prepared.intake.records
    places = np.unique(np.linspace(0, len(used) - 1, min(len(used), _OTHERS)).astype(int))
    return [prepared.reference, *(used[place] for place in places)]

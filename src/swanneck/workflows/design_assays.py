"""Design assays on a file of genomes: laid on a reference, designed, held to a background, written as tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from swanneck.diagnostics.design.candidates import Target
from swanneck.diagnostics.design.judge import AssayKind, default_settings
from swanneck.diagnostics.design.lamp import LampSettings, design_lamp
from swanneck.diagnostics.design.objective import AssayDesign, AssaySettings
from swanneck.diagnostics.design.qpcr import QpcrSettings, design_qpcr
from swanneck.diagnostics.design.rpa import RpaSettings, design_rpa
from swanneck.diagnostics.search.amplicons import Background
from swanneck.workflows.design_results import DesignRun, make_run, write_run
from swanneck.workflows.genome_source import GenomeSource
from swanneck.workflows.genome_target import Prepared, Progress, prepare_target, read_background

__all__ = ["AssayKind", "DesignRun", "design_assays", "design_kind"]


def design_assays(
    genomes: Path | GenomeSource,
    *,
    kind: AssayKind = "qpcr",
    reference: Path | None = None,
    exclude: Path | Sequence[Path] | None = None,
    settings: AssaySettings | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> DesignRun:
    """Design assays that reach the genomes of a file, aligned or not, and amplify nothing of a background.

    `genomes` may be a `GenomeSource`, which also names a segment, weights and what is left out; `reference` is the
    genome whose positions are told. `exclude` are FASTA files, or folders of indexes, of what must not be amplified:
    each product there adds to the cost. `settings` are those of the kind. `out` is a folder for `designs.csv` (one row
    per oligo, readable as a table of assays), `designs.json`, `genomes.csv` and `report.html`.

    Raises `InputError` where the genomes cannot be used, or no assay keeps the rules, and tells which rule excludes
    most.
    """
    source = genomes if isinstance(genomes, GenomeSource) else GenomeSource(Path(genomes))
    source = source if reference is None else replace(source, reference=reference)
    paths = [] if exclude is None else [Path(exclude)] if isinstance(exclude, (str, Path)) else list(map(Path, exclude))
    background = read_background(paths)
    prepared = prepare_target(source, progress)
    chosen = settings or default_settings(kind)
    designs, excluded = design_kind(prepared.target, chosen, background)
    designs = [_tell_files(design, prepared) for design in designs]
    run = make_run(prepared, kind, designs, excluded, title=source.title, settings=chosen)
    run = replace(run, background=tuple(path.name for path in paths) if background else ())
    if out is not None:
        write_run(run, Path(out))
    return run


def _tell_files(design: AssayDesign, prepared: Prepared) -> AssayDesign:
    """Add to the facts the share of the genomes of each file that is reached, where there are several files."""
    files = Counter(prepared.file_of[name] for name in prepared.target.stack.names)
    missed = Counter(prepared.file_of[name] for name in design.missed)
    told = {f"reached in {name}": f"{count - missed[name]} of {count}" for name, count in files.items()}
    return replace(design, facts={**design.facts, **told}) if len(files) > 1 else design


def design_kind(
    target: Target, settings: AssaySettings, background: Sequence[Background]
) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design assays of the kind that the settings are for."""
    if isinstance(settings, LampSettings):
        return design_lamp(target, settings, background)
    if isinstance(settings, RpaSettings):
        return design_rpa(target, settings, background)
    return design_qpcr(target, settings if isinstance(settings, QpcrSettings) else QpcrSettings(), background)

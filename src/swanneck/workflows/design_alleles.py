"""Design assays that tell a named mutation from the wild type."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from swanneck.diagnostics.design.alleles import AlleleSettings
from swanneck.diagnostics.design.alleles import design_alleles as design_on_target
from swanneck.diagnostics.design.judge import AssayKind
from swanneck.diagnostics.design.mutations import genes_of, locate_mutation, read_genes
from swanneck.workflows.design_results import DesignRun, make_run, write_run
from swanneck.workflows.genome_source import GenomeSource
from swanneck.workflows.genome_target import Progress, prepare_target, read_background

__all__ = ["MutationName", "design_alleles"]


@dataclass(frozen=True)
class MutationName:
    """A mutation as it is called (`S:N501Y`, `A23063T`) and the file that tells where genes lie, where one is needed.

    Those of SARS-CoV-2 on NC_045512 are known.
    """

    name: str
    genes: Path | None = None


def design_alleles(
    genomes: Path | GenomeSource,
    mutation: str | MutationName,
    *,
    exclude: Sequence[Path] = (),
    settings: AlleleSettings | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> DesignRun:
    """Design qPCR assays in which an oligo reads a mutation, and a second one the wild type.

    The mutation is told on the reference of the `GenomeSource`. `out` is a folder for the files of `design_assays`;
    in `designs.csv` each design is two assays, for the mutant and the wild type.

    Raises `InputError` where the mutation cannot be found on the reference, or no assay keeps the rules.
    """
    source = genomes if isinstance(genomes, GenomeSource) else GenomeSource(Path(genomes))
    wanted = mutation if isinstance(mutation, MutationName) else MutationName(mutation)
    chosen = settings or AlleleSettings()
    background = read_background(exclude)
    prepared = prepare_target(source, progress)
    genes = genes_of(prepared.reference.name) if wanted.genes is None else read_genes(wanted.genes)
    found = locate_mutation(wanted.name, prepared.reference, prepared.target.stack, genes)
    designs, excluded = design_on_target(prepared.target, found, chosen, background)
    kind: AssayKind = "qpcr" if chosen.with_probe or chosen.tell_by == "probe" else "pcr"
    title = f"{found.name}, {source.title}"
    run = make_run(prepared, kind, designs, excluded, title=title, settings=chosen)
    run = replace(run, mutation=found, background=tuple(Path(path).name for path in exclude) if background else ())
    if out is not None:
        write_run(run, Path(out))
    return run

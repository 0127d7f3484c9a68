"""`swanneck diagnostics cover, design, panel`: oligos and assays found for genomes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from swanneck.cli.console import print_rows, read_settings, show_progress
from swanneck.foundation.errors import SettingsError

if TYPE_CHECKING:
    from swanneck.diagnostics.design.judge import AssayKind
    from swanneck.diagnostics.design.objective import AssayDesign, AssaySettings
    from swanneck.diagnostics.intake import IntakeSettings
    from swanneck.workflows.design_results import DesignRun

__all__ = ["app"]

app = typer.Typer()

Assay = Annotated[str, typer.Option(help="qpcr, pcr, lamp, rpa-cas12 or rpa-cas13.")]
Exclude = Annotated[
    list[Path] | None, typer.Option(help="FASTA or index of what must not be amplified; may be given again.")
]
Degenerate = Annotated[int, typer.Option(help="Oligos that a mixture may be (IUPAC codes); 1 allows no mixtures.")]
Mismatches = Annotated[int, typer.Option(help="Bases of an oligo that may differ from a genome.")]
Metadata = Annotated[Path | None, typer.Option(help="Table of the genomes: name, and columns such as clade or date.")]
WeightBy = Annotated[
    str | None, typer.Option(help="Column of the metadata: each of its values counts the same; dates by month.")
]
MostUnknown = Annotated[float, typer.Option(help="Share of a genome that may be missing or ambiguous.")]
Shortest = Annotated[float, typer.Option(help="Share of the reference that a genome must cover.")]
Like = Annotated[
    float | None,
    typer.Option(help="Share of bases that must be the reference's; 0.75, of several files together 0.57."),
]
Duplicates = Annotated[str, typer.Option(help="Equal genomes of other names: keep, or drop.")]
_MOST_TOLD = 10


@app.command(epilog="Example: swanneck diagnostics cover aligned.fasta --oligo 28 --window 200 --out windows.csv")
def cover(
    genomes: Annotated[Path, typer.Argument(help="Genomes as FASTA, aligned or not; .gz and .xz too.")],
    *,
    oligo: Annotated[int, typer.Option(help="Bases of an oligo.")] = 28,
    window: Annotated[int, typer.Option(help="Columns that the oligos of a window lie in.")] = 200,
    mismatches: Mismatches = 1,
    fraction: Annotated[float, typer.Option(help="Share of the genomes to reach.")] = 0.99,
    missing: Annotated[str, typer.Option(help="Missing bases: unknown, or fails as mismatches.")] = "unknown",
    rarest: Annotated[
        float | None,
        typer.Option(help="Share of genomes that must have an oligo; 0, above 1,000 genomes 0.005."),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Genome to lay the others on; needed only where they are not aligned.")
    ] = None,
    metadata: Metadata = None,
    weight_by: WeightBy = None,
    most_unknown: MostUnknown = 0.5,
    shortest: Shortest = 0.3,
    like: Like = None,
    duplicates: Duplicates = "keep",
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("windows.csv"),
) -> None:
    """Find for every window the fewest oligos that reach the demanded share of the genomes."""
    from swanneck.diagnostics.cover import CoverSettings
    from swanneck.workflows.cover_genomes import cover_genomes
    from swanneck.workflows.genome_source import GenomeSource

    chosen = {"oligo": oligo, "window": window, "mismatches": mismatches, "fraction": fraction, "missing": missing,
              "rarest": rarest}  # fmt: skip
    settings = read_settings(CoverSettings, chosen, {})
    intake = _intake(most_unknown, shortest, like, duplicates=duplicates)
    source = GenomeSource(genomes, reference, None, metadata, weight_by, intake)
    run = cover_genomes(source, settings, out=out)
    covers = run.covers
    _tell_left_out(run.left_out)
    if run.laid_on:
        typer.echo(f"The genomes are not aligned and were laid on {run.laid_on}")
    solved, numbers = len(covers.oligos), covers.n_oligos.tolist()
    typer.echo(f"{run.n_genomes} genomes, {run.needed} to reach: {solved} of {covers.n_windows} windows solved")
    for number in sorted(set(numbers)):
        typer.echo(f"  {numbers.count(number)} windows with {number} oligo{'s' if number > 1 else ''}")
    if covers.least > 1:
        typer.echo(f"Oligos that fewer than {covers.least} genomes have were not looked at: see --rarest")
    open_bounds = int((covers.lower_bound < covers.n_oligos).sum())
    if open_bounds:
        typer.echo(f"In {open_bounds} windows fewer oligos are not ruled out: see lower_bound")
    if solved < covers.n_windows:
        advice = "a smaller --fraction, more --mismatches" + (", --missing unknown" if missing == "fails" else "")
        typer.echo(f"No oligos reach enough genomes in the other {covers.n_windows - solved}; what helps: {advice}")
    typer.echo(f"Table: {out}")


@app.command(epilog="Example: swanneck diagnostics design genomes.fasta --assay lamp --out designs")
def design(
    genomes: Annotated[
        list[Path], typer.Argument(help="Genomes as FASTA, aligned or not; of several files each counts the same.")
    ],
    *,
    assay: Assay = "qpcr",
    reference: Annotated[
        Path | None, typer.Option(help="Genome whose positions are told; else the most known.")
    ] = None,
    exclude: Exclude = None,
    number: Annotated[int, typer.Option(help="Assays to give.")] = 5,
    degenerate: Degenerate = 1,
    mismatches: Mismatches = 1,
    segment: Annotated[str | None, typer.Option(help="Segment to take, as the headers name it.")] = None,
    mutation: Annotated[
        str | None, typer.Option(help="Mutation to tell from the wild type: S:N501Y, or A23063T.")
    ] = None,
    tell_by: Annotated[str, typer.Option(help="What tells a mutation: probe, or primer.")] = "probe",
    genes: Annotated[Path | None, typer.Option(help="Where genes lie: GFF3, or a table of gene, start, end.")] = None,
    metadata: Metadata = None,
    weight_by: WeightBy = None,
    most_unknown: MostUnknown = 0.5,
    shortest: Shortest = 0.3,
    like: Like = None,
    duplicates: Duplicates = "keep",
    out: Annotated[Path, typer.Option(help="Folder for the tables and the page.")] = Path("designs"),
) -> None:
    """Design assays that reach the most genomes, the best first."""
    from swanneck.workflows.design_alleles import MutationName, design_alleles
    from swanneck.workflows.design_assays import design_assays
    from swanneck.workflows.genome_source import GenomeSource

    wanted = {"number": number, "degenerate": degenerate, "mismatches": mismatches}
    intake = _intake(most_unknown, shortest, like, duplicates=duplicates)
    if len(genomes) > 1 and like is None:
        intake = intake.model_copy(update={"like": GenomeSource(tuple(genomes)).rules.like})
    source = GenomeSource(tuple(genomes), reference, segment, metadata, weight_by, intake)
    with show_progress() as progress:
        if mutation is None:
            settings = _settings(assay, wanted)
            run = design_assays(
                source, kind=_kind(assay), exclude=exclude or (), settings=settings, out=out, progress=progress
            )
        else:
            from swanneck.diagnostics.design.alleles import AlleleSettings

            if assay not in ("qpcr", "pcr"):
                problem = f"--mutation goes with --assay qpcr or pcr, and it is {assay!r}"
                raise SettingsError(problem)
            told = {**wanted, "tell_by": tell_by, "with_probe": assay == "qpcr"}
            alleles = read_settings(AlleleSettings, told, {})
            run = design_alleles(source, MutationName(mutation, genes), exclude=exclude or (), settings=alleles,
                                 out=out, progress=progress)  # fmt: skip
    _tell_run(run, out)


@app.command(epilog="Example: swanneck diagnostics panel denv1.fasta denv2.fasta --assay qpcr --out panel")
def panel(
    genomes: Annotated[list[Path], typer.Argument(help="Genomes as FASTA, one file per target.")],
    *,
    segments: Annotated[
        str | None, typer.Option(help="Segments of the one file that are the targets, with commas: HA,NA,M.")
    ] = None,
    assay: Assay = "qpcr",
    exclude: Exclude = None,
    degenerate: Degenerate = 1,
    mismatches: Mismatches = 1,
    most_unknown: MostUnknown = 0.5,
    shortest: Shortest = 0.3,
    like: Like = None,
    duplicates: Duplicates = "keep",
    out: Annotated[Path, typer.Option(help="Folder for the tables and the page.")] = Path("panel"),
) -> None:
    """Design one assay per target, such that all go into one tube and none reaches another's genomes."""
    from swanneck.workflows.design_panel import design_panel, name_targets

    names = [name.strip() for name in (segments or "").split(",") if name.strip()]
    settings = _settings(assay, {"degenerate": degenerate, "mismatches": mismatches})
    targets = name_targets(genomes, names, _intake(most_unknown, shortest, like, duplicates=duplicates))
    with show_progress() as progress:
        run = design_panel(
            targets, kind=_kind(assay), exclude=exclude or (), settings=settings, out=out, progress=progress
        )
    for target, one in run.panel.designs.items():
        part = run.runs[target]
        typer.echo(f"{target}: {part.n_genomes} genomes, {len(part.left_out)} left out")
        _tell_left_out(part.left_out)
        _tell_design(one, f"  {one.name}")
    pair = " with ".join(run.panel.stablest_pair)
    typer.echo(f"Stablest dimer between two assays: {run.panel.stablest:.1f} kcal/mol ({pair})")
    typer.echo(f"Page: {out / 'report.html'}")


def _kind(assay: str) -> "AssayKind":
    from swanneck.diagnostics.design.judge import AssayKind

    if assay not in get_args(AssayKind):
        problem = f"--assay must be one of {', '.join(get_args(AssayKind))}, and is {assay!r}"
        raise SettingsError(problem)
    return cast("AssayKind", assay)


def _settings(assay: str, wanted: dict[str, int]) -> "AssaySettings":
    from swanneck.diagnostics.design.judge import default_settings

    default = default_settings(_kind(assay))
    return read_settings(type(default), {**dict(default), **wanted}, {})


def _intake(most_unknown: float, shortest: float, like: float | None, *, duplicates: str) -> "IntakeSettings":
    from swanneck.diagnostics.intake import IntakeSettings

    told: dict[str, object] = {"most_unknown": most_unknown, "shortest": shortest, "duplicates": duplicates}
    return read_settings(IntakeSettings, told if like is None else {**told, "like": like}, {})


def _tell_left_out(left_out: dict[str, str]) -> None:
    for name, reason in list(left_out.items())[:_MOST_TOLD]:
        typer.echo(f"  left out: {name}: {reason}")
    if len(left_out) > _MOST_TOLD:
        typer.echo(f"  and {len(left_out) - _MOST_TOLD} more: see genomes.csv")


def _tell_run(run: "DesignRun", out: Path) -> None:
    typer.echo(f"{run.n_genomes} genomes, {len(run.left_out)} left out")
    _tell_left_out(run.left_out)
    if run.mutation:
        one = run.mutation
        typer.echo(f"{one.name}: {one.old} to {one.new} at {one.position}, in {one.carriers} of {one.known} genomes")
    for number, design in enumerate(run.designs, start=1):
        _tell_design(design, f"{number}. {design.name}")
    if not run.background:
        typer.echo("No background was given: what else the oligos would amplify was not looked at")
    typer.echo(f"Page: {out / 'report.html'}")


def _tell_design(design: "AssayDesign", title: str) -> None:
    number = len(design.products)
    off = f", {number} product{'s' if number > 1 else ''} in the background" if number else ""
    typer.echo(f"{title}: all oligos reach {100 * design.reached:.1f} %, cost {design.cost:.2f}{off}")
    rows = [[f"  {o.role}", o.sequence, f"{o.start}-{o.end}", "" if o.melting != o.melting else f"{o.melting:.1f}"]
            for o in design.ordered]  # fmt: skip
    print_rows(["  role", "sequence", "place", "Tm"], rows)

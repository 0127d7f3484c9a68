"""`swanneck diagnostics ...`: oligos and assays held to genomes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swanneck.cli.console import print_rows, show_progress
from swanneck.foundation.errors import SettingsError

if TYPE_CHECKING:
    from swanneck.workflows.check_assays import AssayCheck, CheckSettings

__all__ = ["app"]

_NEW_ALARM = 3
"""Exit code of a watch that raised an alarm: 1 is an error, 2 a wrong option."""

app = typer.Typer(help="Design and check rapid tests.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Design and check rapid tests against the genomes they are for."""


@app.command(epilog="Example: swanneck diagnostics cover aligned.fasta --oligo 28 --window 200 --out windows.csv")
def cover(
    alignment: Annotated[Path, typer.Argument(help="Aligned genomes as FASTA; .gz and .xz too.")],
    *,
    oligo: Annotated[int, typer.Option(help="Bases of an oligo.")] = 28,
    window: Annotated[int, typer.Option(help="Columns that the oligos of a window lie in.")] = 200,
    mismatches: Annotated[int, typer.Option(help="Bases that may differ from a genome.")] = 1,
    fraction: Annotated[float, typer.Option(help="Share of the genomes to reach.")] = 0.99,
    missing: Annotated[str, typer.Option(help="Missing bases: unknown, or fails as mismatches.")] = "unknown",
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("windows.csv"),
) -> None:
    """Find for every window of an alignment the fewest oligos that reach the demanded share of the genomes."""
    from pydantic import ValidationError

    from swanneck.diagnostics.cover import CoverSettings
    from swanneck.workflows.cover_genomes import cover_genomes

    chosen = {"oligo": oligo, "window": window, "mismatches": mismatches, "fraction": fraction, "missing": missing}
    try:
        settings = CoverSettings.model_validate(chosen)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(f"--{part}" for part in first["loc"])
        problem = f"{name}: {first['msg']}".removeprefix(": ").replace("Value error, ", "")
        raise SettingsError(problem) from error
    covers = cover_genomes(alignment, settings, out=out)
    solved, numbers = len(covers.oligos), covers.n_oligos.tolist()
    typer.echo(f"{covers.n_genomes} genomes, {covers.needed} to reach: {solved} of {covers.n_windows} windows solved")
    for number in sorted(set(numbers)):
        typer.echo(f"  {numbers.count(number)} windows with {number} oligo{'s' if number > 1 else ''}")
    open_bounds = int((covers.lower_bound < covers.n_oligos).sum())
    if open_bounds:
        typer.echo(f"In {open_bounds} windows fewer oligos are not ruled out: see lower_bound")
    if solved < covers.n_windows:
        advice = "a smaller --fraction, more --mismatches" + (", --missing unknown" if missing == "fails" else "")
        typer.echo(f"No oligos reach enough genomes in the other {covers.n_windows - solved}; what helps: {advice}")
    typer.echo(f"Table: {out}")


@app.command(epilog="Example: swanneck diagnostics design genomes.fasta --assay lamp --out designs")
def design(
    genomes: Annotated[Path, typer.Argument(help="Genomes as FASTA, aligned or not; .gz and .xz too.")],
    *,
    assay: Annotated[str, typer.Option(help="qpcr, pcr, lamp, rpa-cas12 or rpa-cas13.")] = "qpcr",
    reference: Annotated[
        Path | None, typer.Option(help="Genome whose positions are told; else the most known.")
    ] = None,
    exclude: Annotated[Path | None, typer.Option(help="FASTA or index of what must not be amplified.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("designs"),
) -> None:
    """Design assays that reach the most genomes, the best first."""
    from typing import cast, get_args

    from swanneck.workflows.design_assays import AssayKind, design_assays

    if assay not in get_args(AssayKind):
        problem = f"--assay must be one of {', '.join(get_args(AssayKind))}, and is {assay!r}"
        raise SettingsError(problem)
    run = design_assays(genomes, kind=cast("AssayKind", assay), reference=reference, exclude=exclude, out=out)
    typer.echo(f"{run.n_genomes} genomes, {len(run.left_out)} left out")
    for name, reason in list(run.left_out.items())[:10]:
        typer.echo(f"  left out: {name}: {reason}")
    for number, (one, products) in enumerate(zip(run.designs, run.amplicons, strict=True), start=1):
        off = f", {len(products)} products in the background" if products else ""
        typer.echo(f"{number}. {one.name}: all oligos reach {100 * one.reached:.1f} %, cost {one.cost:.2f}{off}")
        rows = [[o.role, o.sequence, f"{o.start}-{o.end}", "" if o.melting != o.melting else f"{o.melting:.1f}"]
                for o in one.oligos]  # fmt: skip
        print_rows(["  role", "sequence", "place", "Tm"], [[f"  {row[0]}", *row[1:]] for row in rows])
    typer.echo(f"Tables: {out / 'designs.csv'}")


@app.command(epilog="Example: swanneck diagnostics check assays.csv genomes.fasta --metadata clades.tsv --out checked")
def check(
    assays: Annotated[Path, typer.Argument(help="Table of oligos: assay, oligo, role, sequence_5to3.")],
    genomes: Annotated[Path, typer.Argument(help="Genomes as FASTA, aligned or not; .gz and .xz too.")],
    *,
    metadata: Annotated[Path | None, typer.Option(help="Table of the genomes: name, clade, date.")] = None,
    group: Annotated[str | None, typer.Option(help="Column of the metadata to group by; clade if not told.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Genome whose positions are told; else the first.")] = None,
    share: Annotated[float, typer.Option(help="Share of genomes, of all or a group, that counts.")] = 0.05,
    out: Annotated[Path, typer.Option(help="Folder for the tables and the page.")] = Path("assay-check"),
) -> None:
    """Hold assays to genomes: who is covered, what has changed at the sites, and why that matters."""
    from swanneck.workflows.check_assays import check_assays

    settings = _check_settings(group, share)
    with show_progress() as progress:
        found = check_assays(
            assays, genomes, metadata=metadata, reference=reference, settings=settings, out=out, progress=progress
        )
    _tell_check(found, out)


@app.command(
    epilog="Example: swanneck diagnostics watch assays.csv new.fasta --metadata clades.tsv --state watch. "
    "Exit code 3 tells that an alarm is new."
)
def watch(
    assays: Annotated[Path, typer.Argument(help="Table of oligos: assay, oligo, role, sequence_5to3.")],
    genomes: Annotated[Path, typer.Argument(help="Genomes as FASTA; those seen before are passed over.")],
    *,
    state: Annotated[Path, typer.Option(help="Folder that keeps what was seen.")] = Path("assay-watch"),
    metadata: Annotated[Path | None, typer.Option(help="Table of the genomes: name, clade, date.")] = None,
    group: Annotated[str | None, typer.Option(help="Column of the metadata to group by; clade if not told.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Genome whose positions are told; else the first.")] = None,
    share: Annotated[float, typer.Option(help="Share of genomes, of all or a group, that counts.")] = 0.05,
) -> None:
    """Examine genomes that are new, and raise alarms that are new; exit code 3 where there are any."""
    from swanneck.workflows.watch_assays import watch_assays

    settings = _check_settings(group, share)
    with show_progress() as progress:
        run = watch_assays(
            assays, genomes, state=state, metadata=metadata, reference=reference, settings=settings, progress=progress
        )
    typer.echo(f"{run.n_new} new genomes, {run.n_known} in all")
    for finding in run.new_alarms:
        typer.echo(f"new alarm: {finding.assay}: {finding.reason}")
    if not run.new_alarms:
        typer.echo("No new alarm")
    typer.echo(f"Page: {state / 'report.html'}")
    if run.new_alarms:
        raise typer.Exit(_NEW_ALARM)


@app.command(epilog="Example: swanneck diagnostics index host.fasta.gz --out host.index")
def index(
    genome: Annotated[Path, typer.Argument(help="Background genome as FASTA; .gz and .xz too.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the index.")] = Path("background.index"),
) -> None:
    """Write a background genome as an index on disk, for `design --exclude`."""
    from swanneck.workflows.index_genome import index_genome

    with show_progress() as progress:
        built = index_genome(genome, out=out, progress=progress)
    typer.echo(f"{len(built.names)} sequences, {built.size:,} bases: {out}")


@app.command(epilog="Example: swanneck diagnostics read run.rdml --out cq.csv")
def read(
    curves: Annotated[Path, typer.Argument(help="Amplification curves: RDML, CSV or .xls.")],
    *,
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("cq.csv"),
) -> None:
    """Read amplification curves: Cq of each well with flags, standard curves with intervals."""
    from swanneck.workflows.read_results import read_results

    done = read_results(curves, out=out)
    risen = sum(one.cq == one.cq for one in done.readings)
    typer.echo(f"{len(done.readings)} curves, {risen} with a Cq")
    for target, one in done.standards.items():
        low, high = one.efficiency_interval
        typer.echo(
            f"{target or 'standards'}: slope {one.slope:.3f} "
            f"({one.slope_interval[0]:.3f} to {one.slope_interval[1]:.3f}), "
            f"efficiency {100 * one.efficiency:.1f} % ({100 * low:.1f} to {100 * high:.1f}), {one.n_points} standards"
        )
    for target, reason in done.problems.items():
        typer.echo(f"{target or 'standards'}: {reason}")
    flagged = sum(bool(one.flags) for one in done.readings)
    if flagged:
        typer.echo(f"{flagged} curves are flagged: see the table")
    typer.echo(f"Table: {out}")


@app.command(epilog="Example: swanneck diagnostics validate dilutions.csv --out validation")
def validate(
    results: Annotated[Path, typer.Argument(help="Table of results: concentrations, or a reference, with results.")],
    *,
    probability: Annotated[float, typer.Option(help="Share that is found at the limit of detection.")] = 0.95,
    prevalence: Annotated[float | None, typer.Option(help="Prevalence for the predictive values.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the page and the figures.")] = Path("validation"),
) -> None:
    """Tell the limit of detection by probit, or the agreement with a reference, with intervals."""
    from swanneck.workflows.validate_results import validate_results

    for name, value in (("--probability", probability), ("--prevalence", prevalence)):
        if value is not None and not 0 < value < 1:
            problem = f"{name} must be between 0 and 1, and is {value}"
            raise SettingsError(problem)
    done = validate_results(results, probability=probability, prevalence=prevalence, out=out)
    for lot, one in done.limits.items():
        typer.echo(f"lot {lot}: {100 * one.probability:g} % found at {one.limit:.4g} ({one.low:.4g} to {one.high:.4g})")
    for lot, reason in done.problems.items():
        typer.echo(f"lot {lot}: {reason}")
    if done.agreement:
        for name in ("sensitivity", "specificity"):
            share = getattr(done.agreement, name)
            low, high = share.wilson
            typer.echo(
                f"{name}: {share.count} of {share.total}, {100 * share.value:.1f} % "
                f"({100 * low:.1f} to {100 * high:.1f})"
            )
        typer.echo(f"kappa: {done.agreement.kappa:.3f}")
    if done.n_invalid:
        typer.echo(f"{done.n_invalid} invalid results were left out")
    typer.echo(f"Page: {out / 'report.html'}")


def _check_settings(group: str | None, share: float) -> "CheckSettings":
    from swanneck.workflows.check_assays import CheckSettings

    if not 0 < share <= 1:
        problem = f"--share must be above 0 and at most 1, and is {share}"
        raise SettingsError(problem)
    return CheckSettings(group=group, alarm_share=share)


def _tell_check(found: "AssayCheck", out: Path) -> None:
    alarmed = list(dict.fromkeys(finding.assay for finding in found.alarms))
    typer.echo(f"{len(found.genomes)} genomes, {len(found.coverage)} assays that are for them")
    rows = []
    for assay, parts in found.coverage.items():
        one = parts["all"]
        share = f"{100 * one.covered_share:.1f} %" if one.known else "unknown"
        rows.append([assay, str(one.known), share, "alarm" if assay in alarmed else ""])
    print_rows(["assay", "known", "covered", ""], rows)
    for finding in found.alarms:
        typer.echo(f"alarm: {finding.assay}: {finding.reason}")
    if found.excluded:
        typer.echo(f"{len(found.excluded)} genomes were left out: see the page")
    typer.echo(f"Page: {out / 'report.html'}")

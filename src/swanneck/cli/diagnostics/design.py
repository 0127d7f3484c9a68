"""`swanneck diagnostics cover, design`: oligos and assays found for genomes."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import print_rows
from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

app = typer.Typer()


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

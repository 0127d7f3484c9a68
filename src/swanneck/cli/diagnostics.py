"""`swanneck diagnostics ...`: oligos and assays held to genomes."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

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

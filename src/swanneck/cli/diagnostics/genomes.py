"""`swanneck diagnostics index`: genomes made ready."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import show_progress

__all__ = ["app"]

app = typer.Typer()


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

"""`swanneck images ...`: what microscopes wrote."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Look at what microscopes wrote.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at what microscopes wrote."""


@app.command(epilog="Example: swanneck images describe my-plate/")
def describe(
    folder: Annotated[Path, typer.Argument(help="A folder of one or more plates.")],
    *,
    reader: Annotated[str | None, typer.Option(help="harmony, imagexpress, ... where it is not recognised.")] = None,
    pattern: Annotated[str | None, typer.Option(help="Pattern of the file names, such as {well}_s{field}.tif.")] = None,
) -> None:
    """Say what is in a folder: plates, wells, fields, channels, z, time, sizes, places, planes that are missing."""
    from swanneck.workflows.describe_images import describe_images

    for line in describe_images(folder, reader=reader, pattern=pattern).lines:
        typer.echo(line)

"""`swanneck images ...`: what microscopes wrote."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import show_progress
from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

_MOST_TROUBLES = 20

app = typer.Typer(help="Look at what microscopes wrote, and convert it.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at what microscopes wrote, and convert it."""


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


@app.command(epilog="Example: swanneck images convert my-plate/ my-plate.zarr")
def convert(
    source: Annotated[Path, typer.Argument(help="A folder of one or more plates, or a campaign file.")],
    out: Annotated[Path, typer.Argument(help="The OME-Zarr plate to write; of several plates, the folder for them.")],
    *,
    z: Annotated[str | None, typer.Option(help="One plane of each stack: first, max, best or a number.")] = None,
    nuclei: Annotated[str | None, typer.Option(help="Segment nuclei in this channel, as labels.")] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="Nuclei and cells as labels, as the campaign's run finds them.")
    ] = False,
    reader: Annotated[str | None, typer.Option(help="harmony, imagexpress, ... where it is not recognised.")] = None,
    pattern: Annotated[str | None, typer.Option(help="Pattern of the file names, such as {well}_s{field}.tif.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one per core where not given.", min=1)] = None,
) -> None:
    """Write plates as OME-Zarr 0.5, with pyramids, display settings and a preview. Run it again to go on."""
    from swanneck.workflows.convert_images import ConversionSettings, convert_images

    if not (z in (None, "first", "max", "best") or z.isdecimal()):
        problem = f"z is first, max, best or a number, got {z!r}"
        raise SettingsError(problem)
    plane = int(z) if z is not None and z.isdecimal() else z
    words = {"reader": reader, "pattern": pattern, "z": plane, "labels": labels or nuclei or False}
    settings = ConversionSettings.model_validate(words)
    with show_progress() as progress:
        done = convert_images(source, out, settings, workers=workers, progress=progress)
    for trouble in done.troubles[:_MOST_TROUBLES]:
        typer.echo(trouble)
    if len(done.troubles) > _MOST_TROUBLES:
        typer.echo(f"... and {len(done.troubles) - _MOST_TROUBLES} more")
    if done.n_fields_kept:
        typer.echo(f"{done.n_fields_written} fields written, {done.n_fields_kept} kept from before.")
    for path in done.plates:
        typer.echo(f"Written: {path}")

"""`swanneck measure`: CellProfiler's measurements of objects that are labelled already."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.foundation.errors import SettingsError

__all__ = ["measure"]


def measure(
    *,
    image: Annotated[list[str] | None, typer.Option(help="A channel, as NAME=FILE (TIFF or PNG). Repeat it.")] = None,
    labels: Annotated[list[str], typer.Option(help="A kind of object, as NAME=FILE of labels. Repeat it.")],
    out: Annotated[Path, typer.Option(help="A .parquet or .csv file, or a folder for one file per kind of object.")],
    modules: Annotated[str | None, typer.Option(help="Modules to measure, with commas; all where not given.")] = None,
    settings: Annotated[Path | None, typer.Option(help="A TOML file of measurement settings.")] = None,
    workers: Annotated[int, typer.Option(help="Threads.", min=1)] = 1,
) -> None:
    """Measure labelled objects: CellProfiler's columns and values, a row per label."""
    from swanneck.workflows.measure_images import measure_images
    from swanneck.workflows.measurement_settings import read_measurement_settings

    images, kinds = _pairs("--image", image or []), _pairs("--labels", labels)
    chosen = read_measurement_settings(settings, modules=modules)
    tables = measure_images(images, kinds, chosen, out=out, workers=workers)
    for name, table in tables.items():
        typer.echo(f"{name}: {table.height} objects, {table.width - 1} features")
    typer.echo(f"Written: {out}")


def _pairs(option: str, words: list[str]) -> dict[str, Path]:
    pairs: dict[str, Path] = {}
    for word in words:
        name, _, path = word.partition("=")
        if not (name and path):
            problem = f"{option} wants NAME=FILE, got {word!r}"
            raise SettingsError(problem, remedy=f"Write for instance {option} DNA=dna.tif")
        if name in pairs:
            problem = f"{option} names {name} twice"
            raise SettingsError(problem, remedy="Give each channel and kind of object a name of its own")
        pairs[name] = Path(path)
    return pairs

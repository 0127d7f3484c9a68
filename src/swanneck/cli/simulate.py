"""`swanneck simulate ...`: data with known truth."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import show_progress
from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

app = typer.Typer(help="Make data with known truth.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Make data with known truth, to try swanneck on and to test it with."""


@app.command(epilog="Example: swanneck simulate plate demo --layout dose-response --wells 384 --fields 2 --seed 1")
def plate(
    out: Annotated[Path, typer.Argument(help="Folder for images, plate map, campaign and truth.")],
    *,
    layout: Annotated[str, typer.Option(help="dose-response: compounds in rows of falling doses.")] = "dose-response",
    wells: Annotated[int, typer.Option(help="24, 48, 96, 384 or 1536.")] = 384,
    fields: Annotated[int, typer.Option(help="Images per well and channel.")] = 2,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    difficulty: Annotated[str, typer.Option(help="easy, default or hard.")] = "default",
    size: Annotated[int | None, typer.Option(help="Pixels along a side of an image.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one per core where not given.")] = None,
) -> None:
    """Simulate images of an infected plate treated with compounds of known potency and toxicity."""
    from pydantic import ValidationError

    from swanneck.execution.processes import default_workers
    from swanneck.screening.simulation import SimulationSettings
    from swanneck.workflows.simulate_plate import simulate_plate

    chosen = {"layout": layout, "wells": wells, "fields": fields, "seed": seed, "difficulty": difficulty}
    if size is not None:
        chosen |= {"image_height": size, "image_width": size}
    try:
        settings = SimulationSettings.model_validate(chosen)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        problem = f"{name}: {first['msg'].removeprefix('Value error, ')}"
        raise SettingsError(problem) from error
    with show_progress() as progress:
        made = simulate_plate(
            out, settings, workers=workers or default_workers(),
            progress=lambda done, total: progress("simulating wells", done, total),
        )  # fmt: skip
    typer.echo(f"{made.wells.height} wells, {made.truth.height} compounds: {made.folder}")
    typer.echo(f"Next: swanneck screen run {made.campaign}")

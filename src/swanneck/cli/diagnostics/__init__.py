"""`swanneck diagnostics ...`: rapid tests designed, watched, read and validated."""

import typer

from swanneck.cli.diagnostics import design, genomes, judge, monitor, read, validate

__all__ = ["app"]

app = typer.Typer(help="Design, watch, read and validate rapid tests.", no_args_is_help=True)
for part in (design, genomes, judge, monitor, read, validate):
    app.add_typer(part.app)


@app.callback()
def _group() -> None:
    """Design rapid tests, watch them against new genomes, read them and validate them."""

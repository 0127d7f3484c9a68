"""`swanneck export`: results in the forms that other programs read."""

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["export"]


def export(
    results: Annotated[Path, typer.Argument(help="A campaign's folder or file, or its results/.")],
    *,
    to: Annotated[str, typer.Option(help="pycytominer, cellprofiler-analyst, anndata or csv.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
) -> None:
    """Write the cells and wells of a run in the form that another program reads."""
    from swanneck.workflows.export_results import export_results

    form: Any = to
    for path in export_results(results, form, out=out):
        typer.echo(f"Written: {path}")

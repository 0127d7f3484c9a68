"""`swanneck diagnostics read`: what an instrument or a photograph tells."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer()


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

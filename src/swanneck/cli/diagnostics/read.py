"""`swanneck diagnostics read`: what an instrument or a photograph tells."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swanneck.cli.console import print_rows, read_settings

if TYPE_CHECKING:
    from swanneck.diagnostics.reading.strips import PhotographReading
    from swanneck.workflows.read_results import RunRead

__all__ = ["app"]

app = typer.Typer()


@app.command(epilog="Example: swanneck diagnostics read run.rdml strip.jpg --out reading")
def read(
    files: Annotated[list[Path], typer.Argument(help="Amplification curves (RDML, CSV, .xls) or photographs.")],
    *,
    control_end: Annotated[
        str | None, typer.Option(help="Side of the photograph where control lines lie: left, right, top, bottom.")
    ] = None,
    test_lines: Annotated[int | None, typer.Option(help="How many test lines a strip has, where known.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the page, the tables and the pictures.")] = Path("reading"),
) -> None:
    """Read amplification curves (Cq, standard curves, odd wells) and photographs of strips (lines, result)."""
    from swanneck.diagnostics.reading.strips import StripSettings
    from swanneck.workflows.read_results import read_results

    settings = read_settings(StripSettings, {"control_end": control_end, "test_lines": test_lines}, {})
    done = read_results(files, strips=settings, out=out)
    for name, run in done.runs.items():
        _tell_run(name, run)
    if done.photographs:
        _tell_strips(done.photographs)
    for name, reason in done.failed.items():
        typer.echo(f"not read: {name}: {reason}", err=True)
    typer.echo(f"Page: {out / 'report.html'}")
    if done.failed:
        raise typer.Exit(1)


def _tell_run(name: str, run: "RunRead") -> None:
    risen = sum(one.cq == one.cq for one in run.readings)
    typer.echo(f"{name}: {len(run.readings)} curves, {risen} with a Cq")
    for target, one in run.standards.items():
        low, high = one.efficiency_interval
        typer.echo(
            f"{target or 'standards'}: slope {one.slope:.3f} "
            f"({one.slope_interval[0]:.3f} to {one.slope_interval[1]:.3f}), "
            f"efficiency {100 * one.efficiency:.1f} % ({100 * low:.1f} to {100 * high:.1f}), {one.n_points} standards"
        )
    for target, reason in run.problems.items():
        typer.echo(f"{target or 'standards'}: {reason}")
    flagged = sum(bool(one.flags) for one in run.readings)
    if flagged:
        typer.echo(f"{flagged} curves are flagged: see the table")


def _tell_strips(photographs: "dict[str, PhotographReading]") -> None:
    rows = []
    for name, photograph in photographs.items():
        if photograph.reason:
            rows.append([name, "", "not found", "", photograph.reason])
        for number, one in enumerate(photograph.strips, start=1):
            ratios = ", ".join(f"{ratio:.2f} ± {noise:.3f}" for ratio, noise in one.ratios)
            rows.append([name, str(number), one.result, ratios, "; ".join([one.reason, *one.notes])])
    print_rows(["photograph", "strip", "result", "test/control", "why"], rows)

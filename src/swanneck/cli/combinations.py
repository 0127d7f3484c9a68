"""`swanneck combinations ...`: drugs given together."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import print_rows, read_settings

__all__ = ["app"]

app = typer.Typer(help="Drugs given together.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Score drugs given together against what each alone lets expect."""


@app.command(
    epilog="Example: swanneck combinations score wells.csv --dose-a conc1 --dose-b conc2 --response inhibition"
)
def score(
    table: Annotated[Path, typer.Argument(help="A table with one row per well: two doses and a response.")],
    *,
    dose_a: Annotated[str, typer.Option(help="The column of the first drug's doses.")] = "dose_a",
    dose_b: Annotated[str, typer.Option(help="The column of the second drug's doses.")] = "dose_b",
    response: Annotated[str, typer.Option(help="The column of responses, in percent.")] = "response",
    drug_a: Annotated[str | None, typer.Option(help="The column of the first drug's name.")] = None,
    drug_b: Annotated[str | None, typer.Option(help="The column of the second drug's name.")] = None,
    block: Annotated[str | None, typer.Option(help="The column that tells combinations apart.")] = None,
    kind: Annotated[str, typer.Option(help="Responses are inhibition or viability.")] = "inhibition",
    baseline: Annotated[str, typer.Option(help="measured (wells without drug) or nominal.")] = "measured",
    resamples: Annotated[int, typer.Option(help="Draws of the bootstrap.", min=20)] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same intervals.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder for tables and pictures.")] = None,
) -> None:
    """Score combinations by HSA, Bliss, Loewe and ZIP, with intervals; name what could not be computed, and why."""
    from swanneck.screening.combinations.surfaces import CombinationSettings
    from swanneck.workflows.score_combinations import CombinationColumns, score_combinations

    chosen = {"response": kind, "baseline": baseline, "resamples": resamples, "seed": seed}
    settings = read_settings(CombinationSettings, chosen, {"response": "kind"})
    columns = CombinationColumns(
        dose_a=dose_a, dose_b=dose_b, response=response, drug_a=drug_a, drug_b=drug_b, block=block
    )
    done = score_combinations(table, columns, settings, out=out)
    for line in done.understood:
        typer.echo(line)
    for name, one in done.scores.items():
        typer.echo(f"{name}: effect 0 is {one.surface.baseline:.4g} ({one.surface.baseline_from})")
        for warning in one.warnings:
            typer.echo(f"  {warning}")
        rows = []
        for row in one.summary.iter_rows(named=True):
            if row["mean_score"] is None:
                rows.append([row["reference"], "–", "", "", row["reason"]])
            else:
                shown = [f"{row[key]:+.1f}" for key in ("mean_score", "mean_low", "mean_high", "highest_score")]
                rows.append([row["reference"], *shown])
        print_rows(["", "mean", "low", "high", "highest"], [[*row, "", ""][:5] for row in rows])
        typer.echo(f"  {one.intervals_from}")
    for name, reason in done.refused.items():
        typer.echo(f"{name}: not scored: {reason}")
    if out:
        typer.echo(f"Tables and pictures: {out}")

"""`swanneck diagnostics validate`: how good a test is."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

app = typer.Typer()


@app.command(epilog="Example: swanneck diagnostics validate dilutions.csv --out validation")
def validate(
    results: Annotated[Path, typer.Argument(help="Table of results: concentrations, or a reference, with results.")],
    *,
    probability: Annotated[float, typer.Option(help="Share that is found at the limit of detection.")] = 0.95,
    prevalence: Annotated[float | None, typer.Option(help="Prevalence for the predictive values.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the page and the figures.")] = Path("validation"),
) -> None:
    """Tell the limit of detection by probit, or the agreement with a reference, with intervals."""
    from swanneck.workflows.validate_results import validate_results

    for name, value in (("--probability", probability), ("--prevalence", prevalence)):
        if value is not None and not 0 < value < 1:
            problem = f"{name} must be between 0 and 1, and is {value}"
            raise SettingsError(problem)
    done = validate_results(results, probability=probability, prevalence=prevalence, out=out)
    for lot, one in done.limits.items():
        typer.echo(f"lot {lot}: {100 * one.probability:g} % found at {one.limit:.4g} ({one.low:.4g} to {one.high:.4g})")
    for lot, reason in done.problems.items():
        typer.echo(f"lot {lot}: {reason}")
    if done.agreement:
        for name in ("sensitivity", "specificity"):
            share = getattr(done.agreement, name)
            low, high = share.wilson
            typer.echo(
                f"{name}: {share.count} of {share.total}, {100 * share.value:.1f} % "
                f"({100 * low:.1f} to {100 * high:.1f})"
            )
        typer.echo(f"kappa: {done.agreement.kappa:.3f}")
    if done.n_invalid:
        typer.echo(f"{done.n_invalid} invalid results were left out")
    typer.echo(f"Page: {out / 'report.html'}")

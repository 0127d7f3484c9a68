"""`swanneck diagnostics validate, blank, plan`: how good a test is, and how many samples tell it."""

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
    scale: Annotated[str, typer.Option(help="Probit line over the concentration's log, or linear: itself.")] = "log",
    out: Annotated[Path, typer.Option(help="Folder for the page and the figures.")] = Path("validation"),
) -> None:
    """Tell the limit of detection by probit, or the agreement with a reference, with intervals."""
    from typing import cast, get_args

    from swanneck.diagnostics.validation.detection_limit import Scale
    from swanneck.workflows.validate_results import validate_results

    if scale not in get_args(Scale):
        problem = f"--scale must be one of {', '.join(get_args(Scale))}, and is {scale!r}"
        raise SettingsError(problem)
    for name, value in (("--probability", probability), ("--prevalence", prevalence)):
        if value is not None and not 0 < value < 1:
            problem = f"{name} must be between 0 and 1, and is {value}"
            raise SettingsError(problem)
    done = validate_results(
        results, probability=probability, prevalence=prevalence, scale=cast("Scale", scale), out=out
    )
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


@app.command(epilog="Example: swanneck diagnostics blank readings.csv --out blanks")
def blank(
    readings: Annotated[Path, typer.Argument(help="Table of readings: value, concentration (0 is a blank), lot.")],
    *,
    probability: Annotated[float, typer.Option(help="Share of the blanks at or below the limit.")] = 0.95,
    out: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("blanks"),
) -> None:
    """Tell the limit of blank of a test that gives numbers, and the limit of detection by samples of little target."""
    from swanneck.workflows.measure_blanks import measure_blanks

    if not 0 < probability < 1:
        problem = f"--probability must be between 0 and 1, and is {probability}"
        raise SettingsError(problem)
    for lot, one in measure_blanks(readings, probability=probability, out=out).items():
        typer.echo(f"lot {lot}: limit of blank {one.blank:.4g}, of {one.n_blanks} blanks")
        if one.n_levels:
            typer.echo(
                f"lot {lot}: limit of detection {one.detection:.4g}, of {one.n_low} readings of {one.n_levels} "
                f"sample{'s' if one.n_levels > 1 else ''} of little target"
            )
    typer.echo(f"Figures: {out / 'blanks.json'}")


@app.command(epilog="Example: swanneck diagnostics plan --sensitivity 0.95 --least-sensitivity 0.9 --prevalence 0.1")
def plan(
    *,
    sensitivity: Annotated[float, typer.Option(help="Sensitivity that is expected.")] = 0.95,
    specificity: Annotated[float, typer.Option(help="Specificity that is expected.")] = 0.98,
    half_width: Annotated[float, typer.Option(help="Half width of the interval around each.")] = 0.05,
    least_sensitivity: Annotated[float | None, typer.Option(help="Show that it is above this instead.")] = None,
    least_specificity: Annotated[float | None, typer.Option(help="Show that it is above this instead.")] = None,
    prevalence: Annotated[float | None, typer.Option(help="Where people are tested as they come.")] = None,
    power: Annotated[float, typer.Option(help="Chance that the study succeeds.")] = 0.8,
) -> None:
    """Tell how many samples a validation needs."""
    from pydantic import ValidationError

    from swanneck.workflows.plan_validation import PlanSettings, plan_validation

    asked = {
        "sensitivity": sensitivity, "specificity": specificity, "half_width": half_width, "prevalence": prevalence,
        "least_sensitivity": least_sensitivity, "least_specificity": least_specificity, "power": power,
    }  # fmt: skip
    try:
        settings = PlanSettings.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"--{'-'.join(str(part) for part in first['loc']).replace('_', '-')}: {first['msg']}"
        raise SettingsError(problem) from error
    found = plan_validation(settings)
    typer.echo(f"positive samples: {found.positives}")
    typer.echo(f"negative samples: {found.negatives}")
    if found.recruited is not None:
        typer.echo(f"people to recruit: {found.recruited}")
    typer.echo(f"replicates at the limit of detection, all to be found: {found.replicates}")

"""`swanneck screen ...`: from a plate of images to a page of hits."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swanneck.cli.console import print_rows, show_progress
from swanneck.foundation.units import format_molar, format_ratio

if TYPE_CHECKING:
    import polars as pl

    from swanneck.workflows.analyse_wells import ScreenTables

__all__ = ["app"]

app = typer.Typer(help="From a plate of images to a page of hits.", no_args_is_help=True)

_CampaignFile = Annotated[Path, typer.Argument(help="The campaign file, or the folder that it lies in.")]
_MOST_HITS = 40
_MOST_FAILURES = 5


@app.command(epilog="Example: swanneck screen init my-plate/")
def init(
    folder: Annotated[Path, typer.Argument(help="A folder of images.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Folder for campaign.toml; the images' own where not given.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a campaign.toml that is there.")] = False,
) -> None:
    """Look at a folder of images, say what was recognised, and write a campaign.toml to go on from."""
    from swanneck.workflows.init_campaign import init_campaign

    made = init_campaign(folder, out=out, force=force)
    for line in made.understood:
        typer.echo(line)
    typer.echo(f"Written: {made.path}")
    for line in made.to_do:
        typer.echo(f"To do: {line}")
    typer.echo(f"Next: swanneck screen check {made.path}")


@app.command(epilog="Example: swanneck screen check my-plate/campaign.toml")
def check(campaign: _CampaignFile) -> None:
    """Check everything that can be known before the run: layout, channels, controls, disk, missing files."""
    from swanneck.reports.wording import plural
    from swanneck.workflows.check_campaign import check_campaign

    result = check_campaign(campaign)
    for line in result.understood:
        typer.echo(line)
    for finding in result.findings:
        typer.echo(str(finding))
    if result.errors:
        typer.echo(f"{plural(len(result.errors), 'error')}: the run cannot start.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Ready. Next: swanneck screen run {campaign}")


@app.command(epilog="Example: swanneck screen tune my-plate/campaign.toml")
def tune(
    campaign: _CampaignFile,
    *,
    wells: Annotated[int, typer.Option(help="Control wells of each kind.", min=1, max=12)] = 3,
) -> None:
    """Draw negative and positive control wells side by side, with outlines and readouts, before any run."""
    from swanneck.workflows.tune_campaign import tune_campaign

    with show_progress() as progress:
        page = tune_campaign(campaign, wells=wells, progress=progress)
    typer.echo(f"Picture: {page}")


@app.command(epilog="Example: swanneck screen run my-plate/campaign.toml")
def run(
    campaign: _CampaignFile,
    *,
    workers: Annotated[int | None, typer.Option(help="Processes; one per core where not given.", min=1)] = None,
) -> None:
    """Screen: images -> cells -> wells -> quality -> curves -> hits -> report. Run it again to go on or redo."""
    from swanneck.reports.wording import plural
    from swanneck.workflows.screen_plate import screen_plate

    with show_progress() as progress:
        done = screen_plate(campaign, workers=workers, progress=progress)
    if done.n_wells_kept:
        typer.echo(f"{plural(done.n_wells_measured, 'well')} measured, {done.n_wells_kept} kept from before.")
    _print_tables(done.tables)
    typer.echo(f"Report: {done.report}")


@app.command(epilog="Example: swanneck screen analyse wells.csv --layout layout.csv")
def analyse(
    wells: Annotated[Path, typer.Argument(help="A table with one row per well and a column per readout.")],
    *,
    layout: Annotated[
        Path | None, typer.Option(help="The plate map; not needed where the table has its columns.")
    ] = None,
    efficacy: Annotated[str | None, typer.Option(help="The readout that hits are called on.")] = None,
    viability: Annotated[
        str | None, typer.Option(help="The readout of toxicity; cell_count where there is one.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of the doses where the table has none.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results; beside the table where not given.")] = None,
) -> None:
    """Analyse a table of wells the same way, without images: quality, normalisation, curves, hits, report."""
    from swanneck.workflows.analyse_table import analyse_table

    done = analyse_table(wells, layout=layout, efficacy=efficacy, viability=viability, unit=unit, out=out)
    for line in done.understood:
        typer.echo(line)
    _print_tables(done.tables)
    typer.echo(f"Report: {done.report}")


def _print_tables(tables: "ScreenTables") -> None:
    from swanneck.reports.wording import plural

    for plate in tables.plates.iter_rows(named=True):
        name = plate["plate"] if str(plate["plate"]).lower().startswith("plate") else f"Plate {plate['plate']}"
        factor = "–" if plate["z_prime"] is None else f"{plate['z_prime']:.2f}"
        reasons = f": {plate['reasons']}" if plate["reasons"] else ""
        typer.echo(f"{name}: Z' {factor}, {plate['status']}{reasons}")
    failed = tables.wells.filter(status="failed")
    for well in failed.head(_MOST_FAILURES).iter_rows(named=True):
        typer.echo(f"{well['plate']} {well['well']} failed: {well['reason']}")
    if failed.height > _MOST_FAILURES:
        typer.echo(f"... and {plural(failed.height - _MOST_FAILURES, 'more well')} failed; the report lists them.")
    typer.echo(" -> ".join(f"{count} {step}" for step, count in tables.cascade))
    _print_hits(tables.hits)


def _print_hits(hits: "pl.DataFrame") -> None:
    chosen = [row for row in hits.iter_rows(named=True) if row["is_hit"]]
    if not chosen:
        return
    typer.echo("")
    rows = [_potency_row(row) for row in chosen[:_MOST_HITS]]
    print_rows(["compound", "IC50 (95 % interval)", "CC50", "SI"], rows)
    if len(chosen) > _MOST_HITS:
        typer.echo(f"... and {len(chosen) - _MOST_HITS} more")
    typer.echo("")


def _potency_row(row: dict[str, object]) -> list[str]:
    from swanneck.reports.wording import format_interval

    ic50 = format_molar(_number(row["ic50_molar"]), str(row["ic50_relation"] or "="))
    low, high = _number(row["ic50_low"]), _number(row["ic50_high"])
    if row["ic50_relation"] == "=":
        ic50 += f" ({format_interval(low, high) or 'no interval'})"
    cc50 = format_molar(_number(row["cc50_molar"]), str(row["cc50_relation"] or "="))
    index, relation = _number(row["selectivity_index"]), str(row["selectivity_relation"])
    return [str(row["compound"]), ic50, cc50, format_ratio(index, relation)]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None

"""`swanneck screen ...`: from a plate of images to a page of hits."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swanneck.cli.console import print_rows, read_settings, show_progress
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
    wells: Annotated[int, typer.Option(help="Control wells of each kind to measure.", min=1, max=12)] = 3,
    compound: Annotated[str | None, typer.Option(help="Show its lowest and highest dose.")] = None,
) -> None:
    """Draw controls and two doses of a compound side by side, with outlines and readouts, before any run."""
    from swanneck.workflows.tune_campaign import tune_campaign

    with show_progress() as progress:
        page = tune_campaign(campaign, wells=wells, compound=compound, progress=progress)
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
    add: Annotated[
        list[Path] | None, typer.Option(help="A further table of readouts: a plate reader's, linked plates'.")
    ] = None,
    links: Annotated[Path | None, typer.Option(help="Which plate came from which: secondary, primary.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="A table of what a person masked or overrode.")] = None,
    position: Annotated[
        str, typer.Option(help="none, or what takes position effects away: see screen score.")
    ] = "none",
    out: Annotated[Path | None, typer.Option(help="Folder for the results; beside the table where not given.")] = None,
) -> None:
    """Analyse a table of wells the same way, without images: quality, normalisation, curves, hits, report."""
    from swanneck.workflows.analyse_table import analyse_table
    from swanneck.workflows.campaign import AnalysisSettings
    from swanneck.workflows.extra_files import ExtraFiles

    extras = ExtraFiles(added=tuple(add or ()), links=links, decisions=decisions)
    settings = read_settings(AnalysisSettings, {"position": position}, {})
    done = analyse_table(
        wells, layout=layout, efficacy=efficacy, viability=viability, unit=unit, extras=extras, out=out,
        settings=settings,
    )  # fmt: skip
    for line in done.understood:
        typer.echo(line)
    _print_tables(done.tables)
    typer.echo(f"Report: {done.report}")


@app.command(epilog="Example: swanneck screen score wells.csv --method robust_z --log --position loess")
def score(
    wells: Annotated[Path, typer.Argument(help="A table with one row per well and a column per readout.")],
    *,
    layout: Annotated[
        Path | None, typer.Option(help="The plate map; not needed where the table has its columns.")
    ] = None,
    readout: Annotated[str | None, typer.Option(help="The readout to score; the first column of numbers.")] = None,
    method: Annotated[str, typer.Option(help="robust_z, z, b_score, npi or percent_of_control.")] = "robust_z",
    log: Annotated[bool, typer.Option("--log", help="Take log2 first.")] = False,
    position: Annotated[str, typer.Option(help="none, median_polish, loess, controls or edge_diffusion.")] = "none",
    reference: Annotated[str, typer.Option(help="Wells that z refers to: sample, negative_control or all.")] = "sample",
    within: Annotated[str, typer.Option(help="Score within each plate or batch.")] = "plate",
    lower: Annotated[bool, typer.Option("--lower", help="A hit lowers the readout.")] = False,
    gene: Annotated[str | None, typer.Option(help="The column of genes: rank them by their reagents.")] = None,
    rules: Annotated[Path | None, typer.Option(help="A TOML file of rules; 3 robust deviations where none.")] = None,
    decisions: Annotated[Path | None, typer.Option(help="A table of wells that a person masked.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables.")] = None,
) -> None:
    """Score a single-dose or RNAi screen: each well against its plate, replicates together, rules as a cascade."""
    from swanneck.screening.scores import ScoreSettings
    from swanneck.workflows.score_screen import ScreenFiles, score_screen

    chosen = {"method": method, "logarithm": log, "position": position, "reference": reference, "within": within}
    settings = read_settings(ScoreSettings, chosen | {"higher_is_lower": lower}, {"logarithm": "log"})
    files = ScreenFiles(wells=wells, layout=layout, readout=readout, gene=gene, rules=rules, decisions=decisions)
    done = score_screen(files, settings, out=out)
    for line in done.messages:
        typer.echo(line)
    for line in done.told:
        typer.echo(line)
    for name, cut in done.cascade.cuts.items():
        typer.echo(f"{name}: {cut}")
    typer.echo(str(done.cascade))
    ranked = done.compounds.filter("is_hit").sort("score", descending=True).head(_MOST_HITS)
    if ranked.height:
        rows = [[row["compound"], f"{row['score']:.3g}", str(row["n_replicates"])] for row in ranked.rows(named=True)]
        print_rows(["hit", "score", "replicates"], rows)
    if done.genes is not None:
        top = done.genes.head(10).rows(named=True)
        rows = [[row["gene"], f"{row['p_value']:.2g}", f"{row['n_active']} of {row['n_reagents']}"] for row in top]
        print_rows(["gene", "p", "active reagents"], rows)
    if out:
        typer.echo(f"Tables: {out}")


def _print_tables(tables: "ScreenTables") -> None:
    from swanneck.reports.wording import plural
    from swanneck.screening.consistency import describe_consistency

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
    for line in describe_consistency(tables.consistency):
        typer.echo(line[0].upper() + line[1:])
    typer.echo(" -> ".join(f"{count} {step}" for step, count in tables.cascade))
    _print_hits(tables.hits, tables.minimum_selectivity)


def _print_hits(hits: "pl.DataFrame", least: float) -> None:
    chosen = [row for row in hits.iter_rows(named=True) if row["is_hit"]]
    if not chosen:
        return
    typer.echo("")
    rows = [_potency_row(row) for row in chosen[:_MOST_HITS]]
    print_rows(["compound", "IC50 (95 % interval)", "CC50", "SI", f"P(SI > {least:g})"], rows)
    if len(chosen) > _MOST_HITS:
        typer.echo(f"... and {len(chosen) - _MOST_HITS} more")
    typer.echo("")


def _potency_row(row: dict[str, object]) -> list[str]:
    from swanneck.reports.wording import format_interval, format_probability
    from swanneck.screening.linked_plates import APART

    ic50 = format_molar(_number(row["ic50_molar"]), str(row["ic50_relation"] or "="))
    low, high = _number(row["ic50_low"]), _number(row["ic50_high"])
    if row["ic50_relation"] == "=":
        ic50 += f" ({format_interval(low, high) or 'no interval'})"
    cc50 = format_molar(_number(row["cc50_molar"]), str(row["cc50_relation"] or "="))
    index, relation = _number(row["selectivity_index"]), str(row["selectivity_relation"])
    sure = format_probability(_number(row["selectivity_probability"]))
    groups = [str(row[name]) for name in APART if row.get(name) is not None]
    name = f"{row['compound']} ({', '.join(groups)})" if groups else str(row["compound"])
    return [name, ic50, cc50, format_ratio(index, relation), sure]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None

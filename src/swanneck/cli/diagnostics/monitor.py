"""`swanneck diagnostics check, watch`: assays held to genomes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swanneck.cli.console import print_rows, show_progress
from swanneck.foundation.errors import SettingsError

if TYPE_CHECKING:
    from swanneck.workflows.check_assays import AssayCheck, CheckSettings

__all__ = ["app"]

_NEW_ALARM = 3
"""Exit code of a watch that raised an alarm: 1 is an error, 2 a wrong option."""

app = typer.Typer()

_MOST_TOLD = 10


@app.command(epilog="Example: swanneck diagnostics check assays.csv genomes.fasta --metadata clades.tsv --out checked")
def check(
    assays: Annotated[Path, typer.Argument(help="Table of oligos: assay, oligo, role, sequence_5to3.")],
    genomes: Annotated[Path, typer.Argument(help="Genomes as FASTA, aligned or not; .gz and .xz too.")],
    *,
    metadata: Annotated[Path | None, typer.Option(help="Table of the genomes: name, clade, date.")] = None,
    group: Annotated[str | None, typer.Option(help="Column of the metadata to group by; clade if not told.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Genome whose positions are told; else the first.")] = None,
    share: Annotated[float, typer.Option(help="Share of genomes, of all or a group, that counts.")] = 0.05,
    out: Annotated[Path, typer.Option(help="Folder for the tables and the page.")] = Path("assay-check"),
) -> None:
    """Hold assays to genomes: who is covered, what has changed at the sites, and why that matters."""
    from swanneck.workflows.check_assays import check_assays

    settings = _check_settings(group, share)
    with show_progress() as progress:
        found = check_assays(
            assays, genomes, metadata=metadata, reference=reference, settings=settings, out=out, progress=progress
        )
    _tell_check(found, out)


@app.command(
    epilog="Example: swanneck diagnostics watch assays.csv new.fasta --metadata clades.tsv --state watch. "
    "Exit code 3 tells that an alarm is new."
)
def watch(
    assays: Annotated[Path, typer.Argument(help="Table of oligos: assay, oligo, role, sequence_5to3.")],
    genomes: Annotated[Path, typer.Argument(help="Genomes as FASTA; those seen before are passed over.")],
    *,
    state: Annotated[Path, typer.Option(help="Folder that keeps what was seen.")] = Path("assay-watch"),
    metadata: Annotated[Path | None, typer.Option(help="Table of the genomes: name, clade, date.")] = None,
    group: Annotated[str | None, typer.Option(help="Column of the metadata to group by; clade if not told.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Genome whose positions are told; else the first.")] = None,
    share: Annotated[float, typer.Option(help="Share of genomes, of all or a group, that counts.")] = 0.05,
) -> None:
    """Examine genomes that are new, and raise alarms that are new; exit code 3 where there are any."""
    from swanneck.workflows.watch_assays import watch_assays

    settings = _check_settings(group, share)
    with show_progress() as progress:
        run = watch_assays(
            assays, genomes, state=state, metadata=metadata, reference=reference, settings=settings, progress=progress
        )
    typer.echo(f"{run.n_new} new genomes, {run.n_known} in all")
    for finding in run.new_alarms:
        typer.echo(f"new alarm: {finding.assay}: {finding.reason}")
    if not run.new_alarms:
        typer.echo("No new alarm")
    typer.echo(f"Page: {state / 'report.html'}")
    if run.new_alarms:
        raise typer.Exit(_NEW_ALARM)


def _check_settings(group: str | None, share: float) -> "CheckSettings":
    from swanneck.workflows.check_assays import CheckSettings

    if not 0 < share <= 1:
        problem = f"--share must be above 0 and at most 1, and is {share}"
        raise SettingsError(problem)
    return CheckSettings(group=group, alarm_share=share)


def _tell_check(found: "AssayCheck", out: Path) -> None:
    alarmed = list(dict.fromkeys(finding.assay for finding in found.alarms))
    typer.echo(f"{len(found.genomes)} genomes, {len(found.coverage)} assays that are for them")
    rows = []
    for assay, parts in found.coverage.items():
        one = parts["all"]
        share = f"{100 * one.covered_share:.1f} %" if one.known else "unknown"
        rows.append([assay, str(one.known), share, "alarm" if assay in alarmed else ""])
    print_rows(["assay", "known", "covered", ""], rows)
    for finding in found.alarms:
        typer.echo(f"alarm: {finding.assay}: {finding.reason}")
    if found.excluded:
        typer.echo(f"{len(found.excluded)} genomes were left out: see genomes.csv and the page")
        for name, reason in list(found.excluded.items())[:_MOST_TOLD]:
            typer.echo(f"  left out: {name}: {reason}")
    typer.echo(f"Page: {out / 'report.html'}")

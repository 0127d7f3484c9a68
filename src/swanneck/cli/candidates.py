"""`swanneck candidates ...`: which hits go on, and why."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import print_rows, show_progress

__all__ = ["app"]

app = typer.Typer(help="Which hits go on, and why.", no_args_is_help=True)
_MOST_SHOWN = 25


@app.callback()
def _group() -> None:
    """Join hits with what is known of drugs, and rank them."""


@app.command(epilog="Example: swanneck candidates rank my-plate --drugs repurposing_drugs.txt --samples samples.txt")
def rank(
    screen: Annotated[Path, typer.Argument(help="A campaign's folder, its hits.parquet, or a table of one dose.")],
    *,
    drugs: Annotated[Path, typer.Option(help="The Repurposing Hub's table of drugs.")],
    samples: Annotated[Path | None, typer.Option(help="The Hub's table of samples, for structures.")] = None,
    names: Annotated[Path | None, typer.Option(help="Joins settled by hand: compound, drug.")] = None,
    exposure: Annotated[Path | None, typer.Option(help="compound, cmax, cmax_unit, protein_binding.")] = None,
    other: Annotated[list[Path] | None, typer.Option(help="Another screen's calls; may be given again.")] = None,
    compound: Annotated[str, typer.Option(help="Column of compounds in a table.")] = "compound",
    remaining: Annotated[str | None, typer.Option(help="Column: percent of infection left.")] = None,
    inhibition: Annotated[str | None, typer.Option(help="Column: percent inhibition.")] = None,
    second: Annotated[str | None, typer.Option(help="Column: second readout, 0 infected to 1 healthy.")] = None,
    viability: Annotated[str | None, typer.Option(help="Column: percent of cells left.")] = None,
    weight: Annotated[list[str] | None, typer.Option(help="A setting of the score, term=number; again.")] = None,
    dossiers: Annotated[int, typer.Option(help="Pages for so many of the best.", min=0)] = 20,
    out: Annotated[Path | None, typer.Option(help="Folder to write; candidates beside the screen.")] = None,
) -> None:
    """Rank the active compounds of a screen by an explained score, with a dossier for each of the best."""
    from swanneck.workflows.candidate_settings import EvidenceFiles, ScreenColumns
    from swanneck.workflows.rank_candidates import rank_candidates, read_weights

    files = EvidenceFiles(
        drugs=drugs, samples=samples, names=names, exposure=exposure, other_screens=tuple(other or ())
    )
    columns = ScreenColumns(
        compound=compound, remaining=remaining, inhibition=inhibition, second=second, viability=viability
    )
    with show_progress() as progress:
        done = rank_candidates(
            screen, files, columns=columns, weights=read_weights(weight or ()), dossiers=dossiers, out=out,
            progress=progress,
        )  # fmt: skip
    for line in done.understood:
        typer.echo(line)
    rows = [
        [
            str(row["rank"]),
            str(row["compound"]),
            f"{row['score']:.2f}",
            str(row["phase"] or "unknown"),
            row["missing"] or "–",
        ]
        for row in done.ranking.table.head(_MOST_SHOWN).iter_rows(named=True)
    ]
    if rows:
        print_rows(["rank", "compound", "score", "phase", "missing"], rows)
    typer.echo(f"Page: {done.page}")

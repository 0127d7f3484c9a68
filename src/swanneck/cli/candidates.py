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
    chosen = read_weights(weight) if weight else None
    with show_progress() as progress:
        done = rank_candidates(
            screen, files, columns=columns, weights=chosen, dossiers=dossiers, out=out, progress=progress,
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


@app.command(epilog="Example: swanneck candidates targets my-plate --drugs repurposing_drugs.txt --genes rnai_hits.csv")
def targets(
    screen: Annotated[Path, typer.Argument(help="A campaign's folder, its hits.parquet, or a table of one dose.")],
    *,
    drugs: Annotated[Path, typer.Option(help="The Repurposing Hub's table of drugs.")],
    samples: Annotated[Path | None, typer.Option(help="The Hub's table of samples, for structures.")] = None,
    names: Annotated[Path | None, typer.Option(help="Joins settled by hand: compound, drug.")] = None,
    members: Annotated[Path | None, typer.Option(help="A table of compounds instead of the hits: a cluster.")] = None,
    profiles: Annotated[Path | None, typer.Option(help="A table of profiles, for neighbours.")] = None,
    profile_compound: Annotated[str, typer.Option(help="Its column of compounds.")] = "compound",
    genes: Annotated[Path | None, typer.Option(help="Genes that a knock-down screen called.")] = None,
    compound: Annotated[str, typer.Option(help="Column of compounds in a table.")] = "compound",
    remaining: Annotated[str | None, typer.Option(help="Column: percent of infection left.")] = None,
    inhibition: Annotated[str | None, typer.Option(help="Column: percent inhibition.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write the tables to.")] = None,
) -> None:
    """Suggest targets and mechanisms of hits or a cluster: evidence of each, and what would refute it."""
    from swanneck.workflows.candidate_settings import EvidenceFiles, ScreenColumns, TargetEvidence
    from swanneck.workflows.suggest_targets import suggest_targets

    more = TargetEvidence(members=members, profiles=profiles, profile_compound=profile_compound, genes=genes)
    files = EvidenceFiles(drugs=drugs, samples=samples, names=names, targets=more)
    columns = ScreenColumns(compound=compound, remaining=remaining, inhibition=inhibition)
    done = suggest_targets(screen, files, columns=columns, out=out)
    for line in done.understood:
        typer.echo(line)
    for row in done.table.head(_MOST_SHOWN).iter_rows(named=True):
        count = f"{row['support']} kind{'s' * (row['support'] != 1)} of evidence"
        typer.echo(f"{row['kind']} {row['label']}, {count}")
        typer.echo(f"  for: {row['evidence']}")
        typer.echo(f"  refuted by: {row['refuted_by']}")
    if done.table.height > _MOST_SHOWN:
        typer.echo(f"and {done.table.height - _MOST_SHOWN} more; say --out for all")
    if out:
        typer.echo(f"Tables: {out}")

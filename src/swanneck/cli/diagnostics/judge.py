"""`swanneck diagnostics judge, amplify`: published or own assays held to rules and to other genomes."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer()


@app.command(epilog="Example: swanneck diagnostics judge assays.csv genome.fasta --out judged.csv")
def judge(
    assays: Annotated[Path, typer.Argument(help="Table of oligos: assay, oligo, role, sequence_5to3.")],
    genome: Annotated[Path, typer.Argument(help="A genome that the assays are for, as FASTA.")],
    *,
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("judged.csv"),
) -> None:
    """Tell for each assay whether it keeps the rules of design, or which it breaks."""
    from swanneck.workflows.judge_assays import judge_assays

    found = judge_assays(assays, genome, out=out)
    for one in found:
        typer.echo(f"{one.assay} ({one.kind}): {'feasible' if one.feasible else 'breaks rules'}")
        for rule in one.broken:
            typer.echo(f"  {rule}")
        for rule in one.penalised:
            typer.echo(f"  costs rank: {rule}")
    typer.echo(f"{sum(one.feasible for one in found)} of {len(found)} assays keep all rules")
    typer.echo(f"Table: {out}")


@app.command(epilog="Example: swanneck diagnostics amplify assays.csv host.fasta --out products.csv")
def amplify(
    assays: Annotated[Path, typer.Argument(help="Table of oligos: assay, oligo, role, sequence_5to3.")],
    background: Annotated[list[Path], typer.Argument(help="FASTA files or indexes to amplify from.")],
    *,
    reference: Annotated[
        Path | None, typer.Option(help="Genome that the assays are for; cuts inner primers of LAMP in two.")
    ] = None,
    mismatches: Annotated[int, typer.Option(min=0, max=5, help="Mismatches that a primer may have.")] = 3,
    longest: Annotated[int, typer.Option(min=30, help="Longest product in bases.")] = 1000,
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("products.csv"),
) -> None:
    """Predict what assays would amplify in genomes: in-silico PCR and LAMP."""
    from swanneck.workflows.amplify_assays import amplify_assays

    found = amplify_assays(assays, background, reference=reference, mismatches=mismatches, longest=longest, out=out)
    for assay, products in found.items():
        seen = sum(one.with_probe for one in products)
        typer.echo(f"{assay}: {len(products)} product{'' if len(products) == 1 else 's'}, {seen} detected")
    typer.echo(f"Table: {out}")

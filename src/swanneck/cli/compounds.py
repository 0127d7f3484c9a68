"""`swanneck compounds ...`: libraries, alerts, plate layouts, transfer lists."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import print_rows
from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

app = typer.Typer(help="Libraries, alerts, plate layouts, transfer lists.", no_args_is_help=True)
_LibraryFile = Annotated[Path, typer.Argument(help="SDF, a list of SMILES (.smi), or a table.")]
_Compound = Annotated[str | None, typer.Option(help="Column of names, where it is not found.")]
_Structure = Annotated[str | None, typer.Option(help="Column of SMILES, where it is not found.")]
_MOST_SHOWN = 20


@app.command(epilog="Example: swanneck compounds check library.sdf --out checked")
def check(
    library: _LibraryFile,
    *,
    compound: _Compound = None,
    structure: _Structure = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write; beside the library where not given.")] = None,
) -> None:
    """Bring a library into standard form and list what is wrong: unreadable, duplicates, stereo conflicts."""
    from swanneck.workflows.check_compounds import check_compounds

    done = check_compounds(library, compound=compound, structure=structure, out=out)
    table, findings = done.library.table, done.library.findings
    typer.echo(f"{table.height} compounds, {table['smiles'].null_count()} without a structure that can be read")
    for kind, count in findings["kind"].value_counts(sort=True).rows():
        typer.echo(f"  {count} {kind.replace('_', ' ')}")
    for row in findings.head(_MOST_SHOWN).iter_rows(named=True):
        typer.echo(f"{row['kind']}: {row['compounds']}: {row['message']}")
    typer.echo(f"Written: {', '.join(map(str, done.files))}")


@app.command(epilog="Example: swanneck compounds alerts library.csv --out alerts.csv")
def alerts(
    library: _LibraryFile,
    *,
    compound: _Compound = None,
    structure: _Structure = None,
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("alerts.csv"),
) -> None:
    """List structural alerts: PAINS, Brenk, reactive groups; hints of aggregation, fluorescence, phospholipidosis."""
    from swanneck.workflows.check_compounds import alert_compounds

    found = alert_compounds(library, compound=compound, structure=structure, out=out)
    rows = [
        [kind, str(part["compound"].n_unique()), ", ".join(part["compound"].unique(maintain_order=True).head(3))]
        for (kind,), part in found.group_by("catalogue", maintain_order=True)
    ]
    if rows:
        print_rows(["catalogue", "compounds", "such as"], [[str(cell) for cell in row] for row in rows])
    typer.echo(f"Table: {out}")


@app.command(epilog='Example: swanneck compounds layout compounds.csv --dose "10 uM" --dose "1 uM" --out layout.csv')
def layout(
    compounds: Annotated[Path, typer.Argument(help="A table with a column of compounds.")],
    *,
    column: Annotated[str, typer.Option(help="Column of names.")] = "compound",
    wells: Annotated[int, typer.Option(help="96, 384 or 1536.")] = 384,
    dose: Annotated[list[str] | None, typer.Option(help="A dose with its unit; again for a series. 10 uM.")] = None,
    replicates: Annotated[int, typer.Option(help="Wells per dose.", min=1)] = 1,
    controls: Annotated[int, typer.Option(help="Wells of each control on a plate.", min=0)] = 16,
    edge: Annotated[str, typer.Option(help="empty, controls or used.")] = "empty",
    seed: Annotated[int, typer.Option(help="The same seed gives the same layout.")] = 1,
    out: Annotated[Path, typer.Option(help="The plate map to write.")] = Path("layout.csv"),
) -> None:
    """Place compounds at random on plates, controls spread over each plate, the edge free."""
    from pydantic import ValidationError

    from swanneck.compounds.plate_layouts import LayoutDesign
    from swanneck.workflows.check_compounds import layout_compounds, read_dose

    doses = tuple(read_dose(text) for text in dose or ["10 uM"])
    try:
        settings = LayoutDesign(
            wells=wells, doses_molar=doses, replicates=replicates, negative_controls=controls,
            positive_controls=controls, edge=edge, seed=seed,
        )  # fmt: skip
    except ValidationError as error:
        problem = f"--{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}"
        raise SettingsError(problem) from error
    made = layout_compounds(compounds, settings, column=column, out=out)
    samples = int((made["role"] == "sample").sum())
    typer.echo(f"{samples} wells of compounds on {made['plate'].n_unique()} plates")
    typer.echo(f"Plate map: {out}")


@app.command(epilog="Example: swanneck compounds transfer layout.csv stocks.csv --out transfers.csv")
def transfer(
    layout: Annotated[Path, typer.Argument(help="The plate map.")],
    stocks: Annotated[Path, typer.Argument(help="compound, source_plate, source_well, stock, unit, volume_nl.")],
    *,
    volume: Annotated[float, typer.Option(help="Liquid in an assay well, µL.")] = 50.0,
    dmso: Annotated[float, typer.Option(help="Most DMSO in a well, percent.")] = 0.5,
    dead: Annotated[float, typer.Option(help="What stays in a source well, µL.")] = 15.0,
    backfill: Annotated[bool, typer.Option(help="Top up with DMSO to the same volume.")] = True,
    out: Annotated[Path, typer.Option(help="The list to write.")] = Path("transfers.csv"),
) -> None:
    """Make the transfer list of a plate map (drops of 2.5 nL), checked against the stocks; exit 1 with problems."""
    from swanneck.compounds.transfers import TransferRules
    from swanneck.workflows.check_compounds import transfer_compounds

    rules = TransferRules(
        assay_volume_nl=volume * 1000, most_dmso=dmso / 100, dead_volume_nl=dead * 1000, backfill=backfill
    )
    plan = transfer_compounds(layout, stocks, rules=rules, out=out)
    typer.echo(f"{plan.transfers.height} transfers, {plan.problems.height} wells with problems")
    for row in plan.problems.head(_MOST_SHOWN).iter_rows(named=True):
        where = f"{row['destination_plate']} {row['destination_well']}"
        typer.echo(f"{where}, {row['compound']}: {row['problem']}")
    typer.echo(f"List: {out}")
    if plan.problems.height:
        raise typer.Exit(1)

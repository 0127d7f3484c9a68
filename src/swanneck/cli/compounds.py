"""`swanneck compounds ...`: libraries, alerts, choices, plate layouts, transfer lists."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import print_rows, show_progress
from swanneck.foundation.errors import SettingsError

__all__ = ["app"]

app = typer.Typer(help="Libraries, alerts, choices, plate layouts, transfer lists.", no_args_is_help=True)
_LibraryFile = Annotated[Path, typer.Argument(help="SDF, a list of SMILES (.smi), or a table.")]
_Compound = Annotated[str | None, typer.Option(help="Column of names, where it is not found.")]
_Structure = Annotated[str | None, typer.Option(help="Column of SMILES, where it is not found.")]
_MOST_SHOWN, _MOST_GROUPS = 20, 5


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

    with show_progress() as progress:
        done = check_compounds(library, compound=compound, structure=structure, out=out, progress=progress)
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

    with show_progress() as progress:
        found = alert_compounds(library, compound=compound, structure=structure, out=out, progress=progress)
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
    library: Annotated[Path | None, typer.Option(help="Also check the compounds against this library.")] = None,
    out: Annotated[Path, typer.Option(help="The list to write.")] = Path("transfers.csv"),
) -> None:
    """Make the transfer list of a plate map (drops of 2.5 nL), checked against the stocks; exit 1 with problems."""
    from swanneck.compounds.transfers import TransferRules
    from swanneck.workflows.check_compounds import transfer_compounds

    rules = TransferRules(
        assay_volume_nl=volume * 1000, most_dmso=dmso / 100, dead_volume_nl=dead * 1000, backfill=backfill
    )
    plan = transfer_compounds(layout, stocks, rules=rules, library=library, out=out)
    wells = plan.problems.filter(plan.problems["destination_well"].is_not_null())
    typer.echo(f"{plan.transfers.height} transfers, {wells.height} wells with problems")
    for row in plan.problems.head(_MOST_SHOWN).iter_rows(named=True):
        where = f"{row['destination_plate']} {row['destination_well']}, " if row["destination_well"] else ""
        typer.echo(f"{where}{row['compound']}: {row['problem']}")
    typer.echo(f"List: {out}")
    if plan.problems.height:
        raise typer.Exit(1)


@app.command(epilog="Example: swanneck compounds pick my-screen stocks.csv --volume 500 --out picks.csv")
def pick(
    compounds: Annotated[Path, typer.Argument(help="Results of a screen (its hits), or a table of compounds.")],
    stocks: Annotated[Path, typer.Argument(help="compound, source_plate, source_well, stock, unit, volume_nl.")],
    *,
    column: Annotated[str, typer.Option(help="Column of names.")] = "compound",
    volume: Annotated[float, typer.Option(help="Of each compound, nL: whole drops of 2.5 nL.")] = 500.0,
    replicates: Annotated[int, typer.Option(help="Wells of each compound.", min=1)] = 1,
    wells: Annotated[int, typer.Option(help="Wells of a new plate: 96, 384 or 1536.")] = 384,
    skip: Annotated[list[str] | None, typer.Option(help="A well that stays free; again.")] = None,
    dead: Annotated[float, typer.Option(help="What stays in a source well, µL.")] = 15.0,
    library: Annotated[Path | None, typer.Option(help="Also check the compounds against this library.")] = None,
    out: Annotated[Path, typer.Option(help="The list to write.")] = Path("picks.csv"),
) -> None:
    """Cherry-pick hits from their stocks onto new plates, checked against stocks and library; exit 1 with problems."""
    from swanneck.compounds.picks import PickRules
    from swanneck.foundation.wells import parse_well
    from swanneck.workflows.choose_compounds import pick_from_stocks

    rules = PickRules(
        volume_nl=volume, replicates=replicates, wells=wells, dead_volume_nl=dead * 1000,
        skip=tuple(parse_well(one) for one in skip or ()),
    )  # fmt: skip
    plan = pick_from_stocks(compounds, stocks, column=column, rules=rules, library=library, out=out)
    plates = plan.transfers["destination_plate"].n_unique()
    typer.echo(f"{plan.transfers.height} picks onto {plates} plates, {plan.problems.height} problems")
    for row in plan.problems.head(_MOST_SHOWN).iter_rows(named=True):
        typer.echo(f"{row['compound']}: {row['problem']}")
    typer.echo(f"List: {out}")
    if plan.problems.height:
        raise typer.Exit(1)


@app.command(epilog="Example: swanneck compounds diverse library.csv --count 320 --out chosen.csv")
def diverse(
    library: _LibraryFile,
    *,
    count: Annotated[int, typer.Option(help="How many to choose.", min=1)],
    keep: Annotated[list[str] | None, typer.Option(help="A compound that must be among them; again.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same choice.")] = 1,
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("chosen.csv"),
) -> None:
    """Choose compounds that are as unlike each other as can be (MaxMin on ECFP4)."""
    from swanneck.workflows.choose_compounds import choose_compounds

    with show_progress() as progress:
        chosen = choose_compounds(library, count, keep=keep or (), seed=seed, out=out, progress=progress)
    known = chosen["nearest"].drop_nulls()
    like = f"; no two are more alike than {max(known):.2f}" if known.len() else ""
    typer.echo(f"{chosen.height} compounds chosen{like}")
    typer.echo(f"Table: {out}")


@app.command(epilog="Example: swanneck compounds analogues library.csv --of remdesivir --hits my-screen")
def analogues(
    library: _LibraryFile,
    *,
    of: Annotated[list[str] | None, typer.Option(help="A compound; again. All hits where none is named.")] = None,
    hits: Annotated[Path | None, typer.Option(help="Results of a screen, or a table: compound, is_hit.")] = None,
    similarity: Annotated[float, typer.Option(help="Least Tanimoto similarity.", min=0, max=1)] = 0.5,
    out: Annotated[Path | None, typer.Option(help="The table to write.")] = None,
) -> None:
    """List the series of a hit: the same scaffold or like structures, and whether they were active too."""
    from swanneck.workflows.choose_compounds import list_analogues

    with show_progress() as progress:
        found = list_analogues(library, of or (), hits=hits, least_similarity=similarity, out=out, progress=progress)
    calls = found["active"].to_list() if "active" in found.columns else [None] * found.height
    words = {True: "active", False: "inactive", None: "not tested" if hits else ""}
    rows = [
        [
            row["compound"],
            row["analogue"],
            f"{row['similarity']:.2f}",
            "yes" if row["same_scaffold"] else "",
            words[call],
        ]
        for row, call in zip(found.head(_MOST_SHOWN).iter_rows(named=True), calls, strict=False)
    ]
    typer.echo(f"{found.height} analogues of {found['compound'].n_unique()} compounds")
    if rows:
        print_rows(["compound", "analogue", "similarity", "same scaffold", "call"], rows)
    if found.height > _MOST_SHOWN and not out:
        typer.echo(f"... and {found.height - _MOST_SHOWN} more; say --out for all")
    if out:
        typer.echo(f"Table: {out}")


@app.command(epilog="Example: swanneck compounds groups library.csv --hits my-screen --out groups")
def groups(
    library: _LibraryFile,
    *,
    hits: Annotated[
        Path | None, typer.Option(help="Results of a screen, or a table; the library's own file too.")
    ] = None,
    column: Annotated[str, typer.Option(help="Column of calls in the table of hits.")] = "is_hit",
    similarity: Annotated[float, typer.Option(help="Members are so alike to a cluster's centre.", min=0, max=1)] = 0.4,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables.")] = None,
) -> None:
    """Group a library by clusters of like structures and by scaffolds; with hits, which groups are rich in them."""
    from swanneck.workflows.choose_compounds import group_compounds

    with show_progress() as progress:
        done = group_compounds(
            library, hits=hits, column=column, least_similarity=similarity, out=out, progress=progress
        )
    lost = done.table["cluster"].null_count()
    alone = done.clusters.filter(done.clusters["n"] == 1).height
    typer.echo(
        f"{done.table.height - lost} compounds in {done.clusters.height} clusters, {alone} of them of one compound; "
        f"{done.scaffolds.height} scaffolds"
    )
    for name, table in (("cluster", done.clusters), ("scaffold", done.scaffolds)):
        more = [] if hits is None else ["active", "FDR"]
        rows = [
            [str(row[name]), str(row["n"])]
            + ([] if hits is None else [f"{row['n_active']} of {row['n_tested']}", _rate(row["fdr"])])
            + [row["such_as"]]
            for row in table.head(_MOST_GROUPS).iter_rows(named=True)
        ]
        if rows:
            print_rows([name, "compounds", *more, "such as"], rows)
    if out:
        typer.echo(f"Tables: {out}")


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"

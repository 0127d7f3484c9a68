"""`swanneck profiles ...`: morphological profiles of wells or cells."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Morphological profiles: process, score, map.", no_args_is_help=True)
_Table = Annotated[Path, typer.Argument(help="Profiles: Parquet, CSV or TSV, also gzipped.")]


@app.command(epilog="Example: swanneck profiles process cells.parquet --by Metadata_Plate --out profiles.parquet")
def process(
    table: _Table,
    *,
    aggregate: Annotated[list[str] | None, typer.Option(help="Columns of a well; again for several.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Normalise for each value of it, such as the plate.")] = None,
    control: Annotated[str | None, typer.Option(help="Reference profiles, column=value.")] = None,
    method: Annotated[str, typer.Option(help="robust or standardise.")] = "robust",
    correlation: Annotated[float, typer.Option(help="Drop features that correlate more.")] = 0.9,
    most_missing: Annotated[float, typer.Option(help="Drop features missing in a larger share.")] = 0.05,
    batch: Annotated[str | None, typer.Option(help="Align batches of this column on the controls.")] = None,
    sphere: Annotated[bool, typer.Option("--sphere", help="Sphere on the controls.")] = False,
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("profiles.parquet"),
) -> None:
    """Aggregate, normalise, select features, align batches and sphere, in this order."""
    from pydantic import ValidationError

    from swanneck.foundation.errors import SettingsError
    from swanneck.profiles.normalising import Normalisation
    from swanneck.profiles.selecting import FeatureSelection
    from swanneck.workflows.profile_tables import ProcessSettings, process_profile_table

    try:
        normalisation = Normalisation(method=method, by=tuple(by or ()))
    except ValidationError as error:
        problem = f"--method: {error.errors()[0]['msg']}, got {method!r}"
        raise SettingsError(problem) from error
    selection = FeatureSelection(highest_correlation=correlation, most_missing=most_missing)
    settings = ProcessSettings(tuple(aggregate or ()), normalisation, selection, control, batch, sphere)
    _, told = process_profile_table(table, settings, out=out)
    for line in told:
        typer.echo(line)
    typer.echo(f"Table: {out}")


@app.command(epilog="Example: swanneck profiles score profiles.parquet --same compound --control role=negative_control")
def score(
    table: _Table,
    *,
    same: Annotated[list[str], typer.Option(help="Column that replicates agree in; the compound first.")],
    control: Annotated[str | None, typer.Option(help="Control profiles, column=value, for grit.")] = None,
    mechanism: Annotated[str | None, typer.Option(help="Column of mechanisms, for nearest neighbours.")] = None,
    seed: Annotated[int, typer.Option(help="Of the permutations.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("profile-scores"),
) -> None:
    """Score replicates: reproducibility, mean average precision with p-values, grit, mechanisms by neighbours."""
    from swanneck.workflows.profile_tables import score_profile_table

    for line in score_profile_table(table, same, control=control, mechanism=mechanism, seed=seed, out=out):
        typer.echo(line)
    typer.echo(f"Tables: {out}")


@app.command(name="map", epilog="Example: swanneck profiles map profiles.parquet --label compound --out map.html")
def map_(
    table: _Table,
    *,
    label: Annotated[str | None, typer.Option(help="Column that names the points.")] = None,
    similarity: Annotated[float, typer.Option(help="Clusters are cut below this mean likeness.")] = 0.4,
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("map.html"),
) -> None:
    """Cluster profiles and draw them in two dimensions."""
    from swanneck.profiles.clusters import MapSettings
    from swanneck.workflows.profile_tables import map_profile_table

    made = map_profile_table(table, label=label, settings=MapSettings(least_similarity=similarity), out=out)
    typer.echo(f"{made.height} profiles in {made['cluster'].n_unique()} clusters")
    typer.echo(f"Page: {out}")

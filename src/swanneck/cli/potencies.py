"""`swanneck potencies ...`: potencies side by side, of cell lines, runs and plates."""

from pathlib import Path
from typing import Annotated

import typer

from swanneck.cli.console import print_rows, write_table

__all__ = ["app"]

app = typer.Typer(help="Potencies side by side: cell lines, runs, drift.", no_args_is_help=True)
_Source = Annotated[Path, typer.Argument(help="A folder of results, its curves.parquet, or a table.")]
_Sources = Annotated[list[Path], typer.Argument(help="Results or tables, one for each run in order.")]
_Potency = Annotated[str | None, typer.Option(help="The column of potencies in a table.")]
_Unit = Annotated[str | None, typer.Option(help="Unit of the potencies, where the table has none.")]
_Role = Annotated[str, typer.Option(help="Curves of efficacy or viability.")]
_Run = Annotated[str | None, typer.Option(help="The column of runs, where one table holds several.")]
_Out = Annotated[Path | None, typer.Option(help="The table to write.")]


@app.command(epilog="Example: swanneck potencies lines my-screen --out lines.csv")
def lines(
    source: _Source, *, potency: _Potency = None, unit: _Unit = None, role: _Role = "efficacy", out: _Out = None
) -> None:
    """Compare the potencies of compounds between cell lines: ratios with their relations, ranks in each line."""
    from swanneck.foundation.units import format_molar, format_ratio
    from swanneck.workflows.compare_potencies import PotencyColumns, compare_potencies

    done = compare_potencies(source, PotencyColumns(potency=potency, unit=unit, role=role))
    _tell(done.understood)
    header = ["compound", "first", "second", "potency", "potency", "ratio", "separate", "ranks"]
    print_rows(header, [
        [row["compound"], row["first"], row["second"],
         *(format_molar(row[f"{one}_molar"], row[f"{one}_relation"]) for one in ("first", "second")),
         format_ratio(row["ratio"], row["ratio_relation"]), "yes" if row["separate"] else "no",
         " and ".join("–" if row[f"{one}_rank"] is None else str(row[f"{one}_rank"]) for one in ("first", "second"))]
        for row in done.table.iter_rows(named=True)
    ])  # fmt: skip
    write_table(done.table, out)


@app.command(epilog="Example: swanneck potencies runs march april may --out runs.csv")
def runs(
    sources: _Sources, *, run: _Run = None, potency: _Potency = None, unit: _Unit = None, role: _Role = "efficacy",
    out: _Out = None,
) -> None:  # fmt: skip
    """Compare each run with the one before: minimum significant ratio, limits of agreement, who moved beyond them."""
    from swanneck.workflows.compare_potencies import PotencyColumns, compare_runs

    done = compare_runs(sources, PotencyColumns(potency=potency, unit=unit, role=role), run=run)
    _tell(done.understood)
    print_rows(["first", "second", "MSR", "95 % interval", "mean ratio", "agreement", "compounds", "beyond"], [
        [row["first"], row["second"], f"{row['ratio']:.2f}", f"{row['low']:.2f} – {row['high']:.2f}",
         f"{row['mean_ratio']:.2f}", f"{row['agreement_low']:.2f} – {row['agreement_high']:.2f}", str(row["n"]),
         row["beyond"] or "–"]
        for row in done.table.iter_rows(named=True)
    ])  # fmt: skip
    write_table(done.table, out)


@app.command(epilog="Example: swanneck potencies chart potencies.csv --run run --compound remdesivir --unit uM")
def chart(
    sources: _Sources, *,
    compound: Annotated[str, typer.Option(help="The reference compound.")],
    run: _Run = None,
    baseline: Annotated[int | None, typer.Option(help="Learn from so many first runs; from all if not said.")] = None,
    potency: _Potency = None, unit: _Unit = None, role: _Role = "efficacy", out: _Out = None,
) -> None:  # fmt: skip
    """Chart the potency of a reference compound over runs: centre, limits, and a verdict for each run."""
    from swanneck.foundation.units import format_molar
    from swanneck.workflows.compare_potencies import PotencyColumns, chart_compound

    columns = PotencyColumns(potency=potency, unit=unit, role=role)
    done = chart_compound(sources, compound, columns, run=run, baseline=baseline)
    _tell(done.understood)
    first = done.table.row(0, named=True)
    limits = " – ".join(format_molar(first[f"{side}_limit"]) for side in ("lower", "upper"))
    typer.echo(f"centre {format_molar(first['centre'])}, limits {limits}")
    print_rows(["run", compound, "deviations", "verdict"], [
        [row["run"], format_molar(row["ec50_molar"]),
         "–" if row["deviations"] is None else f"{row['deviations']:+.1f}", row["verdict"]]
        for row in done.table.iter_rows(named=True)
    ])  # fmt: skip
    write_table(done.table, out)


@app.command(epilog="Example: swanneck potencies drift my-screen --value z_prime")
def drift(
    plates: Annotated[Path, typer.Argument(help="A folder of results, or a table of plates in their order.")],
    *,
    value: Annotated[list[str] | None, typer.Option(help="A column of plate statistics; again for several.")] = None,
    plate: Annotated[str, typer.Option(help="The column of plates.")] = "plate",
    out: _Out = None,
) -> None:
    """Measure how statistics of plates drift in the order they were made: total change, and a p-value."""
    from swanneck.workflows.compare_potencies import find_drift

    done = find_drift(plates, value or (), plate=plate)
    _tell(done.understood)
    print_rows(["", "change", "of the median", "p", "plates"], [
        [row["value"], f"{row['change']:+.3g}", f"{row['percent']:+.0f} %", f"{row['p_value']:.2g}",
         str(row["n_plates"])]
        for row in done.table.iter_rows(named=True)
    ])  # fmt: skip
    write_table(done.table, out)


def _tell(understood: list[str]) -> None:
    for line in understood:
        typer.echo(line)

"""Potencies side by side: cell lines, runs of one assay, a reference compound over time, plates in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.screening.cell_lines import compare_cell_lines
from swanneck.screening.number_columns import read_number_columns
from swanneck.screening.potency_tables import read_potencies
from swanneck.screening.repeatability import chart_reference, measure_drift, minimum_significant_ratio

__all__ = ["Compared", "PotencyColumns", "chart_compound", "compare_potencies", "compare_runs", "find_drift"]


class PotencyColumns(Settings):
    """What a table calls things: the potency and its unit; which readout's curves are taken from results."""

    potency: str | None = None
    unit: str | None = None
    role: str = "efficacy"


@dataclass(frozen=True)
class Compared:
    """A table of what was compared, and how the files were read."""

    table: pl.DataFrame
    understood: list[str]


def compare_potencies(source: Path, columns: PotencyColumns | None = None) -> Compared:
    """Compare the potencies of compounds between cell lines (`screening.cell_lines`).

    `source` is a folder of results, a `curves.parquet`, or a table with `compound`, `cell_line` and a potency.

    Raises `InputError` where it cannot be read or has one cell line only.
    """
    table, understood = read_potencies(Path(source), ["cell_line"], **dict(columns or PotencyColumns()))
    several = table.filter(pl.struct("compound", "cell_line").is_duplicated())["compound"].n_unique()
    if several:
        understood.append(f"{several} compounds have several potencies in a cell line: the first counts")
    compared = compare_cell_lines(table, role=(columns or PotencyColumns()).role)
    if not compared.height:
        problem = "no compound has potencies in two cell lines"
        raise InputError(problem, where=str(source))
    return Compared(compared, understood)


def compare_runs(sources: Sequence[Path], columns: PotencyColumns | None = None, *, run: str | None = None) -> Compared:
    """Compare each run with the one before: the minimum significant ratio, and how far potencies moved together.

    Each source is a run, in order; or one table has a column `run`. Rows: `first`, `second`, `ratio` (MSR), `low`,
    `high`, `mean_ratio`, `agreement_low`, `agreement_high`, `n`, `beyond` (compounds that moved more than the limits).

    Raises `InputError` where there are no two runs, or no three compounds with a potency in both.
    """
    runs, understood = _read_runs(sources, columns, run)
    rows, lacking = [], []
    for (first, one), (second, other) in pairwise(runs.items()):
        both = one.join(other, on="compound", suffix="_other").sort("compound")
        try:
            found = minimum_significant_ratio(both["ec50_molar"], both["ec50_molar_other"])
        except InputError as error:
            lacking.append(f"{first} and {second}: {error.problem}")
            continue
        ratio = both["ec50_molar"] / both["ec50_molar_other"]
        low, high = found.agreement
        beyond = both.filter((ratio < low) | (ratio > high))["compound"].to_list()
        rows.append({
            "first": first, "second": second, "ratio": found.ratio, "low": found.low, "high": found.high,
            "mean_ratio": found.mean_ratio, "agreement_low": low, "agreement_high": high, "n": found.n,
            "beyond": ", ".join(beyond),
        })  # fmt: skip
    if not rows:
        raise InputError(lacking[0] if lacking else f"two runs are needed, got {len(runs)}")
    return Compared(pl.DataFrame(rows), [*understood, *lacking])


def chart_compound(
    sources: Sequence[Path],
    compound: str,
    columns: PotencyColumns | None = None,
    *,
    run: str | None = None,
    baseline: int | None = None,
) -> Compared:
    """Chart the potency of a reference compound over runs, with limits and a verdict for each.

    Raises `InputError` where the compound is in no run, or fewer than three runs have a potency to learn from.
    """
    runs, understood = _read_runs(sources, columns, run)
    values = {name: part.filter(pl.col("compound") == compound)["ec50_molar"] for name, part in runs.items()}
    if not any(one.len() for one in values.values()):
        known = sorted({name for part in runs.values() for name in part["compound"]})
        problem = f"no run has a potency of {compound!r}"
        raise InputError(problem, remedy=f"There are: {', '.join(known[:10])}")
    table = pl.DataFrame({
        "run": list(values), "ec50_molar": [one[0] if one.len() else None for one in values.values()],
    }, schema_overrides={"ec50_molar": pl.Float64})  # fmt: skip
    return Compared(chart_reference(table, baseline=baseline), understood)


def find_drift(plates: Path, values: Sequence[str] = (), *, plate: str = "plate") -> Compared:
    """Measure how statistics of plates drift in the order of the table: one row for each column of `values`.

    `plates` is a folder of results (its `plates.parquet`), or a table with a row per plate in the order they were made.
    Without `values` the columns `z_prime`, `robust_z_prime` and `ssmd` are taken where they are there.

    Raises `InputError` where a column is missing or there are fewer than four plates.
    """
    path = Path(plates)
    if path.is_dir():
        inside = [path / "results" / "plates.parquet", path / "plates.parquet"]
        path = next((one for one in inside if one.is_file()), inside[0])
    header = read_number_columns(path, [], [plate]).header
    chosen = list(values) or [name for name in ("z_prime", "robust_z_prime", "ssmd") if name in header]
    if not chosen:
        problem = "no column of plate statistics was named"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(header)}; say --value")
    read = read_number_columns(path, chosen, [plate])
    rows = []
    for name in chosen:
        found = measure_drift(read.table[name].fill_null(float("nan")))
        change = {"change": found.change, "percent": found.percent, "p_value": found.p_value, "n_plates": found.n}
        rows.append({"value": name} | change)
    return Compared(pl.DataFrame(rows), read.understood)


def _read_runs(
    sources: Sequence[Path], columns: PotencyColumns | None, run: str | None
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Give the geometric mean potency of each compound by run; a compound with a censored value in a run has none."""
    told, parts = [], []
    settings = dict(columns or PotencyColumns())
    for source in sources:
        table, understood = read_potencies(Path(source), [run] if run else [], **settings)
        name = pl.col(run) if run else pl.lit(Path(source).name if Path(source).is_dir() else Path(source).stem)
        parts.append(table.select("compound", "ec50_molar", "ec50_relation", name.alias("run")))
        told += understood
    whole = pl.concat(parts)
    if not run and whole["run"].n_unique() < len(sources):
        problem = "two sources have the same name"
        raise InputError(problem, remedy="Name the folders as the runs are called")
    means = whole.group_by("run", "compound", maintain_order=True).agg(
        pl.when((pl.col("ec50_relation") == "=").all())
        .then(pl.col("ec50_molar").log().mean().exp())
        .alias("ec50_molar")
    )
    censored = means["ec50_molar"].null_count()
    if censored:
        told.append(f"{censored} censored potencies are not compared")
    known = means.drop_nulls("ec50_molar")
    names = whole["run"].unique(maintain_order=True)
    return {str(name): known.filter(pl.col("run") == name) for name in names}, told

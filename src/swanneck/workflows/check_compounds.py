"""A library of compounds: standard forms, duplicates, alerts, properties; its layouts and its transfer lists."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from swanneck.chemistry.fingerprints import cluster_structures, make_fingerprints
from swanneck.compounds.library import Library, build_library, describe_library, find_alerts, read_sdf
from swanneck.compounds.picks import check_against_library
from swanneck.compounds.plate_layouts import LayoutDesign, design_layout
from swanneck.compounds.transfers import TransferPlan, TransferRules, plan_transfers
from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.tables import LAYOUT, check_table
from swanneck.foundation.text_tables import LINE, read_text_table
from swanneck.foundation.units import molar_factor, to_molar
from swanneck.screening.layouts import read_layout
from swanneck.screening.readout_tables import parse_number

__all__ = [
    "alert_compounds", "check_compounds", "layout_compounds", "read_dose", "read_library", "read_stocks",
    "transfer_compounds", "write_echo",
]  # fmt: skip

_NAMES = ("compound", "name", "pert_iname", "compound_name", "id", "broad_sample", "title")
_STRUCTURES = ("structure", "smiles", "canonical_smiles", "isomeric_smiles")
_MOST_CLUSTERED = 5_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CheckedCompounds:
    """The library, its properties, and the files that were written."""

    library: Library
    properties: pl.DataFrame
    files: list[Path]


def read_library(
    path: Path, *, compound: str | None = None, structure: str | None = None, progress: Progress | None = None
) -> Library:
    """Read a library from an SD file, a text table, or a list of SMILES and names (`.smi`), in standard form.

    Columns are found by their usual names where they are not said. Raises `InputError` where there is no column of
    structures.
    """
    tell = None if progress is None else partial(progress, "structures")
    if path.suffix.lower() in (".sdf", ".sd"):
        return build_library(read_sdf(path), progress=tell)
    if path.suffix.lower() == ".smi":
        return build_library(_read_smiles(path), progress=tell)
    known = {*_NAMES, *_STRUCTURES, compound, structure}
    text = read_text_table(path, lambda cells: len(known & {cell.strip() for cell in cells} | _folded(cells)) > 1)
    table = text.table.drop(LINE)
    names = {name.strip().lower(): name for name in table.columns}
    chosen = structure or next((names[name] for name in _STRUCTURES if name in names), None)
    called = compound or next((names[name] for name in _NAMES if name in names and names[name] != chosen), None)
    missing = [name for name in (chosen, called) if name is not None and name not in table.columns]
    if chosen is None or missing:
        problem = f"no column {missing[0]!r}" if missing else "no column of structures"
        raise InputError(
            problem, where=str(path), remedy=f"There are: {', '.join(table.columns[:20])}; say --structure"
        )
    if called is None:
        table = table.with_columns(pl.format("compound {}", pl.int_range(1, pl.len() + 1)).alias("compound"))
    return build_library(table, compound=called or "compound", structure=chosen, progress=tell)


def _folded(cells: list[str]) -> set[str]:
    return {cell.strip().lower() for cell in cells} & {*_NAMES, *_STRUCTURES}


def _read_smiles(path: Path) -> pl.DataFrame:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot read the list of SMILES: {error}"
        raise InputError(problem, where=str(path)) from error
    parts = [line.split(maxsplit=1) for line in lines if line.strip()]
    names = [part[1].strip() if len(part) > 1 else f"compound {place}" for place, part in enumerate(parts, 1)]
    return pl.DataFrame({"compound": names, "structure": [part[0] for part in parts]})


def check_compounds(
    library: Path,
    *,
    compound: str | None = None,
    structure: str | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> CheckedCompounds:
    """Check a library and write `compounds.csv` (standard forms, properties, scaffold, cluster) and `findings.csv`."""
    made = read_library(library, compound=compound, structure=structure, progress=progress)
    out = out or library.parent
    properties = describe_library(made).drop("compound")
    table = made.table.drop([name for name in properties.columns if name in made.table.columns]).hstack(properties)
    if made.table.height <= _MOST_CLUSTERED:
        table = table.with_columns(cluster=_clusters(made))
    files = [out / "compounds.csv", out / "findings.csv"]
    write_atomically(files[0], table.write_csv().encode())
    write_atomically(files[1], made.findings.write_csv().encode())
    return CheckedCompounds(made, properties, files)


def _clusters(library: Library) -> pl.Series:
    molecules = library.molecules()
    numbers = iter(cluster_structures(make_fingerprints([one for one in molecules if one is not None])))
    return pl.Series([None if one is None else next(numbers) for one in molecules], dtype=pl.Int64)


def alert_compounds(
    library: Path,
    *,
    compound: str | None = None,
    structure: str | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """List the structural alerts of a library, and write them as `alerts.csv`."""
    alerts = find_alerts(read_library(library, compound=compound, structure=structure, progress=progress))
    write_atomically(out or library.parent / "alerts.csv", alerts.write_csv().encode())
    return alerts


def layout_compounds(compounds: Path, settings: LayoutDesign, *, column: str = "compound", out: Path) -> pl.DataFrame:
    """Place the compounds of a table on plates at random and write the plate map."""
    table = read_text_table(compounds, lambda cells: column in [cell.strip() for cell in cells]).table
    if column not in table.columns:
        problem = f"the table has no column {column!r}"
        raise InputError(problem, where=str(compounds), remedy=f"There are: {', '.join(table.columns[1:20])}")
    layout = design_layout(table[column].drop_nulls().unique(maintain_order=True).to_list(), settings)
    shown = layout.rename({"concentration_molar": "concentration_M"})
    write_atomically(out, shown.write_csv().encode())
    return layout


def read_dose(text: str) -> float:
    """Read a dose with its unit as mol/L; raises `SettingsError` where it has none.

    >>> read_dose("10 uM")
    1e-05
    """
    match = re.fullmatch(r"\s*([0-9.,eE+-]+?)\s*([a-zA-Zµμ/]+)\s*", text)
    value = parse_number(match[1]) if match else None
    if match is None or value is None or value <= 0:
        problem = f"a dose is a positive number with its unit, got {text!r}"
        raise SettingsError(problem, remedy="Write it like 10 uM")
    return to_molar(value, match[2])


def transfer_compounds(
    layout: Path, stocks: Path, *, rules: TransferRules | None = None, library: Path | None = None, out: Path
) -> TransferPlan:
    """Plan the transfers of a plate map from a table of stocks, and write them with the problems beside.

    With a library the compounds are checked against it: what it has not, what has no structure, what is the same twice.

    The stocks have `compound`, `source_plate`, `source_well`, `stock` with its unit (a column `unit`) or
    `stock_molar`, and `volume_nl` or `volume_ul`.
    """
    read = read_layout(layout)
    table = check_table(read.table.with_columns(pl.col("plate").fill_null("plate 1")), LAYOUT)
    plan = plan_transfers(table, read_stocks(stocks), rules)
    problems = plan.problems
    if library is not None:
        names = table["compound"].drop_nulls().unique(maintain_order=True).to_list()
        against = check_against_library(names, read_library(Path(library)))
        problems = pl.concat([problems, against], how="diagonal")
    write_atomically(out, plan.transfers.write_csv().encode())
    write_atomically(out.with_name(f"{out.stem}-problems.csv"), problems.write_csv().encode())
    write_echo(plan.transfers, out)
    return TransferPlan(plan.transfers, plan.sources, problems)


def write_echo(transfers: pl.DataFrame, out: Path) -> None:
    """Write transfers once more beside `out`, in the columns that an Echo's cherry-pick program asks for."""
    shown = transfers.select(
        pl.col("source_plate").alias("Source Plate Name"), pl.col("source_well").alias("Source Well"),
        pl.col("destination_plate").alias("Destination Plate Name"),
        pl.col("destination_well").alias("Destination Well"), pl.col("volume_nl").alias("Transfer Volume"),
    )  # fmt: skip
    write_atomically(out.with_name(f"{out.stem}-echo.csv"), shown.write_csv().encode())


def read_stocks(path: Path) -> pl.DataFrame:
    """Read a table of stocks: compound, source plate and well, concentration in mol/L, volume in nL.

    Raises `InputError` where a concentration has no unit; what else is missing `plan_transfers` says.
    """
    table = read_text_table(path, lambda cells: "source_well" in [cell.strip() for cell in cells]).table.drop(LINE)
    numbers = {
        name: _numbers(table[name])
        for name in ("stock", "stock_molar", "volume_nl", "volume_ul")
        if name in table.columns
    }
    columns = {name: table[name] for name in ("compound", "source_plate", "source_well") if name in table.columns}
    made = pl.DataFrame(columns)
    if "stock_molar" in numbers:
        made = made.with_columns(stock_molar=pl.Series(numbers["stock_molar"], dtype=pl.Float64))
    elif "stock" in numbers:
        if "unit" not in table.columns:
            problem = "the stocks have no unit"
            raise InputError(problem, where=str(path), remedy="Add a column unit (mM), or name the column stock_molar")
        factors = [None if unit is None else molar_factor(unit) for unit in table["unit"]]
        values = [
            a * b if a is not None and b is not None else None for a, b in zip(numbers["stock"], factors, strict=True)
        ]
        made = made.with_columns(stock_molar=pl.Series(values, dtype=pl.Float64))
    if "volume_nl" in numbers:
        made = made.with_columns(volume_nl=pl.Series(numbers["volume_nl"], dtype=pl.Float64))
    elif "volume_ul" in numbers:
        made = made.with_columns(volume_nl=pl.Series(numbers["volume_ul"], dtype=pl.Float64) * 1000)
    return made


def _numbers(values: pl.Series) -> list[float | None]:
    return [None if value is None else parse_number(value) for value in values]

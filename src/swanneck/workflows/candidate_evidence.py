"""Gathers what is known of screened compounds into one table: activity, drug, exposure, other screens, alerts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rdkit import Chem

from swanneck.chemistry.alerts import AlertScreen
from swanneck.chemistry.molecules import Standardiser, inchi_key, read_structures
from swanneck.compounds.annotations import JoinedAnnotations, hub_annotations, join_annotations
from swanneck.compounds.exposure import free_exposure
from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.text_tables import LINE, read_text_table
from swanneck.foundation.units import to_molar
from swanneck.screening.plate_maps.words import name_and_unit
from swanneck.screening.readout_tables import parse_number
from swanneck.workflows.candidate_settings import EvidenceFiles, ScreenColumns

__all__ = [
    "EvidenceFiles",
    "ScreenColumns",
    "ScreenTable",
    "add_alerts",
    "count_other_screens",
    "join_drugs",
    "read_screen",
]


@dataclass(frozen=True)
class ScreenTable:
    """One row per compound with its activity, and what was understood of the file."""

    table: pl.DataFrame
    understood: list[str]


def read_screen(path: Path, columns: ScreenColumns | None = None) -> ScreenTable:
    """Read a screen's results: a results folder or its `hits.parquet`, or a text table of one dose per compound.

    Rows of one compound and dose are replicates: their mean counts; of several doses the highest counts. Raises
    `InputError` where a column is missing, or no row has a number.
    """
    columns = columns or ScreenColumns()
    folder = path / "results" if (path / "results").is_dir() else path
    hits = folder / "hits.parquet" if folder.is_dir() else path
    if hits.suffix == ".parquet":
        if not hits.is_file():
            problem = "there are no results here: hits.parquet is missing"
            raise InputError(problem, where=str(path), remedy="Run the screen first (swanneck screen run)")
        table = pl.read_parquet(hits, glob=False).with_columns(inhibition=pl.col("maximum_inhibition"))
        first = table.sort("is_hit", descending=True, maintain_order=True).unique("compound", maintain_order=True)
        return ScreenTable(first, [f"{hits.name}: {first.height} compounds"])
    return _read_single_dose(path, columns)


def _read_single_dose(path: Path, columns: ScreenColumns) -> ScreenTable:
    if (columns.remaining is None) == (columns.inhibition is None):
        problem = "say which column is the activity: --remaining or --inhibition, one of them"
        raise SettingsError(problem, where=str(path))
    text = read_text_table(path, lambda cells: columns.compound in [cell.strip() for cell in cells])
    activity = columns.remaining or columns.inhibition
    wanted = {"activity": activity, "second_readout": columns.second, "viability": columns.viability}
    missing = [name for name in (columns.compound, *wanted.values()) if name and name not in text.table.columns]
    if missing:
        problem = f"the table has no column {', '.join(map(repr, missing))}"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(text.table.columns[1:21])}")
    parts: dict[str, pl.Series | list[float | None] | list[str | None]] = {"compound": text.table[columns.compound]}
    parts |= {name: _numbers(text.table[column]) for name, column in wanted.items() if column}
    dose, unit = _dose_column(text.table, columns)
    if dose is not None and unit is not None:
        parts["concentration_molar"] = [
            None if value is None else to_molar(value, unit) for value in _numbers(text.table[dose])
        ]
    given = pl.DataFrame(parts).filter(pl.col("compound").is_not_null())
    rows = given.filter(pl.col("activity").is_not_null())
    n_untreated, n_lost = 0, given.height - rows.height
    if "concentration_molar" in rows.columns:
        if (rows["concentration_molar"] < 0).any():
            problem = f"a dose in column {dose!r} is negative"
            raise InputError(problem, where=str(path), remedy="Give doses as they are, not their logarithms")
        n_untreated = rows.filter(pl.col("concentration_molar") == 0).height
        rows = rows.filter(pl.col("concentration_molar").is_null() | (pl.col("concentration_molar") > 0))
    if not rows.height:
        problem = "no row has a compound and a number"
        raise InputError(problem, where=str(path))
    understood = [*text.notes, f"{rows['compound'].n_unique()} compounds in {rows.height} rows"]
    understood += [f"{n_lost} rows without a number in {activity!r} are left out"] if n_lost else []
    understood += [f"{n_untreated} rows with a dose of 0 are left out"] if n_untreated else []
    return ScreenTable(_summarise(rows, invert=columns.remaining is not None), understood)


def _numbers(values: pl.Series) -> list[float | None]:
    return [None if value is None else parse_number(value) for value in values]


def _dose_column(table: pl.DataFrame, columns: ScreenColumns) -> tuple[str | None, str | None]:
    for name in [columns.concentration] if columns.concentration else table.columns:
        if name == LINE or name not in table.columns:
            continue
        word, unit = name_and_unit(name)
        if columns.concentration or word in ("concentration", "conc", "dose"):
            return name, columns.unit or unit
    return None, None


def _summarise(rows: pl.DataFrame, *, invert: bool) -> pl.DataFrame:
    """Mean of the replicates of each compound at its highest dose, in the order of the file."""
    rows = rows.with_columns(inhibition=(100 - pl.col("activity")) if invert else pl.col("activity")).drop("activity")
    if "concentration_molar" in rows.columns:
        top = pl.col("concentration_molar").max().over("compound")
        rows = rows.filter((pl.col("concentration_molar") == top) | top.is_null())
    values = [name for name in rows.columns if name != "compound"]
    return rows.group_by("compound", maintain_order=True).agg(
        *(pl.col(name).mean() for name in values),
        inhibition_spread=pl.col("inhibition").std(), n_replicates=pl.len().cast(pl.Int64),
    )  # fmt: skip


def join_drugs(compounds: Sequence[str], files: EvidenceFiles) -> JoinedAnnotations:
    """Join compounds with the drugs of the Repurposing Hub, and with the exposures of the user."""
    drugs = _read(files.drugs, "pert_iname")
    samples = None if files.samples is None else _read(files.samples, "pert_iname")
    settled = {} if files.names is None else dict(_read(files.names, "compound").select("compound", "drug").iter_rows())
    annotations = hub_annotations(drugs, samples)
    joined = join_annotations(compounds, annotations, settled=settled)
    if files.exposure is None:
        return joined
    exposure = free_exposure(_read(files.exposure, "compound"))
    named = join_annotations(exposure["compound"].to_list(), annotations).table.select("compound", "drug")
    exposure = exposure.join(named, on="compound", how="left")
    by_drug = exposure.filter(pl.col("drug").is_not_null()).unique("drug").drop("compound")
    table = joined.table.join(by_drug, on="drug", how="left", maintain_order="left")
    return JoinedAnnotations(table, joined.ambiguous)


def _read(path: Path, column: str) -> pl.DataFrame:
    table = read_text_table(path, lambda cells: column in [cell.strip() for cell in cells]).table
    if column not in table.columns:
        problem = f"the table has no column {column!r}"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(table.columns[1:21])}")
    return table.drop(LINE)


def count_other_screens(table: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """Add `n_other_screens` and `n_other_active`: in how many other screens a compound was, and was active.

    `table` has `compound`, `drug` and `inchi_key`. Structures are compared by skeleton, without stereochemistry.
    """
    counts = {name: [0, 0] for name in table["compound"]}
    for path in paths:
        text = read_text_table(path, lambda cells: bool(_NAMED & {cell.strip().lower() for cell in cells})).table
        calls = _calls_of(text.drop(LINE), path)
        for name, drug, key in table.select("compound", "drug", "inchi_key").iter_rows():
            ways = (_plain(name), _plain(drug), (key or "")[:14])
            call = next((calls[one] for one in ways if one and one in calls), None)
            if call is not None:
                counts[name][0] += 1
                counts[name][1] += int(call)
    return table.with_columns(
        n_other_screens=pl.Series([counts[name][0] for name in table["compound"]], dtype=pl.Int64),
        n_other_active=pl.Series([counts[name][1] for name in table["compound"]], dtype=pl.Int64),
    )


_NAMED = {"compound", "structure", "smiles"}


def _plain(name: str | None) -> str:
    return "".join(letter for letter in (name or "").casefold() if letter.isalnum())


_TRUE, _FALSE = {"1", "true", "yes", "active", "hit"}, {"0", "false", "no", "inactive"}


def _calls_of(table: pl.DataFrame, path: Path) -> dict[str, bool]:
    """Give the call of each compound by its plain name, or by the first 14 letters of its InChIKey."""
    names = {name.lower(): name for name in table.columns}
    words = {name: set(table[name].drop_nulls().str.to_lowercase()) for name in table.columns}
    call = next((name for name, found in words.items() if found and found <= _TRUE | _FALSE), None)
    if call is None:
        problem = "no column of calls (0 and 1, true and false)"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(table.columns[:20])}")
    active = [None if text is None else text.lower() in _TRUE for text in table[call]]
    if "compound" in names:
        keys = [_plain(name) for name in table[names["compound"]]]
    else:
        standardiser = Standardiser()
        structures = table[names.get("structure") or names["smiles"]]
        keys = [_skeleton(molecule, standardiser) for molecule in read_structures(structures)]
    found: dict[str, bool] = {}
    for key, value in zip(keys, active, strict=True):
        if key and value is not None:
            found[key] = found.get(key, False) or value
    return found


def _skeleton(molecule: Chem.Mol | None, standardiser: Standardiser) -> str:
    if molecule is None:
        return ""
    try:
        return inchi_key(standardiser.standardise(molecule).molecule)[:14]
    except InputError:
        return ""


def add_alerts(table: pl.DataFrame, progress: Callable[[int, int], None] | None = None) -> pl.DataFrame:
    """Add `smiles` (standard form) and `alerts`: kinds and patterns, empty without any, null without a structure."""
    standardiser, screen = Standardiser(), AlertScreen()
    smiles: list[str | None] = []
    alerts: list[str | None] = []
    for place, molecule in enumerate(read_structures(table["structure"]), 1):
        if progress:
            progress(place, table.height)
        try:
            standard = None if molecule is None else standardiser.standardise(molecule)
        except InputError:
            standard = None
        smiles.append(None if standard is None else standard.smiles)
        found = {} if standard is None else screen.find(standard.molecule, hints=True)
        told = "; ".join(f"{kind}: {', '.join(patterns)}" for kind, patterns in found.items())
        alerts.append(None if standard is None else told)
    return table.with_columns(smiles=pl.Series(smiles, dtype=pl.String), alerts=pl.Series(alerts, dtype=pl.String))

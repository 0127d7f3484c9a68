"""Choosing from a library: a diverse subset, analogues of hits, groups of like compounds, picks from stocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from swanneck.compounds.groups import choose_subset, group_library, summarise_groups
from swanneck.compounds.library import Library
from swanneck.compounds.picks import PickRules, check_against_library, pick_compounds
from swanneck.compounds.series import find_analogues
from swanneck.compounds.transfers import TransferPlan
from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.text_tables import LINE, read_text_table
from swanneck.workflows.check_compounds import Progress, read_library, read_stocks, write_echo

__all__ = [
    "ActiveCalls", "GroupedCompounds", "choose_compounds", "group_compounds", "list_analogues", "pick_from_stocks",
    "read_calls",
]  # fmt: skip

_TRUE, _FALSE = {"1", "1.0", "true", "yes", "active", "hit"}, {"0", "0.0", "false", "no", "inactive", "no hit"}


@dataclass(frozen=True)
class ActiveCalls:
    """Which compounds were tested, and which were active; several rows of a compound count as active if one is."""

    active: dict[str, bool]

    def of(self, compounds: pl.Series) -> list[bool | None]:
        """Give the call of each compound, None where it was not tested."""
        return [self.active.get(name) for name in compounds]


def read_calls(path: Path, column: str = "is_hit", *, compound: str = "compound") -> ActiveCalls:
    """Read calls from a campaign's `hits.parquet` (or its folder), or a table with `compound` and a column of calls.

    Calls are 0 and 1, true and false, yes and no, active and inactive. Raises `InputError` where there are none.
    """
    if path.is_dir():
        inside = [path / "results" / "hits.parquet", path / "hits.parquet"]
        path = next((one for one in inside if one.is_file()), inside[0])
    if path.suffix.lower() == ".parquet":
        try:
            table = pl.read_parquet(path, glob=False)
        except (pl.exceptions.PolarsError, OSError) as error:
            problem = f"the hits cannot be read: {str(error).splitlines()[0]}"
            raise InputError(problem, where=str(path)) from error
    else:
        table = read_text_table(path, lambda cells: {compound, column} <= {cell.strip() for cell in cells}).table
    missing = [name for name in (compound, column) if name not in table.columns]
    if missing:
        there = [name for name in table.columns if name != LINE]
        problem = f"there is no column {missing[0]!r}"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(there[:20])}")
    words = table[column].cast(pl.String).str.to_lowercase()
    strange = words.drop_nulls().filter(~words.drop_nulls().is_in([*_TRUE, *_FALSE]))
    if strange.len() or not words.count():
        problem = f"column {column!r} has no calls (0 and 1, true and false)" + (
            f", but {strange[0]!r}" if strange.len() else ""
        )
        raise InputError(problem, where=str(path))
    found: dict[str, bool] = {}
    for name, word in zip(table[compound].cast(pl.String), words, strict=True):
        if name is not None and word is not None:
            found[name] = found.get(name, False) or word in _TRUE
    return ActiveCalls(found)


def choose_compounds(
    library: Path,
    count: int,
    *,
    keep: Sequence[str] = (),
    seed: int = 1,
    out: Path | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Choose a diverse subset of a library (MaxMin), the kept compounds first, and write it."""
    chosen = choose_subset(read_library(Path(library), progress=progress), count, keep=keep, seed=seed)
    if out is not None:
        write_atomically(Path(out), chosen.write_csv().encode())
    return chosen


def list_analogues(
    library: Path,
    compounds: Sequence[str] = (),
    *,
    hits: Path | None = None,
    least_similarity: float = 0.5,
    out: Path | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """List the analogues of compounds (of all hits of a table where none is named), with their call where there is one.

    Hits without a structure in the library are passed over; a compound that is named must be there.
    """
    calls = read_calls(Path(hits)) if hits else None
    made = read_library(Path(library), progress=progress)
    wanted = list(compounds)
    if not wanted:
        if calls is None:
            problem = "whose analogues? Name a compound, or a table of hits"
            raise SettingsError(problem, remedy="--of remdesivir, or --hits my-screen")
        known = set(made.table.filter(pl.col("inchi_key").is_not_null())["compound"])
        wanted = [name for name, active in calls.active.items() if active and name in known]
        if not wanted:
            problem = "no hit has a structure in the library"
            raise InputError(problem, where=str(hits), remedy="Are compounds named as in the library?")
    found = find_analogues(made, wanted, least_similarity=least_similarity)
    if calls is not None:
        found = found.with_columns(active=pl.Series(calls.of(found["analogue"]), dtype=pl.Boolean))
    if out is not None:
        write_atomically(Path(out), found.write_csv().encode())
    return found


@dataclass(frozen=True)
class GroupedCompounds:
    """The group of each compound, and a row per cluster and per scaffold, with hits counted where there are calls."""

    table: pl.DataFrame
    clusters: pl.DataFrame
    scaffolds: pl.DataFrame


def group_compounds(
    library: Path,
    *,
    hits: Path | None = None,
    column: str = "is_hit",
    least_similarity: float = 0.4,
    out: Path | None = None,
    progress: Progress | None = None,
) -> GroupedCompounds:
    """Group a library by clusters of like structures and by scaffolds; with calls, find groups rich in hits.

    `hits` may be the library's own file, with its `column` of calls. `out` is a folder for the three tables.
    """
    made = read_library(Path(library), progress=progress)
    table = group_library(made, least_similarity=least_similarity)
    active = None
    if hits is not None and Path(hits) == Path(library):
        active = _own_calls(made, column, Path(library))
    elif hits is not None:
        active = read_calls(Path(hits), column).of(table["compound"])
        if not any(one is not None for one in active):
            problem = "no compound of the library has a call"
            raise InputError(problem, where=str(hits), remedy="Are compounds named as in the library?")
    if active is not None:
        table = table.with_columns(active=pl.Series(active, dtype=pl.Boolean))
    clusters, scaffolds = (summarise_groups(table, by, active) for by in ("cluster", "scaffold"))
    if out is not None:
        for name, one in (("compounds", table), ("clusters", clusters), ("scaffolds", scaffolds)):
            write_atomically(Path(out) / f"{name}.csv", one.write_csv().encode())
    return GroupedCompounds(table, clusters, scaffolds)


def _own_calls(library: Library, column: str, path: Path) -> list[bool | None]:
    if column not in library.table.columns:
        problem = f"there is no column {column!r}"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(library.table.columns[:20])}")
    words = [None if word is None else str(word).lower() for word in library.table[column]]
    strange = next((word for word in words if word is not None and word not in _TRUE | _FALSE), None)
    if strange is not None:
        problem = f"column {column!r} has no calls (0 and 1, true and false), but {strange!r}"
        raise InputError(problem, where=str(path))
    return [None if word is None else word in _TRUE for word in words]


def pick_from_stocks(
    compounds: Path,
    stocks: Path,
    *,
    column: str = "compound",
    rules: PickRules | None = None,
    library: Path | None = None,
    out: Path,
) -> TransferPlan:
    """Pick the compounds of a table (hits only, where it has a column `is_hit`) from their stocks onto new plates.

    With a library the list is checked against it first. Writes the picks, the same for the dispenser's program, and the
    problems beside.
    """
    names = _names(Path(compounds), column)
    plan = pick_compounds(names, read_stocks(Path(stocks)), rules)
    problems = plan.problems
    if library is not None:
        problems = pl.concat([problems, check_against_library(names, read_library(Path(library)))])
    write_atomically(out, plan.transfers.write_csv().encode())
    write_atomically(out.with_name(f"{out.stem}-problems.csv"), problems.write_csv().encode())
    write_echo(plan.transfers, out)
    return TransferPlan(plan.transfers, plan.sources, problems)


def _names(path: Path, column: str) -> list[str]:
    if path.is_dir() or path.suffix.lower() == ".parquet":
        return [name for name, active in read_calls(path).active.items() if active]
    table = read_text_table(path, lambda cells: column in {cell.strip() for cell in cells}).table
    if column not in table.columns:
        problem = f"the table has no column {column!r}"
        raise InputError(problem, where=str(path), remedy=f"There are: {', '.join(table.columns[1:20])}")
    if "is_hit" in table.columns:
        return [name for name, active in read_calls(path, compound=column).active.items() if active]
    return table[column].drop_nulls().unique(maintain_order=True).to_list()

"""What other files add to a screen: a plate reader's values, links of plates, what a person decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from swanneck.foundation.errors import SettingsError
from swanneck.screening.decisions import override_calls, read_decisions
from swanneck.screening.linked_plates import call_stages, join_readouts, read_links
from swanneck.screening.readout_tables import ReadoutTable, read_readouts
from swanneck.workflows.analyse_wells import ScreenTables
from swanneck.workflows.extra_files import ExtraFiles

__all__ = ["Extras", "add_readouts", "finish_hits", "read_extras"]


@dataclass(frozen=True)
class Extras:
    """The files as they were read."""

    tables: list[ReadoutTable] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    decisions: pl.DataFrame | None = None


def read_extras(files: ExtraFiles) -> Extras:
    """Read the further files of a screen.

    Raises `InputError` where one cannot be read, `SettingsError` where no added table has the readout of viability.
    """
    tables = [read_readouts(path) for path in files.added]
    names = [name for table in tables for name in table.names]
    if files.viability is not None and files.viability not in names:
        problem = (
            f"viability is {files.viability!r}, which is none of the added readouts {', '.join(names) or '(none)'}"
        )
        raise SettingsError(problem)
    links = read_links(files.links) if files.links else {}
    return Extras(tables, links, read_decisions(files.decisions) if files.decisions else None)


def add_readouts(wells: pl.DataFrame, extras: Extras, names: Sequence[str]) -> ReadoutTable:
    """Join the added tables to the wells, by plate and well; `names` are the readouts that these have.

    A linked plate that has wells of its own keeps them; another's readouts join its primary plate.
    """
    joined = ReadoutTable(wells, list(names), [])
    own = set(wells["plate"].unique())
    links = {secondary: primary for secondary, primary in extras.links.items() if secondary not in own}
    for table in extras.tables:
        taken = {name: f"{name}_added" for name in table.names if name in wells.columns and name not in names}
        renamed = replace(table, table=table.table.rename(taken), names=[taken.get(name, name) for name in table.names])
        joined = join_readouts(joined, renamed, links)
    return joined


def finish_hits(tables: ScreenTables, extras: Extras) -> ScreenTables:
    """Say of linked plates which compounds act early and which late, then apply what a person decided.

    Raises `InputError` for a decision on a compound that is not there.
    """
    hits, cascade = call_stages(tables.hits), list(tables.cascade)
    if extras.decisions is not None:
        hits = override_calls(hits, extras.decisions)
        if (extras.decisions["action"] != "mask").any():
            cascade.append(("after decisions", int(hits["is_hit"].fill_null(value=False).sum())))
    return replace(tables, hits=hits, cascade=cascade)

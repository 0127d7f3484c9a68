"""Readouts of several instruments and of linked plates, brought together well by well.

A plate reader's resazurin or luminescence stands beside the images' readouts of the same wells. A secondary plate that
received the supernatant of a primary one (well to well) carries the primary's compounds: its readouts are joined to the
primary's wells. Where both were imaged, each keeps its own wells, quality and curves (column `transfer`), and the hits
say which compounds act early, in the primary plate, and which late, only in what its supernatant infects.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.screening.number_columns import read_number_columns
from swanneck.screening.plate_maps.findings import list_some
from swanneck.screening.readout_tables import ReadoutTable

__all__ = ["APART", "call_stages", "join_readouts", "link_layout", "read_links"]

APART = ("cell_line", "batch", "transfer", "time_of_addition")
"""Columns of the wells that the curves of a compound are fitted apart by, where they are there."""

_ACTIVE = ("full", "partial", "bell_shaped")


def read_links(path: Path) -> dict[str, str]:
    """Read which plate came from which: columns `secondary` and `primary`; gives primary by secondary.

    Raises `InputError` where a secondary plate has two primaries, or a link is not whole.
    """
    table = read_number_columns(path, [], ["secondary", "primary"]).table
    links: dict[str, str] = {}
    for secondary, primary in table.select("secondary", "primary").iter_rows():
        if secondary is None or primary is None:
            problem = "a link needs both plates, secondary and primary"
            raise InputError(problem, where=str(path))
        if links.setdefault(secondary, primary) != primary:
            problem = f"plate {secondary} is linked to {links[secondary]} and to {primary}"
            raise InputError(problem, where=str(path))
    return links


def join_readouts(first: ReadoutTable, second: ReadoutTable, links: dict[str, str] | None = None) -> ReadoutTable:
    """Join the readouts of a second table to the wells of a first, by plate and well.

    Plates that `links` names as secondary are joined to their primary. A readout of the second table that has the name
    of one of the first is called `<name>_2`. Wells that only the second table has are left out, and said so.

    Raises `InputError` where no well of the second table is one of the first, or two plates link to one.

    >>> wells = {"plate": ["P1", "P1"], "well": ["A01", "A02"]}
    >>> images = ReadoutTable(pl.DataFrame(wells | {"infected": [0.5, 0.1]}), ["infected"], [])
    >>> reader = ReadoutTable(pl.DataFrame(wells | {"resazurin": [900.0, 880.0]}), ["resazurin"], [])
    >>> join_readouts(images, reader).table.columns
    ['plate', 'well', 'infected', 'resazurin']
    """
    linked = second.table.with_columns(pl.col("plate").replace(links or {}))
    renamed = {name: f"{name}_2" for name in second.names if name in first.names}
    linked = linked.rename(renamed)
    twice = linked.group_by("plate", "well", maintain_order=True).len().filter(pl.col("len") > 1)
    if twice.height:
        problem = f"two plates give values to well {twice['well'][0]} of plate {twice['plate'][0]}"
        raise InputError(problem, remedy="Link one secondary plate to a primary, or give them readouts of other names")
    matched = linked.join(first.table, on=["plate", "well"], how="semi")
    if not matched.height:
        plates = [list_some(table["plate"].unique(maintain_order=True).to_list()) for table in (linked, first.table)]
        problem = f"no well of the added table is one of the first: plates {plates[0]} against {plates[1]}"
        raise InputError(problem, remedy="Name plates alike, or link secondary plates to their primaries")
    told = [f"{matched.height} wells have values of the added table"]
    if matched.height < linked.height:
        told.append(f"{linked.height - matched.height} wells of the added table are in no plate of the first; left out")
    joined = first.table.join(linked, on=["plate", "well"], how="left", maintain_order="left")
    names = [*first.names, *[renamed.get(name, name) for name in second.names]]
    return replace(first, table=joined, names=names, understood=[*first.understood, *second.understood, *told])


def link_layout(layout: pl.DataFrame, links: dict[str, str], plates: Iterable[str]) -> pl.DataFrame:
    """Give secondary plates the layout of their primaries, and all wells a column `transfer`: primary or secondary.

    A secondary plate that the layout has already keeps its own. `plates` are those that have wells; links of others
    do nothing, and without any the layout stays as it is. Raises `InputError` where a primary is not in the layout.

    >>> layout = pl.DataFrame({"plate": ["P1"], "well": ["A01"], "compound": ["drug"]})
    >>> link_layout(layout, {"S1": "P1"}, ["P1", "S1"]).rows()
    [('P1', 'A01', 'drug', 'primary'), ('S1', 'A01', 'drug', 'secondary')]
    """
    there = set(plates)
    linked = {secondary: primary for secondary, primary in links.items() if secondary in there}
    if not linked:
        return layout
    parts = [layout]
    for secondary, primary in linked.items():
        rows = layout.filter(pl.col("plate") == primary)
        if not rows.height:
            problem = f"plate {secondary} is linked to plate {primary}, which is not in the plate map"
            raise InputError(problem)
        if not (layout["plate"] == secondary).any():
            parts.append(rows.with_columns(pl.lit(secondary).alias("plate")))
    role = pl.when(pl.col("plate").is_in(list(linked))).then(pl.lit("secondary")).otherwise(pl.lit("primary"))
    return pl.concat(parts).with_columns(role.alias("transfer"))


def call_stages(hits: pl.DataFrame) -> pl.DataFrame:
    """Add to the hits of linked plates what a compound `acts` on: `early`, `late` or null, and say so in the reason.

    Active in the primary plate is early; active only in the plates that received the supernatant is late: the
    infection was not stopped, but what came out of it was (hepatitis B screens with secondary plates). Hits without a
    column `transfer` stay as they are.
    """
    if "transfer" not in hits.columns:
        return hits
    names = [name for name in ("compound", *APART) if name in hits.columns and name != "transfer"]
    active = pl.col("class").is_in(_ACTIVE).fill_null(value=False)
    first = (active & (pl.col("transfer") == "primary")).any().over(names)
    second = (active & (pl.col("transfer") == "secondary")).any().over(names)
    acts = pl.when(first).then(pl.lit("early")).when(second).then(pl.lit("late"))
    told = {"early": "acts early: in the primary plate", "late": "acts late: only where the supernatant went"}
    words = pl.col("acts").replace_strict(told, default=None, return_dtype=pl.String)
    reason = pl.concat_str("reason", words, separator="; ", ignore_nulls=True)
    return hits.with_columns(acts.alias("acts")).with_columns(reason.alias("reason"))

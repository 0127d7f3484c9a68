"""What can be said about a plate map, one finding at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

__all__ = ["EVERY_PLATE", "Finding", "Level", "find_wells", "list_some"]

EVERY_PLATE = "every plate"
"""Stands for the plate of a map that is for all plates."""

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (`error`), doubtful (`warning`) or worth knowing (`note`).

    `code` is a fixed word for programs, the rest is for people: what is the matter, where, and what to do.

    >>> print(Finding("well_twice", "error", "2 wells stand in the map twice", "plate P1, wells A01, A02"))
    error: 2 wells stand in the map twice (plate P1, wells A01, A02)
    """

    code: str
    level: Level
    message: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f". {self.remedy}" if self.remedy else ""
        return f"{self.level}: {self.message}{place}{advice}"


def list_some(things: Iterable[object], limit: int = 6) -> str:
    """List the first few things and count the rest; long ones are cut short.

    >>> list_some(["A01", "A02", "A03", "A04"], limit=2)
    'A01, A02 and 2 more'
    """
    words = [str(thing) if len(str(thing)) <= 60 else f"{str(thing)[:57]}..." for thing in things]
    rest = f" and {len(words) - limit} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + rest


def find_wells(rows: pl.DataFrame, code: str, level: Level, *, message: str, remedy: str) -> list[Finding]:
    """Make one finding of all rows with the same trouble, none where there are no rows.

    In `message`, `{}` is the number of wells; `{has}`, `{is}` and `{s}` follow it.

    >>> rows = pl.DataFrame({"plate": ["P1", "P1"], "well": ["A01", "A02"]})
    >>> print(find_wells(rows, "no_dose", "error", message="{} {has} no dose", remedy="Add it")[0])
    error: 2 wells have no dose (plate P1: A01, A02). Add it
    """
    if not rows.height:
        return []
    count = rows.select("plate", "well").n_unique()
    words = {"has": "has", "is": "is", "s": "s"} if count == 1 else {"has": "have", "is": "are", "s": ""}
    counted = f"{count} well{'' if count == 1 else 's'}"
    return [Finding(code, level, message.format(counted, **words), _places(rows), remedy)]


def _places(rows: pl.DataFrame) -> str:
    wells = rows.group_by("plate", maintain_order=True).agg(pl.col("well").unique(maintain_order=True))
    places = [
        f"{plate if plate == EVERY_PLATE else f'plate {plate}'}: {list_some(names)}"
        for plate, names in wells.head(3).rows()
    ]
    return "; ".join(places) + (f"; and {wells.height - 3} more plates" if wells.height > 3 else "")

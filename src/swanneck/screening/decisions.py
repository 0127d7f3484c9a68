"""What a person decides against the program: wells masked, calls overridden; each with a name, a time and a reason.

A table of decisions has the columns `action`, `by`, `when`, `reason`, and what it is about: `plate` and `well` for
`mask`, `compound` for `call hit` and `call no hit`. Nothing is deleted: masked wells stay in the tables with who said
so, and an overridden call keeps what the program had said.
"""

from datetime import datetime
from pathlib import Path

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.text_tables import LINE, read_text_table
from swanneck.foundation.wells import parse_well

__all__ = ["ACTIONS", "mask_wells", "override_calls", "read_decisions"]

ACTIONS = ("mask", "call hit", "call no hit")

_ALWAYS = ("action", "by", "when", "reason")
_ABOUT = {"mask": ("plate", "well"), "call hit": ("compound",), "call no hit": ("compound",)}


def read_decisions(path: Path) -> pl.DataFrame:
    """Read decisions; a table with `action`, `by`, `when`, `reason`, `plate`, `well`, `compound`, in order of time.

    Raises `InputError` where a column is missing, a decision lacks its name, time or reason, the time cannot be read
    (2026-03-31 or 2026-03-31 14:05), or the action is none.
    """
    table = read_text_table(path, lambda cells: set(_ALWAYS) <= {cell.strip() for cell in cells}).table
    missing = [name for name in _ALWAYS if name not in table.columns]
    if missing:
        problem = f"a table of decisions needs the column {missing[0]!r}"
        raise InputError(problem, where=str(path), remedy=f"It has the columns {', '.join(_ALWAYS)}")
    for name in ("plate", "well", "compound"):
        if name not in table.columns:
            table = table.with_columns(pl.lit(None, pl.String).alias(name))
    rows = []
    for row in table.iter_rows(named=True):
        where = f"{path}, line {row[LINE]}"
        if row["action"] not in ACTIONS:
            problem = f"there is no action {row['action']!r}"
            raise InputError(problem, where=where, remedy=f"Choose one of {', '.join(ACTIONS)}")
        for name in (*_ALWAYS, *_ABOUT[row["action"]]):
            if row[name] is None:
                problem = f"a decision to {row['action']} needs {name!r}"
                raise InputError(problem, where=where)
        try:
            when = datetime.fromisoformat(row["when"])
        except ValueError as error:
            problem = f"the time {row['when']!r} cannot be read"
            raise InputError(problem, where=where, remedy="Write it as 2026-03-31 or 2026-03-31 14:05") from error
        well = parse_well(row["well"]) if row["action"] == "mask" else None
        rows.append({name: row[name] for name in (*_ALWAYS, "plate", "compound")} | {"well": well, "_when": when})
    schema = dict.fromkeys((*_ALWAYS, "plate", "compound", "well"), pl.String)
    decided = pl.DataFrame(rows, schema={**schema, "_when": pl.Datetime})
    return decided.sort("_when", maintain_order=True).drop("_when")


def mask_wells(wells: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Give the wells with those that a person masked marked as failed, and who, when and why as their reason.

    Raises `InputError` for a well that is not there.

    >>> wells = pl.DataFrame({"plate": ["P1"], "well": ["A01"], "status": ["ok"], "reason": [None]})
    >>> decided = pl.DataFrame({"action": ["mask"], "by": ["Ana"], "when": ["2026-03-31"], "reason": ["bubble"],
    ...                         "plate": ["P1"], "well": ["A01"], "compound": [None]})
    >>> mask_wells(wells, decided).row(0)
    ('P1', 'A01', 'failed', 'masked by Ana, 2026-03-31: bubble')
    """
    told = pl.format("masked by {}, {}: {}", "by", "when", "reason").alias("_masked")
    masks = decisions.filter(pl.col("action") == "mask").select("plate", "well", told)
    absent = masks.join(wells, on=["plate", "well"], how="anti")
    if absent.height:
        problem = f"well {absent['well'][0]} of plate {absent['plate'][0]} cannot be masked: it is not in the table"
        raise InputError(problem)
    masks = masks.unique(["plate", "well"], keep="last", maintain_order=True)
    joined = wells.join(masks, on=["plate", "well"], how="left", maintain_order="left")
    hit = pl.col("_masked").is_not_null()
    return joined.with_columns(
        pl.when(hit).then(pl.lit("failed")).otherwise(pl.col("status")).alias("status"),
        pl.when(hit).then(pl.col("_masked")).otherwise(pl.col("reason")).alias("reason"),
    ).drop("_masked")


def override_calls(hits: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Give the hits with calls that a person overrode; the reason says who, when and why, and what was said before.

    Of several decisions on a compound the last holds. Raises `InputError` for a compound that is not there.
    """
    calls = decisions.filter(pl.col("action") != "mask").unique("compound", keep="last", maintain_order=True)
    absent = calls.join(hits, on="compound", how="anti")
    if absent.height:
        problem = f"the call of {absent['compound'][0]!r} cannot be overridden: it is not in the table"
        raise InputError(problem)
    told = pl.format("by {}, {}: {}", "by", "when", "reason").alias("_told")
    joined = hits.join(calls.select("compound", "action", told), on="compound", how="left", maintain_order="left")
    over = pl.col("action").is_not_null()
    word = pl.when(pl.col("action") == "call hit").then(pl.lit("called a hit")).otherwise(pl.lit("called no hit"))
    return joined.with_columns(
        pl.when(over).then(pl.col("action") == "call hit").otherwise(pl.col("is_hit")).alias("is_hit"),
        pl.when(over).then(pl.format("{} {}; before: {}", word, "_told", "reason")).otherwise("reason").alias("reason"),
    ).drop("action", "_told")

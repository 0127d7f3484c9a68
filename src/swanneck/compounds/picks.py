"""Cherry-picking: chosen compounds from their stocks onto new plates; and what the library says against a list."""

from collections.abc import Sequence

import polars as pl

from swanneck.compounds.library import Library
from swanneck.compounds.transfers import TransferPlan, check_stocks
from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings
from swanneck.foundation.wells import plate_wells

__all__ = ["PickRules", "check_against_library", "pick_compounds"]


class PickRules(Settings):
    """How picks are made.

    - `volume_nl`: of each compound; whole drops of `drop_nl`. `replicates`: wells of each compound.
    - `dead_volume_nl`: what stays in a source well.
    - `wells`: of a new plate; they are filled in the order A01, A02 ... `skip` are wells that stay free, for controls.
    """

    volume_nl: float = 500.0
    drop_nl: float = 2.5
    replicates: int = 1
    dead_volume_nl: float = 15_000.0
    wells: int = 384
    skip: tuple[str, ...] = ()


_PICK = {"source_plate": pl.String, "source_well": pl.String, "destination_plate": pl.String,
         "destination_well": pl.String, "volume_nl": pl.Float64, "compound": pl.String,
         "stock_molar": pl.Float64}  # fmt: skip
_PROBLEM = {"compound": pl.String, "problem": pl.String}


def pick_compounds(compounds: Sequence[str], stocks: pl.DataFrame, rules: PickRules | None = None) -> TransferPlan:
    """Pick compounds from their stocks onto new plates, one well (or `replicates`) each, in the order given.

    A compound named twice is picked once. Of several stocks the fullest is taken. What cannot be picked is a problem
    and leaves no well empty. Raises `SettingsError` for a volume that is not whole drops, `InputError` for stocks that
    make no sense.

    >>> stocks = pl.DataFrame({"compound": ["a", "b"], "source_plate": ["S", "S"], "source_well": ["A1", "A2"],
    ...                        "stock_molar": [1e-2, 1e-2], "volume_nl": [40_000.0, 100.0]})
    >>> plan = pick_compounds(["a", "b", "c"], stocks)
    >>> plan.transfers.select("source_well", "destination_well", "volume_nl").rows()
    [('A01', 'A01', 500.0)]
    >>> plan.problems["problem"].to_list()
    ['too little stock: 100 nL, 15000 nL stay in the well', 'there is no stock of it']
    """
    rules = rules or PickRules()
    drops = rules.volume_nl / rules.drop_nl
    if rules.volume_nl <= 0 or abs(drops - round(drops)) > 1e-9 or rules.replicates < 1:
        problem = (
            f"a volume of whole drops of {rules.drop_nl:g} nL and a replicate are needed, got {rules.volume_nl:g} nL"
        )
        raise SettingsError(problem)
    places = [well for well in plate_wells(rules.wells) if well not in rules.skip]
    outside = set(rules.skip) - set(plate_wells(rules.wells))
    if outside or not places:
        problem = f"a plate of {rules.wells} wells has no well {min(outside)}" if outside else "all wells are skipped"
        raise SettingsError(problem)
    rows = check_stocks(stocks)
    left = {(row["source_plate"], row["source_well"]): float(str(row["volume_nl"])) for row in rows}
    transfers: list[tuple[object, ...]] = []
    problems: list[tuple[object, ...]] = []
    for compound in dict.fromkeys(compounds):
        own = [row for row in rows if row["compound"] == compound]
        if not own:
            problems.append((compound, "there is no stock of it"))
            continue
        stock = max(own, key=lambda row: left[row["source_plate"], row["source_well"]])
        place = (stock["source_plate"], stock["source_well"])
        if left[place] - rules.volume_nl * rules.replicates < rules.dead_volume_nl:
            text = f"too little stock: {left[place]:g} nL, {rules.dead_volume_nl:g} nL stay in the well"
            problems.append((compound, text))
            continue
        for _ in range(rules.replicates):
            plate, well = divmod(len(transfers), len(places))
            left[place] -= rules.volume_nl
            transfers.append(
                (*place, f"picks {plate + 1}", places[well], rules.volume_nl, compound, stock["stock_molar"])
            )
    sources = pl.DataFrame(rows, infer_schema_length=None).with_columns(left_nl=pl.Series(left.values()))
    table = pl.DataFrame(transfers, schema=_PICK, orient="row")
    return TransferPlan(table, sources, pl.DataFrame(problems, schema=_PROBLEM, orient="row"))


def check_against_library(compounds: Sequence[str], library: Library) -> pl.DataFrame:
    """List what the library says against a list of compounds, a row each: `compound`, `problem`.

    A compound that the library has not, or without a structure that can be read; a name that stands for several
    structures; two that are the same compound by their InChIKey.

    >>> from swanneck.compounds.library import build_library
    >>> made = build_library(pl.DataFrame({"compound": ["a", "b"], "structure": ["CCO", "OCC"]}))
    >>> check_against_library(["a", "b", "c"], made)["problem"].to_list()
    ['is the same compound as a', 'is not in the library']
    """
    known: dict[str, set[str | None]] = {}
    for name, key in library.table.select("compound", "inchi_key").iter_rows():
        known.setdefault(name, set()).add(key)
    seen: dict[str, str] = {}
    problems = []
    for compound in dict.fromkeys(compounds):
        keys = sorted(key for key in known.get(compound, set()) if key)
        if compound not in known:
            problems.append((compound, "is not in the library"))
        elif not keys:
            problems.append((compound, "has no structure that can be read"))
        elif len(keys) > 1:
            problems.append((compound, f"stands for {len(keys)} structures in the library"))
        elif keys[0] in seen:
            problems.append((compound, f"is the same compound as {seen[keys[0]]}"))
        for key in keys:
            seen.setdefault(key, compound)
    return pl.DataFrame(problems, schema=_PROBLEM, orient="row")

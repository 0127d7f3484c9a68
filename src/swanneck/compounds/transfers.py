"""Transfer lists for an acoustic dispenser, checked before a drop falls.

An Echo moves multiples of 2.5 nL (Ellson et al. 2003, JALA 8:29). From a layout and the stocks' places a transfer list
follows; what cannot be dispensed (no stock, too little volume, too much DMSO, a dose that no whole drop gives) is
listed with the reason.
"""

import math
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.foundation.units import format_molar
from swanneck.foundation.wells import parse_well

__all__ = ["TransferPlan", "TransferRules", "check_stocks", "plan_transfers"]


class TransferRules(Settings):
    """Volumes and limits.

    - `assay_volume_nl`: liquid in an assay well after all is in (50 µL in 384 wells).
    - `drop_nl`: the dispenser's step (2.5 nL). `largest_nl`: the most for one well.
    - `most_dmso`: share of DMSO that the cells bear: 0.5 % is the usual limit.
    - `dead_volume_nl`: what stays in a source well (15 µL in a 384-well polypropylene source plate, Labcyte).
    - `dose_tolerance`: how far a dose may be off for want of smaller drops; 10 % is below the assay's spread.
    - `backfill`: top every treated and control well up with DMSO to the same volume.
    """

    assay_volume_nl: float = 50_000.0
    drop_nl: float = 2.5
    largest_nl: float = 1_000.0
    most_dmso: float = 0.005
    dead_volume_nl: float = 15_000.0
    dose_tolerance: float = 0.10
    backfill: bool = True


@dataclass(frozen=True)
class TransferPlan:
    """The transfers in the order of source wells, the source volumes after them, and what cannot be dispensed."""

    transfers: pl.DataFrame
    sources: pl.DataFrame
    problems: pl.DataFrame


_STOCK_COLUMNS = ("compound", "source_plate", "source_well", "stock_molar", "volume_nl")
_TRANSFER = {
    "source_plate": pl.String, "source_well": pl.String, "destination_plate": pl.String, "destination_well": pl.String,
    "volume_nl": pl.Float64, "compound": pl.String, "asked_molar": pl.Float64, "given_molar": pl.Float64,
}  # fmt: skip
_PROBLEM = {"destination_plate": pl.String, "destination_well": pl.String, "compound": pl.String, "problem": pl.String}
_DMSO = "DMSO"


def plan_transfers(layout: pl.DataFrame, stocks: pl.DataFrame, rules: TransferRules | None = None) -> TransferPlan:
    """Plan the transfers that a layout asks for from the stocks that there are.

    `stocks` has `compound`, `source_plate`, `source_well`, `stock_molar` and `volume_nl`; a compound may have several
    (other concentrations, other wells): the one whose whole drops come nearest to the dose is taken, then the fullest.
    Rows of the compound `DMSO` serve for backfilling. Raises `InputError` where a column is missing, a stock has no
    positive concentration, or a source well is named twice.

    >>> layout = pl.DataFrame({"plate": ["P1"], "well": ["B02"], "compound": ["a"], "concentration_molar": [1e-5],
    ...                        "role": ["sample"]})
    >>> stocks = pl.DataFrame({"compound": ["a"], "source_plate": ["S1"], "source_well": ["A01"],
    ...                        "stock_molar": [1e-2], "volume_nl": [40_000.0]})
    >>> plan = plan_transfers(layout, stocks, TransferRules(backfill=False))
    >>> plan.transfers.select("volume_nl", "given_molar").rows()
    [(50.0, 1e-05)]
    """
    rules = rules or TransferRules()
    stock_rows = check_stocks(stocks)
    left = {(row["source_plate"], row["source_well"]): float(str(row["volume_nl"])) for row in stock_rows}
    transfers: list[dict[str, object]] = []
    problems: list[tuple[object, ...]] = []
    filled: dict[tuple[str, str], float] = {}
    treated = layout.filter(pl.col("compound").is_not_null() & (pl.col("role") != "empty"))
    for row in treated.iter_rows(named=True):
        where, dose = (row["plate"], row["well"]), row["concentration_molar"]
        own = [stock for stock in stock_rows if stock["compound"] == row["compound"]]
        choice, problem = _choose_stock(own, dose, left, rules)
        if problem is None and filled.get(where, 0.0) + choice[1] > rules.most_dmso * rules.assay_volume_nl:
            share = 100 * (filled.get(where, 0.0) + choice[1]) / rules.assay_volume_nl
            problem = f"{share:.2g} % DMSO in the well, at most {100 * rules.most_dmso:.2g} % is allowed"
        if problem is not None:
            problems.append((*where, row["compound"], problem))
            continue
        stock, volume = choice
        transfers.append(_transfer(stock, where, volume, asked=dose, rules=rules))
        left[stock["source_plate"], stock["source_well"]] -= volume
        filled[where] = filled.get(where, 0.0) + volume
    if rules.backfill:
        _backfill(layout, stock_rows, (left, filled), told=(transfers, problems), rules=rules)
    sources = pl.DataFrame(
        [
            {**{name: row[name] for name in _STOCK_COLUMNS}, "left_nl": left[row["source_plate"], row["source_well"]]}
            for row in stock_rows
        ],
        infer_schema_length=None,
    )
    table = pl.DataFrame(transfers, schema=_TRANSFER)
    order = ["source_plate", "destination_plate", "source_well", "destination_well"]
    return TransferPlan(
        table.sort(order, maintain_order=True), sources, pl.DataFrame(problems, schema=_PROBLEM, orient="row")
    )


def check_stocks(stocks: pl.DataFrame) -> list[dict[str, object]]:
    """Give the stocks as rows with proper wells; raises `InputError` where they make no sense."""
    missing = [name for name in _STOCK_COLUMNS if name not in stocks.columns]
    if missing:
        problem = f"the stocks lack the columns {', '.join(missing)}"
        raise InputError(problem, remedy=f"Needed: {', '.join(_STOCK_COLUMNS)}")
    rows = stocks.with_columns(pl.col("source_well").map_elements(parse_well, return_dtype=pl.String)).to_dicts()
    for row in rows:
        if row["volume_nl"] is None or row["volume_nl"] < 0:
            got = "no number" if row["volume_nl"] is None else f"{row['volume_nl']:g}"
            problem = f"a stock needs its volume, got {got}"
            raise InputError(problem, where=f"{row['source_plate']} {row['source_well']}")
        if row["compound"] != _DMSO and not (row["stock_molar"] or 0) > 0:
            got = "no number" if row["stock_molar"] is None else f"{row['stock_molar']:g} mol/L"
            problem = f"a stock needs a positive concentration, got {got}"
            raise InputError(problem, where=f"{row['compound']}, {row['source_plate']} {row['source_well']}")
    places = [(row["source_plate"], row["source_well"]) for row in rows]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice:
        problem = "a source well is named twice"
        raise InputError(problem, where=" ".join(map(str, twice)))
    return rows


def _choose_stock(
    own: list[dict[str, object]], dose: float | None, left: dict[tuple[object, object], float], rules: TransferRules
) -> tuple[tuple[dict[str, object], float], str | None]:
    nothing: tuple[dict[str, object], float] = ({}, 0.0)
    if not own:
        return nothing, "the library has no stock of it"
    if dose is None or not dose > 0 or math.isinf(dose):
        return nothing, f"the dose must be positive, got {dose}"
    options = []
    for stock in own:
        volume = _whole_drops(dose, float(str(stock["stock_molar"])), rules)
        given = _dose_of(volume, float(str(stock["stock_molar"])), rules)
        options.append(
            (abs(given / dose - 1), -left[stock["source_plate"], stock["source_well"]], stock, volume, given)
        )
    fitting = [one for one in options if one[0] <= rules.dose_tolerance and 0 < one[3] <= rules.largest_nl]
    if not fitting:
        _, _, stock, volume, given = min(options, key=lambda one: one[:2])
        if volume > rules.largest_nl:
            return nothing, f"{volume:g} nL of the stock would be needed, at most {rules.largest_nl:g} nL are dispensed"
        nearest = "no drop" if volume == 0 else f"{volume:g} nL give {format_molar(given)}"
        return nothing, f"no whole drop gives {format_molar(dose)}: {nearest}"
    enough = [one for one in fitting if -one[1] - one[3] >= rules.dead_volume_nl]
    if not enough:
        return (
            nothing,
            f"too little stock: {max(-one[1] for one in fitting):g} nL, {rules.dead_volume_nl:g} nL stay in the well",
        )
    _, _, stock, volume, _ = min(enough, key=lambda one: one[:2])
    return (stock, volume), None


def _whole_drops(dose: float, stock: float, rules: TransferRules) -> float:
    return rules.drop_nl * round(dose * rules.assay_volume_nl / stock / rules.drop_nl)


def _dose_of(volume: float, stock: float, rules: TransferRules) -> float:
    return float(f"{stock * volume / rules.assay_volume_nl:.12g}")


def _transfer(
    stock: dict[str, object], where: tuple[str, str], volume: float, *, asked: float | None, rules: TransferRules
) -> dict[str, object]:
    molar = stock["stock_molar"]
    given = None if asked is None else _dose_of(volume, float(str(molar)), rules)
    return {
        "source_plate": stock["source_plate"], "source_well": stock["source_well"], "destination_plate": where[0],
        "destination_well": where[1], "volume_nl": volume, "compound": stock["compound"], "asked_molar": asked,
        "given_molar": given,
    }  # fmt: skip


def _backfill(
    layout: pl.DataFrame,
    stocks: list[dict[str, object]],
    volumes: tuple[dict[tuple[object, object], float], dict[tuple[str, str], float]],
    *,
    told: tuple[list[dict[str, object]], list[tuple[object, ...]]],
    rules: TransferRules,
) -> None:
    """Add DMSO so that all wells with cells have as much as the well with most."""
    left, filled = volumes
    most = max(filled.values(), default=0.0)
    transfers, problems = told
    for row in layout.filter(pl.col("role") != "empty").iter_rows(named=True):
        where = (row["plate"], row["well"])
        volume = most - filled.get(where, 0.0)
        if volume <= 0:
            continue
        source = max(
            (stock for stock in stocks if stock["compound"] == _DMSO),
            key=lambda stock: left[stock["source_plate"], stock["source_well"]],
            default=None,
        )
        place = None if source is None else (source["source_plate"], source["source_well"])
        if source is None or place is None or left[place] - volume < rules.dead_volume_nl:
            problems.append((*where, _DMSO, f"{volume:g} nL of DMSO are missing to make all wells alike"))
            continue
        left[place] -= volume
        transfers.append(_transfer(source, where, volume, asked=None, rules=rules))

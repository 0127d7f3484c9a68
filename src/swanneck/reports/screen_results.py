"""What a screen's report is made of: plain tables and a few words about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from swanneck.foundation.tables import CURVES, HITS, PLATES, WELLS, Contract, check_table
from swanneck.screening.assays import Readout
from swanneck.screening.consistency import Consistency

__all__ = ["CURVE_POINTS", "GROUP_COLUMNS", "ScreenResults", "check_results", "normalised_column"]

CURVE_POINTS = Contract("curve points", {
    "compound": pl.String(), "readout": pl.String(), "plate": pl.String(), "well": pl.String(),
    "concentration_molar": pl.Float64(), "response": pl.Float64(), "masked": pl.Boolean(), "mask_reason": pl.String(),
})  # fmt: skip
"""One row per point of a curve. `response` is percent; a masked point was left out of the fit, for `mask_reason`."""

GROUP_COLUMNS = ("plate", "batch", "cell_line", "transfer", "time_of_addition")
"""What tells two curves of one compound apart, where `hits` carries it."""


@dataclass(frozen=True)
class ScreenResults:
    """A finished screen, as tables.

    - `wells`: the WELLS contract with one column per readout, the normalised columns (`<readout>_inhibition`,
      `<readout>_viability`, percent), and where they exist `<readout>_reference`, `batch`, `cell_line`.
    - `plates`, `curves`, `hits`: their contracts; further columns are shown where the report knows them. A curve's
      line is drawn from `midpoint_molar`, `slope`, `left` and `right` (else from an uncensored `ec50_molar`, `bottom`
      and `top`); its `role` (`efficacy`, `viability`) is taken from the readout where the column is missing.
    - `curve_points`: the CURVE_POINTS contract.
    - `readouts`: what the columns of `wells` mean.
    - `cascade`: what was left after each step, in order: `[("compounds", 32), ("active", 14)]`.
    - `thumbnails`: a picture (WebP, PNG or JPEG) by plate and well.
    - `consistency`: what several plates say of each other.
    - `minimum_selectivity`: what the probabilities in `hits` are of.
    - `settings`, `provenance`: printed as nested lists. `messages`: sentences for the reader.
    - `date`: printed as it is where given; the report never asks the clock.
    - `hits_file`: where the table of hits lies, seen from the page.

    Tables that do not exist may be `pl.DataFrame()`.
    """

    campaign: str
    wells: pl.DataFrame
    plates: pl.DataFrame = field(default_factory=pl.DataFrame)
    curves: pl.DataFrame = field(default_factory=pl.DataFrame)
    curve_points: pl.DataFrame = field(default_factory=pl.DataFrame)
    hits: pl.DataFrame = field(default_factory=pl.DataFrame)
    readouts: Sequence[Readout] = ()
    cascade: Sequence[tuple[str, int]] = ()
    thumbnails: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    consistency: Consistency = Consistency()
    minimum_selectivity: float = 10.0
    settings: Mapping[str, object] = field(default_factory=dict)
    provenance: Mapping[str, object] = field(default_factory=dict)
    messages: Sequence[str] = ()
    date: str = ""
    hits_file: str = "hits.csv"


def check_results(results: ScreenResults) -> ScreenResults:
    """Return the results with every table cast to its contract; an absent table becomes an empty one.

    Raises `InputError` where a table lacks a column.

    >>> check_results(ScreenResults("a", pl.DataFrame())).hits.columns[:2]
    ['compound', 'is_hit']
    """
    return replace(
        results,
        wells=_complete(results.wells, WELLS),
        plates=_complete(results.plates, PLATES),
        curves=_complete(results.curves, CURVES),
        curve_points=_complete(results.curve_points, CURVE_POINTS),
        hits=_complete(results.hits, HITS),
    )


def normalised_column(readout: Readout, wells: pl.DataFrame) -> str | None:
    """Give the column with a readout's percent of its controls, or nothing where it has none.

    >>> normalised_column(Readout("load", "load", "efficacy"), pl.DataFrame({"load_inhibition": [50.0]}))
    'load_inhibition'
    """
    for suffix in ("_viability", "_inhibition") if readout.role == "viability" else ("_inhibition", "_viability"):
        if readout.name + suffix in wells.columns:
            return readout.name + suffix
    return None


def _complete(table: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    return check_table(table, contract) if table.width else pl.DataFrame(schema=contract.columns)

"""Which candidate first, and why: a score that is a weighted mean of terms, each shown.

A term is between 0 and 1 and has its reason in words. What is not known of a compound gives no credit and is listed as
missing; a term that is known of no compound at all has no weight, and is missing for all.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.foundation.units import format_molar, format_ratio

__all__ = ["PHASES", "Ranking", "RankingWeights", "rank_candidates"]

PHASES = {
    "Launched": 1.0, "Phase 3": 0.8, "Phase 2/Phase 3": 0.7, "Phase 2": 0.6, "Phase 1/Phase 2": 0.5, "Phase 1": 0.4,
    "Withdrawn": 0.2, "Preclinical": 0.1,
}  # fmt: skip
"""What each clinical phase is worth: the share of the way to the patient that is done. A convention."""


class RankingWeights(Settings):
    """How much each term counts, and where its scale begins and ends. All of it is convention: change it.

    - `activity`: pIC50 from 4 (100 µM) to 8 (10 nM), or inhibition at one dose from `least_inhibition` to 100 percent.
    - `second_readout`: from 0 (as infected) to 1 (as healthy), where a second readout was measured.
    - `selectivity`: log10 of the index from 0 to 2; or viability from 70 to 100 percent.
    - `phase`: see `PHASES`.
    - `exposure`: free Cmax over IC50 from 0.01 to 1: above 1 plasma reaches what is needed.
    - `other_screens`: the share of other screens that call it active.
    - `structure`: 1 without alerts; PAINS, reactive groups, aggregation and phospholipidosis (which passes for
      antiviral activity of cationic amphiphilic drugs: Tummino et al. 2021, Science 373:541) take `alert_penalty` each.
    - `least_inhibition`: percent; compounds with less are no candidates.
    """

    activity: float = 3.0
    second_readout: float = 1.0
    selectivity: float = 2.0
    phase: float = 2.0
    exposure: float = 2.0
    other_screens: float = 1.0
    structure: float = 1.0
    least_inhibition: float = 50.0
    alert_penalty: float = 0.4


TERMS = ("activity", "second_readout", "selectivity", "phase", "exposure", "other_screens", "structure")


@dataclass(frozen=True)
class Ranking:
    """The candidates, best first, and the terms of each: `compound`, `term`, `value`, `weight`, `points`, `reason`."""

    table: pl.DataFrame
    terms: pl.DataFrame


def rank_candidates(evidence: pl.DataFrame, weights: RankingWeights | None = None) -> Ranking:
    """Rank compounds by what is known of them; compounds without enough activity are left out.

    `evidence` has one row per `compound` and any of: `ic50_molar` with `ic50_relation`, `inhibition` (percent, at one
    dose) with `concentration_molar`, `second_readout`, `selectivity_index` with `selectivity_relation`, `viability`
    (percent), `phase`, `free_cmax_molar`, `n_other_screens` and `n_other_active`, `alerts` (text, null where the
    structure is unknown). Columns pass through. Equal scores are ordered by name. Raises `InputError` where compounds
    are named twice or there is no measure of activity.

    >>> evidence = pl.DataFrame({"compound": ["a", "b"], "inhibition": [95.0, 70.0], "phase": ["Phase 1", "Launched"]})
    >>> rank_candidates(evidence).table.select("rank", "compound", pl.col("score").round(2)).rows()
    [(1, 'a', 0.7), (2, 'b', 0.64)]
    """
    weights = weights or RankingWeights()
    if "compound" not in evidence.columns or evidence["compound"].is_duplicated().any():
        problem = "the evidence needs one row per compound"
        raise InputError(problem, remedy="Summarise replicates first")
    if not {"ic50_molar", "inhibition"} & set(evidence.columns):
        problem = "the evidence has no activity: neither ic50_molar nor inhibition"
        raise InputError(problem, remedy=f"There are: {', '.join(evidence.columns[:20])}")
    rows = [row for row in evidence.iter_rows(named=True) if _is_active(row, weights)]
    judged = {row["compound"]: _judge(row, weights) for row in rows}
    used = [term for term in TERMS if any(terms[term][0] is not None for terms in judged.values())]
    total = sum(getattr(weights, term) for term in used) or 1.0
    shares = {term: getattr(weights, term) / total if term in used else 0.0 for term in TERMS}
    scores, lines = {}, []
    for compound, terms in judged.items():
        points = {term: shares[term] * (terms[term][0] or 0.0) for term in TERMS}
        scores[compound] = (sum(points.values()), ", ".join(term for term in TERMS if terms[term][0] is None))
        lines += [(compound, term, terms[term][0], shares[term], points[term], terms[term][1]) for term in TERMS]
    candidates = evidence.filter(pl.col("compound").is_in(list(scores)))
    names = candidates["compound"].to_list()
    table = candidates.with_columns(
        score=pl.Series([scores[name][0] for name in names], dtype=pl.Float64),
        missing=pl.Series([scores[name][1] for name in names], dtype=pl.String),
    ).sort(["score", "compound"], descending=[True, False])
    table = table.with_row_index("rank", offset=1).with_columns(pl.col("rank").cast(pl.Int64))
    front = ["rank", "compound", "score", "missing"]
    schema = {"compound": pl.String, "term": pl.String, "value": pl.Float64, "weight": pl.Float64, "points": pl.Float64,
              "reason": pl.String}  # fmt: skip
    others = [name for name in table.columns if name not in front]
    return Ranking(table.select([*front, *others]), pl.DataFrame(lines, schema=schema, orient="row"))


_Row = Mapping[str, object]
_Term = tuple[float | None, str]


def _is_active(row: _Row, weights: RankingWeights) -> bool:
    if row.get("is_hit") is not None:
        return bool(row["is_hit"])
    if _number(row.get("ic50_molar")) is not None and row.get("ic50_relation", "=") != ">":
        return True
    inhibition = _number(row.get("inhibition"))
    return inhibition is not None and inhibition >= weights.least_inhibition


def _judge(row: _Row, weights: RankingWeights) -> dict[str, _Term]:
    return {
        "activity": _activity(row, weights),
        "second_readout": _second(row),
        "selectivity": _selectivity(row),
        "phase": _phase(row),
        "exposure": _exposure(row),
        "other_screens": _others(row),
        "structure": _structure(row, weights),
    }


def _activity(row: _Row, weights: RankingWeights) -> _Term:
    ic50, relation = _number(row.get("ic50_molar")), str(row.get("ic50_relation") or "=")
    if ic50 is not None and ic50 > 0:
        return _scale(-math.log10(ic50), 4.0, 8.0), f"IC50 {format_molar(ic50, relation)}"
    inhibition = _number(row.get("inhibition"))
    if inhibition is None:
        return None, "not measured"
    dose = _number(row.get("concentration_molar"))
    at = "" if dose is None else f" at {format_molar(dose)}"
    return _scale(inhibition, weights.least_inhibition, 100.0), f"{inhibition:.0f} % inhibition{at}"


def _second(row: _Row) -> _Term:
    value = _number(row.get("second_readout"))
    return (None, "not measured") if value is None else (_scale(value, 0.0, 1.0), f"second readout {value:.2f}")


def _selectivity(row: _Row) -> _Term:
    index, relation = _number(row.get("selectivity_index")), str(row.get("selectivity_relation") or "=")
    if index is not None and index > 0 and relation != "<":
        return _scale(math.log10(index), 0.0, 2.0), f"selectivity index {format_ratio(index, relation)}"
    viability = _number(row.get("viability"))
    if viability is None:
        return None, "toxicity was not measured, or the index is not known"
    return _scale(viability, 70.0, 100.0), f"{viability:.0f} % of cells left"


def _phase(row: _Row) -> _Term:
    phase = row.get("phase")
    return (None, "phase unknown") if phase is None else (PHASES.get(str(phase), 0.0), str(phase))


def _exposure(row: _Row) -> _Term:
    free, ic50 = _number(row.get("free_cmax_molar")), _number(row.get("ic50_molar"))
    if free is None or ic50 is None:
        return None, "free Cmax unknown" if free is None else "no IC50 to hold the exposure against"
    if free <= 0:
        return 0.0, "no free drug in plasma"
    ratio = free / ic50
    return _scale(
        math.log10(ratio), -2.0, 0.0
    ), f"free Cmax is {format_ratio(ratio)} times the IC50 ({format_molar(free)})"


def _others(row: _Row) -> _Term:
    count, active = _number(row.get("n_other_screens")), _number(row.get("n_other_active"))
    if not count:
        return None, "in no other screen"
    return (active or 0.0) / count, f"active in {active or 0:.0f} of {count:.0f} other screens"


def _structure(row: _Row, weights: RankingWeights) -> _Term:
    alerts = row.get("alerts")
    if alerts is None:
        return None, "structure unknown"
    kinds = [kind for kind in ("pains", "reactive", "aggregator", "phospholipidosis") if kind in str(alerts)]
    told = f"alerts: {alerts}" if alerts else "no alerts"
    return max(0.0, 1 - weights.alert_penalty * len(kinds)), told


def _scale(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _number(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) else math.nan
    return None if math.isnan(number) else number

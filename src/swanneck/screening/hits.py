"""Which compounds go on, and why: a cascade of rules, each with its count and each verdict with its reason.

    compounds -> active -> not toxic where active -> selective

The selectivity index is CC50 / IC50. A censored potency makes a bound of it: with CC50 `>50 µM` and IC50 2 µM the
index is `>25`; with both censored the same way nothing is known, and it is null with the relation `undefined`.
"""

import math
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.settings import Settings
from swanneck.foundation.tables import HITS, check_table
from swanneck.foundation.units import format_molar, format_ratio
from swanneck.screening.dose_response import DoseResponses
from swanneck.statistics.curves import logistic
from swanneck.statistics.potency_ratio import compare_potencies

__all__ = ["HitCalls", "HitRule", "add_selectivity", "call_hits", "divide_censored"]


class HitRule(Settings):
    """What makes a hit.

    - `minimum_selectivity`: SI of at least 10 is the usual demand on antivirals (for instance Jeon et al. 2020 list
      SI beside IC50; Cos et al. 2006, J Ethnopharmacol 106:290, ask for selectivity at least of this order).
    - `minimum_viability`: percent of untreated cells alive at the IC50; less than 70 % is cytotoxic by ISO 10993-5.
    - `require_ic50`: whether a compound that is active but does not reach 50 % in the tested range may be a hit.
    """

    minimum_selectivity: float = 10.0
    minimum_viability: float = 70.0
    require_ic50: bool = False


@dataclass(frozen=True)
class HitCalls:
    """The hits table, one row per compound, and the cascade: what was asked and how many were left."""

    hits: pl.DataFrame
    cascade: list[tuple[str, int]]

    def __str__(self) -> str:
        return " -> ".join(f"{count} {step}" for step, count in self.cascade)


def divide_censored(
    numerator: tuple[float | None, str | None], denominator: tuple[float | None, str | None]
) -> tuple[float | None, str]:
    """Divide two possibly censored values, each a value and its relation; give the quotient and its relation.

    Two bounds the same way round say nothing: their quotient is `undefined`.

    >>> divide_censored((50e-6, ">"), (2e-6, "="))
    (25.0, '>')
    >>> divide_censored((50e-6, ">"), (50e-6, ">"))
    (None, 'undefined')
    """
    (upper, relation), (lower, other) = numerator, denominator
    if upper is None or lower is None or relation is None or other is None or lower <= 0:
        return None, "undefined"
    flipped = {">": "<", "<": ">", "=": "="}[other]
    if "=" not in (relation, other) and relation != flipped:
        return None, "undefined"
    return round(upper / lower, 12), flipped if relation == "=" else relation


def call_hits(curves: pl.DataFrame, keys: list[str], rule: HitRule | None = None) -> HitCalls:
    """Decide for every compound whether it is a hit, from its efficacy and viability curves.

    `curves` is the table of `dose_response.fit_dose_responses`; `keys` tells compounds apart (compound, perhaps cell
    line). A compound is active where its efficacy curve has a class other than inactive; toxic where it is active
    where fewer than `minimum_viability` percent of the cells are left at its IC50 (at the highest dose where the
    IC50 is not reached); selective where SI reaches `minimum_selectivity` or no CC50 was found in the tested range.
    """
    rule = rule or HitRule()
    names = ["compound", *[key for key in keys if key != "compound"]]
    rows = []
    for values, table in curves.group_by(names, maintain_order=True):
        efficacy, viability = (
            next(iter(table.filter(pl.col("role") == role).iter_rows(named=True)), None)
            for role in ("efficacy", "viability")
        )
        rows.append(dict(zip(names, values, strict=True)) | _decide(efficacy, viability, rule))
    hits = pl.DataFrame(rows, schema_overrides=dict(HITS.columns), infer_schema_length=None)
    if not rows:
        hits = pl.DataFrame(schema={**dict.fromkeys(names, pl.String()), **HITS.columns, "stage": pl.Int64()})
    cascade = [
        (label, int((hits["stage"] >= stage).sum()))
        for stage, label in enumerate(("compounds", "active", "not toxic", "selective"))
    ]
    return HitCalls(check_table(_order(hits.drop("stage")), HITS), cascade)


def add_selectivity(
    hits: pl.DataFrame, responses: DoseResponses, keys: list[str], rule: HitRule | None = None
) -> pl.DataFrame:
    """Add `selectivity_low`, `selectivity_high` (95 %; null: open) and `selectivity_probability` to the hits.

    The probability is that CC50 / IC50 exceeds `minimum_selectivity`, from the likelihoods of both potencies; those of
    censored ones are flat beyond the tested doses, a thousandfold far. Null where the index is undefined: two bounds
    the same way round say nothing. `responses` were fitted by `keys` and the readout.
    """
    threshold = (rule or HitRule()).minimum_selectivity
    readouts: dict[tuple[object, ...], object] = {}
    for row in responses.curves.iter_rows(named=True):
        readouts.setdefault((row["role"], *(row[name] for name in keys)), row["readout"])
    found: dict[str, list[float | None]] = {"low": [], "high": [], "probability": []}
    for hit in hits.iter_rows(named=True):
        key = tuple(hit[name] for name in keys)
        ratio = None
        if hit["selectivity_relation"] != "undefined":
            toxic, active = (
                responses.likelihood(*key, readouts.get((role, *key))) for role in ("viability", "efficacy")
            )
            ratio = compare_potencies(toxic, active, threshold=threshold) if toxic and active else None
        for name, values in found.items():
            values.append(getattr(ratio, name) if ratio else None)
    return hits.with_columns(pl.Series(f"selectivity_{name}", values, pl.Float64) for name, values in found.items())


def _order(hits: pl.DataFrame) -> pl.DataFrame:
    # Hits first, the most potent on top; equal ones by name, so that the order never depends on the input's.
    return (
        hits.with_columns((pl.col("ic50_relation") == ">").alias("_open"))
        .sort(["is_hit", "_open", "ic50_molar", "compound"], descending=[True, False, False, False], nulls_last=True)
        .drop("_open")
    )


Row = dict[str, object]


def _decide(efficacy: Row | None, viability: Row | None, rule: HitRule) -> Row:
    ic50, cc50 = _potency(efficacy), _potency(viability)
    index, relation = divide_censored(cc50, ic50)
    stage, reason = _judge(efficacy, viability, (index, relation), rule)
    row: Row = {
        "is_hit": stage == 3, "reason": reason, "stage": stage,
        "ic50_molar": ic50[0], "ic50_relation": ic50[1], "cc50_molar": cc50[0], "cc50_relation": cc50[1],
        "selectivity_index": index, "selectivity_relation": relation,
    }  # fmt: skip
    for name, curve in (("ic50", efficacy), ("cc50", viability)):
        row |= {f"{name}_{side}": curve[f"ec50_{side}"] if curve else None for side in ("low", "high")}
    return row | {
        "class": efficacy["class"] if efficacy else None,
        "maximum_inhibition": efficacy["effect_at_top_dose"] if efficacy else None,
        "plate": (efficacy or viability or {}).get("plate"),
    }


def _potency(curve: Row | None) -> tuple[float | None, str | None]:
    if curve is None or curve["ec50_molar"] is None:
        return None, None
    return _number(curve["ec50_molar"]), str(curve["ec50_relation"])


def _judge(
    efficacy: Row | None, viability: Row | None, selectivity: tuple[float | None, str], rule: HitRule
) -> tuple[int, str]:
    """Give how many steps of the cascade the compound passed, and the reason in words."""
    if efficacy is None or efficacy["class"] in ("inactive", "too_few_points"):
        return 0, f"not active: {efficacy['reason'] if efficacy else 'no efficacy curve'}"
    reached = efficacy["ec50_relation"] != ">"
    dose = _number(efficacy["ec50_molar"])
    activity = f"IC50 {format_molar(dose, str(efficacy['ec50_relation']))}"
    if not reached and rule.require_ic50:
        return 0, f"not active enough: {efficacy['reason']}, {activity}"
    alive = _viability_at(viability, dose)
    if alive < rule.minimum_viability:
        return 1, f"toxic where active: {round(alive)} % of the cells left at {format_molar(dose)} ({activity})"
    safety = "toxicity was not measured" if viability is None else f"CC50 {_potency_text(viability)}"
    index, relation = selectivity
    censored = viability is None or viability["ec50_relation"] in (">", None)
    if not censored and (index is None or relation == "<" or index < rule.minimum_selectivity):
        shown = "undefined" if index is None else format_ratio(index, relation)
        return 2, f"not selective: SI {shown}, below {rule.minimum_selectivity:g} ({activity}, {safety})"
    shown = "" if index is None else f", SI {format_ratio(index, relation)}"
    shape = str(efficacy["class"]).replace("_", "-")
    partly = "" if shape == "full" else f"{shape} curve, {efficacy['reason']}; "
    return 3, f"{partly}{activity}, {safety}{shown}"


def _potency_text(curve: Row) -> str:
    return format_molar(_number(curve["ec50_molar"]), str(curve["ec50_relation"] or "="))


def _viability_at(curve: Row | None, dose: float) -> float:
    """Percent of cells left at a dose, by the fitted viability curve; 100 where toxicity was not measured."""
    if curve is None or curve["slope"] is None or curve["class"] == "inactive" or math.isnan(dose):
        return 100.0
    left, right = _number(curve["left"]), _number(curve["right"])
    midpoint, slope = _number(curve["midpoint_molar"]), _number(curve["slope"])
    return float(logistic([dose], midpoint=midpoint, slope=slope, left=left, right=right)[0])


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")

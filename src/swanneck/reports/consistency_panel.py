"""How the plates and runs of a screen agree, in words, tables and pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from swanneck.foundation.units import format_molar
from swanneck.reports.consistency_pictures import ControlLimits, Run, draw_effects, draw_repeats, draw_runs
from swanneck.reports.screen_results import ScreenResults
from swanneck.reports.wording import clean_text, format_interval, format_number, plural
from swanneck.screening.consistency import order_plates, pair_runs
from swanneck.screening.linked_plates import APART

__all__ = ["ConsistencyPanel", "gather_consistency"]

Record = Mapping[str, object]

_GROUPS = {"plate": "plates", "batch": "batches"}
_WELLS = {"sample": "samples", "negative_control": "negative controls"}
_STATISTICS = {
    "z_prime": "Z′", "negative_control_median": "negative controls, median",
    "positive_control_median": "positive controls, median", "negative_control_cells": "cells of the negative controls",
}  # fmt: skip
_MANY = 0.05
"""The share of variance that is worth saying, and the p-value of a drift that is worth saying."""


@dataclass(frozen=True)
class ConsistencyPanel:
    """What the page shows: sentences first, then figures with their captions, then tables."""

    effects: Markup
    effect_rows: list[list[str]]
    effect_words: list[str]
    charts: list[dict[str, object]]
    references: list[dict[str, object]]
    repeats: list[dict[str, object]]


def gather_consistency(results: ScreenResults) -> ConsistencyPanel | None:
    """Gather what several plates say of each other; nothing where there is one plate only."""
    found = results.consistency
    if results.plates["plate"].n_unique() < 2:
        return None
    labels = {readout.name: readout.label for readout in results.readouts} | {"cell_count": "cells"}
    rows = list(found.effects.iter_rows(named=True))
    effects = draw_effects([
        (clean_text(labels.get(row["readout"], row["readout"])), f"{_WELLS[row['role']]}, {_GROUPS[row['between']]}",
         100 * row["before"], 100 * (row["after"] or 0.0)) for row in rows
    ]) if rows else Markup("")  # fmt: skip
    table = [
        [f"{_GROUPS[row['between']]} ({row['n_groups']})", clean_text(labels.get(row["readout"], row["readout"])),
         _WELLS[row["role"]], str(row["n_wells"]), _percent(row["before"]), _percent(row["after"])] for row in rows
    ]  # fmt: skip
    return ConsistencyPanel(
        effects, table, _effects_in_words(rows), _charts(results, labels), _references(found.runs),
        _repeats(found.runs, found.ratios),
    )  # fmt: skip


def _percent(share: object) -> str:
    return f"{100 * share:.0f} %" if isinstance(share, float) else "–"


def _effects_in_words(rows: Sequence[Record]) -> list[str]:
    """Say how much of what samples differ by is a matter of plates, and of batches."""
    said = []
    for between in ("plate", "batch"):
        own = [row for row in rows if row["between"] == between and row["role"] == "sample"]
        for row in own[:1]:
            left = row["after"] if isinstance(row["after"], float) else 0.0
            then = "that is little" if left < _MANY else "look at what else these differ in"
            said.append(
                f"{_percent(row['before'])} of the variance between sample wells lay between {_GROUPS[between]} "
                f"as measured, {_percent(left)} after normalisation: {then}."
            )
    return said


def _charts(results: ScreenResults, labels: Mapping[str, str]) -> list[dict[str, object]]:
    """Draw each statistic of plates in their order, with its drift in words."""
    plates = results.plates
    usable = results.wells.filter((pl.col("role") == "negative_control") & (pl.col("status") != "failed"))
    cells = usable.group_by("plate").agg(pl.col("cell_count").median().alias("negative_control_cells"))
    plates = plates.join(cells, on="plate", how="left")
    drifts = {row["statistic"]: row for row in results.consistency.drift.iter_rows(named=True)}
    rows = {row["plate"]: row for row in plates.iter_rows(named=True)}
    charts: list[dict[str, object]] = []
    failing = "the plate fails"
    for name, words in _STATISTICS.items():
        runs = [
            Run(clean_text(plate), _finite(rows[plate].get(name)), failing if rows[plate]["status"] == "fail" else "")
            for plate in order_plates(list(rows))
        ]
        if sum(run.value is not None for run in runs) < 2:
            continue
        readout = labels.get(str(plates["readout"][0]), "") if name.endswith("_median") else ""
        label = f"{words} ({readout})" if readout else words
        charts.append({"label": label, "plot": draw_runs(runs), "drift": _drift_in_words(drifts.get(name))})
    return charts


def _drift_in_words(drift: Record | None) -> str:
    if drift is None:
        return "fewer than four plates: no drift is computed"
    change = format_number(_finite(drift["change"]), 2)
    percent = _finite(drift["percent"])
    share = f" ({'+' if percent > 0 else ''}{format_number(percent, 2)} %)" if percent is not None else ""
    p_value = _finite(drift["p_value"]) or 0.0
    sure = f"drifts by {change}{share}" if p_value < _MANY else f"no drift: {change}{share} may be chance"
    return f"{sure}, p {'<0.001' if p_value < 0.001 else format_number(p_value, 2)}"


def _references(runs: pl.DataFrame) -> list[dict[str, object]]:
    """Draw the control chart of each reference compound (and cell line)."""
    charts: list[dict[str, object]] = []
    own = runs.filter("is_reference")
    keys = [name for name in ("compound", *APART) if name in runs.columns]
    for names, part in own.group_by(keys, maintain_order=True):
        first = part.row(0, named=True)
        limits = None
        if first["centre"] is not None:
            limits = ControlLimits(first["centre"], first["lower_limit"], first["upper_limit"])
        listed = [_reference_run(row) for row in part.iter_rows(named=True)]
        odd = [run for run in listed if run.odd]
        told = f"{plural(part.height, 'plate')}: too few for limits, three potencies are needed"
        if limits:
            told = (
                f"centre {format_molar(limits.centre)}, limits {format_interval(limits.lower, limits.upper)} "
                "(3 s of moving ranges); "
                + ("; ".join(f"{run.plate} {run.odd}" for run in odd) or "every plate in control")
            )
        rows = [
            [clean_text(row["plate"]), format_molar(row["ec50_molar"], row["ec50_relation"] or "="),
             format_interval(row["ec50_low"], row["ec50_high"]) if row["ec50_relation"] == "=" else "",
             clean_text(row["verdict"]) or "–"] for row in part.iter_rows(named=True)
        ]  # fmt: skip
        name = ", ".join(clean_text(one) for one in names if one is not None)
        charts.append({"name": name, "plot": draw_runs(listed, limits, potency=True), "told": told, "rows": rows})
    return charts


def _reference_run(row: Record) -> Run:
    reached = row["ec50_relation"] == "=" and row["class"] != "inactive"
    verdict = str(row["verdict"] or "")
    odd = verdict if verdict not in ("", "in control", "no value") else ""
    return Run(clean_text(row["plate"]), _finite(row["ec50_molar"]) if reached else None, odd)


def _repeats(runs: pl.DataFrame, ratios: pl.DataFrame) -> list[dict[str, object]]:
    repeats: list[dict[str, object]] = []
    for row in ratios.iter_rows(named=True):
        pairs = pair_runs(runs).filter(pl.col("readout") == row["readout"])
        listed = [
            (clean_text(name), first, second)
            for name, first, second in pairs.select("compound", "first_molar", "second_molar").iter_rows()
        ]
        limits = ControlLimits(row["mean_ratio"], row["agreement_low"], row["agreement_high"])
        interval = f"{format_number(row['low'], 2)}–{format_number(row['high'], 2)}"
        grade = "a good assay" if row["ratio"] <= 3 else "usable" if row["ratio"] <= 7.5 else "the assay needs work"
        told = (
            f"Two potencies must differ {format_number(row['ratio'], 2)}-fold (95 % interval {interval}) to differ by "
            f"more than chance: {grade}. From {plural(row['n_compounds'], 'compound')} measured on two plates; the "
            f"second potency is {format_number(1 / row['mean_ratio'], 2)} times the first on average."
        )
        repeats.append({"plot": draw_repeats(listed, limits), "told": told})
    return repeats


def _finite(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value == value and abs(value) != float("inf") else None

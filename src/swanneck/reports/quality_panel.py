"""The quality of each plate, in a table that says what was judged and why."""

from dataclasses import dataclass

import polars as pl

from swanneck.reports.wording import clean_text, format_number, humanise

__all__ = ["STATUS_WORDS", "QualityPanel", "gather_quality"]

STATUS_WORDS = {"pass": ("✓", "pass"), "warn": ("!", "warn"), "fail": ("✕", "fail")}
"""A sign and a word per verdict, so that colour is never the only carrier."""

_MEASURES = (
    ("z_prime", "Z′", 2), ("robust_z_prime", "Robust Z′", 2), ("ssmd", "SSMD", 3), ("signal_to_background", "S/B", 3),
    ("negative_control_cv", "CV negative, %", 2), ("positive_control_cv", "CV positive, %", 2),
    ("edge_effect_percent", "Edge, %", 2), ("gradient_percent", "Gradient, %", 2),
    ("n_failed_wells", "Failed wells", 4), ("n_warning_wells", "Doubtful wells", 4),
    ("n_empty_wells", "Without cells", 4),
)  # fmt: skip
_ELSEWHERE = {
    "plate", "readout", "status", "reasons", "edge_p_value", "gradient_p_value", "n_wells", "n_negative_control",
    "n_positive_control", "negative_control_median", "positive_control_median", "negative_control_percent",
    "positive_control_percent",
}  # fmt: skip
"""Columns that the page shows in another place, or leaves to the table of plates."""


@dataclass(frozen=True)
class QualityPanel:
    """A table of plates: headings, and per plate its name, verdict, cells and reasons."""

    headings: list[str]
    rows: list[dict[str, object]]


def gather_quality(plates: pl.DataFrame) -> QualityPanel:
    """Choose the known measures first, then every further column the quality step wrote; empty columns are left out."""
    known = {name for name, _, _ in _MEASURES} | _ELSEWHERE
    measures = [*_MEASURES, *((name, humanise(name), 3) for name in plates.columns if name not in known)]
    measures = [one for one in measures if one[0] in plates.columns and plates[one[0]].null_count() < len(plates)]
    rows: list[dict[str, object]] = []
    for row in plates.iter_rows(named=True):
        sign, word = STATUS_WORDS.get(row["status"] or "", ("–", "not judged"))
        rows.append({
            "plate": clean_text(row["plate"]), "status": row["status"] if row["status"] in STATUS_WORDS else "none",
            "sign": sign, "word": word, "cells": [_cell(row[name], digits) for name, _, digits in measures],
            "reasons": clean_text(row["reasons"]),
        })  # fmt: skip
    return QualityPanel([label for _, label, _ in measures], rows)


def _cell(value: object, digits: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return format_number(float(value), digits)
    if isinstance(value, list):
        return ", ".join(map(clean_text, value)) or "–"
    return clean_text(value) or "–"

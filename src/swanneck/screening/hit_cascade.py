"""Rules of a screen as data: each keeps what passes it, tells how many are left, and gives its name to what it rejects.

    26,500 compounds -> 567 active -> 124 not toxic

A rule looks at one column of the scored table: a fixed cut, a cut of k robust deviations, a strictly standardised mean
difference, a false discovery rate from an empirical null, agreement of replicates, or a counter-screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.settings import Settings
from swanneck.statistics.empirical_null import null_of_bulk, null_of_controls
from swanneck.statistics.location import mad_deviation, median

__all__ = ["HitCascade", "ScreenRule", "run_cascade", "ssmd_of_replicates"]


class ScreenRule(Settings):
    """One rule: `keep` names those that pass it, `reject` is the reason given to the others.

    - `cut`: passes where the column is at least (`at_most`: at most) `value`.
    - `mad`: passes at `value` robust deviations above (`at_most`: below) the samples' median; 3 is Malo et al.'s (2006,
      Nat Biotechnol 24:167) usual choice.
    - `fdr_of_bulk`, `fdr_of_controls`: passes where the false discovery rate of the score, high (`at_most`: low), is at
      most `value`; the null comes from the bulk of the samples or from the negative controls.
    - `agreement`: passes where at least `value` replicates, given in the column as a list, pass `cut_of_each`.
    A missing value does not pass, unless `missing_passes` (a counter-screen that was not run is no reason to reject).
    """

    keep: str
    reject: str
    column: str
    kind: Literal["cut", "mad", "fdr_of_bulk", "fdr_of_controls", "agreement"] = "cut"
    value: float
    at_most: bool = False
    cut_of_each: float | None = None
    missing_passes: bool = False


@dataclass(frozen=True)
class HitCascade:
    """The table with `is_hit`, `stage` (rules passed) and `reason`, and the steps with how many were left."""

    table: pl.DataFrame
    steps: list[tuple[str, int]]
    cuts: dict[str, str]

    def __str__(self) -> str:
        return " -> ".join(f"{count:,} {name}" for name, count in self.steps)


def run_cascade(table: pl.DataFrame, rules: Sequence[ScreenRule], *, of: str = "compounds") -> HitCascade:
    """Run rules in order over a table with one row per compound (or gene, or well).

    A column `role` may mark controls, which no rule judges but `fdr_of_controls` learns from. Each rule judges what the
    earlier ones left, but deviations and nulls come from all samples, so that the order of rules changes no cut.

    Raises `InputError` where a column is missing or a null cannot be learnt, `SettingsError` for a rule without its
    parts.

    >>> table = pl.DataFrame({"name": ["a", "b", "c"], "score": [5.0, 4.0, 0.1], "cells": [90.0, 20.0, 95.0]})
    >>> rules = [ScreenRule(keep="active", reject="not active", column="score", value=3),
    ...          ScreenRule(keep="not toxic", reject="toxic: few cells left", column="cells", value=50)]
    >>> done = run_cascade(table, rules)
    >>> print(done)
    3 compounds -> 2 active -> 1 not toxic
    >>> done.table["reason"].to_list()
    ['hit', 'toxic: few cells left (20)', 'not active (0.1)']
    """
    missing = [rule.column for rule in rules if rule.column not in table.columns]
    if missing:
        problem = f"the table has no column {missing[0]!r}; it has {', '.join(table.columns)}"
        raise InputError(problem)
    roles = table["role"] if "role" in table.columns else pl.Series(["sample"] * table.height, dtype=pl.String)
    judged = (~roles.is_in(["negative_control", "positive_control", "empty"])).to_numpy()
    left = judged.copy()
    stage = np.where(judged, 0, -1)
    reasons: list[str | None] = ["hit" if one else None for one in judged]
    steps, cuts = [(of, int(left.sum()))], {}
    for rule in rules:
        passed, cuts[rule.keep] = _judge(table, rule, judged, (roles == "negative_control").to_numpy())
        for row in np.flatnonzero(left & ~passed):
            reasons[row] = f"{rule.reject}{_shown(table[rule.column][int(row)])}"
        left &= passed
        stage[left] += 1
        steps.append((rule.keep, int(left.sum())))
    marked = table.with_columns(
        pl.Series("is_hit", left), pl.Series("stage", stage), pl.Series("reason", reasons, dtype=pl.String)
    )
    return HitCascade(marked, steps, cuts)


def _judge(
    table: pl.DataFrame, rule: ScreenRule, samples: np.ndarray, controls: np.ndarray
) -> tuple[np.ndarray, str]:  # fmt: skip
    if rule.kind == "agreement":
        return _agree(table, rule)
    values = table[rule.column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    sign = -1.0 if rule.at_most else 1.0
    if rule.kind == "cut":
        cut = rule.value
    elif rule.kind == "mad":
        centre, spread = median(values[samples]), mad_deviation(values[samples])
        if not spread > 0:
            problem = f"{rule.column} does not vary between samples, so that deviations are no measure"
            raise InputError(problem)
        cut = centre + sign * rule.value * spread
    else:
        learn = values[controls] if rule.kind == "fdr_of_controls" else values[samples]
        null = (null_of_controls if rule.kind == "fdr_of_controls" else null_of_bulk)(sign * learn)
        rates = null.q_values(np.where(samples, sign * values, np.nan))
        told = f"false discovery rate at most {rule.value:g}, null from {null.made_from}"
        return _with_missing(rates <= rule.value, values, rule), told
    passed = sign * values >= sign * cut
    return _with_missing(passed, values, rule), f"{rule.column} {'<=' if rule.at_most else '>='} {cut:.6g}"


def _agree(table: pl.DataFrame, rule: ScreenRule) -> tuple[np.ndarray, str]:
    if rule.cut_of_each is None:
        problem = f"rule {rule.keep!r} needs cut_of_each: what a replicate must reach"
        raise SettingsError(problem)
    element = pl.element() <= rule.cut_of_each if rule.at_most else pl.element() >= rule.cut_of_each
    agreeing = table.select(pl.col(rule.column).list.eval(element).list.sum().fill_null(0)).to_series()
    return (agreeing >= rule.value).to_numpy(), f"{rule.value:g} replicates at {rule.cut_of_each:g}"


def _with_missing(passed: np.ndarray, values: np.ndarray, rule: ScreenRule) -> np.ndarray:
    return np.where(np.isnan(values), rule.missing_passes, passed)


def _shown(value: object) -> str:
    if isinstance(value, pl.Series):
        return f" ({', '.join('–' if one is None else f'{one:.3g}' for one in value)})"
    return f" ({value:.3g})" if isinstance(value, int | float) else " (no value)"


def ssmd_of_replicates(values: Sequence[float], *, controls: Sequence[float] | None = None) -> float:
    """Give the strictly standardised mean difference of a compound's replicates from zero, or from control wells.

    Zhang 2011 (J Biomol Screen 16:775): paired replicates use their own deviation, unpaired ones both groups'. An SSMD
    of 3 and above is an extremely strong effect, 2 very strong, 1.28 moderate. NaN for fewer than two values.

    >>> round(ssmd_of_replicates([2.0, 3.0, 4.0]), 2)
    3.0
    >>> round(ssmd_of_replicates([2.0, 3.0], controls=[0.0, 1.0, -1.0]), 2)
    2.04
    """
    array = np.asarray(values, dtype=np.float64)
    array = array[np.isfinite(array)]
    if array.size < 2:
        return float("nan")
    if controls is None:
        spread = float(array.std(ddof=1))
        return float(array.mean() / spread) if spread > 0 else float("nan")
    others = np.asarray(controls, dtype=np.float64)
    others = others[np.isfinite(others)]
    if others.size < 2:
        return float("nan")
    spread = float(np.hypot(array.std(ddof=1), others.std(ddof=1)))
    return float((array.mean() - others.mean()) / spread) if spread > 0 else float("nan")

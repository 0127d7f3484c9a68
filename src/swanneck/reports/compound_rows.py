"""Each compound's row and curves, gathered from the tables: what the table of potencies and the panels print."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.tables import HITS
from swanneck.foundation.units import format_molar
from swanneck.reports.curve_plots import CurvePoint, FittedLine, Potency, Series
from swanneck.reports.screen_results import GROUP_COLUMNS, ScreenResults, normalised_column
from swanneck.reports.wording import (
    clean_text,
    format_censored,
    format_interval,
    format_number,
    format_probability,
)

__all__ = ["CompoundRow", "dose_range", "gather_compounds", "used_groups"]

Record = Mapping[str, object]

_PANEL_ROLES = {"efficacy": "inhibition", "viability": "viability"}
_CLASS_WORDS = {"bell_shaped": "bell-shaped"}


@dataclass(frozen=True)
class CompoundRow:
    """One compound (in one batch or cell line): its words, its sort keys and its curves.

    `groups` are the words of the columns of `used_groups`; `classes` the curves' classes by role; `summary` the
    median percent by role; `notes` say in words what the curves are and which points were masked.
    """

    name: str
    groups: list[str]
    verdict: str
    is_hit: bool
    reason: str
    efficacy: Potency
    viability: Potency
    selectivity: str
    selectivity_key: float | None
    selectivity_interval: str
    probability: float | None
    classes: dict[str, str]
    series: list[Series]
    summary: dict[str, float]
    notes: list[str]

    @property
    def ic50(self) -> str:
        """The potency as papers print it."""
        return _potency_text(self.efficacy)

    @property
    def cc50(self) -> str:
        """The toxicity as papers print it."""
        return _potency_text(self.viability)

    @property
    def ic50_interval(self) -> str:
        """The 95 % interval of the potency, empty where there is none."""
        return _interval_text(self.efficacy)

    @property
    def cc50_interval(self) -> str:
        """The 95 % interval of the toxicity, empty where there is none."""
        return _interval_text(self.viability)

    @property
    def probability_text(self) -> str:
        """The probability that the index exceeds the rule's limit, in percent."""
        return format_probability(self.probability)

    @property
    def ic50_key(self) -> float | None:
        """What the potency sorts by."""
        return _censored_key(self.efficacy.value, self.efficacy.relation)

    @property
    def cc50_key(self) -> float | None:
        """What the toxicity sorts by."""
        return _censored_key(self.viability.value, self.viability.relation)

    @property
    def has_curve(self) -> bool:
        """Whether there is something to draw: points at more than one dose."""
        return len({point.dose for one in self.series for point in one.points}) > 1

    def summary_text(self, role: str) -> str:
        """Print the median percent at the tested doses."""
        return format_number(self.summary.get(role))


def _potency_text(potency: Potency) -> str:
    return format_molar(potency.value, potency.relation or "=")


def _interval_text(potency: Potency) -> str:
    return format_interval(potency.low, potency.high) if potency.relation == "=" else ""


def _censored_key(value: float | None, relation: str | None) -> float | None:
    """Give a sort key: `>50` comes just after 50, `<50` just before; null stays null and goes last."""
    if value is None:
        return None
    return value * {">": 1 + 1e-9, "<": 1 - 1e-9}.get(relation or "=", 1.0)


def used_groups(results: ScreenResults) -> list[str]:
    """List the group columns that tell rows of the hits table apart: those with more than one value."""
    table = results.hits if len(results.hits) else results.curves
    return [name for name in GROUP_COLUMNS if name in table.columns and table[name].drop_nulls().n_unique() > 1]


def dose_range(results: ScreenResults) -> tuple[float, float] | None:
    """Give the lowest and highest dose of all curves, None where there is none."""
    doses = [dose for dose in results.curve_points["concentration_molar"] if dose is not None and 0 < dose < math.inf]
    return (min(doses), max(doses)) if doses else None


def gather_compounds(results: ScreenResults, numbers: Mapping[tuple[str, str], int]) -> list[CompoundRow]:
    """Gather every judged compound, and every other compound that has a curve: hits first, else in the tables' order.

    A row of `hits` takes the curves and points of its compound; where it names a plate, batch or cell line that
    the curves carry too, only those of the same. `numbers` are the wells' numbers in the page.
    """
    finder = _Finder(results, numbers)
    groups = used_groups(results)
    rows = [_row(hit, groups, finder) for hit in [*results.hits.iter_rows(named=True), *_unjudged(results)]]
    return sorted(rows, key=lambda row: not row.is_hit)


def _unjudged(results: ScreenResults) -> list[Record]:
    judged = set(results.hits["compound"])
    groups = [name for name in GROUP_COLUMNS if name in results.curves.columns]
    blank = dict.fromkeys(HITS.columns)
    others = results.curves.select("compound", *groups).unique(maintain_order=True).iter_rows(named=True)
    return [{**blank, **row} for row in others if row["compound"] not in judged]


class _Finder:
    """Finds the curves, points and wells that belong to a row of the hits table."""

    def __init__(self, results: ScreenResults, numbers: Mapping[tuple[str, str], int]) -> None:
        self.numbers = numbers
        self.roles = {one.name: one.role for one in results.readouts}
        self.roles |= {
            column: one.role for one in results.readouts if (column := normalised_column(one, results.wells))
        }
        self.curves = _by_compound(results.curves)
        self.points = _by_compound(results.curve_points)
        self.wells = _by_compound(results.wells.filter(pl.col("status").fill_null("ok") != "failed"))
        self.columns: dict[str, str] = {
            role: column
            for one in reversed(results.readouts)
            for role in [one.role]
            if role in _PANEL_ROLES and (column := normalised_column(one, results.wells))
        }

    def series(self, hit: Record) -> dict[str, tuple[Record, Series]]:
        """Pair the first curve of each role with its points."""
        found: dict[str, tuple[Record, Series]] = {}
        for curve in self.curves.get(hit["compound"], []):
            role = str(curve.get("role") or self.roles.get(str(curve["readout"]), "other"))
            if role not in _PANEL_ROLES or role in found or not _same_group(curve, hit):
                continue
            points = [
                self._point(point, response)
                for point in self.points.get(hit["compound"], [])
                if point["readout"] == curve["readout"] and _same_group(point, hit)
                if (response := _number(point["response"])) is not None
            ]
            points.sort(key=lambda point: point.dose)
            found[role] = (curve, Series(role, points, _potency(curve), _line(curve, role)))
        return {role: found[role] for role in _PANEL_ROLES if role in found}

    def summary(self, hit: Record) -> dict[str, float]:
        """Give the median percent of the compound's wells by role."""
        wells = [well for well in self.wells.get(hit["compound"], []) if _same_group(well, hit)]
        medians = {}
        for role, column in self.columns.items():
            values = pl.Series([_number(well[column]) for well in wells], dtype=pl.Float64).drop_nulls()
            if len(values):
                medians[role] = float(values.median())  # type: ignore[arg-type]
        return medians

    def _point(self, point: Record, response: float) -> CurvePoint:
        number = self.numbers.get((str(point["plate"]), str(point["well"])))
        return CurvePoint(
            dose=_number(point["concentration_molar"]) or 0.0,
            response=response,
            number=number,
            masked=bool(point["masked"]),
            mask_reason=clean_text(point["mask_reason"]),
            label="" if number is not None else f"{clean_text(point['plate'])} {clean_text(point['well'])}".strip(),
        )


def _by_compound(table: pl.DataFrame) -> dict[object, list[Record]]:
    rows: dict[object, list[Record]] = defaultdict(list)
    for row in table.iter_rows(named=True):
        rows[row["compound"]].append(row)
    return rows


def _same_group(row: Record, hit: Record) -> bool:
    """Say whether a row is of the hit's plates, batch and cell line, as far as both name them.

    A curve over several plates names them all, with semicolons between.
    """
    for name in GROUP_COLUMNS:
        mine, wanted = row.get(name), hit.get(name)
        if mine is not None and wanted is not None and mine != wanted:
            if name != "plate" or mine not in str(wanted).split(";"):
                return False
    return True


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _potency(curve: Record) -> Potency:
    low, high = _number(curve["ec50_low"]), _number(curve["ec50_high"])
    return Potency(_number(curve["ec50_molar"]), str(curve["ec50_relation"] or "="), low, high)


def _line(curve: Record, role: str) -> FittedLine | None:
    """Give the fitted line, which needs the curve's own midpoint where the potency is censored or at another level."""
    potency = curve["ec50_molar"] if curve["ec50_relation"] == "=" else None
    midpoint, slope = _number(curve.get("midpoint_molar", potency)), _number(curve["slope"])
    low, high = ("top", "bottom") if role == "viability" else ("bottom", "top")
    left, right = _number(curve.get("left", curve[low])), _number(curve.get("right", curve[high]))
    if midpoint is None or slope is None or left is None or right is None or not midpoint > 0:
        return None
    return FittedLine(midpoint, slope, left, right)


def _row(hit: Record, groups: list[str], finder: _Finder) -> CompoundRow:
    found = finder.series(hit)
    judged = hit["is_hit"] is not None
    index, relation = _number(hit["selectivity_index"]), str(hit["selectivity_relation"])
    return CompoundRow(
        name=clean_text(hit["compound"]) or "(no name)",
        groups=[clean_text(hit.get(name)).replace(";", ", ") or "–" for name in groups],
        verdict="hit" if hit["is_hit"] else "no hit" if judged else "not judged",
        is_hit=bool(hit["is_hit"]),
        reason=clean_text(hit["reason"]),
        efficacy=_decided(hit, "ic50", found.get("efficacy")),
        viability=_decided(hit, "cc50", found.get("viability")),
        selectivity=format_censored(index, relation),
        selectivity_key=_censored_key(index, relation),
        selectivity_interval=_ratio_interval(hit),
        probability=_number(hit.get("selectivity_probability")),
        classes={role: _class_words(curve) for role, (curve, _) in found.items()},
        series=[series for _, series in found.values()],
        summary=finder.summary(hit),
        notes=_notes(list(found.values())),
    )


def _ratio_interval(hit: Record) -> str:
    low, high = (_number(hit.get(f"selectivity_{side}")) for side in ("low", "high"))
    first, last = (format_censored(end, "=", 2) for end in (low, high))
    if low is None or high is None:
        return f"≥{first}" if low is not None else f"≤{last}" if high is not None else ""
    return f"{first}–{last}"


def _class_words(curve: Record) -> str:
    name = clean_text(curve["class"])
    return _CLASS_WORDS.get(name, name.replace("_", " "))


def _decided(hit: Record, name: str, found: tuple[Record, Series] | None) -> Potency:
    """Give the potency that the verdict was made on; a compound that was not judged shows its curve's own."""
    own = found[1].potency if found else Potency(None)
    if hit["is_hit"] is None:
        return own
    value = _number(hit[f"{name}_molar"])
    # The interval belongs to the curve: it is shown only where that is the curve the verdict was made on.
    same = own.value is not None and value is not None and math.isclose(own.value, value, rel_tol=1e-9)
    return Potency(value, str(hit[f"{name}_relation"] or "="), own.low if same else None, own.high if same else None)


def _notes(found: Sequence[tuple[Record, Series]]) -> list[str]:
    """Say in words what a reader without a mouse would miss: what a curve was taken for, and what was masked."""
    notes = []
    for curve, series in found:
        name = _PANEL_ROLES[series.role]
        words = [_class_words(curve), clean_text(curve.get("reason"))]
        notes.append(f"{name}: {', '.join(word for word in words if word) or 'not classed'}")
        reasons: dict[str, int] = defaultdict(int)
        for point in series.points:
            if point.masked:
                reasons[point.mask_reason or "no reason given"] += 1
        notes += [f"{name}: {count} masked ({reason})" for reason, count in reasons.items()]
    return notes

"""Assays held to genomes as one page: verdict, table, coverage over time, changes, and each oligo laid on its sites."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from swanneck.diagnostics.monitoring.binding import Binding
from swanneck.diagnostics.monitoring.examine import Panel
from swanneck.diagnostics.monitoring.findings import AssayCoverage, Finding, PartPatterns
from swanneck.reports.drawing import Axis, draw, points
from swanneck.reports.page_templates import load_template
from swanneck.reports.wording import plural

__all__ = ["AssayPage", "draw_alignment", "draw_history", "render_assay_page"]

_WIDTH, _HEIGHT, _LEFT, _FLOOR = 280, 96, 30, 76
_LEAST_GENOMES = 3
_SIGNS = {"alarm": "✕", "warning": "!", "note": "·"}
_LEVEL_CLASS = {"alarm": "fail", "warning": "warn", "note": "none", "": "pass"}


@dataclass(frozen=True)
class AssayPage:
    """What the page shows: see `workflows.check_assays`. `new_alarms` are the reasons of those raised just now."""

    title: str
    panel: Panel
    n_genomes: int
    findings: Sequence[Finding]
    coverage: Mapping[str, Mapping[str, AssayCoverage]]
    patterns: Sequence[PartPatterns]
    excluded: Mapping[str, str]
    not_for: Sequence[str]
    new_alarms: Sequence[str] = ()


def render_assay_page(page: AssayPage) -> str:
    """Render the page; it needs no file beside it and no network."""
    levels = {assay: _level(page.findings, assay) for assay in page.coverage}
    assays = [
        {
            "name": assay, "level": levels[assay], "all": parts["all"], "parts": [],
            "history": draw_history([(key[6:], one) for key, one in parts.items() if key.startswith("month ")]),
            "groups": [(key[6:], one) for key, one in parts.items() if key.startswith("group ")],
            "findings": [one for one in page.findings if one.assay == assay],
        }
        for assay, parts in page.coverage.items()
    ]  # fmt: skip
    for assay in assays:
        own = [one for one in page.patterns if one.part.assay == assay["name"]]
        assay["parts"] = [(one, draw_alignment(one)) for one in own]
    order = {"alarm": 0, "warning": 1, "note": 2, "": 3}
    assays.sort(key=lambda assay: order[str(assay["level"])])
    failing = [assay for assay, level in levels.items() if level == "alarm"]
    return load_template("assays.html.j2").render(
        page=page, assays=assays, failing=failing, signs=_SIGNS, classes=_LEVEL_CLASS
    )


def _level(findings: Sequence[Finding], assay: str) -> str:
    levels = {one.level for one in findings if one.assay == assay}
    return next((level for level in ("alarm", "warning", "note") if level in levels), "")


def draw_history(months: Sequence[tuple[str, AssayCoverage]]) -> Markup:
    """Draw the share of genomes without an expected failure, month by month; empty below two months.

    Months with fewer than three known genomes are hollow.
    """
    if len(months) < 2:
        return Markup("")
    places = [int(month[:4]) * 12 + int(month[5:7] or 1) for month, _ in months]
    across = Axis(min(places), max(places), _LEFT + 4, _WIDTH - 8)
    up = Axis(0, 100, _FLOOR, 8)
    parts: list[Markup] = []
    for percent in (0, 50, 100):
        parts.append(draw("path", d=points([(_LEFT, up.place(percent)), (_WIDTH, up.place(percent))]), class_="grid"))
        parts.append(draw("text", str(percent), x=_LEFT - 4, y=up.place(percent) + 3, class_="up"))
    known = [
        (across.place(place), up.place(100 * one.covered_share), month, one)
        for place, (month, one) in zip(places, months, strict=True)
        if not math.isnan(one.covered_share)
    ]
    if known:
        parts.append(draw("path", d=points([(x, y) for x, y, _, _ in known]), class_="line efficacy"))
    for x, y, month, one in known:
        told = draw("title", f"{month}: {100 * one.covered_share:.0f} % of {one.known}")
        few = one.known < _LEAST_GENOMES
        parts.append(draw("circle", told, cx=x, cy=y, r=2.6, class_="p o" if few else "p"))
    for x, anchor, month in ((_LEFT, "start", months[0][0]), (_WIDTH, "end", months[-1][0])):
        parts.append(draw("text", month, x=x, y=_FLOOR + 15, text_anchor=anchor))
    body = Markup("").join(parts)
    label = f"Covered genomes in percent, {months[0][0]} to {months[-1][0]}"
    return draw("svg", body, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=label, class_="curve efficacy")


def draw_alignment(patterns: PartPatterns) -> Markup:
    """Lay the commonest sites below an oligo, 5' to 3': a point pairs, a letter is the genome's base instead."""
    part = patterns.part
    head = draw("span", part.sequence, class_="oligo")
    lines = [Markup("5' ") + head + Markup(" 3'")]
    if patterns.perfect:
        lines.append(_line("." * len(part.sequence), plural(patterns.perfect, "genome")))
    for binding, count, groups in patterns.rows:
        told = plural(count, "genome") + (f": {groups}" if groups else "")
        lines.append(_line(_signs(binding, len(part.sequence)), told + _insertions(binding)))
    return Markup("\n").join(lines)


def _signs(binding: Binding, length: int) -> str:
    return binding.pattern if binding.kind == "site" else "no site".ljust(length)


def _insertions(binding: Binding) -> str:
    return "".join(f"; {bases} more after base {place}" for place, bases in binding.insertions)


def _line(pattern: str, told: str) -> Markup:
    parts: list[Markup] = []
    for sign in pattern:
        if sign == ".":
            parts.append(Markup("·"))
        else:
            parts.append(Markup(" ") if sign == " " else draw("b", sign))
    return Markup("   ") + Markup("").join(parts) + Markup("    ") + draw("i", told)

"""A test's validation as one page: the probit line over what was found, or the table of agreement."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from swanneck.diagnostics.validation.agreement import Agreement
from swanneck.diagnostics.validation.detection_limit import DetectionLimit
from swanneck.reports.drawing import Axis, draw, points
from swanneck.reports.page_templates import load_template

__all__ = ["DoseCounts", "draw_detection", "render_validation_page"]

_WIDTH, _LEFT, _TOP, _FLOOR = 460, 44, 12, 190


@dataclass(frozen=True)
class DoseCounts:
    """What was found at one concentration."""

    concentration: float
    found: int
    total: int


def render_validation_page(
    title: str,
    limits: Mapping[str, DetectionLimit],
    counts: Mapping[str, Sequence[DoseCounts]],
    agreement: Agreement | None,
    *,
    n_invalid: int = 0,
    problems: Mapping[str, str] | None = None,
    prevalence: float | None = None,
) -> str:
    """Render the page; it needs no file beside it and no network."""
    lots = [
        {"name": lot, "limit": limits.get(lot), "counts": own, "problem": (problems or {}).get(lot, ""),
         "picture": draw_detection(own, limits[lot]) if lot in limits else ""}
        for lot, own in counts.items()
    ]  # fmt: skip
    highest = max((one.limit for one in limits.values()), default=None)
    return load_template("validation.html.j2").render(
        title=title,
        lots=lots,
        agreement=agreement,
        n_invalid=n_invalid,
        highest=highest,
        prevalence=prevalence,
    )


def draw_detection(counts: Sequence[DoseCounts], limit: DetectionLimit) -> Markup:
    """Draw the share found at each concentration, the fitted line, and the limit with its interval."""
    doses = [one for one in counts if one.concentration > 0 and one.total > 0]
    lows = [math.log10(one.concentration) for one in doses]
    across = Axis(min(lows) - 0.2, max(lows) + 0.2, _LEFT, _WIDTH - 10)
    up = Axis(0, 100, _FLOOR, _TOP)
    parts: list[Markup] = []
    for percent in (0, 50, 95, 100):
        y = up.place(percent)
        parts.append(draw("path", d=points([(_LEFT, y), (_WIDTH - 10, y)]), class_="grid"))
        if percent != 95:
            parts.append(draw("text", f"{percent} %", x=_LEFT - 5, y=y + 3, class_="up"))
    parts.append(draw("text", "concentration", x=_WIDTH - 10, y=_FLOOR + 32, class_="up"))
    for decade in range(math.ceil(across.low), math.floor(across.high) + 1):
        parts.append(draw("text", f"{10.0**decade:g}", x=across.place(decade), y=_FLOOR + 16, class_="across"))
    steps = [across.low + (across.high - across.low) * step / 60 for step in range(61)]
    curve = [(across.place(x), up.place(100 * limit.found_at(10**x))) for x in steps]
    parts.append(draw("path", d=points(curve), class_="line efficacy"))
    if limit.low > 0 and math.isfinite(limit.high):
        ends = [across.clamp(math.log10(value)) for value in (limit.low, limit.high)]
        y = up.place(100 * limit.probability)
        parts.append(draw("path", d=points([(ends[0], y), (ends[1], y)]), class_="bar efficacy"))
    if math.isfinite(limit.limit) and limit.limit > 0:
        x = across.clamp(math.log10(limit.limit))
        parts.append(draw("circle", cx=x, cy=up.place(100 * limit.probability), r=4.5, class_="potency efficacy"))
    for one, low in zip(doses, lows, strict=True):
        told = draw("title", f"{one.concentration:g}: {one.found} of {one.total}")
        parts.append(draw("circle", told, cx=across.place(low), cy=up.place(100 * one.found / one.total), r=3.2,
                          class_="p"))  # fmt: skip
    label = "Share found against concentration, with the probit line"
    body = Markup("").join(parts)
    return draw("svg", body, viewBox=f"0 0 {_WIDTH} 228", role="img", aria_label=label, class_="curve efficacy")

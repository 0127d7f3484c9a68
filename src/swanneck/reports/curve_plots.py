"""Dose-response curves: efficacy and toxicity of one compound in one small picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from swanneck.reports.drawing import Axis, dose_ticks, draw, points
from swanneck.statistics.curves import logistic

__all__ = ["CurvePoint", "FittedLine", "Potency", "Series", "draw_panel", "draw_window", "response_range"]

_WIDTH, _HEIGHT = 300, 186
_LEFT, _RIGHT, _TOP, _FLOOR, _BASE = 30, 284, 8, 138, 166  # the strip between floor and base holds the potencies
_MARGIN = 0.5  # decades shown beyond the tested doses, where censored potencies point to


@dataclass(frozen=True)
class CurvePoint:
    """One well's response (percent) at a dose (mol/L); `number` is its well's number in the page, if it has one."""

    dose: float
    response: float
    number: int | None
    masked: bool = False
    mask_reason: str = ""
    label: str = ""


@dataclass(frozen=True)
class Potency:
    """A potency (mol/L) with its relation and its 95 % interval; what is unknown is None."""

    value: float | None
    relation: str | None = "="
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class FittedLine:
    """A four-parameter logistic: `left` at dose 0, `right` at high doses, halfway at `midpoint` (mol/L); slope > 0."""

    midpoint: float
    slope: float
    left: float
    right: float

    def at(self, doses: Sequence[float]) -> list[float]:
        """Give the responses at doses.

        >>> FittedLine(midpoint=1e-6, slope=1.0, left=0.0, right=100.0).at([1e-6])
        [50.0]
        """
        line = {"midpoint": self.midpoint, "slope": self.slope, "left": self.left, "right": self.right}
        responses: list[float] = logistic(doses, **line).tolist()
        return responses


@dataclass(frozen=True)
class Series:
    """A curve: its role (`efficacy` or `viability`), points, potency, and the line where one was fitted."""

    role: str
    points: Sequence[CurvePoint]
    potency: Potency
    line: FittedLine | None = None


def response_range(responses: Sequence[float]) -> tuple[float, float]:
    """Choose the response axis of all panels: -20 to 120 %, wider where more than 2 % of the points need it.

    >>> response_range([0.0, 50.0, 100.0]), response_range([-33.0, 50.0, 160.0])
    ((-20.0, 120.0), (-40.0, 160.0))
    """
    finite = sorted(value for value in responses if math.isfinite(value))
    if not finite:
        return -20.0, 120.0
    cut = len(finite) // 50
    low, high = (10.0 * rounded(finite[place] / 10) for rounded, place in ((math.floor, cut), (math.ceil, -1 - cut)))
    return max(min(-20.0, low), -100.0), min(max(120.0, high), 200.0)


def draw_panel(series: Sequence[Series], responses: tuple[float, float], doses: tuple[float, float] | None) -> Markup:
    """Draw a compound's curves. `doses` is the tested range that all panels share, or None for this compound's own."""
    tested = _tested(series)
    shared = doses or tested
    if shared is None:
        return Markup("")
    across = Axis(math.log10(shared[0]) - _MARGIN, math.log10(shared[1]) + _MARGIN, _LEFT, _RIGHT)
    up = Axis(*responses, _FLOOR, _TOP)
    parts = [_frame(across, up, tested)]
    for one in series:
        parts += [_line(one, across, up), _marks(one, across, up)]
    for one in series:
        parts.append(draw("g", Markup("").join(_point(one.role, p, across, up) for p in one.points), class_=one.role))
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", class_="curve", role="group")


def _tested(series: Sequence[Series]) -> tuple[float, float] | None:
    doses = [point.dose for one in series for point in one.points if point.dose > 0]
    return (min(doses), max(doses)) if doses else None


def _frame(across: Axis, up: Axis, tested: tuple[float, float] | None) -> Markup:
    parts = []
    if tested:
        left, right = (across.clamp(math.log10(dose)) for dose in tested)
        parts.append(draw("rect", x=left, y=_TOP, width=max(right - left, 1.0), height=_BASE - _TOP, class_="tested"))
    for value in range(math.ceil(up.low / 50) * 50, math.floor(up.high) + 1, 50):
        y = up.place(value)
        parts.append(draw("path", d=f"M{_LEFT} {y:.1f}H{_RIGHT}", class_="zero" if value in (0, 100) else "grid"))
        parts.append(draw("text", f"{value}".replace("-", "\u2212"), x=_LEFT - 5, y=y + 3, class_="up"))
    parts.append(draw("path", d=f"M{_LEFT} {_BASE}H{_RIGHT}", class_="base"))
    for place, name in dose_ticks(across.low, across.high):
        x = across.place(place)
        parts.append(draw("path", d=f"M{x:.1f} {_BASE}v4", class_="base"))
        parts.append(draw("text", name, x=x, y=_BASE + 14, class_="across"))
    return Markup("").join(parts)


def _line(one: Series, across: Axis, up: Axis) -> Markup:
    """Draw the fitted line over the doses it was fitted to."""
    doses = [math.log10(point.dose) for point in one.points if point.dose > 0 and not point.masked]
    if one.line is None or not doses:
        return Markup("")
    low, high = min(doses), max(doses)
    steps = [low + (high - low) * step / 40 for step in range(41)]
    responses = one.line.at([10.0**step for step in steps])
    pairs = [(across.place(step), up.clamp(response)) for step, response in zip(steps, responses, strict=True)]
    return draw("path", d=points(pairs), class_=f"line {one.role}")


def _marks(one: Series, across: Axis, up: Axis) -> Markup:
    """Draw a potency in the strip under the curves: a mark with its interval, or an arrow where it is censored."""
    potency, y = one.potency, _FLOOR + (9 if one.role == "efficacy" else 20)
    if potency.value is None or not potency.value > 0:
        return Markup("")
    x = across.clamp(math.log10(potency.value))
    if potency.relation in ("<", ">"):
        sign = 1 if potency.relation == ">" else -1
        arrow = f"M{x:.1f} {y - 4}v8M{x:.1f} {y}h{12 * sign}m{-4 * sign} -3.5l{4 * sign} 3.5l{-4 * sign} 3.5"
        return draw("path", d=arrow, class_=f"bar {one.role}")
    parts = []
    if potency.low is not None or potency.high is not None:
        ends = [
            across.clamp(math.log10(end)) if end and math.isfinite(end) else edge
            for end, edge in ((potency.low, _LEFT), (potency.high, _RIGHT))
        ]
        parts.append(draw("path", d=f"M{ends[0]:.1f} {y}H{ends[1]:.1f}", class_=f"bar {one.role}"))
    if one.line is not None:
        height = up.clamp(one.line.at([potency.value])[0])
        parts.append(draw("path", d=f"M{x:.1f} {height:.1f}V{y}", class_=f"drop {one.role}"))
    parts.append(_shape(one.role, x, y, 4.5, class_=f"potency {one.role}"))
    return Markup("").join(parts)


def _shape(role: str, x: float, y: float, size: float, **attributes: object) -> Markup:
    if role == "efficacy":
        return draw("circle", cx=x, cy=y, r=size * 0.8, **attributes)
    return draw("rect", x=x - size * 0.7, y=y - size * 0.7, width=size * 1.4, height=size * 1.4, **attributes)


def _point(role: str, point: CurvePoint, across: Axis, up: Axis) -> Markup:
    x = across.clamp(math.log10(point.dose)) if point.dose > 0 else across.start
    y = up.clamp(point.response)
    beyond = not up.low <= point.response <= up.high
    known: dict[str, object] = {
        "data_w": point.number, "data_y": f"{point.response:.1f}", "data_m": point.mask_reason or None,
        "data_t": point.label or None,
    }  # fmt: skip
    if point.masked:
        known["data_m"] = point.mask_reason or "masked"
        return draw("path", d=f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6", class_="p x", **known)
    return _shape(role, x, y, 3.75, class_="p o" if beyond else "p", **known)


def draw_window(potencies: dict[str, Potency], doses: tuple[float, float]) -> Markup:
    """Draw a row's selectivity window: its potencies on one dose axis that all rows share."""
    across = Axis(math.log10(doses[0]) - _MARGIN, math.log10(doses[1]) + _MARGIN, 4, 136)
    left, right = (across.place(math.log10(dose)) for dose in doses)
    parts = [draw("path", d=f"M{left:.1f} 11H{right:.1f}", class_="range")]
    ends = [potency.value for role in ("efficacy", "viability") if (potency := potencies.get(role)) and potency.value]
    if len(ends) == 2 and ends[0] < ends[1] and potencies["efficacy"].relation != ">":
        low, high = (across.clamp(math.log10(end)) for end in ends)
        parts.append(draw("path", d=f"M{low:.1f} 11H{high:.1f}", class_="open"))
    for role, potency in potencies.items():
        if potency.value is None or not potency.value > 0:
            continue
        x = across.clamp(math.log10(potency.value))
        y = 7 if role == "efficacy" else 15
        if potency.relation in ("<", ">"):
            sign = 1 if potency.relation == ">" else -1
            d = f"M{x:.1f} {y - 4}v8m0 -4h{7 * sign}m{-3 * sign} -3l{3 * sign} 3l{-3 * sign} 3"
            parts.append(draw("path", d=d, class_=f"bar {role}"))
            continue
        if potency.low and potency.high and math.isfinite(potency.high):
            low, high = (across.clamp(math.log10(end)) for end in (potency.low, potency.high))
            parts.append(draw("path", d=f"M{low:.1f} {y}H{high:.1f}", class_=f"bar {role}"))
        parts.append(_shape(role, x, y, 4.0, class_=f"potency {role}"))
    return draw("svg", Markup("").join(parts), viewBox="0 0 140 22", class_="window", aria_hidden="true")

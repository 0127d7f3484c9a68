"""Pictures of how plates and runs agree: effects before and after, run charts, control charts, repeated potencies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from swanneck.foundation.units import format_molar
from swanneck.reports.drawing import Axis, dose_ticks, draw, number_ticks, points, short
from swanneck.reports.wording import format_number

__all__ = ["ControlLimits", "Run", "draw_effects", "draw_repeats", "draw_runs"]

_WIDTH, _HEIGHT = 420, 170
_LEFT, _RIGHT, _TOP, _FLOOR = 52, 410, 10, 140
_EFFECT_LEFT, _EFFECT_ROW = 170, 34
_MOST_NAMES, _LONGEST_LABEL = 12, 26


@dataclass(frozen=True)
class Run:
    """A value of one plate; `odd` says in a word or two what is wrong with it, empty where nothing is."""

    plate: str
    value: float | None
    odd: str = ""


@dataclass(frozen=True)
class ControlLimits:
    """The lines of a control chart."""

    centre: float
    lower: float
    upper: float


def draw_effects(rows: Sequence[tuple[str, str, float, float]]) -> Markup:
    """Draw shares of variance in percent: a label of two lines, the share before (open) and after (filled)."""
    bottom = 6 + _EFFECT_ROW * len(rows)
    across = Axis(0, 100, _EFFECT_LEFT, _RIGHT)
    parts = [_bottom_axis(across, number_ticks(0, 100, 5), bottom)]
    for place, (label, below, before, after) in enumerate(rows):
        y = 6 + _EFFECT_ROW * (place + 0.5)
        first, last = across.clamp(before), across.clamp(after)
        fitting = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
        parts.append(draw("text", fitting, x=_EFFECT_LEFT - 12, y=y - 2, class_="name"))
        parts.append(draw("text", below, x=_EFFECT_LEFT - 12, y=y + 10, class_="up"))
        parts.append(draw("path", d=f"M{short(first)} {short(y)}H{short(last)}", class_="link"))
        parts.append(draw("circle", cx=first, cy=y, r=4.5, class_="was"))
        parts.append(draw("circle", cx=last, cy=y, r=4.5, class_="now"))
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {bottom + 22}", class_="runs", role="img")


def draw_runs(runs: Sequence[Run], limits: ControlLimits | None = None, *, potency: bool = False) -> Markup:
    """Draw a value of plates in their order, joined; with limits as a control chart. Potencies stand on a log axis."""
    known = [(place, math.log10(run.value) if potency else run.value) for place, run in enumerate(runs)
             if run.value is not None]  # fmt: skip
    lines = [math.log10(one) if potency else one for one in (
        (limits.lower, limits.centre, limits.upper) if limits else ())]  # fmt: skip
    span = [value for _, value in known] + lines
    if not span:
        return Markup("")
    low, high = min(span), max(span)
    margin = 0.08 * (high - low) or abs(high) * 0.1 or 1.0
    up = Axis(low - margin, high + margin, _FLOOR, _TOP)
    across = Axis(-0.5, len(runs) - 0.5, _LEFT, _RIGHT)
    parts = [_side_axis(up, potency=potency), draw("path", d=f"M{_LEFT} {_FLOOR}H{_RIGHT}", class_="base")]
    for kind, line in zip(("limit", "centre", "limit"), lines, strict=False):
        parts.append(draw("path", d=f"M{_LEFT} {short(up.place(line))}H{_RIGHT}", class_=kind))
    places = [(across.place(place), up.place(value)) for place, value in known]
    parts.append(draw("path", d=points(places), class_="link") if len(places) > 1 else Markup(""))
    for (place, _), (x, y) in zip(known, places, strict=True):
        run = runs[place]
        value = format_molar(run.value) if potency else format_number(run.value)
        title = draw("title", f"{run.plate}: {value}{', ' + run.odd if run.odd else ''}")
        if run.odd:
            parts.append(draw("path", title, d=f"M{short(x - 4)} {short(y - 4)}l8 8m0 -8l-8 8", class_="odd"))
        else:
            parts.append(draw("circle", title, cx=x, cy=y, r=3.5, class_="now"))
    parts.append(_names([run.plate for run in runs], across))
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", class_="runs", role="img")


def draw_repeats(pairs: Sequence[tuple[str, float, float]], limits: ControlLimits) -> Markup:
    """Draw potencies measured twice: the ratio of both over their geometric mean, with limits of agreement."""
    middles = [0.5 * (math.log10(first) + math.log10(second)) for _, first, second in pairs]
    ratios = [math.log10(first / second) for _, first, second in pairs]
    lines = [math.log10(one) for one in (limits.lower, limits.centre, limits.upper)]
    reach = 1.1 * max(*(abs(one) for one in (*ratios, *lines)), math.log10(2))
    up = Axis(-reach, reach, _FLOOR, _TOP)
    across = Axis(min(middles) - 0.3, max(middles) + 0.3, _LEFT, _RIGHT)
    parts = []
    for fold in (1, 2, 5, 10, 100, 1000):
        for value in {fold, 1 / fold}:
            if abs(math.log10(value)) <= reach:
                y = up.place(math.log10(value))
                parts.append(draw("path", d=f"M{_LEFT} {short(y)}H{_RIGHT}", class_="grid"))
                parts.append(draw("text", f"{value:g}×", x=_LEFT - 5, y=y + 3, class_="up"))
    for kind, line in zip(("limit", "centre", "limit"), lines, strict=True):
        parts.append(draw("path", d=f"M{_LEFT} {short(up.place(line))}H{_RIGHT}", class_=kind))
    parts.append(draw("path", d=f"M{_LEFT} {_FLOOR}H{_RIGHT}", class_="base"))
    for place, name in dose_ticks(across.low, across.high):
        parts.append(draw("text", name, x=across.place(place), y=_FLOOR + 14, class_="across"))
    for (name, first, second), x, y in zip(pairs, middles, ratios, strict=True):
        title = draw("title", f"{name}: {format_molar(first)} and {format_molar(second)}")
        parts.append(draw("circle", title, cx=across.place(x), cy=up.place(y), r=3.5, class_="now"))
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", class_="runs", role="img")


def _bottom_axis(across: Axis, ticks: Sequence[float], bottom: float) -> Markup:
    parts = [draw("path", d=f"M{short(across.start)} {short(bottom)}H{short(across.end)}", class_="base")]
    for tick in ticks:
        x = short(across.place(tick))
        parts.append(draw("path", d=f"M{x} 6V{short(bottom)}", class_="grid"))
        parts.append(draw("text", format_number(tick), x=x, y=bottom + 14, class_="across"))
    return Markup("").join(parts)


def _side_axis(up: Axis, *, potency: bool) -> Markup:
    parts = []
    for tick in _potency_ticks(up) if potency else number_ticks(up.low, up.high):
        y = up.place(tick)
        label = format_molar(10.0**tick) if potency else format_number(tick)
        parts.append(draw("path", d=f"M{_LEFT} {short(y)}H{_RIGHT}", class_="grid"))
        parts.append(draw("text", label, x=_LEFT - 5, y=y + 3, class_="up"))
    return Markup("").join(parts)


def _potency_ticks(up: Axis) -> list[float]:
    """Choose decades, and twos and fives of them where there are fewer than three decades."""
    decades = range(math.floor(up.low), math.ceil(up.high) + 1)
    steps = (1.0,) if up.high - up.low > 3 else (1.0, 2.0, 5.0)
    ticks = [decade + math.log10(step) for decade in decades for step in steps]
    return [tick for tick in ticks if up.low <= tick <= up.high]


def _names(names: Sequence[str], across: Axis) -> Markup:
    """Name the plates under the axis: all where they fit, else the first and the last."""
    fit = len(names) <= _MOST_NAMES and max(len(name) for name in names) * len(names) <= 60
    shown = range(len(names)) if fit else (0, len(names) - 1)
    anchors = {} if fit else {0: "start", len(names) - 1: "end"}
    return Markup("").join(
        draw("text", names[place], x=across.place(place), y=_FLOOR + 15, text_anchor=anchors.get(place, "middle"))
        for place in shown
    )

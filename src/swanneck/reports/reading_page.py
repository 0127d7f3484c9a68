"""Tests as they were read, on one page: amplification curves with threshold and Cq, standard curves, strips."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import imagecodecs
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from swanneck.diagnostics.reading.amplification import CurveReading, StandardCurve
from swanneck.diagnostics.reading.strips import PhotographReading, StripReading
from swanneck.reports.drawing import Axis, draw, number_ticks, points
from swanneck.reports.page_templates import load_template

__all__ = ["PhotographShown", "RunShown", "draw_curves", "draw_profile", "draw_standards", "render_reading_page"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _FLOOR = 460, 230, 52, 10, 192
_QUALITY = 82


@dataclass(frozen=True)
class RunShown:
    """One file of curves: what was read, standard curves by target, and why others have none."""

    name: str
    readings: Sequence[CurveReading]
    standards: Mapping[str, StandardCurve]
    problems: Mapping[str, str]


@dataclass(frozen=True)
class PhotographShown:
    """One photograph with what was drawn on it."""

    name: str
    reading: PhotographReading
    overlay: NDArray[np.uint8]


def render_reading_page(
    title: str, runs: Sequence[RunShown], photographs: Sequence[PhotographShown], failed: Mapping[str, str]
) -> str:
    """Render the page; it needs no file beside it and no network."""
    shown = [
        {
            "name": run.name, "readings": run.readings,
            "targets": [_target(run, target) for target in dict.fromkeys(one.target for one in run.readings)],
            "flagged": [one for one in run.readings if one.flags],
        }
        for run in runs
    ]  # fmt: skip
    pictures = [
        {"name": one.name, "reading": one.reading, "source": _embed(one.overlay),
         "strips": [(number, strip, draw_profile(strip)) for number, strip in enumerate(one.reading.strips, start=1)]}
        for one in photographs
    ]  # fmt: skip
    strips = [strip for one in photographs for strip in one.reading.strips]
    counts = {result: sum(strip.result == result for strip in strips)
              for result in ("positive", "negative", "invalid", "unclear")}  # fmt: skip
    return load_template("reading.html.j2").render(
        title=title, runs=shown, photographs=pictures, failed=failed, counts=counts
    )


def _target(run: RunShown, target: str) -> dict[str, object]:
    own = [one for one in run.readings if one.target == target]
    standard = run.standards.get(target)
    return {
        "name": target, "readings": own, "risen": sum(math.isfinite(one.cq) for one in own),
        "picture": draw_curves(own),
        "standard": standard, "problem": run.problems.get(target, ""),
        "line": draw_standards(own, standard) if standard else "",
    }  # fmt: skip


def _embed(picture: NDArray[np.uint8]) -> str:
    content = bytes(imagecodecs.webp_encode(picture, level=_QUALITY, lossless=False))
    return "data:image/webp;base64," + base64.b64encode(content).decode()


def _frame(across: Axis, up: Axis, ticks: tuple[Sequence[float], Sequence[float]]) -> list[Markup]:
    parts: list[Markup] = []
    for value in ticks[1]:
        y = up.place(value)
        parts.append(draw("path", d=points([(_LEFT, y), (_WIDTH - 8, y)]), class_="grid"))
        parts.append(draw("text", f"{value:g}", x=_LEFT - 6, y=y + 3, class_="up"))
    for value in ticks[0]:
        parts.append(draw("text", f"{value:g}", x=across.place(value), y=_FLOOR + 15, class_="across"))
    return parts


def draw_curves(readings: Sequence[CurveReading]) -> Markup:
    """Draw the curves of one target above their baselines, the threshold, and a point where each crosses it."""
    finite = [one for one in readings if np.isfinite(one.above).any()]
    if not finite:
        return Markup("")
    low = min(0.0, *(float(np.nanmin(one.above)) for one in finite))
    high = max(max(float(np.nanmax(one.above)) for one in finite), 1e-9)
    across = Axis(float(min(one.cycles[0] for one in finite)), float(max(one.cycles[-1] for one in finite)), _LEFT,
                  _WIDTH - 8)  # fmt: skip
    up = Axis(low, high, _FLOOR, _TOP)
    parts = _frame(across, up, (number_ticks(across.low, across.high, 6), number_ticks(low, high)))
    for one in finite:
        told = draw("title", f"{one.name} {one.sample}".strip() + (f": {'; '.join(one.flags)}" if one.flags else ""))
        pairs = [(across.place(x), up.place(y)) for x, y in zip(one.cycles, one.above, strict=True) if math.isfinite(y)]
        parts.append(draw("path", told, d=points(pairs), class_="line odd" if one.flags else "line usual"))
    threshold = finite[0].threshold
    if math.isfinite(threshold):
        y = up.place(threshold)
        parts.append(draw("path", d=points([(_LEFT, y), (_WIDTH - 8, y)]), class_="threshold"))
    for one in finite:
        if math.isfinite(one.cq):
            told = draw("title", f"{one.name}: Cq {one.cq:.2f}")
            parts.append(draw("circle", told, cx=across.clamp(one.cq), cy=up.place(threshold), r=2.2, class_="p"))
    parts.append(draw("text", "cycle", x=_WIDTH - 8, y=_FLOOR + 30, class_="up"))
    label = "Fluorescence above the baseline against the cycle"
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=label,
                class_="curve efficacy")  # fmt: skip


def draw_standards(readings: Sequence[CurveReading], standard: StandardCurve) -> Markup:
    """Draw the standards' Cq over the logarithm of their copies, with the fitted line."""
    known = [(math.log10(one.copies), one.cq) for one in readings if one.copies and math.isfinite(one.cq)]
    xs, ys = [x for x, _ in known], [y for _, y in known]
    across = Axis(min(xs) - 0.3, max(xs) + 0.3, _LEFT, _WIDTH - 8)
    up = Axis(min(ys) - 1, max(ys) + 1, _FLOOR, _TOP)
    decades = [float(one) for one in range(math.ceil(across.low), math.floor(across.high) + 1)]
    parts = _frame(across, up, ([], number_ticks(up.low, up.high)))
    parts += [draw("text", f"1e{one:.0f}", x=across.place(one), y=_FLOOR + 15, class_="across") for one in decades]
    ends = [(across.place(x), up.place(standard.intercept + standard.slope * x)) for x in (min(xs), max(xs))]
    parts.append(draw("path", d=points(ends), class_="line efficacy"))
    for x, y in known:
        told = draw("title", f"{10**x:.3g} copies: Cq {y:.2f}")
        parts.append(draw("circle", told, cx=across.place(x), cy=up.place(y), r=2.4, class_="p o"))
    parts.append(draw("text", "copies", x=_WIDTH - 8, y=_FLOOR + 30, class_="up"))
    label = "Cq of the standards against their copies"
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=label,
                class_="curve efficacy")  # fmt: skip


def draw_profile(strip: StripReading) -> Markup:
    """Draw the density along a membrane in the channel that shows most, with the places of the lines."""
    density = strip.profile.density
    channel = int(density.max(axis=1).argmax())
    values = density[channel] - np.median(density[channel])
    values = values[::-1] if strip.is_turned else values
    high = max(0.1, float(values.max()))
    across, up = Axis(0, values.size - 1, _LEFT, _WIDTH - 8), Axis(min(0.0, float(values.min())), high, _FLOOR, _TOP)
    parts = _frame(across, up, ([], number_ticks(0, high)))
    parts.append(draw("path", d=points([(across.place(x), up.place(float(y))) for x, y in enumerate(values)]),
                      class_="line efficacy"))  # fmt: skip
    for line in strip.lines:
        name = "control" if line is strip.control else ("test" if strip.control else "line")
        x = across.place(line.place * values.size)
        parts.append(draw("path", d=points([(x, _TOP), (x, _FLOOR)]), class_="drop efficacy"))
        parts.append(draw("text", name, x=x, y=_FLOOR + 15, class_="across"))
    label = "Optical density along the membrane"
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 {_WIDTH} {_HEIGHT - 18}", role="img", aria_label=label,
                class_="curve efficacy")  # fmt: skip

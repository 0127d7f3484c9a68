"""How the controls of a plate are spread: every control well a dot, with box and median."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from markupsafe import Markup

from swanneck.reports.drawing import Axis, draw, number_ticks, short
from swanneck.reports.wording import format_number

__all__ = ["draw_strips", "value_range"]

_LEFT, _RIGHT, _ROW, _TOP = 104, 410, 34, 6
_GOLDEN = 0.6180339887498949  # its multiples spread dots evenly without chance
_STRIPS = (
    ("negative_control", "negative"), ("positive_control", "positive"), ("reference", "reference"),
    ("sample", "samples"),
)  # fmt: skip


@dataclass(frozen=True)
class _Dot:
    value: float
    number: int
    used: bool


def value_range(wells: pl.DataFrame, column: str) -> tuple[float, float] | None:
    """Give the axis that all plates share for a readout: what its wells span, and zero."""
    values = wells[column].cast(pl.Float64)
    values = values.filter(values.is_finite())
    if values.is_empty():
        return None
    low, high = min(0.0, float(values.min())), float(values.max())  # type: ignore[arg-type]
    return low, high if high > low else low + 1.0


def draw_strips(plate: pl.DataFrame, column: str, span: tuple[float, float], first_number: int) -> Markup:
    """Draw one plate's wells in one readout, a strip per role; wells that failed are crosses.

    `plate` holds the rows of one plate in the page's order, the first of which has the number `first_number`.
    """
    across = Axis(*span, _LEFT, _RIGHT)
    strips = [(name, dots) for role, name in _STRIPS if (dots := _dots(plate, column, role, first_number))]
    bottom = _TOP + _ROW * len(strips)
    parts = [_axis(across, bottom)]
    for place, (name, dots) in enumerate(strips):
        middle = _TOP + _ROW * place + _ROW / 2
        parts.append(draw("text", name, x=_LEFT - 46, y=middle + 4, class_="strip"))
        parts.append(draw("text", f"n {sum(dot.used for dot in dots)}", x=_LEFT - 10, y=middle + 4, class_="count"))
        parts.append(_box([dot.value for dot in dots if dot.used], across, middle))
        parts.append(_cloud(name, dots, across, middle))
    return draw("svg", Markup("").join(parts), viewBox=f"0 0 420 {bottom + 22}", class_="strips", role="group")


def _dots(plate: pl.DataFrame, column: str, role: str, first_number: int) -> list[_Dot]:
    rows = zip(plate["role"], plate[column].cast(pl.Float64), plate["status"], strict=True)
    return [
        _Dot(value, number, used=status != "failed")
        for number, (own, value, status) in enumerate(rows, first_number)
        if own == role and value is not None and np.isfinite(value)
    ]


def _axis(across: Axis, bottom: float) -> Markup:
    parts = [draw("path", d=f"M{_LEFT} {short(bottom)}H{_RIGHT}", class_="base")]
    for tick in number_ticks(across.low, across.high, 5):
        x = short(across.place(tick))
        parts.append(draw("path", d=f"M{x} {_TOP}V{short(bottom)}", class_="grid"))
        parts.append(draw("text", format_number(tick), x=x, y=bottom + 14, class_="across"))
    return Markup("").join(parts)


def _box(values: Sequence[float], across: Axis, middle: float) -> Markup:
    if len(values) < 4:
        return Markup("")
    low, first, median, third, high = (
        across.place(value) for value in np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
    )
    top, tall = middle - 9, 18
    whiskers = f"M{short(low)} {short(middle)}H{short(first)}M{short(third)} {short(middle)}H{short(high)}"
    box = draw("rect", x=first, y=top, width=max(third - first, 0.5), height=tall, class_="box")
    line = draw("path", d=f"M{short(median)} {short(top)}v{tall}", class_="median")
    return draw("path", d=whiskers, class_="whisker") + box + line


def _cloud(name: str, dots: Sequence[_Dot], across: Axis, middle: float) -> Markup:
    """Draw the dots; samples are many, so they are one faint shape without links."""
    places = [(across.place(dot.value), middle + 18 * ((index * _GOLDEN) % 1 - 0.5)) for index, dot in enumerate(dots)]
    if name == "samples":
        shape = "".join(f"M{short(x)} {short(y)}h0" for (x, y), dot in zip(places, dots, strict=True) if dot.used)
        return draw("path", d=shape, class_="many") if shape else Markup("")
    drawn = []
    for (x, y), dot in zip(places, dots, strict=True):
        if dot.used:
            drawn.append(draw("circle", cx=x, cy=y, r=2.6, class_="p", data_w=dot.number))
        else:
            d = f"M{short(x - 3)} {short(y - 3)}l6 6m0 -6l-6 6"
            drawn.append(draw("path", d=d, class_="p x", data_w=dot.number))
    return draw("g", Markup("").join(drawn), class_=name)

"""A plate as a picture: one square per well, coloured by a readout, marked by role and state."""

import math

import polars as pl
from markupsafe import Markup

from swanneck.foundation.wells import plate_shape, well_name, well_position
from swanneck.reports.drawing import ColourScale, draw, number_ticks, short
from swanneck.reports.wording import format_number

__all__ = ["draw_colour_key", "draw_heat_map"]

_CELL, _SIZE = 20, 19  # a well and its gap, in units of the picture
_LEFT, _TOP = 22, 16


def draw_heat_map(plate: pl.DataFrame, column: str, scale: ColourScale, first_number: int) -> Markup:
    """Draw one plate's wells in one readout.

    `plate` holds the rows of one plate in the page's order, the first of which has the number `first_number`.
    A well without a value is white with a hairline; a failed one has a cross, a masked one a ring, a
    doubtful sample an exclamation mark, the controls a minus and a plus.
    """
    rows, columns = plate_shape(plate["well"].to_list())
    squares: list[list[Markup]] = [[] for _ in range(rows)]
    marks: dict[str, list[str]] = {name: [] for name in ("minus", "plus", "reference", "cross", "ring", "doubt")}
    masked = plate["mask_reason"].is_not_null()
    values = plate[column].cast(pl.Float64)
    wells = zip(plate["well"], values, plate["role"], plate["status"], masked, strict=True)
    for number, (well, value, role, status, is_masked) in enumerate(wells, first_number):
        row, place = well_position(well)
        absent = value is None or not math.isfinite(value)
        fill = None if absent else scale.colour(value)
        kind = "none" if absent else None
        square = draw("rect", x=_CELL * place, width=_SIZE, height=_SIZE, fill=fill, class_=kind, data_w=number)
        squares[row].append(square)
        x, y = _CELL * place + _SIZE / 2, _CELL * row + _SIZE / 2
        if mark := _mark(role, status, masked=is_masked):
            marks[mark].append(_glyph(mark, x, y))
    outline = draw("rect", x=-2, y=-2, width=_CELL * columns + 3, height=_CELL * rows + 3, rx=4, class_="outline")
    body = [outline]
    for row, line in enumerate(squares):
        if line:
            body.append(draw("g", Markup("").join(line), transform=f"translate(0 {_CELL * row})"))
    for name, drawn in marks.items():
        if drawn:
            d = "".join(drawn)
            body += [draw("path", d=d, class_="halo"), draw("path", d=d, class_=f"mark {name}")]
    names = _names(rows, columns)
    plot = draw("g", Markup("").join(body), transform=f"translate({_LEFT} {_TOP})", class_="wells")
    box = f"0 0 {_LEFT + _CELL * columns} {_TOP + _CELL * rows}"
    return draw("svg", names + plot, viewBox=box, class_="plate", role="group", data_columns=columns)


def _mark(role: str | None, status: str | None, *, masked: bool) -> str:
    if status == "failed":
        return "cross"
    if masked:
        return "ring"
    shapes = {"negative_control": "minus", "positive_control": "plus", "reference": "reference"}
    return shapes.get(role or "", "doubt" if status == "warning" else "")


def _glyph(mark: str, x: float, y: float) -> str:
    h, v = short(x), short(y)
    return {
        "minus": f"M{short(x - 3.5)} {v}h7",
        "plus": f"M{short(x - 3.5)} {v}h7M{h} {short(y - 3.5)}v7",
        "reference": f"M{short(x - 4)} {short(y + 3)}h8l-4 -7z",
        "doubt": f"M{h} {short(y - 4.5)}v5m0 2.5v1.2",
        "cross": f"M{short(x - 4)} {short(y - 4)}l8 8m0 -8l-8 8",
        "ring": f"M{short(x - 4)} {v}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
    }[mark]


def _names(rows: int, columns: int) -> Markup:
    letters = [well_name(row, 0)[:-2] for row in range(rows)]
    every = 1 if columns <= 24 else 2
    down = [
        draw("text", name, x=_LEFT - 5, y=_TOP + _CELL * row + 14, class_="row") for row, name in enumerate(letters)
    ]
    across = [
        draw("text", column + 1, x=_LEFT + _CELL * column + _SIZE / 2, y=_TOP - 6, class_="column")
        for column in range(0, columns, every)
    ]
    return Markup("").join(down + across)


def draw_colour_key(scale: ColourScale, unit: str) -> Markup:
    """Draw what the colours of a map mean, with the ends that stand for all values beyond them."""
    width, height = 192, 10
    step = width / len(scale.colours)
    bar = [
        draw("rect", x=index * step, width=step + 0.3, height=height, fill=colour)
        for index, colour in enumerate(scale.colours)
    ]
    ticks = number_ticks(scale.low, scale.high)
    span = scale.high - scale.low
    text = [
        draw("text", f"{format_number(tick)}{' ' + unit if unit and tick == ticks[-1] else ''}", x=x, y=height + 12)
        for tick in ticks
        for x in [(tick - scale.low) / span * width]
    ]
    return draw("svg", Markup("").join(bar + text), viewBox=f"-12 0 {width + 48} {height + 16}", class_="key")

"""Secondary structures as pictures: a mountain plot of nesting, and arcs between paired bases."""

import math

from markupsafe import Markup

from swanneck.folding.structures import list_stems
from swanneck.reports.drawing import Axis, draw, points, short

__all__ = ["draw_arcs", "draw_mountain"]

_MOST_ARCS = 600
_MOST_POINTS = 1200


def draw_mountain(structure: str, width: float = 1000.0, height: float = 220.0) -> Markup:
    """Draw how many pairs enclose each base, along the sequence (Hogeweg and Hesper 1984, NAR 12:67).

    >>> str(draw_mountain("((...))"))[:4]
    '<svg'
    """
    depths, depth = [], 0
    for sign in structure:
        depth += sign == "("
        depths.append(depth)
        depth -= sign == ")"
    deepest = max(max(depths, default=0), 1)
    across, up = Axis(1, max(len(structure), 2), 42, width - 8), Axis(0, deepest, height - 28, 8)
    step = max(1, len(depths) // _MOST_POINTS)
    line = [(across.place(k + 1), up.place(max(depths[k : k + step]))) for k in range(0, len(depths), step)]
    area = points([(across.place(1), up.place(0)), *line, (line[-1][0], up.place(0))]) + "Z"
    shapes = [draw("path", d=area, class_="mountain")]
    for value in (0, deepest):
        shapes.append(draw("text", value, x=36, y=up.place(value) + 4, class_="end"))
    return _frame([*shapes, *_position_ticks(len(structure), across, height)], "Mountain plot", width, height)


def draw_arcs(structure: str, width: float = 1000.0, height: float = 260.0) -> Markup:
    """Draw an arc for each pair, those of a stem as one band; the longest 600 stems of a long structure.

    >>> str(draw_arcs("((...))")).count("<path")
    1
    """
    stems = sorted(list_stems(structure), key=lambda stem: -stem[2])[:_MOST_ARCS]
    across, floor = Axis(1, max(len(structure), 2), 42, width - 8), height - 28
    shapes = []
    for first, last, size in stems:
        left, right = across.place(first + (size + 1) / 2), across.place(last + 1 - (size - 1) / 2)
        rise = min((right - left) / 2, floor - 8)
        reach = f"{short((right - left) / 2)} {short(rise)}"
        path = f"M{short(left)} {short(floor)}A{reach} 0 0 1 {short(right)} {short(floor)}"
        shapes.append(draw("path", d=path, class_="arc", stroke_width=round(max(0.6, math.sqrt(size) / 1.6), 2)))
    return _frame([*shapes, *_position_ticks(len(structure), across, height)], "Arc plot", width, height)


def _position_ticks(length: int, across: Axis, height: float) -> list[Markup]:
    step = 10 ** math.floor(math.log10(max(length, 10)))
    step = step // 5 if length / step < 2 else step // 2 if length / step < 5 else step
    ticks = []
    for value in [1, *range(step, length + 1, step)]:
        ticks.append(draw("text", value, x=across.place(value), y=height - 10, class_="tick"))
    return ticks


def _frame(shapes: list[Markup], title: str, width: float, height: float) -> Markup:
    base = draw("line", x1=42, x2=width - 8, y1=height - 28, y2=height - 28, class_="axis")
    content = Markup("").join([draw("title", title), *shapes, base])
    return draw("svg", content, viewBox=f"0 0 {short(width)} {short(height)}", role="img", class_="structure")

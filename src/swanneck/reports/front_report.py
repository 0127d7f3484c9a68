"""The trade-off of energy and codon adaptation as one page: a picture and a table."""

from collections.abc import Sequence

from markupsafe import Markup

from swanneck.reports.drawing import Axis, draw, number_ticks, points
from swanneck.reports.page_templates import load_template
from swanneck.vaccine.pareto import Front
from swanneck.vaccine.references import ReferenceSequence

__all__ = ["draw_front", "render_front_report"]

_WIDTH, _HEIGHT = 900.0, 480.0
_LONGEST_NAME = 46


def draw_front(front: Front, others: Sequence[ReferenceSequence] = ()) -> Markup:
    """Draw the front, adaptation across and energy up (lowest on top), with other sequences.

    >>> from swanneck.vaccine.pareto import find_front
    >>> given = ReferenceSequence("given", "", 1.0, -1.0, 0.9)
    >>> str(draw_front(find_front("MGKAL", points=5), [given])).count("<circle")
    3
    """
    pairs = [(point.energy, point.cai) for point in front.points]
    energies, shares = zip(*[*pairs, *((one.energy, one.cai) for one in others)], strict=True)
    across = Axis(min(shares) - 0.01, max(1.0, max(shares)), 76, _WIDTH - 30)
    up = Axis(min(energies), max(energies), 20, _HEIGHT - 50)
    shapes = [draw("title", "Folding energy against codon adaptation")]
    for value in number_ticks(across.low, across.high):
        shapes.append(draw("text", f"{value:g}", x=across.place(value), y=_HEIGHT - 28, class_="tick"))
        shapes.append(
            draw("line", x1=across.place(value), x2=across.place(value), y1=20, y2=_HEIGHT - 46, class_="grid")
        )
    for value in number_ticks(up.low, up.high):
        shapes.append(draw("text", f"{value:g}", x=68, y=up.place(value) + 4, class_="end"))
        shapes.append(draw("line", x1=76, x2=_WIDTH - 30, y1=up.place(value), y2=up.place(value), class_="grid"))
    places = [(across.place(cai), up.place(energy)) for energy, cai in pairs]
    shapes.append(draw("path", d=points(places), class_="front"))
    for point, (x, y) in zip(front.points, places, strict=True):
        title = draw("title", f"lambda {point.lambda_:.3g}: {point.energy:.1f} kcal/mol, CAI {point.cai:.3f}")
        shapes.append(draw("circle", title, cx=x, cy=y, r=4, class_="point"))
    for one in others:
        x, y = across.place(one.cai), up.place(one.energy)
        near_end = x > _WIDTH * 0.6
        title = draw("title", f"{one.name}: {one.energy:.1f} kcal/mol, CAI {one.cai:.3f}")
        shapes.append(draw("circle", title, cx=x, cy=y, r=5, class_="other"))
        name = one.name if len(one.name) <= _LONGEST_NAME else "…" + one.name[1 - _LONGEST_NAME :]
        anchor = "end" if near_end else "start"
        shapes.append(draw("text", name, x=x - 9 if near_end else x + 9, y=y + 4, class_="name", text_anchor=anchor))
    shapes.append(draw("text", "codon adaptation index", x=_WIDTH / 2, y=_HEIGHT - 6, class_="tick"))
    shapes.append(draw("text", "folding energy, kcal/mol (lower is more stable)", x=76, y=12, class_="name"))
    return draw("svg", Markup("").join(shapes), viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}", role="img", class_="trade")


def render_front_report(name: str, front: Front, others: Sequence[ReferenceSequence] = ()) -> str:
    """Render the page of a front. Equal input gives equal text.

    >>> from swanneck.vaccine.pareto import find_front
    >>> "MGKAL" in render_front_report("MGKAL", find_front("MGKAL", points=5))
    True
    """
    beside = [(one, _least_energy(front, one.cai)) for one in others]
    return load_template("front.html.j2").render(
        name=name, front=front, others=beside, picture=draw_front(front, others)
    )


def _least_energy(front: Front, cai: float) -> float | None:
    """The least energy of the designs that are adapted as well or better; None where a sequence is better than all."""
    return min((point.energy for point in front.points if point.cai >= cai - 1e-9), default=None)

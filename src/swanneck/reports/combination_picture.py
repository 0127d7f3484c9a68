"""A combination as a picture: one square per dose pair, coloured by effect or by what exceeds the expectation."""

from textwrap import wrap

import polars as pl
from markupsafe import Markup

from swanneck.reports.drawing import draw
from swanneck.screening.combinations.scoring import CombinationScore

__all__ = ["draw_combination"]

_WIDE, _HIGH, _LEFT, _TOP = 58, 34, 96, 40
_LETTER = 6.6  # the width of an average letter
_REACH = 50.0  # percent points at which the colour is full


def draw_combination(score: CombinationScore, reference: str = "bliss") -> str:
    """Draw scores of one reference as SVG: dose pairs as squares with numbers, bold where the interval excludes zero.

    Orange is synergy, blue antagonism, white as expected; effects of the drugs alone stand along the edges in grey.
    Where the reference could not be computed the picture says why.
    """
    surface = score.surface
    rows, columns = surface.doses[0].size, surface.doses[1].size
    places = {(a, b): (i, j) for i, a in enumerate(surface.doses[0]) for j, b in enumerate(surface.doses[1])}
    names = [f"{drug}, {unit}" if unit else drug for drug, unit in zip(surface.drugs, surface.units, strict=True)]
    body = [
        draw("text", f"{names[1]} →", x=_LEFT, y=14, font_weight="bold"),
        draw("text", f"{names[0]} ↓", x=4, y=_TOP - 8, font_weight="bold"),
    ]
    for i, dose in enumerate(surface.doses[0]):
        body.append(draw("text", f"{dose:.4g}", x=_LEFT - 8, y=_TOP + _HIGH * i + 21, text_anchor="end"))
        body.append(_square(i, 0, "#e4e4e4", f"{100 * surface.effects[i, 0]:.0f} %"))
    for j, dose in enumerate(surface.doses[1]):
        body.append(draw("text", f"{dose:.4g}", x=_LEFT + _WIDE * j + 28, y=_TOP - 8, text_anchor="middle"))
        body.append(_square(0, j, "#e4e4e4", f"{100 * surface.effects[0, j]:.0f} %"))
    name = f"{reference}_score"
    for row in score.pairs.select("dose_a", "dose_b", name, f"{name}_low", f"{name}_high").iter_rows():
        i, j = places[row[0], row[1]]
        body.append(_pair(i, j, row[2:]))
    below = _TOP + _HIGH * rows + 20
    width = max(_LEFT + _WIDE * columns + 8, 640)
    captions = [part for line in _captions(score, reference) for part in wrap(line, int(width / _LETTER))]
    body += [draw("text", line, x=4, y=below + 16 * number) for number, line in enumerate(captions)]
    height = below + 16 * len(captions) + 8
    return str(
        draw(
            "svg", Markup("").join(body), xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height}",
            width=width, height=height, font_family="sans-serif", font_size=12,
        )
    )  # fmt: skip


def _pair(i: int, j: int, values: tuple[float | None, ...]) -> Markup:
    score, low, high = values
    if score is None:
        return _square(i, j, "#ffffff", "–")
    sure = low is not None and high is not None and (low > 0 or high < 0)
    share = min(abs(score) / _REACH, 1.0)
    end = (223, 127, 53) if score > 0 else (74, 144, 196)
    colour = "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in end)
    text = "0" if abs(score) < 0.5 else f"{score:+.0f}"
    return _square(i, j, colour, text, bold=sure)


def _square(i: int, j: int, fill: str, text: str, *, bold: bool = False) -> Markup:
    x, y = _LEFT + _WIDE * j, _TOP + _HIGH * i
    box = draw("rect", x=x, y=y, width=_WIDE - 2, height=_HIGH - 2, fill=fill, stroke="#bbbbbb", stroke_width=0.5)
    weight = "bold" if bold else None
    return box + draw("text", text, x=x + 28, y=y + 21, text_anchor="middle", font_weight=weight)


def _captions(score: CombinationScore, reference: str) -> list[str]:
    row = score.summary.filter(pl.col("reference") == reference).row(0, named=True)
    if row["mean_score"] is None:
        first = f"{reference}: not computed: {row['reason']}"
    else:
        first = f"{reference}: mean {row['mean_score']:+.1f} ({row['mean_low']:+.1f} to {row['mean_high']:+.1f})"
    baseline = f"effect 0 is {score.surface.baseline:.4g} ({score.surface.baseline_from}); bold: interval excludes zero"
    return [first, baseline, score.intervals_from, *score.warnings]

"""The little that our pictures need of SVG: elements, scales, ticks and colours."""

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

from swanneck.foundation.units import format_molar

__all__ = ["PALETTES", "Axis", "ColourScale", "dose_ticks", "draw", "number_ticks", "points", "short"]

_ANCHORS = {
    # One hue per role, pale to dark, so that a map also reads in grey print; viridis for all else.
    "blue": ("#f3f7fb", "#cfe1f0", "#93bfe0", "#4a90c4", "#14629e", "#063b69"),
    "orange": ("#fdf6ee", "#fbdcbc", "#f4b27a", "#df7f35", "#ac5010", "#662c05"),
    "viridis": ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"),
}
_STEPS = 32


def _interpolate(anchors: tuple[str, ...], position: float) -> str:
    place = position * (len(anchors) - 1)
    first = min(int(place), len(anchors) - 2)
    pair = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in anchors[first : first + 2]]
    mixed = [round(a + (b - a) * (place - first)) for a, b in zip(*pair, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


PALETTES: dict[str, tuple[str, ...]] = {
    name: tuple(_interpolate(anchors, step / (_STEPS - 1)) for step in range(_STEPS))
    for name, anchors in _ANCHORS.items()
}
"""Colours from the low to the high end of a scale, all readable for the colour-blind."""


def short(value: float) -> str:
    """Print a coordinate with one decimal, as few characters as possible.

    >>> short(12.0), short(0.25), short(-0.01)
    ('12', '0.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def draw(tag: str, content: object = "", /, **attributes: object) -> Markup:
    """Write one SVG element; numbers are shortened, text is escaped, `stroke_width` becomes `stroke-width`.

    An attribute that is None is left out; a trailing underscore is dropped (`class_`).

    >>> str(draw("text", "a < b", x=1.25, class_="axis"))
    '<text x="1.2" class="axis">a &lt; b</text>'
    """
    parts = [f"<{tag}"]
    for name, value in attributes.items():
        if value is not None:
            text = short(value) if isinstance(value, float) else str(value)
            parts.append(f' {name.rstrip("_").replace("_", "-")}="{escape(text)}"')
    inner = escape(content)
    return Markup("".join(parts) + (f">{inner}</{tag}>" if inner else "/>"))


def points(pairs: list[tuple[float, float]]) -> str:
    """Write a polyline as the `d` of a path.

    >>> points([(0, 1), (2, 3)])
    'M0 1L2 3'
    """
    return "M" + "L".join(f"{short(x)} {short(y)}" for x, y in pairs)


@dataclass(frozen=True)
class Axis:
    """A straight map from values to coordinates."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Give the coordinate of a value.

        >>> Axis(0, 10, 100, 200).place(5)
        150.0
        """
        span = (self.high - self.low) or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)

    def clamp(self, value: float) -> float:
        """Give the coordinate of a value, held inside the axis."""
        return self.place(min(max(value, self.low), self.high))


@dataclass(frozen=True)
class ColourScale:
    """A map from values to the colours of a palette; values beyond the ends take the end's colour."""

    low: float
    high: float
    palette: str
    reverse: bool = False

    @property
    def colours(self) -> tuple[str, ...]:
        """The palette from low to high."""
        colours = PALETTES[self.palette]
        return colours[::-1] if self.reverse else colours

    def colour(self, value: float) -> str:
        """Give the colour of a value.

        >>> ColourScale(0, 100, "blue").colour(1000)
        '#063b69'
        """
        span = (self.high - self.low) or 1.0
        share = min(max((value - self.low) / span, 0.0), 1.0)
        return self.colours[min(int(share * _STEPS), _STEPS - 1)]


def number_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Choose round numbers inside a range.

    >>> number_ticks(0, 100), number_ticks(0.31, 0.62)
    ([0.0, 50.0, 100.0], [0.4, 0.6])
    """
    rough = (high - low) / max(count - 1, 1)
    if not (rough > 0 and math.isfinite(rough)):
        return [low] if math.isfinite(low) else []
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def dose_ticks(low: float, high: float, count: int = 5) -> list[tuple[float, str]]:
    """Choose whole decades inside a range of log10 molar doses, with their names.

    >>> dose_ticks(-8.2, -4.9)
    [(-8.0, '10 nM'), (-7.0, '100 nM'), (-6.0, '1 µM'), (-5.0, '10 µM')]
    """
    decades = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
    step = max(1, math.ceil(len(decades) / count))
    return [(float(decade), format_molar(10.0**decade)) for decade in decades if (decade % step) == 0]

"""Shapes for simulated photographs of strips: signed distances, glyphs, and grounds to lie on.

Distances are in millimetres, negative inside, and are evaluated wherever a pixel looks, so a picture of any size and
tilt is drawn without resampling.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ground", "blend", "glyph_distance", "ground_colour", "rectangle_distance", "segment_distance"]

Array = NDArray[np.float64]
Ground = Literal["plain", "wood", "cloth", "tiles"]

_ARC = [(0.38 * float(np.cos(a)), 0.46 * float(np.sin(a))) for a in np.radians(np.arange(45, 316, 15))]
_GLYPHS: dict[str, list[list[tuple[float, float]]]] = {
    "C": [_ARC],
    "T": [[(-0.36, 0.46), (0.36, 0.46)], [(0.0, 0.46), (0.0, -0.46)]],
    "S": [[(0.3, 0.38), (0.0, 0.46), (-0.28, 0.3), (-0.2, 0.06), (0.2, -0.06), (0.3, -0.3), (0.0, -0.46),
           (-0.3, -0.38)]],
    "I": [[(0.0, 0.46), (0.0, -0.46)]],
    "A": [[(-0.34, -0.46), (0.0, 0.46), (0.34, -0.46)], [(-0.2, -0.12), (0.2, -0.12)]],
    "E": [[(0.3, 0.46), (-0.28, 0.46), (-0.28, -0.46), (0.3, -0.46)], [(-0.28, 0.0), (0.2, 0.0)]],
    "N": [[(-0.3, -0.46), (-0.3, 0.46), (0.3, -0.46), (0.3, 0.46)]],
    "V": [[(-0.34, 0.46), (0.0, -0.46), (0.34, 0.46)]],
}  # fmt: skip


def rectangle_distance(x: Array, y: Array, half: tuple[float, float], radius: float = 0.0) -> Array:
    """Give the signed distance to a rectangle about the origin, of given half sides and corner radius."""
    across = np.abs(x) - half[0] + radius
    along = np.abs(y) - half[1] + radius
    outside = np.hypot(np.maximum(across, 0), np.maximum(along, 0))
    return np.asarray(outside + np.minimum(np.maximum(across, along), 0) - radius)


def segment_distance(x: Array, y: Array, points: Sequence[tuple[float, float]]) -> Array:
    """Give the distance to a line through points."""
    nearest = np.full(x.shape, np.inf)
    for (ax, ay), (bx, by) in zip(points, points[1:], strict=False):
        length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-12)
        share = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay)))
    return nearest


def glyph_distance(x: Array, y: Array, letter: str, *, size: float, turn: float = 0.0) -> Array:
    """Give the signed distance to a capital letter of a height about the origin, turned (radians, anticlockwise)."""
    right = (x * np.cos(turn) + y * np.sin(turn)) / size
    up = (y * np.cos(turn) - x * np.sin(turn)) / size
    strokes = [segment_distance(right, up, stroke) for stroke in _GLYPHS[letter]]
    return np.asarray((np.minimum.reduce(strokes) - 0.07) * size)


def blend(picture: Array, distance: Array, colour: Array | Sequence[float], *, soft: float, share: float = 1.0) -> None:
    """Lay a colour on a picture where the distance is negative; the edge is `soft` wide."""
    cover = share * np.clip(0.5 - distance / soft, 0, 1)[..., None]
    picture += cover * (np.asarray(colour) - picture)


def ground_colour(kind: Ground, x: Array, y: Array, generator: np.random.Generator) -> Array:
    """Give the colour of a table at places in millimetres: linear light, last axis red, green and blue."""
    base = generator.uniform(0.03, 0.7) * (1 + generator.uniform(-0.35, 0.35, 3))
    pattern = np.ones(x.shape)
    if kind == "wood":
        base = generator.uniform(0.15, 0.5) * np.array([1.0, 0.62, 0.35])
        grain = sum(
            np.sin(y * pitch + 0.8 * np.sin(x * generator.uniform(0.01, 0.06) + shift) + shift)
            for pitch, shift in zip(generator.uniform(0.5, 4, 5), generator.uniform(0, 6.3, 5), strict=True)
        )
        pattern = 1 + 0.06 * np.asarray(grain)
    elif kind == "cloth":
        pitch = generator.uniform(4, 9)
        pattern = 1 + 0.1 * np.sin(x * pitch) * np.sin(y * pitch)
    elif kind == "tiles":
        side = generator.uniform(12, 40)
        pattern = np.where((np.floor(x / side) + np.floor(y / side)) % 2 == 0, 1.0, generator.uniform(0.3, 0.8))
    return np.clip(pattern[..., None] * base, 0.005, 0.95)

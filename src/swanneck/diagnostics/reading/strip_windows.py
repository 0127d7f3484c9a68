"""Where the membranes of lateral-flow tests lie in a photograph: long even quadrangles with edges on all sides.

A membrane is even in colour but for its lines, and something else lies around it: a recess, plastic, a table. The
picture is cut into even pieces at several strengths of edge; pieces in a row with equal width, as lines cut a membrane,
are put together again. A row that fills a long quadrangle is a candidate; its sides are then fitted to the edges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from swanneck.diagnostics.reading.quadrangles import (
    Array,
    common_share,
    corner_lengths,
    fit_sides,
    homography,
    least_rectangle,
    map_points,
    rectify,
    sample,
)

__all__ = ["StripWindow", "ends_on_line", "find_windows", "log_light"]

_LONGEST_SIDE = (1000, 500)
_EDGE_LEVELS = 0.006 * 1.5 ** np.arange(10)
_LEAST_WIDTH = 5.0
_LEAST_AREA, _LARGEST_SHARE = 40, 0.3
_MOST_PIECES = 400
_SAME_COLOUR = 0.2
_FURTHEST = 1.0
_COLUMNS_PER_WIDTH = 16
_MOST_WINDOWS = 60


@dataclass(frozen=True)
class StripWindow:
    """A candidate: corners (4, 2) as x and y in pixels, around the membrane; the first two are at one of its ends.

    `support` is the share of each side (end, long, end, long) along which an edge is seen; `evenness` how far its
    pixels differ from their row's and column's medians, as a difference of logarithms.
    """

    corners: Array
    support: tuple[float, float, float, float]
    evenness: float

    @property
    def size(self) -> tuple[float, float]:
        """Length and width in pixels."""
        return corner_lengths(self.corners)

    @property
    def quality(self) -> float:
        """The higher the more a membrane's window it is: edges on all sides, nothing inside but columns."""
        ends, sides = self.support[0] + self.support[2], self.support[1] + self.support[3]
        length, width = self.size
        return sides + 0.7 * ends - 12 * self.evenness + 0.25 * float(np.log(length * width))


def log_light(picture: NDArray[np.uint8]) -> Array:
    """Give the natural logarithm of the light (linear, with a little added against noise in the dark) by channel."""
    share = np.arange(256) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return np.asarray(np.log(linear + 0.01)[picture])


def find_windows(light: Array) -> list[StripWindow]:
    """Find candidates in a picture given by `log_light`, best first; they may lie on top of each other."""
    found: list[StripWindow] = []
    for longest in _LONGEST_SIDE:
        scale = min(2.0, longest / max(light.shape[:2]))
        small = _resize(light, scale)
        for corners in _quadrangles(small):
            window = _judge(light, (corners + 0.5) / scale - 0.5)
            if window is not None:
                found.append(window)
    found.sort(key=lambda one: -one.quality)
    kept: list[StripWindow] = []
    for one in found:
        if not any(_is_same(one.corners, other.corners) for other in kept):
            kept.append(one)
    return kept[:_MOST_WINDOWS]


def _is_same(one: Array, other: Array) -> bool:
    areas = np.prod(corner_lengths(one)) / np.prod(corner_lengths(other))
    return bool(1 / 1.3 < areas < 1.3) and common_share(one, other) > 0.7


def _resize(light: Array, scale: float) -> Array:
    if scale < 1:
        light = ndimage.gaussian_filter(light, (0.4 / scale, 0.4 / scale, 0))
    rows, columns = (max(8, int(size * scale)) for size in light.shape[:2])
    down = (np.arange(rows) + 0.5) / scale - 0.5
    right = (np.arange(columns) + 0.5) / scale - 0.5
    at = np.meshgrid(down, right, indexing="ij")
    return np.stack(
        [ndimage.map_coordinates(light[..., channel], at, order=1, mode="nearest") for channel in range(3)], axis=2
    )


@dataclass(frozen=True)
class _Pieces:
    """Even pieces of one level: centre, unit vector of the longer axis, half sides along and across, label, and

    mean colour."""

    centre: Array
    axis: Array
    half: Array
    label: NDArray[np.intp]
    colour: Array


def _quadrangles(light: Array) -> Iterator[Array]:
    smooth = ndimage.gaussian_filter(light, (0.8, 0.8, 0))
    slopes = [np.hypot(*np.gradient(smooth[..., channel])) for channel in range(3)]
    edge = np.maximum.reduce(slopes)
    least = float(np.quantile(edge, 0.1))
    for level in _EDGE_LEVELS[_EDGE_LEVELS > least]:
        labels, count = ndimage.label(edge < level)
        pieces = _measure_pieces(labels, count, light)
        for members in _rows_of_pieces(pieces):
            corners = _hull_rectangle(labels, pieces.label[members])
            if corners is not None:
                yield corners


def _measure_pieces(labels: NDArray[Any], count: int, light: Array) -> _Pieces:
    """Measure the pieces that fill the rectangle of their moments, none that the picture's border cuts."""
    rows, columns = labels.shape
    flat = labels.ravel()
    area = np.bincount(flat, minlength=count + 1).astype(np.float64)
    down, right = (axis.ravel().astype(np.float64) for axis in np.mgrid[:rows, :columns])
    with np.errstate(invalid="ignore", divide="ignore"):
        y, x = (np.bincount(flat, axis, count + 1) / area for axis in (down, right))
        yy = np.bincount(flat, down * down, count + 1) / area - y * y + 1 / 12
        xx = np.bincount(flat, right * right, count + 1) / area - x * x + 1 / 12
        xy = np.bincount(flat, down * right, count + 1) / area - x * y
    half = np.sqrt(np.maximum(((xx - yy) / 2) ** 2 + xy**2, 0))
    long = np.sqrt(3 * np.maximum((xx + yy) / 2 + half, 0))
    wide = np.sqrt(3 * np.maximum((xx + yy) / 2 - half, 1e-9))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = area / (4 * long * wide)
    good = (area >= _LEAST_AREA) & (area <= _LARGEST_SHARE * flat.size) & (filled > 0.75) & (filled < 1.15)
    good &= 2 * wide >= 0.5 * _LEAST_WIDTH
    good[0] = False
    for border in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        good[border] = False
    chosen = np.flatnonzero(good)
    chosen = chosen[np.argsort(-area[chosen])][:_MOST_PIECES]
    axis = np.stack([np.cos(angle[chosen]), np.sin(angle[chosen])], axis=1)
    colour = np.stack(
        [np.bincount(flat, light[..., channel].ravel(), count + 1)[chosen] / area[chosen] for channel in range(3)],
        axis=1,
    )
    return _Pieces(
        np.stack([x[chosen], y[chosen]], axis=1), axis, np.stack([long[chosen], wide[chosen]], axis=1), chosen, colour
    )


def _rows_of_pieces(pieces: _Pieces) -> Iterator[NDArray[np.intp]]:
    """Yield rows of pieces that lie behind each other with equal width, each once; a piece alone is a row too."""
    seen: set[tuple[int, ...]] = set()
    corners = np.stack([
        pieces.centre + i * pieces.half[:, :1] * pieces.axis + j * pieces.half[:, 1:] * pieces.axis[:, ::-1] * [-1, 1]
        for i in (-1, 1) for j in (-1, 1)
    ], axis=1)  # fmt: skip
    for own in range(len(pieces.label)):
        for way in (0, 1):
            along = pieces.axis[own] if way == 0 else pieces.axis[own][::-1] * [-1, 1]
            width = 2 * pieces.half[own, 1 - way]
            if width < _LEAST_WIDTH - 2 or pieces.half[own, way] < 0.12 * width:
                continue
            across = along[::-1] * [-1, 1]
            moved = corners - pieces.centre[own]
            side, ahead = moved @ across, moved @ along
            even = (np.abs(side.min(1) + width / 2) < 0.22 * width) & (np.abs(side.max(1) - width / 2) < 0.22 * width)
            even &= (np.abs(pieces.colour - pieces.colour[own]) < _SAME_COLOUR).all(axis=1)
            members = _run(np.flatnonzero(even), own, ahead, width)
            length = np.ptp(ahead[members])
            key = tuple(sorted(members.tolist()))
            if 1.6 * width < length < 20 * width and key not in seen:
                seen.add(key)
                yield members


def _run(even: NDArray[np.intp], own: int, ahead: Array, width: float) -> NDArray[np.intp]:
    """Keep of pieces in a row those that are reached from one without a wide gap."""
    order = even[np.argsort(ahead[even].min(1))]
    gaps = ahead[order[1:]].min(1) - np.maximum.accumulate(ahead[order].max(1))[:-1]
    group = np.concatenate([[0], np.cumsum(gaps > 0.7 * width)])
    return np.asarray(order[group == group[np.flatnonzero(order == own)[0]]])


def _hull_rectangle(labels: NDArray[Any], members: NDArray[np.intp]) -> Array | None:
    """Give the least rectangle about pieces, None where they do not fill it."""
    points = []
    area = 0.0
    for label in members:
        rows, columns = np.nonzero(labels == label)
        points.append(np.stack([columns, rows], axis=1))
        area += rows.size
    try:
        hull = ConvexHull(np.concatenate(points))
    except QhullError:
        return None
    corners = least_rectangle(hull.points[hull.vertices])
    length, width = corner_lengths(corners)
    if min(length, width) < _LEAST_WIDTH - 2 or hull.volume < 0.86 * length * width or area < 0.6 * hull.volume:
        return None
    return corners


def _judge(light: Array, corners: Array) -> StripWindow | None:
    """Fit a candidate's sides to the edges of the picture, and say how well it is bounded and how even inside."""
    corners, _ = fit_sides(light, corners)
    if corner_lengths(corners)[1] < _LEAST_WIDTH:
        return None
    corners, support = fit_sides(light, _extend(light, corners))
    length, width = corner_lengths(corners)
    if width < _LEAST_WIDTH or not 1.7 * width < length < 20 * width:
        return None
    patch = rectify(light, corners, (96, 24), inset=0.08).mean(axis=2)
    patch = patch - np.median(patch, axis=0)
    patch -= np.median(patch, axis=1, keepdims=True)
    evenness = float(np.quantile(np.abs(patch), 0.96))
    return StripWindow(corners, support, evenness) if evenness < 0.12 and sum(support) > 1.6 else None


def _extend(light: Array, corners: Array) -> Array:
    """Move the ends outwards over lines, as far as colour and both long edges go on beyond them."""
    length, width = corner_lengths(corners)
    reach = _FURTHEST * max(length / width, 2.0)
    steps = np.arange(-reach, length / width + reach, 1 / _COLUMNS_PER_WIDTH)
    rows = np.linspace(-0.3, 1.3, 33)
    u, v = np.meshgrid((steps + 0.5 / _COLUMNS_PER_WIDTH) * width / length, rows)
    matrix = homography(corners)
    if (np.stack([u.ravel(), v.ravel(), np.ones(u.size)], axis=1) @ matrix[2] <= 0.05).any():
        return corners
    points = map_points(matrix, np.stack([u.ravel(), v.ravel()], axis=1))
    patch = sample(light, points).reshape(*u.shape, 3)
    seen = ((points >= 0) & (points <= np.array(light.shape[1::-1]) - 1)).all(axis=1).reshape(u.shape).all(axis=0)
    within = (steps >= 0) & (steps < length / width - 1 / _COLUMNS_PER_WIDTH)
    colour = np.median(patch[10:23], axis=0)
    bright = colour[within].mean(axis=1)
    own = np.median(colour[within][np.abs(bright - np.quantile(bright, 0.8)) < 0.1], axis=0)
    alike = (np.abs(colour - own) < _SAME_COLOUR).all(axis=1)
    edge = ndimage.uniform_filter1d(np.abs(np.diff(patch, axis=0)).max(axis=2), 3, axis=1)
    sides = [edge[rows].max(axis=0) for rows in (slice(3, 10), slice(22, 29))]
    strength = np.sort([side / max(float(np.median(side[within])), 1e-9) for side in sides], axis=0)
    alike &= seen & (strength[0] > 0.15) & (strength[1] > 0.4)
    starts, ends = _runs(alike & within)
    if not starts.size:
        return corners
    longest = int((ends - starts).argmax())
    first = starts[longest] - _walk(alike[: starts[longest] + 1][::-1])
    last = ends[longest] + _walk(alike[ends[longest] :])
    begin, end = steps[first] * width / length, (steps[last] + 1 / _COLUMNS_PER_WIDTH) * width / length
    return map_points(matrix, np.array([[begin, 0], [begin, 1], [end, 1], [end, 0]]))


def _runs(alike: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the first and the last place of each run of true values."""
    change = np.diff(np.concatenate([[0], alike.astype(np.int8), [0]]))
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1) - 1


def _walk(alike: NDArray[np.bool_]) -> int:
    """Give how far one comes over columns that are alike, over gaps narrower than a line may be."""
    gap, least = int(0.6 * _COLUMNS_PER_WIDTH), int(0.25 * _COLUMNS_PER_WIDTH)
    place = 0
    while place < alike.size - 1:
        ahead = alike[place + 1 : place + 1 + gap + least]
        runs = [start for start in range(len(ahead) - least + 1) if ahead[start : start + least].all()]
        if not runs:
            break
        place += runs[0] + least
    while place + 1 < alike.size and alike[place + 1]:
        place += 1
    return place


def ends_on_line(light: Array, corners: Array) -> bool:
    """Tell whether a window seems cut off at a line: beyond an end lies colour, and then the membrane's own again."""
    length, width = corner_lengths(corners)
    inside = rectify(light, corners, (60, 12), inset=0.25)
    bright = inside.mean(axis=2)
    own = np.median(inside[bright >= np.median(bright)], axis=0)
    matrix = homography(corners)
    away = np.arange(0.0, 1.0, 0.06)
    across = np.linspace(0.12, 0.88, 13)
    for sign in (-1, 1):
        u = (0.0 if sign < 0 else 1.0) + sign * away * width / length
        points = np.stack([axis.ravel() for axis in np.meshgrid(u, across)], axis=1)
        density = (own - sample(light, map_points(matrix, points)).reshape(across.size, u.size, 3)) / np.log(10)
        dyed = (np.ptp(density, axis=2) > 0.08) & (density.max(axis=2) > 0.1)
        coloured = (dyed.mean(axis=0) > 0.85) & (away < 0.5)
        clear = np.abs(np.median(density, axis=0)).max(axis=1) < 0.06
        if coloured.any() and clear[int(coloured.argmax()) :].any():
            return True
    return False

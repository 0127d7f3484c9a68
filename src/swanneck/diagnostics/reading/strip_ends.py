"""Which end of a strip is the control's: the other one from the sample well, a round recess in line with the window."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from swanneck.diagnostics.reading.quadrangles import Array, corner_lengths, homography, map_points, sample

__all__ = ["ControlEnd", "find_control_end"]

_ANGLES = np.linspace(0, 2 * np.pi, 32, endpoint=False)
_PIXELS_PER_WIDTH = 14
_REACH = 9.0  # widths beyond an end
_LEAST_ROUND, _LEAD = 0.7, 0.1
_QUIET = 0.7  # what lies around a well is plain
_LEAST_SLOPE = 0.012
_WAYS = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}


@dataclass(frozen=True)
class ControlEnd:
    """`sign` is 1 where the window's first corners are at the control's end, -1 at the other one, 0 not known."""

    sign: int
    told_by: str


def find_control_end(
    light: Array, corners: Array, *, wanted: Literal["left", "right", "top", "bottom"] | None = None
) -> ControlEnd:
    """Find the control's end of a window: towards `wanted` where that is given, else away from the sample well."""
    way = corners[:2].mean(axis=0) - corners[2:].mean(axis=0)
    if wanted is not None:
        along = float(way @ np.array(_WAYS[wanted])) / float(np.hypot(*way))
        if abs(along) > 0.2:
            return ControlEnd(1 if along > 0 else -1, "as told")
    ends = [_roundest(light, turned) for turned in (corners, np.roll(corners, 2, axis=0))]
    if max(ends) >= _LEAST_ROUND and abs(ends[0] - ends[1]) >= _LEAD:
        return ControlEnd(-1 if ends[0] > ends[1] else 1, "sample well")
    return ControlEnd(0, "")


def _roundest(light: Array, corners: Array) -> float:
    """Give how round the roundest thing is beyond the first corners: the share of a circle along which an edge runs."""
    length, width = corner_lengths(corners)
    step = 1 / _PIXELS_PER_WIDTH
    along, across = np.arange(-_REACH, -0.1, step), np.arange(-1.8, 2.8, step)
    u, v = np.meshgrid(along * width / length, across)
    matrix = homography(corners)
    depth = np.stack([u.ravel(), v.ravel(), np.ones(u.size)], axis=1) @ matrix[2]
    points = map_points(matrix, np.stack([u.ravel(), v.ravel()], axis=1))
    patch = sample(light, points).reshape(*u.shape, 3)
    seen = ((points >= 0) & (points <= np.array(light.shape[1::-1]) - 1)).all(axis=1) & (depth > 0.1)
    smooth = ndimage.gaussian_filter(patch.mean(axis=2), 1.0)
    down, right = np.gradient(smooth)
    seen = seen.reshape(u.shape)
    down, right = np.where(seen, down, 0), np.where(seen, right, 0)
    slope = np.hypot(down, right)
    least = max(_LEAST_SLOPE, 3 * float(np.median(slope[seen])) if seen.any() else 0.0)
    best = 0.0
    centres = np.meshgrid(np.arange(0, u.shape[1], 2), np.arange(int(1.7 / step), int(2.9 / step), 2))
    for radius in np.arange(0.5, 1.7, 0.1) / step:
        edge = _roundness(down, right, centres, radius=radius, least=least)
        beyond = _roundness(down, right, centres, radius=1.3 * radius, least=least)
        best = max(best, float((edge - _QUIET * beyond).max()))
    return best


def _roundness(down: Array, right: Array, centres: tuple[NDArray[Any], ...], *, radius: float, least: float) -> Array:
    """Give for each centre the share of directions in which an edge crosses at a radius."""
    x = centres[0][..., None] + radius * np.cos(_ANGLES)
    y = centres[1][..., None] + radius * np.sin(_ANGLES)
    crossing = np.zeros(x.shape, bool)
    for nudge in (-1.0, 0.0, 1.0):
        at = [y + nudge * np.sin(_ANGLES), x + nudge * np.cos(_ANGLES)]
        dx = ndimage.map_coordinates(right, at, order=0, mode="constant")
        dy = ndimage.map_coordinates(down, at, order=0, mode="constant")
        radial = np.abs(dx * np.cos(_ANGLES) + dy * np.sin(_ANGLES))
        crossing |= (radial > least) & (radial > 0.8 * np.hypot(dx, dy))
    return np.asarray(crossing.mean(axis=2))

"""Quadrangles in pictures: least rectangles, sides fitted to edges, and what lies inside laid straight."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = [
    "Array",
    "common_share",
    "corner_lengths",
    "fit_sides",
    "homography",
    "least_rectangle",
    "map_points",
    "rectify",
    "sample",
]

Array = NDArray[np.float64]

_SAMPLES = 32
_LEAST_SLOPE = 0.015  # of the logarithm of light per pixel
_UNIT = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])


def least_rectangle(points: Array) -> Array:
    """Give the rectangle of the least area about convex points: corners in order, the first two at one short end.

    The order is that of `homography`: (0, 0), (0, 1), (1, 1), (1, 0) with the first axis along.

    >>> least_rectangle(np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 1.0], [0.0, 1.0]])).tolist()
    [[0.0, 0.0], [0.0, 1.0], [4.0, 1.0], [4.0, 0.0]]
    """
    sides = np.roll(points, -1, axis=0) - points
    angles = np.unique(np.arctan2(sides[:, 1], sides[:, 0]) % (np.pi / 2))
    best, least = points[:4], np.inf
    for angle in angles:
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        u, v = points @ along, points @ across
        if np.ptp(u) * np.ptp(v) < least:
            least = np.ptp(u) * np.ptp(v)
            ends = [(u.min(), v.min()), (u.min(), v.max()), (u.max(), v.max()), (u.max(), v.min())]
            best = np.array([a * along + b * across for a, b in ends])
            if np.ptp(v) > np.ptp(u):
                best = np.roll(best, -1, axis=0)[::-1]
    return best


def corner_lengths(corners: Array) -> tuple[float, float]:
    """Give mean length (from the first two corners to the others) and mean width of a quadrangle."""
    sides = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    return float(sides[1] + sides[3]) / 2, float(sides[0] + sides[2]) / 2


def homography(corners: Array) -> Array:
    """Give the matrix that maps (along, across) in 0 to 1 to pixels (x, y): (0, 0) to the first corner, (0, 1) to the

    second, (1, 1) to the third. (Hartley and Zisserman 2003, Multiple View Geometry, 2nd ed., section 4.1.)

    >>> map_points(homography(np.array([[0, 0], [0, 2], [8, 2], [8, 0]])), np.array([[0.5, 0.5]])).tolist()
    [[4.0, 1.0]]
    """
    rows, wanted = [], []
    for (u, v), (x, y) in zip(_UNIT, corners, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -u * x, -v * x], [0, 0, 0, u, v, 1, -u * y, -v * y]]
        wanted += [x, y]
    found = np.linalg.lstsq(np.array(rows, np.float64), np.array(wanted, np.float64), rcond=None)[0]
    return np.append(found, 1.0).reshape(3, 3).round(12)


def map_points(matrix: Array, points: Array) -> Array:
    """Map points (n, 2) by a homography."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(moved[:, :2] / moved[:, 2:])


def rectify(light: Array, corners: Array, shape: tuple[int, int], *, inset: float = 0.0) -> Array:
    """Lay what is inside a quadrangle straight: an array of (across, along, channel), `shape` is (along, across).

    `inset` leaves out a share of the width at each long side, and of the length at each end the same number of pixels'
    worth. A negative one looks around the quadrangle.
    """
    length, width = corner_lengths(corners)
    end = inset * width / max(length, 1e-9)
    along = end + (1 - 2 * end) * (np.arange(shape[0]) + 0.5) / shape[0]
    across = inset + (1 - 2 * inset) * (np.arange(shape[1]) + 0.5) / shape[1]
    u, v = np.meshgrid(along, across)
    return sample(light, map_points(homography(corners), np.stack([u.ravel(), v.ravel()], axis=1))).reshape(
        shape[1], shape[0], light.shape[2]
    )


def sample(light: Array, points: Array) -> Array:
    """Give the picture's values at points (n, 2) of x and y, between pixels; those outside take the border's."""
    at = points[:, ::-1].T
    return np.stack(
        [
            ndimage.map_coordinates(light[..., channel], at, order=1, mode="nearest")
            for channel in range(light.shape[2])
        ],
        axis=1,
    )


def common_share(one: Array, other: Array) -> float:
    """Give the area that two quadrangles share, as a share of the smaller one (sampled on a grid)."""
    if (one.min(0) > other.max(0)).any() or (other.min(0) > one.max(0)).any():
        return 0.0
    small, large = sorted((one, other), key=lambda corners: np.prod(corner_lengths(corners)))
    places = (np.arange(16) + 0.5) / 16
    grid = np.stack([axis.ravel() for axis in np.meshgrid(places, places)], axis=1)
    points = map_points(homography(small), grid)
    inside = map_points(np.asarray(np.linalg.inv(homography(large)), np.float64), points)
    return float(((inside > 0) & (inside < 1)).all(axis=1).mean())


def fit_sides(light: Array, corners: Array) -> tuple[Array, tuple[float, float, float, float]]:
    """Move the sides of a quadrangle to the strongest edge near them; give it with the share of each that has one.

    An edge is looked for along normals, within a quarter of the width; a straight line is fitted to those places that
    agree (least squares, three rounds without what lies off). A side without support stays.
    """
    centre = corners.mean(axis=0)
    _, width = corner_lengths(corners)
    reach = float(np.clip(0.25 * width, 2.5, 40))
    lines, support = [], []
    for number in range(4):
        start, end = corners[number], corners[(number + 1) % 4]
        line, share = _fit_side(light, start, end, (centre, reach))
        lines.append(line)
        support.append(share)
    fitted = np.array([_crossing(lines[number - 1], lines[number]) for number in range(4)])
    sound = np.isfinite(fitted).all() and bool((np.hypot(*(fitted - corners).T) < 3 * reach).all())
    return (fitted if sound else corners), (support[0], support[1], support[2], support[3])


def _fit_side(light: Array, start: Array, end: Array, about: tuple[Array, float]) -> tuple[tuple[Array, Array], float]:
    """Give a point and a direction of the side, and the share of its places where an edge supports it."""
    centre, reach = about
    way = (end - start) / max(float(np.hypot(*(end - start))), 1e-9)
    outward = np.array([way[1], -way[0]])
    outward = outward if (start - centre) @ outward > 0 else -outward
    shares = np.linspace(0.06, 0.94, _SAMPLES)
    steps = np.arange(-reach, reach + 0.01, 0.5)
    points = start + shares[:, None, None] * (end - start) + steps[None, :, None] * outward
    values = sample(light, points.reshape(-1, 2)).reshape(_SAMPLES, steps.size, -1)
    smooth = ndimage.gaussian_filter1d(values, 1.2, axis=1, order=1)
    strength = np.abs(smooth).max(axis=2)
    weighed = strength * np.exp(-0.5 * (steps / (0.6 * reach)) ** 2)
    place = weighed.argmax(axis=1)
    offset, height = steps[place], strength[np.arange(_SAMPLES), place]
    plain = float(np.median(strength))
    keep = height > max(2.0 * plain, _LEAST_SLOPE)
    slope, level = 0.0, 0.0
    for tolerance in (0.5 * reach, 0.25 * reach, 1.5):
        if keep.sum() < _SAMPLES // 4:
            return (start, way), float(keep.mean()) * 0.5
        slope, level = np.polyfit(shares[keep], offset[keep], 1)
        level_only = float(np.median(offset[keep]))
        if abs(slope) > 0.5 * reach:
            slope, level = 0.0, level_only
        keep = (np.abs(offset - slope * shares - level) < max(tolerance, 1.0)) & (
            height > max(2.0 * plain, _LEAST_SLOPE)
        )
    first, last = start + level * outward, end + (slope + level) * outward
    return (first, last - first), float(keep.mean())


def _crossing(one: tuple[Array, Array], other: tuple[Array, Array]) -> Array:
    (a, u), (b, v) = one, other
    crossed = u[0] * v[1] - u[1] * v[0]
    if abs(crossed) < 1e-9:
        return np.array([np.nan, np.nan])
    moved = b - a
    return np.asarray(a + (moved[0] * v[1] - moved[1] * v[0]) / crossed * u)

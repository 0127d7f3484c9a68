"""MeasureObjectSizeShape: areas, extents, moments, radii and widths of objects.

Names and values are CellProfiler 4.2's, that is scikit-image 0.18's (moments, axes, perimeter, hull) and centrosome's
(Feret diameters, Zernike moments).
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.area_shape import _kernels
from swanneck.imaging.measurement.geometry import ObjectPixels

__all__ = ["measure_area_shape"]

_Columns = dict[str, NDArray[np.float64]]

_MIRROR = 1e-9
"""Share of the spread below which a difference of moments is rounding."""


def measure_area_shape(pixels: ObjectPixels, *, advanced: bool = True) -> _Columns:
    """Give one column per feature, one value per label from 1 on; NaN for a label without pixels.

    Lengths are in pixels, orientation in degrees from the image's vertical.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> pixels = list_object_pixels(np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]], np.int32))
    >>> found = measure_area_shape(pixels)
    >>> found["AreaShape_Area"].item(), found["AreaShape_Perimeter"].item(), found["AreaShape_Center_X"].item()
    (4.0, 4.0, 1.5)
    """
    raw, central = _kernels.sum_moments(pixels.starts, pixels.rows, pixels.columns, pixels.boxes)
    raw, central = raw[..., 1:], central[..., 1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = _measure_size(pixels, raw) | _measure_edge(pixels, raw[0, 0])
        columns |= _measure_axes(pixels, central, advanced=advanced)
        if advanced:
            columns |= _measure_moments(raw, central)
    return columns


def _measure_size(pixels: ObjectPixels, raw: NDArray[np.float64]) -> _Columns:
    area = raw[0, 0]
    box = np.where(pixels.boxes[1:, 2:3] < 0, np.nan, pixels.boxes[1:].astype(float))
    height, width = box[:, 2] - box[:, 0] + 1, box[:, 3] - box[:, 1] + 1
    radii = _kernels.summarise_depths(pixels.starts, pixels.depths[0])[:, 1:]
    return {
        "AreaShape_Area": area,
        "AreaShape_BoundingBoxArea": height * width,
        "AreaShape_BoundingBoxMaximum_X": box[:, 3] + 1,
        "AreaShape_BoundingBoxMaximum_Y": box[:, 2] + 1,
        "AreaShape_BoundingBoxMinimum_X": box[:, 1],
        "AreaShape_BoundingBoxMinimum_Y": box[:, 0],
        "AreaShape_Center_X": raw[0, 1] / area + box[:, 1],
        "AreaShape_Center_Y": raw[1, 0] / area + box[:, 0],
        "AreaShape_EquivalentDiameter": np.sqrt(4 * area / np.pi),
        "AreaShape_Extent": area / (height * width),
        "AreaShape_MaximumRadius": radii[0],
        "AreaShape_MeanRadius": radii[1],
        "AreaShape_MedianRadius": radii[2],
    }


def _measure_edge(pixels: ObjectPixels, area: NDArray[np.float64]) -> _Columns:
    perimeter, euler, hull = _kernels.measure_outlines(
        pixels.starts, pixels.rows, pixels.columns, pixels.boxes, *pixels.hulls
    )[:, 1:]
    narrowest, widest = _kernels.measure_widths(*pixels.hulls)[:, 1:]
    return {
        "AreaShape_Perimeter": perimeter,
        "AreaShape_FormFactor": 4.0 * np.pi * area / perimeter**2,
        "AreaShape_Compactness": perimeter**2 / (4.0 * np.pi * area),
        "AreaShape_ConvexArea": hull,
        "AreaShape_Solidity": area / hull,
        "AreaShape_EulerNumber": euler,
        "AreaShape_MinFeretDiameter": narrowest,
        "AreaShape_MaxFeretDiameter": widest,
    }


def _measure_axes(pixels: ObjectPixels, central: NDArray[np.float64], *, advanced: bool) -> _Columns:
    area = central[0, 0]
    across, down, both = central[0, 2] / area, central[2, 0] / area, -central[1, 1] / area
    middle, half = (across + down) / 2, np.sqrt(((across - down) / 2) ** 2 + both**2)
    large, small = np.maximum(middle + half, 0), np.maximum(middle - half, 0)
    turn = _turn(across, down, both)
    size = across + down
    for place in np.flatnonzero((np.abs(across - down) <= _MIRROR * size) | (np.abs(both) <= _MIRROR * size)):
        turn[place] = _turn_of_mirror(pixels, int(place) + 1)
    columns = {
        "AreaShape_MajorAxisLength": 4 * np.sqrt(large),
        "AreaShape_MinorAxisLength": 4 * np.sqrt(small),
        "AreaShape_Eccentricity": np.where(large == 0, 0.0, np.sqrt(1 - small / np.where(large == 0, 1, large))),
        "AreaShape_Orientation": np.where(np.isnan(area), np.nan, turn * (180 / np.pi)),
    }
    if advanced:
        columns |= {
            "AreaShape_InertiaTensor_0_0": across,
            "AreaShape_InertiaTensor_0_1": both,
            "AreaShape_InertiaTensor_1_0": both,
            "AreaShape_InertiaTensor_1_1": down,
            "AreaShape_InertiaTensorEigenvalues_0": large,
            "AreaShape_InertiaTensorEigenvalues_1": small,
        }
    return columns


def _turn(across: NDArray[np.float64], down: NDArray[np.float64], both: NDArray[np.float64]) -> NDArray[np.float64]:
    upright = np.where(both < 0, -np.pi / 4, np.pi / 4)
    return np.where(across == down, upright, 0.5 * np.arctan2(-2 * both, down - across))


def _turn_of_mirror(pixels: ObjectPixels, label: int) -> NDArray[np.float64]:
    # An object that is its own mirror image has an axis at 45 or 90 degrees, of which rounding sets the sign: the sums
    # are therefore those of scikit-image, matrix products in its order.
    top, left, bottom, right = pixels.boxes[label]
    inside = (pixels.labels[top : bottom + 1, left : right + 1] == label).astype(float)
    raw = _multiply_powers(inside, 0.0, 0.0)
    central = _multiply_powers(inside, raw[1, 0] / raw[0, 0], raw[0, 1] / raw[0, 0])
    central /= central[0, 0]
    return _turn(central[0, 2], central[2, 0], -central[1, 1])


def _multiply_powers(inside: NDArray[np.float64], row: float, column: float) -> NDArray[np.float64]:
    down, across = (
        (np.arange(size, dtype=float) - middle)[:, None] ** np.arange(4)
        for size, middle in zip(inside.shape, (row, column), strict=True)
    )
    moments: NDArray[np.float64] = np.dot(np.dot(inside.T, down).T, across)
    return moments


def _measure_moments(raw: NDArray[np.float64], central: NDArray[np.float64]) -> _Columns:
    columns = {}
    normal = np.full_like(central, np.nan)
    for p in range(4):
        for q in range(4):
            if p < 3:
                columns[f"AreaShape_SpatialMoment_{p}_{q}"] = raw[p, q]
                columns[f"AreaShape_CentralMoment_{p}_{q}"] = central[p, q]
            if p + q >= 2:
                normal[p, q] = central[p, q] / central[0, 0] ** ((p + q) / 2 + 1)
            columns[f"AreaShape_NormalizedMoment_{p}_{q}"] = normal[p, q]
    columns |= {f"AreaShape_HuMoment_{place}": value for place, value in enumerate(_hu_moments(normal))}
    return columns


def _hu_moments(normal: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    # Hu 1962: seven sums that do not change when the object is turned.
    t0, t1 = normal[3, 0] + normal[1, 2], normal[2, 1] + normal[0, 3]
    q0, q1 = t0 * t0, t1 * t1
    n4, s, d = 4 * normal[1, 1], normal[2, 0] + normal[0, 2], normal[2, 0] - normal[0, 2]
    first, second, fourth, sixth = s, d * d + n4 * normal[1, 1], q0 + q1, d * (q0 - q1) + n4 * t0 * t1
    t0, t1 = t0 * (q0 - 3 * q1), t1 * (3 * q0 - q1)
    u0, u1 = normal[3, 0] - 3 * normal[1, 2], 3 * normal[2, 1] - normal[0, 3]
    return [first, second, u0 * u0 + u1 * u1, fourth, u0 * t0 + u1 * t1, sixth, u1 * t0 - u0 * t1]

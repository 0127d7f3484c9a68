"""Shapes by compiled loops are shapes by NumPy, SciPy and exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import ndimage

from swanneck.imaging.measurement.area_shape.area_shape import measure_area_shape
from swanneck.imaging.measurement.geometry import list_object_pixels


def blob(seed, shape=(19, 24)):
    rng = np.random.default_rng(seed)
    return ndimage.gaussian_filter(rng.normal(size=shape), 2) > 0.05


@pytest.fixture(params=range(8))
def case(request):
    inside = blob(request.param)
    return inside, {
        name.removeprefix("AreaShape_"): values.item()
        for name, values in measure_area_shape(list_object_pixels(inside.astype(np.int32))).items()
    }


def test_moments_are_sums_of_powers(case):
    inside, found = case
    y, x = np.argwhere(inside).T
    top, left = y.min(), x.min()
    for p in range(3):
        for q in range(4):
            assert found[f"SpatialMoment_{p}_{q}"] == pytest.approx(((y - top) ** p * (x - left) ** q).sum())
            central = ((y - y.mean()) ** p * (x - x.mean()) ** q).sum()
            assert found[f"CentralMoment_{p}_{q}"] == pytest.approx(central, rel=1e-9, abs=1e-6)


def test_central_moments_of_first_order_are_nothing_but_rounding(case):
    inside, found = case
    large = measure_area_shape(list_object_pixels(np.kron(inside, np.ones((20, 20), int)).astype(np.int32)))
    assert abs(large["AreaShape_CentralMoment_1_0"].item()) < 1e-9
    assert abs(large["AreaShape_CentralMoment_0_1"].item()) < 1e-9


def test_hu_moments_do_not_change_when_the_object_turns(case):
    inside, found = case
    turned = measure_area_shape(list_object_pixels(np.rot90(inside).astype(np.int32)))
    for place in range(7):
        assert turned[f"AreaShape_HuMoment_{place}"].item() == pytest.approx(found[f"HuMoment_{place}"], abs=1e-12)


def test_axes_are_those_of_the_covariance(case):
    inside, found = case
    values = np.linalg.eigvalsh(np.cov(np.argwhere(inside).T, bias=True))
    assert found["MajorAxisLength"] == pytest.approx(4 * np.sqrt(values[1]))
    assert found["MinorAxisLength"] == pytest.approx(4 * np.sqrt(values[0]))


def test_the_euler_number_is_pieces_less_holes(case):
    inside, found = case
    pieces = ndimage.label(inside, np.ones((3, 3)))[1]
    holes = ndimage.label(np.pad(~inside, 1, constant_values=True))[1] - 1
    assert found["EulerNumber"] == pieces - holes


def test_the_perimeter_is_a_weighted_count_of_edge_pixels(case):
    inside, found = case
    rim = np.pad(inside & ~ndimage.binary_erosion(inside), 1).astype(int)
    codes = ndimage.convolve(rim, np.array([[10, 2, 10], [2, 1, 2], [10, 2, 10]]), mode="constant")
    weights = np.zeros(codes.max() + 50)
    weights[[5, 7, 15, 17, 25, 27]] = 1
    weights[[21, 33]] = np.sqrt(2)
    weights[[13, 23]] = (1 + np.sqrt(2)) / 2
    assert found["Perimeter"] == pytest.approx(weights[codes].sum())


def test_the_hull_holds_the_pixels_on_or_within_the_edge_middles(case):
    inside, found = case
    half = Fraction(1, 2)
    corners = [
        (Fraction(int(y)) + dy, Fraction(int(x)) + dx)
        for y, x in np.argwhere(inside)
        for dy, dx in ((half, 0), (-half, 0), (0, half), (0, -half))
    ]
    chain = [lower_chain(sorted(corners)), lower_chain(sorted(corners, reverse=True))]
    hull = chain[0][:-1] + chain[1][:-1]
    count = 0
    for y, x in np.ndindex(inside.shape):
        turns = [cross(one, other, (y, x)) for one, other in zip(hull, hull[1:] + hull[:1], strict=True)]
        count += all(turn >= 0 for turn in turns)
    assert found["ConvexArea"] == count


def cross(one, other, point):
    return (other[0] - one[0]) * (point[1] - one[1]) - (other[1] - one[1]) * (point[0] - one[0])


def lower_chain(points):
    chain = []
    for point in points:
        while len(chain) >= 2 and cross(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def test_widths_are_those_between_parallel_lines(case):
    inside, found = case
    points = np.argwhere(inside).astype(float)
    angles = np.linspace(0, np.pi, 3601)
    spans = np.ptp(points @ np.array([np.sin(angles), np.cos(angles)]), axis=0)
    assert found["MaxFeretDiameter"] == pytest.approx(spans.max(), rel=1e-5)
    assert found["MinFeretDiameter"] >= spans.min() * (1 - 1e-3)


def test_radii_are_statistics_of_the_distance_transform(case):
    inside, found = case
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1][inside]
    wanted = (depth.max(), depth.mean(), np.median(depth))
    assert (found["MaximumRadius"], found["MeanRadius"], found["MedianRadius"]) == pytest.approx(wanted)

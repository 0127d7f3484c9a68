"""Colocalization by compiled sums is colocalization by NumPy; thresholds from levels are thresholds from pixels."""

import numpy as np
import pytest

from swanneck.imaging.measurement.correlation import _kernels
from swanneck.imaging.measurement.correlation.correlation import measure_correlation, rank_values
from swanneck.imaging.measurement.correlation.costes import CostesThresholds, find_costes_thresholds
from swanneck.imaging.measurement.geometry import list_object_pixels
from swanneck.imaging.measurement.settings import CorrelationSettings


def two_channels(seed, top, kind=np.uint8, shape=(40, 50)):
    rng = np.random.default_rng(seed)
    spots = (rng.random(shape) < 0.2) * rng.integers(0, top, shape)
    both = [spots + rng.integers(0, top // 3, shape) for _ in range(2)]
    return [np.minimum(channel, np.iinfo(kind).max).astype(kind) for channel in both]


def scaled(image):
    return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)


@pytest.mark.parametrize("seed", range(4))
def test_coefficients_are_those_of_their_definitions(seed):
    one, other = two_channels(seed, 200)
    labels = np.kron(np.arange(4).reshape(2, 2), np.ones((20, 25), int)).astype(np.int32)
    pixels = list_object_pixels(labels)
    a, b = pixels.gather(scaled(one)), pixels.gather(scaled(other))
    first, second = (
        rank_values(name, pixels.gather(scaled(im)), pixels.gather(im).astype(np.uint16))
        for name, im in zip("AB", (one, other), strict=True)
    )

    found = measure_correlation(
        first, second, pixels, CostesThresholds(0.21, 0.25), settings=CorrelationSettings(slope=True)
    )

    ranks = [np.unique(values, return_inverse=True)[1] for values in (a, b)]
    steps = max(rank.max() for rank in ranks) + 1
    for label in (1, 2, 3):
        part = slice(pixels.starts[label], pixels.starts[label + 1])
        x, y = a[part].astype(float), b[part].astype(float)
        both = (x >= 0.15 * x.max()) & (y >= 0.15 * y.max())
        weight = 1 - np.abs(ranks[0][part] - ranks[1][part]) / steps
        lit = (x > 0.21) & (y > 0.25)
        wanted = {
            "Correlation_Correlation_A_B": np.corrcoef(x, y)[0, 1],
            "Correlation_Slope_A_B": np.polyfit(x, y, 1)[0],
            "Correlation_Manders_A_B": x[both].sum() / x[x >= 0.15 * x.max()].sum(),
            "Correlation_RWC_B_A": (y * weight)[both].sum() / y[y >= 0.15 * y.max()].sum(),
            "Correlation_Overlap_A_B": (x * y)[both].sum() / np.sqrt((x[both] ** 2).sum() * (y[both] ** 2).sum()),
            "Correlation_K_A_B": (x * y)[both].sum() / (x[both] ** 2).sum(),
            "Correlation_Costes_A_B": x[lit].sum() / x[x >= 0.21].sum(),
        }
        assert {name: found[name][label - 1] for name in wanted} == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("kinds", [(np.uint8, np.uint8), (np.uint16, np.uint16), (np.uint8, np.uint16)])
@pytest.mark.parametrize("turn", [1, -1])
def test_thresholds_from_levels_are_those_from_pixels(kinds, turn):
    for seed in range(4):
        one = two_channels(seed, 200 if kinds[0] is np.uint8 else 50_000, kinds[0])[0]
        other = (one[:, ::turn].astype(int) + two_channels(seed + 9, 40, np.uint8)[0]) * turn % np.iinfo(kinds[1]).max
        images = (scaled(one), scaled(other.astype(kinds[1])))
        scales = tuple(int(np.iinfo(kind).max) for kind in kinds)
        levels = (one.astype(np.uint16), other.astype(np.uint16))

        fast = find_costes_thresholds(images, levels, scales)

        assert fast == find_costes_thresholds(images, None, scales)


def test_whole_image_sums_are_those_of_numpy():
    one, other = (scaled(image).ravel() for image in two_channels(5, 200))
    below = (one < 0.3) | (other < 0.4)

    number, correlation = _kernels.sum_whole_image(one, other, np.float32(0.3), np.float32(0.4))

    assert number == below.sum()
    assert correlation == pytest.approx(np.corrcoef(one[below], other[below])[0, 1])


def test_levels_and_values_have_the_same_ranks():
    image = two_channels(6, 200)[0].ravel()

    assert np.array_equal(
        rank_values("A", scaled(image), image.astype(np.uint16)).ranks, rank_values("A", scaled(image), None).ranks
    )

"""Texture from the pairs of levels that occur is texture from whole co-occurrence matrices."""

import numpy as np
import pytest

from swanneck.imaging.measurement.geometry import list_object_pixels
from swanneck.imaging.measurement.texture import _kernels


def plain_matrix(levels, step):
    size = int(levels.max()) + 1
    matrix = np.zeros((size, size))
    for y, x in np.ndindex(levels.shape):
        down, right = y + step[0], x + step[1]
        if 0 <= down < levels.shape[0] and 0 <= right < levels.shape[1]:
            one, other = levels[y, x], levels[down, right]
            matrix[one, other] += 1
            matrix[other, one] += 1
    matrix[0] = matrix[:, 0] = 0
    return matrix


def entropy(shares):
    shares = shares[shares > 0]
    return -(shares * np.log2(shares)).sum()


def plain_features(matrix):
    """Haralick's features from a matrix, as mahotas defines them."""
    p = matrix / matrix.sum()
    size = len(p)
    i, j = np.indices(p.shape)
    level = np.arange(size)
    px = p.sum(0)
    plus, minus = np.bincount((i + j).ravel(), p.ravel()), np.bincount(abs(i - j).ravel(), p.ravel(), size)
    mean = px @ level
    variance = px @ level**2 - mean**2
    both = -(p * np.log2(np.where(np.outer(px, px) > 0, np.outer(px, px), 1))).sum()
    bits = entropy(p)
    return [
        (p**2).sum(),
        (minus * level**2).sum(),
        ((i * j * p).sum() - mean**2) / variance if np.count_nonzero(px) > 1 else 1.0,
        variance,
        (p / (1 + (i - j) ** 2)).sum(),
        plus @ np.arange(len(plus)),
        plus @ np.arange(len(plus)) ** 2 - (plus @ np.arange(len(plus))) ** 2,
        entropy(plus),
        bits,
        minus.var(),
        entropy(minus),
        (bits - both) / entropy(px) if np.count_nonzero(px) > 1 else 0.0,
        np.sqrt(max(0, 1 - np.exp(-2 * (entropy(np.outer(px, px)) - bits)))),
    ]


@pytest.mark.parametrize(("seed", "most"), [(0, 255), (1, 255), (2, 12), (3, 3), (4, 1)])
def test_features_are_those_of_the_whole_matrix(seed, most):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, most + 1, (14, 17)).astype(np.uint8)
    image[0, 0] = max(1, image[0, 0])
    labels = np.ones((14, 17), np.int32)
    labels[rng.random(labels.shape) < 0.2] = 2
    pixels = list_object_pixels(labels)

    found = _kernels.measure_haralick(
        pixels.gather(image), pixels.starts, pixels.rows, pixels.columns, pixels.boxes, np.array([1, 3])
    )

    for label in (1, 2):
        levels = np.where(labels == label, image, 0)
        for place, scale in enumerate((1, 3)):
            matrices = [plain_matrix(levels, (dy * scale, dx * scale)) for dy, dx in ((0, 1), (1, 1), (1, 0), (1, -1))]
            if all(matrix.any() for matrix in matrices):
                wanted = [plain_features(matrix) for matrix in matrices]
                assert found[place, :, :, label] == pytest.approx(np.array(wanted), rel=1e-9, abs=1e-7)
            else:
                assert not found[place, :, :, label].any()

"""Kernels for small bright things against SciPy and brute force."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from swanneck.imaging.segmentation.spots import _kernels


def disc(radius: int) -> np.ndarray:
    down, across = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return down**2 + across**2 <= radius * (radius + 0.5)


def images(largest: int) -> st.SearchStrategy[np.ndarray]:
    """Noise of few or many levels: ties matter."""
    return st.builds(
        lambda seed, shape, levels: np.random.default_rng(seed).integers(0, levels, shape).astype(np.float32),
        st.integers(0, 10**6), st.tuples(st.integers(1, largest), st.integers(1, largest)), st.sampled_from([3, 1000]),
    )  # fmt: skip


@given(images(24), st.integers(1, 5))
def test_erosion_by_a_disc_is_scipys(image: np.ndarray, radius: int) -> None:
    expected = ndimage.grey_erosion(image, footprint=disc(radius), mode="constant", cval=np.inf)
    np.testing.assert_array_equal(_kernels.erode_disc(image, radius), expected)


@given(images(10), st.integers(1, 4))
def test_peaks_are_the_first_of_the_highest_in_their_disc(image: np.ndarray, radius: int) -> None:
    found = _kernels.mark_peaks(image, 0.5, radius)
    for place in np.ndindex(image.shape):
        around = [
            (image[other], -other[0], -other[1])
            for other in np.ndindex(image.shape)
            if (other[0] - place[0]) ** 2 + (other[1] - place[1]) ** 2 <= radius * (radius + 0.5)
        ]
        assert found[place] == (image[place] > 0.5 and max(around) == (image[place], -place[0], -place[1]))

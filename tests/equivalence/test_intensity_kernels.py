"""Intensities by compiled loops are intensities by NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from swanneck.imaging.measurement.geometry import list_object_pixels
from swanneck.imaging.measurement.inputs import check_images
from swanneck.imaging.measurement.intensity.intensity import measure_intensity


def measure_one(image):
    pixels = list_object_pixels(np.ones(image.shape, np.int32))
    found = measure_intensity(*check_images({"A": image}), pixels.gather(image), pixels)
    return {name.removesuffix("_A").split("_", 1)[1]: values.item() for name, values in found.items()}


def plain_quantile(values, fraction):
    """CellProfiler's: the place is number x fraction, the last value where there is none above."""
    ordered = np.sort(values.astype(float))
    place = len(ordered) * fraction
    low = int(place)
    if low >= len(ordered) - 1:
        return ordered[-1]
    return ordered[low] + (place - low) * (ordered[low + 1] - ordered[low])


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 16), st.integers(1, 16)),
        elements=st.floats(-1, 1, width=32) | st.sampled_from([0.0, 0.25]),
    )
)
def test_order_statistics_and_sums_are_those_of_numpy(image):
    found = measure_one(image)

    values = image.ravel().astype(float)
    median = plain_quantile(image.ravel(), 0.5)
    wanted = {
        "IntegratedIntensity": values.sum(),
        "MeanIntensity": values.mean(),
        "StdIntensity": values.std(),
        "MinIntensity": values.min(),
        "MaxIntensity": values.max(),
        "LowerQuartileIntensity": plain_quantile(values, 0.25),
        "MedianIntensity": median,
        "UpperQuartileIntensity": plain_quantile(values, 0.75),
        "MADIntensity": plain_quantile(np.abs(values - median), 0.5),
    }
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_edges_and_centres_are_weighted_means():
    rng = np.random.default_rng(4)
    labels = np.zeros((12, 14), np.int32)
    labels[2:9, 3:11] = 1
    image = rng.random(labels.shape).astype(np.float32)
    pixels = list_object_pixels(labels)

    found = measure_intensity(*check_images({"A": image}), pixels.gather(image), pixels)

    y, x = np.nonzero(labels)
    light = image[labels == 1].astype(float)
    rim = (y == 2) | (y == 8) | (x == 3) | (x == 10)
    centre = (light @ x / light.sum(), light @ y / light.sum())
    assert found["Intensity_MeanIntensityEdge_A"].item() == pytest.approx(light[rim].mean())
    assert found["Intensity_StdIntensityEdge_A"].item() == pytest.approx(light[rim].std())
    assert found["Location_CenterMassIntensity_X_A"].item() == pytest.approx(centre[0])
    assert found["Intensity_MassDisplacement_A"].item() == pytest.approx(
        np.hypot(centre[0] - x.mean(), centre[1] - y.mean())
    )
    assert image[int(found["Location_MaxIntensity_Y_A"].item()), int(found["Location_MaxIntensity_X_A"].item())] == (
        np.float32(light.max())
    )

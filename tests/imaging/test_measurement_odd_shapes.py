"""Objects that no cell looks like, images that no camera makes: each is measured, or told what is wrong with it."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from swanneck.imaging import MeasurementSettings, measure_objects

ring = np.hypot(*np.mgrid[-6:7, -6:7])
SHAPES = {
    "pixel": np.ones((1, 1)),
    "row": np.ones((1, 12)),
    "column": np.ones((9, 1)),
    "pair": np.ones((1, 2)),
    "square": np.ones((10, 10)),
    "diagonal": np.eye(11),
    "other diagonal": np.fliplr(np.eye(9)),
    "two corners": np.array([[1, 0], [0, 1]]),
    "disk": ring <= 6,
    "ring": (ring <= 6) & (ring > 3),
    "small ring": np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]),
    "cross": (np.eye(9)[4][:, None] + np.eye(9)[4]) > 0,
    "two pieces": np.kron([[1, 0, 0], [0, 0, 1]], np.ones((4, 5))),
    "comb": np.vstack([np.arange(21) % 4 == 0] * 8 + [np.ones(21)]),
    "board": np.kron(np.indices((4, 4)).sum(0) % 2, np.ones((3, 3))),
    "stair": np.tril(np.ones((9, 9))),
}
NAMES = list(SHAPES)


def one_of_each():
    """All shapes on one canvas, two pixels apart, in noisy light without two equal pixels."""
    labels = np.zeros((16 * len(SHAPES), 26), np.int32)
    for number, shape in enumerate(SHAPES.values(), start=1):
        part = labels[16 * (number - 1) + 1 :, 2:][: shape.shape[0], : shape.shape[1]]
        part[np.asarray(shape) > 0] = number
    light = np.random.default_rng(3).permutation(np.linspace(0.1, 0.9, labels.size)).reshape(labels.shape)
    return labels, np.rint(light * 65535).astype(np.uint16)


@pytest.fixture(scope="module")
def measured():
    labels, light = one_of_each()
    return labels, light, measure_objects({"A": light, "B": light.T.copy().reshape(light.shape)}, {"Nuclei": labels})


def row_of(measured, name):
    return measured[2]["Nuclei"].row(NAMES.index(name), named=True)


@pytest.mark.parametrize("name", NAMES)
def test_an_object_that_fills_its_image_is_the_same_among_others(measured, name):
    labels, light, tables = measured
    number = NAMES.index(name) + 1
    box = tuple(slice(along.min(), along.max() + 1) for along in np.nonzero(labels == number))
    settings = MeasurementSettings(modules=("AreaShape", "Intensity", "Texture"))

    alone = measure_objects({"A": light[box]}, {"Nuclei": (labels[box] == number).astype(int)}, settings)["Nuclei"]

    # What depends on where the object lies, on the border as an edge, and on the order of equal angles.
    among = tables["Nuclei"].slice(number - 1, 1).select(alone.columns)
    apart = pl.selectors.matches("ObjectNumber|Center|_X|_Y|Bounding|Edge|Zernike|Orientation")
    assert_frame_equal(alone.drop(apart), among.drop(apart), rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_missing_for_a_reason(measured, name):
    row = row_of(measured, name)

    missing = {column for column, value in row.items() if value is not None and np.isnan(value)}
    by_definition = {column for column in missing if "NormalizedMoment_0" in column or "NormalizedMoment_1_0" in column}
    few = {"pixel": ("Zernike", "Correlation", "Compactness", "FormFactor", "Moment"), "pair": ("FormFactor",)}
    rest = [column for column in missing - by_definition if not any(word in column for word in few.get(name, ()))]
    assert [column for column in rest if "Costes" not in column] == []


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("pixel", "AreaShape_ConvexArea", 1), ("row", "AreaShape_MaxFeretDiameter", 11),
        ("row", "AreaShape_Orientation", 90), ("column", "AreaShape_Orientation", 0),
        ("square", "AreaShape_Solidity", 1), ("square", "AreaShape_Perimeter", 36),
        ("ring", "AreaShape_EulerNumber", 0), ("two pieces", "AreaShape_EulerNumber", 2),
        ("two corners", "AreaShape_EulerNumber", 1), ("square", "AreaShape_MinFeretDiameter", 9),
        ("square", "AreaShape_MaximumRadius", 5), ("square", "Neighbors_NumberOfNeighbors_Adjacent", 0),
        ("pixel", "Texture_Entropy_A_3_00_256", 0), ("pixel", "Intensity_StdIntensity_A", 0),
    ],
)  # fmt: skip
def test_values_that_one_knows_without_measuring(measured, name, column, value):
    assert row_of(measured, name)[column] == pytest.approx(value)


@pytest.mark.parametrize("name", ["diagonal", "other diagonal", "two corners"])
def test_diagonals_lie_at_45_degrees(measured, name):
    assert abs(row_of(measured, name)["AreaShape_Orientation"]) == pytest.approx(45)


def test_pixels_in_a_piece_that_no_path_reaches_are_in_no_ring(measured):
    row = row_of(measured, "two pieces")
    shares = [row[f"RadialDistribution_FracAtD_A_{ring}of4"] for ring in (1, 2, 3, 4)]
    assert sum(shares) == pytest.approx(1)


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.uint64, np.int16])
def test_labels_of_any_whole_number_type_are_taken(kind):
    labels = np.zeros((9, 9), kind)
    labels[2:6, 3:8] = 1

    table = measure_objects({}, {"Cells": labels}, MeasurementSettings(modules=("AreaShape",)))["Cells"]

    assert table["AreaShape_Area"].to_list() == [20.0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_channel_without_a_number_is_nan_throughout(value):
    labels, light = one_of_each()
    images = {"A": np.full(labels.shape, value), "B": light}

    table = measure_objects(images, {"Nuclei": labels})["Nuclei"]

    of_a = table.select(pl.selectors.matches("^(Intensity|Granularity|RadialDistribution|Correlation).*_A(_|$)"))
    assert of_a.width > 100
    assert of_a.select(pl.all().is_nan().all()).row(0) == (True,) * of_a.width
    assert table["Intensity_MeanIntensity_B"].is_finite().all()


def test_float_images_may_go_beyond_0_and_1():
    labels, light = one_of_each()
    image = light / 65535 * 40 - 10

    table = measure_objects({"A": image}, {"Nuclei": labels})["Nuclei"]

    square = image[labels == NAMES.index("square") + 1]
    row = table.row(NAMES.index("square"), named=True)
    assert row["Intensity_MeanIntensity_A"] == pytest.approx(square.mean(), rel=1e-6)
    assert row["Intensity_MinIntensity_A"] == pytest.approx(square.min(), rel=1e-6)
    assert np.isfinite(row["Texture_Entropy_A_3_00_256"])


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 3), (5, 5)])
def test_the_smallest_images_are_measured(shape):
    light = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)

    tables = measure_objects(
        {"A": light, "B": light[::-1]}, {"Nuclei": np.ones(shape, int), "Cells": np.ones(shape, int)}
    )

    assert tables["Nuclei"]["AreaShape_Area"].to_list() == [np.prod(shape)]
    assert set(tables) == {"Nuclei", "Cells", "Cytoplasm"}


@pytest.mark.parametrize("seed", range(6))
def test_labels_of_noise_are_measured(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 30, rng.integers(8, 40, 2))
    kind = [np.uint8, np.uint16, np.float32][seed % 3]
    images = {name: (rng.random(labels.shape) * (1 if kind == np.float32 else 200)).astype(kind) for name in "AB"}

    tables = measure_objects(images, {"Nuclei": labels, "Cells": rng.permutation(labels)})

    areas = np.bincount(labels.ravel(), minlength=labels.max() + 1)[1:]
    assert tables["Nuclei"]["AreaShape_Area"].fill_nan(0).to_list() == areas.tolist()

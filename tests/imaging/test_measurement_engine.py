"""The measurement engine's promises: what is chosen, what is shared, and what comes of strange input."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from swanneck.foundation.errors import ImageError
from swanneck.imaging import MeasurementSettings, measure_objects
from swanneck.imaging.measurement import MODULES

FAST = MeasurementSettings(modules=("AreaShape", "Intensity", "Correlation", "Location"))


def field(seed=1, side=48):
    """Three round cells with nuclei in a field of two noisy channels; one cell reaches over the border."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    nuclei, cells = np.zeros((side, side), np.uint16), np.zeros((side, side), np.uint16)
    for label, (row, column) in enumerate([(12, 12), (30, 28), (44, 10)], start=1):
        far = np.hypot(y - row, x - column)
        nuclei[far < 5] = label
        cells[far < 9] = label
    images = {
        "DNA": (nuclei > 0) * 9000 + rng.integers(500, 3000, nuclei.shape),
        "Virus": (cells > 0) * 4000 + rng.integers(100, 9000, nuclei.shape),
    }
    return {name: image.astype(np.uint16) for name, image in images.items()}, {"Nuclei": nuclei, "Cells": cells}


def test_there_is_a_table_per_kind_of_object_with_a_row_per_label():
    images, labels = field()

    tables = measure_objects(images, labels)

    assert list(tables) == ["Nuclei", "Cells", "Cytoplasm"]
    assert [table["ObjectNumber"].to_list() for table in tables.values()] == [[1, 2, 3]] * 3
    assert tables["Cells"]["AreaShape_Area"].to_list() == [(labels["Cells"] == label).sum() for label in (1, 2, 3)]


def test_inputs_stay_as_they_are():
    images, labels = field()
    before = {name: array.copy() for name, array in (images | labels).items()}

    measure_objects(images, labels)

    assert all(np.array_equal(before[name], array) for name, array in (images | labels).items())


@pytest.mark.parametrize("module", MODULES)
def test_each_module_alone_gives_the_columns_that_it_gives_among_all(module):
    images, labels = field()

    alone = measure_objects(images, labels, MeasurementSettings(modules=(module,)))["Nuclei"]

    together = measure_objects(images, labels)["Nuclei"]
    assert alone.width > 1
    assert_frame_equal(alone, together.select(alone.columns))


def test_threads_change_no_value():
    images, labels = field()

    one, two = (measure_objects(images, labels, workers=workers) for workers in (1, 2))

    for name in one:
        assert_frame_equal(one[name], two[name], check_exact=True)


def test_more_modules_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="modules"):
        MeasurementSettings(modules=("AreaShape", "Astrology"))


def test_numbers_do_not_depend_on_where_a_field_is_cut():
    images, labels = field(side=48)
    labels["Nuclei"][labels["Nuclei"] == 3] = 0

    whole = measure_objects(images, labels, FAST)["Nuclei"].head(2)

    wider = {name: np.pad(array, ((7, 0), (0, 0))) for name, array in (images | labels).items()}
    moved = measure_objects({name: wider[name] for name in images}, {name: wider[name] for name in labels}, FAST)[
        "Nuclei"
    ].head(2)
    same = [name for name in whole.columns if not name.endswith("_Y") and "_Y_" not in name and "Costes" not in name]
    ranks = [name for name in same if "RWC" not in name]
    assert_frame_equal(whole.select(ranks), moved.select(ranks), check_exact=False, abs_tol=1e-9)
    assert (moved["AreaShape_Center_Y"] - whole["AreaShape_Center_Y"]).to_list() == pytest.approx([7, 7])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.float64, np.bool_])
def test_images_are_scaled_by_the_largest_value_of_their_type(kind):
    labels = np.ones((3, 3), np.uint8)
    full = np.iinfo(kind).max if kind in (np.uint8, np.uint16) else 1

    table = measure_objects({"A": np.full((3, 3), full, kind)}, {"Cells": labels}, FAST)["Cells"]

    assert table["Intensity_MeanIntensity_A"].to_list() == [1.0]


def test_twelve_bits_in_sixteen_are_scaled_as_sixteen():
    table = measure_objects({"A": np.full((3, 3), 4095, np.uint16)}, {"Cells": np.ones((3, 3), int)}, FAST)["Cells"]

    assert table["Intensity_MaxIntensity_A"].item() == pytest.approx(4095 / 65535, rel=1e-7)


def test_a_gap_in_the_labels_is_a_row_of_nan():
    images, labels = field()
    labels = {name: np.where(image == 2, 5, image) for name, image in labels.items()}

    tables = measure_objects(images, labels)

    for table in tables.values():
        assert table.height == 5
        missing = table.filter(pl.col("ObjectNumber").is_in([2, 4])).drop("ObjectNumber")
        assert missing.select(pl.all().is_nan().all()).row(0) == (True,) * missing.width
        assert table["AreaShape_Area"].is_finite().to_list() == [True, False, True, False, True]


def test_no_objects_give_tables_without_rows():
    images, labels = field()

    tables = measure_objects(images, {name: np.zeros_like(image) for name, image in labels.items()})

    full = measure_objects(images, labels)
    for name, table in tables.items():
        assert table.height == 0
        assert table.schema == full[name].schema


def test_an_object_of_one_pixel_is_measured_as_far_as_it_can_be():
    images, _ = field()
    labels = np.zeros((48, 48), np.int64)
    labels[20, 21] = 1

    row = measure_objects(images, {"Nuclei": labels})["Nuclei"].row(0, named=True)

    assert row["AreaShape_Area"] == 1.0
    assert row["AreaShape_MaximumRadius"] == 1.0
    assert row["AreaShape_MaxFeretDiameter"] == 0.0
    assert row["Texture_Entropy_DNA_3_00_256"] == 0.0
    assert np.isnan(row["AreaShape_Zernike_2_0"])
    assert row["Neighbors_FirstClosestDistance_Adjacent"] == 0.0


def test_an_object_that_fills_the_image_is_measured():
    images, _ = field()

    row = measure_objects(images, {"Cells": np.ones((48, 48), np.uint8)})["Cells"].row(0, named=True)

    assert row["AreaShape_MaximumRadius"] == 24.0
    assert row["RadialDistribution_FracAtD_DNA_4of4"] > 0


def test_a_constant_channel_has_no_correlation_and_no_texture():
    images, labels = field()
    images["Flat"] = np.full((48, 48), 300, np.uint16)

    row = measure_objects(images, labels)["Cells"].row(0, named=True)

    assert np.isnan(row["Correlation_Correlation_DNA_Flat"])
    assert np.isnan(row["Correlation_Costes_DNA_Flat"])
    assert row["Texture_Contrast_Flat_3_00_256"] == 0.0
    assert row["Intensity_StdIntensity_Flat"] == pytest.approx(0, abs=1e-9)


def test_a_black_channel_has_no_centre_of_mass():
    images, labels = field()
    images["Black"] = np.zeros((48, 48), np.uint8)

    row = measure_objects(images, labels)["Cells"].row(0, named=True)

    assert np.isnan(row["Location_CenterMassIntensity_X_Black"])
    assert np.isnan(row["RadialDistribution_FracAtD_Black_1of4"])
    assert row["Granularity_1_Black"] == 0.0


def test_pixels_that_are_not_numbers_are_left_out_of_intensities_and_spoil_the_rest():
    images, labels = field()
    image = images["DNA"] / 65535
    image[30, 28] = np.nan
    image[labels["Cells"] == 3] = np.inf

    table = measure_objects({"DNA": image, "Virus": images["Virus"]}, labels)["Cells"]

    assert table["Intensity_MeanIntensity_DNA"].is_finite().to_list() == [True, True, False]
    assert table["Correlation_Correlation_DNA_Virus"].is_finite().to_list() == [True, False, False]
    assert table["RadialDistribution_FracAtD_DNA_1of4"].is_finite().to_list() == [True, False, False]
    assert table["Granularity_1_DNA"].is_nan().all()
    assert table["Granularity_1_Virus"].is_finite().all()


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (
            {"DNA": (8, 8), "Virus": (8, 9)},
            {"Nuclei": (8, 8)},
            r"image Virus has shape \(8, 9\), image DNA has \(8, 8\)",
        ),
        ({"DNA": (8, 8)}, {"Nuclei": (8, 9)}, r"labels Nuclei have shape \(8, 9\), the images \(8, 8\)"),
        ({"DNA": (2, 8, 8)}, {"Nuclei": (8, 8)}, "image DNA has 3 dimensions"),
        ({"DNA": (8, 8)}, {"Nuclei": (2, 8, 8)}, "labels Nuclei has 3 dimensions"),
        ({"DNA": (0, 8)}, {"Nuclei": (0, 8)}, "image DNA has no pixels"),
        ({}, {"Nuclei": (8, 8), "Cells": (8, 9)}, "labels Cells have shape"),
    ],
)
def test_wrong_shapes_are_named(images, labels, message):
    arrays = [{name: np.zeros(shape, np.uint8) for name, shape in kind.items()} for kind in (images, labels)]

    with pytest.raises(ImageError, match=message):
        measure_objects(*arrays)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((4, 4)), "labels Nuclei hold float64"),
        (np.full((4, 4), -1), "labels Nuclei go down to -1"),
        (np.full((4, 4), 9999), "labels Nuclei go up to 9999 in an image of 16 pixels"),
    ],
)
def test_labels_that_are_none_are_named(labels, message):
    with pytest.raises(ImageError, match=message):
        measure_objects({"DNA": np.zeros((4, 4), np.uint8)}, {"Nuclei": labels})


def test_images_that_are_none_are_named():
    with pytest.raises(ImageError, match="image DNA holds complex128"):
        measure_objects({"DNA": np.zeros((4, 4), complex)}, {"Nuclei": np.ones((4, 4), int)})


def test_labels_without_images_give_shapes():
    _, labels = field()

    table = measure_objects({}, labels)["Nuclei"]

    assert "AreaShape_Area" in table.columns
    assert not any(name.startswith(("Intensity", "Texture", "Granularity")) for name in table.columns)


def test_a_single_channel_has_no_correlation():
    images, labels = field()

    table = measure_objects({"DNA": images["DNA"]}, labels)["Nuclei"]

    assert not any(name.startswith("Correlation") for name in table.columns)


def test_read_only_and_turned_images_are_measured_alike():
    images, labels = field()
    turned = {name: np.asfortranarray(image) for name, image in images.items()}
    for image in turned.values():
        image.flags.writeable = False

    one, other = measure_objects(images, labels, FAST)["Nuclei"], measure_objects(turned, labels, FAST)["Nuclei"]

    assert_frame_equal(one, other, check_exact=True)


def test_children_are_related_to_parents():
    images, labels = field()
    labels["Spots"] = np.zeros((48, 48), np.uint8)
    labels["Spots"][11, 11], labels["Spots"][13, 13], labels["Spots"][0, 40] = 1, 2, 3

    tables = measure_objects(images, labels, MeasurementSettings(modules=("Relations",)))

    assert tables["Spots"]["Parent_Cells"].to_list() == [1, 1, 0]
    assert tables["Nuclei"]["Children_Spots_Count"].to_list() == [2, 0, 0]
    assert tables["Cells"]["Parent_Nuclei"].to_list() == [1, 2, 3]


@pytest.mark.parametrize("search", ["Fast", "Accurate"])
def test_slower_searches_for_costes_thresholds_agree_where_light_is_clear(search):
    images, labels = field()
    settings = [
        MeasurementSettings(modules=("Correlation",), correlation={"costes": kind}) for kind in ("Faster", search)
    ]
    images = {name: (image // 257).astype(np.uint8) for name, image in images.items()}

    faster, other = (measure_objects(images, labels, chosen)["Cells"] for chosen in settings)

    assert other["Correlation_Costes_DNA_Virus"].to_list() == pytest.approx(
        faster["Correlation_Costes_DNA_Virus"].to_list(), abs=0.3
    )


def test_unscaled_rings_have_an_overflow():
    images, labels = field()
    settings = MeasurementSettings(
        modules=("IntensityDistribution",), intensity_distribution={"scaled": False, "maximum_radius": 5.0}
    )

    row = measure_objects(images, labels, settings)["Cells"].row(0, named=True)

    parts = ["1of4", "2of4", "3of4", "4of4", "Overflow"]
    assert sum(row[f"RadialDistribution_FracAtD_DNA_{part}"] for part in parts) == pytest.approx(1, abs=1e-6)
    assert row["RadialDistribution_FracAtD_DNA_Overflow"] > 0


def test_fewer_grey_levels_are_named_and_give_less_entropy():
    images, labels = field()
    settings = [MeasurementSettings(modules=("Texture",), texture={"grey_levels": levels}) for levels in (8, 256)]

    few, many = (measure_objects(images, labels, chosen)["Cells"] for chosen in settings)

    assert few["Texture_Entropy_Virus_3_00_8"][0] < many["Texture_Entropy_Virus_3_00_256"][0]

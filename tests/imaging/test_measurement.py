"""Cells are measured as CellProfiler measures them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.foundation.errors import InputError
from swanneck.imaging.illumination import FlatField
from swanneck.imaging.measurement import measure_cells

NUCLEI = np.array([[0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 0, 2]], np.int32)
CELLS = np.array([[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 2]], np.int32)
IMAGE = np.array([[10, 20, 30, 2], [40, 50, 60, 2], [2, 2, 2, 100]], np.uint8)


def test_one_row_per_nucleus_with_sizes_and_places():
    table = measure_cells({}, NUCLEI, CELLS)
    assert table["cell"].to_list() == [1, 2]
    assert table["Nuclei_AreaShape_Area"].to_list() == [3, 1]
    assert table["Cells_AreaShape_Area"].to_list() == [6, 1]
    assert table["Cytoplasm_AreaShape_Area"].to_list() == [3, 0]
    assert table["Nuclei_Location_Center_X"].to_list() == [pytest.approx(4 / 3), 3.0]


def test_intensities_are_scaled_by_the_number_type():
    table = measure_cells({"DNA": IMAGE}, NUCLEI, CELLS)
    assert table["Nuclei_Intensity_MeanIntensity_DNA"][0] == pytest.approx((20 + 30 + 50) / 3 / 255)
    assert table["Cytoplasm_Intensity_IntegratedIntensity_DNA"][0] == pytest.approx((10 + 40 + 60) / 255)
    assert table["Cells_Intensity_MaxIntensity_DNA"][0] == pytest.approx(60 / 255)
    assert table["Nuclei_Intensity_StdIntensity_DNA"][0] == pytest.approx(np.std([20, 30, 50]) / 255)


def test_background_is_that_of_the_pixels_in_no_cell():
    table = measure_cells({"DNA": IMAGE}, NUCLEI, CELLS)
    assert table["Nuclei_Intensity_MeanAboveBackground_DNA"][1] == pytest.approx((100 - 2) / 255)


def test_a_region_without_pixels_is_null():
    table = measure_cells({"DNA": IMAGE}, NUCLEI, CELLS)
    columns = [name for name in table.columns if name.startswith("Cytoplasm_Intensity")]
    assert table[1].select(columns).null_count().sum_horizontal().item() == len(columns)


def test_a_missing_channel_is_null_and_keeps_its_columns():
    with_it, without = (measure_cells({"DNA": image}, NUCLEI, CELLS) for image in (IMAGE, None))
    assert with_it.schema == without.schema
    assert without["Cells_Intensity_MeanIntensity_DNA"].null_count() == 2


def test_no_nuclei_give_an_empty_table_of_the_same_columns():
    empty = measure_cells({"DNA": IMAGE}, np.zeros_like(NUCLEI), np.zeros_like(CELLS))
    assert empty.height == 0 and empty.schema == measure_cells({"DNA": IMAGE}, NUCLEI, CELLS).schema


def test_border_flags_tell_cut_objects():
    labels = np.zeros((5, 5), np.int32)
    labels[2, 2], labels[0, 0] = 1, 2
    table = measure_cells({}, labels, labels)
    assert table["Nuclei_TouchesBorder"].to_list() == [False, True]


def test_without_cells_only_nuclei_are_measured():
    columns = measure_cells({"DNA": IMAGE}, NUCLEI).columns
    assert not [name for name in columns if name.startswith(("Cells", "Cytoplasm"))]


def test_order_of_labels_does_not_change_values():
    swapped = np.select([NUCLEI == 1, NUCLEI == 2], [2, 1]).astype(np.int32)
    first = measure_cells({"DNA": IMAGE}, NUCLEI).drop("cell")
    assert first.equals(measure_cells({"DNA": IMAGE}, swapped).drop("cell")[::-1])


def test_uneven_light_is_taken_out_on_the_way():
    grid = np.linspace(0.6, 1.4, 8, dtype=np.float32).reshape(1, 8)
    lit = (100 + 1000 * np.linspace(0.6, 1.4, 64)[None, :]).repeat(64, 0).round().astype(np.uint16)
    labels = np.zeros((64, 64), np.int32)
    labels[30:34, 2:6], labels[30:34, 58:62] = 1, 2
    table = measure_cells({"DNA": lit}, labels, flat_fields={"DNA": FlatField(grid, 100.0)})
    assert table["Nuclei_Intensity_MeanIntensity_DNA"].to_numpy() * 65535 == pytest.approx([1100, 1100], rel=1e-3)


def test_labels_of_another_field_are_refused():
    with pytest.raises(InputError, match=r"DNA has shape \(2, 2\)"):
        measure_cells({"DNA": np.zeros((2, 2), np.uint8)}, NUCLEI)


@pytest.mark.parametrize("name", ["golden_u8", "golden_u16"])
def test_values_equal_cellprofiler(shared_data: Path, name):
    folder = shared_data / "golden" / name
    labels = {region: tifffile.imread(folder / f"{region}.tif").astype(np.int32) for region in ("Nuclei", "Cells")}
    images = {channel: tifffile.imread(folder / f"image_{channel}.tif") for channel in ("DNA", "Virus")}
    ours = measure_cells(images, labels["Nuclei"], labels["Cells"])
    for region in ("Nuclei", "Cells"):
        theirs = pl.read_parquet(folder / f"features_{region}.parquet")
        shared = [name for name in theirs.columns if f"{region}_{name}" in ours.columns]
        assert len(shared) >= 9
        for column in shared:
            np.testing.assert_allclose(ours[f"{region}_{column}"], theirs[column], rtol=2e-6, err_msg=column)

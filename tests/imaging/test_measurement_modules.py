"""A campaign's cells have the columns of the chosen modules beside their own, on the same images and regions."""

import numpy as np
import polars as pl
import pytest

from swanneck.imaging.illumination import FlatField, correct_illumination
from swanneck.imaging.measurement import MODULES, add_modules, measure_cells


def two_cells(kind=np.uint16):
    rng = np.random.default_rng(5)
    nuclei = np.zeros((40, 60), np.int32)
    cells = nuclei.copy()
    cells[4:30, 4:28], cells[10:36, 28:56] = 1, 2
    nuclei[10:20, 10:20], nuclei[18:28, 36:48] = 1, 2
    top = np.iinfo(kind).max
    dna = (0.2 * (nuclei > 0) + 0.05 + 0.02 * rng.random(nuclei.shape)) * top
    virus = (0.1 * (cells > 0) + 0.02 + 0.03 * rng.random(nuclei.shape)) * top
    return {"DNA": dna.astype(kind), "Virus": virus.astype(kind)}, nuclei, cells


LAMP = FlatField(np.linspace(0.7, 1.3, 12, dtype=np.float32).reshape(3, 4), offset=0.0)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("flat", [None, LAMP], ids=["raw", "corrected"])
def test_what_both_measure_is_equal(kind, flat):
    images, nuclei, cells = two_cells(kind)
    flats = {} if flat is None else {"Virus": flat}
    own = measure_cells(images, nuclei, cells, flat_fields=flats)

    engine = add_modules(
        pl.DataFrame({"cell": [1, 2]}), images, {"Nuclei": nuclei, "Cells": cells}, MODULES, flat_fields=flats
    )

    shared = [name for name in own.columns if name in engine.columns and name != "cell"]
    assert {name.split("_")[0] for name in shared} == {"Nuclei", "Cells", "Cytoplasm"}
    for name in shared:
        assert engine[name].to_list() == pytest.approx(own[name].to_list(), rel=2e-4), name


def test_own_columns_stay_and_come_first():
    images, nuclei, cells = two_cells()
    own = measure_cells(images, nuclei, cells)

    full = add_modules(own, images, {"Nuclei": nuclei, "Cells": cells}, ["Texture", "Neighbors"])

    assert full.select(own.columns).equals(own)
    assert "Cytoplasm_Texture_Entropy_Virus_3_00_256" in full.columns
    assert not any("Granularity" in name for name in full.columns)


def test_a_value_that_does_not_exist_is_null():
    images, nuclei, cells = two_cells()
    images["Virus"][:] = 7

    full = add_modules(measure_cells(images, nuclei, cells), images, {"Nuclei": nuclei, "Cells": cells}, MODULES)

    assert full["Cells_Correlation_Correlation_DNA_Virus"].null_count() == 2
    assert not any(full[name].is_nan().any() for name in full.columns if full.schema[name] == pl.Float64)


def test_no_cells_have_the_same_columns():
    images, nuclei, cells = two_cells()
    tables = [
        add_modules(measure_cells(images, one, other), images, {"Nuclei": one, "Cells": other}, MODULES)
        for one, other in ((nuclei, cells), (nuclei * 0, cells * 0))
    ]
    tiny = np.zeros((2, 2), np.int32)
    blank = {"DNA": np.zeros((2, 2), np.uint16), "Virus": np.zeros((2, 2), np.uint16)}
    tables.append(add_modules(measure_cells(blank, tiny, tiny), blank, {"Nuclei": tiny, "Cells": tiny}, MODULES))

    assert tables[0].schema == tables[1].schema == tables[2].schema


def test_correction_is_that_of_the_illumination():
    images, nuclei, cells = two_cells()

    full = add_modules(
        pl.DataFrame({"cell": [1, 2]}), images, {"Cells": cells}, ["Intensity"], flat_fields={"Virus": LAMP}
    )

    even = correct_illumination(images["Virus"], LAMP) / 65535
    assert full["Cells_Intensity_MedianIntensity_Virus"][0] == pytest.approx(np.median(even[cells == 1]), rel=1e-2)

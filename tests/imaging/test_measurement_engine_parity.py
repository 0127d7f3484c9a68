"""Every column of every object has CellProfiler's value: on the golden fields, and on real ones where those are."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.imaging import measure_objects

GOLDEN = Path(__file__).parents[1] / "golden"
OBJECTS = ("Nuclei", "Cells", "Cytoplasm")


def read_field(folder):
    images = {path.stem.removeprefix("image_"): tifffile.imread(path) for path in sorted(folder.glob("image_*.tif"))}
    # CellProfiler names pairs of channels in the order in which they were chosen.
    order = [name for name in ("DNA", "PH3", "Cellbody", "GFP", "Virus") if name in images]
    labels = {name: tifffile.imread(folder / f"{name}.tif") for name in OBJECTS}
    return {name: images[name] for name in order}, labels


def wrong_values(found, wanted):
    """Say which values are off: more than 1e-9 in Texture and Intensity, 2e-6 in Granularity, 1e-6 elsewhere."""
    wrong, total = [], 0
    for name in wanted.columns:
        truth = wanted[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        ours = found[name].cast(pl.Float64).to_numpy()
        relative = 1e-9 if name.startswith(("Texture", "Intensity")) else 1e-6
        absolute = 2e-6 if name.startswith("Granularity") else 1e-9
        off = ~np.isclose(ours, truth, rtol=relative, atol=absolute, equal_nan=True)
        total += len(truth)
        wrong += [(name, int(row) + 1) for row in np.flatnonzero(off)]
    return wrong, total


@pytest.fixture(scope="module", params=["golden_u8", "golden_u16"])
def golden(request):
    folder = GOLDEN / request.param
    images, labels = read_field(folder)
    return folder, measure_objects(images, labels)


@pytest.mark.parametrize("name", OBJECTS)
def test_golden_fields_have_the_values_of_cellprofiler(golden, name):
    folder, tables = golden

    wrong, total = wrong_values(tables[name], pl.read_parquet(folder / f"features_{name}.parquet"))

    assert total > 10_000
    assert wrong == []


def test_cytoplasm_that_is_derived_is_that_of_cellprofiler():
    images, labels = read_field(GOLDEN / "golden_u8")
    del labels["Cytoplasm"]

    tables = measure_objects(images, labels)

    wrong, _ = wrong_values(tables["Cytoplasm"], pl.read_parquet(GOLDEN / "golden_u8/features_Cytoplasm.parquet"))
    assert wrong == []


@pytest.mark.parametrize("field", ["human512", "sbsA01"])
def test_real_fields_have_the_values_of_cellprofiler(shared_data, field):
    folder = shared_data / "parity" / field
    images, labels = read_field(folder)

    tables = measure_objects(images, labels)

    judged = [wrong_values(tables[name], pl.read_parquet(folder / f"features_{name}.parquet")) for name in OBJECTS]
    wrong, total = sum((part[0] for part in judged), []), sum(part[1] for part in judged)
    # What is left are objects whose enclosing circle or axis is set by rounding: docs/explanation.
    assert len(wrong) / total < 0.0005
    assert {name.split("_")[0] for name, _ in wrong} <= {"AreaShape", "RadialDistribution"}

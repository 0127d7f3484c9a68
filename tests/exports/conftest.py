"""A small screened plate as a run leaves it on disk: cells with columns of several modules, fields, wells, tables."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from swanneck.imaging.measurement import add_modules, measure_cells

MODULES = ("AreaShape", "Intensity", "Neighbors")
COMPOUNDS = ("alpha", "beta", "gamma")


def paint_field(rng, light, size):
    """Nine cells on a grid; `light` and `size` are what a treatment changes."""
    y, x = np.mgrid[:90, :90]
    nuclei, cells = np.zeros((90, 90), np.int32), np.zeros((90, 90), np.int32)
    for number, (row, column) in enumerate(np.argwhere(np.ones((3, 3))) * 30 + 15, start=1):
        away = (y - row - rng.integers(-2, 3)) ** 2 + (x - column - rng.integers(-2, 3)) ** 2
        cells[away < (size + 5 + rng.random()) ** 2] = number
        nuclei[away < (size + rng.random()) ** 2] = number
    dna = 3000 * (nuclei > 0) + rng.normal(600, 60, nuclei.shape)
    virus = light * (cells > 0) + rng.normal(500, 50, nuclei.shape)
    return {"DNA": dna.astype(np.uint16), "Virus": virus.astype(np.uint16)}, nuclei, cells


def treatment(well):
    """Rows A and B are controls, rows C to H one compound in three wells each."""
    row, column = well[0], int(well[1:])
    if row in "AB":
        return (None, None, "negative_control", 2500, 6) if row == "A" else (None, None, "positive_control", 100, 6)
    compound = COMPOUNDS["CDE".index(row)]
    light, size = {"alpha": (300, 6), "beta": (2500, 8), "gamma": (1400, 7)}[compound]
    return compound, 10.0**-column, "sample", light, size


def write_results(folder: Path) -> Path:
    rng = np.random.default_rng(2)
    rows = []
    for well in (f"{row}{column:02d}" for row in "ABCDE" for column in range(1, 7)):
        compound, concentration, role, light, size = treatment(well)
        images, nuclei, cells = paint_field(rng, light, size)
        labels = {"Nuclei": nuclei, "Cells": cells}
        table = add_modules(measure_cells(images, nuclei, cells), images, labels, MODULES)
        place = {"plate": "P1", "well": well, "field": 1}
        table = table.select(*(pl.lit(value).cast(pl.Int64 if name == "field" else pl.String).alias(name)
                               for name, value in place.items()), pl.all())  # fmt: skip
        blurred = pl.DataFrame(
            [place | {"field": 2, "status": "failed", "reason": "dark", "cell_count": None, "focus": None}]
        )
        good = pl.DataFrame([place | {"status": "ok", "reason": None, "cell_count": table.height, "focus": 1.0}])
        for name, part in (("cells", table), ("fields", pl.concat([good, blurred], how="diagonal_relaxed"))):
            (folder / name / "P1").mkdir(parents=True, exist_ok=True)
            part.write_parquet(folder / name / "P1" / f"{well}.parquet")
        rows.append({
            "plate": "P1", "well": well, "compound": compound, "concentration_molar": concentration, "role": role,
            "cell_count": float(table.height), "n_fields": 1, "status": "ok", "reason": None, "infected_fraction": 0.5,
        })  # fmt: skip
    fields = [pl.read_parquet(path) for path in sorted((folder / "fields" / "P1").iterdir())]
    pl.concat(fields).write_parquet(folder / "fields.parquet")
    wells = pl.DataFrame(rows, infer_schema_length=None)
    wells.write_parquet(folder / "wells.parquet")
    for name in ("plates", "curves", "points", "hits"):
        pl.DataFrame({"name": [name]}).write_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="session")
def results(tmp_path_factory) -> Path:
    return write_results(tmp_path_factory.mktemp("screened") / "results")

"""The columns of chosen modules for the cells of a field, beside those that every screen has."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.imaging.illumination import FlatField, correct_illumination
from swanneck.imaging.measurement.objects import join_objects, measure_objects
from swanneck.imaging.measurement.settings import MeasurementSettings, Module

__all__ = ["add_modules"]


def add_modules(
    table: pl.DataFrame,
    images: Mapping[str, NDArray[Any]],
    objects: Mapping[str, NDArray[np.int32]],
    modules: Sequence[Module],
    *,
    flat_fields: Mapping[str, FlatField] | None = None,
) -> pl.DataFrame:
    """Add the modules' columns to a table of the same cells (`measure_cells`), which keeps its own.

    `objects` maps `Nuclei` and `Cells` to labels that a cell has in common; the cytoplasm is the cells' pixels in no
    nucleus, as in the table. A channel with a flat field is corrected for uneven illumination, and whole numbers are
    measured in 16 bits then. A value that does not exist is null.

    >>> from swanneck.imaging.measurement import measure_cells
    >>> image, labels = np.full((8, 8), 51, np.uint8), np.ones((8, 8), np.int32)
    >>> cells = measure_cells({"DNA": image}, labels)
    >>> full = add_modules(cells, {"DNA": image}, {"Nuclei": labels}, ["Intensity"])
    >>> full["Nuclei_Intensity_MedianIntensity_DNA"].round(3).to_list(), full.width > cells.width
    ([0.2], True)
    """
    settings = MeasurementSettings(modules=tuple(modules), cytoplasm="whole")
    even = {name: _correct(image, (flat_fields or {}).get(name)) for name, image in images.items()}
    found = join_objects(measure_objects(even, objects, settings)).drop("ObjectNumber", *table.columns, strict=False)
    return table.hstack(found.with_columns(pl.selectors.float().fill_nan(None)))


def _correct(image: NDArray[Any], flat: FlatField | None) -> NDArray[Any]:
    if flat is None:
        return image
    corrected = correct_illumination(image, flat)
    if image.dtype.kind not in "ui":
        return corrected
    # Whole numbers keep the measurements quick, and 16 bits hold what the correction of 8 makes.
    share = 65535 / np.iinfo(image.dtype).max
    levels: NDArray[np.uint16] = np.rint(np.clip(corrected * np.float32(share), 0, 65535)).astype(np.uint16)
    return levels

"""What is measured of each cell, under CellProfiler's names.

`measure_cells` gives the few columns that every screen needs, `measure_objects` CellProfiler's whole set. Functions are
loaded at first use: settings can be read and checked without the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from swanneck.imaging.measurement.settings import MODULES, MeasurementSettings

if TYPE_CHECKING:
    from swanneck.imaging.measurement.modules import add_modules
    from swanneck.imaging.measurement.objects import join_objects, measure_objects
    from swanneck.imaging.measurement.standard import REGIONS, measure_cells

__all__ = [
    "MODULES",
    "REGIONS",
    "MeasurementSettings",
    "add_modules",
    "join_objects",
    "measure_cells",
    "measure_objects",
]

_FILE_OF = {
    "REGIONS": "standard",
    "add_modules": "modules",
    "join_objects": "objects",
    "measure_cells": "standard",
    "measure_objects": "objects",
}


def __getattr__(name: str) -> object:
    if name not in _FILE_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_FILE_OF[name]}"), name)

"""Images of plates: reading, segmentation, measurement.

The functions that compute are loaded at first use, so that a reader does not wait for the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.imaging.measurement import MeasurementSettings, measure_objects
    from swanneck.imaging.segmentation import segment_cells, segment_nuclei

__all__ = ["MeasurementSettings", "measure_objects", "segment_cells", "segment_nuclei"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    room = "segmentation" if name.startswith("segment_") else "measurement"
    return getattr(import_module(f"swanneck.imaging.{room}"), name)

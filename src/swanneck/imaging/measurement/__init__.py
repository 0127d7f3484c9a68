"""What is measured of each cell, under CellProfiler's names.

`measure_cells` gives the few columns that every screen needs, `measure_objects` CellProfiler's whole set.
"""

from swanneck.imaging.measurement.objects import measure_objects
from swanneck.imaging.measurement.settings import MODULES, MeasurementSettings
from swanneck.imaging.measurement.standard import REGIONS, measure_cells

__all__ = ["MODULES", "REGIONS", "MeasurementSettings", "measure_cells", "measure_objects"]

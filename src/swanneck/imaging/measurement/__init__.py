"""What is measured of each cell, under CellProfiler's names."""

from swanneck.imaging.measurement.standard import REGIONS, measure_cells

__all__ = ["REGIONS", "measure_cells"]

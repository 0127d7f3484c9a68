"""Nuclei and cell bodies as label images."""

from swanneck.imaging.segmentation.cells import CellSettings, segment_cells
from swanneck.imaging.segmentation.diameter import estimate_nucleus_diameter
from swanneck.imaging.segmentation.nuclei import NucleiSettings, segment_nuclei

__all__ = ["CellSettings", "NucleiSettings", "estimate_nucleus_diameter", "segment_cells", "segment_nuclei"]

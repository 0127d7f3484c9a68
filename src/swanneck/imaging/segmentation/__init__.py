"""Nuclei and cell bodies as label images."""

from swanneck.imaging.segmentation.cells import CellSettings, segment_cells
from swanneck.imaging.segmentation.diameter import estimate_nucleus_diameter
from swanneck.imaging.segmentation.nuclei import segment_nuclei
from swanneck.imaging.segmentation.nuclei_methods import (
    choose_nuclei_method,
    describe_nuclei_method,
    find_nuclei_methods,
)
from swanneck.imaging.segmentation.nuclei_settings import NucleiSettings

__all__ = [
    "CellSettings",
    "NucleiSettings",
    "choose_nuclei_method",
    "describe_nuclei_method",
    "estimate_nucleus_diameter",
    "find_nuclei_methods",
    "segment_cells",
    "segment_nuclei",
]

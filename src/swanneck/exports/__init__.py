"""Results in the forms that other programs read: pycytominer, CellProfiler Analyst, AnnData, CSV."""

from swanneck.exports.cellprofiler_analyst import write_cellprofiler_analyst
from swanneck.exports.single_cells import PlateCells, aggregate_wells, list_features, name_metadata

__all__ = ["PlateCells", "aggregate_wells", "list_features", "name_metadata", "write_cellprofiler_analyst"]

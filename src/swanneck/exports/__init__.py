"""Results in the forms that other programs read: pycytominer, CellProfiler Analyst, AnnData, CSV."""

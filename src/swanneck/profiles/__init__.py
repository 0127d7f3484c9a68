"""Morphological profiles: from many features per cell or well to what behaves alike, and how sure that is.

Tables in, tables out: metadata columns pass through, feature columns are found by their CellProfiler names. The order
of work is `tables` (read), `normalising`, `selecting`, `aggregating`, `whitening`, then `average_precision`,
`reproducibility`, `neighbours`, `clusters`.
"""

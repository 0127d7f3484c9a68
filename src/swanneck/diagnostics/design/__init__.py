"""Assays designed: candidates on an alignment, and the sets of them that make an assay."""

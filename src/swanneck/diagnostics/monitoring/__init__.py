"""Assays held to genomes: where each oligo binds, what has changed there, and when that is an alarm."""

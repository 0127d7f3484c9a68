"""Rapid diagnostics: oligos that reach a pathogen's genomes, and assays held to them."""

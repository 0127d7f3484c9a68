"""Sequences: files of genomes and what is written in them."""

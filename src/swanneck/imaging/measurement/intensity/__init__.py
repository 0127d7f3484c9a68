"""Intensities of objects."""

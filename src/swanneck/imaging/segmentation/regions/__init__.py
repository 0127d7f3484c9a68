"""Labelled regions: grown, measured, mended and enlarged."""

"""Granularity spectra."""

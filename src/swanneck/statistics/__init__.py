"""Robust location and scale, thresholds, pooled variances and dose-response curves: numbers in, numbers out."""

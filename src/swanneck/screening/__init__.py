"""Screening: layouts, wells, quality, normalisation, dose response, hits, and plates simulated to test them."""

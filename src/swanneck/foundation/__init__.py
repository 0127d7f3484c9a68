"""The ground floor: errors, settings, units, well names, table contracts, files, provenance, compiled kernels.

It knows nothing of images, screens or pages, and imports nothing else of swanneck.
"""

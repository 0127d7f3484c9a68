"""Plates of images as others read them: OME-Zarr 0.5."""

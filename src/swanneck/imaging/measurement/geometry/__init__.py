"""The geometry of labelled objects that all measurements share."""

from swanneck.imaging.measurement.geometry._kernels import last_of_largest
from swanneck.imaging.measurement.geometry.geometry import ObjectPixels, list_object_pixels

__all__ = ["ObjectPixels", "last_of_largest", "list_object_pixels"]

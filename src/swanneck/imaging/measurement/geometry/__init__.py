"""The geometry of labelled objects that all measurements share."""

from swanneck.imaging.measurement.geometry.geometry import ObjectPixels, list_object_pixels
from swanneck.imaging.measurement.geometry.maxima import find_maxima, order_keys

__all__ = ["ObjectPixels", "find_maxima", "list_object_pixels", "order_keys"]

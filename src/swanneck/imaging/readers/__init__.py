"""Plates of images as microscopes write them: one file per vendor, one contract (`plate_images`).

A reader lists what is there; `read_plane` fetches the pixels of one plane when they are needed.
"""

from swanneck.imaging.readers.guessing import PatternGuess, guess_pattern
from swanneck.imaging.readers.looking import refine_guess
from swanneck.imaging.readers.pattern import read_pattern
from swanneck.imaging.readers.pixels import ImageFacts, read_image_facts, read_plane, read_plane_with_digest
from swanneck.imaging.readers.plate_images import PROJECTION, FieldKey, ImageFile, ImagePlane, PlateImages, ZChoice
from swanneck.imaging.readers.recognising import READERS, read_plates, recognise_reader

__all__ = [
    "PROJECTION",
    "READERS",
    "FieldKey",
    "ImageFacts",
    "ImageFile",
    "ImagePlane",
    "PatternGuess",
    "PlateImages",
    "ZChoice",
    "guess_pattern",
    "read_image_facts",
    "read_pattern",
    "read_plane",
    "read_plane_with_digest",
    "read_plates",
    "recognise_reader",
    "refine_guess",
]

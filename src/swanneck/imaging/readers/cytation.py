"""Cytation and Lionheart plates as Gen5 writes them: `B03_-1_2_1_GFP_001.tif`, and a text in each TIFF file.

The names tell well, field, channel and time; the `BTIImageMetaData` text of one file per channel tells pixel size and
wavelength. From the specification only: no real plate was at hand.
"""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from swanneck.foundation.errors import ImageError, InputError
from swanneck.imaging.readers.guessing import guess_pattern
from swanneck.imaging.readers.pattern import read_pattern
from swanneck.imaging.readers.plate_images import PlateImages
from swanneck.imaging.readers.tiff_description import read_description
from swanneck.imaging.readers.vendor_metadata import local_name, number_of, parse_xml

__all__ = ["CONVENTION", "read_cytation"]

CONVENTION = "Cytation (Gen5)"
"""What `guess_pattern` calls the names that Gen5 gives."""

_MARK = "<BTIImageMetaData"
_BAND = re.compile(r"\d{3}(?:\.\d+)?\s*,\s*(\d{3}(?:\.\d+)?)")


def read_cytation(folder: Path) -> list[PlateImages]:
    """List the plates in a folder of images that Gen5 named.

    Raises `InputError` where the images are named in another way.
    """
    guess = guess_pattern(folder)
    if guess.convention != CONVENTION:
        problem = f"images named by Gen5, such as B03_-1_2_1_GFP_001.tif, are wanted: {guess.reason}"
        raise InputError(problem, where=str(folder), remedy="Give the folder that Gen5 saved the images to")
    plates = read_pattern(folder, guess.pattern)
    return [replace(_with_facts(plate), source=f"Gen5 file names, {guess.pattern}") for plate in plates]


def _with_facts(plate: PlateImages) -> PlateImages:
    pixel_um: float | None = None
    wavelengths: dict[str, float] = {}
    for channel in plate.channels:
        plane = next((planes[channel] for planes in plate.fields.values() if channel in planes), None)
        if plane is None:
            continue
        try:
            text, _ = read_description(plane.files[0].path)
            start = text.find(_MARK)
            if start < 0:
                continue
            end = text.find("</BTIImageMetaData>", start) + len("</BTIImageMetaData>")
            root = parse_xml(text[start:end], str(plane.files[0].path))
        except (ImageError, InputError):  # its pixels will say so when they are read
            continue
        width, pixels = number_of(_text(root, "ImageWidthMicrons")), number_of(_text(root, "PixelWidth"))
        if width and pixels and width > 0 and pixels > 0:
            pixel_um = pixel_um or round(width / pixels, 9)
        if emission := _emission(root):
            wavelengths[channel] = emission
    return replace(plate, pixel_size_um=pixel_um, wavelengths_nm=wavelengths)


def _emission(root: ElementTree.Element) -> float | None:
    said = number_of(_text(root, "EmissionWavelength"))
    if said and said > 0:
        return said
    colours = (one.get("Color", "") for one in root.iter() if local_name(one) == "Channel")
    band = next((match for colour in colours if (match := _BAND.search(colour))), None)
    return float(band[1]) if band else None


def _text(root: ElementTree.Element, name: str) -> str:
    return next((one.text or "" for one in root.iter() if local_name(one) == name), "")

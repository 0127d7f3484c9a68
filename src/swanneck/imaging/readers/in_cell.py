"""IN Cell Analyzer plates: the `.xdce` file that lists every image; without it, the file names tell all.

From the specification only: no real plate was at hand. Positions are offsets from the centre of the well.
"""

from pathlib import Path
from xml.etree import ElementTree

from swanneck.imaging.readers.assembling import PlateDraft, PlateFacts, well_at
from swanneck.imaging.readers.plate_images import ImageFile, PlateImages
from swanneck.imaging.readers.vendor_metadata import (
    PlateFolder,
    local_name,
    number_of,
    read_elements,
    whole_number_of,
)

__all__ = ["read_in_cell"]


def read_in_cell(index: Path) -> list[PlateImages]:
    """List the plate that an .xdce file describes; images that are listed and not there stay listed as absent.

    Raises `InputError` for a file that is damaged, or tells of no image.
    """
    folder = PlateFolder(index.parent)
    draft = PlateDraft(index.stem, index.parent)
    names: dict[str, str] = {}
    wavelengths: dict[str, float] = {}
    pixel_um, step_um, n_listed = None, None, 0
    for element in read_elements(index, "ObjectiveCalibration", "ZDimensionParameters", "Wavelength", "Image"):
        kind = local_name(element)
        if kind == "ObjectiveCalibration":
            pixel_um = pixel_um or number_of(element.get("pixel_width"))
        elif kind == "ZDimensionParameters":
            step_um = step_um or (number_of(element.get("step")) if element.get("enabled") == "true" else None)
        elif kind == "Wavelength":
            key, filters = element.get("index", ""), _child(element, "EmissionFilter")
            names.setdefault(key, filters.get("name", ""))
            if length := number_of(filters.get("wavelength")):
                wavelengths.setdefault(key, length)
        elif element.get("filename") is not None:
            n_listed += 1
            _add_image(element, draft, folder)
    keys = {key for stacks in draft.stacks.values() for key in stacks}
    channels = {key: names.get(key, "") for key in sorted({*keys, *names}, key=lambda key: (len(key), key))}
    source = f"IN Cell Analyzer {index.name}"
    return [draft.finish(PlateFacts(channels, source, pixel_um, step_um, wavelengths, n_listed))]


def _add_image(image: ElementTree.Element, draft: PlateDraft, folder: PlateFolder) -> None:
    row, column = _child(image, "Row").get("number"), _child(image, "Column").get("number")
    well = well_at(whole_number_of(row), whole_number_of(column))
    said = _child(image, "Identifier")
    numbers = [whole_number_of(said.get(f"{name}_index", "0")) for name in ("field", "z", "time", "wave")]
    if well is None or any(number is None or number < 0 for number in numbers):
        draft.leave_out("do not tell their well, field or channel")
        return
    field, z, time, wave = (number or 0 for number in numbers)
    found = folder.locate(image.get("filename", ""))
    if found is None:
        draft.leave_out("lead out of the folder or have no file name")
        return
    if not found[1]:
        draft.absent.append(found[0])
    key = (well, field + 1)
    draft.add(key, str(wave), ImageFile(time + 1, z + 1, found[0]))
    offset = _child(image, "OffsetFromWellCenter")
    draft.place(key, number_of(offset.get("x")), number_of(offset.get("y")))


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element:
    """Give the first element of this name below another; an empty one where there is none."""
    return next((one for one in element.iter() if local_name(one) == name), ElementTree.Element(name))

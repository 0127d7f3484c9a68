"""Yokogawa CellVoyager CV7000 and CV8000: `MeasurementData.mlf`, `MeasurementDetail.mrf` and the `.mes` settings.

The .mlf file lists every image with its well, field, z, time, channel and place in µm from the centre of the well, y
upwards. The .mrf file has the plate's name and the pixel size of each channel; the .mes file, which it names, what each
channel shows. Both may be missing. The .mes part is from the specification only: no real file was at hand.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from swanneck.foundation.errors import InputError
from swanneck.imaging.readers.assembling import PlateDraft, PlateFacts, well_at
from swanneck.imaging.readers.plate_images import ImageFile, PlateImages
from swanneck.imaging.readers.vendor_metadata import (
    PlateFolder,
    local_name,
    number_of,
    read_elements,
    whole_number_of,
)

__all__ = ["read_yokogawa"]

_BAND = re.compile(r"BP\s?(\d{3,4})[-/](\d{1,3})")
_IMAGE_NAME = re.compile(r"(?P<plate>.+)_[A-Z]{1,2}\d{2}_T\d+F\d+L\d+A\d+Z\d+C\d+\.\w+")


@dataclass
class _Details:
    """What the .mrf and .mes files say: the plate's name, and for each channel a name, an emission, a pixel size."""

    plate: str = ""
    settings: str = ""
    channels: dict[str, str] = field(default_factory=dict)
    emission_nm: dict[str, float] = field(default_factory=dict)
    pixel_um: float | None = None
    notes: list[str] = field(default_factory=list)


def read_yokogawa(records: Path) -> list[PlateImages]:
    """List the plate of a .mlf file; images that are listed and not there stay listed as absent.

    Raises `InputError` for a .mlf file that is damaged, or tells of no image.
    """
    folder = PlateFolder(records.parent)
    details = _read_details(records, folder)
    draft = PlateDraft(details.plate or records.parent.resolve().name, records.parent)
    heights: dict[int, float] = {}
    n_listed, prefix = 0, ""
    for record in read_elements(records, "MeasurementRecord"):
        said = _attributes(record)
        if said.get("Type", "IMG") != "IMG":
            draft.leave_out(f"were not taken (the microscope recorded {said['Type']})")
            continue
        n_listed += 1
        prefix = prefix or _prefix_of(record.text)
        _add_record(said, (record.text or "").strip(), draft, folder)
        z, height = whole_number_of(said.get("ZIndex")), number_of(said.get("Z"))
        if z is not None and height is not None:
            heights.setdefault(z, height)
    if not details.plate and prefix:
        draft.name = PlateDraft(prefix, records.parent).name
    keys = sorted({key for stacks in draft.stacks.values() for key in stacks}, key=lambda key: (len(key), key))
    z_range = max(heights, default=0) - min(heights, default=0)
    facts = PlateFacts(
        channels={key: details.channels.get(key) or f"C{key:0>2}" for key in keys},
        source=f"Yokogawa CellVoyager {records.name}",
        pixel_size_um=details.pixel_um,
        z_step_um=round(abs(heights[max(heights)] - heights[min(heights)]) / z_range, 6) if z_range else None,
        wavelengths_nm=details.emission_nm,
        n_declared=n_listed,
        notes=tuple(details.notes),
    )
    return [draft.finish(facts)]


def _add_record(said: dict[str, str], name: str, draft: PlateDraft, folder: PlateFolder) -> None:
    well = well_at(whole_number_of(said.get("Row")), whole_number_of(said.get("Column")))
    number, channel = whole_number_of(said.get("FieldIndex")), whole_number_of(said.get("Ch"))
    z, time = whole_number_of(said.get("ZIndex", "1")), whole_number_of(said.get("TimePoint", "1"))
    if well is None or number is None or channel is None or z is None or time is None or min(number, z, time) < 0:
        draft.leave_out("do not tell their well, field or channel")
        return
    found = folder.locate(name) if name else None
    if found is None:
        draft.leave_out("lead out of the folder or have no file name")
        return
    path, there = found
    if not there:
        draft.absent.append(path)
    draft.add((well, number), str(channel), ImageFile(time, z, path))
    draft.place((well, number), number_of(said.get("X")), number_of(said.get("Y")))


def _read_details(records: Path, folder: PlateFolder) -> _Details:
    """Read the .mrf file that belongs to a .mlf file, and the .mes file that it names; neither must be there."""
    details = _Details()
    beside = records.with_name(records.name.replace("MeasurementData", "MeasurementDetail")).with_suffix(".mrf")
    candidates = [beside, *sorted(records.parent.glob("*.[mM][rR][fF]"))]
    path = next((one for one in candidates if one.is_file()), None)
    if path is None or folder.locate(path.name) is None:
        details.notes.append("there is no .mrf file: the pixel size is not known")
        return details
    try:
        for element in read_elements(path, "MeasurementDetail", "MeasurementSamplePlate", "MeasurementChannel"):
            _take_detail(element, details)
    except InputError as error:
        details.notes.append(f"{path.name} is left out: {error.problem}")
    settings = folder.locate(details.settings) if details.settings else None
    if settings and settings[1]:
        try:
            for element in read_elements(settings[0], "Channel"):
                _take_channel(_attributes(element), details)
        except InputError as error:
            details.notes.append(f"{settings[0].name} is left out: {error.problem}")
    return details


def _take_detail(element: ElementTree.Element, details: _Details) -> None:
    said = _attributes(element)
    if local_name(element) == "MeasurementDetail":
        details.settings = said.get("MeasurementSettingFileName", "")
    elif local_name(element) == "MeasurementSamplePlate":
        details.plate = details.plate or said.get("Name", "")
    else:
        details.pixel_um = details.pixel_um or number_of(said.get("HorizontalPixelDimension"))
        channel = whole_number_of(said.get("Ch"))
        # The name of the flat-field file has the band of the emission filter: SC_BP445-45_40x_M10_CH01.tif.
        if channel is not None and (band := _BAND.search(said.get("ShadingCorrectionSource", ""))):
            details.emission_nm.setdefault(str(channel), float(band[1]))


def _take_channel(said: dict[str, str], details: _Details) -> None:
    channel = whole_number_of(said.get("Ch"))
    if channel is None:
        return
    if target := said.get("Target"):
        details.channels.setdefault(str(channel), target)
    if band := _BAND.search(said.get("Acquisition", "")):
        details.emission_nm[str(channel)] = float(band[1])


def _prefix_of(name: str | None) -> str:
    match = _IMAGE_NAME.fullmatch((name or "").strip())
    return match["plate"] if match else ""


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {key.rpartition("}")[2]: value.strip() for key, value in element.attrib.items()}

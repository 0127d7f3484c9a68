"""Harmony exports of Operetta, Operetta CLS, Opera Phenix and Sonata: `Index.idx.xml` or `Index.xml`, version 5 on.

Version 5 writes a channel's facts with every image, version 6 and later once, in the channel's entry of `<Maps>`.
Lengths are in metres, positions from the centre of the well with y upwards. Namespaces differ by version and are
not looked at. The flat-field profile that Harmony estimated is noted, and not applied: swanneck estimates its own.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
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

__all__ = ["INDEX_NAMES", "read_harmony"]

INDEX_NAMES = ("index.idx.xml", "index.xml")
"""The names, in lower case, of the files that list a measurement; the first one that is there is read."""

_MICROMETRES = {"m": 1e6, "mm": 1e3, "um": 1.0, "µm": 1.0, "μm": 1.0, "nm": 1e-3}
_TAKEN = "Ok"


@dataclass
class _Channel:
    """What is known of a channel, from its entry in the maps and from its images."""

    name: str = ""
    emission_nm: float | None = None
    pixel_um: float | None = None
    flat_field: bool = False


@dataclass
class _Gathered:
    """What is gathered while the index is read from top to bottom."""

    draft: PlateDraft
    folder: PlateFolder
    channels: dict[str, _Channel] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    n_declared: int = 0
    time_from: int = 1


def read_harmony(index: Path) -> list[PlateImages]:
    """List the plate that a Harmony index describes; images that are listed and not there stay listed as absent.

    Raises `InputError` for an index that is damaged, or tells of no image.
    """
    version = ""
    gathered = _Gathered(PlateDraft(index.parent.parent.name, index.parent), PlateFolder(index.parent))
    named = False
    for element in read_elements(index, "Plate", "Entry", "Image"):
        if local_name(element) == "Plate":
            texts = {local_name(child): (child.text or "").strip() for child in element}
            name = texts.get("Name") or texts.get("PlateID")
            if name and not named:
                named, version = True, _version(element)
                gathered.draft.name = PlateDraft(name, index.parent).name
        elif local_name(element) == "Entry":
            _gather_entry(element, gathered)
        elif len(element):  # wells list their images by empty elements of the same name
            _gather_image(element, gathered)
    order = sorted(gathered.channels, key=lambda key: (whole_number_of(key) or 0, key))
    channels = {key: gathered.channels[key] for key in order}
    facts = PlateFacts(
        channels={key: one.name for key, one in channels.items()},
        source=f"Harmony index {index.name}" + (f", {version}" if version else ""),
        pixel_size_um=next((one.pixel_um for one in channels.values() if one.pixel_um), None),
        z_step_um=_step(gathered.heights),
        wavelengths_nm={key: one.emission_nm for key, one in channels.items() if one.emission_nm},
        n_declared=gathered.n_declared,
        notes=_notes(gathered),
    )
    return [gathered.draft.finish(facts)]


def _gather_entry(entry: ElementTree.Element, gathered: _Gathered) -> None:
    key = entry.get("ChannelID")
    if key is not None:
        channel = gathered.channels.setdefault(key, _Channel())
        children = {local_name(child): child for child in entry}
        _complete(channel, children)
        channel.flat_field = channel.flat_field or "FlatfieldProfile" in children


def _gather_image(image: ElementTree.Element, gathered: _Gathered) -> None:
    children = {child.tag.rpartition("}")[2]: child for child in image}
    texts = {name: (child.text or "").strip() for name, child in children.items()}
    url, key = texts.get("URL", ""), texts.get("ChannelID", "")
    well = well_at(whole_number_of(texts.get("Row")), whole_number_of(texts.get("Col")))
    number, time = whole_number_of(texts.get("FieldID")), whole_number_of(texts.get("TimepointID", "0"))
    z = whole_number_of(texts.get("PlaneID", "1"))
    gathered.n_declared += 1
    if not key or well is None or number is None or time is None or z is None or min(number, time, z) < 0:
        gathered.draft.leave_out("do not tell their well, field or channel")
        return
    if texts.get("State", _TAKEN) != _TAKEN:
        gathered.states[texts["State"]] += 1
    found = gathered.folder.locate(url) if url else None
    if found is None:
        gathered.draft.leave_out("lead out of the folder or have no file name")
        return
    path, there = found
    if not there:
        gathered.draft.absent.append(path)
    _complete(gathered.channels.setdefault(key, _Channel()), children)
    gathered.draft.add((well, number), key, ImageFile(time + 1, z, path))
    if (well, number) not in gathered.draft.positions:
        gathered.draft.place((well, number), _length(children, "PositionX"), _length(children, "PositionY"))
    if z not in gathered.heights and (height := _length(children, "PositionZ")) is not None:
        gathered.heights[z] = height


def _complete(channel: _Channel, children: dict[str, ElementTree.Element]) -> None:
    """Note what an image or an entry says of its channel; what was said before counts."""
    name = children.get("ChannelName")
    channel.name = channel.name or ("" if name is None else (name.text or "").strip())
    if channel.emission_nm is None and (emission := children.get("MainEmissionWavelength")) is not None:
        channel.emission_nm = number_of(emission.text)
    if channel.pixel_um is None:
        channel.pixel_um = _length(children, "ImageResolutionX")


def _length(children: dict[str, ElementTree.Element], name: str) -> float | None:
    """Give a length in µm; it is in metres where the index does not say its unit."""
    child = children.get(name)
    value = None if child is None else number_of(child.text)
    if child is None or value is None:
        return None
    return round(value * _MICROMETRES.get(child.get("Unit") or "m", 1e6), 9)


def _version(element: ElementTree.Element) -> str:
    match = re.search(r"Harmony ?V\d+|Columbus", element.tag)
    return match[0] if match else ""


def _step(heights: dict[int, float]) -> float | None:
    planes = sorted(heights)
    if len(planes) < 2:
        return None
    return round(abs(heights[planes[-1]] - heights[planes[0]]) / (planes[-1] - planes[0]), 6)


def _notes(gathered: _Gathered) -> tuple[str, ...]:
    notes = [f"{count} images have the state {state!r}" for state, count in gathered.states.items()]
    flat = [one.name or key for key, one in gathered.channels.items() if one.flat_field]
    if flat:
        notes.append(f"Harmony's flat-field profile of {', '.join(flat)} is in the index and not applied")
    return tuple(notes)

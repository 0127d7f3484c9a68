"""OME-TIFF: the OME-XML in each file, or in one `.companion.ome` beside them, says which page is which plane.

Where the XML has a plate, wells and fields are as it says; else each file is a field, told by its name. Files may hold
a part of a set only. Positions are taken where they have a unit of length; OME does not say from where they count.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from swanneck.foundation.errors import ImageError, InputError
from swanneck.imaging.readers.assembling import PlateDraft, PlateFacts, plain_name, unique_names, well_at
from swanneck.imaging.readers.guessing import guess_pattern
from swanneck.imaging.readers.pattern import compile_pattern, list_files, natural_order, well_of
from swanneck.imaging.readers.plate_images import FieldKey, ImageFile, PlateImages
from swanneck.imaging.readers.tiff_description import read_description
from swanneck.imaging.readers.vendor_metadata import (
    PlateFolder,
    local_name,
    number_of,
    parse_xml,
    read_text,
    whole_number_of,
)

__all__ = ["COMPANION_ENDING", "OME_ENDINGS", "read_ome_tiff"]

OME_ENDINGS = (".ome.tif", ".ome.tiff")
"""The endings, in lower case, of OME-TIFF files."""

COMPANION_ENDING = ".companion.ome"
"""The ending of a file that holds the OME-XML of a whole set."""

_DEPTHS = range(4)
_MOST_PLANES = 2**17
_MOST_IN_ALL = 2**21
_MOST_OPENED = 2000
_MOST_TRIED = 20
_SHOWN = 5
_MICROMETRES = {"µm": 1.0, "μm": 1.0, "um": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6, "Å": 1e-4}


@dataclass(frozen=True)
class _Plane:
    channel: int
    z: int
    time: int
    file: str
    page: int


@dataclass(frozen=True)
class _Image:
    """One image of the XML: its channels (name, emission), sizes, place, and where its planes are stored."""

    key: str
    channels: tuple[tuple[str, float | None], ...]
    planes: tuple[_Plane, ...]
    pixel_um: float | None
    z_step_um: float | None
    place: tuple[float | None, float | None]


@dataclass
class _Gathered:
    """A plate in the making with the facts that all its images share."""

    draft: PlateDraft
    names: dict[str, str] = field(default_factory=dict)
    wavelengths: dict[str, float] = field(default_factory=dict)
    pixel_um: float | None = None
    z_step_um: float | None = None
    n_declared: int = 0

    def take(self, image: _Image, keys: list[str]) -> None:
        for key, (name, emission) in zip(keys, image.channels, strict=True):
            self.names.setdefault(key, name)
            if emission:
                self.wavelengths.setdefault(key, emission)
        self.pixel_um = self.pixel_um or image.pixel_um
        self.z_step_um = self.z_step_um or image.z_step_um

    def finish(self, source: str, notes: tuple[str, ...]) -> PlateImages:
        order = sorted(self.names, key=natural_order)
        facts = PlateFacts(
            {key: self.names[key] for key in order}, source, self.pixel_um, self.z_step_um, self.wavelengths,
            self.n_declared, notes,
        )  # fmt: skip
        return self.draft.finish(facts)


def read_ome_tiff(folder: Path) -> list[PlateImages]:
    """List the plates in a folder of OME-TIFF files, up to three folders deep.

    Where more than 2,000 files have no plate in their XML, the first one speaks for all.

    Raises `InputError` where there is no OME-TIFF file, or no well can be made out.
    """
    listed, _ = list_files(folder, _DEPTHS)
    companions = [path for path in listed if path.lower().endswith(COMPANION_ENDING)]
    files = [path for path in listed if path.lower().endswith(OME_ENDINGS)]
    if not companions and not files:
        problem = f"no file ends in {', '.join((*OME_ENDINGS, COMPANION_ENDING))}"
        raise InputError(problem, where=str(folder), remedy="Give the folder that holds the OME-TIFF files")
    for path in companions:
        root = parse_xml(read_text(folder / path), str(folder / path))
        if any(local_name(element) == "Plate" for element in root):
            return _read_plates(folder, {path: root}, companions)
    if not files:
        problem = "the companion file tells of no plate"
        raise InputError(problem, where=str(folder / companions[0]), remedy="Export the plate again")
    path, first = _first_that_opens(folder, files)
    if any(local_name(element) == "Plate" for element in first[0]):
        return _read_plates(folder, {path: first[0]}, [path, *files])
    return _read_fields(folder, files, (path, *first))


def _first_that_opens(folder: Path, files: list[str]) -> tuple[str, tuple[ElementTree.Element, int]]:
    trouble: ImageError | InputError | None = None
    for path in files[:_MOST_TRIED]:
        try:
            return path, _ome_xml(folder / path)
        except (ImageError, InputError) as error:
            trouble = trouble or error
    assert trouble is not None  # there is one file at least
    raise trouble


# --- the XML has a plate


def _read_plates(folder: Path, roots: dict[str, ElementTree.Element], files: list[str]) -> list[PlateImages]:
    """Follow plates, wells and samples to images and their planes; files that no XML tells of so far are opened."""
    plate_folder = PlateFolder(folder)
    gathered: dict[str, _Gathered] = {}
    told: set[str] = set()
    troubles: list[str] = []
    for path in files:
        if path in told:
            continue
        base = str(PurePosixPath(path).parent)
        try:
            root = roots[path] if path in roots else _ome_xml(folder / path)[0]
            images = _images_of(root, path)
        except (ImageError, InputError) as error:
            troubles.append(f"{path} is left out: {error.problem}")
            continue
        told.add(path)
        told |= {str(PurePosixPath(base) / plane.file) for image in images.values() for plane in image.planes}
        for plate in root:
            if local_name(plate) == "Plate":
                name = plate.get("Name") or plate.get("ID") or folder.resolve().name
                one = gathered.setdefault(name, _Gathered(PlateDraft(name, folder)))
                for key, image in _samples(plate, images):
                    _add_image(key, image, (one, plate_folder, base))
    if not gathered:
        problem = f"no plate can be read from the OME-XML: {'; '.join(troubles[:_SHOWN])}"
        raise InputError(problem, where=str(folder), remedy="Export the plate again")
    notes = _shorten(troubles)
    return [gathered[name].finish("OME-TIFF with a plate in its OME-XML", notes) for name in sorted(gathered)]


def _samples(plate: ElementTree.Element, images: dict[str, _Image]) -> Iterator[tuple[FieldKey, _Image]]:
    for element in plate:
        row, column = whole_number_of(element.get("Row")), whole_number_of(element.get("Column"))
        if local_name(element) != "Well" or row is None or column is None:
            continue
        well = well_at(row + 1, column + 1)
        samples = [sample for sample in element if local_name(sample) == "WellSample"]
        for number, sample in enumerate(samples, start=1):
            reference = next((child.get("ID") for child in sample if local_name(child) == "ImageRef"), None)
            if well and reference in images:
                yield (well, number), images[reference]


def _add_image(key: FieldKey, image: _Image, target: tuple[_Gathered, PlateFolder, str]) -> None:
    one, folder, base = target
    keys = [str(number) for number in range(len(image.channels))]
    one.take(image, keys)
    one.n_declared += len(image.planes)
    for plane in image.planes:
        found = folder.locate(str(PurePosixPath(base) / plane.file))
        if found is None:
            one.draft.leave_out("lead out of the folder or have no file name")
            continue
        if not found[1]:
            one.draft.absent.append(found[0])
        one.draft.add(key, keys[plane.channel], ImageFile(plane.time, plane.z, found[0], plane.page))
    one.draft.place(key, *image.place)


# --- the names tell the wells


def _read_fields(folder: Path, files: list[str], first: tuple[str, ElementTree.Element, int]) -> list[PlateImages]:
    guess = guess_pattern(folder)
    expression = compile_pattern(guess.pattern)
    gathered: dict[str, _Gathered] = {}
    notes: list[str] = []
    if len(files) > _MOST_OPENED:
        notes.append(f"of {len(files)} OME-TIFF files the first one was opened and speaks for all")
    shared = _own_image(first[1:], first[0]) if len(files) > _MOST_OPENED else None
    for path in files:
        match = expression.fullmatch(path)
        well = well_of(match.groupdict()) if match else None
        if match is None or well is None:
            continue
        said = match.groupdict()
        try:
            image = shared or _own_image(_ome_xml(folder / path), path)
        except (ImageError, InputError) as error:
            notes.append(f"{path} is left out: {error.problem}")
            continue
        name = said.get("plate") or folder.resolve().name
        one = gathered.setdefault(name, _Gathered(PlateDraft(name, folder)))
        token = said.get("channel")
        keys = [f"{token or ''}{number if number or not token else ''}" for number in range(len(image.channels))]
        one.take(_renamed(image, token), keys)
        one.n_declared += len(image.planes)
        field_key = (well, int(said.get("field") or 1))
        for plane in image.planes:
            z, time = int(said.get("z") or 0) + plane.z, int(said.get("time") or 0) + plane.time
            one.draft.add(field_key, keys[plane.channel], ImageFile(time, z, folder / path, plane.page))
        one.draft.place(field_key, *image.place)
    if not gathered:
        problem = f"of {len(files)} OME-TIFF files none can be used{': ' if notes else ''}{'; '.join(notes[:3])}"
        raise InputError(problem, where=str(folder), remedy="Check that the files are whole and named by wells")
    source = f"OME-TIFF, wells by {guess.pattern}"
    return [gathered[name].finish(source, _shorten(notes)) for name in sorted(gathered)]


def _shorten(notes: list[str]) -> tuple[str, ...]:
    more = len(notes) - _SHOWN
    return tuple(notes[:_SHOWN] + ([f"{more} more files are left out"] if more > 0 else []))


def _own_image(opened: tuple[ElementTree.Element, int], path: str) -> _Image:
    """Give the first image of a file's XML, with the planes that lie in the file itself."""
    root, n_pages = opened
    image = next((one for element in root if (one := _image_of(element, path, n_pages))), None)
    if image is None:
        problem = "the OME-XML tells of no image"
        raise InputError(problem, where=path)
    name = PurePosixPath(path).name
    # A file that was renamed still has its old name inside.
    renamed = len({plane.file for plane in image.planes}) == 1
    own = tuple(plane for plane in image.planes if (renamed or plane.file == name) and plane.page < n_pages)
    return replace(image, planes=own)


def _renamed(image: _Image, token: str | None) -> _Image:
    """Take the channel's name from the file's, where that has one: those in the XML may all be alike."""
    if token is None or len(image.channels) != 1:
        return image
    return replace(image, channels=((token, image.channels[0][1]),))


# --- OME-XML


def _ome_xml(path: Path) -> tuple[ElementTree.Element, int]:
    text, n_pages = read_description(path)
    if "<OME" not in text[:2000] and ":OME" not in text[:2000]:
        problem = "the file has no OME-XML although its name says so"
        raise InputError(problem, where=str(path), remedy="Rename it to .tif, or export it again")
    return parse_xml(text, str(path)), n_pages


def _images_of(root: ElementTree.Element, path: str) -> dict[str, _Image]:
    images: dict[str, _Image] = {}
    count = 0
    for element in root:
        if image := _image_of(element, path, _MOST_PLANES):
            images[image.key] = image
            count += len(image.planes)
        if count > _MOST_IN_ALL:
            problem = f"the OME-XML declares more than {_MOST_IN_ALL} planes"
            raise InputError(problem, where=path)
    return images


def _image_of(element: ElementTree.Element, path: str, n_pages: int) -> _Image | None:
    """Read an <Image>; None for what is none, or has no pixels."""
    pixels = next((child for child in element if local_name(child) == "Pixels"), None)
    if local_name(element) != "Image" or pixels is None:
        return None
    channels = [child for child in pixels if local_name(child) == "Channel"]
    said = [(plain_name(one.get("Name", "")), _emission(one)) for one in channels]
    count = len(said) or whole_number_of(pixels.get("SizeC")) or 1
    sizes = {"C": count, "Z": whole_number_of(pixels.get("SizeZ")) or 1, "T": whole_number_of(pixels.get("SizeT")) or 1}
    if min(sizes.values()) < 1 or math.prod(sizes.values()) > _MOST_PLANES:
        problem = f"the OME-XML declares {sizes['C']} channels, {sizes['Z']} z, {sizes['T']} times: too many to be true"
        raise InputError(problem, where=path)
    said += [("", None)] * (count - len(said))
    names = unique_names({str(number): name for number, (name, _) in enumerate(said)})
    plane = next((child for child in pixels if local_name(child) == "Plane"), ElementTree.Element("Plane"))
    return _Image(
        key=element.get("ID", ""),
        channels=tuple((names[str(number)], emission) for number, (_, emission) in enumerate(said)),
        planes=tuple(_planes(pixels, sizes, (PurePosixPath(path).name, n_pages))),
        pixel_um=_length(pixels, "PhysicalSizeX", "µm"),
        z_step_um=_length(pixels, "PhysicalSizeZ", "µm"),
        place=(_length(plane, "PositionX", ""), _length(plane, "PositionY", "")),
    )


def _planes(pixels: ElementTree.Element, sizes: dict[str, int], own: tuple[str, int]) -> Iterator[_Plane]:
    """List the planes that <TiffData> elements place: from the first one on, in the order of the dimensions."""
    name, n_pages = own
    order = [letter for letter in pixels.get("DimensionOrder", "XYCZT")[2:].upper() if letter in sizes]
    order += [letter for letter in "CZT" if letter not in order]
    total, given = math.prod(sizes.values()), 0
    for data in pixels:
        if local_name(data) != "TiffData":
            continue
        uuid = next((child for child in data if local_name(child) == "UUID"), None)
        file = (uuid.get("FileName") if uuid is not None else None) or name
        page = whole_number_of(data.get("IFD", "0")) or 0
        default = min(total, n_pages) if data.get("IFD") is None else 1
        count = whole_number_of(data.get("PlaneCount", default)) or 0
        at = {letter: whole_number_of(data.get(f"First{letter}", "0")) or 0 for letter in sizes}
        start = at[order[0]] + sizes[order[0]] * (at[order[1]] + sizes[order[1]] * at[order[2]])
        for number in range(max(0, min(count, total - start, _MOST_PLANES - given))):
            rest, index = start + number, {}
            for letter in order:
                rest, index[letter] = divmod(rest, sizes[letter])
            yield _Plane(index["C"], index["Z"] + 1, index["T"] + 1, file, page + number)
            given += 1


def _emission(channel: ElementTree.Element) -> float | None:
    value = _length(channel, "EmissionWavelength", "nm")
    return None if value is None else round(value * 1000, 6)


def _length(element: ElementTree.Element, name: str, default: str) -> float | None:
    value = number_of(element.get(name))
    factor = _MICROMETRES.get(element.get(f"{name}Unit", default))
    return None if value is None or factor is None else round(value * factor, 9)

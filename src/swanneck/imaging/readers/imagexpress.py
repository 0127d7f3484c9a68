"""ImageXpress plates as MetaXpress writes them: a `.HTD` file, folders by time and z, and telling file names.

    plate/9987.HTD
    plate/TimePoint_1/ZStep_3/9987_B02_s1_w2<identifier>.tif

The .HTD file says what was to be taken: wells, sites, waves, times, z. What was taken is what is there, for waves may
be taken at some times or as a stack or not, and projections lie beside the folders of their stack. Exports may lack
the .HTD file. Each TIFF file tells its pixel size, wavelength and place; a few are opened for that.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from swanneck.foundation.errors import ImageError, InputError
from swanneck.foundation.wells import parse_well
from swanneck.imaging.readers.assembling import PlateDraft, PlateFacts
from swanneck.imaging.readers.pattern import list_files
from swanneck.imaging.readers.plate_images import PROJECTION, ImageFile, PlateImages
from swanneck.imaging.readers.tiff_description import read_description
from swanneck.imaging.readers.vendor_metadata import (
    number_of,
    parse_xml,
    read_text,
    whole_number_of,
)

__all__ = ["read_imagexpress"]

_GUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_NAME = re.compile(
    rf"(?P<plate>.*?)_?(?P<well>[A-Za-z]{{1,2}}\d{{2}})(?:_s(?P<site>\d{{1,4}}))?(?:_w(?P<wave>\d{{1,2}}))?(?:{_GUID})?"
    r"\.(?i:tiff?)"
)
_FOLDER = re.compile(r"(?P<kind>TimePoint|ZStep)_(?P<number>\d{1,6})", re.IGNORECASE)
_LINE = re.compile(r'\s*"(?P<key>[^"]{1,80})"\s*,(?P<value>.*)')
_DEPTHS = range(3)
_MOST_OPENED = 64
_MOST_WAVES = 99


@dataclass(frozen=True)
class _Declared:
    """What the .HTD file says was to be taken. `n_images` is an upper limit: waves may be taken at some times only."""

    waves: dict[str, str] = field(default_factory=dict)
    n_images: int | None = None
    note: str = ""


@dataclass
class _Opened:
    """What the descriptions in a few TIFF files say."""

    names: dict[str, str] = field(default_factory=dict)
    wavelengths: dict[str, float] = field(default_factory=dict)
    pixel_um: float | None = None
    z_step_um: float | None = None
    offsets: dict[int, tuple[float, float]] = field(default_factory=dict)


def read_imagexpress(folder: Path, htd: Path | None = None) -> list[PlateImages]:
    """List the plate in a folder of ImageXpress images, with or without its .HTD file.

    Positions are those of the sites in one well, for all wells: MetaXpress repeats them. Projections that the
    microscope made have the z `PROJECTION` where their stack is there, too.

    Raises `InputError` where no image is named as MetaXpress names them.
    """
    declared = _read_htd(htd) if htd is not None else _Declared()
    found = _find_images(folder)
    if not found:
        problem = "no image is named as MetaXpress does, such as Plate_B02_s1_w1.tif"
        raise InputError(problem, where=str(folder), remedy="Give the folder that has the .HTD file")
    plate_names = {one.plate for one in found}
    name = plate_names.pop() if len(plate_names) == 1 else ""
    draft = PlateDraft(name or (htd.stem if htd else ""), folder)
    stacked = {one.place for one in found if one.z is not None}
    for one in found:
        z = one.z if one.z is not None else PROJECTION if one.place in stacked else 1
        draft.add((one.well, one.site), one.wave, ImageFile(one.time, z, one.path))
    opened = _open_some(found)
    for well, site in draft.stacks:
        if site in opened.offsets:
            draft.place((well, site), *opened.offsets[site])
    waves = declared.waves or {key: opened.names.get(key, "") for key in sorted({one.wave for one in found}, key=int)}
    # A wave that the .HTD file does not list is there all the same.
    waves |= {one.wave: opened.names.get(one.wave, "") for one in found if one.wave not in waves}
    facts = PlateFacts(
        channels=waves,
        source=f"ImageXpress {htd.name}" if htd else "ImageXpress file names, without a .HTD file",
        pixel_size_um=opened.pixel_um,
        z_step_um=opened.z_step_um,
        wavelengths_nm=opened.wavelengths,
        n_declared=declared.n_images,
        notes=(declared.note,) if declared.note else (),
    )
    return [draft.finish(facts)]


# --- what is there


@dataclass(frozen=True)
class _Image:
    path: Path
    plate: str
    well: str
    site: int
    wave: str
    time: int
    z: int | None

    @property
    def place(self) -> tuple[str, int, str, int]:
        return self.well, self.site, self.wave, self.time


def _find_images(folder: Path) -> list[_Image]:
    images = []
    for path in list_files(folder, _DEPTHS)[0]:
        *above, name = path.split("/")
        match = _NAME.fullmatch(name)
        places = [_FOLDER.fullmatch(part) for part in above]
        if match is None or None in places:
            continue
        numbers = {place["kind"].lower(): int(place["number"]) for place in places if place}
        try:
            well = parse_well(match["well"])
        except InputError:  # letters and digits that look alike
            continue
        images.append(
            _Image(
                folder / path, match["plate"], well, int(match["site"] or 1), str(int(match["wave"] or 1)),
                numbers.get("timepoint", 1), numbers.get("zstep"),
            )
        )  # fmt: skip
    return images


# --- what was declared


def _read_htd(path: Path) -> _Declared:
    """Read the lines `"Key", value, value`; what cannot be made out counts as not said."""
    lines: dict[str, str] = {}
    # Not splitlines: descriptions hold bytes that are line ends in some encodings.
    for line in read_text(path).split("\n"):
        if match := _LINE.fullmatch(line.rstrip("\r")):
            lines.setdefault(match["key"], match["value"].strip())
    if "HTSInfoFile" not in lines:
        problem = "a MetaXpress .HTD file begins with HTSInfoFile, this one does not"
        raise InputError(problem, where=str(path), remedy="Copy it again from the microscope, or take it away")
    n_waves = min(_number(lines, "NWavelengths", 1), _MOST_WAVES) if lines.get("Waves", "TRUE") == "TRUE" else 1
    waves = {str(wave): lines.get(f"WaveName{wave}", "").strip('" ') for wave in range(1, n_waves + 1)}
    taken = sum(lines.get(f"WaveCollect{wave}", "1").strip() != "0" for wave in range(1, n_waves + 1))
    wells = sum(value.count("TRUE") for key, value in lines.items() if key.startswith("WellsSelection"))
    sites = 1
    if lines.get("Sites", "FALSE") == "TRUE":
        sites = sum(value.count("TRUE") for key, value in lines.items() if key.startswith("SiteSelection"))
    times = _number(lines, "TimePoints", 1)
    steps = _number(lines, "ZSteps", 1) if lines.get("ZSeries", "FALSE") == "TRUE" else 1
    n_images = wells * sites * taken * times * steps
    note = (
        f"the .HTD file declares up to {n_images} images: {wells} wells, {sites} sites, {taken} waves, "
        f"{times} times, {steps} z"
    )
    return _Declared(waves, n_images or None, note)


def _number(lines: dict[str, str], key: str, default: int) -> int:
    number = whole_number_of(lines.get(key))
    return number if number is not None and number >= 1 else default


# --- what the files say


def _open_some(found: list[_Image]) -> _Opened:
    """Read the descriptions of one image of each wave, and of one image of each site in one well."""
    opened = _Opened()
    chosen: dict[object, _Image] = {}
    for one in found:
        chosen.setdefault(("wave", one.wave), one)
        if one.z is not None and one.z > 1:
            chosen.setdefault("stack", one)
        if one.well == found[0].well:
            chosen.setdefault(("site", one.site), one)
    for one in list(chosen.values())[:_MOST_OPENED]:
        try:
            said = _properties(one.path)
        except (ImageError, InputError):  # its pixels will say so when they are read
            continue
        if (length := number_of(said.get("wavelength"))) and length > 0:
            opened.wavelengths.setdefault(one.wave, length)
        if label := said.get("_IllumSetting_"):
            opened.names.setdefault(one.wave, label)
        if said.get("spatial-calibration-state") == "on" and said.get("spatial-calibration-units") in ("um", "µm"):
            opened.pixel_um = opened.pixel_um or number_of(said.get("spatial-calibration-x"))
        opened.z_step_um = opened.z_step_um or number_of(said.get("Z Projection Step Size"))
        x, y = number_of(said.get("OffsetFromWellCenterUmX")), number_of(said.get("OffsetFromWellCenterUmY"))
        if x is not None and y is not None:
            opened.offsets.setdefault(one.site, (x, -y))  # MetaXpress counts y downwards
    return opened


def _properties(path: Path) -> dict[str, str]:
    text, _ = read_description(path)
    if not text.lstrip().startswith("<MetaData"):
        return {}
    root: ElementTree.Element = parse_xml(text, str(path))
    return {prop.get("id", ""): prop.get("value", "") for prop in root.iter() if prop.get("id")}

"""What is in a folder of images: plates, wells, fields, channels, z, time, sizes, places, and what is missing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from swanneck.foundation.errors import ImageError
from swanneck.imaging.readers import PROJECTION, ImageFile, PlateImages, read_image_facts, read_plates

__all__ = ["ImagesDescription", "describe_images"]

_SHOWN = 5


@dataclass(frozen=True)
class ImagesDescription:
    """The plates that were found, and what there is to say of them, line by line."""

    plates: list[PlateImages]
    lines: list[str]


def describe_images(folder: Path, *, reader: str | None = None, pattern: str | None = None) -> ImagesDescription:
    """Recognise the plates in a folder and say what is there; of the pixels, one image's header is read.

    Planes are present where their file is in the folder, and missing where the metadata list or declare more.

    Raises as `read_plates` where nothing is recognised.
    """
    plates = read_plates(Path(folder), reader=reader, pattern=pattern)
    lines = [line for plate in plates for line in _describe(plate)]
    return ImagesDescription(plates, [f"{_count(len(plates), 'plate')} in {folder}", *lines])


def _describe(plate: PlateImages) -> list[str]:
    files = [file for planes in plate.fields.values() for plane in planes.values() for file in plane.files]
    wells = plate.wells[0] if len(plate.wells) == 1 else f"{plate.wells[0]} to {plate.wells[-1]}"
    lines = [
        f"plate {plate.name}",
        f"  recognised: {plate.source}",
        f"  folder: {plate.folder}",
        f"  wells: {len(plate.wells)}, {wells}",
        f"  fields: {len(plate.fields)}, {_spread(len(plate.fields_of(well)) for well in plate.wells)} per well",
        *_describe_channels(plate),
        f"  z: {_describe_z(files, plate)}",
        f"  time points: {_spread_of(file.time for file in files)}",
        f"  image: {_describe_image(files)}",
        f"  pixel size: {_number(plate.pixel_size_um, 'µm')}",
        f"  positions: {_describe_positions(plate)}",
        f"  planes: {_describe_planes(plate, len(files))}",
    ]
    return lines + [f"  note: {note}" for note in plate.notes]


def _describe_channels(plate: PlateImages) -> list[str]:
    counts = Counter(channel for planes in plate.fields.values() for channel in planes)
    lines = [f"  channels: {len(plate.channels)}"]
    for channel in plate.channels:
        emission = plate.wavelengths_nm.get(channel)
        told = f", emission {emission:g} nm" if emission else ""
        few = "" if counts[channel] == len(plate.fields) else f", in {counts[channel]} of {len(plate.fields)} fields"
        lines.append(f"    {channel}{told}{few}")
    return lines


def _describe_z(files: Iterable[ImageFile], plate: PlateImages) -> str:
    numbers = {file.z for file in files}
    text = _spread_of(number for number in numbers if number != PROJECTION)
    if PROJECTION in numbers:
        text += ", and projections that the microscope made"
    return text + (f", {plate.z_step_um:g} µm apart" if plate.z_step_um else "")


def _describe_image(files: list[ImageFile]) -> str:
    """Give the size of the first image that can be opened, of a few."""
    for file in files[:_SHOWN]:
        try:
            facts = read_image_facts(file.path)
        except ImageError:
            continue
        return f"{facts.shape[0]} x {facts.shape[1]} pixels, {facts.dtype}"
    return "none of the first can be opened"


def _describe_positions(plate: PlateImages) -> str:
    if not plate.positions_um:
        return "not written"
    x, y = zip(*plate.positions_um.values(), strict=True)
    return (
        f"{len(plate.positions_um)} of {len(plate.fields)} fields, "
        f"x {min(x):g} to {max(x):g} µm, y (upwards) {min(y):g} to {max(y):g} µm"
    )


def _describe_planes(plate: PlateImages, n_listed: int) -> str:
    present = n_listed - len(plate.absent)
    missing = max(0, (plate.n_declared or n_listed) - present)
    holes = plate.missing_planes()
    text = f"{present} present, {missing} missing"
    if holes:
        shown = ", ".join(f"{well} field {number} {channel}" for well, number, channel in holes[:_SHOWN])
        text += f"; {_count(len(holes), 'channel')} missing in fields: {shown}{' ...' if len(holes) > _SHOWN else ''}"
    if plate.absent:
        shown = ", ".join(path.name for path in plate.absent[:_SHOWN])
        text += f"; not there: {shown}{' ...' if len(plate.absent) > _SHOWN else ''}"
    return text


def _spread(counts: Iterable[int]) -> str:
    values = sorted(set(counts))
    return f"{values[0]}" if len(values) == 1 else f"{values[0]} to {values[-1]}"


def _spread_of(numbers: Iterable[int]) -> str:
    values = sorted(set(numbers))
    if not values:
        return "0"
    return f"{len(values)}" + (f" ({values[0]} to {values[-1]})" if len(values) > 1 else "")


def _number(value: float | None, unit: str) -> str:
    return "not written" if value is None else f"{value:g} {unit}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

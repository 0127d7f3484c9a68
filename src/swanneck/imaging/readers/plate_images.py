"""The contract of every reader: a plate of images as wells, fields, channels and planes.

A reader is one file in this folder with one function, `read_<vendor>(folder, ...) -> list[PlateImages]`. It reads
names and metadata only; pixels come later, plane by plane, from `pixels.read_plane`. What a microscope did
not write is absent: a field that lacks a channel keeps its other channels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.wells import well_position

__all__ = ["PROJECTION", "FieldKey", "ImageFile", "ImagePlane", "PlateImages", "ZChoice"]

FieldKey = tuple[str, int]
"""A well and the number of a field in it, from 1."""

ZChoice = int | Literal["first", "max", "best"]
"""Which z of a stack to show: the first one, the one with this number, the maximum projection of all, or the sharpest.

`first` is the projection that the microscope made itself, where it wrote one.
"""

PROJECTION = -1
"""The z of a projection that the microscope made itself and stored beside the stack."""


@dataclass(frozen=True, order=True)
class ImageFile:
    """Where one 2-D image is stored: a file, the page in it (from 0), and the time point and z it was taken at.

    A Zarr array is a folder: `path` is that folder, and `page` counts its planes over all axes but the last two.
    """

    time: int
    z: int
    path: Path
    page: int = 0


@dataclass(frozen=True)
class ImagePlane:
    """What one channel shows in one field: all images that were taken of it, and which of them to show.

    `files` is sorted by time, then z. `shown` names the files that `read_plane` reads: those of the first time
    point at the chosen z, several of them for a projection or the choice of the sharpest.

    >>> stack = ImagePlane("DNA", (ImageFile(1, 1, Path("a.tif")), ImageFile(1, 2, Path("b.tif"))))
    >>> [file.path.name for file in stack.shown], [file.path.name for file in replace(stack, z="max").shown]
    (['a.tif'], ['a.tif', 'b.tif'])
    """

    channel: str
    files: tuple[ImageFile, ...]
    z: ZChoice = "first"

    @property
    def shown(self) -> tuple[ImageFile, ...]:
        """The files to read; none where the chosen z was not taken."""
        first_time = [file for file in self.files if file.time == self.files[0].time]
        if self.z in ("max", "best"):
            stack = [file for file in first_time if file.z != PROJECTION]
            return tuple(stack or first_time)
        wanted = first_time[0].z if self.z == "first" and first_time else self.z
        return tuple(file for file in first_time if file.z == wanted)

    @property
    def where(self) -> str:
        """The file to name in an error message."""
        return str((self.shown or self.files)[0].path)


@dataclass(frozen=True)
class PlateImages:
    """The images of one plate.

    `fields` maps (well, field) to {channel: plane}; `channels` lists every channel of the plate in its order.
    `notes` says what was left out while reading, in words; `reader` and `source` say which reader read it, and what
    it was recognised by. Facts that only some microscopes write are optional: the pixel size, the distance of
    neighbouring z, the place of each field (x to the right, y upwards, from the centre of the well where the vendor
    counts from there), emission wavelengths, how many images were declared, and which of the listed files are absent.

    >>> plate = PlateImages("P1", Path(), ("DNA",), {("B02", 1): {}, ("A01", 1): {"DNA": ImagePlane("DNA", ())}})
    >>> plate.wells, plate.fields_of("B02"), plate.missing_planes()
    (('A01', 'B02'), (1,), [('B02', 1, 'DNA')])
    """

    name: str
    folder: Path
    channels: tuple[str, ...]
    fields: Mapping[FieldKey, Mapping[str, ImagePlane]]
    notes: tuple[str, ...] = ()
    pixel_size_um: float | None = None
    positions_um: Mapping[FieldKey, tuple[float, float]] = field(default_factory=dict)
    wavelengths_nm: Mapping[str, float] = field(default_factory=dict)
    z_step_um: float | None = None
    n_declared: int | None = None
    absent: tuple[Path, ...] = ()
    reader: str = ""
    source: str = ""

    @cached_property
    def _fields_by_well(self) -> dict[str, tuple[int, ...]]:
        numbers: dict[str, list[int]] = {}
        for well, number in self.fields:
            numbers.setdefault(well, []).append(number)
        return {well: tuple(sorted(numbers[well])) for well in sorted(numbers, key=well_position)}

    @property
    def wells(self) -> tuple[str, ...]:
        """The wells that have images, row by row."""
        return tuple(self._fields_by_well)

    def fields_of(self, well: str) -> tuple[int, ...]:
        """List the fields of a well in order; none where the well has no images."""
        return self._fields_by_well.get(well, ())

    def missing_planes(self) -> list[tuple[str, int, str]]:
        """List what is absent, as (well, field, channel): channels that other fields of the plate have."""
        return [
            (well, number, channel)
            for well in self.wells
            for number in self.fields_of(well)
            for channel in self.channels
            if channel not in self.fields[well, number]
        ]

    def with_z(self, z: ZChoice) -> "PlateImages":
        """Choose the z to show in every plane; raises `SettingsError` where no plane of the plate has it."""
        chosen = {
            key: {channel: replace(plane, z=z) for channel, plane in planes.items()}
            for key, planes in self.fields.items()
        }
        if isinstance(z, int) and not any(plane.shown for planes in chosen.values() for plane in planes.values()):
            problem = f"no image has z = {z}"
            raise SettingsError(
                problem, where=f"plate {self.name}", remedy="Choose a z that was taken, 'max' or 'best'"
            )
        return replace(self, fields=chosen)

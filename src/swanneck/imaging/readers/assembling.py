"""From the records of a vendor's metadata to `PlateImages`: what every vendor reader ends in."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.wells import well_name
from swanneck.imaging.readers.plate_images import FieldKey, ImageFile, ImagePlane, PlateImages

__all__ = ["PlateDraft", "PlateFacts", "choose_channels", "plain_name", "unique_names", "well_at"]

_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_LONGEST = 100


@dataclass(frozen=True)
class PlateFacts:
    """What a vendor's metadata say of a plate besides its images; `channels` maps the vendor's key to a name."""

    channels: Mapping[str, str]
    source: str
    pixel_size_um: float | None = None
    z_step_um: float | None = None
    wavelengths_nm: Mapping[str, float] = field(default_factory=dict)
    n_declared: int | None = None
    notes: tuple[str, ...] = ()


class PlateDraft:
    """A plate in the making. Records that cannot be used are counted by their reason, which ends in the notes.

    >>> draft = PlateDraft("P1", Path())
    >>> draft.add(("A01", 1), "1", ImageFile(1, 1, Path("a.tif")))
    >>> draft.finish(PlateFacts({"1": "DNA"}, "by hand")).channels
    ('DNA',)
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = plain_name(name) or plain_name(folder.resolve().name) or "plate"
        self.folder = folder
        self.stacks: dict[FieldKey, dict[str, dict[tuple[int, int], ImageFile]]] = {}
        self.positions: dict[FieldKey, tuple[float, float]] = {}
        self.absent: list[Path] = []
        self._left_out: Counter[str] = Counter()

    def add(self, key: FieldKey, channel: str, image: ImageFile) -> None:
        """Add an image to a field; of two with the same channel, time and z the first one stays."""
        stack = self.stacks.setdefault(key, {}).setdefault(channel, {})
        if (image.time, image.z) in stack:
            self.leave_out("tell the same image again")
        else:
            stack[image.time, image.z] = image

    def leave_out(self, reason: str) -> None:
        """Count a record that is not used; the reason completes the sentence `3 images ...`."""
        self._left_out[reason] += 1

    def place(self, key: FieldKey, x: float | None, y: float | None) -> None:
        """Note where a field lies, in µm; the first word counts."""
        if x is not None and y is not None:
            self.positions.setdefault(key, (x, y))

    def finish(self, facts: PlateFacts) -> PlateImages:
        """Give the plate; channels that have no image are noted and left out.

        Raises `InputError` where no image is left.
        """
        fields: dict[FieldKey, dict[str, ImagePlane]] = {}
        seen: set[str] = set()
        names = unique_names(facts.channels)
        for key in sorted(self.stacks):
            stacks = self.stacks[key]
            seen.update(stacks)
            fields[key] = {
                names[channel]: ImagePlane(names[channel], tuple(sorted(stacks[channel].values())))
                for channel in names
                if channel in stacks
            }
        if not fields:
            reasons = "; ".join(f"{count} images {reason}" for reason, count in self._left_out.items())
            problem = f"the metadata tell of no image that can be used{f': {reasons}' if reasons else ''}"
            raise InputError(problem, where=str(self.folder), remedy="Check that the whole plate was copied")
        wavelengths = {names[key]: value for key, value in facts.wavelengths_nm.items() if key in seen and value > 0}
        return PlateImages(
            self.name, self.folder, tuple(names[channel] for channel in names if channel in seen), fields,
            notes=(*facts.notes, *self._notes(names, seen)), pixel_size_um=_positive(facts.pixel_size_um),
            positions_um={key: place for key, place in self.positions.items() if key in fields},
            wavelengths_nm=wavelengths, z_step_um=_positive(facts.z_step_um), n_declared=facts.n_declared,
            absent=tuple(self.absent), source=facts.source,
        )  # fmt: skip

    def _notes(self, names: Mapping[str, str], seen: set[str]) -> list[str]:
        unused = [name for key, name in names.items() if key not in seen]
        notes = [f"listed without any image: channel {', '.join(unused)}"] if unused else []
        if self.absent:
            listed = sum(len(stack) for stacks in self.stacks.values() for stack in stacks.values())
            notes.append(f"{len(self.absent)} of {listed} listed images are not in the folder")
        return notes + [f"{count} images {reason}: left out" for reason, count in self._left_out.items()]


def plain_name(text: str) -> str:
    """Make a name fit for a folder, a column and a line: no separators, no control characters, no endless length.

    >>> plain_name(" 384/Greiner "), plain_name("..")
    ('384_Greiner', '_.')
    """
    name = " ".join(_FORBIDDEN.sub("_", text).split())[:_LONGEST].strip()
    return "_" + name[1:] if name.startswith(".") else name


def unique_names(channels: Mapping[str, str]) -> dict[str, str]:
    """Give each key a plain name of its own: the second one of a name gets a number.

    >>> unique_names({"1": "DAPI", "2": "DAPI", "3": ""})
    {'1': 'DAPI', '2': 'DAPI 2', '3': 'Channel3'}
    """
    names: dict[str, str] = {}
    for order, (key, text) in enumerate(channels.items(), start=1):
        name = wanted = plain_name(text) or f"Channel{order}"
        while name in names.values():
            name = f"{wanted} {order}"
            order += 1  # noqa: PLW2901 - counts on until the name is free
        names[key] = name
    return names


def well_at(row: int | None, column: int | None) -> str | None:
    """Name the well at a row and column counted from 1; None where there is no such well.

    >>> well_at(2, 3), well_at(0, 3), well_at(None, 3)
    ('B03', None, None)
    """
    if row is None or column is None:
        return None
    try:
        return well_name(row - 1, column - 1)
    except SettingsError:  # a number that no plate has
        return None


def choose_channels(plate: PlateImages, channels: Sequence[str] | Mapping[str, str] | None) -> PlateImages:
    """Select and order a plate's channels by a sequence of names, or rename and select them by a mapping.

    Raises `InputError` where none of them is there.
    """
    if channels is None:
        return plate
    renamed = dict(channels) if isinstance(channels, Mapping) else {name: name for name in channels}
    kept = {old: new for old, new in renamed.items() if old in plate.channels}
    if not kept:
        problem = f"none of the channels {', '.join(renamed)} is there"
        remedy = f"The metadata have: {', '.join(plate.channels)}"
        raise InputError(problem, where=f"plate {plate.name}, {plate.folder}", remedy=remedy)
    return replace(
        plate,
        channels=tuple(dict.fromkeys(kept.values())),
        fields={key: dict(_renamed(planes, kept)) for key, planes in plate.fields.items()},
        wavelengths_nm={new: plate.wavelengths_nm[old] for old, new in kept.items() if old in plate.wavelengths_nm},
    )


def _renamed(planes: Mapping[str, ImagePlane], kept: Mapping[str, str]) -> Iterable[tuple[str, ImagePlane]]:
    for old, new in kept.items():
        if old in planes:
            yield new, replace(planes[old], channel=new)


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None

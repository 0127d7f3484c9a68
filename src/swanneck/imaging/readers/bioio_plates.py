"""Plates in files of Zeiss (.czi), Leica (.lif) and Nikon (.nd2), through bioio.

One file may hold a whole plate, a well, or a few positions. The well of a scene is told by the file's metadata, else by
the scene's name (`B03-1`, `TileScan 1/B/3/R1`), else by the file's; scenes of one well are its fields, in their order.
Where nothing tells a well, every file is a plate whose scenes are the fields of well A01, and a note says so. Places
are not read: the files do not agree on where y points.

Written against bioio's interface; tried on .czi files that pylibCZIrw wrote, and not on real files of any vendor.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from swanneck.foundation.errors import ImageError, InputError
from swanneck.foundation.wells import parse_well
from swanneck.imaging.readers.assembling import PlateDraft, PlateFacts
from swanneck.imaging.readers.pattern import natural_order
from swanneck.imaging.readers.plate_images import ImageFile, PlateImages
from swanneck.imaging.readers.scene_files import Scene, is_scene_file, list_scenes

__all__ = ["read_bioio"]

_WELL = re.compile(r"(?<![A-Za-z0-9])([A-P])[-_ ]?(0?[1-9]|1\d|2[0-4])(?!\d)")
_WELL_IN_PARTS = re.compile(r"(?:^|/)([A-P])/0?(\d{1,2})(?:/|$)")
_SHOWN = 5


@dataclass
class _Gathered:
    draft: PlateDraft
    names: dict[str, str] = field(default_factory=dict)
    pixel_um: float | None = None
    z_step_um: float | None = None
    n_declared: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    without_well: bool = False

    def take(self, path: Path, scene: Scene, well: str) -> None:
        """Add a scene as the next field of its well."""
        self.fields[well] = self.fields.get(well, 0) + 1
        for channel, name in enumerate(scene.channels):
            self.names.setdefault(str(channel), name)
        self.pixel_um = self.pixel_um or scene.pixel_size_um
        if scene.sizes[2] > 1:
            self.z_step_um = self.z_step_um or scene.z_step_um
        for page, (time, channel, z) in enumerate(np.ndindex(*scene.sizes[:3]), start=scene.first):
            self.draft.add((well, self.fields[well]), str(channel), ImageFile(time + 1, z + 1, path, page))
            self.n_declared += 1


def read_bioio(folder: Path) -> list[PlateImages]:
    """List the plates in the .czi, .lif and .nd2 files of a folder.

    Raises `InputError` where there is none, or none can be read (bioio is not installed, say).
    """
    files = sorted(
        (path for path in folder.iterdir() if is_scene_file(path)), key=lambda path: natural_order(path.name)
    )
    gathered: dict[str, _Gathered] = {}
    troubles: list[ImageError] = []
    for path in files:
        try:
            scenes = list_scenes(path)
        except ImageError as error:
            troubles.append(error)
            continue
        for name, scene, well in _place(path, scenes, folder):
            one = gathered.setdefault(name, _Gathered(PlateDraft(name, folder)))
            one.without_well = one.without_well or well is None
            one.take(path, scene, well or "A01")
    if not gathered:
        first = troubles[0] if troubles else ImageError("there is no .czi, .lif or .nd2 file", where=str(folder))
        raise InputError(first.problem, where=first.where, remedy=first.remedy) from first
    notes = [f"{Path(error.where).name} is left out: {error.problem}" for error in troubles[:_SHOWN]]
    notes += [f"{len(troubles) - _SHOWN} more files are left out"] * (len(troubles) > _SHOWN)
    return [_finish(gathered[name], notes) for name in sorted(gathered)]


def _place(path: Path, scenes: Sequence[Scene], folder: Path) -> list[tuple[str, Scene, str | None]]:
    """Give each scene its plate and well: a file with wells of its own is a plate, files named by wells are one."""
    wells = [_well_of(scene) for scene in scenes]
    if len(set(wells) - {None}) > 1 or (wells[0] is not None and _well_in(path.stem) is None):
        return [(path.stem, scene, well) for scene, well in zip(scenes, wells, strict=True)]
    own = _well_in(path.stem)
    name = path.stem if own is None else folder.resolve().name
    return [(name, scene, own) for scene in scenes]


def _well_of(scene: Scene) -> str | None:
    if scene.well is not None:
        row, column = scene.well
        try:
            return parse_well(f"r{row}c{column}" if row.isdecimal() else f"{row}{column}")
        except InputError:  # said, but no well
            pass
    return _well_in(scene.name)


def _well_in(text: str) -> str | None:
    parts = _WELL_IN_PARTS.search(text)
    if parts:
        return parse_well(parts[1] + parts[2])
    found = [match[1] + match[2] for match in _WELL.finditer(text)]
    # `P1-D4` and `D4-P1` are position 1 of well D04.
    plain = [one for one in found if not one.startswith("P")] or found
    return parse_well(plain[0]) if plain else None


def _finish(one: _Gathered, notes: Sequence[str]) -> PlateImages:
    more = ["no name tells a well: the scenes are the fields of A01"] if one.without_well else []
    order = sorted(one.names, key=int)
    facts = PlateFacts(
        {key: one.names[key] for key in order}, "scenes of .czi, .lif or .nd2 files, by bioio", one.pixel_um,
        one.z_step_um, n_declared=one.n_declared, notes=(*notes, *more),
    )  # fmt: skip
    return one.draft.finish(facts)

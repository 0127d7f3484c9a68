"""The one door to plates of images: who wrote a folder is told by its metadata file, else by the names in it."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.imaging.readers.assembling import choose_channels
from swanneck.imaging.readers.bioio_plates import read_bioio
from swanneck.imaging.readers.cytation import CONVENTION, read_cytation
from swanneck.imaging.readers.guessing import guess_pattern
from swanneck.imaging.readers.harmony import INDEX_NAMES, read_harmony
from swanneck.imaging.readers.imagexpress import read_imagexpress
from swanneck.imaging.readers.in_cell import read_in_cell
from swanneck.imaging.readers.looking import refine_guess
from swanneck.imaging.readers.ome_tiff import COMPANION_ENDING, OME_ENDINGS, read_ome_tiff
from swanneck.imaging.readers.ome_zarr import is_ome_zarr_plate, read_ome_zarr
from swanneck.imaging.readers.pattern import read_pattern
from swanneck.imaging.readers.plate_images import PlateImages, ZChoice
from swanneck.imaging.readers.scene_files import SCENE_ENDINGS
from swanneck.imaging.readers.yokogawa import read_yokogawa

__all__ = ["READERS", "read_plates", "recognise_reader"]

_DEEPEST = 4
_IMAGE_ENDINGS = (".tif", ".tiff", ".png")

Read = Callable[[], list[PlateImages]]


@dataclass(frozen=True)
class _Listing:
    """A folder on the way down: its path, and the names of its files and folders by their lower case."""

    path: Path
    files: Mapping[str, str]
    folders: Mapping[str, str]

    def ending(self, *endings: str) -> list[Path]:
        return [self.path / self.files[name] for name in sorted(self._names(endings))]

    def count(self, *endings: str) -> int:
        return len(self._names(endings))

    def _names(self, endings: tuple[str, ...]) -> list[str]:
        return [name for name in self.files if name.endswith(endings)]


def _harmony(here: _Listing) -> list[Read]:
    index = next((found for name in INDEX_NAMES if (found := here.files.get(name))), None)
    return [] if index is None else [partial(read_harmony, here.path / index)]


def _imagexpress(here: _Listing) -> list[Read]:
    htd = here.ending(".htd")
    if htd:
        return [partial(read_imagexpress, here.path, htd[0])]
    stacked = any(name.startswith(("timepoint_", "zstep_")) for name in here.folders)
    return [partial(read_imagexpress, here.path)] if stacked else []


def _yokogawa(here: _Listing) -> list[Read]:
    return [partial(read_yokogawa, path) for path in here.ending(".mlf")]


def _in_cell(here: _Listing) -> list[Read]:
    return [partial(read_in_cell, path) for path in here.ending(".xdce")]


def _ome_zarr(here: _Listing) -> list[Read]:
    marked = {".zattrs", "zarr.json"} & here.files.keys()
    return [partial(read_ome_zarr, here.path)] if marked and is_ome_zarr_plate(here.path) else []


def _ome_tiff(here: _Listing) -> list[Read]:
    return [partial(read_ome_tiff, here.path)] if here.count(*OME_ENDINGS, COMPANION_ENDING) else []


def _bioio(here: _Listing) -> list[Read]:
    # Beside images they are what those were exported from.
    alone = here.count(*SCENE_ENDINGS) > 0 and here.count(*_IMAGE_ENDINGS) == 0
    return [partial(read_bioio, here.path)] if alone else []


_BY_METADATA: dict[str, Callable[[_Listing], list[Read]]] = {
    "harmony": _harmony, "imagexpress": _imagexpress, "yokogawa": _yokogawa, "in_cell": _in_cell,
    "ome_zarr": _ome_zarr, "ome_tiff": _ome_tiff, "bioio": _bioio,
}  # fmt: skip

READERS = (*_BY_METADATA, "cytation", "pattern")
"""The readers by name, as a campaign file may say them. `pattern` reads by the names of files, and guesses them."""


def read_plates(
    folder: Path,
    *,
    pattern: str | None = None,
    reader: str | None = None,
    channels: Sequence[str] | Mapping[str, str] | None = None,
    plate: str | None = None,
    z: ZChoice = "first",
) -> list[PlateImages]:
    """List the plates in a folder, whoever wrote them, sorted by name; pixels are not read.

    A `pattern` of file names is followed where it is given. Else the vendor is recognised by the metadata file, in the
    folder or up to four folders below, and where there is none, the pattern is guessed. `reader` is one of `READERS`
    and spares the recognition. Each plate's `reader` and `source` say what was recognised.

    `channels` as a sequence selects and orders the channels, as a mapping renames them, too; `plate` picks a plate, or
    names the only one. Plates of one name get that of their folder.

    Raises `SettingsError` for a reader that does not exist, and `InputError` where no plate is found.
    """
    if reader not in (None, *READERS) or (pattern is not None and reader not in (None, "pattern")):
        problem = f"reader {reader!r} is not known" if reader not in READERS else f"reader {reader!r} takes no pattern"
        raise SettingsError(problem, remedy=f"Use one of {', '.join(READERS)}")
    if pattern is not None:
        found = read_pattern(folder, pattern, channels=channels, plate=plate, z=z)
        return [replace(one, reader="pattern", source=f"file names, {pattern}") for one in found]
    name, read = _find(folder, reader)
    if name == "pattern":
        return _read_guessed(folder, channels, plate, z)
    plates = _name_apart([replace(one, reader=name) for part in read for one in part()])
    chosen = [choose_channels(one, channels) for one in _pick(plates, plate, folder)]
    return chosen if z == "first" else [one.with_z(z) for one in chosen]


def recognise_reader(folder: Path) -> str:
    """Name the reader that `read_plates` takes for a folder: one of `READERS`.

    Raises `InputError` where the folder cannot be read.
    """
    return _find(folder, None)[0]


def _find(folder: Path, reader: str | None) -> tuple[str, list[Read]]:
    """Look for metadata from the folder downwards; a folder that has some is not searched further."""
    if not folder.is_dir():
        problem = "there is no such folder"
        raise InputError(problem, where=str(folder), remedy="Give the folder that holds the images of a plate")
    if reader == "pattern":
        return reader, []
    if reader == "cytation":
        return reader, [partial(read_cytation, folder)]
    wanted = [reader] if reader else list(_BY_METADATA)
    found: dict[str, list[Read]] = {}
    for below, here in enumerate(_walk(folder, wanted, found)):
        # Images at the top are the plate; what lies below them with metadata was made from them.
        if below == 0 and not found and not reader and here.count(*_IMAGE_ENDINGS) > 1:
            break
    if found:
        name = max(found, key=lambda one: len(found[one]))
        return name, found[name]
    if reader:
        problem = f"no plate that the reader {reader!r} knows is here or up to {_DEEPEST} folders below"
        raise InputError(problem, where=str(folder), remedy="Leave the reader out to let it be recognised")
    return _by_names(folder)


def _by_names(folder: Path) -> tuple[str, list[Read]]:
    try:
        told = guess_pattern(folder).convention == CONVENTION
    except InputError:  # reading will say what is wrong
        told = False
    return ("cytation", [partial(read_cytation, folder)]) if told else ("pattern", [])


def _walk(folder: Path, wanted: Sequence[str], found: dict[str, list[Read]]) -> Iterator[_Listing]:
    level = [folder]
    for _ in range(_DEEPEST + 1):
        below: list[Path] = []
        for path in level:
            here = _list(path)
            reads = {name: reads for name in wanted if (reads := _BY_METADATA[name](here))}
            for name, some in list(reads.items())[:1]:  # the first one in the order of the readers
                found.setdefault(name, []).extend(some)
            yield here
            if not reads:
                below += [path / here.folders[name] for name in sorted(here.folders)]
        level = below


def _list(path: Path) -> _Listing:
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_symlink() and entry.is_dir():  # a loop, or another place
                    continue
                if entry.is_dir():
                    folders[entry.name.lower()] = entry.name
                else:
                    files[entry.name.lower()] = entry.name
    except OSError:  # a folder that may not be read holds no plates for us
        pass
    return _Listing(path, files, {low: name for low, name in folders.items() if not name.startswith(".")})


def _read_guessed(
    folder: Path, channels: Sequence[str] | Mapping[str, str] | None, plate: str | None, z: ZChoice
) -> list[PlateImages]:
    guess = refine_guess(folder, guess_pattern(folder))
    found = read_pattern(folder, guess.pattern, channels=channels or guess.channels or None, plate=plate, z=z)
    return [replace(one, reader="pattern", source=f"{guess.reason}; pattern {guess.pattern}") for one in found]


def _name_apart(plates: list[PlateImages]) -> list[PlateImages]:
    """Give plates of the same name that of their folder, and a number where this does not tell them apart."""
    names = [plate.name for plate in plates]
    unique: dict[str, PlateImages] = {}
    for plate in plates:
        name = wanted = plate.name if names.count(plate.name) == 1 else plate.folder.resolve().name
        number = 2
        while name in unique:
            name, number = f"{wanted} {number}", number + 1
        unique[name] = replace(plate, name=name)
    return [unique[name] for name in sorted(unique)]


def _pick(plates: list[PlateImages], plate: str | None, folder: Path) -> list[PlateImages]:
    if plate is None:
        return plates
    named = [one for one in plates if one.name == plate]
    if named:
        return named
    if len(plates) == 1:
        return [replace(plates[0], name=plate)]
    problem = f"there is no plate {plate!r}, there are {', '.join(one.name for one in plates)[:200]}"
    raise InputError(problem, where=str(folder), remedy="Name one of these, or leave it out to read all")

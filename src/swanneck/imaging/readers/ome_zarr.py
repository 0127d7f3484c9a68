"""OME-Zarr plates (HCS layout), versions 0.4 and 0.5: `plate.zarr/B/03/0` is the first field of well B03.

Version 0.4 keeps its metadata in `.zattrs`, 0.5 under `ome` in `zarr.json`. Only the full resolution is used. The last
two axes must be y and x. A field's place is its `translation`, with y turned upwards; wavelengths are read where the
channels say them as numbers. Version 0.5 was tried on plates that zarr 3 wrote for the tests, 0.4 on others' plates.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from swanneck.foundation.errors import ImageError, InputError
from swanneck.foundation.wells import parse_well
from swanneck.imaging.readers.assembling import PlateDraft, PlateFacts
from swanneck.imaging.readers.plate_images import FieldKey, ImageFile, PlateImages
from swanneck.imaging.readers.vendor_metadata import PlateFolder, number_of, read_json
from swanneck.imaging.readers.zarr_pixels import read_array_facts

__all__ = ["is_ome_zarr_plate", "read_ome_zarr"]

_MICROMETRES = {
    "micrometer": 1.0, "micrometre": 1.0, "um": 1.0, "µm": 1.0, "nanometer": 1e-3, "millimeter": 1e3, "meter": 1e6,
    "angstrom": 1e-4,
}  # fmt: skip
_MOST_PLANES = 2**22
_COPY_AGAIN = "Convert or copy the plate again"


@dataclass
class _Gathered:
    draft: PlateDraft
    folder: PlateFolder
    channels: dict[str, str] = field(default_factory=dict)
    wavelengths: dict[str, float] = field(default_factory=dict)
    pixel_um: float | None = None
    z_step_um: float | None = None
    n_declared: int = 0
    versions: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Level:
    """The full resolution of one image: its array, axes, and the scale and translation of each axis in µm."""

    path: str
    axes: tuple[str, ...]
    scale: tuple[float | None, ...]
    translation: tuple[float | None, ...]


def is_ome_zarr_plate(folder: Path) -> bool:
    """Say whether a folder is the root of an OME-Zarr plate."""
    try:
        return "plate" in _attributes(folder)
    except InputError:
        return False


def read_ome_zarr(folder: Path) -> list[PlateImages]:
    """List the plate of an OME-Zarr folder; each image of a well is a field, in the order that the well lists them.

    Wells and images that cannot be used are noted and left out. Raises `InputError` where none is left.
    """
    attributes = _attributes(folder)
    plate = attributes.get("plate")
    if not isinstance(plate, dict):
        problem = "the root of an OME-Zarr plate is wanted, its metadata have no plate"
        raise InputError(problem, where=str(folder), remedy="Give the folder that holds the rows of the plate")
    name = str(plate.get("name") or "") or folder.resolve().name.removesuffix(".zarr").removesuffix(".ome")
    gathered = _Gathered(PlateDraft(name, folder), PlateFolder(folder))
    gathered.versions.add(str(attributes.get("version") or plate.get("version") or "")[:8])
    for well in _list_of(plate.get("wells")):
        path = str(well.get("path", "")) if isinstance(well, dict) else ""
        try:
            _gather_well(path, gathered)
        except (InputError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            gathered.troubles.append(f"well {path[:20]!r} is left out: {' '.join(str(error).split())[:120]}")
    shown = gathered.troubles[:5] + [f"{len(gathered.troubles) - 5} more wells are left out"] * (
        len(gathered.troubles) > 5
    )
    version = " ".join(sorted(gathered.versions - {""}))
    facts = PlateFacts(
        channels=dict(sorted(gathered.channels.items(), key=lambda item: int(item[0]))),
        source=f"OME-Zarr plate {version}".strip(),
        pixel_size_um=gathered.pixel_um,
        z_step_um=gathered.z_step_um,
        wavelengths_nm=gathered.wavelengths,
        n_declared=gathered.n_declared,
        notes=tuple(shown),
    )
    try:
        return [gathered.draft.finish(facts)]
    except InputError as error:
        problem = f"{error.problem}{'; ' if shown else ''}{'; '.join(shown)}"
        raise InputError(problem, where=str(folder), remedy=_COPY_AGAIN) from error


def _gather_well(path: str, gathered: _Gathered) -> None:
    folder = _inside(gathered, path)
    name = parse_well("".join(path.strip("/").split("/")[-2:]))
    images = _list_of(_attributes(folder)["well"]["images"])
    numbers = _list_of(_attributes(folder, "swanneck").get("fields"))
    counted = len(numbers) != len(images) or not all(isinstance(one, int) and 0 < one < 10**6 for one in numbers)
    for number, image in zip(range(1, len(images) + 1) if counted else numbers, images, strict=True):
        below = f"{path.rstrip('/')}/{image['path']}"
        _gather_image((name, number), below, gathered)


def _gather_image(key: FieldKey, path: str, gathered: _Gathered) -> None:
    here = _inside(gathered, path)
    attributes = _attributes(here)
    level = _full_resolution(attributes["multiscales"][0])
    folder = _inside(gathered, f"{path}/{level.path}")
    try:
        facts = read_array_facts(folder)
    except ImageError as error:
        raise InputError(error.problem, where=error.where, remedy=error.remedy) from error
    if len(facts.shape) != len(level.axes):
        problem = f"image {path} has {len(facts.shape)} axes, its metadata name {len(level.axes)}"
        raise InputError(problem)
    leading, sizes = level.axes[:-2], facts.shape[:-2]
    gathered.n_declared += math.prod(sizes)
    if gathered.n_declared > _MOST_PLANES:
        problem = f"the plate declares more than {_MOST_PLANES} planes"
        raise InputError(problem)
    labels = _labels(attributes, sizes[leading.index("c")] if "c" in leading else 1, gathered)
    missing = {tuple(one) for one in _list_of(_attributes(here, "swanneck").get("missing")) if isinstance(one, list)}
    for page, index in enumerate(np.ndindex(*sizes)):
        at = dict(zip(leading, index, strict=True))
        if missing and (at.get("t", 0), at.get("c", 0), at.get("z", 0)) in missing:
            continue
        image = ImageFile(at.get("t", 0) + 1, at.get("z", 0) + 1, folder, page)
        gathered.draft.add(key, labels[at.get("c", 0)], image)
    spacing = dict(zip(level.axes, level.scale, strict=True))
    gathered.pixel_um = gathered.pixel_um or spacing["x"]
    if "z" in leading and sizes[leading.index("z")] > 1:
        gathered.z_step_um = gathered.z_step_um or spacing["z"]
    place = dict(zip(level.axes, level.translation, strict=True))
    if place["x"] is not None and place["y"] is not None:
        gathered.draft.place(key, place["x"], -place["y"])


def _full_resolution(multiscale: Mapping[str, Any]) -> _Level:
    axes = [axis if isinstance(axis, dict) else {"name": axis} for axis in multiscale.get("axes", list("tczyx"))]
    names = tuple(str(axis["name"]).lower() for axis in axes)
    if names[-2:] != ("y", "x") or not set(names[:-2]) <= {"t", "c", "z"} or len(set(names)) != len(names):
        problem = f"axes t, c, z (any of them) and then y, x are wanted, got {', '.join(names)[:60]}"
        raise InputError(problem)
    factors = [_MICROMETRES.get(str(axis.get("unit", "")).lower()) for axis in axes]
    dataset = multiscale["datasets"][0]
    scale: list[float] = [1.0] * len(names)
    moved: list[float] | None = None
    # The transformations of the dataset come first, then those of all levels.
    for step in [*dataset.get("coordinateTransformations", []), *multiscale.get("coordinateTransformations", [])]:
        values = [float(value) for value in step.get(step.get("type"), [])]
        if len(values) != len(names) or not all(map(math.isfinite, values)):
            continue
        if step["type"] == "scale":
            scale = [one * value for one, value in zip(scale, values, strict=True)]
            moved = [one * value for one, value in zip(moved, values, strict=True)] if moved else None
        elif step["type"] == "translation":
            moved = [one + value for one, value in zip(moved or [0.0] * len(names), values, strict=True)]
    in_micrometres = tuple(_times(value, factor) for value, factor in zip(scale, factors, strict=True))
    places = tuple(_times(value, factor) for value, factor in zip(moved or [], factors, strict=False))
    return _Level(str(dataset["path"]), names, in_micrometres, places or (None,) * len(names))


def _labels(attributes: Mapping[str, Any], count: int, gathered: _Gathered) -> list[str]:
    """Give the key of each channel of an image, noting names and wavelengths of those that are new."""
    omero = attributes.get("omero")
    said = _list_of(omero.get("channels") if isinstance(omero, dict) else None)
    keys = [str(number) for number in range(count)]
    for number, key in enumerate(keys):
        channel = said[number] if number < len(said) and isinstance(said[number], dict) else {}
        gathered.channels.setdefault(key, str(channel.get("label") or f"Channel{number + 1}"))
        wavelength = _wavelength(channel)
        if wavelength is not None:
            gathered.wavelengths.setdefault(key, wavelength)
    return keys


def _wavelength(channel: Mapping[str, Any]) -> float | None:
    for name in ("emission_wavelength", "emissionWavelength", "emission_wavelength_nm", "wavelength_id"):
        match = re.fullmatch(r"\s*(\d{3,4}(?:\.\d+)?)\s*(?:nm)?\s*", str(channel.get(name, "")))
        if match and (value := number_of(match[1])):
            return value
    return None


def _attributes(folder: Path, name: str = "ome") -> dict[str, Any]:
    """Read a group's OME metadata: `ome` of zarr.json in 0.5, .zattrs in 0.4; `swanneck` has what only ours say."""
    if (folder / "zarr.json").is_file():
        attributes = read_json(folder / "zarr.json").get("attributes")
        found = attributes.get(name) if isinstance(attributes, dict) else None
        return found if isinstance(found, dict) else {}
    return read_json(folder / ".zattrs") if name == "ome" else {}


def _inside(gathered: _Gathered, path: str) -> Path:
    found = gathered.folder.locate(path)
    if found is None or not found[1]:
        problem = f"{path[:80]!r} {'is not there' if found else 'leads out of the plate'}"
        raise InputError(problem)
    return found[0]


def _list_of(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _times(value: float, factor: float | None) -> float | None:
    return None if factor is None else round(value * factor, 9)

"""OME-Zarr 0.5: a plate as folders of rows, wells and fields, with the metadata that viewers read.

    plate.zarr/zarr.json         rows, columns, wells
    plate.zarr/B/03/zarr.json    the fields of well B03
    plate.zarr/B/03/0/           its first field: zarr.json, an array for each level, labels/
    plate.zarr/preview/          all wells in one image

After https://ngff.openmicroscopy.org/0.5 (Moore et al., Nature Methods 18:1496, 2021). What the standard has no word
for stands under `swanneck` beside `ome`: planes that are missing, and numbers of fields that do not count from 1.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swanneck.foundation.files import write_atomically
from swanneck.foundation.wells import plate_shape, well_name, well_position
from swanneck.imaging.thumbnails import COLOURS, ChannelDisplay

__all__ = [
    "ImageDescription",
    "choose_colours",
    "read_mark",
    "well_path",
    "write_group",
    "write_image_group",
    "write_labels_group",
    "write_plate_group",
    "write_well_group",
]

_VERSION = "0.5"
_TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
_BY_NAME = (
    (re.compile(r"dapi|hoechst|dna|nucle|h3334\d|draq|\b405\b", re.IGNORECASE), "blue"),
    (re.compile(r"gfp|fitc|488|alexa ?488|virus|antigen|patho", re.IGNORECASE), "green"),
    (re.compile(r"cy5|647|far.?red|640", re.IGNORECASE), "magenta"),
    (re.compile(r"bright|phase|dic|trans", re.IGNORECASE), "grey"),
)
_BY_WAVELENGTH = ((490.0, "blue"), (560.0, "green"), (640.0, "yellow"), (2000.0, "magenta"))
_IN_TURN = ("green", "magenta", "yellow", "cyan", "red", "blue", "grey", "white")


@dataclass(frozen=True)
class ImageDescription:
    """What an image's metadata say: its axes and levels, where it lies, and how its channels are shown.

    `shapes` are heights and widths of the levels. `place_um` is x to the right and y upwards, as readers give it.
    `dtype_range` are the smallest and largest value that a display may choose, `smaller_by` says how levels were made.
    """

    name: str
    axes: str
    shapes: Sequence[tuple[int, int]]
    display: Mapping[str, ChannelDisplay]
    wavelengths_nm: Mapping[str, float]
    pixel_size_um: float | None = None
    z_step_um: float | None = None
    place_um: tuple[float, float] | None = None
    dtype_range: tuple[float, float] = (0.0, 65535.0)
    smaller_by: str = "mean 2 x 2"


def well_path(well: str) -> str:
    """Give the folder of a well below the plate.

    >>> well_path("B03"), well_path("AF48")
    ('B/03', 'AF/48')
    """
    return f"{well[:-2]}/{well[-2:]}"


def choose_colours(channels: Sequence[str], wavelengths_nm: Mapping[str, float]) -> dict[str, str]:
    """Choose a colour for each channel by its name, else by its emission; no two alike while there are enough.

    >>> choose_colours(["w2", "DAPI", "Virus"], {"w2": 600.0})
    {'w2': 'yellow', 'DAPI': 'blue', 'Virus': 'green'}
    """
    chosen: dict[str, str] = {}
    for channel in channels:
        wanted = next((colour for words, colour in _BY_NAME if words.search(channel)), None)
        if wanted is None and channel in wavelengths_nm:
            wanted = next((colour for up_to, colour in _BY_WAVELENGTH if wavelengths_nm[channel] < up_to), None)
        free = [colour for colour in _IN_TURN if colour not in chosen.values()] or list(_IN_TURN)
        chosen[channel] = wanted if wanted is not None and wanted in free else free[0]
    return chosen


def write_group(folder: Path, ome: Mapping[str, Any] | None, own: Mapping[str, Any] | None = None) -> None:
    """Write the metadata of a group, atomically: those of OME-Zarr, and those of our own."""
    attributes: dict[str, Any] = {} if ome is None else {"ome": {"version": _VERSION, **ome}}
    if own:
        attributes["swanneck"] = dict(own)
    content = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
    write_atomically(folder / "zarr.json", json.dumps(content, indent=1).encode())


def read_mark(folder: Path) -> dict[str, Any]:
    """Read what `write_group` wrote as our own; nothing where the folder has no such group."""
    try:
        attributes = json.loads((folder / "zarr.json").read_bytes())["attributes"]
        return dict(attributes["swanneck"])
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def write_plate_group(folder: Path, name: str, wells: Mapping[str, int], own: Mapping[str, Any]) -> None:
    """Write the metadata of a plate; `wells` has the number of fields of each well that was written.

    Rows and columns are those of the smallest standard plate that has all wells, so that viewers draw its grid.
    """
    rows, columns = plate_shape(list(wells))
    names = [well_name(row, 0)[:-2] for row in range(rows)], [f"{column + 1:02d}" for column in range(columns)]
    listed = []
    for well in sorted(wells, key=well_position):
        row, column = well_position(well)
        listed.append({"path": well_path(well), "rowIndex": row, "columnIndex": column})
    plate = {
        "version": _VERSION, "name": name, "rows": [{"name": one} for one in names[0]],
        "columns": [{"name": one} for one in names[1]],
        "wells": listed, "field_count": max(wells.values()),
        "acquisitions": [{"id": 0, "name": name, "maximumfieldcount": max(wells.values())}],
    }  # fmt: skip
    for letters in {well_path(well).partition("/")[0] for well in wells}:
        write_group(folder / letters, None)
    write_group(folder, {"plate": plate}, own)


def write_well_group(folder: Path, fields: Mapping[str, int]) -> None:
    """Write the metadata of a well: the folders of its fields in their order, each with the number of the field."""
    images = [{"path": name, "acquisition": 0} for name in fields]
    counted = list(fields.values()) == list(range(1, len(fields) + 1))
    write_group(folder, {"well": {"images": images}}, None if counted else {"fields": list(fields.values())})


def write_image_group(
    folder: Path, image: ImageDescription, own: Mapping[str, Any], labels: Iterable[str] = ()
) -> None:
    """Write the metadata of an image, and the list of its labels where it has some."""
    if names := list(labels):
        write_group(folder / "labels", {"labels": names})
    lowest, highest = image.dtype_range
    channels = []
    for name, shown in image.display.items():
        window = {"min": lowest, "max": highest, "start": shown.low, "end": shown.high}
        colour = "".join(f"{part:02X}" for part in COLOURS[shown.colour])
        said = {"label": name, "color": colour, "active": True, "window": window, "family": "linear", "coefficient": 1}
        said |= {"inverted": False}
        if name in image.wavelengths_nm:
            said["emission_wavelength"] = image.wavelengths_nm[name]
        channels.append(said)
    omero = {"channels": channels, "rdefs": {"model": "color", "defaultT": 0, "defaultZ": 0}}
    write_group(folder, {"multiscales": [_multiscale(image)], "omero": omero}, own)


def write_labels_group(folder: Path, image: ImageDescription) -> None:
    """Write the metadata of a label image that lies below its image, in `labels/<name>`."""
    label = {"source": {"image": "../../"}, "colors": [{"label-value": 0, "rgba": [0, 0, 0, 0]}]}
    write_group(folder, {"multiscales": [_multiscale(image)], "image-label": label})


def _multiscale(image: ImageDescription) -> dict[str, Any]:
    units = {"x": image.pixel_size_um, "y": image.pixel_size_um, "z": image.z_step_um}
    axes = [
        {"name": axis, "type": _TYPES[axis]} | ({"unit": "micrometer"} if units.get(axis) else {})
        for axis in image.axes
    ]
    datasets = [
        {"path": str(level), "coordinateTransformations": _transformations(image, 2**level)}
        for level in range(len(image.shapes))
    ]
    return {"name": image.name, "axes": axes, "datasets": datasets, "type": image.smaller_by, "metadata": {}}


def _transformations(image: ImageDescription, factor: int) -> list[dict[str, Any]]:
    """Give a level's size of pixels, and the place of the centre of its first one."""
    pixel = image.pixel_size_um or 1.0
    scale = {"t": 1.0, "c": 1.0, "z": image.z_step_um or 1.0, "y": pixel * factor, "x": pixel * factor}
    steps: list[dict[str, Any]] = [{"type": "scale", "scale": [scale[axis] for axis in image.axes]}]
    known = image.place_um is not None and image.pixel_size_um is not None
    if known or factor > 1:
        x, y = image.place_um if known and image.place_um else (0.0, 0.0)
        moved = pixel * (factor - 1) / 2
        at = {"x": round(x + moved, 9), "y": round(moved - y, 9)}
        steps.append({"type": "translation", "translation": [at.get(axis, 0.0) for axis in image.axes]})
    return steps

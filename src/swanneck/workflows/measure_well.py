"""Images of one well -> its cells: read, segment, measure, write. This is what `execution` spreads over processes.

A well is done when its table of fields is on disk with the well's key; it is written last, after the cells and the
picture, and an older one is removed first. A field whose images cannot be used is listed with the reason, and the
others go on; where the reason may pass (a network drive that was away), the field has no key, so that the next run
tries the well again.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError
from swanneck.foundation.files import remove_file, write_atomically, write_parquet
from swanneck.imaging.illumination import correct_illumination
from swanneck.imaging.quality import measure_field_quality
from swanneck.imaging.readers import ImagePlane, read_plane_with_digest
from swanneck.imaging.segmentation import NucleiSettings
from swanneck.imaging.thumbnails import make_thumbnail
from swanneck.workflows.field_objects import FieldObjects, ObjectPlan, find_objects, measure_objects
from swanneck.workflows.plate_estimates import PlateEstimates, may_pass

__all__ = [
    "FIELD_COLUMNS", "WellFiles", "WellTask", "empty_cells", "measure_field", "measure_well", "read_field",
    "segment_field",
]  # fmt: skip

Image = NDArray[Any]

FIELD_COLUMNS: dict[str, type[pl.DataType]] = {
    "plate": pl.String, "well": pl.String, "field": pl.Int64, "status": pl.String, "reason": pl.String,
    "cell_count": pl.Int64, "focus": pl.Float64, "key": pl.String,
}  # fmt: skip
"""What the table of fields has in any case; further columns hold each channel's quality and digest."""


THUMBNAIL_SIZE = 240
"""Pixels of a well's picture: enough to see infected cells, small enough for 384 of them in one page."""


@dataclass(frozen=True)
class WellFiles:
    """Where the results of one well lie."""

    cells: Path
    fields: Path
    thumbnail: Path

    @classmethod
    def of(cls, results: Path, plate: str, well: str) -> "WellFiles":
        """Name the files of a well below the results folder."""
        return cls(
            results / "cells" / plate / f"{well}.parquet", results / "fields" / plate / f"{well}.parquet",
            results / "thumbnails" / plate / f"{well}.webp",
        )  # fmt: skip


@dataclass(frozen=True)
class WellTask:
    """All that is needed to measure one well, anywhere: its images, the plate's estimates, where results go."""

    plate: str
    well: str
    fields: Mapping[int, Mapping[str, ImagePlane]]
    channels: Mapping[str, str]
    nuclei_channel: str
    nuclei_method: str
    plan: ObjectPlan
    estimates: PlateEstimates
    results: Path
    key: str


def measure_well(task: WellTask) -> int:
    """Measure all fields of a well and write its cells, its picture and its fields; give the number of cells.

    Raises `StorageError` where the results cannot be written.
    """
    tables, rows = [], []
    thumbnail: bytes | None = None
    for number in sorted(task.fields):
        identity = {"plate": task.plate, "well": task.well, "field": number}
        row: dict[str, object] = identity | {"status": "ok", "reason": None, "cell_count": None, "focus": None}
        row["key"] = task.key
        rows.append(row)
        try:
            images, facts = read_field(task, number)
            row |= facts
            cells, _ = measure_field(images, task)
        except ImageError as error:
            row |= {"status": "failed", "reason": _reason(error, task), "key": None if may_pass(error) else task.key}
            continue
        row["cell_count"] = cells.height
        constants = [pl.lit(value).alias(name) for name, value in identity.items()]
        tables.append(cells.select(*constants, pl.all()))
        if thumbnail is None:
            thumbnail = make_thumbnail(images, task.estimates.display, size=THUMBNAIL_SIZE)
    files = WellFiles.of(task.results, task.plate, task.well)
    cells = pl.concat(tables) if tables else empty_cells(task.channels, task.plan)
    remove_file(files.fields)
    write_parquet(files.cells, cells.with_columns(pl.col("field").cast(pl.Int64)))
    if thumbnail is None:
        remove_file(files.thumbnail)
    else:
        write_atomically(files.thumbnail, thumbnail)
    fields = pl.DataFrame(rows, infer_schema_length=None)
    write_parquet(files.fields, fields.cast(FIELD_COLUMNS))  # type: ignore[arg-type]
    return cells.height


def _reason(error: ImageError, task: WellTask) -> str:
    """Name files from the campaign's folder on, so that tables do not depend on where it lies."""
    folder = task.results.parent
    return str(error) if folder == Path() else str(error).replace(f"{folder}{os.sep}", "")


def measure_field(images: Mapping[str, Image], task: WellTask) -> tuple[pl.DataFrame, FieldObjects]:
    """Segment and measure one field; give its cells as a table, and as what was found in the images."""
    found = _find(images, task)
    return measure_objects(images, found, task.plan, task.estimates.flat_fields), found


def segment_field(images: Mapping[str, Image], task: WellTask) -> tuple[Image, Image]:
    """Find the nuclei and the cell bodies of one field; equal labels belong to one cell, numbered as in the tables."""
    found = _find(images, task)
    return found.nuclei, found.bodies


def _find(images: Mapping[str, Image], task: WellTask) -> FieldObjects:
    settings = NucleiSettings(method=task.nuclei_method, diameter=task.estimates.nucleus_diameter)
    return find_objects(lambda channel: _even(images[channel], channel, task), task.plan, settings)


def _even(image: Image, channel: str, task: WellTask) -> Image:
    flat = task.estimates.flat_fields.get(channel)
    return image if flat is None else correct_illumination(image, flat)


def read_field(task: WellTask, number: int) -> tuple[dict[str, Image], dict[str, object]]:
    """Read all channels of one field; give the images, and each channel's quality and digest.

    Raises `ImageError` where an image is missing, unreadable, blank, or of another shape than its plate's.
    """
    images: dict[str, Image] = {}
    facts: dict[str, object] = {}
    place = f"plate {task.plate}, well {task.well}, field {number}"
    for channel in task.channels:
        plane = task.fields[number].get(channel)
        if plane is None:
            problem = f"the image of channel {channel} is missing"
            raise ImageError(problem, where=place)
        image, facts[f"SHA256Digest_{channel}"] = read_plane_with_digest(plane, shape=task.estimates.shape)
        usual = task.estimates.number_types.get(channel, image.dtype.name)
        if image.dtype.name != usual:
            problem = (
                f"the plate's images of channel {channel} have pixels of type {usual}, this one {image.dtype.name}"
            )
            raise ImageError(problem, where=place, remedy="Intensities could not be compared: export all images alike")
        quality = measure_field_quality(image, task.estimates.flat_fields.get(channel))
        if quality.is_blank:
            problem = f"the image of channel {channel} is blank: every pixel is {image.flat[0]}"
            raise ImageError(problem, where=place)
        facts |= {
            f"Focus_{channel}": quality.focus_slope, f"Laplacian_{channel}": quality.focus_laplacian,
            f"Saturated_{channel}": quality.saturated_fraction, f"Background_{channel}": quality.background,
            f"Brightest_{channel}": quality.brightest, f"Shadow_{channel}": quality.shadow,
            f"Empty_{channel}": quality.is_empty,
        }  # fmt: skip
        images[channel] = image
    facts["focus"] = facts[f"Focus_{task.nuclei_channel}"]
    return images, facts


def empty_cells(channels: Iterable[str], plan: ObjectPlan) -> pl.DataFrame:
    """Give a table without rows that has the columns of cells: what a well without a usable field has."""
    images = dict.fromkeys(channels, np.zeros((2, 2), np.uint16))
    found = find_objects(images.__getitem__, plan, NucleiSettings(method="classical"))
    empty = measure_objects(images, found, plan, {})
    identity = {"plate": pl.String, "well": pl.String, "field": pl.Int64}
    return empty.select(*(pl.lit(None, dtype=kind).alias(name) for name, kind in identity.items()), pl.all()).clear()

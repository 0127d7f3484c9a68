"""Images of one field -> its folder in an OME-Zarr plate. This is what `execution` spreads over processes.

A field is written beside its place and moved there when it is whole, with the key of what it was made from. Planes are
read and written in blocks of bounded size, so that a stack of any depth needs the memory of one block.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError, StorageError
from swanneck.foundation.files import TEMPORARY_SUFFIX
from swanneck.imaging.readers import ImagePlane, read_image_facts, read_plane
from swanneck.imaging.segmentation import segment_nuclei
from swanneck.imaging.writers.ome_zarr import ImageDescription, read_mark, write_image_group, write_labels_group
from swanneck.imaging.writers.pyramids import Pyramid
from swanneck.workflows.measure_well import WellTask, read_field, segment_field
from swanneck.workflows.plate_estimates import may_pass

__all__ = ["FieldTask", "WrittenField", "convert_field", "is_converted"]

Image = NDArray[Any]
Index = tuple[int, int, int]


@dataclass(frozen=True)
class FieldTask:
    """All that is needed to write one field: where its planes are, by time, channel and z, and what its metadata say.

    `labels_from` is the channel that nuclei are segmented in, or the campaign's task of the well, whose nuclei and
    cells are wanted; None for no labels.
    """

    plate: str
    well: str
    field: int
    planes: Mapping[Index, ImagePlane]
    sizes: Index
    folder: Path
    description: ImageDescription
    labels_from: str | WellTask | None
    key: str


@dataclass(frozen=True)
class WrittenField:
    """What became of a field: its shape, none where no plane could be read, and what could not be read, and why."""

    shape: tuple[int, int] | None
    troubles: tuple[str, ...] = ()


def is_converted(task: FieldTask) -> bool:
    """Say whether the field is on disk, made from the same images with the same settings, with all its arrays."""
    mark = read_mark(task.folder)
    return mark.get("key") == task.key and all((task.folder / name).is_dir() for name in mark.get("parts", ["?"]))


def convert_field(task: FieldTask) -> WrittenField:
    """Write one field with its pyramid, labels and metadata; planes that cannot be read stay missing and are told.

    Raises `StorageError` where it cannot be written.
    """
    unfinished = task.folder.with_name(f"{task.folder.name}{TEMPORARY_SUFFIX}")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        written = _write(task, unfinished)
        _flush(unfinished)
        shutil.rmtree(task.folder, ignore_errors=True)
        if written.shape is not None:
            unfinished.rename(task.folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        problem = f"cannot write field {task.field} of well {task.well}: {error.strerror or error}"
        remedy = "Free some space or choose a folder that you may write to, then run again: finished fields are kept"
        raise StorageError(problem, where=str(task.folder), remedy=remedy) from error
    return written


def _flush(folder: Path) -> None:
    """Bring the pixels to the disk before the folder gets its name: a power cut must not leave half a field."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())


def _write(task: FieldTask, folder: Path) -> WrittenField:
    reading = _Reading(task)
    like = reading.look()
    if like is None:
        return WrittenField(None, tuple(reading.troubles))
    pyramid = Pyramid(folder, task.sizes, like, axes=task.description.axes)
    for start, block in reading.blocks(like, pyramid.together):
        pyramid.write(start, block)
    shown = replace(task.description, shapes=pyramid.shapes, dtype_range=_range(like[1]))
    labels = _find_labels(task, reading)
    for name, image in labels.items():
        below = folder / "labels" / name
        axes = task.description.axes.replace("c", "")
        part = Pyramid(below, (1, 1, 1), (image.shape, image.dtype), axes=axes, as_labels=True)
        part.write((0, 0, 0), image[None, None, None])
        write_labels_group(below, replace(shown, name=name, axes=axes, smaller_by="nearest pixel"))
    parts = [*map(str, range(len(pyramid.shapes))), *(f"labels/{name}" for name in labels)]
    own: dict[str, object] = {"key": None if reading.may_pass else task.key, "parts": parts}
    if reading.missing:
        own["missing"] = sorted(reading.missing)
    write_image_group(folder, shown, own, labels)
    return WrittenField(like[0], tuple(reading.troubles))


class _Reading:
    """The planes of a field as they are read, and what could not be."""

    def __init__(self, task: FieldTask) -> None:
        self.task = task
        self.troubles: list[str] = []
        self.may_pass = False
        self.missing: set[Index] = set()

    def look(self) -> tuple[tuple[int, int], np.dtype[Any]] | None:
        """Give the shape of the first plane that can be opened, and a type of number that holds all channels'."""
        shape, types = None, []
        for channel in range(self.task.sizes[1]):
            for index in (one for one in sorted(self.task.planes) if one[1] == channel):
                try:
                    facts = read_image_facts(self.task.planes[index].shown[0].path)
                except (ImageError, IndexError):  # reading it will say what is wrong with it
                    continue
                shape = shape or facts.shape
                types.append(np.dtype(facts.dtype))
                break
        if shape is None:
            for index in self.task.planes:
                self._read(index, None)
            return None
        return shape, np.result_type(*types)

    def blocks(
        self, like: tuple[tuple[int, int], np.dtype[Any]], together: Index
    ) -> Iterator[tuple[Index, NDArray[Any]]]:
        """Give the planes in blocks of so many time points, channels and z; what is missing is 0."""
        shape, dtype = like
        ranges = [range(0, size, step) for size, step in zip(self.task.sizes, together, strict=True)]
        for start in ((t, c, z) for t in ranges[0] for c in ranges[1] for z in ranges[2]):
            counts = [min(step, size - one) for step, size, one in zip(together, self.task.sizes, start, strict=True)]
            block = np.zeros((*counts, *shape), dtype)
            for offset in np.ndindex(*counts):
                index = (start[0] + offset[0], start[1] + offset[1], start[2] + offset[2])
                image = self._read(index, shape)
                if image is not None and np.can_cast(image.dtype, dtype, "safe"):
                    block[offset] = image
                else:
                    self.missing.add(index)
            yield start, block

    def _read(self, index: Index, shape: tuple[int, int] | None) -> Image | None:
        plane = self.task.planes.get(index)
        if plane is None:
            return None
        try:
            return read_plane(plane, shape=shape)
        except ImageError as error:
            self.may_pass = self.may_pass or may_pass(error)
            self.troubles.append(f"{self.task.well} field {self.task.field} {plane.channel}: {error}")
            return None


def _find_labels(task: FieldTask, reading: _Reading) -> dict[str, NDArray[np.int32]]:
    """Segment the field; one whose images cannot be used has no labels, as it has no cells in a run."""
    try:
        if isinstance(task.labels_from, str):
            plane = next((one for one in task.planes.values() if one.channel == task.labels_from), None)
            return {} if plane is None else {"nuclei": segment_nuclei(read_plane(plane))}
        if task.labels_from is not None:
            images, _ = read_field(task.labels_from, task.field)
            nuclei, cells = segment_field(images, task.labels_from)
            return {"nuclei": nuclei, "cells": cells}
    except ImageError as error:
        reading.may_pass = reading.may_pass or may_pass(error)
        reading.troubles.append(f"{task.well} field {task.field} has no labels: {error}")
    return {}


def _range(dtype: np.dtype[Any]) -> tuple[float, float]:
    return (0.0, 1.0) if dtype.kind == "f" else (float(np.iinfo(dtype).min), float(np.iinfo(dtype).max))

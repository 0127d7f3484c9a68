"""What an assay looks for in a field: cells, parasites or bacteria in them, fused cells, spheroids; and its columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.imaging.illumination import FlatField
from swanneck.imaging.measurement import add_modules, measure_cells
from swanneck.imaging.measurement.settings import Module
from swanneck.imaging.segmentation import (
    CellSettings,
    NucleiSettings,
    estimate_nucleus_diameter,
    segment_cells,
    segment_nuclei,
)
from swanneck.imaging.segmentation.spheroids import segment_spheroids
from swanneck.imaging.segmentation.spots import (
    Spots,
    count_spots,
    estimate_host_diameter,
    find_bacteria,
    find_spots,
    measure_nuclear_contrast,
    outline_hosts,
    segment_hosts,
)
from swanneck.imaging.segmentation.syncytia import group_nuclei
from swanneck.screening.assays import cut_column
from swanneck.workflows.campaign import Campaign, SegmentationSettings

__all__ = ["FieldObjects", "ObjectPlan", "find_objects", "measure_objects", "plan_objects"]

Image = NDArray[Any]

_REACH_WITHOUT_STAIN = 1.0
"""How far a cell reaches from its nucleus where nothing shows it, in nucleus diameters: macrophages are about three
nuclei wide."""

_LOAD = "Cells_Intensity_IntegratedOccupied"

_USED_SETTINGS: dict[str, tuple[str, ...]] = {
    "cells": (), "parasites": ("hosts", "spots"), "bacteria": ("bacteria",), "syncytia": ("syncytia",),
    "spheroids": ("spheroids",),
}  # fmt: skip


@dataclass(frozen=True)
class ObjectPlan:
    """What is looked for, and in which channels: `channel` shows the pathogen or marker, `cell_channel` cell bodies.

    `modules`, and medians of the channels `medians`, are measured beside the columns that every screen has.
    """

    kind: Literal["cells", "parasites", "bacteria", "syncytia", "spheroids"]
    nuclei_channel: str
    cell_channel: str | None
    channel: str | None
    settings: SegmentationSettings
    modules: tuple[Module, ...] = ()
    medians: tuple[str, ...] = ()

    @property
    def content(self) -> tuple[object, ...]:
        """All that the objects of a field depend on, beside its images and the plate's estimates."""
        used = [getattr(self.settings, name).model_dump() for name in _USED_SETTINGS[self.kind]]
        return self.kind, self.nuclei_channel, self.cell_channel, self.channel, used, self.modules, self.medians


@dataclass(frozen=True)
class FieldObjects:
    """What was found in a field: labels of nuclei (or spheroids) and of cell bodies, spots, and columns by name."""

    nuclei: NDArray[np.int32]
    bodies: NDArray[np.int32]
    spots: Spots | None = None
    bacteria: NDArray[np.bool_] | None = None
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def plan_objects(campaign: Campaign) -> ObjectPlan:
    """Say what a campaign's assay looks for."""
    return ObjectPlan(
        campaign.assay.assay.objects, campaign.nuclei_channel, campaign.cell_channel, campaign.target_channel,
        campaign.segmentation, campaign.modules, _named_medians(campaign),
    )  # fmt: skip


def _named_medians(campaign: Campaign) -> tuple[str, ...]:
    """List the channels whose medians the assay or a readout of the user's names."""
    named = [cut_column(campaign.assay, campaign.target_channel), *campaign.assay.readouts.values()]
    text = " ".join(filter(None, named))
    return tuple(channel for channel in campaign.channels if f"MedianAboveBackground_{channel}" in text)


def find_objects(images: Callable[[str], Image], plan: ObjectPlan, nuclei: NucleiSettings) -> FieldObjects:
    """Find what the plan says in one field; `images` gives a channel's image, corrected for uneven illumination.

    Raises `ImageError` where an image cannot be segmented.
    """
    stain = images(plan.nuclei_channel)
    if plan.kind == "spheroids":
        spheroids = segment_spheroids(stain, plan.settings.spheroids)
        areas = np.bincount(spheroids.ravel())[1:]
        columns: dict[str, NDArray[Any]] = {"Spheroids_AreaShape_EquivalentDiameter": 2.0 * np.sqrt(areas / np.pi)}
        return FieldObjects(spheroids, spheroids, columns=columns)
    if plan.kind == "parasites":
        return _find_parasites(images, plan, nuclei)
    labels = segment_nuclei(stain, nuclei)
    bodies = _outline_cells(images, plan, labels)
    if plan.kind == "cells":
        return FieldObjects(labels, bodies)
    count, diameter = int(labels.max(initial=0)), _diameter(labels, nuclei)
    if plan.kind == "bacteria" and plan.channel is not None:
        marked, light = find_bacteria(images(plan.channel), bodies, diameter, plan.settings.bacteria)
        inside = bodies[marked]
        columns = {
            f"Cells_AreaOccupied_{plan.channel}": np.bincount(inside, minlength=count + 1)[1:] * 1.0,
            f"{_LOAD}_{plan.channel}": np.bincount(inside, weights=light[marked], minlength=count + 1)[1:],
        }
        return FieldObjects(labels, bodies, bacteria=marked, columns=columns)
    if plan.kind == "syncytia":
        body = None if plan.channel is None else images(plan.channel)
        group = group_nuclei(labels, body, diameter, plan.settings.syncytia)
        number = np.bincount(group, minlength=1)[group][1:]
        columns = {"Cells_Number_Syncytium": group[1:], "Cells_Children_Nuclei_Count": number.astype(np.int64)}
        return FieldObjects(labels, bodies, columns=columns)
    return FieldObjects(labels, bodies)


def measure_objects(
    images: Mapping[str, Image | None], found: FieldObjects, plan: ObjectPlan, flat_fields: Mapping[str, FlatField]
) -> pl.DataFrame:
    """Measure what was found in a field: one row per cell, or per spheroid, with the columns of its assay."""
    if plan.kind == "spheroids":
        table = measure_cells(images, found.nuclei, flat_fields=flat_fields, medians=plan.medians)
        table = table.rename({name: name.replace("Nuclei_", "Spheroids_", 1) for name in table.columns})
    else:
        table = measure_cells(images, found.nuclei, found.bodies, flat_fields=flat_fields, medians=plan.medians)
    table = table.with_columns(pl.Series(name, values) for name, values in found.columns.items())
    if plan.modules:
        spheroids = plan.kind == "spheroids"
        labels = {"Spheroids": found.nuclei} if spheroids else {"Nuclei": found.nuclei, "Cells": found.bodies}
        there = {name: image for name, image in images.items() if image is not None}
        table = add_modules(table, there, labels, plan.modules, flat_fields=flat_fields)
    image = images.get(plan.channel or "")
    if plan.kind != "bacteria" or image is None or image.dtype.kind not in "ui":
        return table
    return table.with_columns(pl.col(f"{_LOAD}_{plan.channel}") / float(np.iinfo(image.dtype).max))


def _find_parasites(images: Callable[[str], Image], plan: ObjectPlan, nuclei: NucleiSettings) -> FieldObjects:
    """Parasites in the nuclear stain, among host nuclei, or in a channel of their own."""
    channel = plan.channel or plan.nuclei_channel
    stain, image = images(plan.nuclei_channel), images(channel)
    in_stain = channel == plan.nuclei_channel
    estimate = estimate_host_diameter if in_stain else estimate_nucleus_diameter
    diameter = nuclei.diameter or estimate(stain)
    if diameter is None:
        blank = np.zeros(stain.shape, np.int32)
        return FieldObjects(blank, blank, columns={"Cells_Children_Spots_Count": np.zeros(0, np.int64)})
    labels = segment_hosts(stain, diameter, plan.settings.hosts, nuclei) if in_stain else segment_nuclei(stain, nuclei)
    spots = find_spots(image, labels, diameter, plan.settings.spots, nuclear_stain=in_stain)
    if plan.cell_channel in (None, channel):
        contrast = measure_nuclear_contrast(image, labels, diameter) if in_stain else 0.0
        # A lone parasite of the least contrast that counts fills a seventh of the place that grain is measured in.
        least = plan.settings.spots.contrast * contrast / 7.0
        bodies = outline_hosts(image, labels, diameter, least_grain=least)
    else:
        bodies = segment_cells(images(str(plan.cell_channel)), labels, CellSettings())
    columns = {"Cells_Children_Spots_Count": count_spots(spots, bodies)[1:]}
    return FieldObjects(labels, bodies, spots, columns=columns)


def _outline_cells(images: Callable[[str], Image], plan: ObjectPlan, nuclei: NDArray[np.int32]) -> NDArray[np.int32]:
    if plan.kind == "bacteria" and plan.cell_channel in (None, plan.channel):
        # Scattered bacteria outline nothing: a cell is what lies nearest to its nucleus.
        return segment_cells(None, nuclei, CellSettings(ring=_REACH_WITHOUT_STAIN))
    return segment_cells(None if plan.cell_channel is None else images(plan.cell_channel), nuclei, CellSettings())


def _diameter(labels: NDArray[np.int32], nuclei: NucleiSettings) -> float:
    """The plate's typical nucleus, or this field's where the plate has none."""
    areas = np.bincount(labels.ravel())[1:]
    return nuclei.diameter or (2.0 * float(np.sqrt(np.median(areas) / np.pi)) if areas.size else 1.0)

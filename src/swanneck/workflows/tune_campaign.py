"""Look before the run: four wells of each plate side by side, with outlines that can be hidden, and their readouts."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError, SettingsError
from swanneck.foundation.files import write_atomically
from swanneck.foundation.units import format_molar
from swanneck.imaging.readers import PlateImages
from swanneck.imaging.thumbnails import make_overlay, make_thumbnail
from swanneck.reports.tune_page import Layer, TunedPicture, TunedWell, render_tune_page
from swanneck.screening.assays import CELL_COUNT, complete_cells, list_readouts, score_wells
from swanneck.workflows.campaign import Campaign, load_campaign
from swanneck.workflows.check_campaign import check_campaign
from swanneck.workflows.field_objects import FieldObjects
from swanneck.workflows.measure_plates import Progress, list_tasks
from swanneck.workflows.measure_well import WellTask, measure_field, read_field
from swanneck.workflows.summarise_plates import choose_threshold, describe_threshold, find_dead

__all__ = ["tune_campaign"]

_PICTURE_SIZE = 600
_DETAIL = 7.0
"""Side of the detail in nucleus diameters: some ten cells, large enough to see a parasite's outline."""

_DETAIL_PIXELS = 240  # where no diameter is known
_CONTROLS = ("negative_control", "positive_control")


@dataclass(frozen=True)
class _Choice:
    """A well to measure: the corner that it stands for, and what was added to it."""

    well: str
    group: str
    treatment: str


def tune_campaign(
    campaign: Campaign | Path, *, wells: int = 3, compound: str | None = None, progress: Progress | None = None
) -> Path:
    """Measure a few wells of every plate, draw four of them side by side with their outlines; give the page's path.

    Measured are `wells` control wells of each kind, spread over the plate, of which one of each is shown, and the
    lowest and the highest dose of a compound (where none is named, of the reference or else of the compound with the
    longest series). Of each well it is the first field. Readouts are those of these fields, with the threshold of
    these wells: close to the run's, not the same. Nothing else is written.

    Raises `SettingsError` for a compound that no plate holds in two doses with images, and as `screen_plate` does where
    the campaign cannot run.
    """
    campaign = campaign if isinstance(campaign, Campaign) else load_campaign(campaign)
    check = check_campaign(campaign)
    check.raise_errors()
    shown: list[TunedWell] = []
    notes: list[str] = []
    for number, plate in enumerate(check.plates):
        layout = check.layout.filter(pl.col("plate") == plate.name)
        chosen = [*_choose_controls(plate, layout, wells), *_choose_doses(plate, layout, compound)]
        try:
            tuned, note = _tune_plate(plate, layout, campaign, chosen)
        except ImageError as error:
            if len(check.plates) == 1:
                raise
            tuned, note = [], [f"plate {plate.name}: {error.problem}"]
        shown += tuned
        notes += note
        if progress:
            progress("plates", number + 1, len(check.plates))
    if compound is not None and not any(well.group == "high_dose" for well in shown):
        problem = f"no plate has images of two doses of {compound}"
        raise SettingsError(problem, remedy="Name a compound as the plate map does")
    page = campaign.results / "tune.html"
    write_atomically(page, render_tune_page(campaign.name, shown, notes).encode())
    return page


def _choose_controls(plate: PlateImages, layout: pl.DataFrame, count: int) -> list[_Choice]:
    """Take control wells of each kind, spread over the plate."""
    chosen = []
    for role in _CONTROLS:
        there = [well for well in layout.filter(pl.col("role") == role)["well"] if plate.fields_of(well)]
        step = max(1, len(there) // count)
        chosen += [_Choice(well, role, "") for well in there[::step][:count]]
    return chosen


def _choose_doses(plate: PlateImages, layout: pl.DataFrame, compound: str | None) -> list[_Choice]:
    """Take the lowest and the highest dose of one compound; nothing where there is none with two doses."""
    imaged = [well for well in layout["well"] if plate.fields_of(well)]
    series = layout.filter(
        pl.col("well").is_in(imaged)
        & pl.col("role").is_in(["sample", "reference"])
        & (pl.col("concentration_molar") > 0)
    )
    if compound is not None:
        series = series.filter(pl.col("compound") == compound)
    counted = series.group_by("compound", maintain_order=True).agg(
        pl.col("concentration_molar").n_unique().alias("doses"), (pl.col("role") == "reference").any().alias("known")
    )
    several = counted.filter(pl.col("doses") > 1).sort("known", "doses", descending=True, maintain_order=True)
    if several.is_empty():
        return []
    doses = series.filter(pl.col("compound") == several["compound"][0]).sort("concentration_molar", maintain_order=True)
    return [
        _Choice(row["well"], group, f"{row['compound']} {format_molar(row['concentration_molar'])}")
        for group, row in (("low_dose", doses.row(0, named=True)), ("high_dose", doses.row(-1, named=True)))
    ]


def _tune_plate(
    plate: PlateImages, layout: pl.DataFrame, campaign: Campaign, chosen: list[_Choice]
) -> tuple[list[TunedWell], list[str]]:
    tasks = {task.well: task for task in list_tasks(plate, campaign)}
    pictures: dict[str, list[TunedPicture]] = {}
    reasons: dict[str, str] = {}
    cells: list[pl.DataFrame] = []
    drawn: set[str] = set()
    for choice in chosen:
        task = tasks[choice.well]
        try:
            images, _ = read_field(task, min(task.fields))
            measured, found = measure_field(images, task)
        except ImageError as error:
            reasons[choice.well] = str(error)
            continue
        if choice.group not in drawn:
            pictures[choice.well] = _draw(images, found, task)
            drawn.add(choice.group)
        cells.append(measured.select(pl.lit(choice.well).alias("well"), pl.lit(1, pl.Int64).alias("field"), pl.all()))
    readouts, notes = _score(cells, plate, layout, campaign)
    failed = {choice.group: choice.well for choice in reversed(chosen) if choice.group not in drawn}
    return [
        TunedWell(
            plate.name, choice.well, choice.group, readouts.get(choice.well, {}), choice.treatment,
            pictures.get(choice.well, []), reasons.get(choice.well),
            shown=choice.well in pictures or failed.get(choice.group) == choice.well,
        )
        for choice in chosen
    ], notes  # fmt: skip


def _score(
    cells: list[pl.DataFrame], plate: PlateImages, layout: pl.DataFrame, campaign: Campaign
) -> tuple[dict[str, dict[str, float | None]], list[str]]:
    """Give the readouts of each well by their labels, the assay's own first, and how the threshold was found."""
    if not cells:
        return {}, []
    table = pl.concat(cells)
    if campaign.assay.assay.counts_living:
        table = table.join(find_dead(table.lazy(), layout, campaign), on=["well", "field", "cell"], how="anti")
    channel = campaign.target_channel
    threshold = choose_threshold(table.lazy(), layout, campaign)
    value = threshold.value if threshold else None
    readouts = list_readouts(campaign.assay, channel, value)
    scored = {
        row["well"]: row
        for row in score_wells(complete_cells(table, campaign.assay, channel, value), readouts).iter_rows(named=True)
    }
    found: dict[str, dict[str, float | None]] = {}
    for well in (one["well"][0] for one in cells if one.height):
        row = scored.get(well, {}) | {CELL_COUNT: float(table.filter(pl.col("well") == well).height)}
        found[well] = {readout.label: row.get(readout.name) for readout in readouts}
    return found, [describe_threshold(plate.name, threshold, campaign)] if threshold else []


def _draw(images: dict[str, NDArray[Any]], found: FieldObjects, task: WellTask) -> list[TunedPicture]:
    """Draw the whole field, and the part of it with the most in it at full size."""
    layers = _outlines(found, task)
    top, left, side = _busiest(found, task)
    part = (slice(top, top + side), slice(left, left + side))
    display = dict(task.estimates.display)
    if len(display) == 1:
        display = {name: replace(one, colour="grey") for name, one in display.items()}
    pictures = []
    for caption, shown, labels in (
        ("the whole field", images, layers),
        (f"{side} pixels of it, full size", {name: image[part] for name, image in images.items()},
         {name: (one[part], colour) for name, (one, colour) in layers.items()}),
    ):  # fmt: skip
        overlays = [
            Layer(name, make_overlay(np.ascontiguousarray(one), colour, size=_PICTURE_SIZE))
            for name, (one, colour) in labels.items()
        ]
        pictures.append(TunedPicture(caption, make_thumbnail(shown, display, size=_PICTURE_SIZE), overlays))
    return pictures


def _outlines(found: FieldObjects, task: WellTask) -> dict[str, tuple[NDArray[np.int32], str]]:
    if task.plan.kind == "spheroids":
        return {"spheroids": (found.nuclei, "white")}
    layers = {"cells": (found.bodies, "yellow"), "nuclei": (found.nuclei, "white")}
    if found.spots is not None:
        radius = 0.6 * task.plan.settings.spots.diameter * (task.estimates.nucleus_diameter or 10.0)
        layers["spots"] = (found.spots.circles(found.nuclei.shape, radius), "cyan")
    if found.bacteria is not None:
        layers["bacteria"] = (found.bacteria.astype(np.int32), "cyan")
    return layers


def _busiest(found: FieldObjects, task: WellTask) -> tuple[int, int, int]:
    """Find the square with the most parasites, else the most of what was found: its corner and its side in pixels."""
    rows, columns = found.nuclei.shape
    diameter = task.estimates.nucleus_diameter
    side = min(rows, columns, round(_DETAIL * diameter) if diameter else _DETAIL_PIXELS)
    marks = np.zeros((rows + 1, columns + 1))
    if found.spots is not None and len(found.spots):
        marks[found.spots.rows + 1, found.spots.columns + 1] = 1
    else:
        marks[1:, 1:] = (found.nuclei > 0) if found.bacteria is None or not found.bacteria.any() else found.bacteria
    total = marks.cumsum(0).cumsum(1)
    inside = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(top), int(left), side

"""Look before the run: control wells side by side with their outlines and readouts, in one picture."""

from pathlib import Path

import polars as pl

from swanneck.foundation.errors import ImageError
from swanneck.foundation.files import write_atomically
from swanneck.imaging.readers import PlateImages
from swanneck.imaging.thumbnails import make_thumbnail
from swanneck.reports.tune_page import TunedWell, render_tune_page
from swanneck.screening.assays import list_readouts, score_wells
from swanneck.workflows.campaign import Campaign, load_campaign
from swanneck.workflows.check_campaign import check_campaign
from swanneck.workflows.measure_plates import Progress, list_tasks
from swanneck.workflows.measure_well import WellTask, measure_field, read_field
from swanneck.workflows.summarise_plates import choose_threshold, describe_threshold

__all__ = ["tune_campaign"]

_PICTURE_SIZE = 600
_ROLES = ("negative_control", "positive_control")


def tune_campaign(campaign: Campaign | Path, *, wells: int = 3, progress: Progress | None = None) -> Path:
    """Measure a few control wells of every plate and draw them side by side; give the page's path.

    `wells` of each kind are taken, spread over the plate; of each the first field is shown. Readouts are those of the
    fields shown, with the threshold of these wells: close to the run's, not the same. Nothing else is written.

    Raises as `screen_plate` does where the campaign cannot run.
    """
    campaign = campaign if isinstance(campaign, Campaign) else load_campaign(campaign)
    check = check_campaign(campaign)
    check.raise_errors()
    shown: list[TunedWell] = []
    notes: list[str] = []
    for number, plate in enumerate(check.plates):
        layout = check.layout.filter(pl.col("plate") == plate.name)
        try:
            tuned, note = _tune_plate(plate, layout, campaign, wells)
        except ImageError as error:
            if len(check.plates) == 1:
                raise
            tuned, note = [], [f"plate {plate.name}: {error.problem}"]
        shown += tuned
        notes += note
        if progress:
            progress("plates", number + 1, len(check.plates))
    page = campaign.results / "tune.html"
    write_atomically(page, render_tune_page(campaign.name, shown, notes).encode())
    return page


def _tune_plate(
    plate: PlateImages, layout: pl.DataFrame, campaign: Campaign, wells: int
) -> tuple[list[TunedWell], list[str]]:
    chosen = {well: role for role in _ROLES for well in _spread(plate, layout, role, wells)}
    tasks = {task.well: task for task in list_tasks(plate, campaign) if task.well in chosen}
    pictures: dict[str, bytes] = {}
    reasons: dict[str, str] = {}
    cells: list[pl.DataFrame] = []
    for well in chosen:
        try:
            picture, measured = _draw(tasks[well])
        except ImageError as error:
            reasons[well] = str(error)
            continue
        pictures[well] = picture
        cells.append(measured.select(pl.lit(well).alias("well"), pl.lit(1, pl.Int64).alias("field"), pl.all()))
    if not cells:
        return [TunedWell(plate.name, well, role, None, {}, reasons[well]) for well, role in chosen.items()], []
    table = pl.concat(cells)
    threshold = choose_threshold(table.lazy(), layout, campaign)
    readouts = list_readouts(campaign.assay, campaign.target_channel, threshold.value if threshold else None)
    scored = {row["well"]: row for row in score_wells(table, readouts).iter_rows(named=True)}
    counts = dict(table.group_by("well").len().rows())
    tuned = [
        TunedWell(
            plate.name, well, role, pictures.get(well),
            {"cells": counts.get(well, 0), **{k: v for k, v in scored.get(well, {}).items() if k != "well"}},
            reasons.get(well),
        )
        for well, role in chosen.items()
    ]  # fmt: skip
    return tuned, [describe_threshold(plate.name, threshold, campaign)] if threshold else []


def _spread(plate: PlateImages, layout: pl.DataFrame, role: str, count: int) -> list[str]:
    there = [well for well in layout.filter(pl.col("role") == role)["well"] if plate.fields_of(well)]
    step = max(1, len(there) // count)
    return there[::step][:count]


def _draw(task: WellTask) -> tuple[bytes, pl.DataFrame]:
    number = min(task.fields)
    images, _ = read_field(task, number)
    cells, found = measure_field(images, task)
    outlines = [(found.bodies, "yellow"), (found.nuclei, "white")]
    return make_thumbnail(images, task.estimates.display, size=_PICTURE_SIZE, outlines=outlines), cells

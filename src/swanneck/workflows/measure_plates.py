"""Bring the cells of every well to disk: what is there already is kept, the rest is measured, in parallel."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from swanneck.execution.executor import TaskFailure, run_tasks
from swanneck.foundation.errors import ImageError, StorageError, SwanneckError
from swanneck.foundation.provenance import content_key
from swanneck.imaging.readers import PlateImages
from swanneck.imaging.segmentation import describe_nuclei_method
from swanneck.workflows.campaign import Campaign
from swanneck.workflows.field_objects import plan_objects
from swanneck.workflows.measure_well import WellFiles, WellTask, measure_well
from swanneck.workflows.plate_estimates import file_identity, load_estimates
from swanneck.workflows.run_log import RunLog

__all__ = ["MeasuredPlates", "Progress", "list_tasks", "measure_plates"]

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how much of it is done, and how much there is."""


@dataclass
class MeasuredPlates:
    """The key of every well's cells, the wells that failed with the reason, and how many were measured now."""

    keys: dict[str, str] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    n_measured: int = 0


def measure_plates(
    plates: list[PlateImages], campaign: Campaign, *, workers: int, progress: Progress, log: RunLog
) -> MeasuredPlates:
    """Measure all wells of these plates that are not on disk with the same images and settings.

    Raises `StorageError` where results cannot be written, and `ImageError` where the only plate has not one image that
    can be read; any other trouble is the well's own and is listed.
    """
    measured = MeasuredPlates()
    todo: list[WellTask] = []
    for number, plate in enumerate(plates):
        progress("looking at plates", number, len(plates))
        try:
            tasks = list(list_tasks(plate, campaign))
        except ImageError as error:
            if len(plates) == 1:
                raise
            measured.failures |= {(plate.name, well): error.problem for well in plate.wells}
            log.write("plate failed", plate=plate.name, reason=str(error))
            continue
        measured.keys |= {f"{task.plate}/{task.well}": task.key for task in tasks}
        todo += [task for task in tasks if not _is_done(task)]
    progress("looking at plates", len(plates), len(plates))

    def collect(task: WellTask, result: int | TaskFailure) -> None:
        measured.n_measured += 1
        if isinstance(result, TaskFailure):
            if isinstance(result.error, StorageError):
                raise result.error
            known = isinstance(result.error, SwanneckError)
            reason = str(result.error) if known else f"{type(result.error).__name__}: {result.error}"
            measured.failures[task.plate, task.well] = reason
            log.write("well failed", plate=task.plate, well=task.well, reason=reason, trace=result.trace)
        else:
            log.write("well", plate=task.plate, well=task.well, cells=result)
        progress("measuring wells", measured.n_measured, len(todo))

    progress("measuring wells", 0, len(todo))
    # A handful of wells is not worth the seconds that worker processes take to start.
    run_tasks(measure_well, todo, workers=min(workers, max(1, len(todo) // 2)), on_done=collect)
    return measured


def list_tasks(plate: PlateImages, campaign: Campaign) -> Iterator[WellTask]:
    """List the tasks of a plate's wells, each with the key that its results must carry."""
    estimates = load_estimates(plate, campaign, campaign.results / "estimates")
    nuclei_method = describe_nuclei_method(campaign.segmentation.nuclei_method)
    plan = plan_objects(campaign)
    for well in plate.wells:
        fields = {
            number: {name: plane for name, plane in plate.fields[well, number].items() if name in campaign.channels}
            for number in plate.fields_of(well)
        }
        files = [
            (number, channel, str(file.path.relative_to(plate.folder)), file.page, *file_identity(file.path))
            for number, planes in sorted(fields.items())
            for channel, plane in sorted(planes.items())
            for file in plane.shown
        ]
        key = content_key("cells", estimates.key, campaign.channels, plan.content, nuclei_method, files)
        yield WellTask(
            plate.name, well, fields, campaign.channels, campaign.nuclei_channel,
            campaign.segmentation.nuclei_method, plan, estimates, campaign.results, key,
        )  # fmt: skip


def _is_done(task: WellTask) -> bool:
    files = WellFiles.of(task.results, task.plate, task.well)
    try:
        stored = pl.read_parquet(files.fields, columns=["key", "status"], glob=False)
        pl.scan_parquet(files.cells, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError):  # not there, or not a whole table: measure the well
        return False
    has_picture = files.thumbnail.is_file() or not (stored["status"] == "ok").any()
    return stored.height > 0 and bool(stored["key"].eq_missing(task.key).all()) and has_picture

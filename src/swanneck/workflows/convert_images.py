"""Plates as microscopes wrote them -> OME-Zarr 0.5, for napari, vizarr, OMERO and all that read the standard.

State is what lies on disk: a field is done when its folder is there with the key of its images and settings. A plate is
readable as such when all its fields are done, which is when its root metadata are written.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from swanneck.execution.executor import TaskFailure, run_tasks
from swanneck.execution.processes import default_workers
from swanneck.foundation.errors import ImageError, InputError, SettingsError, StorageError, SwanneckError
from swanneck.foundation.provenance import content_key
from swanneck.foundation.settings import Settings
from swanneck.imaging.readers import PROJECTION, FieldKey, ImagePlane, PlateImages, ZChoice, read_plane, read_plates
from swanneck.imaging.segmentation import describe_nuclei_method
from swanneck.imaging.thumbnails import ChannelDisplay, choose_display
from swanneck.imaging.writers.ome_zarr import (
    ImageDescription,
    choose_colours,
    read_mark,
    well_path,
    write_group,
    write_image_group,
    write_plate_group,
    write_well_group,
)
from swanneck.imaging.writers.plate_preview import draw_preview
from swanneck.imaging.writers.pyramids import Pyramid
from swanneck.workflows.campaign import Campaign, load_campaign
from swanneck.workflows.convert_field import FieldTask, Index, WrittenField, convert_field, is_converted
from swanneck.workflows.measure_plates import list_tasks
from swanneck.workflows.measure_well import WellTask
from swanneck.workflows.plate_estimates import file_identity, sample_fields

__all__ = ["ConversionSettings", "ConvertedImages", "convert_images"]

_DISPLAY_SAMPLE = 8
_LAYOUT = 1
"""Version of what is written: a change of it writes every field anew."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ConvertedImages:
    """The plates that were written, how many fields were written now or kept from before, and what is missing."""

    plates: list[Path]
    n_fields_written: int
    n_fields_kept: int
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Plan:
    """One plate on its way: where it goes, its fields, and what was left out."""

    plate: PlateImages
    folder: Path
    tasks: list[FieldTask]
    notes: list[str]

    @property
    def key(self) -> str:
        return content_key("plate", self.plate.name, [task.key for task in self.tasks])


class ConversionSettings(Settings):
    """How plates are read and what is written of them.

    - `reader`, `pattern`: as for `read_plates`, where the plate is not recognised by itself.
    - `z`: one plane of each stack (`first`, `max`, `best` or a number); None keeps stacks whole.
    - `labels`: the channel to segment nuclei in. With a campaign, `True` gives the nuclei and cells that its run finds,
      numbered as the cells in its tables, in the plane that it looks at.
    """

    reader: str | None = None
    pattern: str | None = None
    z: ZChoice | None = None
    labels: str | bool = False


def convert_images(
    source: Path,
    out: Path,
    settings: ConversionSettings = ConversionSettings(),  # noqa: B008 - frozen
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> ConvertedImages:
    """Write the plates of a folder, or of a campaign file, as OME-Zarr 0.5 plates.

    One plate becomes the folder `out`; several go into it, each as `<plate>.zarr`. Stacks and time series are kept
    whole. Fields that are on disk already, from the same images and settings, are kept.

    Raises as `read_plates`; `SettingsError` where `out` holds something else or labels cannot be found, and
    `StorageError` where the disk is full or read-only.
    """
    progress = progress or _show_nothing
    plates, campaign = _read_source(Path(source), settings)
    if settings.labels is True and campaign is None:
        problem = "labels without a channel need a campaign, which says what nuclei and cells are"
        raise SettingsError(problem, where=str(source), remedy="Name the channel of nuclei, or give a campaign.toml")
    if settings.labels is True and campaign is not None:
        settings = settings.model_copy(update={"z": campaign.images.z})
    plans = []
    for number, plate in enumerate(plates):
        progress("looking at plates", number, len(plates))
        target = Path(out) if len(plates) == 1 else Path(out) / f"{plate.name}.zarr"
        _check_target(target, plate)
        plans.append(_plan(plate, target, settings, campaign))
    progress("looking at plates", len(plates), len(plates))
    todo = [task for plan in plans for task in _tasks_left(plan)]
    total = sum(len(plan.tasks) for plan in plans)
    done = _convert(todo, workers or default_workers(), progress)
    troubles = [note for plan in plans for note in plan.notes]
    troubles += [trouble for _, written in sorted(done.items()) for trouble in written.troubles]
    for plan in plans:
        _finish(plan, {task.folder for task in todo if done[task.folder].shape is None})
    return ConvertedImages([plan.folder for plan in plans], len(todo), total - len(todo), troubles)


def _read_source(source: Path, settings: ConversionSettings) -> tuple[list[PlateImages], Campaign | None]:
    file = source / "campaign.toml" if source.is_dir() else source
    if not file.is_file() or file.suffix != ".toml" or settings.reader or settings.pattern:
        return read_plates(source, reader=settings.reader, pattern=settings.pattern), None
    campaign = load_campaign(file)
    said = campaign.images
    plates = read_plates(
        campaign.image_folder, pattern=said.pattern, reader=said.reader, channels=said.channels, plate=said.plate,
        z=said.z,
    )  # fmt: skip
    return plates, campaign


def _check_target(target: Path, plate: PlateImages) -> None:
    """Refuse a folder that holds something else, and one that is among the images."""
    inside = target.resolve().is_relative_to(plate.folder.resolve())
    if inside and plate.reader in ("ome_zarr", "ome_tiff"):
        problem = "the plate cannot be written into its own images"
        raise SettingsError(problem, where=str(target), remedy="Choose a folder beside the images")
    try:
        with os.scandir(target) as entries:
            empty = next(entries, None) is None
    except FileNotFoundError:
        return
    except OSError as error:
        problem = f"cannot write there: {error.strerror or error}"
        raise StorageError(problem, where=str(target), remedy="Choose a new folder") from error
    if not empty and "key" not in read_mark(target):
        problem = "the folder holds something that this command did not write"
        raise SettingsError(problem, where=str(target), remedy="Choose a new folder")


# --- what to write


def _plan(plate: PlateImages, target: Path, settings: ConversionSettings, campaign: Campaign | None) -> _Plan:
    times, depths = _numbers(plate)
    if settings.z is not None:
        plate.with_z(settings.z)  # raises where no image has this z
        depths = []
    sizes = (len(times), len(plate.channels), max(1, len(depths)))
    if settings.labels is not False:
        _check_labels(plate, settings, sizes)
    notes = []
    if len(depths) > 1 and any(_has_projection(plate, key) for key in plate.fields):
        notes.append(f"plate {plate.name}: projections that the microscope made are left out where it wrote the stack")
    by_campaign = {}
    if settings.labels is True and campaign is not None:
        by_campaign = {task.well: task for task in list_tasks(plate, campaign)}
    display = _choose_displays(plate)
    tasks = []
    for (well, number), channels in sorted(plate.fields.items()):
        planes = dict(
            one
            for channel, plane in channels.items()
            for one in _planes(plane, plate.channels.index(channel), (times, depths), settings.z)
        )
        folder = target / well_path(well) / str(plate.fields_of(well).index(number))
        labels_from = settings.labels if isinstance(settings.labels, str) else by_campaign.get(well)
        description = _describe(plate, (well, number), sizes, display)
        key = _field_key(planes, description, sizes, (settings.z, labels_from))
        tasks.append(FieldTask(plate.name, well, number, planes, sizes, folder, description, labels_from, key))
    return _Plan(plate, target, tasks, notes)


def _describe(plate: PlateImages, key: FieldKey, sizes: Index, display: dict[str, ChannelDisplay]) -> ImageDescription:
    axes = "".join(axis for axis, size in zip("tcz", sizes, strict=True) if size > 1 or axis == "c") + "yx"
    return ImageDescription(
        f"{plate.name} {key[0]} field {key[1]}", axes, (), display, dict(plate.wavelengths_nm),
        plate.pixel_size_um, plate.z_step_um, plate.positions_um.get(key),
    )  # fmt: skip


def _field_key(
    planes: Mapping[Index, ImagePlane],
    description: ImageDescription,
    sizes: Index,
    chosen: tuple[ZChoice | None, str | WellTask | None],
) -> str:
    z, labels_from = chosen
    files = [
        (index, [(one.page, one.path.name, *file_identity(one.path)) for one in plane.shown])
        for index, plane in sorted(planes.items())
    ]
    said = labels_from.key if isinstance(labels_from, WellTask) else labels_from
    if isinstance(labels_from, str):
        said = f"{labels_from}, {describe_nuclei_method()}"
    if isinstance(labels_from, str):
        said = f"{labels_from} by {describe_nuclei_method()}"
    return content_key("convert", _LAYOUT, asdict(description), sizes, str(z), said, files)


def _numbers(plate: PlateImages) -> tuple[list[int], list[int]]:
    """List the time points of a plate and its z; projections are no z of their own where there are stacks."""
    files = [file for planes in plate.fields.values() for plane in planes.values() for file in plane.files]
    times = sorted({file.time for file in files})
    depths = sorted({file.z for file in files})
    return times, [one for one in depths if one != PROJECTION] or depths


def _planes(
    plane: ImagePlane, channel: int, numbers: tuple[list[int], list[int]], z: ZChoice | None
) -> Iterator[tuple[Index, ImagePlane]]:
    """Give what a channel shows at each time point and z of a field: one image, or what `z` chooses of a stack."""
    times, depths = numbers
    for order, time in enumerate(times):
        files = tuple(file for file in plane.files if file.time == time)
        if z is not None:
            chosen = ImagePlane(plane.channel, files, z)
            if files and chosen.shown:
                yield (order, channel, 0), chosen
            continue
        for file in [file for file in files if file.z != PROJECTION] or files:
            # A projection without its stack stands where the stack begins.
            yield (order, channel, depths.index(file.z) if file.z in depths else 0), ImagePlane(plane.channel, (file,))


def _has_projection(plate: PlateImages, key: FieldKey) -> bool:
    return any(file.z == PROJECTION for plane in plate.fields[key].values() for file in plane.files)


def _check_labels(plate: PlateImages, settings: ConversionSettings, sizes: Index) -> None:
    if isinstance(settings.labels, str) and settings.labels not in plate.channels:
        problem = f"there is no channel {settings.labels!r} to find nuclei in"
        raise SettingsError(problem, where=f"plate {plate.name}", remedy=f"There are: {', '.join(plate.channels)}")
    if sizes[0] * sizes[2] > 1:
        problem = "labels are found in one plane, and the plate has several z or time points"
        remedy = "Choose a z (a number, 'max' or 'best'); time series are converted without labels"
        raise SettingsError(problem, where=f"plate {plate.name}", remedy=remedy)


def _choose_displays(plate: PlateImages) -> dict[str, ChannelDisplay]:
    """Choose how each channel is shown from a few fields, the same for all wells, so that they can be compared."""
    colours = choose_colours(plate.channels, plate.wavelengths_nm)
    shown = {}
    for channel in plate.channels:
        images = []
        for one in sample_fields(plate, _DISPLAY_SAMPLE):
            plane = plate.fields[one].get(channel)
            try:
                images += [read_plane(plane)] if plane is not None else []
            except ImageError:  # the field that it belongs to will tell
                continue
        shown[channel] = choose_display(images, colours[channel])
    return shown


# --- writing


def _tasks_left(plan: _Plan) -> list[FieldTask]:
    """List the fields that are not on disk; where there are any, the plate is marked as unfinished."""
    left = [task for task in plan.tasks if not is_converted(task)]
    if left or read_mark(plan.folder).get("key") != plan.key:
        write_group(plan.folder, None, {"key": "unfinished"})
    return left


def _convert(todo: list[FieldTask], workers: int, progress: Progress) -> dict[Path, WrittenField]:
    done: dict[Path, WrittenField] = {}

    def collect(task: FieldTask, result: WrittenField | TaskFailure) -> None:
        if isinstance(result, TaskFailure):
            if isinstance(result.error, StorageError):
                raise result.error
            known = isinstance(result.error, SwanneckError)
            reason = str(result.error) if known else f"{type(result.error).__name__}: {result.error}"
            result = WrittenField(None, (f"{task.well} field {task.field} is left out: {reason}",))
        done[task.folder] = result
        progress("writing fields", len(done), len(todo))

    progress("writing fields", 0, len(todo))
    # A handful of fields is not worth the seconds that worker processes take to start.
    run_tasks(convert_field, todo, workers=min(workers, max(1, len(todo) // 4)), on_done=collect)
    return done


def _finish(plan: _Plan, absent: set[Path]) -> None:
    """Write wells, preview and plate, the plate last."""
    if read_mark(plan.folder).get("key") == plan.key:
        return
    wells: dict[str, list[FieldTask]] = {}
    for task in plan.tasks:
        if task.folder not in absent:
            wells.setdefault(task.well, []).append(task)
    if not wells:
        problem = "not one image of the plate can be read"
        raise InputError(problem, where=str(plan.plate.folder), remedy="Run: swanneck images describe")
    for tasks in wells.values():
        write_well_group(tasks[0].folder.parent, {task.folder.name: task.field for task in tasks})
    _write_preview(plan, {well: tasks[0] for well, tasks in wells.items()})
    # A plate that lacks a field for now is looked at again by the next run.
    own = {"key": "unfinished" if absent else plan.key, "preview": "preview"}
    write_plate_group(plan.folder, plan.plate.name, {well: len(tasks) for well, tasks in wells.items()}, own)


def _write_preview(plan: _Plan, shown: Mapping[str, FieldTask]) -> None:
    """Write all wells into one image: it is small, and made from what is on disk."""
    levels = {}
    for well, task in shown.items():
        last = max(int(part) for part in read_mark(task.folder)["parts"] if part.isdigit())
        levels[well] = (task.folder / str(last), 2**last, task.description.axes)
    pixels, factor = draw_preview(levels)
    folder = plan.folder / "preview"
    shutil.rmtree(folder, ignore_errors=True)
    block = pixels[None, :, None]
    pyramid = Pyramid(folder, (1, len(pixels), 1), (pixels.shape[1:], pixels.dtype), axes="cyx")
    for channel in range(0, len(pixels), pyramid.together[1]):
        pyramid.write((0, channel, 0), block[:, channel : channel + pyramid.together[1]])
    described = next(iter(shown.values())).description
    size = None if described.pixel_size_um is None else described.pixel_size_um * factor
    description = replace(
        described,
        name=f"{plan.plate.name} preview",
        axes="cyx",
        shapes=pyramid.shapes,
        pixel_size_um=size,
        place_um=None,
    )
    write_image_group(folder, description, {})


def _show_nothing(step: str, done: int, total: int) -> None:
    """Stand in for a progress bar."""

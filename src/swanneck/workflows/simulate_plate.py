"""Simulate a plate of infected cells and write it as a campaign that is ready to be screened."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
import tifffile

from swanneck.execution.executor import TaskFailure, run_tasks
from swanneck.foundation.errors import SettingsError, StorageError
from swanneck.foundation.files import write_atomically
from swanneck.screening.simulation import (
    CHANNELS,
    PlateDesign,
    SimulatedWell,
    SimulationSettings,
    design_plate,
    simulate_well,
)

__all__ = ["SimulatedPlate", "simulate_plate"]

_Counts = tuple[int, int, int, int]

_CAMPAIGN = """\
name = "simulated"

[images]
folder = "images"
pattern = "{well}_f{field}_{channel}.tif"
plate = "P1"

[channels]
DNA = "nuclei"
Virus = "pathogen"

[assay]
kind = "infection"

[layout]
file = "platemap.csv"
"""


@dataclass(frozen=True)
class SimulatedPlate:
    """Where a simulated plate lies, and what is true of it.

    `layout` and `truth` are the tables of `PlateDesign`, written as `platemap.csv` and `truth.csv`. `wells` is
    written as `truth_wells.csv`: `well, cells, infected, dead, debris`, the numbers painted into all fields of
    the well with their centre inside the picture.
    """

    folder: Path
    campaign: Path
    images: Path
    layout: pl.DataFrame
    truth: pl.DataFrame
    wells: pl.DataFrame


def simulate_plate(
    out: Path,
    settings: SimulationSettings | None = None,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedPlate:
    """Write a simulated plate below `out`: images, `campaign.toml`, `platemap.csv`, `truth.csv`, `truth_wells.csv`.

    Images are uncompressed 16-bit TIFF files, `images/A01_f1_DNA.tif`. The same settings give the same bytes,
    whatever the number of `workers` (processes). `progress` is called after each well with the number of wells
    done and in all.

    Raises `SettingsError` where the folder holds images of another plate, `StorageError` where it is not writable.

    >>> import tempfile
    >>> small = SimulationSettings(wells=24, doses=4, fields=1, image_height=64, image_width=64)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plate = simulate_plate(Path(folder), small)
    ...     len(list(plate.images.iterdir()))
    48
    """
    out = Path(out)
    design = design_plate(settings or SimulationSettings())
    images = out / "images"
    _check_folder(images, design)
    names = design.wells["well"].to_list()
    counts: dict[str, _Counts] = {}

    def collect(name: str, result: _Counts | TaskFailure) -> None:
        if isinstance(result, TaskFailure):
            raise result.error
        counts[name] = result
        if progress is not None:
            progress(len(counts), len(names))

    run_tasks(partial(_write_well, design, images), names, workers=workers, on_done=collect)
    columns = ["cells", "infected", "dead", "debris"]
    wells = pl.DataFrame([(name, *counts[name]) for name in names], schema=["well", *columns], orient="row")
    for name, table in (("platemap", design.layout), ("truth", design.truth), ("truth_wells", wells)):
        write_atomically(out / f"{name}.csv", table.write_csv().encode())
    write_atomically(out / "campaign.toml", _CAMPAIGN.encode())
    return SimulatedPlate(out, out / "campaign.toml", images, design.layout, design.truth, wells)


def _check_folder(images: Path, design: PlateDesign) -> None:
    """Refuse a folder with images that this plate would not overwrite: they would be screened along with it."""
    own = {
        _file_name(well, field, channel)
        for well in design.wells["well"]
        for field in range(1, design.settings.fields + 1)
        for channel in CHANNELS
    }
    strangers = sorted({path.name for path in images.glob("*.tif")} - own)
    if strangers:
        problem = f"{len(strangers)} images there are not of this plate, such as {strangers[0]}"
        raise SettingsError(problem, where=str(images), remedy="Choose an empty folder, or remove the old plate")


def _file_name(well: str, field: int, channel: str) -> str:
    return f"{well}_f{field}_{channel}.tif"


def _write_well(design: PlateDesign, folder: Path, name: str) -> _Counts:
    well = simulate_well(design, name)
    _write_images(folder, well)
    return well.cells, well.infected, well.dead, well.debris


def _write_images(folder: Path, well: SimulatedWell) -> None:
    for channel, fields in well.images.items():
        for number, image in enumerate(fields, start=1):
            buffer = io.BytesIO()
            tifffile.imwrite(buffer, image, photometric="minisblack", metadata=None, software=False)
            path = folder / _file_name(well.well, number, channel)
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_bytes(buffer.getvalue())
            except OSError as error:
                problem = f"cannot write {path.name}: {error.strerror or error}"
                raise StorageError(
                    problem, where=str(folder), remedy="Free some space or choose another folder"
                ) from error

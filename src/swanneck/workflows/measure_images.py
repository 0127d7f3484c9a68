"""Image files and label files of one field -> tables of CellProfiler's measurements."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError, SettingsError
from swanneck.foundation.files import write_atomically, write_parquet
from swanneck.imaging import MeasurementSettings, measure_objects
from swanneck.imaging.measurement import join_objects
from swanneck.imaging.readers import ImageFile, ImagePlane, read_image_facts, read_plane

__all__ = ["measure_images"]

_KINDS = (".parquet", ".csv")


def measure_images(
    images: Mapping[str, Path],
    labels: Mapping[str, Path],
    settings: MeasurementSettings | None = None,
    *,
    out: Path | None = None,
    workers: int = 1,
) -> dict[str, pl.DataFrame]:
    """Measure the objects of one field from its files: a table per kind of object, as `measure_objects` gives it.

    `images` maps channels, `labels` kinds of objects to TIFF or PNG files of one plane each. With `out`
    `features.parquet` or `.csv` the kinds are written side by side, a row per label and `Nuclei_` before the names of
    columns; any other name is a folder, in which each kind has a file of its own (`Nuclei.parquet`).

    Raises `ImageError` naming the file that cannot be read or does not fit the others, and `StorageError` where `out`
    cannot be written.

    >>> import tempfile
    >>> import numpy as np
    >>> import tifffile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dna, nuclei = Path(folder) / "dna.tif", Path(folder) / "nuclei.tif"
    ...     tifffile.imwrite(dna, np.full((9, 9), 51, np.uint8))
    ...     tifffile.imwrite(nuclei, np.ones((9, 9), np.uint8))
    ...     out = Path(folder) / "features.parquet"
    ...     _ = measure_images({"DNA": dna}, {"Nuclei": nuclei}, MeasurementSettings(modules=("Intensity",)), out=out)
    ...     pl.read_parquet(out)["Nuclei_Intensity_IntegratedIntensity_DNA"].round(3).to_list()
    [16.2]
    """
    if not labels:
        problem = "there are no labels to measure"
        raise SettingsError(problem, remedy="Give at least one label image, such as Nuclei=nuclei.tif")
    pixels = {name: _read(f"image {name}", path) for name, path in images.items()}
    numbers = {name: _read(f"labels {name}", path) for name, path in labels.items()}
    tables = measure_objects(pixels, numbers, settings, workers=workers)
    if out is not None:
        _write(tables, Path(out))
    return tables


def _read(what: str, path: Path) -> NDArray[Any]:
    path = Path(path)
    plane = ImagePlane(what, (ImageFile(1, 1, path),))
    pages = read_image_facts(path).n_pages
    if pages > 1:
        problem = f"{what} has {pages} planes, where one is wanted"
        raise ImageError(problem, where=str(path), remedy="Give one plane of one channel, or the maximum of a stack")
    return read_plane(plane)


def _write(tables: dict[str, pl.DataFrame], out: Path) -> None:
    if out.suffix.lower() in _KINDS:
        _write_table(join_objects(tables), out)
        return
    for name, table in tables.items():
        _write_table(table, out / f"{name}.parquet")


def _write_table(table: pl.DataFrame, path: Path) -> None:
    if path.suffix.lower() == ".csv":
        write_atomically(path, table.write_csv().encode())
    else:
        write_parquet(path, table)

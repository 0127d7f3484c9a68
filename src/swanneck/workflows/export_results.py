"""The results of a run in the forms that other programs read."""

from pathlib import Path
from typing import Literal, get_args

import polars as pl

from swanneck.exports.annotated import check_anndata, write_anndata
from swanneck.exports.cellprofiler_analyst import ImagePaths, write_cellprofiler_analyst
from swanneck.exports.single_cells import PlateCells, aggregate_wells, name_metadata
from swanneck.foundation.errors import InputError, SettingsError, StorageError
from swanneck.foundation.files import TEMPORARY_SUFFIX, write_atomically
from swanneck.imaging.readers import read_plates
from swanneck.workflows.campaign import Campaign, load_campaign

__all__ = ["FORMS", "ExportForm", "export_results"]

ExportForm = Literal["pycytominer", "cellprofiler-analyst", "anndata", "csv"]
FORMS: tuple[str, ...] = get_args(ExportForm)
_TABLES = ("wells", "plates", "curves", "points", "hits")


def export_results(results: Path, to: ExportForm, *, out: Path) -> list[Path]:
    """Write the results of a run in another program's form below `out`; give the files.

    `results` is a campaign's folder, its file, or its `results/`. The forms:

    - `pycytominer`: `profiles.parquet`, a row per well (medians), and `single_cells/<plate>.parquet`, a row per cell.
    - `cellprofiler-analyst`: a SQLite database and its `.properties`; images are shown where the campaign finds them.
    - `anndata`: `profiles.h5ad` and `single_cells/<plate>.h5ad`.
    - `csv`: `profiles.csv`, `single_cells/<plate>.csv`, and every table of the results.

    Cells are those of fields that count. Columns of cells have CellProfiler's names, all others begin with `Metadata_`.

    Raises `InputError` where there are no results, `SettingsError` for another form or a package that is missing, and
    `StorageError` where `out` cannot be written.
    """
    if to not in FORMS:
        problem = f"there is no form {to!r}"
        raise SettingsError(problem, remedy=f"Known: {', '.join(FORMS)}")
    if to == "anndata":
        check_anndata()
    folder, campaign = _find_results(Path(results))
    plates = _open_plates(folder)
    out = Path(out)
    if to == "cellprofiler-analyst":
        name = campaign.name if campaign else "screen"
        safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)
        return write_cellprofiler_analyst(plates, out, name=safe, images=_image_paths(campaign))
    if to == "anndata":
        return _write_levels(plates, out, "h5ad")
    if to == "pycytominer":
        return _write_levels(plates, out, "parquet")
    return [*_write_levels(plates, out, "csv"), *_copy_tables(folder, out)]


def _find_results(path: Path) -> tuple[Path, Campaign | None]:
    """Give the folder of results and its campaign, where that still lies beside it."""
    base = path.parent if path.suffix == ".toml" else path
    folder = base / "results" if (base / "results" / "wells.parquet").is_file() else base
    if not all((folder / name).exists() for name in ("wells.parquet", "fields.parquet", "cells")):
        problem = "there are no results of a run with images: wells.parquet, fields.parquet and cells/ are wanted"
        raise InputError(problem, where=str(path), remedy="Run it first: swanneck screen run")
    beside = folder.parent / "campaign.toml"
    return folder, load_campaign(beside) if beside.is_file() else None


def _open_plates(folder: Path) -> list[PlateCells]:
    wells, fields = (pl.read_parquet(folder / f"{name}.parquet", glob=False) for name in ("wells", "fields"))
    plates = []
    for (name,), own in wells.group_by("plate", maintain_order=True):
        cells = sorted((folder / "cells" / str(name)).glob("*.parquet"))
        failed = set(own.filter(pl.col("n_fields").fill_null(0) == 0)["well"])
        cells = [path for path in cells if path.stem not in failed]
        if cells:
            marked = fields.filter(pl.col("plate") == name)
            plates.append(PlateCells(str(name), pl.scan_parquet(cells, glob=False), marked, own))
    if not plates:
        problem = "no well has cells"
        raise InputError(problem, where=str(folder))
    return plates


def _image_paths(campaign: Campaign | None) -> ImagePaths:
    if campaign is None or not campaign.image_folder.is_dir():
        return {}
    images = campaign.images
    found = read_plates(
        campaign.image_folder, pattern=images.pattern, reader=images.reader, plate=images.plate,
        channels=images.channels, z=images.z,
    )  # fmt: skip
    return {
        (plate.name, well, number): {
            channel: plane.shown[0].path.resolve()
            for channel, plane in planes.items()
            if channel in campaign.channels and plane.shown
        }
        for plate in found
        for (well, number), planes in plate.fields.items()
    }


def _write_levels(plates: list[PlateCells], out: Path, kind: Literal["parquet", "csv", "h5ad"]) -> list[Path]:
    """Write the profiles of all wells, and each plate's cells."""
    profiles = pl.concat([aggregate_wells(plate) for plate in plates], how="diagonal_relaxed")
    tables = {out / f"profiles.{kind}": profiles.lazy()}
    tables |= {out / "single_cells" / f"{plate.name}.{kind}": name_metadata(plate) for plate in plates}
    for path, table in tables.items():
        if kind == "h5ad":
            write_anndata(table.collect(), path)
        else:
            _stream(table, path)
    return list(tables)


def _stream(table: pl.LazyFrame, path: Path) -> None:
    """Write a table that need not fit into memory, whole or not at all."""
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            table.sink_csv(temporary)
        else:
            table.sink_parquet(temporary)
        temporary.replace(path)
    except OSError as error:
        problem = f"cannot write {path.name}: {error.strerror or error}"
        raise StorageError(problem, where=str(path.parent), remedy="Choose a folder that you may write to") from error


def _copy_tables(folder: Path, out: Path) -> list[Path]:
    paths = []
    for name in _TABLES:
        table = pl.read_parquet(folder / f"{name}.parquet", glob=False)
        paths.append(out / f"{name}.csv")
        write_atomically(paths[-1], table.write_csv().encode())
    return paths

"""CellProfiler Analyst's two files: a SQLite database of images and objects, and the properties that describe it.

Names of tables and columns are those of CellProfiler's ExportToDatabase. SQLite holds 2000 columns in a table: where
all kinds of objects together have more, each has a table and a properties file of its own.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import polars as pl

from swanneck.exports.single_cells import PlateCells, describe_wells, list_features
from swanneck.foundation.errors import InputError, StorageError
from swanneck.foundation.files import TEMPORARY_SUFFIX, write_atomically

__all__ = ["ImagePaths", "write_cellprofiler_analyst"]

ImagePaths = Mapping[tuple[str, str, int], Mapping[str, Path]]
"""Plate, well and field of an image -> channel -> file."""

_MOST_COLUMNS = 1990
_COLOURS = ("blue", "green", "red", "magenta", "cyan", "yellow", "gray")
_PLATE_TYPES = (6, 24, 96, 384, 1536, 5600)


def write_cellprofiler_analyst(
    plates: Iterable[PlateCells], out: Path, *, name: str = "screen", images: ImagePaths | None = None
) -> list[Path]:
    """Write `<name>.db` and `<name>.properties` (or `<name>_Nuclei.properties`, ...) below `out`; give their paths.

    `images` says where the images lie; without it the program shows no pictures. All fields are in the table of images,
    used cells in that of objects.

    Raises `InputError` where one kind of object has more columns than SQLite holds, `StorageError` where `out` cannot
    be written.
    """
    plates = list(plates)
    features = list_features(plates[0].cells.collect_schema().names()) if plates else []
    tables = _divide(features)
    numbered = _number_images(plates, images or {})
    database = out / f"{name}.db"
    temporary = database.with_name(database.name + TEMPORARY_SUFFIX)
    try:
        out.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        with closing(sqlite3.connect(temporary)) as connection, connection:
            _fill(connection, "Per_Image", numbered)
            for plate in plates:
                _write_objects(connection, plate, numbered, tables)
            for table in tables:
                connection.execute(f"CREATE INDEX {table}_of_image ON {table} (ImageNumber, ObjectNumber)")
        temporary.replace(database)
    except (OSError, sqlite3.OperationalError) as error:
        problem = f"cannot write {database.name}: {error}"
        raise StorageError(problem, where=str(out), remedy="Choose a folder that you may write to") from error
    written = [database]
    wells = pl.concat([plate.wells.select("plate", "well") for plate in plates]) if plates else pl.DataFrame()
    for table, columns in tables.items():
        own = name if len(tables) == 1 else f"{name}_{table.removeprefix('Per_')}"
        text = _describe(table, columns, database.name, images=numbered, wells=wells)
        path = out / f"{own}.properties"
        write_atomically(path, text.encode())
        written.append(path)
    return written


def _divide(features: list[str]) -> dict[str, list[str]]:
    if len(features) <= _MOST_COLUMNS:
        return {"Per_Object": features}
    kinds: dict[str, list[str]] = {}
    for feature in features:
        kinds.setdefault(f"Per_{feature.split('_')[0]}", []).append(feature)
    for table, columns in kinds.items():
        if len(columns) > _MOST_COLUMNS:
            problem = (
                f"{table.removeprefix('Per_')} have {len(columns)} features, and a SQLite table holds {_MOST_COLUMNS}"
            )
            raise InputError(problem, remedy="Measure fewer modules, or export to pycytominer or CSV")
    return kinds


def _number_images(plates: list[PlateCells], paths: ImagePaths) -> pl.DataFrame:
    """Give the table of images: numbers from 1 on, metadata, counts, and where the files are."""
    tables = []
    for plate in plates:
        fields = plate.fields.select(
            pl.lit(plate.name).alias("Image_Metadata_Plate"),
            pl.col("well").alias("Image_Metadata_Well"),
            pl.col("field").cast(pl.Int64).alias("Image_Metadata_Site"),
            pl.col("cell_count").cast(pl.Int64).alias("Image_Count_Cells"),
            pl.col("status").alias("Image_Metadata_status"),
        )
        wells = describe_wells(plate.wells).drop("Metadata_Plate", "Metadata_status", strict=False)
        wells = wells.rename({column: f"Image_{column}" for column in wells.columns})
        tables.append(fields.join(wells, on="Image_Metadata_Well", how="left", maintain_order="left"))
    if not tables:
        return pl.DataFrame(schema={"ImageNumber": pl.Int64})
    table = pl.concat(tables, how="diagonal").with_row_index("ImageNumber", offset=1)
    table = table.with_columns(pl.col("ImageNumber").cast(pl.Int64))
    keys = table.select("Image_Metadata_Plate", "Image_Metadata_Well", "Image_Metadata_Site").rows()
    channels = sorted({channel for files in paths.values() for channel in files})
    for channel in channels:
        files = [paths.get(key, {}).get(channel) for key in keys]
        table = table.with_columns(
            pl.Series(f"Image_PathName_{channel}", [file and str(file.parent) for file in files], pl.String),
            pl.Series(f"Image_FileName_{channel}", [file and file.name for file in files], pl.String),
        )
    return table


def _write_objects(
    connection: sqlite3.Connection, plate: PlateCells, images: pl.DataFrame, tables: Mapping[str, list[str]]
) -> None:
    numbers = images.filter(pl.col("Image_Metadata_Plate") == plate.name).select(
        "ImageNumber", well="Image_Metadata_Well", field="Image_Metadata_Site"
    )
    # Well by well: a plate of cells with thousands of columns does not fit into memory.
    for (well,), part in numbers.group_by("well", maintain_order=True):
        cells = plate.used_cells.filter(pl.col("well") == well).collect()
        cells = cells.join(part, on=["well", "field"], how="inner", maintain_order="left")
        for table, features in tables.items():
            own = cells.select("ImageNumber", pl.col("cell").alias("ObjectNumber"), *features)
            _fill(connection, table, own)


def _fill(connection: sqlite3.Connection, name: str, table: pl.DataFrame) -> None:
    quoted = {column: column.replace('"', '""') for column in table.columns}
    columns = [f'"{quoted[column]}" {_sql_kind(kind)}' for column, kind in table.schema.items()]
    connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)})")
    marks = ", ".join("?" * table.width)
    connection.executemany(f"INSERT INTO {name} VALUES ({marks})", table.fill_nan(None).iter_rows())


def _sql_kind(kind: pl.DataType) -> str:
    if kind.is_float():
        return "REAL"
    return "INTEGER" if kind.is_integer() or kind == pl.Boolean else "TEXT"


def _describe(table: str, features: list[str], database: str, *, images: pl.DataFrame, wells: pl.DataFrame) -> str:
    """Write the properties: one `key = value` per line, lists with commas."""
    channels = [name.removeprefix("Image_FileName_") for name in images.columns if name.startswith("Image_FileName_")]
    centre = next((name for name in features if name.endswith("_Location_Center_X")), "")
    size = next((count for count in _PLATE_TYPES if count >= wells.group_by("plate").len()["len"].max()), 96)  # type: ignore[operator]
    lines = {
        "db_type": "sqlite",
        "db_sqlite_file": database,
        "image_table": "Per_Image",
        "object_table": table,
        "image_id": "ImageNumber",
        "object_id": "ObjectNumber",
        "plate_id": "Image_Metadata_Plate",
        "well_id": "Image_Metadata_Well",
        "series_id": "",
        "group_id": "",
        "cell_x_loc": centre,
        "cell_y_loc": centre.removesuffix("X") + "Y" if centre else "",
        "image_path_cols": ",".join(f"Image_PathName_{channel}" for channel in channels),
        "image_file_cols": ",".join(f"Image_FileName_{channel}" for channel in channels),
        "image_names": ",".join(channels),
        "image_channel_colors": ",".join(_COLOURS[at % len(_COLOURS)] for at in range(len(channels))),
        "channels_per_image": ",".join("1" for _ in channels),
        "object_name": "cell,cells",
        "plate_type": str(size),
        "well_format": "A01",
        "classifier_ignore_columns": "ImageNumber,ObjectNumber,.*Location.*,.*Parent.*,.*Children.*,.*ObjectNumber.*",
        "image_tile_size": "50",
        "image_size": "",
        "process_3D": "False",
        "classification_type": "object",
    }
    return "".join(f"{key} = {value}".rstrip() + "\n" for key, value in lines.items())

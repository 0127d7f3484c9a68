"""Tables of profiles: which columns are features, which are words about the sample, and how they are read."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError

__all__ = ["code_columns", "feature_columns", "feature_matrix", "join_features", "profile_matrix", "read_profiles"]

_COMPARTMENTS = ("Cells_", "Nuclei_", "Cytoplasm_")
_IDENTITY = {
    "plate", "well", "field", "cell", "compound", "concentration_molar", "role", "control_name", "replicate", "batch",
    "cell_line", "status", "reason", "n_fields", "cell_count", "ImageNumber", "ObjectNumber",
}  # fmt: skip
_ROWS = 1024
_COLUMNS = 50
_MISSING = ["", "NA", "NaN", "nan", "null", "None"]


def read_profiles(path: Path) -> pl.DataFrame:
    """Read a table of profiles: Parquet, or comma- or tab-separated text (also gzipped).

    Raises `InputError` where the file is missing, is no such table, or names a column twice.
    """
    try:
        if path.suffix.lower() == ".parquet":
            # Some columns at a time: read at once, the file and the table would stand in memory together.
            names = list(pl.read_parquet_schema(path))
            parts = [names[first : first + _COLUMNS] for first in range(0, len(names), _COLUMNS)]
            read = [pl.read_parquet(path, columns=part, glob=False, parallel="none", low_memory=True) for part in parts]
            return pl.concat(read, how="horizontal") if read else pl.DataFrame()
        tabs = ".tsv" in path.suffixes or ".txt" in path.suffixes
        return pl.read_csv(
            path, separator="\t" if tabs else ",", null_values=_MISSING, infer_schema_length=None, glob=False
        )
    except OSError as error:
        problem = f"cannot read the profiles: {error.strerror or error}"
        raise InputError(problem, where=str(path)) from error
    except pl.exceptions.PolarsError as error:
        problem = f"this is no table of profiles: {' '.join(str(error).split())[:200]}"
        remedy = "Save it as comma-separated UTF-8 text with one line of column names, or as Parquet"
        raise InputError(problem, where=str(path), remedy=remedy) from error


def feature_columns(table: pl.DataFrame) -> list[str]:
    """List the feature columns: numbers named as CellProfiler does (`Cells_`, `Nuclei_`, `Cytoplasm_`).

    Where no column has such a name, every column of numbers counts that is neither `Metadata_...` nor an identity
    column. Raises `InputError` where there is none, and where a column with a feature's name holds text.

    >>> feature_columns(pl.DataFrame({"Metadata_Well": ["A01"], "Cells_AreaShape_Area": [1.0], "site": [3]}))
    ['Cells_AreaShape_Area']
    """
    schema = table.schema
    named = [name for name in schema if name.startswith(_COMPARTMENTS)]
    # A column without any value has no type of its own.
    texts = [name for name in named if not (schema[name].is_numeric() or schema[name] == pl.Null)]
    if texts:
        problem = f"features must be numbers, got text in {', '.join(texts[:5])}"
        raise InputError(problem, remedy="Are there decimal commas, or words for missing values?")
    numbers = [name for name, kind in schema.items() if kind.is_numeric()]
    found = named or [name for name in numbers if not name.startswith("Metadata_") and name not in _IDENTITY]
    if not found:
        problem = "the table has no feature columns"
        remedy = "Features are columns of numbers named Cells_..., Nuclei_... or Cytoplasm_..."
        raise InputError(problem, remedy=remedy)
    return found


def feature_matrix(table: pl.DataFrame, features: Sequence[str]) -> NDArray[np.float64]:
    """Give features as an array with a row per feature and a column per profile; missing and infinite are NaN."""
    chosen = table.select(pl.col(list(features)).cast(pl.Float64))
    values = np.ascontiguousarray(chosen.to_numpy(writable=True).T)
    values[~np.isfinite(values)] = np.nan
    return values


def profile_matrix(table: pl.DataFrame, features: Sequence[str]) -> NDArray[np.float64]:
    """Give features as an array with a row per profile and a column per feature; missing and infinite are NaN."""
    chosen = table.select(list(features))
    rows = np.empty((table.height, len(features)))
    for first in range(0, table.height, _ROWS):  # piece by piece, lest a second copy of all stand in memory
        rows[first : first + _ROWS] = chosen.slice(first, _ROWS).cast(pl.Float64).to_numpy()
    rows[~np.isfinite(rows)] = np.nan
    return rows


def join_features(table: pl.DataFrame, names: Sequence[str], values: NDArray[np.float64]) -> pl.DataFrame:
    """Give the table's other columns with new features beside them: `values` has a row per feature; NaN is missing."""
    columns = [pl.Series(name, row, nan_to_null=True) for name, row in zip(names, values, strict=True)]
    return table.drop(feature_columns(table)).hstack(columns)


def code_columns(table: pl.DataFrame, names: Sequence[str]) -> NDArray[np.int32]:
    """Number the distinct values of each column, a row per column; missing values are -1.

    Raises `InputError` where the table lacks a column.

    >>> code_columns(pl.DataFrame({"compound": ["a", "b", None, "a"]}), ["compound"]).tolist()
    [[0, 1, -1, 0]]
    """
    absent = [name for name in names if name not in table.columns]
    if absent:
        known = [name for name in table.columns if name.startswith("Metadata_") or name in _IDENTITY] or table.columns
        problem = f"the profiles have no column {', '.join(map(repr, absent))}"
        raise InputError(problem, remedy=f"There are: {', '.join(known[:12])}")
    codes = np.full((len(names), table.height), -1, dtype=np.int32)
    for row, name in enumerate(names):
        known_value = table[name].is_not_null().to_numpy()
        ranks = table.select((pl.col(name).rank("dense") - 1).fill_null(-1).cast(pl.Int32)).to_series().to_numpy()
        codes[row] = np.where(known_value, ranks, -1)
    return codes

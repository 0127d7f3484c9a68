"""AnnData: a matrix of features with what is known of rows and columns, as scanpy and its like read it."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl

from swanneck.exports.single_cells import list_features
from swanneck.foundation.errors import SettingsError, StorageError
from swanneck.foundation.files import TEMPORARY_SUFFIX

__all__ = ["check_anndata", "write_anndata"]


def check_anndata() -> None:
    """Raise `SettingsError` where the package anndata is not installed."""
    if find_spec("anndata") is None:
        problem = "AnnData files need the package anndata, which is not installed"
        raise SettingsError(problem, remedy="Install it: pip install 'swanneck[anndata]'")


def write_anndata(table: pl.DataFrame, path: Path) -> None:
    """Write a table with `Metadata_` columns as `.h5ad`: features in X, the rest in obs, places in `obsm["spatial"]`.

    `var` says of each feature its kind of object, its module and, where there is one, its channel's name. Missing
    values are NaN.

    Raises `SettingsError` where anndata is not installed, `StorageError` where the file cannot be written.
    """
    check_anndata()
    import anndata  # noqa: PLC0415 - an optional package, slow to load
    import pandas as pd  # noqa: PLC0415 - anndata brings it

    features = list_features(table.columns)
    known = {
        name.removeprefix("Metadata_"): pd.Categorical(values.to_list())
        if values.dtype in (pl.String, pl.Null)
        else values.to_numpy()
        for name, values in zip(table.columns, table.get_columns(), strict=True)
        if name not in features
    }
    rows = [str(number) for number in range(table.height)]
    parts = [name.split("_") for name in features]
    matrix = anndata.AnnData(
        X=table.select(pl.col(features).cast(pl.Float64).fill_null(np.nan)).to_numpy(),
        obs=pd.DataFrame(known, index=rows),
        var=pd.DataFrame({"object": [p[0] for p in parts], "module": [p[1] for p in parts]}, index=features),
    )
    places = [f"Nuclei_Location_Center_{axis}" for axis in "XY"]
    if set(places) <= set(features):
        matrix.obsm["spatial"] = table.select(places).to_numpy()
    temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        matrix.write_h5ad(temporary)
        temporary.replace(path)
    except OSError as error:
        problem = f"cannot write {path.name}: {error}"
        raise StorageError(problem, where=str(path.parent), remedy="Choose a folder that you may write to") from error

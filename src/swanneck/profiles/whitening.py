"""Sphering and batches: what varies among untreated wells is nuisance; it is scaled down and aligned over batches.

Sphering (whitening) makes the control profiles uncorrelated with unit variance (Kessy et al. 2018, Am Stat 72:309).
Batches are aligned on their controls: location and scale, or their covariance too (CORAL: Sun et al. 2016, AAAI;
for cell images Ando et al. 2017, bioRxiv 161422).
"""

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.profiles.similarity import check_complete
from swanneck.profiles.tables import feature_columns, join_features, profile_matrix

__all__ = ["Sphering", "align_batches", "sphere_profiles"]


class Sphering(Settings):
    """How controls are made round.

    `method`: `zca_cor` stays closest to the features (their names keep their meaning), `pca` turns to principal
    components. `regularisation` is added to each eigenvalue of the controls' correlation matrix, as a share of the
    mean eigenvalue: directions that the few controls do not span would otherwise be blown up; of the order of 0.01 to
    1 in published work (Ando et al. 2017). `fewest`: of fewer controls no covariance is estimated.
    """

    method: Literal["zca_cor", "pca"] = "zca_cor"
    regularisation: float = 0.1
    fewest: int = 8


def sphere_profiles(table: pl.DataFrame, reference: pl.Expr, settings: Sphering | None = None) -> pl.DataFrame:
    """Sphere all profiles by the covariance of the reference profiles; features keep their names (`zca_cor`).

    Raises `InputError` where a value is missing, a feature does not vary among the references, or these are few.

    >>> rng = np.random.default_rng(1)
    >>> table = pl.DataFrame(rng.normal(size=(50, 2)) @ [[2.0, 1.5], [0.0, 1.0]], schema=["Cells_a", "Cells_b"])
    >>> done = sphere_profiles(table, pl.lit(True), Sphering(regularisation=0.0))
    >>> abs(round(float(np.corrcoef(done.to_numpy().T)[0, 1]), 6))
    0.0
    """
    settings = settings or Sphering()
    names = feature_columns(table)
    rows = profile_matrix(table, names)
    check_complete(rows, names)
    controls = rows[_mask(table, reference)]
    _check_controls(controls, settings.fewest, "all profiles")
    centre, spread = controls.mean(axis=0), controls.std(axis=0, ddof=1)
    flat = [name for name, value in zip(names, spread, strict=True) if value == 0]
    if flat:
        problem = f"{len(flat)} features do not vary among the reference profiles"
        raise InputError(problem, where=", ".join(flat[:3]), remedy="Select features first")
    whitener, _ = _roots(np.atleast_2d(np.corrcoef(controls.T)), settings.regularisation, settings.method)
    sphered = ((rows - centre) / spread) @ whitener
    kept = names if settings.method == "zca_cor" else [f"Cells_Component_{place + 1}" for place in range(len(names))]
    return join_features(table, kept, sphered.T)


def align_batches(
    table: pl.DataFrame, batch: str, reference: pl.Expr, *, method: Literal["scale", "coral"] = "scale", fewest: int = 8
) -> pl.DataFrame:
    """Align batches on their reference profiles: the same mean and spread, with `coral` the same covariance.

    The targets are the means over batches. Raises `InputError` where a batch has fewer than `fewest` references.

    >>> table = pl.DataFrame({"batch": ["a"] * 9 + ["b"] * 9, "Cells_x": [*range(9), *range(100, 109)]})
    >>> align_batches(table, "batch", pl.lit(True)).group_by("batch").agg(pl.col("Cells_x").mean())["Cells_x"].to_list()
    [54.0, 54.0]
    """
    names = feature_columns(table)
    rows = profile_matrix(table, names)
    check_complete(rows, names)
    if batch not in table.columns or table[batch].null_count():
        problem = f"every profile needs a value in the column of batches {batch!r}"
        raise InputError(problem, remedy="Name the column of batches, or fill it in")
    chosen = _mask(table, reference)
    labels = table[batch].to_numpy()
    batches = list(dict.fromkeys(labels.tolist()))
    own = {name: rows[chosen & (labels == name)] for name in batches}
    for name, controls in own.items():
        _check_controls(controls, fewest, f"{batch} {name}")
    centre = np.mean([controls.mean(axis=0) for controls in own.values()], axis=0)
    spread = np.mean([controls.std(axis=0, ddof=1) for controls in own.values()], axis=0)
    aligned = np.empty_like(rows)
    scaled = {
        name: (controls - controls.mean(axis=0)) / np.where((s := controls.std(axis=0, ddof=1)) > 0, s, 1.0)
        for name, controls in own.items()
    }
    target = np.mean([np.atleast_2d(np.cov(part.T)) for part in scaled.values()], axis=0)
    _, colour = _roots(target, 1.0, "zca_cor")
    for name, controls in own.items():
        members = labels == name
        deviation = controls.std(axis=0, ddof=1)
        unit = (rows[members] - controls.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
        if method == "coral":
            unit = unit @ _roots(np.atleast_2d(np.cov(scaled[name].T)), 1.0, "zca_cor")[0] @ colour
        aligned[members] = unit * spread + centre
    return join_features(table, names, aligned.T)


def _roots(
    matrix: NDArray[np.float64], regularisation: float, method: Literal["zca_cor", "pca"]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the inverse square root and the square root of a covariance, a share of its mean eigenvalue added."""
    values, vectors = np.linalg.eigh(matrix)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    values = values + max(regularisation, 1e-9) * values.mean() if regularisation else np.maximum(values, 1e-9)
    whitener, colour = vectors / np.sqrt(values), vectors * np.sqrt(values)
    return (whitener, colour.T) if method == "pca" else (whitener @ vectors.T, colour @ vectors.T)


def _mask(table: pl.DataFrame, reference: pl.Expr) -> NDArray[np.bool_]:
    return table.select(pl.repeat(True, table.height) & reference.fill_null(False)).to_series().to_numpy()


def _check_controls(controls: NDArray[np.float64], fewest: int, where: str) -> None:
    if len(controls) < fewest:
        problem = f"{fewest} reference profiles are needed, got {len(controls)}"
        raise InputError(problem, where=where, remedy="Name more reference wells, or leave this step out")

"""Scores of single-dose and RNAi screens: how far a well lies from its plate's reference, after position and logarithm.

    percent_of_control   100 x / negative
    npi                  100 (negative - x) / (negative - positive), normalised percent inhibition
    z                    (x - mean) / standard deviation           of the reference wells
    robust_z             (x - median) / 1.4826 MAD                 of the reference wells
    b_score              what median polish leaves, divided by its MAD (Brideau et al. 2003, J Biomol Screen 8:634)

Malo et al. 2006 (Nat Biotechnol 24:167) and Birmingham et al. 2009 (Nat Methods 6:569) compare them.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.foundation.wells import plate_shape, well_position
from swanneck.statistics.location import mad_deviation, median
from swanneck.statistics.position import diffuse_from_edge, median_polish, smooth_surface

__all__ = ["ScoreSettings", "check_scores", "correct_position", "score_plates", "summarise_replicates"]

Array = NDArray[np.float64]


class ScoreSettings(Settings):
    """How wells are scored.

    - `method`: see the module.
    - `logarithm`: take log2 first, where noise grows with the signal; values must be positive, others are missing.
    - `position`: take away what the place adds, by `median_polish`, `loess` (through all samples), `controls` (loess
      through the negative controls) or `edge_diffusion` (Carralot et al. 2012).
    - `reference`: the wells that z scores refer to: `sample` where most samples do nothing, else `negative_control`; or
      `all` wells that are there, as the first genome-wide screens did.
    - `within`: a column: wells are scored within each of its values, a plate or a batch of plates.
    - `higher_is_lower`: turn z, robust z and B scores round, so that a hit that lowers the readout scores high.
    """

    method: Literal["percent_of_control", "npi", "z", "robust_z", "b_score"] = "robust_z"
    logarithm: bool = False
    position: Literal["none", "median_polish", "loess", "controls", "edge_diffusion"] = "none"
    reference: Literal["sample", "negative_control", "all"] = "sample"
    within: str = "plate"
    higher_is_lower: bool = False


def score_plates(wells: pl.DataFrame, readout: str, settings: ScoreSettings | None = None) -> pl.DataFrame:
    """Add `<readout>_score` and `<readout>_score_reference`, which says what each score refers to.

    `wells` has `plate`, `well`, `role`, the readout, and the column of `within`; a `status` of `failed` leaves a well
    out. Where the reference is missing or does not vary, scores are null and the reference says why.

    Raises `InputError` where a column is missing.

    >>> wells = pl.DataFrame({"plate": ["P"] * 5, "well": [f"A0{n}" for n in range(1, 6)], "role": ["sample"] * 5,
    ...                       "x": [1.0, 2.0, 3.0, 4.0, 90.0]})
    >>> score_plates(wells, "x")["x_score"].round(2).to_list()
    [-1.35, -0.67, 0.0, 0.67, 58.68]
    """
    settings = settings or ScoreSettings()
    missing = [name for name in ("plate", "well", "role", readout, settings.within) if name not in wells.columns]
    if missing:
        problem = f"the table has no column {missing[0]!r}; it has {', '.join(wells.columns)}"
        raise InputError(problem)
    value = pl.col(readout).cast(pl.Float64)
    if settings.logarithm:
        value = pl.when(value > 0).then(value.log(2))
    usable = value.is_finite() & (pl.col("status") != "failed" if "status" in wells.columns else pl.lit(True))
    prepared = wells.with_columns(pl.when(usable).then(value).alias("_value")).with_row_index("_row")
    position = "median_polish" if settings.method == "b_score" else settings.position
    if position != "none":
        prepared = pl.concat(
            correct_position(plate, position) for _, plate in prepared.group_by("plate", maintain_order=True)
        )
    parts = [_score(part, settings) for _, part in prepared.group_by(settings.within, maintain_order=True)]
    scored = pl.concat(parts).sort("_row").drop("_row", "_value")
    return scored.rename({"_score": f"{readout}_score", "_reference": f"{readout}_score_reference"})


def correct_position(plate: pl.DataFrame, position: str) -> pl.DataFrame:
    """Take away from one plate's `_value` what the place of its wells adds; too few wells are left as they are.

    No well is corrected by more than the wells that the effect was learnt from: controls at the edge of a plate whose
    samples are further in would otherwise be moved by what nobody saw.
    """
    shape = plate_shape(plate["well"].to_list())
    rows, columns = np.array([well_position(well) for well in plate["well"]]).T
    values = plate["_value"].to_numpy()
    role = "negative_control" if position == "controls" else "sample"
    bearing = np.full(shape, np.nan)
    chosen = (plate["role"] == role).to_numpy()
    bearing[rows[chosen], columns[chosen]] = values[chosen]
    try:
        effect = _EFFECTS[position](bearing)
    except InputError:
        return plate
    seen = effect[np.isfinite(bearing)]
    return plate.with_columns(pl.Series("_value", values - np.clip(effect[rows, columns], seen.min(), seen.max())))


_EFFECTS: dict[str, Callable[[Array], Array]] = {
    "median_polish": median_polish,
    "loess": smooth_surface,
    "controls": lambda plate: smooth_surface(plate, span=1.0),
    "edge_diffusion": lambda plate: diffuse_from_edge(plate)[0],
}


def _score(part: pl.DataFrame, settings: ScoreSettings) -> pl.DataFrame:
    values = part["_value"].to_numpy()
    groups = {
        role: values[(part["role"] == role).to_numpy() & np.isfinite(values)]
        for role in ("negative_control", "positive_control", "sample")
    } | {"all": values[np.isfinite(values)]}
    name = settings.reference if settings.method in ("z", "robust_z", "b_score") else "negative_control"
    reference = groups[name]
    zero, unit, words = _scale(reference, groups["positive_control"], settings)
    told = f"{words} of {reference.size} {name.replace('_', ' ')} wells"
    if settings.method == "npi":
        told += f" is 0, of {groups['positive_control'].size} positive control wells 100"
    if not (np.isfinite(unit) and unit != 0 and np.isfinite(zero)):
        told = f"not scored: {reference.size} {name.replace('_', ' ')} wells that do not tell a scale"
        scores = np.full(values.size, np.nan)
    else:
        turned = -1.0 if settings.higher_is_lower and settings.method in ("z", "robust_z", "b_score") else 1.0
        scores = turned * (values - zero) / unit
    told += f" within {settings.within} {part[settings.within][0]}"
    return part.with_columns(pl.Series("_score", scores).fill_nan(None), pl.lit(told).alias("_reference"))


def _scale(reference: Array, positive: Array, settings: ScoreSettings) -> tuple[float, float, str]:
    """Give what a score of 0 is, what a score of 1 more is, and the words for it."""
    if not reference.size:
        return np.nan, np.nan, "nothing"
    if settings.method == "percent_of_control":
        return 0.0, median(reference) / 100, "100 % is the median"
    if settings.method == "npi":
        return median(reference), (median(positive) - median(reference)) / 100, "median"
    if settings.method == "z":
        spread = float(reference.std(ddof=1)) if reference.size > 1 else np.nan
        return float(reference.mean()), spread, "mean and standard deviation"
    return median(reference), mad_deviation(reference), "median and MAD"


def check_scores(scored: pl.DataFrame, readout: str, settings: ScoreSettings) -> pl.DataFrame:
    """Show where the controls of each plate landed: a self-check that the scale is what it says.

    Gives one row per value of `within` and kind of control: `n`, `median`, and `expected` (0 and 100 for NPI, 100 for
    percent of control, null for z scores of samples), with `ok` where they agree to 1e-6.
    """
    expected = {
        "npi": {"negative_control": 0.0, "positive_control": 100.0}, "percent_of_control": {"negative_control": 100.0},
    }.get(settings.method, {"negative_control": 0.0} if settings.reference == "negative_control" else {})  # fmt: skip
    centre = pl.col(f"{readout}_score").mean() if settings.method == "z" else pl.col(f"{readout}_score").median()
    controls = scored.filter(pl.col("role").is_in(["negative_control", "positive_control"]))
    if "status" in scored.columns:
        controls = controls.filter(pl.col("status") != "failed")
    table = controls.group_by(settings.within, "role", maintain_order=True).agg(
        pl.col(f"{readout}_score").count().alias("n"), centre.alias("centre")
    )
    wanted = pl.col("role").replace_strict(expected, default=None, return_dtype=pl.Float64)
    return table.with_columns(wanted.alias("expected")).with_columns(
        ((pl.col("centre") - pl.col("expected")).abs() < 1e-6).alias("ok")
    )


def summarise_replicates(scored: pl.DataFrame, keys: list[str], value: str) -> pl.DataFrame:
    """Summarise replicates of `keys`: mean, median, standard deviation, range and number of values that are there.

    >>> table = pl.DataFrame({"gene": ["a", "a", "b"], "score": [1.0, 3.0, None]})
    >>> summarise_replicates(table, ["gene"], "score").rows()
    [('a', 2.0, 2.0, 1.4142135623730951, 2.0, 2), ('b', None, None, None, None, 0)]
    """
    column = pl.col(value).cast(pl.Float64).fill_nan(None)
    return scored.group_by(keys, maintain_order=True).agg(
        column.mean().alias(f"{value}_mean"), column.median().alias(f"{value}_median"),
        column.std().alias(f"{value}_deviation"), (column.max() - column.min()).alias(f"{value}_range"),
        column.count().cast(pl.Int64).alias("n_replicates"),
    )  # fmt: skip

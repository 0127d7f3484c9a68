"""Surfaces of dose pairs: effects of two drugs together, on a scale where the baseline is 0 and full effect is 1."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.statistics.variance import share_variances

__all__ = ["CombinationSettings", "Surface", "average", "make_surface", "scale_effects", "share_noise"]

Array = NDArray[np.float64]


class CombinationSettings(Settings):
    """How a combination is read and scored.

    - `response`: `inhibition` (percent; 0 is no effect, 100 full) or `viability` (percent of untreated; 100 is none).
    - `baseline`: the response at zero dose of both drugs: `measured` takes the mean of these wells, `nominal` 0 or 100.
    - `confidence`, `resamples`, `seed`: of the bootstrap.
    - `flat_p_value`: a single drug whose response to dose is no surer than this is flat.
    """

    response: Literal["inhibition", "viability"] = "inhibition"
    baseline: Literal["measured", "nominal"] = "measured"
    confidence: float = 0.95
    resamples: int = 200
    seed: int = 1
    flat_p_value: float = 0.05


@dataclass(frozen=True)
class Surface:
    """Effects of dose pairs: `replicates[r, i, j]` at dose i of drug a and j of drug b, NaN where not measured.

    The first dose of each drug is 0. `baseline` is the response that effect 0 stands for, in the table's own units, and
    `baseline_from` says where it comes from. `units` are those of the doses, empty where they are not known.
    """

    drugs: tuple[str, str]
    doses: tuple[Array, Array]
    replicates: Array
    baseline: float
    baseline_from: str
    units: tuple[str, str] = ("", "")

    @property
    def effects(self) -> Array:
        """Mean effect of each dose pair."""
        return average(self.replicates)

    @property
    def n_replicates(self) -> int:
        """The most values that any dose pair has."""
        return int(self.replicates.shape[0])


def average(replicates: Array) -> Array:
    """Give the mean over replicates; NaN where there are none."""
    known = np.isfinite(replicates)
    count = known.sum(axis=0)
    total = np.where(known, replicates, 0.0).sum(axis=0)
    mean: Array = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean


def share_noise(replicates: Array) -> tuple[Array, Array]:
    """Give the standard deviation of replicates (first axis) at each place, with its degrees of freedom.

    A few replicates say little about their own noise: each variance is drawn towards what all places share (Smyth 2004,
    Stat Appl Genet Mol Biol 3:3). A place with one value has the shared one. 0 where no place has two values.

    >>> deviation, freedom = share_noise(np.array([[1.0, 5.0, 3.0, 0.0], [1.2, 5.2, 3.1, 0.3], [0.9, 5.1, 2.8, 0.2]]))
    >>> bool((deviation > 0.1).all() and (deviation < 0.2).all() and (freedom > 2).all())
    True
    """
    known = np.isfinite(replicates)
    count = known.sum(axis=0)
    squares = np.where(known, replicates - average(replicates), 0.0) ** 2
    variances = squares.sum(axis=0) / np.maximum(count - 1, 1)
    shared = share_variances(variances, np.maximum(count - 1, 0))
    if shared.degrees_of_freedom == 0:  # too few places to share anything: their own variances
        return np.sqrt(variances), np.maximum(count - 1.0, 1.0)
    moderate = [
        shared.squeeze(float(one), float(n)) for one, n in zip(variances.flat, (count - 1).clip(0).flat, strict=True)
    ]
    deviation = np.sqrt([one for one, _ in moderate]).reshape(count.shape)
    return deviation, np.array([freedom for _, freedom in moderate]).reshape(count.shape)


def scale_effects(
    responses: ArrayLike, untreated: ArrayLike, settings: CombinationSettings, *, where: str = ""
) -> tuple[Array, float, str]:
    """Give responses as effects (0 at the baseline, 1 in full), the baseline, and where it comes from.

    Raises `InputError` where the baseline was not measured, or is full effect already.

    >>> effects, baseline, source = scale_effects([80.0, 30.0], [], CombinationSettings(baseline="nominal"))
    >>> effects.tolist(), baseline, source
    ([0.8, 0.3], 0.0, 'nominal')
    """
    values, none = (np.asarray(one, dtype=np.float64).ravel() for one in (responses, untreated))
    none = none[np.isfinite(none)]
    measured = settings.baseline == "measured"
    if measured and not none.size:
        problem = "the baseline was not measured: no well has dose 0 of all drugs"
        raise InputError(problem, where=where, remedy="Choose the nominal baseline, and say so where you report it")
    full, nominal = (100.0, 0.0) if settings.response == "inhibition" else (0.0, 100.0)
    baseline = float(none.mean()) if measured else nominal
    if abs(full - baseline) < 1e-9:
        problem = f"the baseline {baseline:g} is full effect already"
        raise InputError(problem, where=where, remedy="Is the response inhibition, or viability?")
    effects: Array = (values - baseline) / (full - baseline)
    wells = "1 well" if none.size == 1 else f"mean of {none.size} wells"
    return effects, baseline, f"{wells} without drug" if measured else "nominal"


def make_surface(table: pl.DataFrame, drugs: tuple[str, str], settings: CombinationSettings | None = None) -> Surface:
    """Make the surface of one combination of a table with `dose_a`, `dose_b` and `response`, one row per well.

    Rows of the same pair of doses are replicates. Responses that are missing do not count.

    Raises `InputError` where a dose is negative or missing, both drugs alone were not tested, or the baseline is.

    >>> rows = [(a, b, 100 - 10 * a - 5 * b) for a in (0.0, 1.0, 2.0, 4.0) for b in (0.0, 1.0, 3.0, 9.0)]
    >>> table = pl.DataFrame(rows, schema=["dose_a", "dose_b", "response"], orient="row")
    >>> surface = make_surface(table, ("A", "B"), CombinationSettings(response="viability"))
    >>> surface.effects[1].round(2).tolist(), surface.baseline
    ([0.1, 0.15, 0.25, 0.55], 100.0)
    """
    settings = settings or CombinationSettings()
    where = f"{drugs[0]} with {drugs[1]}"
    x, y, z = (table[name].cast(pl.Float64).to_numpy() for name in ("dose_a", "dose_b", "response"))
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or min(x.min(initial=0), y.min(initial=0)) < 0:
        problem = "a dose is negative or missing"
        raise InputError(problem, where=where, remedy="Give 0 where a drug was not added")
    kept = np.isfinite(z)
    x, y, z = x[kept], y[kept], z[kept]
    doses = np.unique(x), np.unique(y)
    if any(levels.size < 2 or levels[0] != 0 for levels in doses):
        problem = "both drugs must also be tested alone: dose 0 of one with doses of the other"
        raise InputError(problem, where=where)
    effect, baseline, told = scale_effects(z, z[(x == 0) & (y == 0)], settings, where=where)
    places = np.searchsorted(doses[0], x), np.searchsorted(doses[1], y)
    grid = np.full((1, doses[0].size, doses[1].size), np.nan)
    counts = np.zeros(grid.shape[1:], dtype=np.int64)
    for i, j, value in zip(*places, effect, strict=True):
        if counts[i, j] == grid.shape[0]:
            grid = np.concatenate([grid, np.full((1, *grid.shape[1:]), np.nan)])
        grid[counts[i, j], i, j] = value
        counts[i, j] += 1
    return Surface(drugs, doses, grid, baseline, told)

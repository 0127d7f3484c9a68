"""Readouts in units of the plate's own controls.

Percent effect, also called normalised percent inhibition (Malo et al. 2006, Nat Biotechnol 24:167):

    100 (x - negative) / (positive - negative)

with the medians of the plate's control wells, so that the negative controls' median is 0 and the positive controls'
is 100 by construction. Where a plate has no positive controls the end of the scale is taken to be 0 (no infected
cell, no cell left), which is percent of control turned round: 100 (1 - x / negative).

Viability is percent of the negative controls: 100 x / negative. They carry the same vehicle and the same infection
as the samples, so that a compound is charged only with what it does itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from swanneck.screening.scores import correct_position
from swanneck.statistics.location import mad_deviation, median

__all__ = ["ControlScale", "Position", "check_controls", "correct_readouts", "measure_controls", "normalise_plate"]

Position = Literal["none", "median_polish", "loess", "controls", "edge_diffusion"]
"""How what the place of a well adds is taken away (`scores.ScoreSettings`)."""


@dataclass(frozen=True)
class ControlScale:
    """Where one plate's controls lie on a readout, in raw units. Deviations are robust (MAD), NaN for one well."""

    negative: float
    positive: float
    negative_deviation: float
    positive_deviation: float
    n_negative: int
    n_positive: int

    @property
    def window(self) -> float:
        """The signed distance from negative to positive controls; from the negative to zero without positives."""
        return (self.positive - self.negative) if self.n_positive else -self.negative

    @property
    def reference(self) -> str:
        """Say in words which wells 0 and 100 stand for."""
        full = (
            f"median of {self.n_positive} positive control wells" if self.n_positive else "zero (no positive controls)"
        )
        return f"0 % = median of {self.n_negative} negative control wells; 100 % = {full}"


def measure_controls(wells: pl.DataFrame, readout: str) -> ControlScale:
    """Measure location and scale of one plate's control wells on a readout; failed wells do not count."""
    usable = wells.filter((pl.col("status") != "failed") & pl.col(readout).is_finite())
    negative, positive = (
        usable.filter(pl.col("role") == role)[readout].to_numpy() for role in ("negative_control", "positive_control")
    )
    return ControlScale(
        median(negative), median(positive), mad_deviation(negative), mad_deviation(positive),
        negative.size, positive.size,
    )  # fmt: skip


def normalise_plate(wells: pl.DataFrame, readout: str, *, as_viability: bool = False) -> pl.DataFrame:
    """Add one plate's normalised readout: `<readout>_inhibition`, or `<readout>_viability` as percent of negatives.

    The column `<readout>_reference` names the wells that it refers to. Without negative controls, or where the
    controls do not differ, the new column is null.

    >>> wells = pl.DataFrame({
    ...     "role": ["negative_control", "positive_control", "sample"], "status": ["ok"] * 3, "x": [0.5, 0.1, 0.2],
    ... })
    >>> normalise_plate(wells, "x")["x_inhibition"].round(1).to_list()
    [0.0, 100.0, 75.0]
    """
    controls = measure_controls(wells, readout)
    value = pl.col(readout)
    if as_viability:
        name = f"{readout}_viability"
        scaled = 100 * value / controls.negative if controls.n_negative and controls.negative > 0 else pl.lit(None)
        reference = f"100 % = median of {controls.n_negative} negative control wells"
    else:
        name = f"{readout}_inhibition"
        known = controls.n_negative > 0 and controls.window != 0
        # This way round an untreated well is 0, never -0.
        scaled = 100 * (controls.negative - value) / -controls.window if known else pl.lit(None)
        reference = controls.reference
    return wells.with_columns(scaled.cast(pl.Float64).alias(name), pl.lit(reference).alias(f"{readout}_reference"))


def correct_readouts(plate: pl.DataFrame, readouts: Sequence[str], position: Position) -> pl.DataFrame:
    """Take away from one plate's readouts what the place of a well adds; `<readout>_position_effect` is what went.

    With `none`, and where too few wells bear on it, the effect is 0. Failed wells do not bear on it.
    """
    if position == "none":
        return plate
    for name in readouts:
        usable = (pl.col("status") != "failed") & pl.col(name).is_finite()
        value = pl.when(usable).then(pl.col(name).cast(pl.Float64))
        valued = plate.with_columns(value.alias("_value"))
        corrected = correct_position(valued, position)
        effect = (valued["_value"] - corrected["_value"]).fill_null(0.0).alias(f"{name}_position_effect")
        plate = plate.with_columns(effect, (pl.col(name) - effect).alias(name))
    return plate


def check_controls(plate: pl.DataFrame, normalised: str, readout: str) -> dict[str, float | None]:
    """Say where one plate's control wells landed on the normalised scale: a self-check that it is what it says.

    Gives the medians of usable negative and positive controls, 0 and 100 where all is well; null without such wells.

    >>> plate = pl.DataFrame({"role": ["negative_control"], "status": ["ok"], "x": [0.4], "x_inhibition": [0.0]})
    >>> check_controls(plate, "x_inhibition", "x")
    {'negative_control_percent': 0.0, 'positive_control_percent': None}
    """
    usable = plate.filter((pl.col("status") != "failed") & pl.col(readout).is_finite())
    found = {}
    for role in ("negative_control", "positive_control"):
        landed = usable.filter(pl.col("role") == role)[normalised].drop_nulls()
        found[f"{role}_percent"] = median(landed.to_numpy()) if landed.len() else None
    return found

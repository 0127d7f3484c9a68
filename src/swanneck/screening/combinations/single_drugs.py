"""The drugs of a combination alone: their curves, and whether these can bear what is asked of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import InputError
from swanneck.statistics.fitting import FitSettings, FittedCurve, fit_curve

__all__ = ["SingleDrug", "fit_single_drug"]

Array = NDArray[np.float64]

_NO_EFFECT = 0.1  # a tenth of the full effect: less is none, as replicates of viability assays differ by about as much


@dataclass(frozen=True)
class SingleDrug:
    """A drug alone: effect = top / (1 + (midpoint / dose)^slope), with zero effect at dose 0.

    `kind` is `curve`; `flat` (no response to dose: the drug counts as inert); `unresolved` (there is an effect, but the
    doses do not show where it sets in: its dose for a smaller effect is not known, and is not extrapolated);
    `not_monotone` (effect rises and falls, or is negative); `too_few` doses. `reason` says it in words.
    """

    name: str
    kind: str
    reason: str
    top: float
    midpoint: float
    slope: float
    doses: Array
    observed: Array

    def effect(self) -> Array:
        """Fitted effects at the tested doses; those observed where no curve was fitted, 0 where the drug is flat."""
        if self.kind == "flat":
            return np.zeros_like(self.observed)
        if self.kind in ("not_monotone", "too_few"):
            return self.observed
        with np.errstate(divide="ignore"):
            fitted: Array = self.top / (1 + (self.midpoint / self.doses) ** self.slope)
        return fitted

    def dose_for(self, effect: Array) -> Array:
        """The dose that alone has this effect; infinite where the drug never reaches it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            dose = self.midpoint * (effect / (self.top - effect)) ** (1 / self.slope)
        reached = (effect < self.top) & (self.kind == "curve")
        return np.where(effect <= 0, 0.0, np.where(reached, dose, np.inf))


def fit_single_drug(name: str, doses: Array, replicates: Array, flat_p_value: float = 0.05) -> SingleDrug:
    """Fit a drug alone; `replicates` has one row per replicate and one column per dose, the first of which is 0.

    >>> doses = np.array([0.0, 0.1, 0.3, 1, 3, 10])
    >>> fit_single_drug("A", doses, (0.9 * doses / (doses + 1))[None]).kind
    'curve'
    >>> fit_single_drug("A", doses, np.array([[0.0, 0.02, -0.01, 0.01, -0.02, 0.03]])).kind
    'flat'
    """
    known = np.isfinite(replicates)
    count = known.sum(axis=0)
    observed = np.where(known, replicates, 0.0).sum(axis=0) / np.maximum(count, 1)
    observed[count == 0] = np.nan
    x, y = np.broadcast_to(doses, replicates.shape)[known], replicates[known]

    def single(kind: str, reason: str, curve: FittedCurve | None = None, top: float = np.nan) -> SingleDrug:
        values = {key: one.estimate for key, one in curve.parameters.items()} if curve else {}
        height = values.get("d", top)
        return SingleDrug(
            name, kind, reason, height, values.get("e", np.nan), -values.get("b", np.nan), doses, observed
        )

    strongest = float(np.nanmax(np.abs(observed)))
    if strongest < 1e-9:
        return single("flat", f"{name} alone has no effect")
    try:
        curve = _fit(x, y, doses)
    except InputError as error:
        return single("too_few", f"{name} alone: {error.problem}")
    unsure = curve.p_value is None or curve.p_value > flat_p_value
    if strongest < _NO_EFFECT or (unsure and strongest < 3 * _NO_EFFECT):
        return single("flat", f"{name} alone has no sure effect (at most {100 * strongest:.0f} %)")
    parameters = curve.parameters
    rises = parameters["b"].estimate < 0 and parameters.get("d", parameters["b"]).estimate != 0
    top = parameters["d"].estimate if "d" in parameters else 1.0
    if not rises or top <= 0 or np.nanmin(observed) < -3 * _NO_EFFECT:
        return single("not_monotone", f"{name} alone does not only inhibit with dose")
    first, last = float(doses[1]), float(doses[-1])
    midpoint = parameters["e"].estimate
    if midpoint < first:
        text = (
            f"{name} alone has reached its effect ({100 * top:.0f} %) at the lowest dose: where it sets in is not seen"
        )
        return single("unresolved", text, curve, top)
    if midpoint > last and top > 1.5 * strongest:
        text = f"{name} alone has not levelled off: its midpoint lies above the highest dose"
        return single("unresolved", text, curve, top)
    return single("curve", f"{name} alone is a curve", curve, top)


def _fit(x: Array, y: Array, doses: Array) -> FittedCurve:
    """Fit with no effect at dose 0 and at most a full one."""
    settings = FitSettings(interval="wald")
    curve = fit_curve(x, y, model="4pl", fixed={"c": 0.0}, settings=settings)
    if "d" in curve.parameters and curve.parameters["d"].estimate > 1.0:
        curve = fit_curve(x, y, model="4pl", fixed={"c": 0.0, "d": 1.0}, settings=settings)
    return curve

"""What two drugs together were to do, if they did nothing more than each alone: HSA, Bliss, Loewe, ZIP.

    HSA     the stronger of the two alone (highest single agent)
    Bliss   E_a + E_b - E_a E_b: independent action (Bliss 1939, Ann Appl Biol 26:585)
    Loewe   the effect E at which  a / D_a(E) + b / D_b(E) = 1,  D being the dose that alone has that effect: doses of
            one and the same drug (Loewe 1953, Arzneimittelforschung 3:285)
    ZIP     independence of the fitted curves, against curves fitted along both drugs (Yadav et al. 2015, Comput Struct
            Biotechnol J 13:504): neither drug changes the other's potency

Effects are shares of the full effect above the baseline.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.screening.combinations.single_drugs import SingleDrug
from swanneck.statistics.fitting import FitSettings, fit_curves

__all__ = ["expect_bliss", "expect_hsa", "expect_loewe", "fit_along", "independent"]

Array = NDArray[np.float64]


def expect_hsa(alone_a: Array, alone_b: Array) -> Array:
    """Give the stronger of the two drugs alone at each dose pair.

    >>> expect_hsa(np.array([0.0, 0.4]), np.array([0.0, 0.5])).tolist()
    [[0.0, 0.5], [0.4, 0.5]]
    """
    return np.maximum(alone_a[:, None], alone_b[None, :])


def independent(alone_a: Array, alone_b: Array) -> Array:
    """Give the effect of independent action at each dose pair.

    >>> independent(np.array([0.0, 0.4]), np.array([0.0, 0.5])).tolist()
    [[0.0, 0.5], [0.4, 0.7]]
    """
    together: Array = alone_a[:, None] + alone_b[None, :] - alone_a[:, None] * alone_b[None, :]
    return together


expect_bliss = independent


def expect_loewe(drug_a: SingleDrug, drug_b: SingleDrug) -> Array:
    """Give the effect of dose additivity at each dose pair; NaN everywhere where a drug alone cannot bear it.

    A flat drug adds nothing: the expectation is the other drug's curve. A drug whose effect stops short of what is
    expected is silent beyond its own plateau.
    """
    shape = (drug_a.doses.size, drug_b.doses.size)
    kinds = {drug_a.kind, drug_b.kind}
    if not kinds <= {"curve", "flat"}:
        return np.full(shape, np.nan)
    if kinds == {"flat"}:
        return np.zeros(shape)
    if "flat" in kinds:
        return expect_hsa(drug_a.effect(), drug_b.effect())
    low = expect_hsa(drug_a.effect(), drug_b.effect())
    high = np.full(shape, max(drug_a.top, drug_b.top))
    for _ in range(60):
        middle = 0.5 * (low + high)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = _share(drug_a.doses[:, None], drug_a.dose_for(middle)) + _share(
                drug_b.doses[None, :], drug_b.dose_for(middle)
            )
        more = share > 1
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return low


def _share(dose: Array, needed: Array) -> Array:
    return np.where(dose == 0, 0.0, dose / needed)


def fit_along(effects: Array, alone: Array, doses: Array) -> Array:
    """Fit the second drug's curve at every dose of the first, each starting from the first's effect `alone`.

    `effects[..., i, j]` is at dose i of the first and j of the second drug; `doses` are the second's. The curve at a
    dose ends at most at full effect. Where no curve can be fitted (flat rows) the values stay as they are.
    """
    left = effects - alone[..., :, None]
    rows = left.reshape(-1, doses.size)
    rows = np.where(np.arange(doses.size) == 0, 0.0, rows)
    settings = FitSettings(interval="wald")
    fits = fit_curves(doses, rows, model="4pl", fixed={"c": 0.0}, settings=settings)
    room = np.maximum(np.broadcast_to(1 - alone, effects.shape[:-1]).reshape(-1), 1e-6)
    top, middle, slope = fits.estimates["d"], fits.estimates["e"], -fits.estimates["b"]
    high = np.flatnonzero(top > room)
    if high.size:
        # In units of the room that is left, full effect is 1 for all of them.
        again = fit_curves(
            doses, rows[high] / room[high, None], model="4pl", fixed={"c": 0.0, "d": 1.0}, settings=settings
        )
        top[high], middle[high], slope[high] = room[high], again.estimates["e"], -again.estimates["b"]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        curves = top[:, None] / (1 + (middle[:, None] / doses) ** slope[:, None])
    rising = np.isfinite(top) & (slope > 0)
    fitted = np.where(rising[:, None], curves, rows)
    smooth: Array = fitted.reshape(effects.shape) + alone[..., :, None]
    return smooth

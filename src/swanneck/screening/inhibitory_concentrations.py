"""Minimum inhibitory concentrations from dilution series and growth curves.

The MIC is the lowest concentration from which on nothing grows (ISO 20776-1; CLSI M07). A well without growth below one
with growth is a skipped well: one is tolerated, more make the series unreadable (CLSI M07).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings

__all__ = ["GrowthRule", "InhibitoryConcentration", "combine_mics", "read_mic", "summarise_growth"]


class GrowthRule(Settings):
    """What counts as growth.

    - `share`: of the growth control above the blank; a tenth is about where broth looks clear.
    - `control_at_least`: growth control above the blank, in the readout's units; less is no valid series.
    - `skipped_wells`: how many are tolerated.
    """

    share: float = 0.1
    control_at_least: float = 0.1
    skipped_wells: int = 1


@dataclass(frozen=True)
class InhibitoryConcentration:
    """A MIC with its relation: `=`; `>` the highest, or `<=` the lowest concentration tested; None if unreadable."""

    mic: float | None
    relation: str
    reason: str


def read_mic(
    concentrations: ArrayLike, growth: ArrayLike, *, blank: float = 0.0, rule: GrowthRule | None = None
) -> InhibitoryConcentration:
    """Read a dilution series: `growth` (optical density, or any readout that grows) at each concentration.

    Wells at concentration 0 are the growth control. Replicates of a concentration count by their mean.

    Raises `InputError` where lengths differ, a concentration is negative or missing, or there is no growth control.

    >>> read_mic([0, 0.5, 1, 2, 4, 8], [0.9, 0.88, 0.8, 0.3, 0.02, 0.01])
    InhibitoryConcentration(mic=4.0, relation='=', reason='no growth from 4 on')
    >>> read_mic([0, 1, 2], [0.9, 0.8, 0.7]).relation, read_mic([0, 1, 2], [0.9, 0.0, 0.0]).relation
    ('>', '<=')
    """
    rule = rule or GrowthRule()
    x, y = (np.asarray(one, dtype=np.float64).ravel() for one in (concentrations, growth))
    if x.size != y.size:
        problem = f"one growth value per concentration is needed, got {y.size} for {x.size}"
        raise InputError(problem)
    if not np.isfinite(x).all() or np.any(x < 0):
        problem = "a concentration is negative or missing"
        raise InputError(problem)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)] - blank
    if not np.any(x == 0) or not np.any(x > 0):
        problem = "a dilution series needs a growth control (concentration 0) and concentrations above it"
        raise InputError(problem)
    control = float(y[x == 0].mean())
    if control < rule.control_at_least:
        return InhibitoryConcentration(None, "undefined", f"the growth control reached only {control:.3g}")
    levels = np.unique(x[x > 0])
    grown = np.array([y[x == level].mean() >= rule.share * control for level in levels])
    if not grown.any():
        return InhibitoryConcentration(float(levels[0]), "<=", "no growth at any concentration")
    last = int(np.flatnonzero(grown)[-1])
    skipped = int((~grown[:last]).sum())
    if skipped > rule.skipped_wells:
        return InhibitoryConcentration(None, "undefined", f"{skipped} skipped wells: growth above wells without")
    note = f", {skipped} skipped well below" if skipped else ""
    if last + 1 == levels.size:
        return InhibitoryConcentration(float(levels[-1]), ">", f"growth at the highest concentration{note}")
    mic = float(levels[last + 1])
    return InhibitoryConcentration(mic, "=", f"no growth from {mic:g} on{note}")


def summarise_growth(times: ArrayLike, density: ArrayLike) -> dict[str, float]:
    """Summarise a growth curve: `yield_` above the start, greatest `rate` per unit of time, `lag`, area under it.

    The rate is the steepest slope of ln density over windows of five readings, the lag where that tangent meets the
    starting density (Zwietering et al. 1990, Appl Environ Microbiol 56:1875). Give `yield_` or `area` to `read_mic`.

    Raises `InputError` for fewer than five readings or times that do not rise.

    >>> t = np.arange(0, 10, 0.5)
    >>> growth = summarise_growth(t, 0.01 + 1 / (1 + np.exp(-1.2 * (t - 5))))
    >>> round(growth["yield_"], 2), growth["rate"] > 0.8
    (0.99, True)
    """
    t, y = (np.asarray(one, dtype=np.float64).ravel() for one in (times, density))
    if t.size != y.size or t.size < 5 or np.any(np.diff(t) <= 0) or not np.isfinite(y).all():
        problem = "a growth curve needs at least five readings at rising times"
        raise InputError(problem)
    start = float(np.median(y[:3]))
    logs = np.log(np.maximum(y, max(1e-3 * float(y.max()), 1e-9)))
    slopes = [float(np.polyfit(t[k : k + 5], logs[k : k + 5], 1)[0]) for k in range(t.size - 4)]
    best = int(np.argmax(slopes))
    rate = max(slopes[best], 0.0)
    middle = best + 2
    lag = float(t[middle] - (logs[middle] - np.log(max(start, 1e-9))) / rate) if rate > 0 else float("nan")
    return {
        "yield_": float(y.max() - start), "rate": rate, "lag": max(lag, float(t[0])) if rate > 0 else lag,
        "area": float(np.trapezoid(y - start, t)),
    }  # fmt: skip


def combine_mics(found: Sequence[InhibitoryConcentration]) -> InhibitoryConcentration:
    """Give the MIC of replicates: their median, the higher of the middle two; its reason says how far they spread.

    Unreadable replicates do not count; with none left the MIC is undefined, with the first's reason.

    >>> [one] = [combine_mics([InhibitoryConcentration(mic, "=", "") for mic in (1.0, 2.0, 2.0, 8.0)])]
    >>> one.mic, one.reason
    (2.0, 'median of 4 replicates, 1 to 8: they differ by more than two dilutions')
    """
    read = sorted((one for one in found if one.mic is not None), key=_order)
    if len(found) == 1 or not read:
        return found[0]
    middle = read[len(read) // 2]
    ends = [f"{'' if one.relation == '=' else one.relation}{one.mic:g}" for one in (read[0], read[-1])]
    spread = f", {ends[0]} to {ends[1]}" if ends[0] != ends[1] else ", all equal"
    # CLSI M07 and ISO 20776-1: a test that is repeated may differ by one two-fold dilution to either side.
    wide = _order(read[-1])[0] / _order(read[0])[0] > 4  # noqa: PLR2004
    lost = f", {len(found) - len(read)} unreadable" if len(read) < len(found) else ""
    warning = ": they differ by more than two dilutions" if wide else ""
    reason = f"median of {len(read)} replicates{spread}{lost}{warning}"
    return InhibitoryConcentration(middle.mic, middle.relation, reason)


def _order(one: InhibitoryConcentration) -> tuple[float, int]:
    return float(one.mic or 0.0), {"<=": -1, "=": 0, ">": 1}.get(one.relation, 0)

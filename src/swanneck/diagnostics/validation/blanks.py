"""What a quantitative test reads in samples without the target, and what it needs to tell from that (CLSI EP17-A2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from swanneck.diagnostics.validation.detection_limit import limit_of_blank
from swanneck.foundation.errors import InputError

__all__ = ["BlankLimit", "measure_blank_limit"]


@dataclass(frozen=True)
class BlankLimit:
    """The limit of blank, and the limit of detection by samples of little target; NaN where there are none of these.

    `spread` is the standard deviation within these samples, pooled over `n_levels` of them with `n_low` readings.
    """

    blank: float
    detection: float
    probability: float
    n_blanks: int
    n_low: int
    n_levels: int
    spread: float


def measure_blank_limit(
    blanks: ArrayLike, low: Mapping[Any, ArrayLike] | None = None, *, probability: float = 0.95
) -> BlankLimit:
    """Measure the limit of blank by ranks, and the limit of detection from readings of samples of little target.

    `low` holds the readings of each such sample or concentration. The limit of detection is the limit of blank plus
    the pooled standard deviation times the normal quantile, enlarged by 1 / (1 - 1 / (4 x degrees of freedom)) (CLSI
    EP17-A2, parametric option). It is in the units of the readings.

    Raises `InputError` with fewer than 20 blanks (more for a higher `probability`), where a reading is no number, or
    where no sample of little target has two readings.

    >>> limit = measure_blank_limit(range(1, 61), {"low": [70, 74, 78, 66, 72]})
    >>> limit.blank, round(limit.detection, 2)
    (57.5, 65.35)
    """
    values = np.asarray(blanks, np.float64).ravel()
    groups = [np.asarray(group, np.float64).ravel() for group in (low or {}).values()]
    if not all(np.isfinite(group).all() for group in (values, *groups)):
        problem = "wanted readings that are numbers, and some are not"
        raise InputError(problem)
    blank = limit_of_blank(values, probability=probability)
    readings = sum(group.size for group in groups)
    if not groups:
        return BlankLimit(blank, float("nan"), probability, values.size, 0, 0, float("nan"))
    degrees = readings - len(groups)
    if degrees < 1:
        problem = "wanted at least two readings of a sample of little target, and got one of each"
        raise InputError(problem, remedy="EP17-A2 asks for 60 readings of five samples and two lots")
    spread = float(np.sqrt(sum(_squares(group) for group in groups) / degrees))
    factor = float(ndtri(probability)) / (1 - 1 / (4 * degrees))
    return BlankLimit(blank, blank + factor * spread, probability, values.size, readings, len(groups), spread)


def _squares(group: NDArray[np.float64]) -> float:
    return float(((group - group.mean()) ** 2).sum())

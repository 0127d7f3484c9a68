"""Location and scale that a few wild values do not move."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

__all__ = ["mad_deviation", "median"]

_NORMAL_CONSISTENCY = 1 / special.ndtri(0.75)  # 1.4826: makes the MAD of normal data estimate their deviation


def median(values: ArrayLike) -> float:
    """Give the median of the finite values; NaN where there are none.

    >>> median([1.0, 2.0, float("nan"), 100.0])
    2.0
    """
    finite = _finite(values)
    return float(np.median(finite)) if finite.size else float("nan")


def mad_deviation(values: ArrayLike) -> float:
    """Give the median absolute deviation, scaled to the standard deviation of normal data (Hampel 1974).

    NaN where fewer than two values are finite.

    >>> round(mad_deviation([1.0, 2.0, 3.0, 4.0, 1000.0]), 4)
    1.4826
    """
    finite = _finite(values)
    if finite.size < 2:
        return float("nan")
    return float(_NORMAL_CONSISTENCY * np.median(np.abs(finite - np.median(finite))))


def _finite(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]

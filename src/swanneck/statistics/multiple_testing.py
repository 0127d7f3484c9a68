"""Many tests at once: false discovery rates.

Benjamini and Hochberg 1995, J R Stat Soc B 57:289.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["adjust_p_values"]


def adjust_p_values(p_values: ArrayLike) -> NDArray[np.float64]:
    """Give the false discovery rate at which each test would be called (Benjamini and Hochberg).

    NaN stays NaN and does not count as a test. Raises ValueError for values outside 0 to 1.

    >>> adjust_p_values([0.01, 0.04, 0.03, 0.5]).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    values = np.asarray(p_values, dtype=np.float64)
    if ((values < 0) | (values > 1)).any():
        message = "p-values lie between 0 and 1"
        raise ValueError(message)
    adjusted = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known])[::-1]]
    ranks = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum.accumulate(np.minimum(1.0, values[order] * len(order) / np.maximum(ranks, 1)))
    return adjusted

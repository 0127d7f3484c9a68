"""A sigmoid through a whole amplification curve: a quantification cycle that needs no threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

__all__ = ["SigmoidFit", "fit_sigmoid"]

Array = NDArray[np.float64]

_LEAST_CYCLES = 10
_GRID = 20  # points per cycle where the second derivative is looked for


@dataclass(frozen=True)
class SigmoidFit:
    """The cycle at which the fitted curve's second derivative is greatest, and the spread about it by its height."""

    cycle: float
    residual: float


def fit_sigmoid(cycles: Array, above: Array) -> SigmoidFit | None:
    """Fit a five-parameter logistic to fluorescence above the baseline (Spiess et al. 2008, BMC Bioinformatics 9:221).

    None where there are fewer than ten finite values, nothing rises, or no fit is found.

    >>> cycles = np.arange(1.0, 41.0)
    >>> fit = fit_sigmoid(cycles, 10 / (1 + np.exp(-0.6 * (cycles - 25))))
    >>> round(fit.cycle, 1)
    22.8
    """
    known = np.isfinite(above)
    x, y = cycles[known], above[known]
    height = float(y.max()) if y.size else 0.0
    if x.size < _LEAST_CYCLES or not height > 0:
        return None
    scaled = y / height
    middle = float(x[np.argmax(scaled > 0.5)])
    start = np.array([0.0, 1.0, 0.6, middle, 1.0])
    low = np.array([-0.5, 0.3, 0.05, float(x[0]) - 20, 0.05])
    high = np.array([0.5, 30.0, 3.0, float(x[-1]) + 20, 20.0])

    def missing(parameters: Array) -> Array:
        return _logistic(parameters, x) - scaled

    fit = least_squares(missing, start, bounds=(low, high), x_scale=(0.1, 1, 0.3, 5, 1))
    if not fit.success:
        return None
    grid = np.arange(x[0], x[-1], 1 / _GRID)
    bend = np.diff(_logistic(fit.x, grid), 2)
    place = int(bend.argmax())
    if not 0 < place < bend.size - 1:
        return None
    cycle = float(grid[place + 1])
    residual = float(np.sqrt((fit.fun**2).sum() / max(x.size - 5, 1)))
    return SigmoidFit(cycle, residual)


def _logistic(parameters: Array, x: Array) -> Array:
    base, height, slope, middle, skew = parameters
    return np.asarray(base + height * np.exp(-skew * np.logaddexp(0, -slope * (x - middle))))

"""The limit of detection by probit regression, and the limit of blank (CLSI EP17-A2)."""

from dataclasses import dataclass
from math import ceil, log, log10, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from swanneck.foundation.errors import InputError

__all__ = ["DetectionLimit", "Scale", "fit_detection_limit", "limit_of_blank", "replicates_for_limit"]

Scale = Literal["log", "linear"]
_ROUNDS = 100
_TINY = 1e-12


@dataclass(frozen=True)
class DetectionLimit:
    """A probit line over the concentration or its logarithm (base 10), and the concentration found so often.

    `limit` is where `probability` of the replicates are found, with its interval; it is infinite or 0 where the line's
    slope is not different from 0. `deviance` on `degrees` tells how well the line fits: far more than `degrees` is a
    bad fit. `covariance` is that of intercept and slope.
    """

    intercept: float
    slope: float
    covariance: NDArray[np.float64]
    probability: float
    limit: float
    low: float
    high: float
    deviance: float
    degrees: int
    scale: Scale = "log"

    def found_at(self, concentration: float) -> float:
        """Give the share found at a concentration."""
        place = log10(concentration) if self.scale == "log" else concentration
        return float(ndtr(self.intercept + self.slope * place))


def fit_detection_limit(
    concentration: ArrayLike, found: ArrayLike, total: ArrayLike, *, probability: float = 0.95,
    confidence: float = 0.95, scale: Scale = "log",
) -> DetectionLimit:  # fmt: skip
    """Fit a probit line to replicates found at each concentration, by maximum likelihood.

    The line is over the logarithm of the concentration, as is usual (EP17-A2); with `scale` "linear" over the
    concentration itself, which tells another limit: compare their deviances, and choose before the data are seen.
    Concentration 0 is left out: blanks are for the limit of blank. The interval is Fieller's, which
    is not symmetric (Finney 1971, Probit Analysis); CLSI EP17-A2 names probit for molecular tests.

    Raises `InputError` where fewer than two concentrations are left, all or none are found, found and not found do
    not overlap, so that no slope exists, or less is found at higher concentrations.

    >>> fitted = fit_detection_limit([1, 2, 4, 8], [3, 9, 16, 20], [20, 20, 20, 20])
    >>> round(fitted.limit, 2), fitted.low < fitted.limit < fitted.high
    (6.21, True)
    """
    dose, hits, trials = (np.asarray(one, np.float64) for one in (concentration, found, total))
    if (trials < hits).any() or (hits < 0).any() or (dose < 0).any():
        problem = "wanted concentrations from 0 and 0 <= found <= total, and got others"
        raise InputError(problem)
    keep = (dose > 0) & (trials > 0)
    x, hits, trials = np.log10(dose[keep]) if scale == "log" else dose[keep], hits[keep], trials[keep]
    _check_overlap(x, hits, trials)
    beta, covariance = _fit(x, hits, trials)
    if beta[1] <= 0:
        problem = "the share found does not rise with the concentration, so that no limit can be fitted"
        raise InputError(problem, remedy="Check which column is which, and test a wider range of concentrations")
    z = float(ndtri(probability))
    centre = (z - beta[0]) / beta[1]
    low, high = _fieller(beta, covariance, z, float(ndtri(0.5 + confidence / 2)))
    expected = ndtr(beta[0] + beta[1] * x)
    return DetectionLimit(
        float(beta[0]), float(beta[1]), covariance, probability, _back(centre, scale), _back(low, scale),
        _back(high, scale), _deviance(hits, trials, expected), int(x.size - 2), scale,
    )  # fmt: skip


def _back(place: float, scale: Scale) -> float:
    return float(10**place) if scale == "log" else max(0.0, float(place))


def _check_overlap(x: NDArray[np.float64], hits: NDArray[np.float64], trials: NDArray[np.float64]) -> None:
    if np.unique(x).size < 2:
        problem = f"wanted at least two concentrations above 0, and got {np.unique(x).size}"
        raise InputError(problem, remedy="Test a dilution series around the expected limit")
    missed = trials - hits
    if not hits.any() or not missed.any():
        which = "all" if hits.any() else "none"
        problem = f"{which} of the replicates are found at every concentration, so that no limit can be fitted"
        raise InputError(problem, remedy="Test lower concentrations" if hits.any() else "Test higher concentrations")
    if x[hits > 0].min() >= x[missed > 0].max():
        problem = "replicates are all found or all missed at each concentration: the slope cannot be fitted"
        raise InputError(problem, remedy="Test concentrations between the highest missed and the lowest found")


def _fit(
    x: NDArray[np.float64], hits: NDArray[np.float64], trials: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maximise the likelihood by Fisher's scoring."""
    design = np.column_stack([np.ones_like(x), x])
    share = (hits + 0.5) / (trials + 1)
    beta = np.linalg.lstsq(design * np.sqrt(trials)[:, None], ndtri(share) * np.sqrt(trials), rcond=None)[0]
    for _ in range(_ROUNDS):
        eta = design @ beta
        density = np.exp(-(eta**2) / 2) / sqrt(2 * np.pi)
        mean = np.clip(ndtr(eta), _TINY, 1 - _TINY)
        weight = trials * density**2 / (mean * (1 - mean))
        working = eta + (hits / trials - mean) / np.maximum(density, _TINY)
        information = design.T @ (design * weight[:, None])
        step = np.linalg.solve(information, design.T @ (weight * working)) - beta
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return beta, np.linalg.inv(information)


def _fieller(beta: NDArray[np.float64], covariance: NDArray[np.float64], z: float, t: float) -> tuple[float, float]:
    """Give the limits of (z - intercept) / slope."""
    a = beta[1] ** 2 - t**2 * covariance[1, 1]
    b = 2 * (beta[1] * (beta[0] - z) - t**2 * covariance[0, 1])
    c = (beta[0] - z) ** 2 - t**2 * covariance[0, 0]
    root = b**2 - 4 * a * c
    if a <= 0 or root < 0:
        return -np.inf, np.inf
    return (-b - sqrt(root)) / (2 * a), (-b + sqrt(root)) / (2 * a)


def _deviance(hits: NDArray[np.float64], trials: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.where(hits > 0, hits * np.log(hits / (trials * expected)), 0.0)
        no = np.where(trials > hits, (trials - hits) * np.log((trials - hits) / (trials * (1 - expected))), 0.0)
    return float(2 * (yes + no).sum())


def limit_of_blank(blanks: ArrayLike, *, probability: float = 0.95) -> float:
    """Give the limit of blank of measured blanks: the value that `probability` of them do not exceed.

    Without assuming a distribution, by the rank 0.5 + probability x n between neighbouring values (CLSI EP17-A2).

    Raises `InputError` with fewer than 20 blanks: their highest value is no estimate of a 95 % limit.

    >>> limit_of_blank(range(1, 61))
    57.5
    """
    values = np.sort(np.asarray(blanks, np.float64))
    least = ceil(1 / (1 - probability) - 1e-9)
    if values.size < least:
        problem = f"wanted at least {least} blanks for a limit of {100 * probability:g} %, and got {values.size}"
        raise InputError(problem)
    rank = 0.5 + probability * values.size
    below = min(int(rank), values.size)
    above = min(below + 1, values.size)
    return float(values[below - 1] + (rank - below) * (values[above - 1] - values[below - 1]))


def replicates_for_limit(probability: float = 0.95, confidence: float = 0.95) -> int:
    """Give the replicates that must all be found to claim detection of `probability` with `confidence`.

    >>> replicates_for_limit()
    59
    """
    return ceil(log(1 - confidence) / log(probability))

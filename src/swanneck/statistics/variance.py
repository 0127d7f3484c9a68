"""Variances that many small samples share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["SharedVariance", "share_variances"]

_MOST_PRIOR = 1e3  # degrees of freedom: beyond this the samples' variances do not differ measurably


@dataclass(frozen=True)
class SharedVariance:
    """What many samples agree on: a prior variance and how many degrees of freedom it is worth."""

    variance: float
    degrees_of_freedom: float

    def squeeze(self, variance: float, degrees_of_freedom: float) -> tuple[float, float]:
        """Give the variance of one sample drawn towards the shared one, and its degrees of freedom."""
        freedom = degrees_of_freedom + self.degrees_of_freedom
        pooled = degrees_of_freedom * variance + self.degrees_of_freedom * self.variance
        return pooled / freedom, freedom


def share_variances(variances: ArrayLike, degrees_of_freedom: ArrayLike) -> SharedVariance:
    """Estimate the variance that samples share, by matching moments of log variances.

    `variances` and `degrees_of_freedom` have one entry per sample. A few points per curve say little about their own
    noise; thirty curves on one plate say much about each other's. Empirical Bayes of Smyth 2004 (Stat Appl Genet Mol
    Biol 3:3, section 6.2). With fewer than three samples nothing is shared.

    >>> shared = share_variances([1.1, 0.9, 1.0, 1.05, 0.95], [6, 6, 6, 6, 6])
    >>> round(shared.variance, 2), shared.degrees_of_freedom > 50
    (1.19, True)
    """
    s2, df = np.asarray(variances, dtype=np.float64), np.asarray(degrees_of_freedom, dtype=np.float64)
    usable = np.isfinite(s2) & (s2 > 0) & (df > 0)
    s2, df = s2[usable], df[usable]
    if s2.size < 3:
        return SharedVariance(1.0, 0.0)
    logs = np.log(s2) - special.digamma(df / 2) + np.log(df / 2)
    mean = logs.mean()
    excess = float(np.sum((logs - mean) ** 2) / (s2.size - 1) - special.polygamma(1, df / 2).mean())
    if excess <= 0:
        return SharedVariance(float(np.exp(mean)), _MOST_PRIOR)
    half = _inverse_trigamma(excess)
    shared = float(np.exp(mean + special.digamma(half) - np.log(half)))
    return SharedVariance(shared, min(2 * half, _MOST_PRIOR))


def _inverse_trigamma(value: float) -> float:
    # Newton on 1/trigamma, which is nearly linear (Smyth 2004, appendix).
    x: NDArray[np.float64] = np.asarray(0.5 + 1.0 / value)
    for _ in range(50):
        trigamma = special.polygamma(1, x)
        step = trigamma * (1 - trigamma / value) / special.polygamma(2, x)
        x = x + step
        if abs(step) < 1e-9 * x:
            break
    return float(x)

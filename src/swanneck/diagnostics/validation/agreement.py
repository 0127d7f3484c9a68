"""Agreement of a test with a reference: sensitivity, specificity, predictive values, kappa (CLSI EP12-A2)."""

from dataclasses import dataclass
from math import ceil, sqrt

from scipy.special import betaincinv, ndtri

from swanneck.foundation.errors import InputError

__all__ = ["Agreement", "Share", "measure_agreement", "plan_samples", "share_interval"]


@dataclass(frozen=True)
class Share:
    """A share with two intervals: Wilson's (shorter) and Clopper and Pearson's (never too short)."""

    count: int
    total: int
    value: float
    wilson: tuple[float, float]
    exact: tuple[float, float]


@dataclass(frozen=True)
class Agreement:
    """A test against a reference. Predictive values are those of the samples, or of a prevalence that was given."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    sensitivity: Share
    specificity: Share
    accuracy: Share
    positive_predictive: float
    negative_predictive: float
    kappa: float
    kappa_interval: tuple[float, float]


def share_interval(count: int, total: int, *, confidence: float = 0.95) -> Share:
    """Give a share with intervals: Wilson 1927, J Am Stat Assoc 22:209; Clopper and Pearson 1934, Biometrika 26:404.

    Without samples the share is NaN and the intervals are 0 to 1.

    >>> share = share_interval(48, 50)
    >>> [round(limit, 4) for limit in (*share.wilson, *share.exact)]
    [0.8654, 0.989, 0.8629, 0.9951]
    """
    if not 0 <= count <= total:
        problem = f"wanted 0 <= count <= total, and got {count} of {total}"
        raise InputError(problem)
    if total == 0:
        return Share(0, 0, float("nan"), (0.0, 1.0), (0.0, 1.0))
    z = float(ndtri(0.5 + confidence / 2))
    value = count / total
    centre = (value + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * sqrt(value * (1 - value) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, total - count + 1, tail))
    high = 1.0 if count == total else float(betaincinv(count + 1, total - count, 1 - tail))
    return Share(count, total, value, (max(0.0, centre - half), min(1.0, centre + half)), (low, high))


def measure_agreement(
    true_positive: int, false_positive: int, false_negative: int, true_negative: int, *,
    prevalence: float | None = None, confidence: float = 0.95,
) -> Agreement:  # fmt: skip
    """Measure the agreement of a test with a reference from the four counts.

    Predictive values are NaN where the test never gives that result. Kappa is Cohen's, with the interval of its
    simple standard error (Cohen 1960).

    >>> found = measure_agreement(45, 2, 5, 98)
    >>> round(found.sensitivity.value, 3), round(found.specificity.value, 3), round(found.kappa, 3)
    (0.9, 0.98, 0.893)
    """
    a, b, c, d = true_positive, false_positive, false_negative, true_negative
    if min(a, b, c, d) < 0 or a + b + c + d == 0:
        problem = f"wanted four counts of samples, and got {a}, {b}, {c}, {d}"
        raise InputError(problem)
    total = a + b + c + d
    sensitivity = share_interval(a, a + c, confidence=confidence)
    specificity = share_interval(d, b + d, confidence=confidence)
    if prevalence is None:
        positive = a / (a + b) if a + b else float("nan")
        negative = d / (c + d) if c + d else float("nan")
    else:
        hit, pass_by = sensitivity.value * prevalence, specificity.value * (1 - prevalence)
        called = hit + (1 - specificity.value) * (1 - prevalence)
        cleared = pass_by + (1 - sensitivity.value) * prevalence
        positive = hit / called if called else float("nan")
        negative = pass_by / cleared if cleared else float("nan")
    agreed = (a + d) / total
    chance = ((a + b) * (a + c) + (c + d) * (b + d)) / total**2
    kappa = (agreed - chance) / (1 - chance) if chance < 1 else float("nan")
    error = sqrt(agreed * (1 - agreed) / (total * (1 - chance) ** 2)) if chance < 1 else float("nan")
    z = float(ndtri(0.5 + confidence / 2))
    accuracy = share_interval(a + d, total, confidence=confidence)
    return Agreement(a, b, c, d, sensitivity, specificity, accuracy, positive, negative, kappa,
                     (kappa - z * error, kappa + z * error))  # fmt: skip


def plan_samples(expected: float, half_width: float, *, confidence: float = 0.95) -> int:
    """Give the samples needed for a Wilson interval of at most `half_width` to each side of an expected share.

    >>> plan_samples(0.95, 0.05)
    83
    """
    if not (0 < expected < 1 and 0 < half_width < 0.5):
        problem = f"wanted a share and a half width between 0 and 1, and got {expected} and {half_width}"
        raise InputError(problem)
    z = float(ndtri(0.5 + confidence / 2))
    number = max(1, ceil(z**2 * expected * (1 - expected) / half_width**2 / 4))
    while _half_width(expected, number, z) > half_width:
        number += 1
    return number


def _half_width(share: float, total: int, z: float) -> float:
    return z * sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)

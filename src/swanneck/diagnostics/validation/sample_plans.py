"""How many samples a validation needs (CLSI EP12-A2 for agreement, EP17-A2 for the limit of detection)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import ndtri
from scipy.stats import binom

from swanneck.diagnostics.validation.agreement import plan_samples
from swanneck.diagnostics.validation.detection_limit import replicates_for_limit
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings

__all__ = ["PlanSettings", "SamplePlan", "plan_claim", "plan_study"]

_MOST = 100_000


class PlanSettings(Settings):
    """What a study is to show. The shares are what is expected of the test."""

    sensitivity: float = Field(0.95, gt=0, lt=1)
    specificity: float = Field(0.98, gt=0, lt=1)
    half_width: float = Field(0.05, gt=0, lt=0.5)
    """Of the interval around each share."""
    least_sensitivity: float | None = Field(None, gt=0, lt=1)
    """A share that the interval must lie above; then this and not the half width sets the number of positives."""
    least_specificity: float | None = Field(None, gt=0, lt=1)
    prevalence: float | None = Field(None, gt=0, lt=1)
    """Of the people who are tested as they come; without it, positive and negative samples are chosen."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    power: float = Field(0.8, gt=0, lt=1)
    """Chance that a study succeeds: 0.8 is the usual least (EP12-A2 leaves it to the maker)."""
    detection: float = Field(0.95, gt=0, lt=1)
    """Share of replicates that the limit of detection is to find."""


@dataclass(frozen=True)
class SamplePlan:
    """Samples that are positive and negative by the reference, people to recruit (None without prevalence).

    `replicates` at one concentration, all found, show that it is at or above the limit of detection.
    """

    positives: int
    negatives: int
    recruited: int | None
    replicates: int


def plan_study(settings: PlanSettings | None = None) -> SamplePlan:
    """Plan a study of sensitivity, specificity and limit of detection.

    People are recruited until both kinds of samples are enough with the chance `power` each.

    Raises `InputError` where a share that is to be shown is not below the one expected, or needs over 100,000 samples.

    >>> plan_study(PlanSettings(prevalence=0.1))
    SamplePlan(positives=83, negatives=52, recruited=902, replicates=59)
    """
    asked = settings or PlanSettings()
    positives = _samples(asked.sensitivity, asked.least_sensitivity, asked)
    negatives = _samples(asked.specificity, asked.least_specificity, asked)
    recruited = None
    if asked.prevalence is not None:
        recruited = max(
            _recruits(positives, asked.prevalence, asked.power),
            _recruits(negatives, 1 - asked.prevalence, asked.power),
        )
    return SamplePlan(positives, negatives, recruited, replicates_for_limit(asked.detection, asked.confidence))


def plan_claim(expected: float, least: float, *, confidence: float = 0.95, power: float = 0.8) -> int:
    """Give the samples with which Wilson's interval lies above `least` with the chance `power`, and for any more.

    The chance is that of the binomial distribution, not of its normal approximation.

    Raises `InputError` where `least` is not below `expected`, or over 100,000 samples are needed.

    >>> plan_claim(0.95, 0.9)
    254
    """
    if not 0 < least < expected < 1:
        problem = f"wanted a share to show below the {expected:g} expected, and got {least:g}"
        raise InputError(problem, remedy="Expect more of the test, or show less")
    z = float(ndtri(0.5 + confidence / 2))
    top = 64
    while top <= _MOST:
        numbers = np.arange(1, top + 1)
        short = numbers[_chances(expected, least, numbers, z) < power]
        last_short = int(short[-1]) if short.size else 0
        if last_short < top / 2:  # the chance rises in saw teeth, ever smaller: none falls short after twice the last
            return last_short + 1
        top *= 2
    problem = f"more than {_MOST:,} samples are needed to tell {expected:g} from {least:g}"
    raise InputError(problem, remedy="Show a share further from the one expected")


def _chances(expected: float, least: float, numbers: NDArray[np.int64], z: float) -> NDArray[np.float64]:
    """Give the chances of a result whose lower Wilson limit is above `least`, for numbers of samples."""
    # The limit is above where (found - number x least) / sqrt(number x least x (1 - least)) > z: Wilson inverts this.
    needed = np.floor(numbers * least + z * np.sqrt(numbers * least * (1 - least))) + 1
    return np.asarray(binom.sf(needed - 1, numbers, expected), np.float64)


def _samples(expected: float, least: float | None, asked: PlanSettings) -> int:
    if least is None:
        return plan_samples(expected, asked.half_width, confidence=asked.confidence)
    return plan_claim(expected, least, confidence=asked.confidence, power=asked.power)


def _recruits(wanted: int, share: float, power: float) -> int:
    low, high = wanted - 1, wanted
    while binom.sf(wanted - 1, high, share) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binom.sf(wanted - 1, middle, share) >= power else (middle, high)
    return high

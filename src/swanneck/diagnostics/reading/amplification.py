"""Amplification curves judged: baseline, quantification cycle in two ways, and what is odd."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import stdtrit

from swanneck.diagnostics.reading.curve_files import AmplificationCurve
from swanneck.diagnostics.reading.sigmoid import fit_sigmoid
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings

__all__ = ["CurveReading", "CurveSettings", "StandardCurve", "fit_standard_curve", "read_amplification"]

_NO_CYCLES = (float("nan"),) * 3


class CurveSettings(Settings):
    """How curves are read (choices of ours unless told)."""

    least_rise: float = Field(10.0, gt=0)
    """A curve has risen where it ends this many times the noise of its baseline above it."""
    least_share: float = Field(0.05, ge=0, lt=1)
    """A curve that rises less than this share of the highest of its dye (or target) has not risen: drift, crosstalk."""
    threshold_share: float = Field(0.10, gt=0, lt=1)
    """The threshold, as a share of the plate's median rise: within the exponential phase of usual curves."""
    low_plateau: float = Field(0.3, gt=0, lt=1)
    """A rise below this share of the median is told: inhibition, or too few reagents."""
    slowest_rise: float = Field(12.0, gt=0)
    """Cycles from a tenth to half of the rise: amplification by 20 % a cycle takes nine, drift takes many more."""
    first_cycle: int = Field(3, ge=1)
    """The first cycles are unsteady and no part of the baseline."""


@dataclass(frozen=True)
class CurveReading:
    """One curve: the cycle at which it crosses the threshold, and where its second derivative is greatest.

    The latter is given of the smoothed curve, and of a sigmoid through the whole curve (`cq_model`, see `fit_sigmoid`).
    All are NaN where it did not rise. `rise` is the height above the baseline at the end; `flags` say what is odd.
    `above` is the fluorescence above the baseline at `cycles`, and `threshold` the level of its target.
    """

    name: str
    sample: str
    target: str
    kind: str
    copies: float | None
    cq: float
    cq_second_derivative: float
    cq_model: float
    baseline: float
    noise: float
    rise: float
    flags: tuple[str, ...]
    cycles: NDArray[np.float64]
    above: NDArray[np.float64]
    threshold: float


def read_amplification(
    curves: Sequence[AmplificationCurve], settings: CurveSettings | None = None
) -> list[CurveReading]:
    """Read curves of one run; each target has a threshold of its own.

    The baseline is a line through the cycles before the rise; noise is the spread about it. The threshold crossing is
    interpolated on the logarithm of the fluorescence above the baseline; the second derivative is that of the curve
    smoothed over five cycles (Luu-The et al. 2005, BioTechniques 38:287).
    """
    settings = settings or CurveSettings()
    shaped = [_shape(curve, settings) for curve in curves]
    highest: dict[tuple[str, str], float] = {}
    for curve, (_, corrected, _) in zip(curves, shaped, strict=True):
        highest[_scale(curve)] = max(highest.get(_scale(curve), 0.0), np.nan_to_num(_rise(corrected)))
    rises: dict[str, list[float]] = {}
    for curve, (_, corrected, noise) in zip(curves, shaped, strict=True):
        risen = _has_risen(corrected, noise, settings, least=settings.least_share * highest[_scale(curve)])
        if risen and _cycles_of_rise(curve.cycles, corrected) <= settings.slowest_rise:
            rises.setdefault(curve.target, []).append(_rise(corrected))
    readings = []
    for curve, (level, corrected, noise) in zip(curves, shaped, strict=True):
        usual = float(np.median(rises.get(curve.target, [np.nan])))
        rise = _rise(corrected)
        reading = CurveReading(
            curve.name, curve.sample, curve.target, curve.kind, curve.copies, *_NO_CYCLES, level, noise,
            rise, (), curve.cycles, corrected, settings.threshold_share * usual,
        )  # fmt: skip
        flags = [] if np.isfinite(curve.fluorescence).all() else ["missing values"]
        if not _has_risen(corrected, noise, settings, least=settings.least_share * highest[_scale(curve)]):
            readings.append(replace(reading, flags=(*flags, "no amplification")))
            continue
        if _cycles_of_rise(curve.cycles, corrected) > settings.slowest_rise:
            readings.append(replace(reading, flags=(*flags, "no amplification: drifts slowly")))
            continue
        cycle = _crossing(curve.cycles, corrected, reading.threshold)
        second = _second_derivative(curve.cycles, corrected)
        if rise < settings.low_plateau * usual:
            flags.append("low plateau: inhibited, or short of reagents")
        if np.isfinite(cycle) and cycle > curve.cycles[-1] - 3:
            flags.append("late: rises in the last cycles")
        if not np.isfinite(cycle):
            flags.append("does not reach the threshold")
        if curve.kind in ("ntc", "nac", "ntp") and np.isfinite(cycle):
            flags.append("a control without template amplifies")
        fitted = fit_sigmoid(curve.cycles, corrected)
        model = fitted.cycle if fitted else float("nan")
        readings.append(replace(reading, cq=cycle, cq_second_derivative=second, cq_model=model, flags=tuple(flags)))
    return readings


def _shape(curve: AmplificationCurve, settings: CurveSettings) -> tuple[float, NDArray[np.float64], float]:
    """Give the baseline's level, the curve above it, and the noise."""
    values = curve.fluorescence
    known = np.isfinite(values)
    if known.sum() < 10:
        return float("nan"), np.full(values.size, np.nan), float("nan")
    filled = np.interp(curve.cycles, curve.cycles[known], values[known])
    smooth = np.convolve(np.pad(filled, 2, mode="edge"), np.ones(5) / 5, "valid")
    span = float(smooth.max() - smooth[: max(5, smooth.size // 4)].min())
    above = np.flatnonzero(smooth > smooth[: max(5, smooth.size // 4)].min() + 0.08 * span)
    last = max(settings.first_cycle + 4, int(above[0]) - 2 if above.size else smooth.size)
    window = slice(settings.first_cycle - 1, min(last, filled.size))
    x, y = curve.cycles[window], filled[window]
    slope, level = np.polyfit(x, y, 1) if x.size >= 6 else (0.0, float(np.median(y)))
    noise = float(np.std(y - (slope * x + level), ddof=min(2, max(0, x.size - 1))))
    return float(level), filled - (slope * curve.cycles + level), max(noise, 1e-12 * max(1.0, abs(float(level))))


def _rise(corrected: NDArray[np.float64]) -> float:
    return float(np.median(corrected[-3:]))


def _has_risen(corrected: NDArray[np.float64], noise: float, settings: CurveSettings, *, least: float) -> bool:
    return bool(np.isfinite(noise) and _rise(corrected) > max(least, settings.least_rise * noise))


def _scale(curve: AmplificationCurve) -> tuple[str, str]:
    """Name what a curve's height is compared with: all curves of its dye, of its target where no dye is told."""
    return ("dye", curve.dye) if curve.dye else ("target", curve.target)


def _cycles_of_rise(cycles: NDArray[np.float64], corrected: NDArray[np.float64]) -> float:
    """Give how many cycles pass between the last time below a tenth of the rise and the first above its half."""
    rise = _rise(corrected)
    below, above = np.flatnonzero(corrected < 0.1 * rise), np.flatnonzero(corrected > 0.5 * rise)
    if not below.size or not above.size:
        return 0.0
    return float(cycles[above[above > below[-1]][0]] - cycles[below[-1]]) if (above > below[-1]).any() else 0.0


def _crossing(cycles: NDArray[np.float64], corrected: NDArray[np.float64], threshold: float) -> float:
    """Give the cycle at which the curve rises above the threshold for good."""
    below = np.flatnonzero(corrected < threshold)
    if not below.size:
        return float("nan")
    place = int(below[-1])
    if place + 1 >= cycles.size:
        return float("nan")
    low, high = corrected[place], corrected[place + 1]
    if low <= 0:
        return float(cycles[place] + (threshold - low) / (high - low))
    return float(cycles[place] + np.log(threshold / low) / np.log(high / low))


def _second_derivative(cycles: NDArray[np.float64], corrected: NDArray[np.float64]) -> float:
    """Give the cycle of the greatest second derivative, between cycles by a parabola."""
    smooth = np.convolve(np.pad(corrected, 2, mode="edge"), np.array([-3, 12, 17, 12, -3]) / 35, "valid")
    bend = np.diff(smooth, 2)
    place = int(bend.argmax())
    if not 0 < place < bend.size - 1:
        return float(cycles[place + 1])
    a, b, c = bend[place - 1 : place + 2]
    return float(cycles[place + 1] + 0.5 * (a - c) / (a - 2 * b + c))


@dataclass(frozen=True)
class StandardCurve:
    """A line of Cq over the logarithm (base 10) of the copies, with 95 % intervals.

    `efficiency` is 1 where each cycle doubles. `residual` is the spread of Cq about the line.
    """

    slope: float
    slope_interval: tuple[float, float]
    intercept: float
    efficiency: float
    efficiency_interval: tuple[float, float]
    r_squared: float
    residual: float
    n_points: int

    def copies_of(self, cq: float) -> float:
        """Give the copies that a Cq stands for."""
        return float(10 ** ((cq - self.intercept) / self.slope))


def fit_standard_curve(copies: Sequence[float], cq: Sequence[float]) -> StandardCurve:
    """Fit a standard curve by least squares (Bustin et al. 2009, Clin Chem 55:611, the MIQE guidelines).

    Raises `InputError` with fewer than three points or two amounts, or where Cq does not fall with the copies.

    >>> fitted = fit_standard_curve([1e2, 1e3, 1e4, 1e5], [30.0, 26.7, 23.35, 20.03])
    >>> round(fitted.slope, 3), round(fitted.efficiency, 2)
    (-3.326, 1.0)
    """
    x, y = np.log10(np.asarray(copies, np.float64)), np.asarray(cq, np.float64)
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    if x.size < 3 or np.unique(x).size < 2:
        problem = f"wanted at least three standards of two amounts with a Cq, and got {x.size}"
        raise InputError(problem)
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / spread)
    intercept = float(y.mean() - slope * x.mean())
    residual = float(np.sqrt(((y - intercept - slope * x) ** 2).sum() / (x.size - 2)))
    half = float(stdtrit(x.size - 2, 0.975)) * residual / np.sqrt(spread)
    low, high = slope - half, slope + half
    if slope >= 0:
        problem = f"Cq does not fall with the copies: the slope is {slope:.3g}"
        raise InputError(problem, remedy="Are the copies of the standards right?")
    total = float(((y - y.mean()) ** 2).sum())
    limits = (float(10 ** (-1 / low) - 1), float(10 ** (-1 / high) - 1) if high < 0 else float("inf"))
    return StandardCurve(
        slope, (float(low), float(high)), intercept, float(10 ** (-1 / slope) - 1), limits,
        1 - residual**2 * (x.size - 2) / total, residual, int(x.size),
    )  # fmt: skip

"""Zernike polynomials over the smallest circle around each object (Teague 1980; Boland et al. 1998)."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import ObjectPixels
from swanneck.imaging.measurement.intensity_distribution import _kernels
from swanneck.imaging.measurement.settings import IntensityDistributionSettings

__all__ = ["SHAPE_DEGREE", "name_shape_moments", "name_zernike_moments", "sum_zernike_polynomials", "zernike_indexes"]

SHAPE_DEGREE = 9
"""CellProfiler's fixed degree of the shape's moments."""


def zernike_indexes(degree: int) -> list[tuple[int, int]]:
    """List the (n, m) of all polynomials up to the degree, m from 0 on.

    >>> zernike_indexes(2)
    [(0, 0), (1, 1), (2, 0), (2, 2)]
    """
    return [(n, m) for n in range(degree + 1) for m in range(n % 2, n + 1, 2)]


def sum_zernike_polynomials(
    pixels: ObjectPixels, values: NDArray[np.float32], degree: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give real and imaginary sums[polynomial, image, object]: image 0 is the shape, then one per intensities given.

    `values[channel, place]` are intensities at the listed pixels. An object of one pixel has NaN.
    """
    sums = _kernels.sum_zernike(
        values,
        pixels.starts,
        pixels.rows,
        pixels.columns,
        pixels.circles,
        degree,
        _mix_terms(degree),
    )
    return sums[0, :, :, 1:], sums[1, :, :, 1:]


def name_zernike_moments(
    channel: str,
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    pixels: ObjectPixels,
    *,
    settings: IntensityDistributionSettings,
) -> dict[str, NDArray[np.float64]]:
    """Give magnitude (per pixel) and phase of the sums[polynomial, object] of one channel."""
    columns = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        magnitude = np.sqrt(real * real + imaginary * imaginary) / pixels.areas
        phase = np.arctan2(real, imaginary)
    for place, (n, m) in enumerate(zernike_indexes(settings.zernike_degree)):
        if settings.zernike_magnitude:
            columns[f"RadialDistribution_ZernikeMagnitude_{channel}_{n}_{m}"] = magnitude[place]
        if settings.zernike_phase:
            columns[f"RadialDistribution_ZernikePhase_{channel}_{n}_{m}"] = phase[place]
    return columns


def name_shape_moments(
    real: NDArray[np.float64], imaginary: NDArray[np.float64], pixels: ObjectPixels
) -> dict[str, NDArray[np.float64]]:
    """Give the magnitudes of the shape's sums[polynomial, object], per pixel of the enclosing circle."""
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.sqrt(real * real + imaginary * imaginary) / (np.pi * np.square(pixels.circles[1:, 2]))
    return {f"AreaShape_Zernike_{n}_{m}": score[at] for at, (n, m) in enumerate(zernike_indexes(SHAPE_DEGREE))}


def _mix_terms(degree: int) -> NDArray[np.float64]:
    # Row: polynomial (n, m). Column: the term z^m r^(2p), in the order in which the kernel makes them.
    terms = [(m, p) for m in range(degree + 1) for p in range((degree - m) // 2 + 1)]
    place = {term: at for at, term in enumerate(terms)}
    mixes = np.zeros((len(terms), len(terms)))
    for row, (n, m) in enumerate(zernike_indexes(degree)):
        for k in range((n - m) // 2 + 1):
            divisor = math.factorial(k) * math.factorial((n + m) // 2 - k) * math.factorial((n - m) // 2 - k)
            mixes[row, place[m, (n - m) // 2 - k]] = (-1) ** k * math.factorial(n - k) / divisor
    return mixes

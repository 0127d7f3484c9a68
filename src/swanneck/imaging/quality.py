"""How good an image is: in focus, saturated, blank or empty. Scores only: a plate's own spread decides what is bad.

The focus score is the slope of the logarithm of the power spectrum against that of the spatial frequency (Field and
Brady, Vision Research 37:3367, 1997): the more blurred, the more negative. Bray et al. (J. Biomol. Screen. 17:266,
2012) found it the best single score of focus in screens. It does not depend on how bright the image is and hardly on
the number of cells. Camera noise, which would flatten it, is taken off first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from swanneck.imaging import _kernels
from swanneck.imaging.illumination import as_kernel_pixels

__all__ = ["BACKGROUND_PERCENTILE", "FieldQuality", "measure_field_quality"]

BACKGROUND_PERCENTILE = 5.0
"""Percentile of the pixels that stands for the background: cells may cover nearly all of a field."""

_FULL_SCALES = (255, 1023, 4095, 16383, 65535)  # cameras of 8, 10, 12, 14 and 16 bits, whatever the file has
_LARGE = 1024
_TILE = 256
_BANDS = np.geomspace(0.015, 0.35, 13)  # cycles per pixel
_NOISE_FROM = 0.42
_ABOVE_NOISE = 0.2
_COARSE = 4
# Neighbouring blocks of pure noise differ by their noise: 4.4 of it at most in 70,000 blocks, and its median.
_OBJECT, _TEXTURE = 8.0, 1.5


@dataclass(frozen=True)
class FieldQuality:
    """Scores of one image. A blank image (one value throughout) has no focus; an empty one has nothing but noise.

    `background` is scaled as intensities are: by 255, 65535, or 1 for float.
    """

    focus_slope: float
    saturated_fraction: float
    background: float
    is_blank: bool
    is_empty: bool


def measure_field_quality(image: NDArray[Any]) -> FieldQuality:
    """Score focus, saturation, background and emptiness of one 2-D image.

    Images of 1024 pixels and more are pooled 2 x 2 for the focus: compare scores of one plate and channel only. The
    focus is NaN where nothing stands out from the noise. Saturated are the pixels at the top of the camera's range.

    >>> blank = measure_field_quality(np.zeros((64, 64), np.uint16))
    >>> blank.is_blank, blank.is_empty, blank.focus_slope
    (True, True, nan)
    """
    scale = float(np.iinfo(image.dtype).max) if image.dtype.kind in "ui" else 1.0
    lowest, highest = image.min(), image.max()
    step = max(1, min(image.shape) // 512)
    background = float(np.percentile(image[::step, ::step], BACKGROUND_PERCENTILE)) / scale
    full = image.dtype.kind in "ui" and int(highest) in _FULL_SCALES
    saturated = float(np.count_nonzero(image == highest) / image.size) if full else 0.0
    if lowest == highest:
        return FieldQuality(float("nan"), saturated, background, is_blank=True, is_empty=True)
    pooled = _kernels.pool_mean(as_kernel_pixels(image), 2 if min(image.shape) >= _LARGE else 1)
    return FieldQuality(
        focus_slope=_power_slope(pooled),
        saturated_fraction=saturated,
        background=background,
        is_blank=False,
        is_empty=_is_empty(pooled),
    )


def _power_slope(pooled: NDArray[np.float32]) -> float:
    """Fit log power against log frequency, over the bands that stand out from the noise."""
    side = min(_TILE, *pooled.shape)
    if side < 16:
        return float("nan")
    window = np.hanning(side).astype(np.float32)
    power = np.zeros((side, side // 2 + 1))
    for top in _tile_starts(pooled.shape[0], side):
        for left in _tile_starts(pooled.shape[1], side):
            tile = pooled[top : top + side, left : left + side]
            spectrum = scipy.fft.rfft2((tile - tile.mean()) * window[:, None] * window)
            power += spectrum.real**2 + spectrum.imag**2
    frequency = np.hypot(scipy.fft.fftfreq(side)[:, None], scipy.fft.rfftfreq(side))
    noise = float(np.median(power[frequency > _NOISE_FROM])) / np.log(2)  # the power of noise is exponential
    band = np.digitize(frequency.ravel(), _BANDS)
    count = np.bincount(band, minlength=len(_BANDS) + 1)[1 : len(_BANDS)]
    total = np.bincount(band, power.ravel(), len(_BANDS) + 1)[1 : len(_BANDS)]
    signal = total / np.maximum(count, 1) - noise
    centre = np.sqrt(_BANDS[1:] * _BANDS[:-1])
    use = (count > 0) & (signal > _ABOVE_NOISE * noise) & (signal > 0)
    if use.sum() < 3:
        return float("nan")
    return float(np.polyfit(np.log(centre[use]), np.log(signal[use]), 1)[0])


def _tile_starts(length: int, side: int) -> list[int]:
    """Place two tiles around the middle where there is room, else one."""
    return [length // 2 - side, length // 2] if length >= 2 * side else [(length - side) // 2]


def _is_empty(pooled: NDArray[np.float32]) -> bool:
    """Say whether neighbouring blocks differ no more than the noise of their pixels explains."""
    blocks = _kernels.pool_mean(pooled, min(_COARSE, *pooled.shape))
    steps = np.abs(np.diff(blocks, axis=1))
    if steps.size == 0:
        return False
    fine = np.abs(np.diff(pooled[:: max(1, pooled.shape[0] // 256)], axis=1))
    expected = float(np.median(fine)) / _COARSE
    return bool(np.median(steps) <= _TEXTURE * expected and steps.max() <= _OBJECT * max(np.median(steps), expected))

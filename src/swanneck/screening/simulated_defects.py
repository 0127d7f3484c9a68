"""Defects of images painted into good ones, to try what finds them: blur, saturation, debris, shadow, emptiness."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from swanneck.foundation.errors import SettingsError

__all__ = ["spoil_image"]

_DARK = 100.0  # the offset of simulated cameras, in counts
_BLUR = 5.0  # pixels: what a plane of focus is blurred to at 5 to 10 µm from it, at 0.65 µm per pixel
_FULL = 4095
_FIBRE = 3000.0  # counts: two to three times as bright as simulated nuclei


def spoil_image(image: NDArray[np.uint16], defect: str, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Give an image with a defect of `screening.field_quality.DEFECTS`.

    The light is out of focus (with new noise), amplified until 2 % of the pixels are full, crossed by a fibre two to
    three times as bright as nuclei, halved within a round shadow, or nothing but background.

    Raises `SettingsError` for another defect.

    >>> spoiled = spoil_image(np.full((64, 64), 300, np.uint16), "empty", np.random.default_rng(1))
    >>> spoiled.shape, bool(abs(spoiled.mean() - 300) < 2)
    ((64, 64), True)
    """
    light = np.maximum(image.astype(np.float64) - _DARK, 0.0)
    if defect == "out_of_focus":
        light = rng.poisson(ndimage.gaussian_filter(light, _BLUR)).astype(np.float64)
    elif defect == "saturated":
        light = light * (_FULL - _DARK) / max(float(np.quantile(light, 0.98)), 1.0)
        return np.minimum(light + _DARK, _FULL).astype(np.uint16)
    elif defect == "debris":
        light = light + _FIBRE * _fibre(image.shape, rng)
    elif defect == "shadow":
        light = light * (1 - 0.5 * _disc(image.shape, rng))
    elif defect == "empty":
        light = rng.poisson(np.full(image.shape, max(5.0, float(np.quantile(light, 0.05))))).astype(np.float64)
    else:
        problem = f"{defect!r} is no defect that is known here"
        raise SettingsError(problem)
    return np.clip(light + _DARK, 0, 65535).astype(np.uint16)


def _fibre(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a bent fibre, half as long as the image, that begins near its middle."""
    line = np.zeros(shape)
    y, x = (rng.uniform(0.3, 0.7) * side for side in shape)
    angle = rng.uniform(0, 2 * np.pi)
    for _ in range(max(shape) // 2):
        angle += rng.normal(0, 0.05)
        y, x = y + np.sin(angle), x + np.cos(angle)
        if 0 <= y < shape[0] and 0 <= x < shape[1]:
            line[int(y), int(x)] = 1
    wide: NDArray[Any] = ndimage.binary_dilation(line, iterations=3)
    return np.asarray(ndimage.gaussian_filter(wide.astype(np.float64), 1.5))


def _disc(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a soft disc, a sixth of the image in radius, anywhere inside it."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    top, left = (rng.uniform(0.2, 0.8) * side for side in shape)
    return np.asarray(np.exp(-((y - top) ** 2 + (x - left) ** 2) / (2 * (min(shape) / 6) ** 2)))

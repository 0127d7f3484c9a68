"""MeasureGranularity: how much of an object's light goes with each opening by a larger element.

The spectrum of openings by reconstruction (Ravkin and Temov 1988; Vincent 2000) as CellProfiler takes it: on a
subsampled image less its background, with the means of the objects read from the stretched result.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import ObjectPixels
from swanneck.imaging.measurement.granularity import _kernels
from swanneck.imaging.measurement.settings import GranularitySettings

__all__ = ["OpenedImage", "measure_granularity", "open_image", "weigh_objects"]

_Weights = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True)
class OpenedImage:
    """The openings of one channel, `opened[step, row, column]` on the subsampled grid; None where there is no grid."""

    channel: str
    spectrum: int
    opened: NDArray[np.float32] | None


def open_image(channel: str, image: NDArray[np.float32], settings: GranularitySettings) -> OpenedImage:
    """Subsample a channel, take its background off, and open it by reconstruction at every step of the spectrum.

    An image with fewer than two rows or columns on the subsampled grid, or with a value that is not finite, has no
    openings.

    >>> settings = GranularitySettings()
    >>> open_image("DNA", np.zeros((40, 40), np.float32), settings).opened.shape
    (16, 10, 10)
    >>> open_image("DNA", np.zeros((4, 40), np.float32), settings).opened is None
    True
    """
    shape = _coarse_extent(image.shape, settings.subsample)
    if min(shape) < 2 or not np.isfinite(image).all():
        return OpenedImage(channel, settings.spectrum, None)
    pixels = _shrink(image, shape, settings.subsample)
    back_shape = _coarse_extent(shape, settings.background_subsample)
    background = _shrink(pixels, back_shape, settings.background_subsample)
    for largest in (False, True):
        padded = np.pad(background, settings.background_radius, mode="symmetric")
        background = _kernels.open_with_disk(padded, settings.background_radius, largest=largest)
    if settings.background_subsample < 1:
        places = [
            np.arange(size, dtype=float) * ((back - 1) / (extent - 1))
            for size, back, extent in zip(pixels.shape, back_shape, shape, strict=True)
        ]
        background = _kernels.resample(background, places[0], places[1])
    lit = np.maximum(pixels - background, np.float32(0))
    opened = _kernels.open_by_reconstruction(lit, np.argsort(lit, axis=None), settings.spectrum)
    return OpenedImage(channel, settings.spectrum, opened)


def weigh_objects(pixels: ObjectPixels, settings: GranularitySettings) -> _Weights:
    """Give the weights of each object on the subsampled grid; they serve every channel of that shape."""
    shape = _coarse_extent(pixels.labels.shape, settings.subsample)
    if min(shape) < 2:
        return np.zeros(0, np.int64), np.zeros((0, 4), np.int64), np.zeros(0)
    places = [
        np.arange(size, dtype=float) * ((coarse - 1) / (size - 1))
        for size, coarse in zip(pixels.labels.shape, shape, strict=True)
    ]
    grid = tuple(int(np.ceil(size)) for size in shape)
    return _kernels.weigh_coarse_pixels(
        pixels.starts, pixels.rows, pixels.columns, places[0], places[1], (grid[0], grid[1])
    )


def measure_granularity(
    image: NDArray[np.float32], pixels: ObjectPixels, opened: OpenedImage, weights: _Weights
) -> dict[str, NDArray[np.float64]]:
    """Give the share in percent that each step of the spectrum takes from each object's mean intensity.

    `image` is the channel before it was opened. Without openings all columns are NaN.
    """
    if opened.opened is None:
        nothing = np.full(pixels.count, np.nan)
        return {f"Granularity_{step + 1}_{opened.channel}": nothing for step in range(opened.spectrum)}
    start = _kernels.start_means(image, pixels.starts, pixels.rows, pixels.columns)[1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.vstack([start, _kernels.mean_in_objects(opened.opened, *weights)[:, 1:]])
        shares = -np.diff(means, axis=0) * 100 / np.maximum(start, np.finfo(float).eps)
    return {f"Granularity_{step + 1}_{opened.channel}": shares[step] for step in range(opened.spectrum)}


def _coarse_extent(shape: tuple[Any, ...], factor: float) -> tuple[float, float]:
    # Fractional extents are carried on, as CellProfiler does; the grid has the next whole number of points.
    return (shape[0] * factor, shape[1] * factor) if factor < 1 else (float(shape[0]), float(shape[1]))


def _shrink(image: NDArray[np.float32], shape: tuple[float, float], factor: float) -> NDArray[np.float32]:
    if factor >= 1:
        return image
    return _kernels.resample(image, np.arange(0, shape[0]) / factor, np.arange(0, shape[1]) / factor)

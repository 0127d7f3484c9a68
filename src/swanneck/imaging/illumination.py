"""Uneven illumination: estimated from a plate's own images, and taken out of them.

A pixel is modelled as offset + flat x signal, where only the flat field is the same in all images. Two views of
it are combined. The background of small blocks follows the flat field closely, but on top of an unknown offset. The
brightness of what stands out from the background, as the ratio of its moments of order 3/2 and 1/2, knows no offset and
does not mind where cells are dense; it is noisier. How much of the background the lamp makes, and how strong the
vignetting is, are averaged over in proportion to how well they explain both views, so that images that tell nothing
give a field that is nearly even.

Other ideas: CellProfiler's CorrectIllumination smooths the mean of all images, offset and cell density included;
CIDRE (Smith et al., Nature Methods 12:404, 2015) regresses on ranked intensities with an offset per pixel; BaSiC (Peng
et al., Nature Communications 8:14836, 2017) decomposes into low-rank and sparse parts. Here the field is a smooth
polynomial, and its uncertainty decides how far it is trusted.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.imaging import _kernels

__all__ = [
    "FlatField",
    "FlatFieldSettings",
    "as_kernel_pixels",
    "correct_illumination",
    "estimate_flat_field",
    "even_field",
    "expand_columns",
]

_Numbers = NDArray[np.float64]


class FlatFieldSettings(Settings):
    """When a flat field is estimated, and between which bounds.

    Fewer images than `least_images` cannot tell the lamp from the cells: on simulated fields a few bright cells decide
    below 5. A field outside `lowest` to `highest` is no vignetting but a fault, and is cut there.
    """

    least_images: int = Field(5, ge=3)
    lowest: float = Field(0.3, gt=0, lt=1)
    highest: float = Field(3.0, gt=1)


@dataclass(frozen=True, eq=False)
class FlatField:
    """How bright an evenly lit field looks: a small grid with mean 1 that spans the image from corner to corner.

    `offset` is the part of every pixel that the lamp does not make (the camera's dark level), in grey levels. A
    corrected pixel is (raw - offset) / flat + offset. `reason` says how the grid was found, or why it is even.
    """

    grid: NDArray[np.float32]
    offset: float = 0.0
    n_images: int = 0
    reason: str = ""

    def to_bytes(self) -> bytes:
        """Give the field as JSON text; equal fields give equal bytes."""
        parts = {"offset": self.offset, "n_images": self.n_images, "reason": self.reason, "grid": self.grid.tolist()}
        return json.dumps(parts, indent=1).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "FlatField":
        """Read what `to_bytes` wrote; raises `InputError` for anything else.

        >>> FlatField.from_bytes(even_field("too few images").to_bytes()).reason
        'too few images'
        """
        try:
            parts = json.loads(content)
            grid = np.asarray(parts["grid"], np.float32)
            field = cls(grid, float(parts["offset"]), int(parts["n_images"]), str(parts["reason"]))
        except (ValueError, KeyError, TypeError) as error:
            problem = f"this is not a flat field: {error}"
            raise InputError(problem, remedy="Delete the file and run again: it is estimated anew") from error
        if grid.ndim != 2 or not np.isfinite(grid).all() or grid.size == 0 or grid.min() <= 0:
            problem = f"a flat field is a grid of positive numbers, got shape {grid.shape}"
            raise InputError(problem, remedy="Delete the file and run again: it is estimated anew")
        return field


def even_field(reason: str, n_images: int = 0) -> FlatField:
    """Give a flat field that changes nothing, with the reason why."""
    return FlatField(np.ones((2, 2), np.float32), 0.0, n_images, reason)


def correct_illumination(image: NDArray[Any], flat: FlatField) -> NDArray[np.float32]:
    """Take the uneven illumination out of an image; the result has the image's grey levels, as float32.

    >>> half_lit = FlatField(np.array([[1.5, 0.5]], np.float32), offset=10.0)
    >>> correct_illumination(np.array([[160, 60]], np.uint16), half_lit)
    array([[110., 110.]], dtype=float32)
    """
    return _kernels.correct_pixels(as_kernel_pixels(image), expand_columns(flat, image.shape[1]), flat.offset)


def as_kernel_pixels(image: NDArray[Any]) -> NDArray[Any]:
    """Give an image in one of the three number types that kernels are compiled for: uint8, uint16 or float32.

    >>> as_kernel_pixels(np.ones((1, 2), np.int64)).dtype
    dtype('float32')
    """
    kept = image.dtype in (np.uint8, np.uint16, np.float32)
    return np.ascontiguousarray(image) if kept else np.ascontiguousarray(image, np.float32)


def expand_columns(flat: FlatField, width: int) -> NDArray[np.float32]:
    """Stretch the grid to the image's width, so that a row of the image lies between two rows of it."""
    grid = flat.grid
    place = np.linspace(0, grid.shape[1] - 1, width, dtype=np.float64)
    left = np.minimum(place.astype(np.int64), max(0, grid.shape[1] - 2))
    right = np.minimum(left + 1, grid.shape[1] - 1)
    share = (place - left).astype(np.float32)
    return np.ascontiguousarray(grid[:, left] * (1 - share) + grid[:, right] * share)


# --- estimation

_BLOCKS = 24
_LEAST_BLOCKS = 6
_POOLED_SIDE = 512
_GRID = 33
_GROUPS = 12
_DEGREE = 4
_SIGNAL_TERMS = 6  # the noisier view only tells tilt, radius, astigmatism
# Moments of order 1/2 and 3/2 of the excess of Gaussian noise, of standard deviation 1, over its lower quartile. The
# standard deviation itself is the distance of the 5 % and 25 % quantiles over 0.971.
_NOISE_LOW, _NOISE_HIGH, _NOISE_QUANTILES = 0.735, 1.005, 0.971
_LEAST_SIGNAL = 0.1  # in units of the noise: an image without cells must not speak as loud as one with
# Relative strength of the terms a lamp makes: tilt, radius, astigmatism, then orders 3 and 4.
_PRIOR = np.array([0.6, 0.6, 1.0, 0.3, 0.3] + [0.08] * 9)
_STRENGTHS = (0.003, 0.01, 0.02, 0.04, 0.08, 0.16, 0.3)
_SHARES = np.linspace(0.0, 1.0, 41)
# No view is believed better than this: cells are not spread evenly, and the model is not the microscope.
_BACKGROUND_FLOOR, _SIGNAL_FLOOR = 0.004, 0.01


def estimate_flat_field(
    images: Iterable[NDArray[Any]],
    settings: FlatFieldSettings = FlatFieldSettings(),  # noqa: B008
) -> FlatField:
    """Estimate the flat field of one channel of one plate from a sample of its fields: 16 to 48 images are plenty.

    Images are taken one at a time; all have one shape. Blank images are passed over. With too few images the field
    is even, and says so; where images tell little it is nearly even.

    Raises `InputError` where the images differ in shape.
    """
    blocks = [found for image in _alike(images) if (found := _measure_blocks(image)) is not None]
    if len(blocks) < settings.least_images:
        needed = settings.least_images
        reason = f"{len(blocks)} usable images are too few to tell the lamp from the cells, {needed} are needed"
        return even_field(reason, len(blocks))
    terms = _Terms(blocks[0])
    every = np.arange(len(blocks))
    groups = every % min(len(blocks), _GROUPS)
    views, level = terms.fit_views(blocks)
    without = [terms.fit_views([blocks[k] for k in every[groups != group]])[0] for group in range(groups.max() + 1)]
    shape, lit = _combine(views, _jackknife_variance(np.stack(without)))
    grid = np.clip(terms.on_grid(shape), settings.lowest, settings.highest)
    inner = np.ones(_GRID)
    inner[[0, -1]] = 0.5  # nodes on the border stand for half as much of the image
    grid = grid / np.average(grid, weights=np.outer(inner, inner))
    darkest = 100 * float(grid.min() / grid.max())
    reason = f"estimated from {len(blocks)} images: the darkest place has {darkest:.0f} % of the brightest's light"
    return FlatField(grid.astype(np.float32), float(level * (1 - lit)), len(blocks), reason)


@dataclass(frozen=True)
class _Blocks:
    """What blocks of one image show: background level, and the low and high moment of what stands out from it."""

    shape: tuple[int, int]
    place: tuple[_Numbers, _Numbers]
    background: _Numbers
    low: _Numbers
    high: _Numbers


def _alike(images: Iterable[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    shape: tuple[int, ...] = ()
    for image in images:
        shape = shape or image.shape
        if image.shape != shape:
            problem = f"the images of a flat field must have one shape, got {shape} and {image.shape}"
            raise InputError(problem, remedy="Estimate it from the fields of one plate and channel")
        yield image


def _measure_blocks(image: NDArray[Any]) -> _Blocks | None:
    """Summarise an image by blocks; None where it is blank, or too small to have blocks."""
    pooled = _kernels.pool_mean(as_kernel_pixels(image), max(1, round(max(image.shape) / _POOLED_SIDE)))
    count = min(_BLOCKS, min(pooled.shape) // 4)
    if count < _LEAST_BLOCKS or pooled.min() == pooled.max():
        return None
    sides = [side // count for side in pooled.shape]
    starts = [(side - count * part) // 2 for side, part in zip(pooled.shape, sides, strict=True)]
    inner = pooled[starts[0] : starts[0] + count * sides[0], starts[1] : starts[1] + count * sides[1]]
    pixels = inner.reshape(count, sides[0], count, sides[1]).transpose(0, 2, 1, 3).reshape(count * count, -1)
    ranks = int(0.05 * pixels.shape[1]), int(0.25 * pixels.shape[1])
    ranked = np.partition(pixels, ranks, axis=1)
    background = ranked[:, ranks[1]].astype(np.float64)
    noise = (background - ranked[:, ranks[0]]) / _NOISE_QUANTILES
    excess = np.maximum(pixels - background[:, None], 0).astype(np.float64)
    y, x = (
        (start + part * (np.arange(count) + 0.5)) / side * 2 - 1
        for start, part, side in zip(starts, sides, pooled.shape, strict=True)
    )
    root, root_noise = np.sqrt(excess), np.sqrt(noise)
    low = _above_noise(root.mean(1), _NOISE_LOW * root_noise)
    high = _above_noise((excess * root).mean(1), _NOISE_HIGH * noise * root_noise)
    return _Blocks(image.shape, (y, x), background, low, high)


def _above_noise(moment: _Numbers, of_noise: _Numbers) -> _Numbers:
    """Take the noise's own moment off, and scale an image to mean 1 where it has any signal."""
    signal = moment - of_noise
    return signal / max(float(signal.mean()), _LEAST_SIGNAL * float(of_noise.mean()), 1e-30)


class _Terms:
    """Smooth polynomials over the image (Legendre, radius first), fitted to blocks."""

    def __init__(self, like: _Blocks) -> None:
        self.height, self.width = like.shape
        terms = self._evaluate(*like.place)
        self.scale = np.sqrt((terms**2).mean(0))
        self.terms = terms / self.scale
        self.inverse = np.linalg.pinv(self.terms)

    def fit_views(self, blocks: Sequence[_Blocks]) -> tuple[_Numbers, float]:
        """Fit background and signal: their terms relative to the mean, as [view, term], and the mean background."""
        background = self.inverse @ np.median([block.background for block in blocks], axis=0)
        low, high = (np.mean([getattr(block, name) for block in blocks], axis=0) for name in ("low", "high"))
        brightness = np.clip(high / np.maximum(low, 0.02), 0.0, 5.0)
        weight = np.clip(high, 0.0, 3.0) + 1e-3  # a block tells as much as stands out in it, and nothing without cells
        few = self.terms[:, :_SIGNAL_TERMS]
        signal = np.linalg.solve(few.T @ (few * weight[:, None]), few.T @ (weight * brightness))
        views = np.zeros((2, self.terms.shape[1] - 1))
        views[0] = background[1:] / max(background[0], 1e-6)
        views[1, : _SIGNAL_TERMS - 1] = signal[1:] / max(signal[0], 1e-6)
        return views, float(background[0])

    def on_grid(self, shape: _Numbers) -> _Numbers:
        """Evaluate 1 + the terms on a grid from corner to corner."""
        nodes = np.linspace(-1, 1, _GRID)
        values = 1 + (self._evaluate(nodes, nodes) / self.scale)[:, 1:] @ shape
        return np.asarray(values.reshape(_GRID, _GRID))

    def _evaluate(self, y: _Numbers, x: _Numbers) -> _Numbers:
        down, across = (np.asarray(np.polynomial.legendre.legvander(place, _DEGREE), np.float64) for place in (y, x))
        term = [
            [np.outer(down[:, i], across[:, j]).ravel() for j in range(_DEGREE + 1 - i)] for i in range(_DEGREE + 1)
        ]
        tall, wide = self.height**2, self.width**2
        radius = (tall * term[2][0] + wide * term[0][2]) / (tall + wide)
        low = [term[0][0], term[0][1], term[1][0], radius, term[2][0] - term[0][2], term[1][1]]
        high = [term[i][order - i] for order in (3, 4) for i in range(order + 1)]
        return np.stack([*low, *high], axis=1)


def _jackknife_variance(without: NDArray[np.float64]) -> _Numbers:
    """Give the variance of [view, term] from fits that each leave one group of images out."""
    count = len(without)
    variance = (count - 1) / count * ((without - without.mean(0)) ** 2).sum(0)
    variance *= (count + 1) / max(1, count - 2)  # few groups tell their own spread badly
    variance += np.array([[_BACKGROUND_FLOOR**2], [_SIGNAL_FLOOR**2]])
    variance[1, _SIGNAL_TERMS - 1 :] = 1e6
    return np.asarray(variance)


def _combine(views: _Numbers, variance: _Numbers) -> tuple[_Numbers, float]:
    """Give the field's terms and the lit share of the background, averaged over all strengths and shares.

    For a given strength and share all is Gaussian: terms ~ N(0, prior), signal view = terms + noise, background view =
    share x terms + noise. Each pair counts by its marginal likelihood.
    """
    (background, signal), (background_noise, signal_noise) = views, variance
    likelihoods, terms, shares = [], [], []
    for strength in _STRENGTHS:
        prior = (strength * _PRIOR) ** 2
        for share in _SHARES:
            a, b, both = prior + signal_noise, share**2 * prior + background_noise, share * prior
            determinant = a * b - both**2
            misfit = (b * signal**2 - 2 * both * signal * background + a * background**2) / determinant
            likelihoods.append(-0.5 * float((np.log(determinant) + misfit).sum()))
            precision = 1 / prior + 1 / signal_noise + share**2 / background_noise
            terms.append((signal / signal_noise + share * background / background_noise) / precision)
            shares.append(share)
    weights = np.exp(np.array(likelihoods) - max(likelihoods))
    weights /= weights.sum()
    return weights @ np.array(terms), float(weights @ np.array(shares))

"""Crops of examples, turned, rescaled and spoilt in every way that other microscopes may spoil them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from examples import Example

__all__ = ["SIDE", "WORKING_DIAMETER", "CropSource", "compress", "draw_crop", "prepare"]

Image = NDArray[np.float32]

SIDE = 128
WORKING_DIAMETER = 20.0
_POOLED = (1, 2, 3, 4)
_KNEE = 0.2


@dataclass(frozen=True)
class _Level:
    """An example pooled by a whole number: normalised image, share that is nucleus, depth, nearest label."""

    image: Image
    inside: Image
    depth: Image
    nearest: NDArray[np.int32]


@dataclass(frozen=True)
class CropSource:
    """An example at four sizes."""

    name: str
    diameter: float
    levels: dict[int, _Level]


def prepare(example: Example) -> CropSource:
    """Pool an example by 1, 2, 3, 4 and normalise it as a whole image is when nuclei are looked for."""
    levels = {}
    for factor in _POOLED:
        image = _pool(example.image, factor)
        low, high = np.percentile(image, [2, 99.8])
        rows, columns = image.shape
        centre = slice(factor // 2, None, factor)
        levels[factor] = _Level(
            (image - np.float32(low)) / np.float32(max(high - low, 1e-6)),
            _pool((example.labels > 0).astype(np.float32), factor),
            _pool(example.depth, factor),
            np.ascontiguousarray(example.nearest[centre, centre][:rows, :columns]),
        )
    return CropSource(example.name, example.diameter, levels)


def _pool(image: Image, factor: int) -> Image:
    rows, columns = (size // factor for size in image.shape)
    blocks = image[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def compress(image: Image) -> Image:
    """The two channels the network sees: brightness, and brightness with dim nuclei lifted."""
    lifted = image * np.float32(1 + _KNEE) / (np.abs(image) + np.float32(_KNEE))
    return np.stack([image, lifted]).astype(np.float32)


def draw_crop(source: CropSource, rng: np.random.Generator, rescaled: float = 0.5) -> tuple[Image, Image]:
    """Input (2, side, side) and target (inside, depth), half of them at the size that nuclei are looked for at."""
    native = rng.random() > rescaled
    maps = _cut_native(source, rng) if native else _cut_rescaled(source, rng)
    image, inside, depth, nearest = _flip(maps, rng)
    image = _spoil(image, nearest, 0.5 if native else 1.0, rng)
    return compress(np.clip(image, -1, 6)), np.stack([inside, depth])


def _cut_native(source: CropSource, rng: np.random.Generator) -> list[Image]:
    width = source.diameter * np.exp(rng.normal(0, 0.12))
    factor = int(np.clip(round(width / WORKING_DIAMETER), 1, max(_POOLED)))
    level = source.levels[factor]
    rows, columns = level.image.shape
    down, right = max(SIDE - rows, 0), max(SIDE - columns, 0)
    top, left = rng.integers(0, max(rows - SIDE, 0) + 1), rng.integers(0, max(columns - SIDE, 0) + 1)
    maps = (level.image, level.inside, level.depth, level.nearest.astype(np.float32))
    cut = [one[top : top + SIDE, left : left + SIDE] for one in maps]
    return [np.pad(one, ((0, down), (0, right)), mode="symmetric") for one in cut] if down or right else cut


def _cut_rescaled(source: CropSource, rng: np.random.Generator) -> list[Image]:
    scale = np.exp(rng.uniform(np.log(8), np.log(38))) / source.diameter
    scale = float(np.clip(scale, 0.3, 2.2))
    factor = int(np.clip(round(1 / scale), 1, max(_POOLED)))
    level = source.levels[factor]
    angle, squeeze = rng.uniform(0, 2 * np.pi), np.exp(rng.normal(0, 0.06))
    zoom = np.diag([squeeze, 1 / squeeze]) / (scale * factor)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ zoom
    middle = rng.uniform(0, 1, 2) * np.array(level.image.shape)
    start = middle - turn @ np.full(2, SIDE / 2)
    maps = (level.image, level.inside, level.depth, level.nearest.astype(np.float32))
    return [
        ndimage.affine_transform(one, turn, start, (SIDE, SIDE), order=order, mode="mirror")
        for one, order in zip(maps, (1, 1, 1, 0), strict=True)
    ]


def _flip(maps: list[Image], rng: np.random.Generator) -> list[Image]:
    turn = int(rng.integers(8))
    if turn & 4:
        maps = [one.T for one in maps]
    if turn & 2:
        maps = [one[::-1] for one in maps]
    return [one[:, ::-1] if turn & 1 else one for one in maps]


def _spoil(image: Image, nearest: Image, force: float, rng: np.random.Generator) -> Image:
    """Brightness of each nucleus, texture, haze, slope, debris, blur, gamma, noise, few grey levels, range."""

    def happens(chance: float) -> bool:
        return bool(rng.random() < chance * force)

    image = image.copy()
    if happens(0.6):
        factors = np.exp(rng.uniform(0, 0.7) * rng.standard_normal(int(nearest.max()) + 1)).astype(np.float32)
        image *= ndimage.gaussian_filter(factors[nearest.astype(np.intp)], 1.0)
    if happens(0.3):
        image *= 1 + rng.uniform(0.05, 0.4) * _waves(rng.integers(16, 64), rng)
    if happens(0.3):
        image *= np.exp(rng.uniform(0.1, 0.7) * _waves(3, rng))
    if happens(0.4):
        image += rng.uniform(0.02, 0.4) * np.abs(_waves(int(rng.integers(2, 6)), rng))
    if happens(0.25):
        _add_specks(image, rng)
    if happens(0.3):
        image = ndimage.gaussian_filter(image, rng.uniform(0.3, 1.3))
    if happens(0.3):
        image = np.sign(image) * np.abs(image) ** np.float32(np.exp(rng.uniform(-0.5, 0.5)))
    if happens(0.5):
        grain = rng.standard_normal(image.shape, np.float32)
        image += np.float32(np.exp(rng.uniform(np.log(0.003), np.log(0.12)))) * grain
        grain = rng.standard_normal(image.shape, np.float32) * np.sqrt(np.maximum(image, 0))
        image += np.float32(np.exp(rng.uniform(np.log(0.003), np.log(0.08)))) * grain
    if happens(0.2):
        grey = rng.integers(6, 64)
        image = np.round(image * grey) / np.float32(grey)
    return _rerange(image, rng, anew=happens(0.6))


def _rerange(image: Image, rng: np.random.Generator, *, anew: bool) -> Image:
    """As if the crop were a whole image, or a part of one whose darkest and brightest parts lie elsewhere."""
    if anew:
        low, high = np.percentile(image, [2, 99.8])
        image = (image - low) / max(high - low, 1e-3)
    low, high = 0.01 * rng.standard_normal(), np.exp(0.1 * rng.standard_normal())
    return ((image - low) * high).astype(np.float32)


def _waves(count: int, rng: np.random.Generator) -> Image:
    """A smooth random landscape of about unit height with so many hills along a side."""
    coarse = rng.standard_normal((count, count)).astype(np.float32)
    if count < 8:
        return ndimage.zoom(coarse, SIDE / count, order=1, grid_mode=True, mode="nearest")
    fine = ndimage.gaussian_filter(rng.standard_normal((SIDE, SIDE), np.float32), 0.4 * SIDE / count)
    return fine / fine.std()


def _add_specks(image: Image, rng: np.random.Generator) -> None:
    spots = np.zeros_like(image)
    count = rng.integers(1, 16)
    rows, columns = rng.integers(0, SIDE, (2, count))
    np.add.at(spots, (rows, columns), np.exp(rng.uniform(-2, 0.7, count)).astype(np.float32))
    width = rng.uniform(0.4, 1.3)
    image += ndimage.gaussian_filter(spots, width) * np.float32(2 * np.pi * width**2)

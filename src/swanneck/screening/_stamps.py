"""What the fields of a simulated plate share: shapes to stamp, textures, and the light of each channel.

Drawn once per plate from its seed, kept in memory, never changed.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["Image", "Optics", "Stamps", "draw_stamps"]

Image = NDArray[np.float32]

NUCLEUS_RADIUS = 6.3
"""Mean radius of a G1 nucleus, µm: epithelial lines such as Vero and HeLa."""

_BODY_RADIUS = 21.0  # µm, how far a lone cell spreads; neighbours cut it shorter
_COUNT = 160  # shapes of a kind; mirrored and turned by the painter, so that eight times as many are seen
_TEXTURE_SIZE = 1024


@dataclass(frozen=True)
class Optics:
    """The microscope: one for a plate. Lengths in micrometres."""

    height: int
    width: int
    pixel_size: float
    vignetting: float
    noise: float
    out_of_focus: float
    seed: int


@dataclass(frozen=True)
class Stamps:
    """Shapes and light. Nuclei, small pieces and fibres are brightness; bodies are heights from 1 down to 0."""

    nuclei: list[Image]
    bodies: list[Image]
    condensed: list[Image]
    specks: list[Image]
    fibres: list[Image]
    granules: Image
    light: dict[str, Image]


@lru_cache(maxsize=2)
def draw_stamps(optics: Optics) -> Stamps:
    """Draw a plate's stamps."""
    rng = np.random.default_rng(np.random.SeedSequence(optics.seed, spawn_key=(9,)))
    pixel = optics.pixel_size
    chromatin = _texture(rng, 1.1 / pixel)
    granules = 1 + 0.22 * _texture(rng, 0.7 / pixel) + 0.18 * _texture(rng, 2.5 / pixel)
    # Area follows DNA content: two thirds of the cells in G1, the others on the way to twice the DNA.
    content = np.where(rng.random(_COUNT) < 0.67, 1.0, rng.uniform(1.0, 2.0, _COUNT))
    sizes = content**0.4 * np.exp(0.09 * rng.standard_normal(_COUNT))
    return Stamps(
        nuclei=[_nucleus(rng, NUCLEUS_RADIUS * size / pixel, chromatin, pixel) for size in sizes],
        bodies=[_body(rng, _BODY_RADIUS / pixel) for _ in range(_COUNT)],
        condensed=[_condensed(rng, rng.uniform(1.8, 3.4) / pixel) for _ in range(60)],
        specks=[_speck(rng, radius / pixel) for radius in np.exp(rng.uniform(np.log(0.6), np.log(4.0), 60))],
        fibres=[_fibre(rng, pixel) for _ in range(12)],
        granules=np.maximum(granules, 0.2).astype(np.float32),
        light={channel: _light(rng, optics) for channel in ("DNA", "Virus")},
    )


def _polar(radius: float, stretch: float, angle: float) -> tuple[Image, Image]:
    """Distance and direction from the middle of a square that holds an ellipse of this mean radius."""
    half = int(np.ceil(radius * np.sqrt(stretch) * 1.25)) + 1
    down, across = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    long = (across * np.cos(angle) + down * np.sin(angle)) / np.sqrt(stretch)
    short = (down * np.cos(angle) - across * np.sin(angle)) * np.sqrt(stretch)
    return np.hypot(long, short), np.arctan2(short, long)


def _wobble(rng: np.random.Generator, direction: Image, amplitude: float, waves: int) -> Image:
    """A closed outline: one plus random low waves around the circle."""
    outline = np.ones_like(direction)
    for wave in range(2, 2 + waves):
        outline += amplitude / (wave - 1) * rng.standard_normal() * np.cos(wave * direction + rng.uniform(0, 2 * np.pi))
    return np.clip(outline, 0.6, 1.25)


def _nucleus(rng: np.random.Generator, radius: float, chromatin: Image, pixel: float) -> Image:
    distance, direction = _polar(radius, rng.uniform(1.0, 1.7), rng.uniform(0, np.pi))
    reach = distance / (radius * _wobble(rng, direction, 0.045, 4))
    inside = np.clip((1 - reach) * radius + 0.5, 0, 1)
    # Thickness of a flattened dome, chromatin grain, and nucleoli, which bind little dye.
    image = inside * (0.65 + 0.35 * np.sqrt(np.clip(1 - reach**2, 0, 1)))
    image *= 1 + 0.13 * _window(chromatin, image.shape, rng)
    down, across = np.indices(image.shape) - image.shape[0] // 2
    for _ in range(rng.integers(1, 4)):
        middle = rng.normal(scale=0.35 * radius, size=2)
        width = rng.uniform(0.7, 1.3) / pixel
        image *= 1 - 0.35 * np.exp(-((down - middle[0]) ** 2 + (across - middle[1]) ** 2) / (2 * width**2))
    return np.asarray(np.maximum(image, 0), np.float32)


def _body(rng: np.random.Generator, radius: float) -> Image:
    radius *= np.exp(0.15 * rng.standard_normal())
    distance, direction = _polar(radius, rng.uniform(1.0, 2.2), rng.uniform(0, np.pi))
    height = 1 - distance / (radius * _wobble(rng, direction, 0.13, 5))
    return np.asarray(np.maximum(height, 0), np.float32)


def _condensed(rng: np.random.Generator, radius: float) -> Image:
    distance, direction = _polar(radius, rng.uniform(1.0, 1.35), rng.uniform(0, np.pi))
    reach = distance / (radius * _wobble(rng, direction, 0.05, 3))
    return np.asarray(np.sqrt(np.clip(1 - reach**2, 0, 1)), np.float32)


def _speck(rng: np.random.Generator, radius: float) -> Image:
    distance, direction = _polar(radius, rng.uniform(1.0, 2.0), rng.uniform(0, np.pi))
    reach = distance / (radius * _wobble(rng, direction, 0.2, 4))
    return np.asarray(np.clip((1 - reach) * radius + 0.5, 0, 1), np.float32)


def _fibre(rng: np.random.Generator, pixel: float) -> Image:
    """A curved thread of 40 to 120 µm, a little out of focus, as lint is."""
    half = int(60 / pixel)
    along = np.linspace(-1, 1, 4 * half) * rng.uniform(20, 58) / pixel
    bend = rng.normal(scale=8 / pixel) * np.cos(along / half * rng.uniform(1, 4))
    angle = rng.uniform(0, np.pi)
    down = half + along * np.sin(angle) + bend * np.cos(angle)
    across = half + along * np.cos(angle) - bend * np.sin(angle)
    image = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    within = (down >= 0) & (down <= 2 * half) & (across >= 0) & (across <= 2 * half)
    image[down[within].astype(np.intp), across[within].astype(np.intp)] = 1
    image = ndimage.gaussian_filter(image, 1.6 / pixel)
    return np.asarray((image / max(float(image.max()), 1e-6)), np.float32)


def _texture(rng: np.random.Generator, grain: float) -> Image:
    """Smooth noise of mean 0 and standard deviation 1 that repeats without a seam."""
    noise = ndimage.gaussian_filter(rng.standard_normal((_TEXTURE_SIZE, _TEXTURE_SIZE), np.float32), grain, mode="wrap")
    return np.asarray(((noise - noise.mean()) / noise.std()), np.float32)


def _window(texture: Image, shape: tuple[int, ...], rng: np.random.Generator) -> Image:
    start = rng.integers(0, _TEXTURE_SIZE - np.array(shape) + 1)
    return texture[start[0] : start[0] + shape[0], start[1] : start[1] + shape[1]]


def _light(rng: np.random.Generator, optics: Optics) -> Image:
    """Light falls off with the square of the distance from a slightly displaced middle; 1 at its brightest."""
    middle = rng.uniform(-0.06, 0.06, 2)
    down = np.linspace(-1, 1, optics.height, dtype=np.float32)[:, None] - middle[0]
    across = np.linspace(-1, 1, optics.width, dtype=np.float32)[None, :] - middle[1]
    distance = down**2 + across**2
    return np.asarray((1 - optics.vignetting * distance / distance.max()), np.float32)

"""Simulated fields of nuclei whose outlines are known, more varied than any one microscope."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["simulate_field"]

Image = NDArray[np.float32]


def simulate_field(rng: np.random.Generator, side: int = 320) -> tuple[Image, NDArray[np.int32]]:
    """One field: nuclei of one kind in clumps or apart, on glow, haze and a slope, seen by a noisy camera.

    One in twelve has no nuclei.
    """
    diameter = float(np.exp(rng.uniform(np.log(14), np.log(40))))
    light, labels = np.zeros((side, side), np.float32), np.zeros((side, side), np.int32)
    if rng.random() > 1 / 12:
        _scatter(light, labels, diameter, rng)
    glow = ndimage.gaussian_filter(light, rng.uniform(0.5, 1.5) * diameter) * rng.uniform(0, 0.8)
    seen = ndimage.gaussian_filter(light, rng.uniform(0.4, 0.08 * diameter + 0.4)) + glow
    _add_specks(seen, diameter, rng)
    slope = ndimage.zoom(rng.random((3, 3)), side / 3, order=1, grid_mode=True, mode="nearest").astype(np.float32)
    seen += rng.uniform(0, 0.4) * slope * rng.random()
    seen *= 1 - rng.uniform(0, 0.5) * slope
    seen += rng.uniform(0.005, 0.1)
    photons = np.exp(rng.uniform(np.log(30), np.log(3000)))
    seen += np.sqrt(np.maximum(seen, 0) / photons) * rng.standard_normal(seen.shape, np.float32)
    seen += rng.uniform(0, 0.02) * rng.standard_normal(seen.shape, np.float32)
    return seen, _renumber(labels)


def _scatter(light: Image, labels: NDArray[np.int32], diameter: float, rng: np.random.Generator) -> None:
    side = light.shape[0]
    density = rng.uniform(0.05, 0.6)
    count = max(1, int(density * side**2 / (0.8 * diameter**2)))
    hearts = rng.uniform(0, side, (max(1, count // 6), 2))
    clumped, overlap, spread = rng.random(), rng.uniform(0.0, 0.25), rng.uniform(0.05, 0.6)
    roughness, dome = rng.uniform(0, 0.12), rng.uniform(0.0, 0.8)
    texture = _texture(side, diameter, rng)
    placed: list[tuple[float, float, float]] = []
    for number in range(1, count + 1):
        for _ in range(8):
            radius = 0.5 * diameter * float(np.exp(rng.normal(0, 0.18)))
            place = rng.uniform(0, side, 2)
            if rng.random() < clumped:
                place = hearts[rng.integers(len(hearts))] + rng.normal(0, 1.3 * diameter, 2)
            if all(np.hypot(place[0] - y, place[1] - x) > (1 - overlap) * (radius + r) for y, x, r in placed):
                placed.append((float(place[0]), float(place[1]), radius))
                level = float(np.exp(spread * rng.standard_normal()))
                _stamp((light, labels, texture), number, placed[-1], look=(level, roughness, dome), rng=rng)
                break


def _stamp(
    field: tuple[Image, NDArray[np.int32], Image],
    number: int,
    disc: tuple[float, float, float],
    *,
    look: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    """One nucleus: an ellipse with a rough outline, flat or domed, over or under what is there."""
    light, labels, texture = field
    (row, column, radius), (level, roughness, dome) = disc, look
    reach = int(1.8 * radius) + 2
    rows = np.arange(max(int(row) - reach, 0), min(int(row) + reach + 1, light.shape[0]))
    columns = np.arange(max(int(column) - reach, 0), min(int(column) + reach + 1, light.shape[1]))
    if not rows.size or not columns.size:
        return
    y, x = rows[:, None] - row, columns[None, :] - column
    turn, stretch = rng.uniform(0, np.pi), np.exp(rng.normal(0, 0.15))
    u, v = (x * np.cos(turn) + y * np.sin(turn)) * stretch, (y * np.cos(turn) - x * np.sin(turn)) / stretch
    angle = np.arctan2(v, u)
    outline = np.full(angle.shape, radius)
    for wave in range(2, 6):
        outline += radius * roughness / wave * 2 * rng.standard_normal() * np.cos(wave * angle + rng.uniform(0, 7))
    share = np.hypot(u, v) / np.maximum(outline, 1)
    inside = share < 1
    place = np.ix_(rows, columns)
    bright = level * texture[place] * (1 - dome * np.minimum(share, 1) ** 2)
    light[place] += np.where(inside, bright, 0).astype(np.float32)
    own = inside & ((labels[place] == 0) | (share < 0.8))
    labels[place] = np.where(own, number, labels[place])


def _texture(side: int, diameter: float, rng: np.random.Generator) -> Image:
    """Chromatin: coarse and fine grain around 1."""
    total = np.ones((side, side), np.float32)
    for scale in (0.06, 0.2):
        grain = ndimage.gaussian_filter(rng.standard_normal((side, side), np.float32), scale * diameter)
        total += rng.uniform(0, 0.25) * grain / grain.std()
    return np.clip(total, 0.15, 3).astype(np.float32)


def _add_specks(image: Image, diameter: float, rng: np.random.Generator) -> None:
    """Debris, bacteria or parasites: spots far smaller than nuclei, sharp or blurred, none in half of the fields."""
    if rng.random() < 0.5:
        return
    spots = np.zeros_like(image)
    count = rng.integers(1, 120)
    rows, columns = rng.integers(0, image.shape[0], (2, count))
    np.add.at(spots, (rows, columns), np.exp(rng.uniform(-2, 0.7, count)).astype(np.float32))
    width = rng.uniform(0.02, 0.06) * diameter + 0.3
    image += ndimage.gaussian_filter(spots, width) * np.float32(2 * np.pi * width**2)


def _renumber(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    kept = np.unique(labels)
    return np.searchsorted(kept, labels).astype(np.int32) if kept[0] == 0 else labels

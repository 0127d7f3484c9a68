"""One simulated field of each named assay, with what is true of it: parasites, bacteria, foci, syncytia and others.

Small and plain next to `simulation`: enough to tell whether an assay measures what it says. Lengths are in diameters of
a nucleus, brightness in shares of a nucleus', so that any magnification and exposure can be drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import ndimage
from scipy.spatial import cKDTree

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings

__all__ = ["AssayFieldSettings", "SimulatedField", "simulate_assay_field"]

Image = NDArray[np.float64]
_SPACING = 2.0  # least distance of two cells: a monolayer
_REACH = 1.5  # how far a body spreads
_OFFSET = 100.0  # counts of the camera in the dark


class AssayFieldSettings(Settings):
    """What a simulated field is like. `effect` is that of a treatment: 0 untreated, 1 as if never infected."""

    size: int = Field(default=480, ge=64)
    diameter: float = Field(default=24.0, ge=6, description="of a nucleus, pixels")
    cells: int = Field(default=70, ge=1)
    effect: float = Field(default=0.0, ge=0, le=1)
    toxicity: float = Field(default=0.0, ge=0, le=1, description="share of the cells that are gone")
    brightness: float = Field(default=2000.0, gt=0, description="counts of a nucleus")
    noise: float = Field(default=1.0, ge=0, description="in units of photon noise")
    blur: float = Field(default=0.04, ge=0, description="sigma, nucleus diameters")
    infected: float = Field(default=0.4, ge=0, le=1, description="share of the cells")
    parasites: float = Field(default=18.0, ge=0, description="mean per infected cell")
    kinetoplast_offset: float = Field(default=0.08, ge=0, description="distance of a kinetoplast from its nucleus")
    parasite_contrast: float = Field(default=0.7, gt=0)
    syncytium_nuclei: int = Field(default=6, ge=2)
    marked: float = Field(default=0.5, ge=0, le=1, description="share of the cells of the marked population")
    spheroid_diameter: float = Field(default=0.5, gt=0, lt=1, description="share of the field")


@dataclass(frozen=True)
class SimulatedField:
    """The channels of a field (uint16), and what is true of it by name."""

    images: dict[str, NDArray[np.uint16]]
    truth: dict[str, float]


@dataclass(frozen=True)
class _Cells:
    centres: NDArray[np.float64]
    owner: NDArray[np.int64]
    nuclei: Image
    nucleus_of: NDArray[np.int64]


def simulate_assay_field(kind: str, settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """Paint one field of an assay by its name in the catalogue.

    Raises `SettingsError` for a name that there is no simulator of.

    >>> field = simulate_assay_field("cell_survival", AssayFieldSettings(cells=9, effect=1), np.random.default_rng(1))
    >>> field.images["DNA"].shape, field.truth
    ((480, 480), {'cells': 9.0})
    """
    painters: Mapping[str, Callable[[AssayFieldSettings, np.random.Generator], SimulatedField]] = {
        "intracellular_parasites": _paint_parasites, "intracellular_bacteria": _paint_bacteria,
        "cell_survival": _paint_survival, "foci": _paint_foci, "syncytia": _paint_syncytia,
        "coculture": _paint_coculture, "spheroid": _paint_spheroid,
    }  # fmt: skip
    if kind not in painters:
        problem = f"there is no simulated field of the assay {kind!r}"
        raise SettingsError(problem, remedy=f"There are {', '.join(painters)}")
    return painters[kind](settings, rng)


def _scatter(settings: AssayFieldSettings, rng: np.random.Generator, count: int | None = None) -> _Cells:
    """Lay down a monolayer: at most `count` nuclei, none nearer than the spacing, and bodies that share the field."""
    wanted = settings.cells if count is None else count
    margin = 0.7 * settings.diameter
    centres: list[NDArray[np.float64]] = []
    for _ in range(60 * wanted):
        if len(centres) == wanted:
            break
        place = rng.uniform(margin, settings.size - margin, 2)
        if all(np.hypot(*(place - other)) >= _SPACING * settings.diameter for other in centres):
            centres.append(place)
    kept = np.array([one for one in centres if rng.random() >= settings.toxicity]).reshape(-1, 2)
    return _draw_cells(kept, settings, rng)


def _draw_cells(centres: NDArray[np.float64], settings: AssayFieldSettings, rng: np.random.Generator) -> _Cells:
    grid = np.indices((settings.size, settings.size)).reshape(2, -1).T
    shape = (settings.size, settings.size)
    owner = np.full(shape, -1, np.int64)
    if len(centres):
        distance, nearest = cKDTree(centres).query(grid, distance_upper_bound=_REACH * settings.diameter)
        owner = np.where(np.isfinite(distance), nearest, -1).reshape(shape)
    nuclei, nucleus_of = np.zeros(shape), np.full(shape, -1, np.int64)
    for number, centre in enumerate(centres):
        stretch, angle = rng.uniform(1.0, 1.4), rng.uniform(0, np.pi)
        down, across = grid.T.reshape(2, *shape) - centre[:, None, None]
        long = (across * np.cos(angle) + down * np.sin(angle)) / np.sqrt(stretch)
        short = (down * np.cos(angle) - across * np.sin(angle)) * np.sqrt(stretch)
        inside = np.hypot(long, short) < settings.diameter / 2
        nuclei[inside] = np.exp(0.15 * rng.standard_normal())
        nucleus_of[inside] = number
    return _Cells(centres, owner, nuclei, nucleus_of)


def _photograph(
    light: NDArray[np.floating[Any]], settings: AssayFieldSettings, rng: np.random.Generator
) -> NDArray[np.uint16]:
    seen = ndimage.gaussian_filter(light, settings.blur * settings.diameter) * settings.brightness
    seen += settings.noise * np.sqrt(np.maximum(seen, 0.0) + 25.0) * rng.standard_normal(seen.shape) + _OFFSET
    return np.clip(seen, 0, 65535).astype(np.uint16)


def _choose(cells: _Cells, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    chosen = np.zeros(len(cells.centres), np.bool_)
    chosen[rng.permutation(len(chosen))[: round(share * len(chosen))]] = True
    return chosen


def _paint_parasites(settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """Amastigotes, each a small nucleus and a smaller kinetoplast, in the cytoplasm of infected cells; one stain."""
    cells = _scatter(settings, rng)
    infected = np.flatnonzero(_choose(cells, settings.infected * (1 - settings.effect), rng))
    light = cells.nuclei + 0.12 * (cells.owner >= 0)
    room = ndimage.binary_erosion(cells.nucleus_of < 0, iterations=max(1, round(0.15 * settings.diameter)))
    counts = []
    for cell in infected:
        places = np.argwhere((cells.owner == cell) & room).astype(float)
        wanted = max(8, rng.poisson(settings.parasites))
        chosen: list[NDArray[np.float64]] = []
        for place in places[rng.permutation(len(places))]:
            if len(chosen) < wanted and all(np.hypot(*(place - one)) > 0.3 * settings.diameter for one in chosen):
                chosen.append(place)
        counts.append(len(chosen))
        for place in chosen:
            angle = rng.uniform(0, 2 * np.pi)
            shift = settings.kinetoplast_offset * settings.diameter * np.array([np.sin(angle), np.cos(angle)])
            _add_dot(light, place, 0.06 * settings.diameter, settings.parasite_contrast)
            _add_dot(light, place + shift, 0.04 * settings.diameter, settings.parasite_contrast)
    image = _photograph(light, settings, rng)
    return SimulatedField({"DNA": image}, {
        "cells": float(len(cells.centres)), "infected": float(len(infected)), "parasites": float(sum(counts)),
        "median": float(np.median(counts)) if counts else 0.0,
    })  # fmt: skip


def _add_dot(light: Image, place: NDArray[np.float64], sigma: float, height: float) -> None:
    reach = int(np.ceil(4 * sigma)) + 1
    top, left = (max(0, int(place[axis]) - reach) for axis in (0, 1))
    window = light[top : top + 2 * reach + 2, left : left + 2 * reach + 2]
    down, across = np.indices(window.shape)
    window += height * np.exp(-((down + top - place[0]) ** 2 + (across + left - place[1]) ** 2) / (2 * sigma**2))


def _paint_bacteria(settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """Rods of 0.12 x 0.3 nucleus diameters, in clumps, on cells that glow a little themselves."""
    cells = _scatter(settings, rng)
    infected = np.flatnonzero(_choose(cells, settings.infected * (1 - settings.effect), rng))
    rods = np.zeros(cells.nuclei.shape)
    down, across = np.indices(rods.shape)
    for cell in infected:
        places = np.argwhere(cells.owner == cell).astype(float)
        for _ in range(max(3, rng.poisson(8))):
            place, angle = places[rng.integers(len(places))], rng.uniform(0, np.pi)
            along = (across - place[1]) * np.cos(angle) + (down - place[0]) * np.sin(angle)
            aside = (down - place[0]) * np.cos(angle) - (across - place[1]) * np.sin(angle)
            rods[(np.abs(along) < 0.15 * settings.diameter) & (np.abs(aside) < 0.06 * settings.diameter)] = 0.5
    images = {
        "DNA": _photograph(cells.nuclei, settings, rng),
        "Bacteria": _photograph(rods + 0.06 * (cells.owner >= 0), settings, rng),
    }
    area = float((rods > 0).sum())
    return SimulatedField(images, {
        "cells": float(len(cells.centres)), "infected": float(len(infected)), "area": area,
        "area_per_cell": area / max(len(cells.centres), 1),
    })  # fmt: skip


def _paint_survival(settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """The cytopathic effect leaves one cell in ten, and shrunken remains that are small and dim."""
    cells = _scatter(settings, rng)
    alive = _choose(cells, 0.1 + 0.9 * settings.effect, rng) if settings.infected else np.ones(len(cells.centres), bool)
    left = _draw_cells(cells.centres[alive], settings, rng)
    light = left.nuclei.copy()
    for place in cells.centres[~alive][::4]:
        _add_dot(light, place, 0.05 * settings.diameter, 0.5)
    return SimulatedField({"DNA": _photograph(light, settings, rng)}, {"cells": float(alive.sum())})


def _paint_foci(settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """Antigen in all cells around a few places far from each other."""
    cells = _scatter(settings, rng)
    seeds = [np.array([row, column]) * settings.size for row in (0.2, 0.8) for column in (0.2, 0.8)]
    kept = seeds[: round(len(seeds) * (1 - settings.effect))]
    infected = np.zeros(len(cells.centres), np.bool_)
    for seed in kept:
        infected[np.argsort(np.hypot(*(cells.centres - seed).T))[:5]] = True
    body = np.concatenate([infected * 0.6 + 0.05, [0.0]])[cells.owner]
    images = {"DNA": _photograph(cells.nuclei, settings, rng), "Virus": _photograph(body, settings, rng)}
    truth = {"cells": len(infected), "foci": len(kept), "infected": infected.sum()}
    return SimulatedField(images, {name: float(value) for name, value in truth.items()})


def _paint_syncytia(settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """Fused cells, whose nuclei gather in one bright body, among single cells that have the same dye and dark edges."""
    fused = 0 if settings.effect >= 1 else max(1, round(3 * (1 - settings.effect)))
    single = _scatter(settings, rng)
    middles = [np.array([row, column]) * settings.size for row, column in ((0.25, 0.3), (0.7, 0.25), (0.55, 0.75))]
    away = [all(np.hypot(*(one - middle)) > 3.4 * settings.diameter for middle in middles[:fused])
            for one in single.centres]  # fmt: skip
    centres, group = [*single.centres[away]], list(range(sum(away)))
    circle = 0.65 * settings.diameter / np.sin(np.pi / settings.syncytium_nuclei)
    for number, middle in enumerate(middles[:fused]):
        for turn in range(settings.syncytium_nuclei):
            angle = 2 * np.pi * turn / settings.syncytium_nuclei
            centres.append(middle + circle * np.array([np.sin(angle), np.cos(angle)]))
            group.append(sum(away) + number)
    cells = _draw_cells(np.array(centres), settings, rng)
    body = np.array([*group, -1], np.int64)[cells.owner]
    edge = ndimage.grey_dilation(body, (3, 3)) != ndimage.grey_erosion(body, (3, 3))
    edge = ndimage.binary_dilation(edge, iterations=max(1, round(0.06 * settings.diameter)))
    images = {
        "DNA": _photograph(cells.nuclei, settings, rng),
        "Cytoplasm": _photograph(0.6 * ((body >= 0) & ~edge), settings, rng),
    }
    return SimulatedField(images, {
        "nuclei": float(len(centres)), "fused": float(fused * settings.syncytium_nuclei), "syncytia": float(fused),
    })  # fmt: skip


def _paint_coculture(settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """Two populations, one marked in its bodies; the treatment removes marked cells."""
    cells = _scatter(settings, rng)
    marked = _choose(cells, settings.marked, rng)
    alive = ~marked | (rng.random(len(marked)) >= settings.effect)
    left = _draw_cells(cells.centres[alive], settings, rng)
    body = np.concatenate([marked[alive] * 0.5 + 0.04, [0.0]])[left.owner]
    images = {"DNA": _photograph(left.nuclei, settings, rng), "Tumour": _photograph(body, settings, rng)}
    return SimulatedField(images, {
        "marked": float((marked & alive).sum()), "unmarked": float((~marked & alive).sum()),
    })  # fmt: skip


def _paint_spheroid(settings: AssayFieldSettings, rng: np.random.Generator) -> SimulatedField:
    """A ball of cells with a stain of the dead, which fills it from its middle outwards as the treatment kills."""
    down, across = np.indices((settings.size, settings.size)) - settings.size / 2
    radius = 0.5 * settings.spheroid_diameter * settings.size
    distance = np.hypot(down - 0.03 * settings.size, across + 0.02 * settings.size) / radius
    grain = ndimage.gaussian_filter(rng.standard_normal(distance.shape), 0.3 * settings.diameter)
    ball = np.clip(1 - distance**2, 0, 1) ** 0.25 * (1 + 0.5 * grain)
    dead = 0.02 + 0.5 * settings.effect * ball
    images = {"DNA": _photograph(ball, settings, rng), "Dead": _photograph(dead, settings, rng)}
    return SimulatedField(images, {"diameter": 2 * radius, "volume": 4 / 3 * np.pi * radius**3})

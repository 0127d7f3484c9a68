"""A second simulated plate, painted by other rules than swanneck's own, so that nothing is fitted to one painter.

A confocal-like picture (nuclei dark in the antigen channel) or a widefield one, antigen spread through the cytoplasm,
in the nucleus, or in spots beside it; 8 or 16 bit; an inhibitor as positive control that leaves some infection; other
names of files, wells and roles; semicolons and decimal commas in the layout. Used by `recovery.py --second`.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage

DOSES = 30e-6 / 10 ** (np.arange(8) / 2)
ROWS = "ABCDEFGHIJKLMNOP"
SIZE, REACH = 512, 45
Image = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Style:
    """How a plate is painted. `resistant` is the share of infection that the positive control leaves."""

    antigen: str = "cytoplasm"  # or "nucleus", "spots"
    confocal: bool = True
    bits: int = 16
    resistant: float = 0.08


@dataclass(frozen=True)
class Compound:
    name: str
    kind: str
    ic50: float | None
    cc50: float | None
    slope: float


STYLES = (
    Style(), Style(confocal=False, resistant=0.0), Style(bits=8), Style("spots"), Style("nucleus", confocal=False)
)  # fmt: skip


def paint_plate(folder: Path, style: Style, seed: int, fields: int = 2) -> list[Compound]:
    """Write a plate's images, layout, truth of compounds (`truth.csv`) and of wells (`truth_wells.csv`)."""
    rng = np.random.default_rng(seed)
    images = folder / "TimePoint_1"
    images.mkdir(parents=True)
    compounds = _draw_compounds(rng)
    wells = _assign_wells(compounds)
    _write_tables(folder, compounds, wells)
    untreated = rng.uniform(0.35, 0.75)
    counted = []
    for well, _, role, compound, dose in wells:
        effect = survival = 1.0
        if compound is not None and dose is not None:
            effect, survival = _left(dose, compound.ic50, compound.slope), _left(dose, compound.cc50, compound.slope)
        elif role == "pos":
            effect = style.resistant
        share = float(np.clip(untreated * effect * np.exp(rng.normal(0, 0.05)), 0, 1))
        total = np.zeros(2, int)
        for field in range(1, fields + 1):
            dna, virus, numbers = paint_field(rng, survival, share, style)
            total += numbers
            for channel, image, gain, dark in ((1, dna, 900, 60), (2, virus, 1200, 80)):
                tifffile.imwrite(
                    images / f"Screen7_{well}_s{field}_w{channel}.TIF",
                    photograph(image, gain=gain, dark=dark, bits=style.bits, rng=rng),
                )
        counted.append((well, *total.tolist()))
    with (folder / "truth_wells.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("well", "cells", "infected"), *counted])
    return compounds


def _left(dose: float, potency: float | None, slope: float) -> float:
    return 1.0 if potency is None else 1 / (1 + (dose / potency) ** slope)


def _draw_compounds(rng: np.random.Generator) -> list[Compound]:
    compounds = []
    for number in range(1, 37):
        kind = str(rng.choice(["active", "active_toxic", "toxic", "inactive"], p=[0.3, 0.1, 0.15, 0.45]))
        ic50 = np.exp(rng.uniform(np.log(DOSES[-1] / 2), np.log(DOSES[0] * 1.5)))
        cc50 = np.exp(rng.uniform(np.log(1e-6), np.log(60e-6)))
        slope = rng.uniform(0.8, 2.5)
        compounds.append(
            Compound(
                f"CMP-{number:03d}",
                kind,
                float(ic50) if kind.startswith("active") else None,
                float(cc50) if "toxic" in kind else None,
                float(slope),
            )
        )
    return compounds


def _assign_wells(compounds: list[Compound]) -> list[tuple[str, str, str, Compound | None, float | None]]:
    wells: list[tuple[str, str, str, Compound | None, float | None]] = []
    for row, letter in enumerate(ROWS):
        wells.append((f"{letter}01", "", "neg", None, None))
        wells.append((f"{letter}02", "", "neg" if row % 2 else "pos", None, None))
        wells.append((f"{letter}24", "Remdesivir", "pos", None, 10e-6))
    places = iter(f"{letter}{column:02d}" for column in range(3, 24) for letter in ROWS)
    doses = [(compound, float(dose)) for compound in compounds for dose in DOSES]
    return [*wells, *((next(places), compound.name, "test", compound, dose) for compound, dose in doses)]


def _write_tables(folder: Path, compounds: list[Compound], wells: list[Any]) -> None:
    with (folder / "layout.csv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Well", "Treatment", "Conc [uM]", "Type"])
        for well, name, role, _, dose in wells:
            writer.writerow([well, name, "" if dose is None else f"{dose * 1e6:.5g}".replace(".", ","), role])
    with (folder / "truth.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["compound", "class", "ic50_molar", "cc50_molar", "slope"])
        writer.writerows((one.name, one.kind, one.ic50 or "", one.cc50 or "", one.slope) for one in compounds)


def paint_field(
    rng: np.random.Generator, survival: float, share: float, style: Style
) -> tuple[Image, Image, tuple[int, int]]:
    expected = 90 * np.exp(rng.normal(0, 0.08))
    places = _apart(rng, int(rng.poisson(expected * survival)))
    dna, virus = np.zeros((SIZE, SIZE)), np.zeros((SIZE, SIZE))
    infected = rng.random(len(places)) < share
    for centre, is_infected in zip(places, infected, strict=True):
        _paint_cell(dna, virus, centre, infected=bool(is_infected), style=style, rng=rng)
    for centre in rng.uniform(0, SIZE, (rng.poisson(0.1 * expected * (1 - survival)), 2)):
        _paint_dead(dna, centre, rng)
    return dna, virus, (len(places), int(infected.sum()))


def _apart(rng: np.random.Generator, count: int) -> list[Any]:
    places = np.empty((0, 2))
    for place in rng.uniform(0, SIZE, (3 * count, 2)):
        if len(places) < count and np.all(np.hypot(*(places - place).T) > 22):
            places = np.vstack([places, place])
    return list(places)


def _box(centre: NDArray[np.floating[Any]]) -> tuple[tuple[slice, slice], Image, Image]:
    spans = tuple(slice(int(max(0, at - REACH)), int(min(SIZE, at + REACH))) for at in centre)
    rows, columns = np.mgrid[spans]
    return (spans[0], spans[1]), rows - centre[0], columns - centre[1]


def _paint_cell(
    dna: Image, virus: Image, centre: NDArray[np.floating[Any]], *, infected: bool, style: Style, rng: Any
) -> None:
    place, rows, columns = _box(centre)
    long = rng.uniform(10, 15)
    short, turn = long * rng.uniform(0.65, 1), rng.uniform(0, np.pi)
    along, across = rows * np.cos(turn) + columns * np.sin(turn), columns * np.cos(turn) - rows * np.sin(turn)
    radius = np.hypot(along / long, across / short)
    nucleus = np.clip((1.1 - radius) * 6, 0, 1)
    stain = nucleus * rng.lognormal(0, 0.25) * (1 + 0.15 * rng.standard_normal(nucleus.shape))
    dna[place] = np.maximum(dna[place], stain)
    body = np.clip((rng.uniform(1.8, 2.4) - radius) * 3, 0, 1)
    if style.confocal:
        body = body * (1 - 0.85 * nucleus)
    antigen = 0.03 * body
    if infected:
        antigen = antigen + rng.lognormal(0, 0.5) * _antigen(
            style.antigen, body, nucleus, axes=(along, across), long=long, rng=rng
        )
    virus[place] = np.maximum(virus[place], antigen)


def _antigen(kind: str, body: Image, nucleus: Image, *, axes: tuple[Image, Image], long: float, rng: Any) -> Image:
    if kind == "nucleus":
        return 0.9 * nucleus + 0.25 * body
    if kind == "cytoplasm":
        return body
    spots = np.zeros(body.shape)  # replication organelles: ten to thirty spots on one side of the nucleus
    side = rng.uniform(0, 2 * np.pi)
    for _ in range(rng.integers(10, 30)):
        angle, far = side + rng.normal(0, 0.7), long * rng.uniform(1.0, 1.7)
        away = (axes[0] - far * np.cos(angle)) ** 2 + (axes[1] - far * np.sin(angle)) ** 2
        spots = np.maximum(spots, np.exp(-away / (2 * 1.6**2)))
    return spots + 0.12 * body


def _paint_dead(dna: Image, centre: NDArray[np.floating[Any]], rng: Any) -> None:
    place, rows, columns = _box(centre)
    pyknotic = np.clip((rng.uniform(4, 7) - np.hypot(rows, columns)) / 1.5, 0, 1) * rng.uniform(1.4, 2.6)
    dna[place] = np.maximum(dna[place], pyknotic)


def photograph(image: Image, *, gain: float, dark: float, bits: int, rng: Any) -> NDArray[Any]:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    light = 1 - 0.3 * ((rows - SIZE * 0.55) ** 2 + (columns - SIZE * 0.45) ** 2) / (SIZE**2 / 2)
    seen = ndimage.gaussian_filter(image, 1.2) * light * gain + dark * light
    counts = rng.poisson(np.maximum(seen, 0)) + rng.normal(0, 4, seen.shape) + 20
    if bits == 8:
        return np.clip(counts / 8, 0, 255).astype(np.uint8)
    return np.clip(counts, 0, 65535).astype(np.uint16)

"""One field of infected cells, painted: positions, nuclei, cell bodies, antigen, debris, optics and camera.

Shapes are stamped onto the field, each in its own bounding box. Cell bodies compete for pixels by height, as
neighbours in a monolayer do. Then come haze, blur, uneven light and the camera, once per channel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from swanneck.screening._stamps import Image, Optics, Stamps, draw_stamps

__all__ = ["FieldContent", "Optics", "PaintedField", "paint_field"]

_CAMERA_OFFSET = 100.0
_CAMERA_MAXIMUM = 4095
_READ_NOISE = 4.0  # counts
_ELECTRONS_PER_COUNT = 1.0
_NUCLEAR_SIGNAL = 750.0  # counts, a G1 nucleus
_BACKGROUND = {"DNA": 50.0, "Virus": 70.0}  # counts, medium and plastic
_AUTOFLUORESCENCE = 75.0  # counts, the body of an uninfected cell in the antigen channel
_MARGIN = 25.0  # µm around the field in which cells are placed too, so that borders cut through cells
_FOCUS_BLUR = (0.55, 0.85)  # µm, sigma of the point spread with the focus of each field
_DEFOCUS_BLUR = (3.0, 5.5)  # µm
_BODY_DEPTH_BLUR = 0.6  # µm, more blur of the antigen, which lies through the depth of a cell
_CYTOPLASMIC_DYE = 22.0  # counts
_HAZE = 0.12  # share of the light that comes from above and below the plane in focus
_HAZE_BLUR = 14.0  # µm


@dataclass(frozen=True)
class FieldContent:
    """What is expected in a field: numbers of cells, dead cells and pieces of debris, and how they look."""

    cells: float
    infected_fraction: float
    dead: float
    debris: float
    antigen_signal: float
    antigen_spread: float
    clumping: float


@dataclass(frozen=True)
class PaintedField:
    """Two pictures of a field, and the numbers of what has its centre inside it."""

    dna: NDArray[np.uint16]
    virus: NDArray[np.uint16]
    cells: int
    infected: int
    dead: int
    debris: int


@dataclass(frozen=True)
class _Scene:
    """A field while it is painted: light in counts, before it reaches the camera."""

    dna: Image
    virus: Image
    stamps: Stamps
    rng: np.random.Generator


@dataclass(frozen=True)
class _Cells:
    """Cells of a field: centres in pixels, which nucleus to stamp, infected or not, inside the picture or not."""

    centre: NDArray[np.float64]
    shape: NDArray[np.intp]
    infected: NDArray[np.bool_]
    inside: NDArray[np.bool_]


def paint_field(content: FieldContent, optics: Optics, rng: np.random.Generator) -> PaintedField:
    """Paint one field of a well in both channels, 16-bit with the range of a 12-bit camera."""
    shape = (optics.height, optics.width)
    scene = _Scene(np.zeros(shape, np.float32), np.zeros(shape, np.float32), draw_stamps(optics), rng)
    cells = _scatter_cells(content, optics, scene)
    _paint_nuclei(scene, cells)
    _paint_bodies(scene, cells, content)
    dead = _paint_dead(scene, _places(content.dead, scene))
    debris = _paint_debris(scene, _places(content.debris, scene))
    defocused = rng.random() < optics.out_of_focus
    blur = rng.uniform(*(_DEFOCUS_BLUR if defocused else _FOCUS_BLUR))
    return PaintedField(
        dna=_photograph(scene.dna, "DNA", blur, optics=optics, rng=rng),
        virus=_photograph(scene.virus, "Virus", float(np.hypot(blur, _BODY_DEPTH_BLUR)), optics=optics, rng=rng),
        cells=int(cells.inside.sum()),
        infected=int((cells.infected & cells.inside).sum()),
        dead=dead,
        debris=debris,
    )


def _scatter_cells(content: FieldContent, optics: Optics, scene: _Scene) -> _Cells:
    """Draw places that avoid each other and gather in islands; infection spreads in foci."""
    rng, nuclei = scene.rng, scene.stamps.nuclei
    margin = _MARGIN / optics.pixel_size
    extent = np.array([optics.height, optics.width]) + 2 * margin
    count = int(rng.poisson(content.cells * extent.prod() / (optics.height * optics.width)))
    candidates = rng.uniform(size=(3 * count + 20, 2)) * extent
    # Weighted draws without replacement: the smallest of exponential times divided by the weights.
    crowding = content.clumping * _smooth_waves(candidates * optics.pixel_size, rng)
    candidates = candidates[np.argsort(rng.exponential(size=len(candidates)) / np.exp(crowding))]
    shape = rng.integers(0, len(nuclei), len(candidates))
    # A stamp is a good half wider than its nucleus; some neighbours stand clear, some touch, a few overlap.
    reach = np.sqrt([nuclei[index].size for index in shape]) * rng.uniform(0.22, 0.4, len(candidates))
    kept = _keep_apart(candidates, reach)[:count]
    centre = candidates[kept] - margin
    foci = _smooth_waves(centre * optics.pixel_size, rng) + 0.8 * rng.standard_normal(len(centre))
    infected = np.zeros(len(centre), np.bool_)
    infected[np.argsort(-foci)[: rng.binomial(len(centre), content.infected_fraction)]] = True
    inside = np.all((centre >= 0) & (centre < (optics.height, optics.width)), axis=1)
    return _Cells(centre, shape[kept], infected, inside)


def _smooth_waves(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth random landscape of standard deviation 1 at points in µm: twelve waves of 80 to 300 µm."""
    total = np.zeros(len(points))
    for _ in range(12):
        angle, phase, length = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi), rng.uniform(80, 300)
        total += np.cos((points[:, 0] * np.sin(angle) + points[:, 1] * np.cos(angle)) * (2 * np.pi / length) + phase)
    return np.asarray(total / np.sqrt(6))


def _keep_apart(points: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give the points that stay when each, in order, is refused if it lies within reach of one kept before."""
    pairs = cKDTree(points).query_pairs(2 * reach.max(), output_type="ndarray")
    distance = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    pairs = np.sort(pairs[distance < reach[pairs].sum(axis=1)], axis=1)
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    refused = [False] * len(points)
    for first, second in pairs.tolist():
        if not refused[first]:
            refused[second] = True
    return np.flatnonzero(~np.array(refused))


def _turned(stamp: Image, turn: int) -> Image:
    """One of the eight ways to lay down a stamp."""
    stamp = stamp.T if turn & 4 else stamp
    stamp = stamp[::-1] if turn & 2 else stamp
    return stamp[:, ::-1] if turn & 1 else stamp


def _overlap(shape: tuple[int, ...], stamp: Image, centre: NDArray[np.float64]) -> tuple[tuple[slice, slice], Image]:
    """Where a stamp meets an image: the image's slices, and the part of the stamp that lies on it (may be empty)."""
    above, before = int(centre[0] // 1) - stamp.shape[0] // 2, int(centre[1] // 1) - stamp.shape[1] // 2
    top, bottom = (min(max(edge, 0), shape[0]) for edge in (above, above + stamp.shape[0]))
    left, right = (min(max(edge, 0), shape[1]) for edge in (before, before + stamp.shape[1]))
    return (slice(top, bottom), slice(left, right)), stamp[top - above : bottom - above, left - before : right - before]


def _add(image: Image, stamp: Image, centre: NDArray[np.float64], brightness: float) -> None:
    place, part = _overlap(image.shape, stamp, centre)
    image[place] += np.float32(brightness) * part


def _paint_nuclei(scene: _Scene, cells: _Cells) -> None:
    rng, count = scene.rng, len(cells.centre)
    brightness = _NUCLEAR_SIGNAL * np.exp(0.22 * rng.standard_normal(count))
    # Cells about to divide have condensed their chromosomes: brighter.
    brightness[rng.random(count) < 0.02] *= 2.2
    turns = rng.integers(0, 8, count).tolist()
    for centre, shape, signal, turn in zip(cells.centre, cells.shape, brightness.tolist(), turns, strict=True):
        _add(scene.dna, _turned(scene.stamps.nuclei[shape], turn), centre, signal)


def _paint_bodies(scene: _Scene, cells: _Cells, content: FieldContent) -> None:
    """Bodies share out the pixels by height; antigen fills the cytoplasm of the infected, densest at the nucleus."""
    rng, count = scene.rng, len(cells.centre)
    height, owner = _share_out(scene, cells)
    glow = _AUTOFLUORESCENCE * np.exp(0.3 * rng.standard_normal(count))
    antigen = content.antigen_signal * np.exp(content.antigen_spread * rng.standard_normal(count))
    body = np.concatenate([[0.0], glow + np.where(cells.infected, antigen, 0.0)]).astype(np.float32)
    light = body[owner]
    light *= height * (0.45 + 0.75 * height)
    light *= _tile(scene.stamps.granules, height.shape, rng)
    # A cytoplasmic antigen leaves the nucleus darker: only what lies above and below it shines through.
    light *= 1 - 0.55 * np.minimum(scene.dna / _NUCLEAR_SIGNAL, 1)
    np.add(scene.virus, light, out=scene.virus)
    np.add(scene.dna, _CYTOPLASMIC_DYE * height, out=scene.dna)


def _share_out(scene: _Scene, cells: _Cells) -> tuple[Image, NDArray[np.int32]]:
    """Give each pixel the height of the highest body there and that body's number, from 1; 0 where there is none."""
    bodies, count = scene.stamps.bodies, len(cells.centre)
    height, owner = np.zeros(scene.dna.shape, np.float32), np.zeros(scene.dna.shape, np.int32)
    shapes = scene.rng.integers(0, len(bodies), count).tolist()
    turns = scene.rng.integers(0, 8, count).tolist()
    for number, centre in enumerate(cells.centre):
        place, part = _overlap(height.shape, _turned(bodies[shapes[number]], turns[number]), centre)
        higher = part > height[place]
        np.copyto(height[place], part, where=higher)
        np.copyto(owner[place], number + 1, where=higher)
    return height, owner


def _tile(texture: Image, shape: tuple[int, ...], rng: np.random.Generator) -> Image:
    start = rng.integers(0, texture.shape[0], 2)
    rows = (start[0] + np.arange(shape[0])) % texture.shape[0]
    columns = (start[1] + np.arange(shape[1])) % texture.shape[1]
    return texture[np.ix_(rows, columns)]


def _places(expected: float, scene: _Scene) -> NDArray[np.float64]:
    return scene.rng.uniform(size=(scene.rng.poisson(expected), 2)) * scene.dna.shape


def _paint_dead(scene: _Scene, places: NDArray[np.float64]) -> int:
    """Dead cells that stay: small round bright nuclei, some in two or three pieces, in a shrunken glowing body."""
    rng, stamps = scene.rng, scene.stamps
    for centre in places:
        brightness = _NUCLEAR_SIGNAL * rng.uniform(1.5, 3.0)
        _add(
            scene.virus,
            stamps.nuclei[rng.integers(len(stamps.nuclei))],
            centre,
            _AUTOFLUORESCENCE * rng.uniform(0.5, 2.5),
        )
        for piece in range(rng.choice([1, 1, 1, 2, 3])):
            condensed = stamps.condensed[rng.integers(len(stamps.condensed))]
            shift = rng.normal(scale=0.7 * condensed.shape[0] / 2, size=2) if piece else 0.0
            _add(scene.dna, condensed, centre + shift, brightness)
    return len(places)


def _paint_debris(scene: _Scene, places: NDArray[np.float64]) -> int:
    """Specks in either channel or both, bright or faint, and now and then a fibre."""
    rng = scene.rng
    for centre in places:
        fibre = rng.random() < 0.04
        pieces = scene.stamps.fibres if fibre else scene.stamps.specks
        stamp = _turned(pieces[rng.integers(len(pieces))], int(rng.integers(8)))
        signal = np.exp(rng.uniform(np.log(150), np.log(3000))) * (0.3 if fibre else 1)
        channel = rng.random()
        if channel < 0.6:
            _add(scene.dna, stamp, centre, signal)
        if channel > 0.4:
            _add(scene.virus, stamp, centre, signal)
    return len(places)


def _photograph(
    scene: Image, channel: str, blur: float, *, optics: Optics, rng: np.random.Generator
) -> NDArray[np.uint16]:  # noqa: PLR0917
    """Background, haze, blur, uneven light, then the camera.

    Photon noise is drawn as a normal of the same variance: at the 50 and more electrons of the background the
    two differ by less than the read noise.
    """
    scene += np.float32(_BACKGROUND[channel])
    seen = ndimage.gaussian_filter(scene, blur / optics.pixel_size, mode="reflect", truncate=3.0)
    seen *= 1 - _HAZE
    seen += _HAZE * _haze(scene, _HAZE_BLUR / optics.pixel_size)
    seen *= draw_stamps(optics).light[channel]
    deviation = np.sqrt(seen / _ELECTRONS_PER_COUNT + _READ_NOISE**2)
    deviation *= optics.noise
    deviation *= rng.standard_normal(seen.shape, np.float32)
    seen += deviation
    seen += _CAMERA_OFFSET + 0.5
    return np.clip(seen, 0, _CAMERA_MAXIMUM, out=seen).astype(np.uint16)


def _haze(scene: Image, blur: float) -> Image:
    """A wide blur, computed on blocks of pixels and interpolated back."""
    block = max(1, int(blur / 3))
    rows, columns = -(-scene.shape[0] // block), -(-scene.shape[1] // block)
    padded = np.pad(scene, ((0, rows * block - scene.shape[0]), (0, columns * block - scene.shape[1])), mode="edge")
    coarse = ndimage.gaussian_filter(padded.reshape(rows, block, columns, block).mean(axis=(1, 3)), blur / block)
    return _stretch(_stretch(coarse, block, scene.shape[0]).T, block, scene.shape[1]).T


def _stretch(coarse: Image, block: int, length: int) -> Image:
    """Interpolate rows of block means linearly back to single rows."""
    at = np.clip((np.arange(length) + 0.5) / block - 0.5, 0, len(coarse) - 1)
    low = np.minimum(at.astype(np.intp), max(len(coarse) - 2, 0))
    share = (at - low).astype(np.float32)[:, None]
    high = np.minimum(low + 1, len(coarse) - 1)
    between: Image = coarse[low] * (1 - share) + coarse[high] * share
    return between

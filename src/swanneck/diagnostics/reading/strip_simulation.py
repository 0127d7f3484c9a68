"""Photographs of lateral-flow tests, simulated: cassettes or bare strips on a table, with everything known of them.

The pictures test the reader; how they compare with what a telephone takes is for the user's own photographs to say.
"""

from dataclasses import dataclass
from typing import Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import ndimage

from swanneck.diagnostics.reading.strip_drawing import (
    Ground,
    blend,
    glyph_distance,
    ground_colour,
    rectangle_distance,
    segment_distance,
)
from swanneck.foundation.settings import Settings

__all__ = ["SceneSettings", "SimulatedScene", "SimulatedStrip", "simulate_strips", "vary_scene"]

Array = NDArray[np.float64]
_LABELS = {"gold": (0.3, 1.0, 0.7), "blue": (1.0, 0.7, 0.25), "black": (1.0, 1.0, 1.0)}
"""Density of a label in red, green and blue as a share of its greatest: colloidal gold, blue latex, carbon."""


class SceneSettings(Settings):
    """One photograph. Densities are those of the line's middle in its darkest channel (0.3 halves the light)."""

    strips: int = Field(1, ge=1, le=12)
    """Tests beside each other."""
    cassette: bool = True
    """A cassette with window and sample well; a bare strip with its pads otherwise."""
    control: float = Field(0.4, ge=0, le=2)
    tests: tuple[float, ...] = (0.2,)
    """One density for each test line; 0 where there is none."""
    label: Literal["gold", "blue", "black"] = "gold"
    letters: bool = True
    """C and T are printed beside the window."""
    ground: Ground = "plain"
    hand: bool = False
    """Fingers hold the end of the first test."""
    rotation: float = 0.0
    """Degrees, anticlockwise; 180 is upside down."""
    tilt: float = Field(0.0, ge=0, le=60)
    """Degrees by which the camera looks from the side."""
    pixels_per_mm: float = Field(10.0, gt=0.5, le=60)
    shading: float = Field(0.15, ge=0, lt=1)
    """Share of the light that is lost towards one side."""
    shadow: float = Field(0.0, ge=0, lt=1)
    """Share of the light that a shadow across the picture takes."""
    smear: float = Field(0.0, ge=0, le=1)
    """Density of conjugate that has not cleared from the membrane."""
    dry_out: bool = False
    """The liquid stopped before the test line: no line beyond, a dark front instead."""
    warmth: float = Field(0.0, ge=-0.4, le=0.4)
    """White balance: red against blue."""
    blur: float = Field(0.7, ge=0)
    """Pixels, standard deviation."""
    noise: float = Field(0.01, ge=0)
    """Standard deviation as a share of white."""
    jpeg_quality: int = Field(85, ge=0, le=100)
    """Level of the JPEG compression that the picture went through; 0 for none."""


@dataclass(frozen=True)
class SimulatedStrip:
    """What is true of one test: the window's corners as rows of x and y in pixels, the first two at the control's end;

    places of control and tests as a share of the window's length from that end, and their densities.
    """

    corners: Array
    control_place: float
    test_places: tuple[float, ...]
    control: float
    tests: tuple[float, ...]

    @property
    def result(self) -> str:
        """positive, negative or invalid."""
        if self.control <= 0:
            return "invalid"
        return "positive" if any(one > 0 for one in self.tests) else "negative"


@dataclass(frozen=True)
class SimulatedScene:
    """A picture (rows, columns, red-green-blue; 8 bits) and the truth of each strip in it."""

    picture: NDArray[np.uint8]
    strips: tuple[SimulatedStrip, ...]


def vary_scene(generator: np.random.Generator, **fixed: object) -> SceneSettings:
    """Draw the settings of a photograph as users may take it; `fixed` settings stay as they are given."""
    draw = generator.uniform
    varied: dict[str, object] = {
        "strips": int(generator.choice([1, 1, 1, 2, 3])), "cassette": bool(draw() < 0.85), "control": draw(0.15, 0.6),
        "tests": (float(draw(0.08, 0.5)) if draw() < 0.5 else 0.0,),
        "label": str(generator.choice(["gold", "gold", "blue"])), "letters": bool(draw() < 0.7),
        "ground": str(generator.choice(["plain", "wood", "cloth", "tiles"])), "hand": bool(draw() < 0.2),
        "rotation": float(draw(0, 360)), "tilt": float(draw(0, 25)), "pixels_per_mm": float(draw(5, 14)),
        "shading": float(draw(0, 0.4)), "shadow": float(draw(0, 0.4)) if draw() < 0.3 else 0.0,
        "warmth": float(draw(-0.15, 0.2)), "blur": float(draw(0.4, 1.5)), "noise": float(draw(0.003, 0.02)),
        "jpeg_quality": int(draw(60, 95)),
    }  # fmt: skip
    return SceneSettings.model_validate(varied | fixed)


@dataclass(frozen=True)
class _Design:
    """The make of a test, in millimetres; x runs along it, the sample's end at the left."""

    half: tuple[float, float]
    corner: float
    plastic: Array
    window: tuple[float, float]
    window_x: float
    window_corner: float
    bevel: float
    well_x: float
    well: float
    control_x: float
    test_x: tuple[float, ...]
    line: float
    letter_turn: float
    ink: Array


def simulate_strips(settings: SceneSettings, generator: np.random.Generator) -> SimulatedScene:
    """Take one simulated photograph.

    >>> scene = simulate_strips(SceneSettings(), np.random.default_rng(1))
    >>> scene.picture.dtype, scene.strips[0].result
    (dtype('uint8'), 'positive')
    """
    design = _design(settings, generator)
    pitch = 2 * design.half[1] + generator.uniform(3, 8)
    places = [(number - (settings.strips - 1) / 2) * pitch for number in range(settings.strips)]
    reach = (design.half[0] + 12, design.half[1] + abs(places[0]) + 12)
    camera, shape = _camera(settings, reach)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    x, y = _project(np.asarray(np.linalg.inv(camera), np.float64), columns, rows)
    light = np.array([np.cos(1.0), np.sin(1.0)]) if generator.uniform() < 0.5 else np.array([-0.6, 0.8])
    picture = ground_colour(settings.ground, x, y, generator)
    strips = []
    for place in places:
        shift = (float(generator.uniform(-3, 3)), place)
        draw = _draw_cassette if settings.cassette else _draw_bare
        near = (np.abs(x - shift[0]) < reach[0]) & (np.abs(y - place) < design.half[1] + 3)
        box = ndimage.find_objects(near.astype(np.uint8))[0]
        draw(picture[box], (x[box] - shift[0], y[box] - place), design, settings, light=light, generator=generator)
        strips.append(_truth(design, settings, camera, shift))
    if settings.hand:
        _draw_fingers(picture, (x + design.half[0] - 4, y - places[0]), settings, generator)
    _light(picture, settings, generator)
    return SimulatedScene(_develop(picture, settings, generator), tuple(strips))


def _design(settings: SceneSettings, generator: np.random.Generator) -> _Design:
    draw = generator.uniform
    half = (draw(30, 38), draw(8.5, 12)) if settings.cassette else (draw(28, 36), draw(1.9, 2.6))
    window = (draw(6.5, 9.5), draw(1.5, 2.4)) if settings.cassette else (draw(10, 13), half[1])
    count = len(settings.tests)
    reach = window[0] * draw(0.35, 0.6)
    lines = np.linspace(reach, -reach, count + 1) if count else np.array([reach])
    plastic = draw(0.6, 0.85) * (1 + draw(-0.06, 0.06, 3))
    if draw() < 0.12:
        plastic = draw(0.2, 0.7, 3)
    body = settings.cassette
    return _Design(
        half, draw(1, 6) if body else 0.1, plastic, window, draw(3, 9) if body else draw(-4, 4),
        float(generator.choice([0.1, 0.4, window[1]])) if body else 0.0, draw(0.6, 1.8),
        -half[0] * draw(0.5, 0.65), draw(2.2, 3.6), float(lines[0]), tuple(float(one) for one in lines[1:]),
        draw(0.3, 0.55), float(generator.choice([0, np.pi / 2, -np.pi / 2, np.pi])), draw(0.01, 0.2, 3),
    )  # fmt: skip


def _camera(settings: SceneSettings, reach: tuple[float, float]) -> tuple[Array, tuple[int, int]]:
    """Give the homography from millimetres on the table to pixels (x, y), and the picture's shape."""
    turn, tilt, scale = np.radians(settings.rotation), np.radians(settings.tilt), settings.pixels_per_mm
    rotate = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1.0]])
    distance = 4.0 * max(reach)
    view = np.array([[1, 0, 0], [0, np.cos(tilt), 0], [0, np.sin(tilt) / distance, 1.0]])
    flip = np.array([[scale, 0, 0], [0, -scale, 0], [0, 0, 1.0]])
    camera = flip @ view @ rotate
    ends = np.array([(i * reach[0], j * reach[1]) for i in (-1, 1) for j in (-1, 1)])
    across, down = _project(camera, ends[:, 0], ends[:, 1])
    shift = np.array([[1, 0, -across.min()], [0, 1, -down.min()], [0, 0, 1.0]])
    return shift @ camera, (int(np.ceil(np.ptp(down))), int(np.ceil(np.ptp(across))))


def _project(matrix: Array, x: Array, y: Array) -> tuple[Array, Array]:
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    return (
        (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth,
        (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth,
    )


def _truth(design: _Design, settings: SceneSettings, camera: Array, shift: tuple[float, float]) -> SimulatedStrip:
    length, width = design.window
    ends = [(length, width), (length, -width), (-length, -width), (-length, width)]
    x = np.array([design.window_x + shift[0] + along for along, _ in ends])
    y = np.array([shift[1] + across for _, across in ends])
    places = [(length - line) / (2 * length) for line in (design.control_x, *design.test_x)]
    dried = settings.dry_out
    return SimulatedStrip(
        np.stack(_project(camera, x, y), axis=1), places[0], tuple(places[1:]), 0.0 if dried else settings.control,
        settings.tests if not dried else tuple(0.0 for _ in settings.tests),
    )  # fmt: skip


def _draw_cassette(
    picture: Array, at: tuple[Array, Array], design: _Design, settings: SceneSettings, *, light: Array,
    generator: np.random.Generator,
) -> None:  # fmt: skip
    x, y = at
    soft = 1.2 / settings.pixels_per_mm
    body = rectangle_distance(x, y, design.half, design.corner)
    blend(picture, body - 0.3, (0.02, 0.02, 0.02), soft=2.5, share=0.5)  # the shadow that it throws on the table
    rim = np.clip(1 + 0.25 * np.exp(-((body / 0.8) ** 2)) * np.where(x * light[0] + y * light[1] > 0, 1, -1), 0, 1.3)
    blend(picture, body, np.clip(design.plastic * rim[..., None], 0, 1), soft=soft)
    along = x - design.window_x
    _draw_recess(
        picture, (along, y), (design.window, design.bevel, design.window_corner), design, light=light, soft=soft
    )
    window = rectangle_distance(along, y, design.window, design.window_corner)
    near = window < 1
    membrane = picture[near]
    _paint_membrane(membrane, (along[near], y[near]), design, settings, generator=generator)
    depth = np.minimum(design.window[0] - along * np.sign(light[0]), design.window[1] - y * np.sign(light[1]))[near]
    membrane *= (1 - 0.3 * np.clip(0.5 - (depth - 0.25 * design.bevel) / 0.3, 0, 1))[:, None]  # the rim's shadow
    cover = np.clip(0.5 - window[near] / soft, 0, 1)[:, None]
    picture[near] += cover * (membrane - picture[near])
    well = (x - design.well_x, y)
    _draw_recess(picture, well, ((design.well, design.well), design.bevel, design.well), design, light=light, soft=soft)
    pad = (0.75, 0.74, 0.7) if generator.uniform() < 0.7 else (0.35, 0.06, 0.06)
    blend(picture, rectangle_distance(*well, (design.well * 0.7, design.well * 0.7), design.well * 0.7), pad, soft=soft)
    _print_letters(picture, at, design, settings, soft=soft)


def _draw_recess(
    picture: Array, at: tuple[Array, Array], form: tuple[tuple[float, float], float, float], design: _Design, *,
    light: Array, soft: float,
) -> None:  # fmt: skip
    """Draw the slope around an opening: the side towards the light is dark, the other bright."""
    (length, width), bevel, corner = form
    x, y = at
    outer = rectangle_distance(x, y, (length + bevel, width + bevel), corner + bevel)
    near = outer < 1
    lean_x = np.sign(x[near]) * (np.abs(x[near]) - length > np.abs(y[near]) - width)
    lean_y = np.sign(y[near]) * (np.abs(x[near]) - length <= np.abs(y[near]) - width)
    shade = 0.9 - 0.22 * (lean_x * light[0] + lean_y * light[1])
    cover = np.clip(0.5 - outer[near] / soft, 0, 1)[:, None]
    picture[near] += cover * (np.clip(design.plastic * shade[:, None], 0, 1) - picture[near])


def _paint_membrane(
    membrane: Array,
    at: tuple[Array, Array],
    design: _Design,
    settings: SceneSettings,
    *,
    generator: np.random.Generator,
) -> None:
    """Colour pixels of the membrane (changed in place): lines on white, with what has not cleared."""
    along, across = at
    membrane[:] = generator.uniform(0.78, 0.9) * np.array([1.0, 0.99, generator.uniform(0.93, 1.0)])
    density = np.zeros(along.shape)
    fade = 1 + 0.1 * np.sin(across * 2.1 + generator.uniform(0, 6))
    dried = settings.dry_out
    for place, strength in zip((design.control_x, *design.test_x), (settings.control, *settings.tests), strict=True):
        if not dried:
            density += strength * fade * np.exp(-(np.abs((along - place) / design.line) ** 3))
    if settings.smear:
        density += settings.smear * (0.6 + 0.4 * np.sin(along * 0.25 + across * 0.3 + generator.uniform(0, 6)))
    if dried:
        front = along - generator.uniform(-0.5, 0.5) * design.window[0] - 0.3 * np.sin(across * 2)
        density += 0.12 / (1 + np.exp(np.clip(4 * front, -50, 50)))
    membrane *= 10 ** -(density[:, None] * np.array(_LABELS[settings.label]))


def _draw_bare(
    picture: Array, at: tuple[Array, Array], design: _Design, settings: SceneSettings, *, light: Array,
    generator: np.random.Generator,
) -> None:  # fmt: skip
    x, y = at
    soft = 1.2 / settings.pixels_per_mm
    body = rectangle_distance(x, y, design.half, design.corner)
    blend(picture, body + 0.4 * light[0], (0.02, 0.02, 0.02), soft=1.0, share=0.5)
    near = body < 1
    along, across = (x - design.window_x)[near], y[near]
    strip = picture[near]
    _paint_membrane(strip, (along, across), design, settings, generator=generator)
    pads = np.abs(along) > design.window[0]
    strip[pads & (along > 0)] = (0.62, 0.63, 0.62)
    strip[pads & (along < 0)] = np.array([0.55, 0.35, 0.38]) * generator.uniform(0.7, 1.2)
    cover = np.clip(0.5 - body[near] / soft, 0, 1)[:, None]
    picture[near] += cover * (strip - picture[near])


def _print_letters(
    picture: Array, at: tuple[Array, Array], design: _Design, settings: SceneSettings, *, soft: float
) -> None:
    x, y = at
    size = 2.2
    up = design.window[1] + design.bevel + 0.5 + size / 2
    marks = [("S", (design.well_x + design.well + design.bevel + 1.6, 0.0))]
    if settings.letters and up + size / 2 < design.half[1]:
        names = ["C", *("T" for _ in design.test_x)]
        places = (design.control_x, *design.test_x)
        marks += [(name, (design.window_x + place, up)) for name, place in zip(names, places, strict=True)]
    word = "TEST" if design.half[1] > 10 else "NAVI"
    end = design.half[0] - 4
    marks += [(letter, (end, 3.6 - 2.4 * number)) for number, letter in enumerate(word)]
    for letter, (along, across) in marks:
        near = np.hypot(x - along, y - across) < 2 * size
        form = glyph_distance(x[near] - along, y[near] - across, letter, size=size, turn=design.letter_turn)
        cover = np.clip(0.5 - form / soft, 0, 1)[:, None]
        picture[near] += cover * (design.ink - picture[near])


def _draw_fingers(
    picture: Array, at: tuple[Array, Array], settings: SceneSettings, generator: np.random.Generator
) -> None:
    x, y = at
    skin = generator.uniform(0.25, 1.0) * np.array([0.75, 0.48, 0.36])
    for across in (-8.0, 9.0):
        finger = segment_distance(x, y, [(-40.0, across * 1.6), (generator.uniform(-4, 0), across * 0.8)]) - 7.5
        shade = np.clip(1 + 0.4 * finger / 7.5, 0.5, 1)[..., None] * skin
        blend(picture, finger, shade, soft=2 / settings.pixels_per_mm)


def _light(picture: Array, settings: SceneSettings, generator: np.random.Generator) -> None:
    rows, columns = picture.shape[:2]
    down, right = np.mgrid[-0.5 : 0.5 : rows * 1j, -0.5 : 0.5 : columns * 1j]
    way = generator.uniform(0, 2 * np.pi)
    picture *= (1 - settings.shading * (0.5 + right * np.cos(way) + down * np.sin(way)))[..., None]
    if settings.shadow:
        way = generator.uniform(0, 2 * np.pi)
        edge = right * np.cos(way) + down * np.sin(way) - generator.uniform(-0.1, 0.3)
        picture *= (1 - settings.shadow / (1 + np.exp(np.clip(-edge * generator.uniform(20, 150), -50, 50))))[..., None]
    picture *= 1 + settings.warmth * np.array([0.5, 0.0, -0.5])


def _develop(picture: Array, settings: SceneSettings, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Turn linear light into the 8 bits of a camera: blur, noise, the sRGB curve (IEC 61966-2-1), JPEG."""
    blurred = ndimage.gaussian_filter(picture, (settings.blur, settings.blur, 0)) if settings.blur else picture
    level = np.sqrt(np.clip(blurred, 0, 1))
    seen = np.clip(blurred + settings.noise * (0.3 + level) * generator.normal(size=picture.shape), 0, 1)
    curved = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * np.maximum(seen, 1e-9) ** (1 / 2.4) - 0.055)
    pixels: NDArray[np.uint8] = np.rint(255 * curved).astype(np.uint8)
    if not settings.jpeg_quality:
        return pixels
    return np.asarray(imagecodecs.jpeg8_decode(imagecodecs.jpeg8_encode(pixels, level=settings.jpeg_quality)), np.uint8)

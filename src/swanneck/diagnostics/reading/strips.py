"""Lateral-flow tests read from a photograph: strips found, lines measured, a result with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.reading.quadrangles import Array, common_share, corner_lengths, rectify
from swanneck.diagnostics.reading.strip_ends import ControlEnd, find_control_end
from swanneck.diagnostics.reading.strip_lines import (
    LineSettings,
    MembraneProfile,
    StripLine,
    find_lines,
    measure_profile,
)
from swanneck.diagnostics.reading.strip_windows import StripWindow, ends_on_line, find_windows, log_light

__all__ = ["PhotographReading", "StripReading", "StripSettings", "read_strips"]

_SAME_TONE = 0.25
Result = Literal["positive", "negative", "invalid", "unclear"]


class StripSettings(LineSettings):
    """How strips are read (choices of ours, from simulated strips: see the benchmark of strips)."""

    control_end: Literal["left", "right", "top", "bottom"] | None = None
    """The side of the photograph towards which the control lines lie, where it is known for all its strips."""
    test_lines: int | None = Field(None, ge=1, le=6)
    """How many test lines a strip may have; further lines make it unclear."""
    least_pixels: float = Field(8.0, gt=0)
    """A membrane narrower than this is not read."""
    most_clipped: float = Field(0.5, gt=0, le=1)
    """Share of overexposed pixels above which faint lines cannot show, which is then told."""


@dataclass(frozen=True)
class StripReading:
    """One strip: its membrane's corners (4, 2) as x and y, control end first where that is known; result and reason.

    `lines` lie at shares of the length from the control end (from the first corners where that is not known). `ratios`
    are the densities of the test lines over the control line's, each with its noise. `faintest` is the ratio that a
    line here must have to be seen; NaN without a control line. `end_from` says how the control's end is known;
    `is_turned` that `profile` runs towards it.
    """

    corners: Array
    result: Result
    reason: str
    control: StripLine | None
    tests: tuple[StripLine, ...]
    lines: tuple[StripLine, ...]
    ratios: tuple[tuple[float, float], ...]
    faintest: float
    end_from: str
    notes: tuple[str, ...]
    profile: MembraneProfile
    is_turned: bool


@dataclass(frozen=True)
class PhotographReading:
    """The strips of a photograph from left to right and top to bottom; `reason` says why there are none."""

    strips: tuple[StripReading, ...]
    reason: str


def read_strips(picture: NDArray[np.uint8], settings: StripSettings | None = None) -> PhotographReading:
    """Read every lateral-flow strip of a photograph (rows, columns, red-green-blue; 8 bits).

    A strip with a control line and a test line is positive, with a control line alone negative, without a control line
    invalid. Where one line is seen and nothing tells which end is the control's, the strip is unclear. No strip is
    better than a wrong one: what is not a long, even, bright quadrangle is left out.

    >>> from swanneck.diagnostics.reading.strip_simulation import SceneSettings, simulate_strips
    >>> scene = simulate_strips(SceneSettings(), np.random.default_rng(1))
    >>> [strip.result for strip in read_strips(scene.picture).strips]
    ['positive']
    """
    settings = settings or StripSettings()
    light = log_light(picture)
    candidates = [_Candidate(window, light, settings) for window in find_windows(light)]
    kept = _choose(candidates, settings)
    if not kept:
        return PhotographReading((), _why_none(candidates, light, settings))
    told = [find_control_end(light, one.window.corners, wanted=settings.control_end) for one in kept]
    strips = [_read(one, end, settings) for one, end in zip(kept, _share_ends(kept, told), strict=True)]
    strips.sort(key=lambda one: tuple(np.round(one.corners.mean(axis=0) / 40)))
    return PhotographReading(tuple(strips), "")


class _Candidate:
    """A window with what decides whether it is a membrane."""

    def __init__(self, window: StripWindow, light: Array, settings: StripSettings) -> None:
        self.window = window
        self.profile = measure_profile(light, window.corners)
        self.lines = find_lines(self.profile, settings)
        inside = np.median(rectify(light, window.corners, (60, 12), inset=0.1), axis=(0, 1))
        around = rectify(light, window.corners, (60, 32), inset=-0.5)
        outside = np.median(np.concatenate([around[:6], around[-6:]]), axis=(0, 1))
        white = np.quantile(
            light[:: max(1, light.shape[0] // 200), :: max(1, light.shape[1] // 200)], 0.95, axis=(0, 1)
        )
        self.lighter = float((inside - outside).mean())
        self.whiteness = float((inside - white).mean())
        self.tint = float(np.ptp(inside - white))
        self.is_cut = ends_on_line(light, window.corners)

    @property
    def is_bright(self) -> bool:
        return self.lighter > -0.2 and self.whiteness > -1.3 and self.tint < 0.7

    @property
    def is_lined(self) -> bool:
        ends, sides = self.window.support[::2], self.window.support[1::2]
        return bool(self.lines) and self.is_bright and sum(sides) > 0.9 and sum(ends) + sum(sides) > 1.4

    @property
    def is_blank(self) -> bool:
        length, width = self.window.size
        ends, sides = self.window.support[::2], self.window.support[1::2]
        sure = min(sides) > 0.5 and sum(sides) > 1.5 and max(ends) > 0.7 and sum(ends) + sum(sides) > 2.6
        even = self.window.evenness < 0.05 and self.lighter > -0.12
        return not self.lines and not self.is_cut and self.is_bright and sure and even and 2.2 < length / width < 9


def _choose(candidates: Sequence[_Candidate], settings: StripSettings) -> list[_Candidate]:
    """Keep windows with lines that are of one size with the best; windows without lines by stricter rules."""
    large = [one for one in candidates if one.window.size[1] >= settings.least_pixels]
    lined = _apart(sorted((one for one in large if one.is_lined), key=_worth, reverse=True), [])
    blank = sorted((one for one in large if one.is_blank), key=_worth, reverse=True)
    if lined:
        lined = [one for one in lined if _alike(one, lined[0], 1.7)]
        tone = float(np.median([one.whiteness for one in lined]))
        blank = [one for one in blank if _alike(one, lined[0], 1.3) and abs(one.whiteness - tone) < _SAME_TONE]
        return lined + _apart(blank, lined)
    return _apart([one for one in blank if _alike(one, blank[0], 1.25)], [])


def _apart(candidates: Sequence[_Candidate], others: Sequence[_Candidate]) -> list[_Candidate]:
    """Leave out what lies on a better one, or on others made longer by half at both ends (pads of a strip)."""
    kept: list[_Candidate] = []
    for one in candidates:
        free = all(common_share(one.window.corners, _longer(other.window.corners)) < 0.25 for other in others)
        if free and all(common_share(one.window.corners, other.window.corners) < 0.25 for other in kept):
            kept.append(one)
    return kept


def _longer(corners: Array) -> Array:
    along = (corners[2:].mean(axis=0) - corners[:2].mean(axis=0)) / 2
    return np.asarray(corners + np.array([[-1], [-1], [1], [1]]) * along)


def _worth(one: _Candidate) -> float:
    certain = sorted((min(line.density / line.noise, 30) for line in one.lines), reverse=True)[:2]
    return one.window.quality + sum(certain) / 15 + min(one.lighter, 0.5) - one.is_cut


def _alike(one: _Candidate, other: _Candidate, factor: float) -> bool:
    ratios = np.array(one.window.size) / np.array(other.window.size)
    return bool((ratios < factor).all() and (ratios > 1 / factor).all())


def _why_none(candidates: Sequence[_Candidate], light: Array, settings: StripSettings) -> str:
    level = np.exp(np.median(light, axis=(0, 1))).mean()
    if level < 0.03:
        return "the photograph is too dark"
    bright = [one for one in candidates if one.is_bright]
    small = [one for one in bright if one.window.size[1] < settings.least_pixels and one.lines]
    if small:
        length, width = small[0].window.size
        return f"a strip of {length:.0f} x {width:.0f} pixels is too small to read: go nearer"
    if any(one.lines for one in bright) or len(bright) > 2:
        return "no window of a strip is told from its surroundings: its edges are not seen on enough sides"
    return "nothing in the photograph is a long, even, bright quadrangle as a strip's window is"


def _share_ends(kept: Sequence[_Candidate], told: Sequence[ControlEnd]) -> list[ControlEnd]:
    """Give strips whose control end is not known that of parallel strips beside them, where those agree."""
    ways = []
    for one, end in zip(kept, told, strict=True):
        corners = one.window.corners
        way = corners[:2].mean(axis=0) - corners[2:].mean(axis=0)
        ways.append(way / np.hypot(*way) * end.sign)
    known = [way for way, end in zip(ways, told, strict=True) if end.sign]
    shared = []
    for one, end in zip(kept, told, strict=True):
        if end.sign or not known:
            shared.append(end)
            continue
        corners = one.window.corners
        way = corners[:2].mean(axis=0) - corners[2:].mean(axis=0)
        cosines = np.array([way @ other for other in known]) / np.hypot(*way)
        agreed = bool((np.abs(cosines) > 0.97).all() and (np.sign(cosines) == np.sign(cosines[0])).all())
        shared.append(ControlEnd(int(np.sign(cosines[0])), "strips beside it") if agreed else end)
    return shared


def _read(one: _Candidate, end: ControlEnd, settings: StripSettings) -> StripReading:
    lines, corners = one.lines, one.window.corners
    if end.sign < 0:
        corners = np.roll(corners, 2, axis=0)
        lines = [_turned(line) for line in reversed(lines)]
    notes = []
    if one.profile.clipped > settings.most_clipped:
        notes.append("overexposed: faint lines may not show")
    if corner_lengths(corners)[1] < 2 * settings.least_pixels:
        notes.append("few pixels: faint lines may not show")
    result, reason, control = _judge(lines, end, settings)
    if one.is_cut and result != "positive":
        result, reason, control = "unclear", "an end of the membrane was not found: it seems to lie on a line", None
    tests = tuple(line for line in lines if control is not None and line is not control)
    ratios = tuple(_ratio(line, control) for line in tests) if control else ()
    least = max(settings.least_density, settings.least_certainty * control.noise) if control else float("nan")
    return StripReading(
        corners, result, reason, control, tests, tuple(lines), ratios,
        least / control.density if control else float("nan"), end.told_by, tuple(notes), one.profile,
        end.sign < 0,
    )  # fmt: skip


def _turned(line: StripLine) -> StripLine:
    return StripLine(1 - line.place, line.density, line.noise, line.width, line.colour)


def _judge(
    lines: Sequence[StripLine], end: ControlEnd, settings: StripSettings
) -> tuple[Result, str, StripLine | None]:
    """Decide a strip whose lines are ordered from the control end, where that is known."""
    if not lines:
        return "invalid", "no line: the control line is missing (a strip that was not used, or failed)", None
    most = settings.test_lines
    if most is not None and len(lines) > most + 1:
        return "unclear", f"{len(lines)} lines, where the control and at most {most} are expected", None
    if len(lines) > 7:
        return "unclear", f"{len(lines)} lines, which no strip has", None
    if len(lines) == 1 and end.sign == 0:
        return "unclear", "one line, and nothing tells whether it is at the control's end", None
    if len(lines) == 1 and lines[0].place > 0.55:
        return "invalid", "the only line lies at the sample's end: the control line is missing", None
    if len(lines) == 1 and lines[0].place > 0.45:
        return "unclear", "one line in the middle, which may be the control's or a test's", None
    if len(lines) == 1:
        return "negative", "control line, and no test line", lines[0]
    control = (
        lines[0] if end.sign else max(lines, key=lambda line: line.density if line in (lines[0], lines[-1]) else 0)
    )
    count = len(lines) - 1
    told = "" if end.sign else "; which end is the control's is a guess, so the ratio may be upside down"
    return "positive", f"control line and {count} test line{'s' if count > 1 else ''}{told}", control


def _ratio(line: StripLine, control: StripLine) -> tuple[float, float]:
    """Give the density of a test line over the control's, with its noise (first-order propagation)."""
    ratio = line.density / control.density
    return ratio, float(ratio * np.hypot(line.noise / line.density, control.noise / control.density))

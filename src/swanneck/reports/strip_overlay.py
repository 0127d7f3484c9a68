"""What was found in a photograph of strips, drawn on it: membranes, lines, numbers."""

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.reading.quadrangles import Array, homography, map_points
from swanneck.diagnostics.reading.strips import StripReading

__all__ = ["RESULT_COLOURS", "draw_strips"]

RESULT_COLOURS = {
    "positive": (214, 39, 40), "negative": (31, 119, 180), "invalid": (90, 90, 90), "unclear": (230, 140, 0),
}  # fmt: skip
"""Colours of membranes by their result."""

_CONTROL, _TEST = (0, 130, 60), (200, 0, 160)
_FONT = (
    "111101101101111", "010110010010111", "111001111100111", "111001111001111", "101101111001001",
    "111100111001111", "111100111101111", "111001010010010", "111101111101111", "111101111001111",
)  # fmt: skip
_MOST = 1400


def draw_strips(picture: NDArray[np.uint8], strips: tuple[StripReading, ...]) -> NDArray[np.uint8]:
    """Draw a photograph, at most 1,400 pixels wide, with what was read on it.

    Membranes are outlined in the colour of their result and numbered at the control's end; lines are marked beside the
    membrane, the control's in green and the tests' in magenta.
    """
    step = max(1, int(np.ceil(max(picture.shape[:2]) / _MOST)))
    rows, columns = (size // step for size in picture.shape[:2])
    whole = picture[: rows * step, : columns * step].reshape(rows, step, columns, step, 3)
    canvas: NDArray[np.uint8] = np.rint(whole.mean(axis=(1, 3))).astype(np.uint8)
    thick = max(1, round(max(canvas.shape) / 500))
    for number, strip in enumerate(strips, start=1):
        corners = strip.corners / step
        colour = RESULT_COLOURS[strip.result]
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            _stroke(canvas, (start, end), colour, thick)
        matrix = homography(corners)
        for line in strip.lines:
            marked = _CONTROL if line is strip.control else _TEST
            for ends in ((-0.45, -0.1), (1.1, 1.45)):
                places = map_points(matrix, np.array([[line.place, ends[0]], [line.place, ends[1]]]))
                _stroke(canvas, (places[0], places[1]), marked, thick + 1)
        centre = corners.mean(axis=0)
        top = corners[:2].mean(axis=0)
        outward = (top - centre) / max(float(np.hypot(*(top - centre))), 1e-9)
        _write(canvas, str(number), top + outward * 9 * thick, colour=colour, size=2 * thick)
    return canvas


def _stroke(canvas: NDArray[np.uint8], ends: tuple[Array, Array], colour: tuple[int, int, int], thick: int) -> None:
    count = int(np.abs(ends[1] - ends[0]).max()) * 2 + 2
    for x, y in np.rint(np.linspace(*ends, count)).astype(int):
        row, column = y - thick // 2, x - thick // 2
        canvas[max(row, 0) : max(row + thick, 0), max(column, 0) : max(column + thick, 0)] = colour


def _write(canvas: NDArray[np.uint8], text: str, centre: Array, *, colour: tuple[int, int, int], size: int) -> None:
    left, top = (np.rint(centre) - np.array([2 * size * len(text), 2.5 * size])).astype(int)
    for place, letter in enumerate(text):
        for cell, inked in enumerate(_FONT[int(letter)]):
            row, column = top + cell // 3 * size, left + (4 * place + cell % 3) * size
            if inked == "1" and row >= 0 and column >= 0:
                canvas[row : row + size, column : column + size] = colour

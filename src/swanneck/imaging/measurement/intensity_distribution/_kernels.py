"""Compiled radial distributions and Zernike sums of the light within objects."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["divide_into_rings", "distribute", "sum_zernike"]

WEDGES = 8
UNREACHED = 255
_CHUNK = 128
_TINY = float(np.finfo(np.float64).eps)


@kernel
def divide_into_rings(
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    boxes: NDArray[np.int32],
    depths: NDArray[np.int32],
    centres: NDArray[np.int64],
    bins: int,
    full_radius: float,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Give each listed pixel's ring around the centre of its object, and its wedge of eight.

    `centres` are rows and columns. The distance from the centre is along paths within the object, with steps of 1
    and sqrt(2); a pixel that no path reaches has ring 255. Rings are equal shares of the way from the centre to the
    edge, or, with a full radius above 0, of that radius; those beyond are in ring `bins`.
    """
    rings, wedges = np.empty(len(rows), np.uint8), np.zeros(len(rows), np.uint8)
    rings[:] = UNREACHED
    for label in range(1, len(boxes)):
        first, last = starts[label], starts[label + 1]
        if first == last:
            continue
        middle_y, middle_x = centres[label, 0], centres[label, 1]
        top, left = boxes[label, 0] - 1, boxes[label, 1] - 1
        wide = boxes[label, 3] - left + 2
        away = np.empty((boxes[label, 2] - top + 2) * wide)
        away[:] = np.inf
        spots = np.empty(last - first, np.int64)
        for at in range(first, last):
            spots[at - first] = (rows[at] - top) * wide + columns[at] - left
        _walk(away, spots, wide, (middle_y - top) * wide + middle_x - left)
        for at in range(first, last):
            distance = away[spots[at - first]]
            down, right = rows[at] - middle_y, columns[at] - middle_x
            wedges[at] = (down > 0) + 2 * (right > 0) + 4 * (abs(down) > abs(right))
            if distance < math.inf:
                whole = full_radius if full_radius > 0 else distance + math.sqrt(depths[at]) + 0.001
                rings[at] = min(bins, int(distance / whole * bins))
    return rings, wedges


@kernel
def _walk(away: NDArray[np.float64], spots: NDArray[np.int64], wide: int, start: int) -> None:
    # Sweeps over the object's pixels, down and up, until no way gets shorter.
    away[start] = 0.0
    diagonal = math.sqrt(2.0)
    changed = True
    down = True
    quiet = 0
    while quiet < 2:
        changed = False
        step = -1 if down else 1
        number = len(spots)
        for place in range(number):
            spot = spots[place] if down else spots[number - 1 - place]
            least = min(away[spot + step], away[spot + step * wide]) + 1.0
            least = min(least, min(away[spot + step * (wide - 1)], away[spot + step * (wide + 1)]) + diagonal)
            if least < away[spot]:
                away[spot] = least
                changed = True
        quiet = 0 if changed else quiet + 1
        down = not down


@kernel
def distribute(
    values: NDArray[np.float32],
    starts: NDArray[np.int64],
    rings: NDArray[np.uint8],
    wedges: NDArray[np.uint8],
    bins: int,
) -> NDArray[np.float64]:
    """Give found[3 x (bins + 1), label]: the share of light, share over share of pixels, and spread over wedges.

    Sums of light are kept in single precision, pixel after pixel, as in CellProfiler. A label without pixels, or with
    one that is not finite, has NaN.
    """
    count = len(starts) - 2
    found = np.empty((3 * (bins + 1), count + 1))
    found[:] = np.nan
    light = np.empty((bins + 1, WEDGES), np.float32)
    number = np.empty((bins + 1, WEDGES))
    ring_light, ring_number = np.empty(bins + 1, np.float32), np.empty(bins + 1)
    for label in range(1, count + 1):
        if starts[label] == starts[label + 1]:
            continue
        light[:] = 0
        number[:] = 0
        ring_light[:] = 0
        ring_number[:] = 0
        for at in range(starts[label], starts[label + 1]):
            ring = rings[at]
            if ring != UNREACHED:
                light[ring, wedges[at]] += values[at]
                number[ring, wedges[at]] += 1
                ring_light[ring] += values[at]
                ring_number[ring] += 1
        total, pixels = np.float32(0), 0.0
        for ring in range(bins + 1):
            total += ring_light[ring]
            pixels += ring_number[ring]
        if not math.isfinite(total):
            continue
        for ring in range(bins + 1):
            share = float(ring_light[ring] / total)
            found[ring, label] = share
            found[bins + 1 + ring, label] = share / (ring_number[ring] / pixels + _TINY)
            found[2 * (bins + 1) + ring, label] = _spread(light[ring], number[ring])
    return found


@kernel
def _spread(light: NDArray[np.float32], number: NDArray[np.float64]) -> float:
    wedges, mean = 0, 0.0
    for wedge in range(WEDGES):
        if number[wedge] > 0:
            wedges += 1
            mean += light[wedge] / number[wedge]
    if wedges == 0:
        return 0.0
    mean /= wedges
    squares = 0.0
    for wedge in range(WEDGES):
        if number[wedge] > 0:
            squares += (light[wedge] / number[wedge] - mean) ** 2
    spread = math.sqrt(squares / wedges)
    return spread / mean if mean != 0 else spread


@kernel
def sum_zernike(
    values: NDArray[np.float32],
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    circles: NDArray[np.float64],
    degree: int,
    mixes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give sums[part, polynomial, image, label] of values x Zernike polynomials, part 0 real and 1 imaginary.

    `values` has a row per image; before them comes the shape, which is 1 everywhere. The sums of z^m r^(2p) (one for
    each polynomial up to the degree) are taken once, and `mixes[polynomial, sum]` turns them into the polynomials.
    Pixels outside the unit circle, by rounding, do not count; objects of one pixel have NaN.
    """
    kinds, images, count = len(mixes), values.shape[0] + 1, len(starts) - 2
    sums = np.empty((2, kinds, images, count + 1))
    sums[:] = np.nan
    terms = np.empty((2 * kinds, _CHUNK))
    x, y, square = np.empty(_CHUNK), np.empty(_CHUNK), np.empty(_CHUNK)
    real, imaginary = np.empty(_CHUNK), np.empty(_CHUNK)
    part = np.empty((_CHUNK, images))
    for label in range(1, count + 1):
        radius = circles[label, 2]
        if not radius > 0:
            continue
        totals = np.zeros((2 * kinds, images))
        for begin in range(starts[label], starts[label + 1], _CHUNK):
            number = min(_CHUNK, starts[label + 1] - begin)
            part[:] = 0.0
            for place in range(number):
                at = begin + place
                y[place] = (rows[at] - circles[label, 0]) / radius
                x[place] = (columns[at] - circles[label, 1]) / radius
                square[place] = x[place] * x[place] + y[place] * y[place]
                if square[place] <= 1.0:
                    part[place, 0] = 1.0
                    for image in range(1, images):
                        part[place, image] = values[image - 1, at]
            for place in range(number, _CHUNK):
                y[place], x[place], square[place] = 0.0, 0.0, 0.0
            _fill_terms(terms, x, y, square, real, imaginary, degree)
            totals += np.dot(terms, part)
        for kind in range(kinds):
            for image in range(images):
                sums[0, kind, image, label], sums[1, kind, image, label] = 0.0, 0.0
                for term in range(kinds):
                    if mixes[kind, term] != 0.0:
                        sums[0, kind, image, label] += mixes[kind, term] * totals[2 * term, image]
                        sums[1, kind, image, label] += mixes[kind, term] * totals[2 * term + 1, image]
    return sums


@kernel
def _fill_terms(
    terms: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    square: NDArray[np.float64],
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    degree: int,
) -> None:
    real[:], imaginary[:] = 1.0, 0.0
    term = 0
    for order in range(degree + 1):
        for power in range((degree - order) // 2 + 1):
            for place in range(len(x)):
                if power == 0:
                    terms[term, place], terms[term + 1, place] = real[place], imaginary[place]
                else:
                    terms[term, place] = terms[term - 2, place] * square[place]
                    terms[term + 1, place] = terms[term - 1, place] * square[place]
            term += 2
        for place in range(len(x)):
            turned = real[place] * y[place] - imaginary[place] * x[place]
            imaginary[place] = real[place] * x[place] + imaginary[place] * y[place]
            real[place] = turned

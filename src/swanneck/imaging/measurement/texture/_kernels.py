"""Compiled co-occurrence features: only the pairs of grey levels that an object has are counted."""

import math

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["measure_haralick"]

FEATURES = 13
DIRECTIONS = 4


@kernel
def measure_haralick(
    levels: NDArray[np.uint8],
    starts: NDArray[np.int64],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    boxes: NDArray[np.int32],
    scales: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Give features[scale, direction, feature, label] of the listed pixels' grey levels; level 0 is ignored.

    Directions are (0, 1), (1, 1), (1, 0), (1, -1) in (row, column) steps of the scale. An object without a pair in
    one of the directions has 0 in all features of that scale; a label without pixels NaN.
    """
    count = len(boxes) - 1
    found = np.zeros((len(scales), DIRECTIONS, FEATURES, count + 1))
    largest = 0
    for label in range(1, count + 1):
        largest = max(largest, starts[label + 1] - starts[label])
    weights = np.zeros(2 * largest + 1)
    for number in range(1, len(weights)):
        weights[number] = number * math.log2(number)
    joint = np.zeros(256 * 256, np.int32)
    pairs = np.empty(largest + 1, np.int32)
    spots = np.empty(largest, np.int64)
    pad = 0
    for scale in scales:
        pad = max(pad, scale)
    for label in range(1, count + 1):
        first, last = starts[label], starts[label + 1]
        if first == last:
            found[:, :, :, label] = np.nan
            continue
        top, left = boxes[label, 0], boxes[label, 1]
        wide = boxes[label, 3] - left + 1 + 2 * pad
        crop = np.zeros((boxes[label, 2] - top + 1 + pad) * wide + pad, np.uint8)
        level_of, number = _rank_levels(levels[first:last])
        rank_of = np.zeros(256, np.uint8)
        for rank in range(1, number + 1):
            rank_of[level_of[rank]] = rank
        filled = 0
        for at in range(first, last):
            if levels[at] > 0:
                spot = (rows[at] - top) * wide + columns[at] - left + pad
                crop[spot] = rank_of[levels[at]]
                spots[filled] = spot
                filled += 1
        for scale in range(len(scales)):
            complete = True
            for direction in range(DIRECTIONS):
                down = 0 if direction == 0 else 1
                right = (1, 1, 0, -1)[direction]
                step = scales[scale] * (down * wide + right)
                number_of_pairs = _count_pairs(crop, spots[:filled], step, joint, pairs)
                if number_of_pairs == 0:
                    complete = False
                    break
                _summarise(
                    joint, pairs[:number_of_pairs], level_of[: number + 1], weights, found[scale, direction, :, label]
                )
            if not complete:
                found[scale, :, :, label] = 0.0
    return found


@kernel
def _rank_levels(levels: NDArray[np.uint8]) -> tuple[NDArray[np.int64], int]:
    present = np.zeros(256, np.bool_)
    for level in levels:
        present[level] = True
    level_of = np.zeros(256, np.int64)
    number = 0
    for level in range(1, 256):
        if present[level]:
            number += 1
            level_of[number] = level
    return level_of, number


@kernel
def _count_pairs(
    crop: NDArray[np.uint8], spots: NDArray[np.int64], step: int, joint: NDArray[np.int32], pairs: NDArray[np.int32]
) -> int:
    # Each unordered pair is counted once; the matrix of Haralick has it twice. Gives the number of different ones.
    number = 0
    for spot in spots:
        other = np.int32(crop[spot + step])
        if other > 0:
            here = np.int32(crop[spot])
            pair = (min(here, other) << 8) | max(here, other)
            pairs[number] = pair
            number += joint[pair] == 0
            joint[pair] += 1
    return number


@kernel
def _summarise(
    joint: NDArray[np.int32],
    pairs: NDArray[np.int32],
    level_of: NDArray[np.int64],
    weights: NDArray[np.float64],
    features: NDArray[np.float64],
) -> None:
    # Haralick, Shanmugam and Dinstein 1973, with the sum variance around the sum average, as mahotas has it. All sums
    # are of whole numbers around a central level, so that no digits are lost; an entropy is log2(total) - sum(n log2 n)
    # / total. Empties joint again.
    number = len(level_of)
    highest, lowest = level_of[number - 1], level_of[1]
    levels = np.zeros(number, np.int64)
    plus = np.zeros(2 * (highest - lowest) + 1, np.int64)
    minus = np.zeros(highest - lowest + 1, np.int64)
    total, squares, joint_entropy = _fold_pairs(joint, pairs, level_of, weights, (levels, plus, minus))
    mean, off, spread, level_entropy = _measure_levels(levels, level_of, weights, total)
    centre = int(round(mean))
    sum_spread, contrast, sameness, minus_squares = 0, 0, 0.0, 0.0
    for place in range(len(plus)):
        away = place + 2 * lowest - 2 * centre
        sum_spread += away * away * plus[place]
    for place in range(len(minus)):
        contrast += place * place * minus[place]
        sameness += minus[place] / (1.0 + place * place)
        minus_squares += float(minus[place]) * minus[place]
    whole = float(total)
    together = 2.0 * level_entropy
    features[0] = squares / (whole * whole)
    features[1] = contrast / whole
    features[2] = 1.0
    if total * spread > off * off:
        features[2] = (total * ((sum_spread - contrast) // 4) - off * off) / (total * spread - off * off)
    features[3] = (total * spread - off * off) / (whole * whole)
    features[4] = sameness / whole
    features[5] = 2.0 * mean
    features[6] = (total * sum_spread - 4 * off * off) / (whole * whole)
    features[7] = _entropy(plus, weights, total)
    features[8] = joint_entropy
    # Over the levels from 0 to the highest of the object, found there or not.
    features[9] = minus_squares / (whole * whole * (highest + 1)) - 1.0 / (float(highest + 1) * (highest + 1))
    features[10] = _entropy(minus, weights, total)
    features[11] = (joint_entropy - together) / level_entropy if level_entropy > 0.0 else joint_entropy - together
    features[12] = math.sqrt(max(0.0, 1.0 - math.exp(-2.0 * (together - joint_entropy))))


@kernel
def _fold_pairs(
    joint: NDArray[np.int32],
    pairs: NDArray[np.int32],
    level_of: NDArray[np.int64],
    weights: NDArray[np.float64],
    folded: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> tuple[int, float, float]:
    # Counts by level, by sum and by difference of levels; gives the number of pairs, the sum of squares, the entropy.
    levels, plus, minus = folded
    lowest = level_of[1]
    squares, weight, different, total = 0.0, 0.0, 0, 0
    for pair in pairs:
        times = joint[pair]
        joint[pair] = 0
        total += times
        different += 1
        low, high = pair >> 8, pair & 255
        if low == high:
            squares += 4.0 * times * times
            weight += weights[2 * times]
        else:
            different += 1
            squares += 2.0 * times * times
            weight += 2.0 * weights[times]
        levels[low] += times
        levels[high] += times
        plus[level_of[low] + level_of[high] - 2 * lowest] += 2 * times
        minus[level_of[high] - level_of[low]] += 2 * times
    total *= 2
    return total, squares, math.log2(total) - weight / total if different > 1 else 0.0


@kernel
def _measure_levels(
    levels: NDArray[np.int64], level_of: NDArray[np.int64], weights: NDArray[np.float64], total: int
) -> tuple[float, int, int, float]:
    # Mean level; sums of distances from the level nearest to it and of their squares; entropy.
    first_moment = 0
    for rank in range(1, len(levels)):
        first_moment += level_of[rank] * levels[rank]
    mean = first_moment / total
    centre = int(round(mean))
    off, spread = 0, 0
    for rank in range(1, len(levels)):
        away = level_of[rank] - centre
        off += away * levels[rank]
        spread += away * away * levels[rank]
    return mean, off, spread, _entropy(levels, weights, total)


@kernel
def _entropy(times: NDArray[np.int64], weights: NDArray[np.float64], total: int) -> float:
    weight, kinds = 0.0, 0
    for number in times:
        if number > 0:
            kinds += 1
            weight += weights[number]
    return math.log2(total) - weight / total if kinds > 1 else 0.0

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
    squares, joint_weight, different, total = 0.0, 0.0, 0, 0
    for pair in pairs:
        times = joint[pair]
        joint[pair] = 0
        total += times
        different += 1
        low, high = pair >> 8, pair & 255
        if low == high:
            squares += 4.0 * times * times
            joint_weight += weights[2 * times]
        else:
            different += 1
            squares += 2.0 * times * times
            joint_weight += 2.0 * weights[times]
        levels[low] += times
        levels[high] += times
        plus[level_of[low] + level_of[high] - 2 * lowest] += 2 * times
        minus[level_of[high] - level_of[low]] += 2 * times
    total *= 2
    level_weight, kinds, first_moment = 0.0, 0, 0
    for rank in range(1, number):
        if levels[rank] > 0:
            kinds += 1
            level_weight += weights[levels[rank]]
            first_moment += level_of[rank] * levels[rank]
    mean = first_moment / total
    centre = int(round(mean))
    off, spread = 0, 0
    for rank in range(1, number):
        away = level_of[rank] - centre
        off += away * levels[rank]
        spread += away * away * levels[rank]
    plus_weight, sums, sum_spread = 0.0, 0, 0
    for place in range(len(plus)):
        if plus[place] > 0:
            sums += 1
            plus_weight += weights[plus[place]]
            away = place + 2 * lowest - 2 * centre
            sum_spread += away * away * plus[place]
    minus_weight, differences, contrast, sameness, minus_squares = 0.0, 0, 0, 0.0, 0.0
    for place in range(len(minus)):
        if minus[place] > 0:
            differences += 1
            minus_weight += weights[minus[place]]
            contrast += place * place * minus[place]
            sameness += minus[place] / (1.0 + place * place)
            minus_squares += float(minus[place]) * minus[place]
    bits = math.log2(total)
    entropy = bits - joint_weight / total if different > 1 else 0.0
    level_entropy = bits - level_weight / total if kinds > 1 else 0.0
    whole = float(total)
    variance = (total * spread - off * off) / (whole * whole)
    together = 2.0 * level_entropy
    features[0] = squares / (whole * whole)
    features[1] = contrast / whole
    features[2] = 1.0
    if kinds > 1:
        features[2] = (total * ((sum_spread - contrast) // 4) - off * off) / (total * spread - off * off)
    features[3] = variance
    features[4] = sameness / whole
    features[5] = 2.0 * mean
    features[6] = (total * sum_spread - 4 * off * off) / (whole * whole)
    features[7] = bits - plus_weight / total if sums > 1 else 0.0
    features[8] = entropy
    # Over the levels from 0 to the highest of the object, found there or not.
    features[9] = minus_squares / (whole * whole * (highest + 1)) - 1.0 / (float(highest + 1) * (highest + 1))
    features[10] = bits - minus_weight / total if differences > 1 else 0.0
    features[11] = (entropy - together) / level_entropy if level_entropy > 0.0 else entropy - together
    features[12] = math.sqrt(max(0.0, 1.0 - math.exp(-2.0 * (together - entropy))))

"""What file names leave open, settled by a look at a few images: pages, and which files show the same place.

Channels of one field show the same cells, so their images correlate; different fields do not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from swanneck.foundation.errors import ImageError
from swanneck.imaging.readers.guessing import PatternGuess
from swanneck.imaging.readers.pattern import compile_pattern, list_files, natural_order, well_of
from swanneck.imaging.readers.pixels import read_image_facts, read_plane
from swanneck.imaging.readers.plate_images import ImageFile, ImagePlane

__all__ = ["refine_guess"]

_Pair = tuple[NDArray[np.float32], NDArray[np.float32]]

_MOST_CHANNELS = 6
_WELLS, _FILES = 5, 12
_SIDE = 96
_RELATED = 0.15
"""Correlation by which images of one place must exceed images of different places, which have about none."""


def refine_guess(folder: Path, guess: PatternGuess) -> PatternGuess:
    """Complete a guess whose names tell no channel, by a look at up to 60 images.

    Finds how many channels a running number cycles through, whether the only number of a name counts channels rather
    than fields, and whether files have several pages. Channels that have no name are called Channel1, Channel2 ... A
    guess that tells its channels comes back as it is, and so does one whose images cannot be read.
    """
    if "{channel}" in guess.pattern or guess.channels:
        return guess
    try:
        if "{index}" in guess.pattern:
            return _named(guess, _count_channels(_files_of_wells(folder, guess, "index")), "cycle through the images")
        pages = read_image_facts(folder / guess.example).n_pages
        if pages > 1:
            return _named(guess, pages, "are the pages of each file") if pages <= _MOST_CHANNELS else guess
        if "{field}" in guess.pattern:
            return _field_or_channel(folder, guess)
    except ImageError:
        return guess
    return guess


def _named(guess: PatternGuess, count: int, where: str) -> PatternGuess:
    names = tuple(f"Channel{number + 1}" for number in range(count))
    return replace(guess, channels=names, reason=f"{guess.reason}; by their pixels, {count} channels {where}")


def _field_or_channel(folder: Path, guess: PatternGuess) -> PatternGuess:
    wells = _files_of_wells(folder, guess, "field")
    count = max(map(len, wells))
    if not 2 <= count <= _MOST_CHANNELS or _count_channels(wells) != count:
        return guess
    pattern = guess.pattern.replace("{field}", "{channel}")
    expression = compile_pattern(pattern)
    tokens = {match["channel"] for files in wells for path in files
              if (match := expression.fullmatch(path.relative_to(folder).as_posix()))}  # fmt: skip
    reason = f"{guess.reason}; by their pixels, the images of a well are channels of one field"
    return replace(guess, pattern=pattern, channels=tuple(sorted(tokens, key=natural_order)), reason=reason)


def _files_of_wells(folder: Path, guess: PatternGuess, number: str) -> list[list[Path]]:
    """Give the files of a few wells, each in the order of a number in their names."""
    expression = compile_pattern(guess.pattern)
    depth = guess.pattern.count("/")
    wells: dict[tuple[str | None, str | None], list[tuple[int, str]]] = {}
    for path in list_files(folder, range(depth, depth + 1))[0]:
        if match := expression.fullmatch(path):
            said = match.groupdict()
            wells.setdefault((said.get("plate"), well_of(said)), []).append((int(said[number]), path))
    spread = list(wells.values())[:: max(1, len(wells) // _WELLS)][:_WELLS]
    return [[folder / path for _, path in sorted(files)] for files in spread]


def _count_channels(wells: Sequence[Sequence[Path]]) -> int:
    """Find the cycle length after which images show another place; 1 where no two images show the same."""
    prints = [[_fingerprint(path) for path in files[:_FILES]] for files in wells]
    shapes = {len(image) for files in prints for image in files}
    if len(shapes) != 1:
        return 1
    elsewhere = _mean_correlation((one[0], other[0]) for one, other in combinations(prints, 2))
    best, gain = 1, _RELATED
    for length in range(2, _MOST_CHANNELS + 1):
        if any(len(files) % length for files in wells):
            continue
        same: list[_Pair] = []
        different: list[_Pair] = []
        for files in prints:
            for (first, one), (second, other) in combinations(enumerate(files), 2):
                (same if first // length == second // length else different).append((one, other))
        excess = _mean_correlation(same) - (_mean_correlation(different) if different else elsewhere)
        if excess > gain + 0.02:  # the shorter cycle wins a tie
            best, gain = length, excess
    return best


def _mean_correlation(pairs: Iterable[_Pair]) -> float:
    values = [float(one @ other) / len(one) for one, other in pairs]
    return sum(values) / len(values) if values else 0.0


def _fingerprint(path: Path) -> NDArray[np.float32]:
    """Reduce an image to what stands out locally, without brightness, contrast and shading."""
    image = read_plane(ImagePlane("", (ImageFile(1, 1, path),)))
    factor = max(1, max(image.shape) // _SIDE)
    height, width = max(1, image.shape[0] // factor), max(1, image.shape[1] // factor)
    blocks = image[: height * factor, : width * factor].reshape(height, -1, width, min(factor, image.shape[1]))
    pooled = np.log1p(np.maximum(blocks.mean((1, 3), dtype=np.float32), 0))
    local = pooled - ndimage.uniform_filter(pooled, 15)
    return np.asarray((local / max(float(local.std()), 1e-6)).ravel(), np.float32)

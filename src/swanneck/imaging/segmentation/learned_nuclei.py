"""Nuclei from a fluorescence image, by a small network.

How it was trained, and on what, stands in `training/nuclei` of the repository and in `weights/README.md` beside it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.segmentation import _network_kernels
from swanneck.imaging.segmentation._foreground import pool_image, sample_image, smooth_image
from swanneck.imaging.segmentation.nuclei_methods import WEIGHTS
from swanneck.imaging.segmentation.nuclei_settings import NucleiSettings
from swanneck.imaging.segmentation.regions import _kernels as regions
from swanneck.imaging.segmentation.watershed import _kernels as watershed

__all__ = ["segment_learned"]

_WORKING_DIAMETER = 20.0
_DARK, _BRIGHT = 2.0, 99.8  # percentiles of the image that are 0 and 1 to the network
_SADDLE = 0.8
_LOWEST_PEAK = 0.5
_SMOOTHING = 0.06
_FEWEST_PIXELS = 4
_AROUND = 0.15  # nucleus diameters in which a nucleus' surroundings are looked at
_TILE, _OVERLAP = 1152, 64


def segment_learned(pixels: NDArray[Any], diameter: float, settings: NucleiSettings) -> NDArray[np.int32]:
    """Labels of nuclei about `diameter` pixels wide in a checked image that is not constant.

    The image is pooled by a whole number such that nuclei are about 20 pixels wide. A U-Net (Ronneberger et al. 2015)
    answers for each pixel whether it is nucleus, and how deep within its nucleus it lies; where depth has several
    maxima, a nucleus is divided (watershed), unless they are joined by a saddle of four fifths of the lower one.
    Outlines are drawn at full size where the interpolated answer is undecided. One thread.
    """
    factor = max(1, round(diameter / _WORKING_DIAMETER))
    small = pool_image(pixels, factor)
    inside, depth = _ask_network(small)
    labels = _divide(inside, depth, diameter / factor, settings)
    labels = _drop_dim(labels, small, diameter / factor, settings.dimmest)
    if factor == 1:
        return labels
    cuts = np.zeros(int(labels.max()) + 1)
    return regions.enlarge_labels(labels, inside, cuts, factor, pixels.shape[0], pixels.shape[1])


def _divide(
    inside: NDArray[np.float32], depth: NDArray[np.float32], diameter: float, settings: NucleiSettings
) -> NDArray[np.int32]:
    """Labels from the logits of being inside a nucleus and of the depth within it."""
    mask = inside > 0
    if not mask.any():
        return np.zeros(mask.shape, np.int32)
    height = _network_kernels.log_logistic(smooth_image(depth, _SMOOTHING * diameter), mask)
    smallest = max(_FEWEST_PIXELS, int(settings.smallest_area * np.pi / 4.0 * diameter**2))
    basins, count = watershed.flood_descending(height, mask, -float(np.log(_SADDLE)), smallest)
    _, _, peaks = regions.measure_labels(basins, height, count)
    numbers = np.where(peaks > np.log(_LOWEST_PEAK), np.arange(count + 1), 0).astype(np.int32)
    numbers[0] = 0
    kept = regions.fill_holes(regions.renumber(basins, numbers), int(0.2 * diameter**2))
    labels, _ = regions.keep_largest_pieces(kept, count, smallest)
    return labels


def _drop_dim(
    labels: NDArray[np.int32], image: NDArray[np.float32], diameter: float, dimmest: float
) -> NDArray[np.int32]:
    """Leave out what stands less above its surroundings than a share of what typical nuclei do.

    The typical nucleus is the median weighted by contrast: where ghosts of dead cells outnumber the nuclei, they do not
    become what is typical.
    """
    count = int(labels.max())
    if count < 2:
        return labels
    areas, levels, _ = regions.measure_labels(labels, image, count)
    around = regions.measure_surroundings(labels, image, count, max(1, round(_AROUND * diameter)))
    contrast = np.maximum(levels - around, 0.0)
    contrast[0] = 0.0
    weights = np.where(areas > 0.3 * np.median(areas[1:]), contrast, 0.0)
    order = np.argsort(contrast, kind="stable")
    cumulative = np.cumsum(weights[order])
    typical = contrast[order][np.searchsorted(cumulative, 0.5 * cumulative[-1])]
    kept = contrast >= dimmest * typical
    kept[0] = False
    return regions.renumber(labels, np.where(kept, np.cumsum(kept), 0).astype(np.int32))


def _ask_network(image: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both logits for each pixel. Large images are answered tile by tile, which bounds the memory."""
    dark, bright = np.percentile(sample_image(image), [_DARK, _BRIGHT])
    scale = 1.0 / max(float(bright - dark), float(np.finfo(np.float32).tiny))
    session = _load_network(WEIGHTS)
    rows, columns = image.shape
    answer = np.empty((2, rows, columns), np.float32)
    for top, first, last in _list_tiles(rows):
        for left, start, stop in _list_tiles(columns):
            tile = image[top : top + _TILE, left : left + _TILE]
            blocks = _network_kernels.make_blocks(tile, float(dark), scale)
            out = session.run(None, {"blocks": blocks[None]})[0]
            answer[:, first:last, start:stop] = out[0, :, first - top : last - top, start - left : stop - left]
    return answer[0], answer[1]


def _list_tiles(length: int) -> list[tuple[int, int, int]]:
    """Starts of tiles along a side, and from where to where each one's answer is taken."""
    if length <= _TILE:
        return [(0, 0, length)]
    count = -(-(length - 2 * _OVERLAP) // (_TILE - 2 * _OVERLAP))
    # The network halves an image four times: tiles halve as the image does.
    starts = [16 * -(-(length - _TILE) * k // (16 * (count - 1))) for k in range(count)]
    ends = [start + _TILE - _OVERLAP for start in starts[:-1]] + [length]
    return list(zip(starts, [0, *ends[:-1]], ends, strict=True))


@cache
def _load_network(path: Path) -> Any:
    # Not in the base installation.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Processes are spread over cores by the caller; more threads would also add up in another order.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

"""Images and label images as the measurements want them, or an error that names the one that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError
from swanneck.imaging.measurement.geometry import order_keys

__all__ = ["Channel", "check_images", "check_labels"]

_FLOAT_SCALE = 255


@dataclass(frozen=True)
class Channel:
    """One image: intensities in single precision, and the whole numbers of up to 16 bits they come from
    (None for other images).

    `scale` is the number type's largest value; for float images the 255 steps that CellProfiler looks for Costes'
    thresholds in.
    """

    name: str
    image: NDArray[np.float32]
    levels: NDArray[np.uint16] | None
    scale: int

    def keys_at(self, places: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int32]:
        """Give whole numbers in the order of the intensities at these places of the flattened image.

        >>> check_images({"DNA": np.array([[7, 3]], np.uint8)})[0].keys_at(np.array([1, 0])).tolist()
        [3, 7]
        """
        if self.levels is not None:
            return self.levels.ravel()[places].astype(np.int32)
        return order_keys(self.image.ravel()[places])


def check_images(images: Mapping[str, NDArray[Any]]) -> list[Channel]:
    """Scale each image by the largest value of its number type; float is taken as it is, bool as 0 and 1.

    Images with fewer bits than their number type (12 in 16) are scaled by the type all the same, as in CellProfiler.

    Raises `ImageError` for an image that is not two-dimensional, has no pixels, holds something other than real
    numbers, or has another shape than the first.

    >>> check_images({"DNA": np.array([[0, 51, 255]], np.uint8)})[0].image.round(6).tolist()
    [[0.0, 0.20000000298023224, 1.0]]
    """
    channels = [_scale(name, np.asarray(image)) for name, image in images.items()]
    for channel in channels:
        if channel.image.shape != channels[0].image.shape:
            problem = f"image {channel.name} has shape {channel.image.shape}, image {channels[0].name} has "
            problem += f"{channels[0].image.shape}"
            raise ImageError(problem, remedy="Measure images of the same field")
    return channels


def _scale(name: str, image: NDArray[Any]) -> Channel:
    _check_shape(f"image {name}", image)
    if image.dtype == np.bool_:
        return Channel(name, _own(image, np.float32), None, _FLOAT_SCALE)
    if image.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return Channel(name, _own(image, np.float32), None, _FLOAT_SCALE)
    if image.dtype.kind not in "ui":
        problem = f"image {name} holds {image.dtype}, not whole or real numbers"
        raise ImageError(problem, remedy="Give each channel as an image of intensities")
    scale = int(np.iinfo(image.dtype).max)
    levels = _own(image, np.uint16) if image.dtype in (np.uint8, np.uint16) else None
    scaled = np.ascontiguousarray(np.divide(image, scale, dtype=np.float32 if levels is not None else np.float64))
    return Channel(name, scaled.astype(np.float32, copy=False), levels, scale if levels is not None else _FLOAT_SCALE)


def check_labels(name: str, labels: NDArray[Any], shape: tuple[int, ...] | None) -> NDArray[np.int32]:
    """Give a label image as whole numbers of 32 bits; bool is one object.

    Raises `ImageError` for labels that are not two-dimensional whole numbers from 0 on, have another shape than the
    images, or run to numbers beyond their number of pixels.

    >>> check_labels("Nuclei", np.array([[False, True]]), None).tolist()
    [[0, 1]]
    """
    labels = np.asarray(labels)
    _check_shape(f"labels {name}", labels)
    if labels.dtype.kind not in "uib":
        problem = f"labels {name} hold {labels.dtype}, not whole numbers"
        raise ImageError(problem, remedy="Give 0 for background and one number per object")
    if shape is not None and labels.shape != shape:
        problem = f"labels {name} have shape {labels.shape}, the images {shape}"
        raise ImageError(problem, remedy="Measure images and labels of the same field")
    if labels.dtype.kind == "i" and int(labels.min()) < 0:
        problem = f"labels {name} go down to {int(labels.min())}"
        raise ImageError(problem, remedy="Give 0 for background and one number from 1 on per object")
    if int(labels.max()) > labels.size:
        problem = f"labels {name} go up to {int(labels.max())} in an image of {labels.size} pixels"
        raise ImageError(problem, remedy="Number the objects from 1 on")
    return _own(labels, np.int32)


def _own(image: NDArray[Any], kind: type[Any]) -> NDArray[Any]:
    # Read-only arrays would be compiled for once more.
    whole = np.ascontiguousarray(image, kind)
    return whole if whole.flags.writeable else whole.copy()


def _check_shape(what: str, image: NDArray[Any]) -> None:
    if image.ndim != 2:
        problem = f"{what} has {image.ndim} dimensions {image.shape}, not rows and columns"
        raise ImageError(problem, remedy="Give one plane of one channel at a time")
    if image.size == 0:
        problem = f"{what} has no pixels (shape {image.shape})"
        raise ImageError(problem)

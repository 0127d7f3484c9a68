"""The pixels of labelled objects, listed once per label image and shared by all modules and channels."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import _kernels
from swanneck.imaging.measurement.geometry.circles import enclose_in_circles

__all__ = ["ObjectPixels", "list_object_pixels"]

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class ObjectPixels:
    """The pixels of the objects of one label image, sorted by label, in raster order within a label.

    Pixels of label k stand at `starts[k]` to `starts[k + 1]`; `boxes[k]` has its first row, first column, last row and
    last column (last row -1 where no pixel has the label); `edges` has bit 1 for pixels beside another label (four
    neighbours) and bit 2 for those beside one among eight or at the border of the image. What several modules need is
    worked out at its first use and kept.
    """

    labels: NDArray[np.int32]
    count: int
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    boxes: NDArray[np.int32]
    edges: NDArray[np.uint8]
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def places(self) -> NDArray[np.int64]:
        """The place of each listed pixel in the flattened image."""
        return self._keep("places", lambda: self.rows * np.int64(self.labels.shape[1]) + self.columns)

    @property
    def members(self) -> NDArray[np.int64]:
        """The label of each listed pixel, less 1."""
        return np.repeat(np.arange(self.count), self.areas)

    @property
    def foreground(self) -> NDArray[np.int32]:
        """The places of all labelled pixels in the flattened image, in raster order."""
        return self._keep("foreground", lambda: np.flatnonzero(self.labels).astype(np.int32))

    @property
    def foreground_labels(self) -> NDArray[np.int32]:
        """The labels of all labelled pixels, in raster order."""
        return self._keep("foreground_labels", lambda: self.labels.ravel()[self.foreground])

    @property
    def areas(self) -> NDArray[np.int64]:
        """Pixels of each label from 1 on."""
        return np.diff(self.starts)[1:]

    @property
    def centres(self) -> NDArray[np.float64]:
        """Mean row and mean column of each label's pixels; NaN without pixels."""
        return self._keep("centres", self._find_centres)

    @property
    def depths(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Squared distances to the nearest pixel of no or another label, image border closed and open."""
        return self._keep(
            "depths", lambda: _kernels.measure_depths(self.labels, self.starts, self.rows, self.columns, self.boxes)
        )

    @property
    def hulls(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Begin of each label's convex hull, and all corners (row, column)."""
        return self._keep("hulls", lambda: _kernels.find_hulls(self.starts, self.rows, self.columns, self.boxes))

    @property
    def circles(self) -> NDArray[np.float64]:
        """Centre row, centre column and radius of each label's smallest enclosing circle."""
        return self._keep("circles", lambda: enclose_in_circles(*self.hulls))

    def gather(self, image: NDArray[Any]) -> NDArray[Any]:
        """Give the image's values at the listed pixels."""
        return image.ravel()[self.places]

    def forget(self) -> None:
        """Let go of what has been worked out; it is worked out again where it is needed again."""
        self._kept.clear()

    def _find_centres(self) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore", divide="ignore"):
            members = self.members
            sums = [np.bincount(members, along, self.count) for along in (self.rows, self.columns)]
            return np.column_stack([total / self.areas for total in sums])

    def _keep(self, name: str, find: Callable[[], _Value]) -> _Value:
        # Two threads may find the same value twice; that costs time, never correctness.
        if name not in self._kept:
            self._kept[name] = find()
        return cast("_Value", self._kept[name])


def list_object_pixels(labels: NDArray[np.int32]) -> ObjectPixels:
    """List the pixels of each label of a 2-D label image (0 is background).

    >>> pixels = list_object_pixels(np.array([[0, 2, 2], [1, 0, 2]], np.int32))
    >>> pixels.count, pixels.areas.tolist(), pixels.rows.tolist(), pixels.boxes[2].tolist()
    (2, [1, 3], [1, 0, 0, 1], [0, 1, 1, 2])
    """
    labels = np.ascontiguousarray(labels, np.int32)
    count = int(labels.max(initial=0))
    return ObjectPixels(labels, count, *_kernels.list_pixels(labels, count))

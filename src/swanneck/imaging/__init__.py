"""Images of plates: reading, segmentation, measurement.

The two segmentation functions are loaded at first use, so that a reader does not wait for the compiler.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.imaging.segmentation import segment_cells, segment_nuclei

__all__ = ["segment_cells", "segment_nuclei"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from swanneck.imaging import segmentation  # noqa: PLC0415 - the compiler takes a second to import

    return getattr(segmentation, name)

"""The methods that find nuclei: two of our own, and those that other packages bring.

A package brings one by an entry point in the group `swanneck.nuclei_segmenters`: a function of the image (2-D, uint8,
uint16 or float32) and the typical diameter in pixels (None where it is not known) that gives labels of the image's
shape, whole numbers, 0 = background. Where the function has an attribute `describe`, a function without parameters,
its text (model, weights) becomes part of the method's description, so that results are redone when it changes.
Cellpose, StarDist and InstanSeg need no entry point: `other_programs` adapts them where they are installed.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.errors import ImageError, SettingsError
from swanneck.foundation.files import file_sha256
from swanneck.imaging.segmentation.other_programs import OTHER_PROGRAMS

__all__ = [
    "GROUP",
    "WEIGHTS",
    "NucleiSegmenter",
    "choose_nuclei_method",
    "describe_nuclei_method",
    "find_nuclei_methods",
    "segment_with_plugin",
]

NucleiSegmenter = Callable[[NDArray[Any], float | None], NDArray[Any]]
"""What an entry point leads to: image and diameter to labels."""

GROUP = "swanneck.nuclei_segmenters"
"""The group of entry points by which other packages bring methods."""

WEIGHTS = Path(__file__).with_name("weights") / "nuclei.onnx"
"""The network of the learned method."""

_INSTALL = "Install it with: pip install 'swanneck[learned]'"


def find_nuclei_methods() -> list[str]:
    """List the methods that are installed, the best of our own first, then those of other packages by name.

    >>> "classical" in find_nuclei_methods()
    True
    """
    own = ["learned", "classical"] if _has_learned() else ["classical"]
    return own + sorted(set(_find_plugins()) - {"best", "classical", "learned"})


def choose_nuclei_method(method: str = "best") -> str:
    """Give the method that `best` stands for here, or the one that was named, if it is installed.

    Raises SettingsError for a method that is not known or not installed.

    >>> choose_nuclei_method("classical")
    'classical'
    """
    if method == "classical":
        return method
    if method in ("best", "learned") and _has_learned():
        return "learned"
    if method == "best":
        return "classical"
    if method == "learned":
        problem = "the learned method for nuclei needs the package onnxruntime, which is not installed"
        raise SettingsError(problem, remedy=_INSTALL)
    if method not in _find_plugins():
        problem = f"no method for nuclei is called {method!r}; installed are {', '.join(find_nuclei_methods())}"
        raise SettingsError(problem)
    return method


def describe_nuclei_method(method: str = "best") -> str:
    """Give the method's name and what its labels depend on besides swanneck's version: weights, other packages.

    It is part of the keys of what is measured, and of a run's record.

    Raises SettingsError as `choose_nuclei_method` does.

    >>> describe_nuclei_method("classical")
    'classical'
    """
    method = choose_nuclei_method(method)
    if method == "classical":
        return method
    if method == "learned":
        return f"learned (weights SHA-256 {file_sha256(WEIGHTS)})"
    package = _find_plugins()[method].dist
    describe = getattr(_load_plugin(method), "describe", None)
    if package is None and method in OTHER_PROGRAMS and describe:
        return f"{method} ({describe()})"
    source = f"{package.name} {package.version}" if package else "unknown package"
    return f"{method} ({source}{f', {describe()}' if describe else ''})"


def segment_with_plugin(method: str, pixels: NDArray[Any], diameter: float | None) -> NDArray[np.int32]:
    """Let another package's method find nuclei, and number them 1..n without gaps.

    Raises ImageError where its labels are not of the image's shape, not whole numbers, or negative.
    """
    found = np.asarray(_load_plugin(method)(pixels, diameter))
    if found.shape != pixels.shape or found.dtype.kind not in "iu":
        problem = f"labels must be whole numbers of shape {pixels.shape}, got {found.dtype} of shape {found.shape}"
        raise ImageError(problem, where=f"nuclei method {method}")
    if found.size and found.min() < 0:
        problem = "labels must not be negative"
        raise ImageError(problem, where=f"nuclei method {method}")
    _, numbers = np.unique(np.concatenate([[0], found.ravel()]), return_inverse=True)
    return numbers[1:].reshape(found.shape).astype(np.int32)


def _has_learned() -> bool:
    return find_spec("onnxruntime") is not None and WEIGHTS.is_file()


def _find_plugins() -> dict[str, EntryPoint]:
    adapted = {
        package: EntryPoint(package, function, GROUP)
        for package, function in OTHER_PROGRAMS.items()
        if find_spec(package) is not None
    }
    return adapted | {point.name: point for point in entry_points(group=GROUP)}


@cache
def _load_plugin(method: str) -> NucleiSegmenter:
    loaded: NucleiSegmenter = _find_plugins()[method].load()
    return loaded

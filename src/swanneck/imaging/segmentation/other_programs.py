"""Cellpose, StarDist and InstanSeg as methods for nuclei, for those who have them installed.

Each function follows the seam of `nuclei_methods`: image and typical diameter in pixels to labels, with `describe` for
the version and the model. The programs bring their own models, which they fetch themselves at their first use, and
their own licences. Written against the interfaces that they document; the tests hold them to stand-ins of these.

Cellpose: Stringer et al., Nature Methods 18:100, 2021. StarDist: Schmidt et al., MICCAI 2018, LNCS 11071:265.
InstanSeg: Goldsborough et al., arXiv 2408.15954, 2024.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["OTHER_PROGRAMS", "segment_with_cellpose", "segment_with_instanseg", "segment_with_stardist"]

OTHER_PROGRAMS = {
    "cellpose": "swanneck.imaging.segmentation.other_programs:segment_with_cellpose",
    "stardist": "swanneck.imaging.segmentation.other_programs:segment_with_stardist",
    "instanseg": "swanneck.imaging.segmentation.other_programs:segment_with_instanseg",
}
"""The package that must be installed, which is also the method's name, and the function that calls it."""

_STARDIST_MODEL = "2D_versatile_fluo"
_INSTANSEG_MODEL = "fluorescence_nuclei_and_cells"
_NUCLEUS_UM = 10.0
"""What a nucleus is taken to measure where a program asks for the size of a pixel."""


def segment_with_cellpose(image: NDArray[Any], diameter: float | None) -> NDArray[np.int32]:
    """Let Cellpose find nuclei: the model `nuclei` of versions up to 3, the general one since version 4."""
    masks = _cellpose_model().eval(image, diameter=diameter, **_cellpose_options())[0]
    return np.asarray(masks, np.int32)


def segment_with_stardist(image: NDArray[Any], diameter: float | None) -> NDArray[np.int32]:  # noqa: ARG001 - the model has its own
    """Let StarDist find nuclei by its model `2D_versatile_fluo`, on the image between its percentiles 1 and 99.8."""
    normalised = import_module("csbdeep.utils").normalize(image, 1, 99.8)
    labels, _ = _stardist_model().predict_instances(normalised)
    return np.asarray(labels, np.int32)


def segment_with_instanseg(image: NDArray[Any], diameter: float | None) -> NDArray[np.int32]:
    """Let InstanSeg find nuclei by its model for fluorescence; a nucleus is taken to be 10 µm wide."""
    pixel_um = None if diameter is None else _NUCLEUS_UM / diameter
    labels, _ = _instanseg_model().eval_small_image(
        np.asarray(image, np.float32)[None], pixel_um, target="nuclei", return_image_tensor=True
    )
    found = np.asarray(labels)
    return np.asarray(found.reshape(-1, *found.shape[-2:])[0], np.int32)


@cache
def _cellpose_model() -> Any:
    models = import_module("cellpose.models")
    old = hasattr(models, "Cellpose")
    return models.Cellpose(gpu=False, model_type="nuclei") if old else models.CellposeModel(gpu=False)


def _cellpose_options() -> dict[str, Any]:
    return {"channels": [0, 0]} if hasattr(import_module("cellpose.models"), "Cellpose") else {}


@cache
def _stardist_model() -> Any:
    return import_module("stardist.models").StarDist2D.from_pretrained(_STARDIST_MODEL)


@cache
def _instanseg_model() -> Any:
    return import_module("instanseg").InstanSeg(_INSTANSEG_MODEL, verbosity=0)


def _describer(package: str, model: str) -> Callable[[], str]:
    def describe() -> str:
        try:
            return f"{package} {version(package)}, model {model}"
        except PackageNotFoundError:  # a source folder on the path has no version
            return f"{package} of unknown version, model {model}"

    return describe


segment_with_cellpose.describe = _describer("cellpose", "nuclei or cpsam")  # type: ignore[attr-defined]
segment_with_stardist.describe = _describer("stardist", _STARDIST_MODEL)  # type: ignore[attr-defined]
segment_with_instanseg.describe = _describer("instanseg-torch", _INSTANSEG_MODEL)  # type: ignore[attr-defined]

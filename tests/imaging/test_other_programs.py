"""Cellpose, StarDist and InstanSeg behind the seam of nuclei methods, held to stand-ins of their interfaces."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest

from swanneck.imaging import segment_nuclei
from swanneck.imaging.segmentation import (
    NucleiSettings,
    describe_nuclei_method,
    find_nuclei_methods,
    nuclei_methods,
    other_programs,
)

IMAGE = np.arange(48, dtype=np.uint16).reshape(6, 8)
LABELS = (IMAGE > 20).astype(np.int64) * 5


@pytest.fixture
def install(monkeypatch):
    """Pretend that packages are installed: modules by name, with what they hold."""

    def install(**modules):
        for name, content in modules.items():
            module = ModuleType(name.replace("__", "."))
            module.__dict__.update(content)
            module.__spec__ = ModuleSpec(module.__name__, None)
            monkeypatch.setitem(sys.modules, module.__name__, module)

    caches = [nuclei_methods._load_plugin, other_programs._cellpose_model, other_programs._stardist_model]
    caches.append(other_programs._instanseg_model)
    for one in caches:
        one.cache_clear()
    yield install
    for one in caches:
        one.cache_clear()


class OldCellpose:
    def __init__(self, *, gpu: bool, model_type: str) -> None:
        assert (gpu, model_type) == (False, "nuclei")

    def eval(self, image, *, diameter, channels):
        assert (diameter, channels, image.shape) == (9.0, [0, 0], (6, 8))
        return LABELS, None, None, None


class NewCellpose:
    def __init__(self, *, gpu: bool) -> None:
        assert not gpu

    def eval(self, image, *, diameter):
        assert diameter == 9.0
        return LABELS, None, None


class StarDist:
    @classmethod
    def from_pretrained(cls, name):
        assert name == "2D_versatile_fluo"
        return cls()

    def predict_instances(self, image):
        assert image.max() <= 1
        return LABELS, {}


class InstanSeg:
    def __init__(self, name, *, verbosity) -> None:
        assert (name, verbosity) == ("fluorescence_nuclei_and_cells", 0)

    def eval_small_image(self, image, pixel_size, *, target, return_image_tensor):
        assert (image.shape, target, return_image_tensor) == ((1, 6, 8), "nuclei", True)
        assert pixel_size == pytest.approx(10 / 9)
        return LABELS[None, None].astype(np.float32), image


PROGRAMS = {
    "cellpose 3": {"cellpose": {}, "cellpose__models": {"Cellpose": OldCellpose}},
    "cellpose 4": {"cellpose": {}, "cellpose__models": {"CellposeModel": NewCellpose}},
    "stardist": {
        "stardist": {}, "stardist__models": {"StarDist2D": StarDist}, "csbdeep": {},
        "csbdeep__utils": {"normalize": lambda image, low, high: image / image.max()},
    },
    "instanseg": {"instanseg": {"InstanSeg": InstanSeg}},
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_is_installed_finds_nuclei_by_its_name(install, program) -> None:
    install(**PROGRAMS[program])
    name = program.split()[0]
    assert name in find_nuclei_methods()
    labels = segment_nuclei(IMAGE, NucleiSettings(method=name, diameter=9.0))
    assert labels.dtype == np.int32
    assert (labels == (LABELS > 0)).all()


def test_the_record_says_which_model_and_version(install) -> None:
    install(**PROGRAMS["stardist"])
    said = describe_nuclei_method("stardist")
    assert said == "stardist (stardist of unknown version, model 2D_versatile_fluo)"


def test_programs_that_are_not_installed_are_not_listed() -> None:
    assert not {"cellpose", "stardist", "instanseg"} & set(find_nuclei_methods())

"""Which method finds nuclei, what is said of it, and methods that other packages bring."""

from importlib.metadata import EntryPoint
from importlib.util import find_spec

import numpy as np
import pytest

from swanneck.foundation.errors import ImageError, SettingsError
from swanneck.imaging import segment_nuclei
from swanneck.imaging.segmentation import (
    NucleiSettings,
    choose_nuclei_method,
    describe_nuclei_method,
    find_nuclei_methods,
    nuclei_methods,
)

IMAGE = np.arange(48, dtype=np.uint8).reshape(6, 8)


@pytest.fixture
def bring(monkeypatch):
    """Let another package bring a method; the name of the function here, the labels or the error it gives."""

    def bring(function, name="other"):
        point = EntryPoint(name=name, value="somewhere:function", group=nuclei_methods.GROUP)
        monkeypatch.setattr(nuclei_methods, "_find_plugins", lambda: {name: point})
        monkeypatch.setattr(nuclei_methods, "_load_plugin", lambda method: function)
        return NucleiSettings(method=name)

    return bring


@pytest.fixture
def without_learned(monkeypatch):
    monkeypatch.setattr(nuclei_methods, "_has_learned", lambda: False)


def test_the_best_is_the_learned_one_where_its_package_is_installed():
    best = "learned" if find_spec("onnxruntime") else "classical"
    assert choose_nuclei_method() == choose_nuclei_method("best") == find_nuclei_methods()[0] == best


def test_without_the_package_the_classical_one_is_the_best(without_learned):
    assert choose_nuclei_method() == describe_nuclei_method() == "classical"
    assert "learned" not in find_nuclei_methods()


def test_a_method_asked_for_is_never_replaced_by_another(without_learned):
    with pytest.raises(SettingsError, match=r"onnxruntime.*swanneck\[learned\]"):
        segment_nuclei(IMAGE, NucleiSettings(method="learned"))


def test_an_unknown_method_is_refused_with_those_that_are_there():
    with pytest.raises(SettingsError, match="'watershed'.*classical"):
        segment_nuclei(IMAGE, NucleiSettings(method="watershed"))


@pytest.mark.skipif(not find_spec("onnxruntime"), reason="onnxruntime is not installed")
def test_the_learned_method_is_described_by_the_digest_of_its_weights():
    assert len(describe_nuclei_method("learned").split("SHA-256 ")[1].rstrip(")")) == 64


def test_labels_of_another_package_are_numbered_without_gaps(bring):
    found = np.where(IMAGE > 40, 7, np.where(IMAGE < 4, 300, 0)).astype(np.uint16)
    labels = segment_nuclei(IMAGE, bring(lambda image, diameter: found))
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(labels, np.where(IMAGE > 40, 1, np.where(IMAGE < 4, 2, 0)))


def test_another_package_is_given_the_image_and_the_diameter(bring):
    given = []
    settings = bring(lambda image, diameter: given.append((image, diameter)) or np.zeros(image.shape, int))
    segment_nuclei(IMAGE, settings.model_copy(update={"diameter": 12.5}))
    np.testing.assert_array_equal(given[0][0], IMAGE)
    assert given[0][1] == 12.5


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (np.zeros((2, 2), int), "shape"),
        (np.zeros((6, 8)), "whole numbers"),
        (np.full((6, 8), -1), "negative"),
    ],
    ids=["shape", "fractions", "negative"],
)
def test_what_is_no_label_image_is_refused(bring, labels, says):
    with pytest.raises(ImageError, match=f"{says}.*nuclei method other"):
        segment_nuclei(IMAGE, bring(lambda image, diameter: labels))


def test_another_package_says_what_its_labels_depend_on(bring):
    def segment(image, diameter):
        return np.zeros(image.shape, int)

    bring(segment)
    assert describe_nuclei_method("other") == "other (unknown package)"
    segment.describe = lambda: "model nuclei 3"
    assert describe_nuclei_method("other") == "other (unknown package, model nuclei 3)"


def test_a_package_cannot_take_the_name_of_our_own(bring):
    bring(lambda image, diameter: np.ones(image.shape, int), name="classical")
    assert find_nuclei_methods().count("classical") == 1
    assert not segment_nuclei(IMAGE, NucleiSettings(method="classical")).any()

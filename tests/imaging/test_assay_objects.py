"""Parasites, bacteria, syncytia and spheroids in simulated fields: any magnification, brightness, number."""

import numpy as np
import pytest

from swanneck.foundation.errors import ImageError
from swanneck.imaging.segmentation import NucleiSettings, segment_cells, segment_nuclei
from swanneck.imaging.segmentation.spheroids import segment_spheroids
from swanneck.imaging.segmentation.spots import (
    count_spots,
    estimate_host_diameter,
    find_bacteria,
    find_spots,
    outline_hosts,
    segment_hosts,
)
from swanneck.imaging.segmentation.syncytia import group_nuclei
from swanneck.screening.simulated_assays import AssayFieldSettings, simulate_assay_field
from swanneck.statistics.thresholds import separate_counts

CLASSICAL = NucleiSettings(method="classical")


def simulate(kind, seed=4, **look):
    settings = AssayFieldSettings(**({"size": 360, "diameter": 20, "cells": 45} | look))
    field = simulate_assay_field(kind, settings, np.random.default_rng(seed))
    return field.images, field.truth, settings


def count_parasites(image) -> tuple[int, np.ndarray]:
    """Host cells, and the spots in each."""
    diameter = estimate_host_diameter(image)
    hosts = segment_hosts(image, diameter, nuclei=CLASSICAL)
    spots = find_spots(image, hosts, diameter, nuclear_stain=True)
    return int(hosts.max()), count_spots(spots, outline_hosts(image, hosts, diameter))[1:]


@pytest.mark.parametrize(
    "look",
    [
        {}, {"diameter": 12, "size": 220}, {"diameter": 48, "size": 700, "cells": 35}, {"brightness": 300.0},
        {"brightness": 30_000.0}, {"parasites": 35.0}, {"kinetoplast_offset": 0.0}, {"kinetoplast_offset": 0.12},
        {"parasite_contrast": 0.35}, {"parasite_contrast": 1.4}, {"blur": 0.08}, {"noise": 3.0}, {"infected": 0.9},
    ],
    ids=str,
)  # fmt: skip
def test_hosts_and_parasites_are_told_apart(look) -> None:
    images, truth, _ = simulate("intracellular_parasites", **look)
    hosts, counts = count_parasites(images["DNA"])
    infected = counts > separate_counts([], counts).value
    assert hosts == pytest.approx(truth["cells"], rel=0.1)
    assert infected.sum() == pytest.approx(truth["infected"], rel=0.15, abs=2)
    assert np.median(counts[infected]) == pytest.approx(truth["median"], rel=0.3)


def test_nests_of_parasites_are_no_nuclei() -> None:
    images, truth, settings = simulate("intracellular_parasites", parasites=60.0, parasite_contrast=1.2)
    plain = segment_nuclei(images["DNA"], CLASSICAL.model_copy(update={"diameter": settings.diameter})).max()
    hosts = segment_hosts(images["DNA"], settings.diameter, nuclei=CLASSICAL).max()
    assert abs(hosts - truth["cells"]) <= 2 < abs(plain - truth["cells"])


def test_uninfected_cells_have_no_parasites() -> None:
    images, truth, _ = simulate("intracellular_parasites", infected=0.0)
    hosts, counts = count_parasites(images["DNA"])
    assert (hosts, counts.sum()) == (truth["cells"], 0)


def test_parasites_are_counted_alike_at_half_the_exposure() -> None:
    images, _, _ = simulate("intracellular_parasites")
    dark = ((images["DNA"] - 100.0).clip(0) / 2 + 100).astype(np.uint16)
    assert count_parasites(dark)[1].sum() == pytest.approx(count_parasites(images["DNA"])[1].sum(), rel=0.02)


def test_parasites_of_a_channel_of_their_own_may_lie_on_the_nucleus() -> None:
    down, across = np.mgrid[:80, :80]
    nuclei = (np.hypot(down - 40, across - 40) < 12).astype(np.int32)
    noise = np.random.default_rng(1).normal(100, 3, (80, 80))
    image = noise + sum(90 * np.exp(-(np.hypot(down - row, across - 40) ** 2) / 8) for row in (20, 40))
    assert find_spots(image, nuclei, 24.0, nuclear_stain=False).rows.tolist() == [20, 40]


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (1, 40), (40, 3)], ids=str)
def test_tiny_images_hold_nothing(shape) -> None:
    image, nothing = np.zeros(shape, np.uint16), np.zeros(shape, np.int32)
    assert segment_hosts(image, 20.0, nuclei=CLASSICAL).shape == shape
    assert len(find_spots(image, nothing, 20.0, nuclear_stain=True)) == 0
    assert not find_bacteria(image, nothing, 20.0)[0].any()
    assert segment_spheroids(image).shape == shape


@pytest.mark.parametrize("image", [np.zeros((4, 4, 3)), np.full((9, 9), np.nan)], ids=["colour", "nan"])
def test_what_is_no_image_is_refused(image) -> None:
    labels = np.ones(image.shape[:2], np.int32)
    for function in (
        lambda: segment_hosts(image, 20.0), lambda: find_spots(image, labels, 20.0, nuclear_stain=True),
        lambda: find_bacteria(image, labels, 20.0), lambda: segment_spheroids(image),
    ):  # fmt: skip
        with pytest.raises(ImageError):
            function()


@pytest.mark.parametrize("look", [{}, {"brightness": 300.0}, {"diameter": 40, "size": 640}, {"effect": 0.7}], ids=str)
def test_the_area_of_bacteria_is_what_was_painted(look) -> None:
    images, truth, settings = simulate("intracellular_bacteria", **look)
    everywhere = np.ones(images["DNA"].shape, np.int32)
    marked, _ = find_bacteria(images["Bacteria"], everywhere, settings.diameter)
    assert marked.sum() == pytest.approx(truth["area"], rel=0.15)


def test_cells_that_glow_themselves_have_no_bacteria() -> None:
    images, _, settings = simulate("intracellular_bacteria", effect=1.0)
    cells = segment_cells(None, segment_nuclei(images["DNA"], CLASSICAL))
    assert find_bacteria(images["Bacteria"], cells, settings.diameter)[0].mean() < 0.001


@pytest.mark.parametrize("look", [{}, {"syncytium_nuclei": 3}, {"brightness": 200.0}, {"effect": 1.0}], ids=str)
def test_nuclei_of_one_cytoplasm_are_joined(look) -> None:
    images, truth, settings = simulate("syncytia", **look)
    group = group_nuclei(segment_nuclei(images["DNA"], CLASSICAL), images["Cytoplasm"], settings.diameter)
    assert (np.bincount(group)[group][1:] > 2).sum() == truth["fused"]


def test_touching_cells_with_a_dark_line_between_them_are_two() -> None:
    nuclei = np.zeros((60, 60), np.int32)
    nuclei[20:40, 10:26], nuclei[20:40, 34:50] = 1, 2
    body = np.zeros((60, 60))
    body[15:45, 5:55] = 100
    assert group_nuclei(nuclei, body, 20.0).tolist() == [0, 1, 1]
    body[:, 29:32] = 0
    assert group_nuclei(nuclei, body, 20.0).tolist() == [0, 1, 2]
    assert group_nuclei(nuclei, None, 20.0).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "look", [{}, {"spheroid_diameter": 0.2}, {"spheroid_diameter": 0.85}, {"brightness": 100.0}], ids=str
)
def test_a_spheroid_has_the_diameter_that_was_painted(look) -> None:
    images, truth, _ = simulate("spheroid", **look)
    labels = segment_spheroids(images["DNA"])
    assert labels.max() == 1
    assert 2 * np.sqrt((labels > 0).sum() / np.pi) == pytest.approx(truth["diameter"], rel=0.05)


def test_noise_is_no_spheroid() -> None:
    noise = np.random.default_rng(2).poisson(100, (300, 300)).astype(np.uint16)
    assert segment_spheroids(noise).max() == 0

"""Host cells and parasites of one DNA stain, counted as a campaign counts them: python benchmarks/parasites.py

Five fields of T. cruzi in H9C2 cells against Columbus' counts, then the same fields smaller, larger, blurred, darker:
one set of defaults. Then simulated fields against their truth. Ratios are found / true.
"""

import os
import time
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage

from swanneck.imaging.segmentation import NucleiSettings
from swanneck.imaging.segmentation.spots import (
    count_spots,
    estimate_host_diameter,
    find_spots,
    measure_nuclear_contrast,
    outline_hosts,
    segment_hosts,
)
from swanneck.screening.simulated_assays import AssayFieldSettings, simulate_assay_field
from swanneck.statistics.thresholds import separate_counts

DATA = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))
COLUMBUS = {"cells": 759.0, "infected": 181.0, "median": 17.0}
CLASSICAL = NucleiSettings(method="classical")


def count(images: list[NDArray[np.uint16]]) -> dict[str, float]:
    """Count the fields of one well; seconds are CPU seconds per megapixel."""
    began = time.process_time()
    diameter = float(np.median([size for image in images if (size := estimate_host_diameter(image))]))
    counts = []
    for image in images:
        hosts = segment_hosts(image, diameter, nuclei=CLASSICAL)
        least = 0.2 * measure_nuclear_contrast(image, hosts, diameter) / 7.0
        bodies = outline_hosts(image, hosts, diameter, least_grain=least)
        counts.append(count_spots(find_spots(image, hosts, diameter, nuclear_stain=True), bodies)[1:])
    seconds = (time.process_time() - began) / (sum(image.size for image in images) / 1e6)
    found = np.concatenate(counts)
    infected = found[found > separate_counts([], found).value]
    return {
        "cells": float(found.size), "infected": float(infected.size),
        "median": float(np.median(infected)) if infected.size else 0.0, "seconds": seconds,
    }  # fmt: skip


def tell(name: str, found: dict[str, float], truth: dict[str, float]) -> None:
    """Print one line: counts, and their ratios to the truth."""
    parts = [f"{key} {found[key]:.0f} ({found[key] / truth[key]:.2f})" for key in ("cells", "infected", "median")]
    print(f"{name:28s}", *parts, f"{found['seconds']:.2f} s/megapixel", sep="  ")


def real() -> None:
    """Compare with Columbus."""
    folder = DATA / "plates" / "tcruzi_h9c2_A1" / "images"
    if not folder.is_dir():
        print("The fields of T. cruzi are not on this machine (SWANNECK_DATA).")
        return
    fields = [tifffile.imread(path) for path in sorted(folder.glob("*.tif"))]
    count(fields[:1])  # compiles
    tell("T. cruzi", count(fields), COLUMBUS)
    for factor in (0.5, 1.5):
        smooth = [ndimage.gaussian_filter(field.astype(float), max(0.0, 0.4 / factor - 0.3)) for field in fields]
        tell(f"  {factor} x the size", count([ndimage.zoom(one, factor, order=1).astype(np.uint16) for one in smooth]),
             COLUMBUS)  # fmt: skip
    for sigma in (1.0, 1.5):
        blurred = [ndimage.gaussian_filter(field.astype(float), sigma).astype(np.uint16) for field in fields]
        tell(f"  blurred, sigma {sigma} pixels", count(blurred), COLUMBUS)
    for share in (0.3, 0.03):
        draw = np.random.default_rng(1)
        tell(
            f"  {share} of the light",
            count([draw.poisson(field * share).astype(np.uint16) for field in fields]),
            COLUMBUS,
        )


def simulated() -> None:
    """Compare with what was painted."""
    for change in ({}, {"diameter": 12}, {"diameter": 48, "size": 900}, {"parasites": 35.0}, {"infected": 0.05},
                   {"brightness": 200.0}):  # fmt: skip
        draw = np.random.default_rng(1)
        settings = AssayFieldSettings(**change)
        fields = [simulate_assay_field("intracellular_parasites", settings, draw) for _ in range(4)]
        truth = {key: float(sum(field.truth[key] for field in fields)) for key in ("cells", "infected")}
        truth["median"] = float(np.median([field.truth["median"] for field in fields]))
        name = ", ".join(f"{key} {value}" for key, value in change.items()) or "as by default"
        tell(f"simulated, {name}", count([field.images["DNA"] for field in fields]), truth)


if __name__ == "__main__":
    real()
    simulated()

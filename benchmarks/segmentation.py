"""How well and how fast nuclei are found, against annotated images and against a plain SciPy script.

    python benchmarks/segmentation.py [--every N]

Scores are pooled over images: true and false positives and misses are summed, an object is found where the
intersection over union with an annotated one exceeds the threshold. AP is the mean over the thresholds 0.50, 0.55 ..
0.95 of TP / (TP + FP + FN), as in Caicedo et al. (2019). The images are those of BBBC038 with annotations
(nuclei/dsb2018_dev in ../shared/data or SWANNECK_DATA). The learned method is scored on the images that its training
did not see (training/nuclei/held_out.txt), beside the classical one on the same images.
"""

import argparse
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from swanneck.imaging import segment_cells, segment_nuclei
from swanneck.imaging.segmentation import NucleiSettings, estimate_nucleus_diameter, find_nuclei_methods

THRESHOLDS = np.round(np.arange(0.5, 1.0, 0.05), 2)
SHOWN = [0.5, 0.7, 0.9]
SIDE = 1080
HELD_OUT = Path(__file__).parents[1] / "training" / "nuclei" / "held_out.txt"
Pairs = list[tuple[NDArray[np.uint8], NDArray[np.int32]]]


def find_images() -> Path:
    data = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    folder = data / "nuclei" / "dsb2018_dev"
    if not folder.is_dir():
        print(f"skipped: {folder} is not on this machine (set SWANNECK_DATA)")
        sys.exit(0)
    return folder


def segment_plainly(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """What one writes in five minutes: Gauss 1, Otsu, divided between the maxima of the distance."""
    smooth = ndimage.gaussian_filter(image.astype(float), 1)
    counts, edges = np.histogram(smooth, 256)
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1]
    weight = np.cumsum(counts * centres)
    above = image.size - below
    between = (weight[-1] * below / image.size - weight[:-1]) ** 2 / np.maximum(below * above, 1)
    mask = smooth > edges[1 + np.argmax(between)]
    distance = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 2)
    peaks, _ = ndimage.label((distance == ndimage.maximum_filter(distance, 9)) & mask, np.ones((3, 3)))
    # SciPy's own watershed floods gradients; without basins to follow, the nearest maximum is as good.
    nearest = ndimage.distance_transform_edt(peaks == 0, return_distances=False, return_indices=True)
    return np.where(mask, peaks[tuple(nearest)], 0).astype(np.int32)


def count_matches(truth: NDArray[np.int32], found: NDArray[np.int32]) -> NDArray[np.int64]:
    """Rows (true positives, annotated, found), one for each threshold."""
    columns = int(found.max()) + 1
    table = np.bincount(truth.ravel().astype(np.int64) * columns + found.ravel(), minlength=columns)
    table = np.pad(table, (0, -table.size % columns)).reshape(-1, columns)
    annotated, detected = table.sum(axis=1)[1:], table.sum(axis=0)[1:]
    both = table[1:, 1:]
    union = annotated[:, None] + detected[None, :] - both
    overlap = (both / np.maximum(union, 1)).max(axis=1, initial=0.0)
    return np.array([[(overlap > t).sum(), (annotated > 0).sum(), (detected > 0).sum()] for t in THRESHOLDS])


def summarise(rows: list[NDArray[np.int64]]) -> str:
    hits, annotated, found = np.sum(rows, axis=0).T
    f1 = 2 * hits / np.maximum(annotated + found, 1)
    each = np.array([2 * r[:, 0] / np.maximum(r[:, 1] + r[:, 2], 1) for r in rows]).mean(axis=0)
    chosen = [int(np.flatnonzero(THRESHOLDS == t)[0]) for t in SHOWN]
    precision = (hits / np.maximum(annotated + found - hits, 1)).mean()
    return (
        f"{len(rows):6d} {annotated[0]:7d}  "
        + " ".join(f"{f1[k]:.3f}" for k in chosen)
        + f"  {precision:.3f}  "
        + " ".join(f"{each[k]:.3f}" for k in chosen)
    )


def name_group(image: NDArray[np.uint8], truth: NDArray[np.int32]) -> str:
    inside, outside = image[truth > 0], image[truth == 0]
    contrast = float(np.median(inside)) - float(np.median(outside)) if inside.size and outside.size else 0.0
    return f"{image.shape[0]} x {image.shape[1]}, {'dim' if contrast < 40 else 'bright'}"


def segment_by(method: str) -> Callable[[NDArray[np.uint8]], NDArray[np.int32]]:
    return lambda image: segment_nuclei(image, NucleiSettings(method=method))


def score(images: Pairs, method: Callable[..., NDArray[np.int32]]) -> None:
    groups: dict[str, list[NDArray[np.int64]]] = defaultdict(list)
    started = time.process_time()
    for image, truth in images:
        matches = count_matches(truth, method(image))
        groups["all"].append(matches)
        groups[name_group(image, truth)].append(matches)
    seconds = time.process_time() - started
    print(f"{'':20s} images  nuclei  F1 at 0.5 0.7 0.9   AP     mean F1 per image")
    for group in sorted(groups, key=lambda g: (g != "all", g)):
        print(f"{group:20s} {summarise(groups[group])}")
    print(f"{seconds / len(images):.4f} CPU seconds per image, scoring included\n")


def time_shortest(function: Callable[[], object], repeats: int = 5) -> float:
    best = np.inf
    for _ in range(repeats):
        started = time.process_time()
        function()
        best = min(best, time.process_time() - started)
    return best


def time_stages(images: Pairs, methods: list[str]) -> None:
    print(f"CPU seconds per {SIDE} x {SIDE} image (tiled from one image), shortest of five, kernels warm, one thread;")
    print("with the estimate of the diameter, which a plate needs once; ratios to the SciPy script")
    print(
        "diameter  estimate  " + "  ".join(f"{m:>17s}" for m in methods) + "  SciPy script  classical nuclei and cells"
    )
    diameters = [estimate_nucleus_diameter(image) or 0.0 for image, _ in images]
    for wanted in (10, 16, 24, 40):
        image = images[int(np.argmin(np.abs(np.array(diameters) - wanted)))][0]
        repeats = [-(-SIDE // n) for n in image.shape]
        tile = np.ascontiguousarray(np.tile(image, repeats)[:SIDE, :SIDE])
        diameter = estimate_nucleus_diameter(tile)
        estimate = time_shortest(lambda tile=tile: estimate_nucleus_diameter(tile))
        settings = [NucleiSettings(method=method, diameter=diameter) for method in methods]
        times = [estimate + time_shortest(lambda tile=tile, one=one: segment_nuclei(tile, one)) for one in settings]
        nuclei = segment_nuclei(tile, NucleiSettings(method="classical", diameter=diameter))
        cells = time_shortest(lambda tile=tile, nuclei=nuclei: segment_cells(tile, nuclei))
        plain = time_shortest(lambda tile=tile: segment_plainly(tile), 2)
        shown = "  ".join(f"{one:8.3f} ({plain / one:4.1f} x)" for one in times)
        print(f"{diameter or 0:8.1f}  {estimate:8.3f}  {shown}  {plain:12.3f}  {times[-1] + cells:26.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="score every N-th image only")
    chosen = parser.parse_args()
    folder = find_images()
    files = sorted((folder / "images").iterdir())[:: chosen.every]
    images = [(imagecodecs.imread(f), imagecodecs.imread(folder / "labels" / f.name).astype(np.int32)) for f in files]
    methods = [method for method in ("learned", "classical") if method in find_nuclei_methods()]
    for method in methods:
        segment_by(method)(images[0][0])
    names = HELD_OUT.read_text().split()
    unseen = [pair for file, pair in zip(files, images, strict=True) if file.stem in names]
    for method in methods:
        print(f"{method}, default settings, the images held out of the training of the learned method")
        score(unseen, segment_by(method))
    print("classical, default settings, all images")
    score(images, segment_by("classical"))
    print("SciPy script (Gauss 1, Otsu, divided between maxima of the distance), all images")
    score(images, segment_plainly)
    time_stages(images, methods)


if __name__ == "__main__":
    main()

"""Claim: CellProfiler's measurements at 30 times its speed, on one core. Prints each figure beside its limit.

    python benchmarks/measurement.py                          this engine beside CellProfiler's recorded seconds
    python benchmarks/measurement.py --peer PEER/bin/python   and cp_measure (numba), from an environment that has it

The field of 512 x 512 pixels (316 cells, 3 channels, 3 kinds of objects) is `parity/human512` of the evaluation data,
for which CellProfiler 4.2.8.1's seconds are known; without it a painted field stands in, and no such ratio is printed.
The field of 1080 x 1080 pixels (about 200 large cells, 5 channels) is always painted. Times are CPU seconds, the least
of several runs; compilation is measured apart, in a process with an empty cache.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from scipy import ndimage

from swanneck.imaging import MeasurementSettings, measure_objects

# CPU seconds of CellProfiler 4.2.8.1 on human512, one idle core, modules called in memory.
RECORDED = {
    "AreaShape": 2.79,
    "Intensity": 0.80,
    "IntensityDistribution": 4.94,
    "Granularity": 1.80,
    "Texture": 20.6,
    "Correlation": 1.14,
    "Neighbors": 0.45,
}

# Runs in the peer's environment: module -> CPU seconds over all images and objects, after one warm run on a corner.
PEER = """
import itertools, json, sys, time, warnings
import numpy as np
import cp_measure
from cp_measure.bulk import get_core_measurements, get_correlation_measurements
warnings.simplefilter("ignore")
cp_measure.set_accelerator("numba")
core = get_core_measurements(legacy=True, sanitize=False)
pairs = get_correlation_measurements(sanitize=False)
data = np.load(sys.argv[1])
images = {k[6:]: data[k] for k in data if k.startswith("image_")}
labels = {k[7:]: data[k].astype(np.int64) for k in data if k.startswith("labels_")}
parts = {
    "AreaShape": ["sizeshape", "zernike", "feret"], "Intensity": ["intensity"],
    "IntensityDistribution": ["radial_distribution", "radial_zernikes"], "Granularity": ["granularity"],
}
def run(images, labels):
    spent = {}
    for module, names in parts.items():
        begun = time.process_time()
        for mask in labels.values():
            for name in names:
                if module == "AreaShape":
                    core[name](mask, None)
                else:
                    for image in images.values():
                        core[name](mask, image)
        spent[module] = time.process_time() - begun
    begun = time.process_time()
    for mask in labels.values():
        for image in images.values():
            for scale in (3, 5, 10):
                core["texture"](mask, image, scale=scale)
    spent["Texture"] = time.process_time() - begun
    begun = time.process_time()
    for mask in labels.values():
        for one, other in itertools.combinations(images.values(), 2):
            for name in ("pearson", "manders_fold", "rwc"):
                pairs[name](one, other, mask)
    spent["Correlation"] = time.process_time() - begun
    return spent
corner = np.zeros((60, 60), np.int64)
corner[10:30, 10:30], corner[35:55, 30:50] = 1, 2
run({k: v[:60, :60] for k, v in images.items()}, {"Nuclei": corner})
print(json.dumps(run(images, labels)))
"""

FIRST_CALL = """
import time
begun = time.perf_counter()
from swanneck.imaging import measure_objects
imported = time.perf_counter() - begun
import numpy as np
rng = np.random.default_rng(0)
images = {name: rng.integers(0, 60000, (64, 64)).astype(np.uint16) for name in ("A", "B")}
labels = np.zeros((64, 64), np.int32)
labels[5:25, 5:25], labels[30:60, 28:55] = 1, 2
begun = time.process_time()
measure_objects(images, {"Nuclei": labels, "Cells": labels})
print(imported, time.process_time() - begun)
"""

Field = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def read_human512() -> Field | None:
    folder = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data")) / "parity/human512"
    if not folder.is_dir():
        return None
    images = {name: tifffile.imread(folder / f"image_{name}.tif") for name in ("DNA", "PH3", "Cellbody")}
    return images, {name: tifffile.imread(folder / f"{name}.tif") for name in ("Nuclei", "Cells", "Cytoplasm")}


def paint_field(side: int, across: int, channels: int, kind: type = np.uint16) -> Field:
    """Cells on a shaken grid, as large as their neighbours leave them, with a nucleus each, in noisy light."""
    rng = np.random.default_rng(7)
    step = side / across
    seeds = (np.indices((across, across)).reshape(2, -1).T + 0.5 + rng.uniform(-0.25, 0.25, (across**2, 2))) * step
    marks = np.zeros((side, side), np.int32)
    marks[tuple(seeds.astype(int).T)] = np.arange(1, across**2 + 1)
    far, nearest = ndimage.distance_transform_edt(marks == 0, return_indices=True)
    whose = marks[tuple(nearest)]
    cells = np.where(far < 0.55 * step, whose, 0)
    nuclei = np.where(far < 0.25 * step, whose, 0)
    top = np.iinfo(kind).max
    images = {}
    for channel in range(channels):
        grain = ndimage.gaussian_filter(rng.normal(size=cells.shape), 1 + channel) * (2 + channel)
        light = 0.05 + 0.3 * (nuclei > 0) * (channel == 0) + 0.2 * (cells > 0) + 0.1 * grain
        images[f"C{channel}"] = np.clip((light + rng.normal(0, 0.01, light.shape)) * top, 0, top).astype(kind)
    inner = ndimage.binary_erosion(nuclei > 0, np.ones((3, 3)))
    return images, {"Nuclei": nuclei, "Cells": cells, "Cytoplasm": np.where(inner, 0, cells)}


def seconds(run: Callable[[], object], times: int = 4, clock: Callable[[], float] = time.process_time) -> float:
    spent = []
    for _ in range(times):
        begun = clock()
        run()
        spent.append(clock() - begun)
    return min(spent)


def ask_peer(python: str | None, field: Field) -> dict[str, float]:
    if python is None or not Path(python).exists():
        return {}
    images, labels = field
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "field.npz"
        scaled = {f"image_{name}": (im / np.iinfo(im.dtype).max).astype(np.float32) for name, im in images.items()}
        np.savez(path, **scaled, **{f"labels_{name}": image for name, image in labels.items()})
        single = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")}
        done = subprocess.run([python, "-c", PEER, str(path)], capture_output=True, text=True, env=os.environ | single)
    if done.returncode != 0:
        print(f"  the peer could not run: {done.stderr.strip().splitlines()[-1:]}")
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compare_modules(field: Field, *, recorded: bool, peer: dict[str, float]) -> None:
    cells = int(field[1]["Cells"].max())
    print(f"{'module':<24}{'ours s':>9}{'CellProfiler':>14}{'ratio':>7}{'cp_measure':>12}{'ratio':>7}")
    total = 0.0
    for module in RECORDED:
        chosen = MeasurementSettings(modules=(module,))
        ours = seconds(lambda chosen=chosen: measure_objects(*field, chosen))
        total += ours
        theirs, other = RECORDED[module] if recorded else None, peer.get(module)
        print(f"{module:<24}{ours:>9.4f}{ratio(theirs, ours)}{ratio(other, ours, 12)}")
    whole = seconds(lambda: measure_objects(*field))
    theirs, other = sum(RECORDED.values()) if recorded else None, sum(peer.values()) if peer else None
    print(f"{'all at once':<24}{whole:>9.4f}{ratio(theirs, whole)}{ratio(other, whole, 12)}   (apart: {total:.3f})")
    if not peer:
        print("  cp_measure is absent: give --peer PYTHON of an environment that has it")
    else:
        print("  cp_measure without Costes, slope, neighbours and derived cytoplasm: it has less to do")
    say("cells per second and core", cells / whole, 300)


def ratio(theirs: float | None, ours: float, width: int = 14) -> str:
    return f"{'-':>{width}}{'-':>7}" if theirs is None else f"{theirs:>{width}.2f}{theirs / ours:>7.0f}"


def say(what: str, value: float, limit: float, *, most: bool = False) -> None:
    good = value <= limit if most else value >= limit
    print(f"  {what:<58}{value:>9.2f}  {'at most' if most else 'at least'} {limit:g}  {'' if good else 'MISSED'}")


def measure_cores(field: Field) -> None:
    # One after the other in turns, so that other work on the machine hits both alike.
    ratios = []
    for _ in range(5):
        one = seconds(lambda: measure_objects(*field), 1, time.perf_counter)
        two = seconds(lambda: measure_objects(*field, workers=2), 1, time.perf_counter)
        ratios.append(one / two)
    say("two threads against one (wall clock, best of 5 turns)", max(ratios), 1.8)


def measure_memory(field: Field) -> None:
    given = sum(image.nbytes for part in field for image in part.values())
    tracemalloc.start()
    measure_objects(*field)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    say("peak memory over images and labels given", peak / given, 10, most=True)
    print(f"  (peak {peak / 1e6:.0f} MB; images {sum(im.nbytes for im in field[0].values()) / 1e6:.0f} MB)")


def measure_first_call() -> None:
    with tempfile.TemporaryDirectory() as folder:
        spent = []
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-c", FIRST_CALL],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"NUMBA_CACHE_DIR": folder},
            )
            spent.append([float(part) for part in done.stdout.split()])
    say("seconds to import", spent[1][0], 2, most=True)
    say("CPU seconds of the first call, nothing compiled yet", spent[0][1], 30, most=True)
    say("CPU seconds of the first call of the next process", spent[1][1], 3, most=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="the Python of an environment with cp_measure[numba]")
    peer_python = parser.parse_args().peer
    small = read_human512()
    print(
        "\n512 x 512, 3 channels, 3 kinds of objects" + ("" if small else " (painted: the evaluation data are absent)")
    )
    field = small or paint_field(512, 18, 3, np.uint8)
    measure_objects(*field)
    compare_modules(field, recorded=small is not None, peer=ask_peer(peer_python, field))
    measure_cores(field)
    large = paint_field(1080, 14, 5)
    cells = int(large[1]["Cells"].max())
    print(f"\n1080 x 1080, 5 channels, 3 kinds of objects, {cells} cells, {(large[1]['Cells'] > 0).mean():.0%} covered")
    measure_objects(*large)
    say("cells per second and core", cells / seconds(lambda: measure_objects(*large), 3), 60)
    measure_cores(large)
    measure_memory(large)
    print("\nCompilation")
    measure_first_call()


if __name__ == "__main__":
    main()

"""Claim: CellProfiler's measurements at 30 times its speed, on one core. Prints each figure beside its limit.

    python benchmarks/measurement.py                                this engine beside CellProfiler's recorded seconds
    python benchmarks/measurement.py --cp-measure A/bin/python      and cp_measure (Numba), from an environment with it
                                     --openhcs B/bin/python         and OpenHCS, from an environment with it and mahotas
    python benchmarks/measurement.py --part modules                 only modules, field, cores or start

The field of 512 x 512 pixels (316 cells, 3 channels, 3 kinds of objects) is `parity/human512` of the evaluation data,
for which CellProfiler 4.2.8.1's seconds are known; without it a painted field stands in, and no such ratio is printed.
The field of 1080 x 1080 pixels (about 200 large cells, 5 channels) is always painted. Times are CPU seconds, the least
of several runs, except where wall clock is said; compilation is measured apart, in a process with an empty cache.
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

from swanneck.execution.executor import run_tasks
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

PEERS = Path(__file__).parent / "peers"

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


def ask_peer(python: str | None, script: str, field: Field) -> dict[str, float]:
    """Run a peer over the field in its own environment, on one core: seconds of each module; none where it cannot."""
    if python is None:
        return {}
    images, labels = field
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "field.npz"
        scaled = {f"image_{name}": (im / np.iinfo(im.dtype).max).astype(np.float32) for name, im in images.items()}
        np.savez(path, **scaled, **{f"labels_{name}": image for name, image in labels.items()})
        single = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")}
        done = subprocess.run(
            [python, str(PEERS / script), str(path)], capture_output=True, text=True, env=os.environ | single
        )
    if done.returncode != 0:
        print(f"  {script} could not run: {done.stderr.strip().splitlines()[-1:]}")
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compare_modules(field: Field, *, recorded: bool, peers: dict[str, dict[str, float]]) -> None:
    cells = int(field[1]["Cells"].max())
    given = {"CellProfiler": RECORDED if recorded else {}, **peers}
    print(f"{'CPU seconds':<24}{'ours':>9}" + "".join(f"{name:>14}{'ratio':>7}" for name in given))
    for module in RECORDED:
        chosen = MeasurementSettings(modules=(module,))
        ours = seconds(lambda chosen=chosen: measure_objects(*field, chosen))
        print(f"{module:<24}{ours:>9.4f}" + "".join(ratio(times.get(module), ours) for times in given.values()))
    whole = seconds(lambda: measure_objects(*field))
    totals = {name: sum(times[m] for m in RECORDED if m in times) for name, times in given.items()}
    print(f"{'all at once':<24}{whole:>9.4f}" + "".join(ratio(total or None, whole) for total in totals.values()))
    for name, total in totals.items():
        missing = [module for module in RECORDED if module not in given[name]]
        note = f" (without {', '.join(missing)})" if missing and total else ""
        print(f"  {name}: {cells / total:.1f} cells per second and core{note}" if total else f"  {name}: absent")
    best = [min(times[module] for times in peers.values() if module in times) for module in RECORDED if any(
        module in times for times in peers.values())]  # fmt: skip
    if best:
        print(f"  the quickest peer of each module together: {cells / sum(best):.1f} cells per second and core")
    for name in ("import", "first"):
        if "OpenHCS" in peers and name in peers["OpenHCS"]:
            print(f"  OpenHCS, {name}: {peers['OpenHCS'][name]:.1f} s (kernels as its cache has them)")
    print("  cp_measure has no Costes thresholds and no relations; ours has also locations, relations, cytoplasm")
    say("cells per second and core", cells / whole, 300)
    if recorded:
        say("CellProfiler's CPU seconds over ours", sum(RECORDED.values()) / whole, 30)


def ratio(theirs: float | None, ours: float) -> str:
    return f"{'-':>14}{'-':>7}" if theirs is None else f"{theirs:>14.3f}{theirs / ours:>7.1f}"


def say(what: str, value: float, limit: float, *, most: bool = False) -> None:
    good = value <= limit if most else value >= limit
    print(f"  {what:<58}{value:>9.2f}  {'at most' if most else 'at least'} {limit:g}  {'' if good else 'MISSED'}")


def measure_one(field: Field) -> tuple[int, float, float]:
    begun = time.monotonic()
    measure_objects(*field)
    return os.getpid(), begun, time.monotonic()


def fields_per_second(field: Field, workers: int, number: int) -> float:
    """Give the rate of processes of one thread each, between the last one's first field and the first one's last."""
    times: list[tuple[int, float, float]] = []
    run_tasks(measure_one, [field] * number, workers=workers, on_done=lambda _, found: times.append(found))
    processes = {process for process, _, _ in times}
    opens = max(min(end for process, _, end in times if process == one) for one in processes)
    closes = min(max(end for process, _, end in times if process == one) for one in processes)
    done = sum(max(0.0, min(end, closes) - max(begun, opens)) / (end - begun) for _, begun, end in times)
    return done / (closes - opens)


def measure_cores(field: Field, number: int) -> None:
    # In turns, so that other work on the machine hits both alike; the middle of three.
    ratios = sorted(fields_per_second(field, 2, 2 * number) / fields_per_second(field, 1, number) for _ in range(3))
    say("two processes against one, fields per second (wall clock)", ratios[1], 1.8)
    print(f"  (three turns: {', '.join(f'{ratio:.2f}' for ratio in ratios)})")


def measure_memory(field: Field) -> None:
    given = sum(image.nbytes for part in field for image in part.values())
    tracemalloc.start()
    measure_objects(*field)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    alone = sum(image.nbytes for image in field[0].values())
    say("peak memory over the images given", peak / alone, 10, most=True)
    print(f"  (peak {peak / 1e6:.0f} MB; images {alone / 1e6:.1f} MB, with labels {given / 1e6:.1f} MB)")


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
    parser.add_argument("--cp-measure", help="the Python of an environment with cp_measure[numba]")
    parser.add_argument("--openhcs", help="the Python of an environment with openhcs and mahotas")
    parser.add_argument("--part", choices=["modules", "field", "cores", "start"], help="one part alone")
    options = parser.parse_args()
    wanted = [options.part] if options.part else ["modules", "field", "cores", "start"]
    human512 = read_human512()
    small = human512 or paint_field(512, 18, 3, np.uint8)
    large = paint_field(1080, 14, 5)
    measure_objects(*small)
    if "modules" in wanted:
        print("\n512 x 512, 3 channels, 3 kinds of objects" + ("" if human512 else " (painted: no evaluation data)"))
        peers = {
            "cp_measure": ask_peer(options.cp_measure, "cp_measure_modules.py", small),
            "OpenHCS": ask_peer(options.openhcs, "openhcs_modules.py", small),
        }
        compare_modules(small, recorded=human512 is not None, peers=peers)
    if "field" in wanted:
        cells, covered = int(large[1]["Cells"].max()), (large[1]["Cells"] > 0).mean()
        print(f"\n1080 x 1080, 5 channels, 3 kinds of objects, {cells} cells, {covered:.0%} covered")
        measure_objects(*large)
        say("cells per second and core", cells / seconds(lambda: measure_objects(*large), 3), 60)
        measure_memory(large)
    if "cores" in wanted:
        print("\nTwo cores")
        measure_cores(small, 8)
    if "start" in wanted:
        print("\nCompilation")
        measure_first_call()


if __name__ == "__main__":
    main()

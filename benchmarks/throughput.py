"""How fast plates go from image files to cells on disk, beside only reading the files.

    python benchmarks/throughput.py [--rounds N]

Simulates 24 wells of one 2160 x 2160 two-channel 16-bit field (uncompressed) in a temporary folder, at 0.325 and at
0.65 micrometres per pixel: nuclei of about 37 and 18 pixels, and four times as many cells. Kernels are warm. A field is
read, judged, corrected, segmented, measured, pictured and written by `workflows.measure_well`. Megapixels count all
channels. The speed of two workers against one is that of `workflows.measure_plates` after each worker's first well, and
the time of a plate of 384 wells, 4 fields and 2 channels follows from it.
"""

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from swanneck.screening.simulation import SimulationSettings
from swanneck.workflows import simulate_plate
from swanneck.workflows.campaign import Campaign, load_campaign
from swanneck.workflows.check_campaign import check_campaign
from swanneck.workflows.measure_plates import list_tasks, measure_plates
from swanneck.workflows.measure_well import WellTask, measure_well
from swanneck.workflows.run_log import RunLog

SIDE = 2160
WELLS_A_ROUND = 4
PLATE_FIELDS = 384 * 4


def list_well_tasks(campaign: Campaign) -> list[WellTask]:
    return list(list_tasks(check_campaign(campaign).plates[0], campaign))


def read_files(task: WellTask) -> None:
    for planes in task.fields.values():
        for plane in planes.values():
            for file in plane.shown:
                file.path.read_bytes()


def time_round(work: Callable[[WellTask], object], tasks: list[WellTask]) -> tuple[float, float]:
    """CPU and wall seconds per field."""
    cpu, wall = time.process_time(), time.perf_counter()
    for task in tasks:
        work(task)
    fields = sum(len(task.fields) for task in tasks)
    return (time.process_time() - cpu) / fields, (time.perf_counter() - wall) / fields


def time_fields(tasks: list[WellTask], rounds: int) -> tuple[list[float], list[float]]:
    """Medians of CPU and wall seconds per field: from files to cells, and of only reading the files."""
    tasks = tasks[:WELLS_A_ROUND]
    measure_well(tasks[0])
    measured, read = [], []
    for _ in range(rounds):
        read.append(time_round(read_files, tasks))
        measured.append(time_round(measure_well, tasks))
    return [statistics.median(k) for k in zip(*measured, strict=True)], [
        statistics.median(k) for k in zip(*read, strict=True)
    ]


def time_workers(campaign: Campaign, workers: int) -> float:
    """Wall seconds per well once every worker has measured one."""
    for part in ("cells", "fields", "thumbnails"):
        shutil.rmtree(campaign.results / part, ignore_errors=True)
    finished: list[float] = []

    def note(step: str, done: int, _: int) -> None:
        if step == "measuring wells" and done > 0:
            finished.append(time.perf_counter())

    log = RunLog(campaign.folder / "benchmark.jsonl")
    measure_plates(check_campaign(campaign).plates, campaign, workers=workers, progress=note, log=log)
    warm = finished[workers - 1 :]
    return (warm[-1] - warm[0]) / (len(warm) - 1)


def show_memory(campaign: Campaign) -> None:
    """Print the peak resident memory of this process after 4 and after 16 wells, in megabytes."""
    tasks = list_well_tasks(campaign)
    peaks = []
    for number, task in enumerate(tasks[:16], start=1):
        measure_well(task)
        if number in (4, 16):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(" ".join(f"{peak:.0f}" for peak in peaks))


def measure_memory(campaign: Path) -> tuple[float, float]:
    # A process of its own: the peak of this one is that of the simulation.
    command = [sys.executable, __file__, "--memory", str(campaign)]
    early, late = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(early), float(late)


def run_one(folder: Path, pixel_size: float, rounds: int) -> None:
    settings = SimulationSettings(
        wells=24, doses=4, fields=1, image_height=SIDE, image_width=SIDE, pixel_size=pixel_size
    )
    plate = simulate_plate(folder, settings, workers=2)
    campaign = load_campaign(plate.campaign)
    tasks = list_well_tasks(campaign)
    (cpu, wall), (read_cpu, read_wall) = time_fields(tasks, rounds)
    megapixels = SIDE * SIDE * len(tasks[0].channels) / 1e6
    print(f"\n{pixel_size} um per pixel, nuclei of {tasks[0].estimates.nucleus_diameter:.0f} pixels")
    print(f"  {'':24s}  CPU s/field  wall s/field  MP/s per core")
    print(f"  {'files to cells':24s}  {cpu:11.3f}  {wall:12.3f}  {megapixels / cpu:13.1f}")
    print(f"  {'only reading':24s}  {read_cpu:11.3f}  {read_wall:12.3f}  {megapixels / read_cpu:13.1f}")
    print(f"  {'ratio':24s}  {cpu / read_cpu:11.0f}  {wall / read_wall:12.0f}")
    one, two = time_workers(campaign, 1), time_workers(campaign, 2)
    print(f"  two workers: {one / two:.2f} times one; a plate of 384 wells x 4 fields x 2 channels takes")
    print(f"  {PLATE_FIELDS * two / 60:.0f} minutes on two cores, {PLATE_FIELDS * one / 60:.0f} on one")
    early, late = measure_memory(plate.campaign)
    print(f"  peak memory of a process: {early:.0f} MB after 4 wells, {late:.0f} MB after 16")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of four wells; the median counts")
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.memory is not None:
        show_memory(load_campaign(chosen.memory))
        return
    print(f"fields of {SIDE} x {SIDE} pixels, 2 channels, 16 bits; medians of {chosen.rounds} rounds")
    for pixel_size in (0.325, 0.65):
        with tempfile.TemporaryDirectory() as folder:
            run_one(Path(folder) / "campaign", pixel_size, chosen.rounds)


if __name__ == "__main__":
    main()

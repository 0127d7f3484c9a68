"""OME-Zarr conversion: time beside reading and writing the same pixels plainly, files, bytes, and the time to open.

    python benchmarks/conversion.py [--wells 24] [--fields 2] [--size 1080]

The plate is simulated. The plain peer reads each image the same way and writes its pixels with `numpy.save`. Both run
in one process and in turn; the ratio is of the least processor times of three rounds.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from swanneck.imaging.readers import read_plane, read_plates
from swanneck.imaging.writers.pyramids import read_level
from swanneck.screening.simulation import SimulationSettings
from swanneck.workflows import convert_images, simulate_plate

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wells", type=int, default=24)
    parser.add_argument("--fields", type=int, default=2)
    parser.add_argument("--size", type=int, default=1080)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), chosen)


def report(folder: Path, chosen: argparse.Namespace) -> None:
    sides = {"image_height": chosen.size, "image_width": chosen.size}
    settings = SimulationSettings(wells=chosen.wells, fields=chosen.fields, doses=4, **sides)
    images = simulate_plate(folder / "plate", settings).folder / "images"
    target = folder / "plate.zarr"
    convert_images(images, target, workers=1)  # compiles
    plain, ours = [], []
    for _ in range(ROUNDS):
        plain.append(seconds(lambda: copy_plainly(images, folder / "plain")))
        shutil.rmtree(target)
        ours.append(seconds(lambda: convert_images(images, target, workers=1)))
    again = seconds(lambda: convert_images(images, target, workers=1))
    pixels = sum(file.stat().st_size for file in (folder / "plain").iterdir())
    print(f"plate: {chosen.wells} wells x {chosen.fields} fields x 2 channels of {chosen.size} x {chosen.size}")
    files = count(folder / "plain")
    print(f"read and write plainly: {least(plain):.2f} s of processor, {pixels / 1e6:.0f} MB, {files} files")
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    print(f"convert: {least(ours):.2f} s of processor, {size / 1e6:.0f} MB with all levels, {count(target)} files")
    print(f"ratio of processor times: {least(ours) / least(plain):.2f}; of bytes: {size / pixels:.2f}")
    print(f"files per field: {count(target) / (chosen.wells * chosen.fields):.1f}, per source image: "
          f"{count(target) / count(images):.1f}")  # fmt: skip
    print(f"run again with nothing to do: {again[0] / least(ours):.3f} of the first run")
    whole = seconds(
        lambda: [read_plane(plane) for one in read_plates(target)[0].fields.values() for plane in one.values()]
    )
    preview = seconds(lambda: read_level(target / "preview" / "0"))
    print(
        f"open the plate by its preview: {preview[1] * 1000:.0f} ms, {preview[1] / whole[1]:.4f} of reading all pixels"
    )


def copy_plainly(images: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    (plate,) = read_plates(images)
    for (well, field), planes in plate.fields.items():
        for channel, plane in planes.items():
            np.save(out / f"{well}_{field}_{channel}.npy", read_plane(plane))


def seconds(work) -> tuple[float, float]:  # noqa: ANN001
    start, begin = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - start, time.perf_counter() - begin


def least(times: list[tuple[float, float]]) -> float:
    return min(one for one, _ in times)


def count(folder: Path) -> int:
    return sum(file.is_file() for file in folder.rglob("*"))


if __name__ == "__main__":
    main()

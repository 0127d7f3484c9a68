"""How long `swanneck images describe` takes for 100,000 images, beside listing the folder.

    python benchmarks/describe.py [--files 100000]

The images are links to one small TIFF: describing opens one header. Plates of 384 wells, named as patterns tell; with a
Harmony index; and an OME-Zarr plate of 384 wells and 9 fields that the conversion wrote.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import tifffile

from swanneck.foundation.wells import plate_wells, well_position
from swanneck.workflows import convert_images, describe_images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tifffile.imwrite(folder / "one.tif", np.arange(64, dtype=np.uint16).reshape(8, 8), metadata=None)
        for make in (by_names, by_index, as_zarr):
            plate = folder / make.__name__
            plate.mkdir()
            count = make(plate, folder / "one.tif", chosen.files)
            listed, described = seconds(walk, plate), seconds(describe_images, plate)
            print(f"{make.__name__}: {count} images described in {described:.1f} s of processor time")
            print(f"  {described / listed:.0f} times as long as listing the folder")


def places(count: int) -> Iterator[tuple[str, int, int]]:
    """Wells, fields and two channels of a 384-well plate, so many in all."""
    fields = -(-count // 768)
    yield from product(plate_wells(384), range(1, fields + 1), (1, 2))


def by_names(plate: Path, image: Path, count: int) -> int:
    for number, (well, field, channel) in enumerate(places(count), start=1):
        link(image, plate / f"{well}_s{field}_w{channel}.tif", number)
    return number


def by_index(plate: Path, image: Path, count: int) -> int:
    """A Harmony 5 export: Index.idx.xml tells of every image."""
    entries = []
    for number, (well, field, channel) in enumerate(places(count), start=1):
        row, column = (one + 1 for one in well_position(well))
        name = f"r{row:02d}c{column:02d}f{field:02d}p01-ch{channel}sk1fk1fl1.tiff"
        link(image, plate / name, number)
        entries.append(
            f"<Image><id>x</id><State>Ok</State><URL>{name}</URL><Row>{row}</Row><Col>{column}</Col><FieldID>{field}"
            f"</FieldID><PlaneID>1</PlaneID><TimepointID>0</TimepointID><ChannelID>{channel}</ChannelID><ChannelName>C"
            f"{channel}</ChannelName><PositionX Unit='m'>0</PositionX><PositionY Unit='m'>0</PositionY></Image>"
        )
    text = f"<EvaluationInputData><Plates><Plate><Name>P</Name></Plate></Plates><Images>{''.join(entries)}</Images>"
    (plate / "Index.idx.xml").write_text(f"<?xml version='1.0'?>{text}</EvaluationInputData>")
    return number


def as_zarr(plate: Path, image: Path, count: int) -> int:
    source = plate.parent / "source"
    source.mkdir()
    wanted = list(places(min(count, 384 * 9 * 2)))
    for number, (well, field, channel) in enumerate(wanted, start=1):
        link(image, source / f"{well}_s{field}_w{channel}.tif", number)
    convert_images(source, plate / "plate.zarr", workers=1)
    return len(wanted)


def link(image: Path, path: Path, number: int) -> None:
    """Link to an image; file systems allow so many links to one file only."""
    if number % 30_000 == 0:
        image.rename(image.with_suffix(f".{number}"))
        image.write_bytes(image.with_suffix(f".{number}").read_bytes())
    os.link(image, path)


def walk(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))


def seconds(work: Callable[[Path], object], folder: Path) -> float:
    begin = time.process_time()
    work(folder)
    return time.process_time() - begin


if __name__ == "__main__":
    main()

"""One small simulated plate, screened once; each test gets a copy of its own to break."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import tifffile

from swanneck.screening.simulation import SimulationSettings
from swanneck.workflows import screen_plate, simulate_plate

SMALL = SimulationSettings(
    wells=24, doses=4, fields=1, image_height=192, image_width=192, cell_density=2600, difficulty="easy", seed=3
)
"""Four compounds in four doses, four control wells of each kind, some fifty cells in a well."""


@dataclass(frozen=True)
class Screen:
    """A campaign folder, with what tests do to it."""

    folder: Path

    def copied_to(self, folder):
        return Screen(Path(shutil.copytree(self.folder, folder)))

    def run(self, *, workers=1, progress=None):
        return screen_plate(self.folder / "campaign.toml", workers=workers, progress=progress)

    def command(self, *words, cwd=None):
        """Run `swanneck ...` in a process of its own."""
        return subprocess.run(
            self.words(*words), cwd=cwd or self.folder, capture_output=True, text=True, check=False, timeout=300
        )

    @staticmethod
    def words(*words):
        return [sys.executable, "-m", "swanneck", *map(str, words)]

    def results(self, *parts):
        """The digest of every file below results/, or of those below the parts named."""
        results = self.folder / "results"
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(results.rglob("*"))
            if path.is_file() and (name := path.relative_to(results).as_posix()).startswith(parts or "")
        }

    def table(self, name):
        return pl.read_parquet(self.folder / "results" / f"{name}.parquet")

    def wells(self, run=None):
        """The rows of the wells table by the name of the well."""
        table = self.table("wells") if run is None else run.tables.wells
        return {row["well"]: row for row in table.iter_rows(named=True)}

    def image(self, well, channel="DNA", field=1):
        return self.folder / "images" / f"{well}_f{field}_{channel}.tif"

    def replace_image(self, well, pixels, channel="DNA"):
        tifffile.imwrite(self.image(well, channel), np.asarray(pixels))

    def edit(self, old, new, file="campaign.toml"):
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")

    def append(self, text, file="campaign.toml"):
        with (self.folder / file).open("a", encoding="utf-8") as stream:
            stream.write(text)

    @staticmethod
    def touch(path):
        stat = path.stat()
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    return Screen(simulate_plate(tmp_path_factory.mktemp("simulated") / "screen", SMALL).folder)


@pytest.fixture(scope="session")
def screened(simulated, tmp_path_factory):
    """The plate after its run. Look at it, do not touch it."""
    screen = simulated.copied_to(tmp_path_factory.mktemp("screened") / "screen")
    screen.run()
    return screen


@pytest.fixture
def fresh(simulated, tmp_path):
    """A campaign of one's own that was never run."""
    return simulated.copied_to(tmp_path / "fresh")


@pytest.fixture
def done(screened, tmp_path):
    """A campaign of one's own that was run; its images have the times that they had then."""
    return screened.copied_to(tmp_path / "done")

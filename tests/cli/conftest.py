"""A small plate for the command, and the command itself, called in this process or in one of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swanneck.cli import main
from swanneck.screening.simulation import SimulationSettings
from swanneck.workflows import simulate_plate

SMALL = SimulationSettings(
    wells=24, doses=4, fields=1, image_height=128, image_width=128, cell_density=3000, difficulty="easy", seed=3
)


@pytest.fixture
def swanneck(monkeypatch, capsys):
    """Call the command as the shell does; gives the exit code and what was printed on both streams."""

    def run(*words) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["swanneck", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def in_a_process():
    """Run the command in a fresh process."""

    def run(*words, **options) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "swanneck", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)

    return run


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Path:
    return simulate_plate(tmp_path_factory.mktemp("cli") / "plate", SMALL).folder


@pytest.fixture
def campaign(simulated, tmp_path) -> Path:
    return Path(shutil.copytree(simulated, tmp_path / "plate"))

"""ViennaRNA as an oracle: it is asked in its own process, and only if it is installed."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

ASK = """
import sys, RNA
details = RNA.md()
details.dangles = 0
for line in sys.stdin:
    words = line.split()
    compound = RNA.fold_compound(words[0], details)
    print(compound.mfe()[1] if len(words) == 1 else compound.eval_structure(words[1]))
"""


@pytest.fixture(scope="session")
def vienna() -> Callable[[list[str]], list[float]]:
    """Energies by ViennaRNA, dangles 0: of the best structure, or of the structure behind the sequence."""
    python = os.environ.get("SWANNECK_VIENNARNA", sys.executable)
    if subprocess.run([python, "-c", "import RNA"], capture_output=True, check=False).returncode != 0:
        pytest.skip("ViennaRNA is not installed here, nor does SWANNECK_VIENNARNA name a Python that has it")

    def ask(lines: list[str]) -> list[float]:
        done = subprocess.run([python, "-c", ASK], input="\n".join(lines), capture_output=True, text=True, check=True)
        return [float(line) for line in done.stdout.split()]

    return ask

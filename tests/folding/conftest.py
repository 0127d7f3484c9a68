"""ViennaRNA as an oracle: it is asked in its own process, and only if it is installed."""

import json
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


ASK_ENSEMBLES = """
import json, sys, RNA
details = RNA.md()
details.dangles = 0
for line in sys.stdin:
    compound = RNA.fold_compound(line.strip(), details)
    compound.exp_params_rescale(compound.mfe()[1])
    ensemble, table, n = compound.pf()[1], compound.bpp(), len(line.strip())
    paired = [sum(table[min(i, j)][max(i, j)] for j in range(1, n + 1) if i != j) for i in range(1, n + 1)]
    print(json.dumps({"ensemble": ensemble, "unpaired": [1 - one for one in paired]}))
"""


@pytest.fixture(scope="session")
def ask_vienna() -> Callable[[str, list[str]], list[str]]:
    """Runs a script where ViennaRNA is, with lines to read; gives the lines that it prints."""
    python = os.environ.get("SWANNECK_VIENNARNA", sys.executable)
    if subprocess.run([python, "-c", "import RNA"], capture_output=True, check=False).returncode != 0:
        pytest.skip("ViennaRNA is not installed here, nor does SWANNECK_VIENNARNA name a Python that has it")

    def ask(script: str, lines: list[str]) -> list[str]:
        done = subprocess.run(
            [python, "-c", script], input="\n".join(lines), capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    return ask


@pytest.fixture
def vienna(ask_vienna: Callable[[str, list[str]], list[str]]) -> Callable[[list[str]], list[float]]:
    """Energies by ViennaRNA, dangles 0: of the best structure, or of the structure behind the sequence."""
    return lambda lines: [float(line) for line in ask_vienna(ASK, lines)]


@pytest.fixture
def vienna_ensemble(ask_vienna: Callable[[str, list[str]], list[str]]) -> Callable[[list[str]], list[dict]]:
    """Ensembles by ViennaRNA, dangles 0: energy and unpaired probabilities."""
    return lambda sequences: [json.loads(line) for line in ask_vienna(ASK_ENSEMBLES, sequences)]

"""Exact coding designs: energy, adaptation, objective, time and memory beside the published designs and one fold.

    SWANNECK_VIENNARNA=/path/to/python python benchmarks/coding_design.py [protein ...] [--lambda 0 1 4] [--fast 12]

Each design runs in a process of its own. The ratio is its CPU time over that of one ViennaRNA fold (dangles 0) of the
designed sequence, in the same run; the energy is ViennaRNA's too. With --fast, a second line: the design whose interior
loops of more bases are searched for as one, the gap that it states, and how much worse than the exact one it is.
Without names: all proteins up to 600 residues. The data are looked for where SWANNECK_DATA says, else beside the
repository; without them there is nothing to do.
"""

import argparse
import csv
import json
import math
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from swanneck.folding import fold_sequence
from swanneck.sequences.codons import human_codons
from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine import DesignSettings, design_coding_sequence

ORACLE = """
import sys, time, RNA
details = RNA.md()
details.dangles = 0
rna, structure = sys.stdin.read().split()
compound = RNA.fold_compound(rna, details)
start = time.process_time()
energy = compound.mfe()[1]
print(energy, compound.eval_structure(structure), time.process_time() - start)
"""


def design_one(protein: str, lambda_: float, loop: int | None) -> None:
    """Runs in a process of its own: prints the design with its time and memory as JSON."""
    design_coding_sequence("MGKALLRS", DesignSettings(lambda_=lambda_))  # compile, or load what was compiled
    start, begun = time.process_time(), time.perf_counter()
    design = design_coding_sequence(protein, DesignSettings(lambda_=lambda_, longest_loop=loop or 30))
    seconds, waited = time.process_time() - start, time.perf_counter() - begun
    megabytes = peak_megabytes()
    told = {"rna": design.rna, "structure": design.structure, "energy": design.energy, "cai": design.cai,
            "objective": design.objective, "gap": design.gap, "seconds": seconds, "waited": waited,
            "megabytes": megabytes}  # fmt: skip
    print(json.dumps(told))


def peak_megabytes() -> float:
    """The most memory that this program held; getrusage would count what its parent held before it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def best_published(rows: list[dict[str, str]], protein: str, lambda_: float) -> str:
    """The least objective of the published designs of a protein at a lambda, each folded anew (ViennaRNA's energies:
    `benchmarks/folding.py`)."""
    found = []
    for row in rows:
        if row["protein"] == protein and row["lambda"].replace("mfe", "0") == f"{lambda_:g}" and row["rna"]:
            energy = fold_sequence(row["rna"]).energy
            table, rna = human_codons(), row["rna"]
            loss = -math.log(table.adaptation(rna)) * len(rna) / 3
            tool = row["tool"] if row["beam"] == "0" else f"{row['tool']} beam {row['beam']}"
            found.append((energy + lambda_ * loss, tool))
    return f"{min(found)[0]:.2f} {min(found)[1]}" if found else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("proteins", nargs="*")
    parser.add_argument("--lambda", dest="lambdas", type=float, nargs="+", default=[0.0, 1.0, 4.0])
    parser.add_argument("--fast", type=int)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        design_one(sys.stdin.read().strip(), arguments.lambdas[0], arguments.fast)
        return
    data = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data")) / "mrna"
    if not data.is_dir():
        print("no shared data: nothing to design")
        return
    with (data / "reference_designs.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    print(
        "protein                    lambda   energy     CAI    objective  CPU s  wall s   MB  fold s  ratio  published"
    )
    for record in read_fasta(data / "proteins.fasta"):
        if record.name in arguments.proteins or (not arguments.proteins and len(record.sequence) <= 600):
            for lambda_ in arguments.lambdas:
                published = best_published(rows, record.name, lambda_)
                report(record.name, record.sequence, lambda_, loop=arguments.fast, published=published)


def run_apart(protein: str, lambda_: float, loop: int | None) -> dict[str, Any]:
    """`design_one` in a process of its own."""
    words = [sys.executable, __file__, "--one", "--lambda", str(lambda_), *(["--fast", str(loop)] if loop else [])]
    done = subprocess.run(words, input=protein, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def report(name: str, protein: str, lambda_: float, *, loop: int | None, published: str) -> None:
    done = run_apart(protein, lambda_, None)
    python = os.environ.get("SWANNECK_VIENNARNA", sys.executable)
    asked = subprocess.run(
        [python, "-c", ORACLE], input=f"{done['rna']} {done['structure']}", capture_output=True, text=True, check=True
    )
    energy, of_structure, seconds = map(float, asked.stdout.split())
    told = done["energy"]
    mark = "" if max(abs(energy - told), abs(of_structure - told)) < 0.0051 else f"  ViennaRNA: {energy:.1f}"
    print(f"{name:<26} {lambda_:>5g} {told:>9.1f} {done['cai']:>8.4f} {done['objective']:>11.2f} "
          f"{done['seconds']:>6.1f} {done['waited']:>7.1f} "
          f"{done['megabytes']:>5.0f} {seconds:>6.2f} {done['seconds'] / seconds:>6.2f}  "
          f"{published}{mark}", flush=True)  # fmt: skip
    if loop:
        fast = run_apart(protein, lambda_, loop)
        size = abs(done["objective"]) / 100
        worse = max(fast["objective"] - done["objective"], 0.0)
        print(f"  --fast {loop}: objective {fast['objective']:.2f}, stated gap {fast['gap']:.2f} "
              f"({fast['gap'] / size:.3f} %), worse {worse:.2f} ({worse / size:.3f} %); CPU {fast['seconds']:.1f} s, "
              f"{fast['seconds'] / done['seconds']:.2f} of exact", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()

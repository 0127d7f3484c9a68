"""Folds against ViennaRNA (dangles 0): equal energies, and the time of both in one run.

    SWANNECK_VIENNARNA=/path/to/python python benchmarks/folding.py [sequences]

The variable names a Python that has ViennaRNA; the default is the one that runs this file. Random sequences of 20 to
500 bases (2,000 unless told), 20 of 1,000 to 2,000, and one of 3,819, in several base compositions.
"""

import os
import random
import subprocess
import sys
import time

from swanneck.folding import evaluate_structure, fold_sequence

ORACLE = """
import sys, time, RNA
details = RNA.md()
details.dangles = 0
for line in sys.stdin:
    start = time.process_time()
    compound = RNA.fold_compound(line.strip(), details)
    structure, energy = compound.mfe()
    print(energy, structure, time.process_time() - start)
"""
WEIGHTS = [(1, 1, 1, 1), (1, 3, 3, 1), (2, 1, 2, 2), (1, 1, 4, 4)]


def compare(title: str, sequences: list[str]) -> None:
    python = os.environ.get("SWANNECK_VIENNARNA", sys.executable)
    start = time.process_time()
    folds = [fold_sequence(sequence) for sequence in sequences]
    ours = time.process_time() - start
    asked = subprocess.run(
        [python, "-c", ORACLE], input="\n".join(sequences), capture_output=True, text=True, check=True
    )
    unequal, theirs = 0, 0.0
    for sequence, fold, line in zip(sequences, folds, asked.stdout.splitlines(), strict=True):
        energy, structure, seconds = line.split()
        theirs += float(seconds)
        values = (fold.energy, evaluate_structure(sequence, fold.structure), evaluate_structure(sequence, structure))
        unequal += max(abs(value - float(energy)) for value in values) > 0.0051
    print(f"{title}: {len(sequences)} sequences, {unequal} unequal; CPU {ours:.2f} s, ViennaRNA {theirs:.2f} s", end="")
    print(f", ratio {ours / theirs:.2f}")


def main() -> None:
    source = random.Random(2004)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    fold_sequence("GGGGAAAACCCC")  # compile, or load what was compiled
    for title, number, shortest, longest in (
        ("20-500 bases", count, 20, 500),
        ("1,000-2,000 bases", max(1, count // 100), 1000, 2000),
        ("3,819 bases", 1, 3819, 3819),
    ):
        lengths = [source.randint(shortest, longest) for _ in range(number)]
        compare(title, ["".join(source.choices("ACGU", weights=source.choice(WEIGHTS), k=size)) for size in lengths])


if __name__ == "__main__":
    main()

"""Folds, energies of structures, ensembles against ViennaRNA (dangles 0): equal values, and the time of both.

    SWANNECK_VIENNARNA=/path/to/python python benchmarks/folding.py [--group short] [--sequences 2000] [--part 1/4]

The variable names a Python that has ViennaRNA; the default is the one that runs this file. Groups: short (2,000
sequences of 20 to 500 bases unless told), medium (21 of 1,000 to 2,000), long (three above 3,500). A third each is
natural (windows of the genomes and vaccine sequences of the shared data, where they are there), random in several
compositions, and designed: long stems, special hairpins, large interior loops. The structures evaluated are drawn from
the ensemble by ViennaRNA. A part takes every so many of each kind: the parts together are the whole.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from swanneck.folding import evaluate_structure, fold_ensemble, fold_sequence
from swanneck.sequences.fasta import read_fasta

ORACLE = """
import json, sys, time, RNA
details = RNA.md()
details.dangles = 0
details.uniq_ML = 1
for line in sys.stdin:
    sequence = line.strip()
    start = time.process_time()
    compound = RNA.fold_compound(sequence, details)
    structure, energy = compound.mfe()
    told = {"energy": energy, "structure": structure, "fold_seconds": time.process_time() - start}
    start = time.process_time()
    compound.exp_params_rescale(energy)
    told["ensemble"] = compound.pf()[1]
    told["ensemble_seconds"] = time.process_time() - start
    n = len(sequence)
    table = compound.bpp()
    told["pairs"] = [(i - 1, j - 1, table[i][j]) for i in range(1, n + 1) for j in range(i + 1, n + 1)
                     if table[i][j] > 1e-5]
    told["aup"] = 1 - 2 * sum(map(sum, table)) / n
    drawn = compound.pbacktrack(3) if n < 1000 else compound.pbacktrack(1)
    told["drawn"] = [(one, compound.eval_structure(one)) for one in drawn]
    print(json.dumps(told), flush=True)
"""
WEIGHTS = [(1, 1, 1, 1), (1, 3, 3, 1), (2, 1, 2, 2), (1, 1, 4, 4)]
RANGES = {"short": (20, 500), "medium": (1000, 2000), "long": (3501, 3900)}
MEDIUM, LONG = 21, 3
SPECIAL = ["CAACG", "GUUAC", "CUACGG", "CUUCGG", "CGAAGG", "CGAGAG", "CCAAGG", "ACAGUACU", "ACAGUGCU", "ACAGUGUU"]


COMPARED = ("fold", "structure", "ensemble", "pair", "AUP")


@dataclass
class Figures:
    """What one group of sequences showed."""

    worst: dict[str, float] = field(default_factory=lambda: dict.fromkeys(COMPARED, 0))
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("fold", "their fold", "all", "their all"), 0)
    )

    def note(self, name: str, value: float) -> None:
        self.worst[name] = max(self.worst[name], value)


def natural_windows(source: random.Random, sizes: list[int]) -> list[str]:
    """Windows of what nature and the makers of vaccines wrote."""
    root = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))
    files = sorted([*root.glob("mrna/vaccine_contigs.fasta"), *root.glob("genomes/**/*.fa*")])[:20]
    texts = [one.sequence for path in files for one in read_fasta(path)[:20]]
    texts = [text for text in texts if set(text) <= set("ACGTU") and len(text) > max(sizes)]
    found = []
    for size in sizes if texts else []:
        text = source.choice(texts)
        start = source.randrange(len(text) - size)
        found.append(text[start : start + size].replace("T", "U"))
    return found


def designed(source: random.Random, size: int) -> str:
    """Stems with special hairpins, joined by single bases, bulges and interior loops of up to 30 bases."""
    text = ""
    while len(text) < size:
        stem = "".join(source.choices("ACGU", weights=(1, 2, 2, 1), k=source.randint(4, 40)))
        inner = source.choice(SPECIAL)
        for part in (stem[: len(stem) // 2], stem[len(stem) // 2 :]):
            mate = part[::-1].translate(str.maketrans("ACGU", "UGCA"))
            loops = ["".join(source.choices("AACU", k=source.choice((0, 0, 1, 2, 3, 8, 15)))) for _ in range(2)]
            inner = part + loops[0] + inner + loops[1] + mate
        text += inner + "".join(source.choices("ACGU", k=source.randint(0, 12)))
    return text[:size]


def compare(title: str, sequences: list[str]) -> None:
    """Ask both, print the largest differences and the times."""
    if not sequences:
        print(f"{title}: no shared data here")
        return
    python = os.environ.get("SWANNECK_VIENNARNA", sys.executable)
    asked = subprocess.run(
        [python, "-c", ORACLE], input="\n".join(sequences), capture_output=True, text=True, check=True
    )
    figures, off = Figures(), 0
    for sequence, line in zip(sequences, asked.stdout.splitlines(), strict=True):
        told = json.loads(line)
        start = time.process_time()
        fold = fold_sequence(sequence)
        figures.seconds["fold"] += time.process_time() - start
        figures.seconds["their fold"] += told["fold_seconds"]
        worst = abs(fold.energy - told["energy"])
        figures.note("fold", worst)
        for structure, energy in [(told["structure"], told["energy"]), *told.get("drawn", [])]:
            difference = abs(evaluate_structure(sequence, structure) - energy)
            figures.note("structure", difference)
            worst = max(worst, difference)
        off += worst > 0.0051
        start = time.process_time()
        mine = fold_ensemble(sequence)
        figures.seconds["all"] += time.process_time() - start
        figures.seconds["their all"] += told["ensemble_seconds"] + told["fold_seconds"]
        figures.note("ensemble", abs(mine.energy - told["ensemble"]))
        figures.note("AUP", abs(mine.average_unpaired - told["aup"]))
        table = np.zeros((len(sequence), len(sequence)))
        table[mine.first, mine.second] = mine.probability
        for i, j, value in told["pairs"]:
            table[i, j] -= value
        figures.note("pair", float(np.abs(table).max()))
    seconds, shown = figures.seconds, ", ".join(f"{name} {value:.2g}" for name, value in figures.worst.items())
    print(
        f"{title}: {len(sequences)} sequences, {off} with an energy off by 0.01 or more; largest differences: {shown}"
    )
    print(f"    fold CPU {seconds['fold']:.2f} s, ViennaRNA {seconds['their fold']:.2f} s, ", end="")
    print(f"{seconds['fold'] / seconds['their fold']:.2f}")
    print(f"    fold and ensemble CPU {seconds['all']:.2f} s, ViennaRNA {seconds['their all']:.2f} s, ", end="")
    print(f"{seconds['all'] / seconds['their all']:.2f}")
    sys.stdout.flush()


def sequences_of(group: str, number: int) -> dict[str, list[str]]:
    """The same sequences in every run."""
    source = random.Random(f"2004 {group}")
    shortest, longest = RANGES[group]
    sizes = [[source.randint(shortest, longest) for _ in range(number // 3 + (k < number % 3))] for k in range(3)]
    return {
        "natural": natural_windows(source, sizes[0]),
        "random": ["".join(source.choices("ACGU", weights=source.choice(WEIGHTS), k=size)) for size in sizes[1]],
        "designed": [designed(source, size) for size in sizes[2]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", choices=list(RANGES), nargs="+", default=list(RANGES))
    parser.add_argument("--sequences", type=int, default=2000, help="of the short group")
    parser.add_argument("--part", default="1/1", help="2/5 is the second fifth of each kind")
    arguments = parser.parse_args()
    part, parts = map(int, arguments.part.split("/"))
    fold_ensemble("GGGGAAAACCCC")  # compile, or load what was compiled
    for group in arguments.group:
        number = {"short": arguments.sequences, "medium": MEDIUM, "long": LONG}[group]
        for kind, sequences in sequences_of(group, number).items():
            if chosen := sequences[part - 1 :: parts]:
                compare(f"{group}, {kind}", chosen)


if __name__ == "__main__":
    main()

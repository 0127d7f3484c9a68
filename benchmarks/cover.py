"""Claim: the fewest oligos of every window, proven, in a second or two. Prints each figure beside its limit.

    python benchmarks/cover.py ALIGNMENT [ALIGNMENT ...]

Each alignment is covered by `swanneck diagnostics cover` in a process of its own (28 bases, one mismatch, 99 % of the
genomes, windows of 200), with missing bases as mismatches. CPU seconds and memory are those of the whole command,
imports included; kernels come from the disk, where the first of two runs has left them.
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND = (sys.executable, "-c", "from swanneck.cli import main; main()", "diagnostics", "cover")
MOST_MEGABYTES, MOST_SECONDS = 150, 1.2
ADAPT_SECONDS, ADAPT_MEGABYTES = 62, 564
"""ADAPT 1.6.0 on this task and the 31 Zika genomes of the evaluation data, on one core."""


def run(alignment: Path, out: Path) -> tuple[float, str]:
    """Give the CPU seconds of one run, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*COMMAND, str(alignment), "--missing", "fails", "--out", str(out)], capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("alignments", nargs="+", type=Path)
    for alignment in parser.parse_args().alignments:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "windows.csv"
            run(alignment, out)
            seconds = min(run(alignment, out)[0] for _ in range(3))
            with out.open(encoding="utf-8") as stream:
                rows = list(csv.DictReader(stream))
        numbers = [int(row["n_oligos"]) for row in rows]
        proven = sum(row["n_oligos"] == row["lower_bound"] for row in rows)
        megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{alignment.name}: {len(rows)} windows, {sum(numbers) / max(1, len(rows)):.4f} oligos on average")
        print(f"  proven fewest     {proven} of {len(rows)}")
        zika = alignment.name.startswith("zika")
        adapt = f"ADAPT {ADAPT_SECONDS}, {ADAPT_MEGABYTES} MB: recorded"
        peer = f" (limit {MOST_SECONDS}; {adapt})" if zika else " (limit 10)"
        print(f"  CPU seconds       {seconds:.2f}{peer}")
        print(f"  peak megabytes    {megabytes:.0f} (limit {MOST_MEGABYTES}; the most of all runs so far)")


if __name__ == "__main__":
    main()

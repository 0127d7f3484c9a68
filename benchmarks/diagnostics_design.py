"""Claim: qPCR assays for dengue 2 within 5 CPU seconds that reach 95 % of the genomes, LAMP for SARS-CoV-2 within 10.

    SWANNECK_DATA=path/to/data python benchmarks/diagnostics_design.py

Each command runs in a process of its own, imports included; kernels come from the disk. Peers' figures are recorded
ones of one core: varVAMP 1.3.2 took 43 s for dengue 2, GLAPD found no LAMP set in 120 s.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from swanneck.diagnostics.search.sites import find_sites
from swanneck.sequences.fasta import read_fasta

DATA = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))
COMMAND = (sys.executable, "-c", "from swanneck.cli import main; main()", "diagnostics", "design")


def run(words: list[str]) -> float:
    """Give the least CPU seconds of three runs."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*COMMAND, *words], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seconds)


def main() -> None:
    if not DATA.is_dir():
        print("the evaluation data (../shared/data or SWANNECK_DATA) are not on this machine")
        return
    folder = DATA / "genomes"
    with tempfile.TemporaryDirectory() as out:
        genomes = folder / "denv2_full.fasta"
        seconds = run([str(genomes), "--reference", str(folder / "denv2.ref.fasta"), "--out", out])
        with (Path(out) / "designs.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        best = [row["sequence_5to3"] for row in rows if row["assay"] == rows[0]["assay"]]
        found = find_sites(best, read_fasta(genomes)).mismatches
        share = ((found >= 0) & (found <= 1)).all(axis=0).mean()
        number = len({row["assay"] for row in rows})
        print(f"qPCR, dengue 2: {seconds:.1f} CPU s (limit 5; varVAMP 43, recorded), {number} assays")
        print(f"  best: all oligos within 1 mismatch in {100 * share:.1f} % of the genomes (wanted 95; CDC's assay 27)")
        seconds = run([str(folder / "NC_045512.fasta"), "--assay", "lamp", "--out", out])
        with (Path(out) / "designs.csv").open(encoding="utf-8") as stream:
            sets = len({row["assay"] for row in csv.DictReader(stream)})
        print(f"LAMP, SARS-CoV-2: {seconds:.1f} CPU s (limit 10; GLAPD none after 120, recorded), {sets} sets")
    print(f"  peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

"""Claim: published assays held to a thousand unaligned genomes in half a minute; one new genome within 50 ms.

    SWANNECK_DATA=path/to/data python benchmarks/diagnostics_check.py

Prints CPU seconds beside the limits, how many of the ten known failures are found, and whether CDC N2 alarms.
"""

import csv
import os
import resource
import tempfile
import time
from pathlib import Path

from swanneck.diagnostics.monitoring.assays import read_assays
from swanneck.diagnostics.monitoring.examine import examine_genome
from swanneck.diagnostics.monitoring.state import open_state
from swanneck.sequences.fasta import read_fasta
from swanneck.workflows import watch_assays

DATA = Path(os.environ.get("SWANNECK_DATA", Path(__file__).parents[2] / "shared" / "data"))


def place_of(text: str) -> tuple[int, int]:
    numbers = [int(part) for part in text.split("-")]
    return numbers[0], numbers[-1]


def main() -> None:
    if not DATA.is_dir():
        print("the evaluation data (../shared/data or SWANNECK_DATA) are not on this machine")
        return
    assays, genomes = DATA / "diagnostics" / "published_assays.csv", DATA / "genomes" / "sc2_lineages_21L-22F.fasta.xz"
    records = read_fasta(genomes)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        run = watch_assays(
            assays, genomes, state=Path(folder), metadata=DATA / "genomes" / "sc2_lineages_21L-22F.tsv",
            reference=DATA / "genomes" / "NC_045512.fasta",
        )  # fmt: skip
        seconds = time.process_time() - begin
        print(f"36 assays, {run.n_new} genomes: {seconds:.1f} CPU s (limit 30), "
              f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")  # fmt: skip
        state = open_state(Path(folder), read_assays(assays))
        assert state is not None
        times = []
        for record in records[:40]:
            begin = time.process_time()
            examine_genome(state.panel, record)
            times.append(time.process_time() - begin)
    print(f"one new genome: median {1000 * sorted(times)[20]:.1f} ms, most {1000 * max(times):.1f} ms (limit 50)")
    with (DATA / "diagnostics" / "known_failures.csv").open(encoding="utf-8") as stream:
        known = list(csv.DictReader(stream))
    found = {(one.start, one.end) for one in run.check.findings}
    hits = sum(place_of(row["site_ref_1based"]) in found for row in known)
    print(f"known failures found at their place: {hits} of {len(known)}")
    print(f"CDC_N2 raises an alarm: {any(one.assay == 'CDC_N2' for one in run.check.alarms)}")


if __name__ == "__main__":
    main()

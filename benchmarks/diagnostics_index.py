"""Claim: a background of a billion bases is indexed and searched with flat memory. Prints seconds and megabytes.

    python benchmarks/diagnostics_index.py [--megabases 1000] [--oligos 20]

The genome is simulated into a temporary folder (one byte a base) and removed again.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from swanneck.diagnostics.search.genome_index import build_index


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabases", type=int, default=1000)
    parser.add_argument("--oligos", type=int, default=20)
    options = parser.parse_args()
    rng = np.random.default_rng(3)
    letters = np.frombuffer(b"ACGT", np.uint8)
    oligos, planted = [], []
    with tempfile.TemporaryDirectory() as folder:
        fasta = Path(folder) / "host.fasta"
        with fasta.open("wb") as stream:
            for number in range(options.megabases // 10):
                chunk = letters[rng.integers(0, 4, 10_000_000, dtype=np.uint8)]
                stream.write(f">chromosome{number}\n".encode())
                stream.write(chunk.tobytes() + b"\n")
                if len(oligos) < options.oligos:
                    start = int(rng.integers(0, 9_999_000))
                    oligos.append(chunk[start : start + 22].tobytes().decode())
                    planted.append((len(oligos) - 1, number, start))
        before = peak()
        begin = time.process_time()
        index = build_index(fasta, Path(folder) / "index")
        seconds = time.process_time() - begin
        print(f"{index.size:,} bases indexed: {seconds:.1f} CPU s, peak {peak():.0f} MB ({before:.0f} before)")
        begin = time.process_time()
        found = index.find(oligos)
        sites = set(zip(found.oligo.tolist(), found.record.tolist(), found.start.tolist(), strict=True))
        print(f"{len(oligos)} oligos, 3 mismatches: {time.process_time() - begin:.1f} CPU s, peak {peak():.0f} MB")
        print(f"  planted sites found: {sum(one in sites for one in planted)} of {len(planted)}")


if __name__ == "__main__":
    main()

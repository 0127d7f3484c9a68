"""Claim: every site of 1,000 oligos within three mismatches in 100 million bases, both strands, in 60 seconds a core.

    python benchmarks/diagnostics_search.py [--megabases 100] [--oligos 1000]

The background is simulated; a tenth of the oligos is taken from it and changed at up to three places, and all of
these must be found.
"""

import argparse
import resource
import time

import numpy as np

from swanneck.diagnostics.search.off_targets import find_off_targets
from swanneck.sequences.fasta import FastaRecord


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabases", type=int, default=100)
    parser.add_argument("--oligos", type=int, default=1000)
    options = parser.parse_args()
    rng = np.random.default_rng(3)
    letters = np.frombuffer(b"ACGT", np.uint8)
    draws = (rng.integers(0, 4, 5_000_000, dtype=np.uint8) for _ in range(options.megabases // 5))
    chunks = [letters[draw].tobytes().decode() for draw in draws]
    background = [FastaRecord(f"part{number}", "", chunk) for number, chunk in enumerate(chunks)]
    oligos, planted = [], []
    for number in range(options.oligos):
        length = int(rng.integers(18, 26))
        if number % 10:
            oligos.append(letters[rng.integers(0, 4, length)].tobytes().decode())
            continue
        record, start = int(rng.integers(len(chunks))), int(rng.integers(0, 4_999_900))
        word = bytearray(chunks[record][start : start + length].encode())
        for place in rng.choice(length, 3, replace=False):
            word[place] = letters[rng.integers(0, 4)]
        oligos.append(word.decode())
        planted.append((number, record, start))
    find_off_targets(oligos[:2], [FastaRecord("warm", "", chunks[0][:1000])])
    begin = time.process_time()
    found = find_off_targets(oligos, background)
    seconds = time.process_time() - begin
    sites = set(zip(found.oligo.tolist(), found.record.tolist(), found.start.tolist(), strict=True))
    print(
        f"{len(oligos)} oligos, {options.megabases} million bases: {seconds:.1f} CPU s (limit 60), {len(sites)} sites"
    )
    print(f"  planted sites found: {sum(one in sites for one in planted)} of {len(planted)}")
    print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()

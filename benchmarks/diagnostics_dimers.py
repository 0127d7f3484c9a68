"""Claim: dimers of oligos as primer3 tells them, thirty times as many a second. Prints agreement and ratio of one run.

    SWANNECK_PRIMER3=path/to/python python benchmarks/diagnostics_dimers.py

SWANNECK_PRIMER3 is a Python of an environment of its own that has primer3-py; without it only our speed is printed.
"""

import json
import os
import subprocess
import time
from itertools import product

import numpy as np

from swanneck.folding.pairing.dimers import measure_dimers

PEER = """
import json, sys, time, primer3
pairs = json.load(sys.stdin)
start = time.process_time()
values = [primer3.calc_heterodimer(a, b).dg / 1000 for a, b in pairs]
print(json.dumps({"seconds": time.process_time() - start, "values": values}))
"""


def random_oligos(rng: np.random.Generator, number: int, length: int) -> list[str]:
    return ["".join(row) for row in rng.choice(list("ACGT"), (number, length))]


def main() -> None:
    rng = np.random.default_rng(4)
    python = os.environ.get("SWANNECK_PRIMER3")
    for length in (20, 25, 40):
        first, second = random_oligos(rng, 100, length), random_oligos(rng, 100, length)
        pairs = list(product(first, second))[:: 1 if length < 40 else 10]
        chosen = np.array(list(product(range(100), range(100))))[:: 1 if length < 40 else 10]
        measure_dimers(first[:1], second[:1])
        ours, peer = [], []
        for _ in range(3):
            start = time.process_time()
            found = measure_dimers(first, second, chosen).free_energy()
            ours.append(time.process_time() - start)
            if python:
                told = subprocess.run(
                    [python, "-c", PEER], input=json.dumps(pairs), capture_output=True, text=True, check=True
                )
                answer = json.loads(told.stdout)
                peer.append(answer["seconds"])
        print(f"{length} x {length}: {len(pairs) / min(ours):,.0f} dimers per CPU second")
        if peer:
            agree = float((np.abs(found - answer["values"]) < 0.1).mean())
            print(
                f"  primer3-py {len(pairs) / min(peer):,.0f}; ratio {min(peer) / min(ours):.1f} (wanted 30, hoped 100)"
            )
            print(f"  within 0.1 kcal/mol: {100 * agree:.2f} % of {len(pairs):,} (wanted 99)")


if __name__ == "__main__":
    main()

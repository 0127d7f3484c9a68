"""Claims: oligos melt, fold and pair as primer3 tells, and dimers are found at thirty times its rate. One run.

    SWANNECK_PRIMER3=path/to/python python benchmarks/diagnostics_dimers.py

SWANNECK_PRIMER3 is a Python of an environment of its own that has primer3-py; without it only our speed is printed.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from swanneck.folding.duplexes import DuplexConditions, measure_duplex
from swanneck.folding.pairing.dimers import measure_dimers, measure_hairpins

PEER = """
import json, sys, time, primer3
kind, items, more = json.load(sys.stdin)
calls = {
    "tm": lambda one: primer3.calc_tm(one, max_nn_length=60, **more),
    "hairpin": lambda one: primer3.calc_hairpin(one, **more),
    "dimer": lambda one: primer3.calc_heterodimer(one[0], one[1], **more),
}
start = time.process_time()
found = [calls[kind](one) for one in items]
seconds = time.process_time() - start
values = [[one, one] if kind == "tm" else [one.dg / 1000, one.tm] for one in found]
print(json.dumps({"seconds": seconds, "values": values}))
"""
SOLUTIONS = [
    (50, 1.5, 0.6, 50, 0),
    (50, 0, 0, 250, 0),
    (100, 3, 0.8, 500, 5),
    (10, 8, 5.6, 200, 0),
    (1000, 0, 0, 1000, 0),
]
PYTHON = os.environ.get("SWANNECK_PRIMER3")
NUMBER = 10_000


def random_oligos(rng: np.random.Generator, number: int, shortest: int, longest: int) -> list[str]:
    return ["".join(rng.choice(list("ACGT"), length)) for length in rng.integers(shortest, longest + 1, number)]


def ask(kind: str, items: list[object], **more: float) -> tuple[float, NDArray[np.float64]]:
    question = json.dumps([kind, items, more])
    told = subprocess.run([str(PYTHON), "-c", PEER], input=question, capture_output=True, text=True, check=True)
    answer = json.loads(told.stdout)
    return answer["seconds"], np.array(answer["values"])


def seconds_of(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def compare_melting() -> None:
    oligos = random_oligos(np.random.default_rng(3), NUMBER // len(SOLUTIONS), 8, 60)
    for salt, magnesium, dntp, oligo, dmso in SOLUTIONS:
        conditions = DuplexConditions(
            monovalent_molar=salt / 1e3, magnesium_molar=magnesium / 1e3, dntp_molar=dntp / 1e3,
            oligo_molar=oligo / 1e9, dmso_percent=dmso,
        )  # fmt: skip
        ours = np.array([measure_duplex(one, conditions).melting_celsius for one in oligos])
        _, peer = ask("tm", oligos, mv_conc=salt, dv_conc=magnesium, dntp_conc=dntp, dna_conc=oligo, dmso_conc=dmso)
        print(f"Tm in {salt} mM salt, {magnesium} Mg, {dntp} dNTP, {oligo} nM, {dmso} % DMSO: {len(oligos):,} oligos, "
              f"at most {np.abs(ours - peer[:, 0]).max():.4f} C apart (wanted 0.1)")  # fmt: skip


def compare_hairpins() -> None:
    for shortest, longest in ((18, 30), (31, 60)):
        oligos = random_oligos(np.random.default_rng(4), NUMBER if longest == 30 else NUMBER // 5, shortest, longest)
        rate = len(oligos) / seconds_of(lambda oligos=oligos: measure_hairpins(oligos))
        print(f"hairpins of {shortest} to {longest} bases: {rate:,.0f} per CPU second")
        if not PYTHON:
            continue
        seconds, peer = ask("hairpin", oligos)
        for loops in ("primer3", "published"):
            near = np.abs(measure_hairpins(oligos, special_loops=loops).free_energy() - peer[:, 0]) < 0.1
            share = 100 * near.mean()
            print(f"  within 0.1 kcal/mol, tetraloops as {loops}: {share:.2f} % of {len(oligos):,} (wanted 99)")
        print(f"  primer3-py {len(oligos) / seconds:,.0f} per CPU second")


def compare_dimers() -> None:
    rng = np.random.default_rng(4)
    for length in (20, 25, 40):
        first, second = random_oligos(rng, 100, length, length), random_oligos(rng, 100, length, length)
        skip = 1 if length < 40 else 10
        pairs, chosen = list(product(first, second))[::skip], np.array(list(product(range(100), range(100))))[::skip]
        ours = seconds_of(lambda first=first, second=second, chosen=chosen: measure_dimers(first, second, chosen))
        print(f"{length} x {length}: {len(pairs) / ours:,.0f} dimers per CPU second")
        if not PYTHON:
            continue
        runs = [ask("dimer", pairs) for _ in range(2)]
        seconds, peer = min(one[0] for one in runs), runs[0][1]
        found = measure_dimers(first, second, chosen)
        near = np.abs(found.free_energy() - peer[:, 0]) < 0.1
        melts = np.abs(found.melting_celsius() - peer[:, 1])[near] < 0.1
        print(f"  primer3-py {len(pairs) / seconds:,.0f}; ratio {seconds / ours:.1f} (wanted 30, hoped 100)")
        print(f"  within 0.1 kcal/mol: {100 * near.mean():.2f} % of {len(pairs):,} (wanted 99); "
              f"of these {100 * melts.mean():.2f} % melt within 0.1 C")  # fmt: skip


def main() -> None:
    if PYTHON:
        compare_melting()
    else:
        print("SWANNECK_PRIMER3 names no Python with primer3-py: only our own speed")
    compare_hairpins()
    compare_dimers()


if __name__ == "__main__":
    main()

"""Candidate oligos: every stretch of the consensus that can be a primer or probe, with Tm, GC and whom it reaches."""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design.stacking import Stack
from swanneck.folding.duplexes import DuplexConditions, measure_duplex, reverse_complement
from swanneck.foundation.settings import Settings

__all__ = ["Candidates", "OligoRules", "Reach", "find_candidates", "make_consensus"]

_LETTER = {1: "A", 2: "C", 4: "G", 8: "T"}


class OligoRules(Settings):
    """What an oligo of one role must be. Temperatures are in degrees Celsius, shares from 0 to 1."""

    shortest: int = Field(18, ge=8)
    longest: int = Field(25, le=60)
    lowest_melting: float = 57.0
    highest_melting: float = 63.0
    best_melting: float = 60.0
    lowest_gc: float = 0.30
    highest_gc: float = 0.70
    longest_run: int = Field(4, ge=2)
    """Equal bases in a row."""
    clamp: int = Field(4, ge=1)
    """Most of the last five bases that may be G or C."""
    first_base: str = "ACGT"
    """Bases that the oligo may begin with: a G quenches the dye of a probe."""


@dataclass(frozen=True)
class Reach:
    """When an oligo reaches a genome: at most `mismatches` of the known bases differ, none of a primer's last
    `three_prime`, and there is neither deletion nor insertion. `conditions` are those of melting temperatures.
    """

    mismatches: int
    three_prime: int
    conditions: DuplexConditions


@dataclass(frozen=True)
class Candidates:
    """Candidate oligos in rows, on the reference's strand: `start` (from 0) and `length`; `reverse` those written on
    the other strand. `reached` is [candidate, genome]: known bases differ in at most the allowed number, none of them
    at the 3' end. `killed` counts what each rule has excluded.
    """

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    melting: NDArray[np.float64]
    gc: NDArray[np.float64]
    reached: NDArray[np.bool_]
    penalty: NDArray[np.float64]
    reverse: bool
    killed: dict[str, int]

    def sequence(self, number: int, consensus: str) -> str:
        """Give an oligo 5' to 3'."""
        word = consensus[self.start[number] : self.start[number] + self.length[number]]
        return reverse_complement(word) if self.reverse else word


def make_consensus(stack: Stack, weights: NDArray[np.float64] | None = None) -> str:
    """Give the commonest known base of each column; N where none is known, n where most have a deletion."""
    weights = np.ones(len(stack.names)) if weights is None else weights
    counts = np.array([((stack.bases == mask) * weights[:, None]).sum(axis=0) for mask in (1, 2, 4, 8, 0)])
    best = counts.argmax(axis=0)
    letters = np.array(list("ACGTn"))[best]
    letters[counts.sum(axis=0) == 0] = "N"
    return "".join(letters)


def find_candidates(
    stack: Stack, consensus: str, rules: OligoRules, reach: Reach, *, reverse: bool = False, primer: bool = True
) -> Candidates:
    """List the stretches of the consensus that keep the rules.

    A genome is reached as `reach` says; the 3' end matters for a primer only. What each rule excludes is counted in
    `killed`.
    """
    conditions, mismatches, three_prime = reach.conditions, reach.mismatches, reach.three_prime
    codes = np.array(["ACGT".find(letter) for letter in consensus])
    n = codes.size
    wrong = (stack.bases & np.array([1 << max(code, 0) for code in codes], np.uint8)) == 0
    sums = np.zeros((len(stack.names), n + 1), np.int32)
    np.cumsum(wrong, axis=1, out=sums[:, 1:])
    fatal = np.zeros_like(sums)
    np.cumsum((stack.bases == 0) | stack.broken, axis=1, out=fatal[:, 1:])
    vague = np.zeros_like(sums)
    np.cumsum(stack.bases == 15, axis=1, out=vague[:, 1:])
    strange = np.concatenate([[0], np.cumsum(codes < 0)])
    strong = np.concatenate([[0], np.cumsum((codes == 1) | (codes == 2))])
    long_runs = np.concatenate([[0], np.cumsum(_run_ends(codes) > rules.longest_run)])
    heat, order, ends = _duplex_sums(codes)
    strands = 1.987 * log(conditions.oligo_molar / 4)
    salt = 0.368 * log(conditions.sodium_molar)
    killed: dict[str, int] = {}
    parts: list[tuple[NDArray[np.int64], int, NDArray[np.float64], NDArray[np.float64]]] = []
    for length in range(rules.shortest, rules.longest + 1):
        start = np.arange(n - length + 1)
        start = _keep(start, strange[start + length] == strange[start], "unknown base", killed)
        enthalpy = heat[start + length - 1] - heat[start] + ends[codes[start], 0] + ends[codes[start + length - 1], 0]
        entropy = order[start + length - 1] - order[start] + ends[codes[start], 1] + ends[codes[start + length - 1], 1]
        melting = 1000 * enthalpy / (entropy + salt * (length - 1) + strands) - 273.15
        good = (melting >= rules.lowest_melting) & (melting <= rules.highest_melting)
        melting, start = melting[good], _keep(start, good, "melting temperature", killed)
        gc = (strong[start + length] - strong[start]) / length
        good = (gc >= rules.lowest_gc) & (gc <= rules.highest_gc)
        melting, gc, start = melting[good], gc[good], _keep(start, good, "share of G and C", killed)
        good = long_runs[start + length] == long_runs[np.minimum(start + rules.longest_run, start + length)]
        melting, gc, start = melting[good], gc[good], _keep(start, good, "run of one base", killed)
        if primer:
            tail = start if reverse else start + length - 5
            good = strong[tail + 5] - strong[tail] <= rules.clamp
            melting, gc, start = melting[good], gc[good], _keep(start, good, "G and C at the 3' end", killed)
        head = 3 - codes[start + length - 1] if reverse else codes[start]
        good = np.isin(head, ["ACGT".index(base) for base in rules.first_base])
        melting, gc, start = melting[good], gc[good], _keep(start, good, "first base", killed)
        parts.append((start, length, melting, gc))
    start = np.concatenate([part[0] for part in parts])
    length_of = np.concatenate([np.full(part[0].size, part[1]) for part in parts])
    melting, gc = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
    end = start + length_of
    hit = (sums[:, end] - sums[:, start]) <= mismatches
    inner = fatal[:, end] - fatal[:, start] - stack.broken[:, np.minimum(start, n - 1)]
    hit &= (inner == 0) & (vague[:, end] - vague[:, start] <= length_of // 2)
    if primer:
        low = start if reverse else end - three_prime
        hit &= (sums[:, low + three_prime] - sums[:, low]) == 0
    penalty = abs(melting - rules.best_melting) / 2 + abs(gc - 0.5) * 4
    order_of = np.lexsort((length_of, start))
    return Candidates(
        start[order_of], length_of[order_of], melting[order_of], gc[order_of], hit.T[order_of], penalty[order_of],
        reverse, killed,
    )  # fmt: skip


def _keep(start: NDArray[np.int64], good: NDArray[np.bool_], rule: str, killed: dict[str, int]) -> NDArray[np.int64]:
    killed[rule] = killed.get(rule, 0) + int((~good).sum())
    return start[good]


def _run_ends(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give for each place how many equal bases end there."""
    runs = np.ones(codes.size, np.int64)
    for place in range(1, codes.size):
        if codes[place] == codes[place - 1]:
            runs[place] = runs[place - 1] + 1
    return runs


def _duplex_sums(codes: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give running sums of enthalpy and entropy over the steps of a sequence in 1 M salt, and what its ends add."""
    one = DuplexConditions(monovalent_molar=1, magnesium_molar=0, dntp_molar=0)
    values = np.zeros((4, 4, 2))
    ends = np.zeros((4, 2))
    # A duplex of three equal steps less one of two gives the step; the ends follow from it.
    for a, first in enumerate("ACGT"):
        two, three = measure_duplex(first * 2, one), measure_duplex(first * 3, one)
        values[a, a] = three.enthalpy - two.enthalpy, three.entropy - two.entropy
        ends[a] = (two.enthalpy - values[a, a, 0]) / 2, (two.entropy - values[a, a, 1]) / 2
    for a, first in enumerate("ACGT"):
        for b, second in enumerate("ACGT"):
            if a != b:
                whole = measure_duplex(first * 2 + second * 2, one)
                symmetric = -1.4 if first * 2 + second * 2 == reverse_complement(first * 2 + second * 2) else 0.0
                values[a, b, 0] = whole.enthalpy - values[a, a, 0] - values[b, b, 0] - ends[a, 0] - ends[b, 0]
                values[a, b, 1] = (
                    whole.entropy - symmetric - values[a, a, 1] - values[b, b, 1] - ends[a, 1] - ends[b, 1]
                )
    steps = values[np.maximum(codes[:-1], 0), np.maximum(codes[1:], 0)]
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    return sums[:, 0], sums[:, 1], ends

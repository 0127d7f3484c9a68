"""Candidate oligos: every stretch of the consensus that can be a primer or probe, with Tm, GC and whom it reaches."""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design._kernels import reach_sites, sum_each_missed, widen_sites
from swanneck.diagnostics.design.stacking import Stack
from swanneck.folding.duplexes import DuplexConditions, measure_duplex, reverse_complement
from swanneck.foundation.settings import Settings

__all__ = ["CODES", "Candidates", "OligoRules", "Reach", "Target", "find_candidates", "make_target", "take"]

CODES = "-ACMGRSVTWYHKDBN"
"""The letter of each mask of four bits."""
_MOST_UNREACHED = 1e-9


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
    per_degree: float = Field(0.5, ge=0)
    """Penalty for a degree off the best temperature; all of G and C that is off a half costs 2."""


@dataclass(frozen=True)
class Reach:
    """When an oligo reaches a genome: at most `mismatches` of the known bases differ, none of a primer's last
    `three_prime`, and there is neither deletion nor insertion. An oligo may be a mixture of `degenerate` at most.
    `conditions` are those of melting temperatures.
    """

    mismatches: int
    three_prime: int
    degenerate: int
    conditions: DuplexConditions


@dataclass(frozen=True)
class Target:
    """What assays are designed for: genomes on a reference, how much each counts (in percent of all), the consensus."""

    stack: Stack
    miss: NDArray[np.float64]
    consensus: str

    @property
    def weights(self) -> NDArray[np.float64]:
        """The share of each genome; they sum to 1."""
        return self.miss / 100

    @property
    def even(self) -> float:
        """What each genome counts in percent where all count the same, else 0."""
        return float(self.miss[0]) if self.miss.size and (self.miss == self.miss[0]).all() else 0.0


@dataclass(frozen=True)
class Candidates:
    """Candidate oligos in rows, on the reference's strand: `start` (from 0) and `length`; `reverse` those written on
    the other strand. `masks` are their bases there, `sets` the genomes that each reaches, 64 in a word, `missed` the
    percent that it does not. `off_rules` is the penalty for melting temperature and G and C, `mixture` that for
    degenerate bases. `killed` counts what each rule has excluded.
    """

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    melting: NDArray[np.float64]
    gc: NDArray[np.float64]
    masks: NDArray[np.uint8]
    sets: NDArray[np.uint64]
    missed: NDArray[np.float64]
    off_rules: NDArray[np.float64]
    mixture: NDArray[np.float64]
    reverse: bool
    killed: dict[str, int]

    @property
    def sites(self) -> NDArray[np.int64]:
        """Rows of start and end, an end being behind the last base."""
        return np.stack([self.start, self.start + self.length], axis=1)

    @property
    def penalty(self) -> NDArray[np.float64]:
        """What an oligo costs, whomever it reaches."""
        return np.asarray(self.off_rules + self.mixture)

    def sequence(self, number: int) -> str:
        """Give an oligo 5' to 3'; IUPAC codes stand for mixtures."""
        word = "".join(CODES[mask] for mask in self.masks[number, : self.length[number]].tolist())
        return reverse_complement(word) if self.reverse else word


def take(one: Candidates, rows: NDArray[np.integer] | NDArray[np.bool_], **killed: int) -> Candidates:
    """Give some of the candidates, with what else was excluded."""
    return Candidates(
        one.start[rows], one.length[rows], one.melting[rows], one.gc[rows], one.masks[rows], one.sets[rows],
        one.missed[rows], one.off_rules[rows], one.mixture[rows], one.reverse, {**one.killed, **killed},
    )  # fmt: skip


def make_target(stack: Stack, weights: NDArray[np.float64] | None = None) -> Target:
    """Give genomes with weights (all alike where not given) and the commonest known base of each column.

    The consensus has N where no base is known, n where most have a deletion.
    """
    n_genomes, n = stack.bases.shape
    weights = np.full(n_genomes, 1.0) if weights is None else weights
    weights = weights / weights.sum()
    counts = np.zeros((5, n))
    for row, weight in zip(stack.bases, weights, strict=True):
        for place, mask in enumerate((1, 2, 4, 8, 0)):
            counts[place] += weight * ((row & 15) == mask)
    letters = np.array(list("ACGTn"))[counts.argmax(axis=0)]
    letters[counts.sum(axis=0) == 0] = "N"
    return Target(stack, 100 * weights, "".join(letters))


def find_candidates(
    target: Target, rules: OligoRules, reach: Reach, *, reverse: bool = False, primer: bool = True,
    seed: tuple[int, int] = (0, 0),
) -> Candidates:  # fmt: skip
    """List the stretches of the consensus that keep the rules.

    A genome is reached as `reach` says; the 3' end matters for a primer only. Of other oligos, the bases of the `seed`
    (the first, from 0 at the 5' end, and how many) must pair. What each rule excludes is counted in
    `killed`. Melting temperature, G and C are those of the consensus where bases were added to a mixture.
    """
    codes = np.array(["ACGT".find(letter) for letter in target.consensus])
    start, length, melting, gc, killed = _keep_rules(codes, rules, reach.conditions, reverse=reverse, primer=primer)
    first, three = (
        (length - reach.three_prime, reach.three_prime) if primer else (np.full_like(length, seed[0]), seed[1])
    )
    tail = start + length - first - three if reverse else start + first
    columns = np.where(codes >= 0, 1 << np.maximum(codes, 0), 0).astype(np.uint8)
    sets = reach_sites(target.stack.bases, columns, start, length, tail, three, reach.mismatches)
    masks = np.zeros((start.size, rules.longest), np.uint8)
    place = np.arange(rules.longest)
    inside = place < length[:, None]
    masks[inside] = columns[np.minimum(start[:, None] + place, codes.size - 1)][inside]
    missed = sum_each_missed(sets, target.miss, target.even)
    if reach.degenerate > 1 and start.size:
        some = np.flatnonzero(missed > _MOST_UNREACHED)
        own, own_masks = sets[some], masks[some]
        widen_sites(target.stack.bases, own_masks, start[some], length[some], tail[some], three, reach.mismatches,
                    reach.degenerate, target.weights, own)  # fmt: skip
        sets[some], masks[some] = own, own_masks
        missed[some] = sum_each_missed(own, target.miss, target.even)
    bits = np.bitwise_count(masks)
    mixture = 0.5 * np.log2(np.maximum(bits, 1)).sum(axis=1)
    off_rules = abs(melting - rules.best_melting) * rules.per_degree + abs(gc - 0.5) * 4
    return Candidates(start, length, melting, gc, masks, sets, missed, off_rules, mixture, reverse, killed)


def _keep_rules(
    codes: NDArray[np.int64], rules: OligoRules, conditions: DuplexConditions, *, reverse: bool, primer: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], dict[str, int]]:
    """Give start, length, melting temperature and GC of all stretches that keep the rules, by start and length."""
    strange = np.concatenate([[0], np.cumsum(codes < 0)])
    strong = np.concatenate([[0], np.cumsum((codes == 1) | (codes == 2))])
    long_runs = np.concatenate([[0], np.cumsum(_run_ends(codes) > rules.longest_run)])
    heat, order, ends = _duplex_sums(codes)
    strands = 1.987 * log(conditions.oligo_molar / 4)
    salt = 0.368 * log(conditions.sodium_molar)
    killed: dict[str, int] = {}
    parts = []
    for length in range(rules.shortest, min(rules.longest, codes.size) + 1):
        start = np.arange(codes.size - length + 1)
        start = _keep(start, strange[start + length] == strange[start], "unknown base", killed)
        last = start + length - 1
        enthalpy = heat[last] - heat[start] + ends[codes[start], 0] + ends[codes[last], 0]
        entropy = order[last] - order[start] + ends[codes[start], 1] + ends[codes[last], 1]
        melting = 1000 * enthalpy / (entropy + salt * (length - 1) + strands) - 273.15
        gc = (strong[start + length] - strong[start]) / length
        runs = long_runs[start + length] == long_runs[np.minimum(start + rules.longest_run, start + length)]
        tail = start if reverse else start + length - 5
        clamp = (strong[tail + 5] - strong[tail] <= rules.clamp) | (not primer)
        head = 3 - codes[last] if reverse else codes[start]
        tests = (
            ("melting temperature", (melting >= rules.lowest_melting) & (melting <= rules.highest_melting)),
            ("share of G and C", (gc >= rules.lowest_gc) & (gc <= rules.highest_gc)),
            ("run of one base", runs),
            ("G and C at the 3' end", clamp),
            ("first base", np.isin(head, ["ACGT".index(base) for base in rules.first_base])),
        )
        alive = np.ones(start.size, np.bool_)
        for rule, good in tests:
            killed[rule] = killed.get(rule, 0) + int((alive & ~good).sum())
            alive &= good
        parts.append((start[alive], np.full(int(alive.sum()), length), melting[alive], gc[alive]))
    parts = parts or [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))]
    start, length_of, melting, gc = (np.concatenate([part[i] for part in parts]) for i in range(4))
    by = np.lexsort((length_of, start))
    return start[by].astype(np.int64), length_of[by].astype(np.int64), melting[by], gc[by], killed


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

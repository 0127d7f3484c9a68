"""Primers and a probe for quantitative PCR, or primers alone for PCR, that reach the most genomes."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design._kernels import best_triples
from swanneck.diagnostics.design.candidates import Candidates, OligoRules, Reach, find_candidates, make_consensus
from swanneck.diagnostics.design.stacking import Stack
from swanneck.folding.duplexes import DuplexConditions
from swanneck.folding.pairing.dimers import measure_dimers, measure_hairpins
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings

__all__ = [
    "AssayDesign", "DesignedOligo", "QpcrSettings", "check_pairing", "design_qpcr", "designed", "pack_sets",
]  # fmt: skip


class QpcrSettings(Settings):
    """The rules of a qPCR assay: those of primer design programs and of the MIQE guidelines' practice."""

    primer: OligoRules = OligoRules()
    probe: OligoRules = OligoRules(
        shortest=18, longest=30, lowest_melting=64.0, highest_melting=71.0, best_melting=67.5, first_base="ACT"
    )
    """A probe melts 5 to 10 degrees above the primers."""
    with_probe: bool = True
    shortest_amplicon: int = Field(70, ge=40)
    longest_amplicon: int = Field(200, le=5000)
    probe_gap: int = Field(1, ge=0)
    mismatches: int = Field(1, ge=0, le=5)
    three_prime: int = Field(2, ge=0, le=8)
    """Last bases of a primer that must pair in a genome that is reached."""
    miss: float = Field(1.0, gt=0)
    """Penalty for one percent of the genomes that is not reached; one degree off the best temperature is 0.5."""
    lowest_dimer: float = -7.0
    """kcal/mol at 37 degrees: stabler dimers are penalised (choice of ours)."""
    lowest_hairpin: float = -3.0
    number: int = Field(5, ge=1)
    """Assays to give; they begin at least `apart` bases from each other."""
    apart: int = Field(50, ge=0)
    conditions: DuplexConditions = DuplexConditions(oligo_molar=200e-9, magnesium_molar=0.003, dntp_molar=0.0008)


@dataclass(frozen=True)
class DesignedOligo:
    """One oligo, 5' to 3': its site on the reference (from 1), melting temperature, G and C, whom it reaches."""

    role: str
    sequence: str
    start: int
    end: int
    melting: float
    gc: float
    reached: float


@dataclass(frozen=True)
class AssayDesign:
    """One assay: its oligos, the share of genomes that all of them reach, its cost, and what adds to that."""

    name: str
    oligos: tuple[DesignedOligo, ...]
    reached: float
    cost: float
    reasons: dict[str, float] = field(default_factory=dict)


def design_qpcr(stack: Stack, settings: QpcrSettings | None = None) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design assays on genomes laid on a reference: the best first, and what each rule has excluded.

    Oligos are stretches of the consensus. For every forward primer the best probe and reverse primer are found
    exactly, by the sum of penalties and of genomes missed; the best of these are ranked anew with their dimers and
    hairpins.

    Raises `InputError` where no set keeps the rules, with the number of candidates that each has excluded.
    """
    settings = settings or QpcrSettings()
    consensus = make_consensus(stack)
    reach = Reach(settings.mismatches, settings.three_prime, settings.conditions)
    forward = find_candidates(stack, consensus, settings.primer, reach)
    backward = find_candidates(stack, consensus, settings.primer, reach, reverse=True)
    probe = find_candidates(stack, consensus, settings.probe, reach, primer=False)
    killed = {f"{role}: {rule}": count for role, one in (("primer", forward), ("probe", probe))
              for rule, count in one.killed.items()}  # fmt: skip
    kept = [_thin(one, settings) for one in (forward, probe, backward)]
    miss = 100 * settings.miss / max(1, len(stack.names))
    arguments: list[Any] = [part for one in kept for part in (_sites(one), pack_sets(one.reached), one.penalty)]
    arguments += [settings.shortest_amplicon, settings.longest_amplicon, settings.probe_gap, miss, settings.with_probe]
    chosen, costs = best_triples(*arguments)
    order = [int(number) for number in np.argsort(costs, kind="stable") if costs[number] < 1e8]
    if not order:
        told = "; ".join(f"{rule} {count}" for rule, count in sorted(killed.items(), key=lambda one: -one[1])[:6])
        numbers = [len(one.start) for one in kept]
        problem = (
            f"no set of oligos keeps the rules: of {numbers[0]} forward primers, {numbers[1]} probes and {numbers[2]} "
            f"reverse primers none fit together (candidates excluded: {told})"
        )
        raise InputError(problem, remedy="Loosen the rule that excludes most, or widen the amplicon")
    designs = [_design(kept, (number, *chosen[number].tolist()), consensus, cost=float(costs[number]))
               for number in _apart(order, kept[0], settings, many=8 * settings.number)]  # fmt: skip
    ranked = check_pairing(designs, settings.conditions, settings.lowest_dimer, lowest_hairpin=settings.lowest_hairpin)
    return ranked[: settings.number], killed


def pack_sets(reached: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Pack rows of flags into words of 64 bits.

    >>> pack_sets(np.array([[True, False, True]])).tolist()
    [[5]]
    """
    rows, genomes = reached.shape
    padded = np.zeros((rows, max(1, -(-genomes // 64)) * 64), np.uint8)
    padded[:, :genomes] = reached
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def _sites(one: Candidates) -> NDArray[np.int64]:
    return np.stack([one.start, one.start + one.length], axis=1)


def _thin(one: Candidates, settings: QpcrSettings) -> Candidates:
    """Keep the best length of each place, by penalty and genomes missed, and leave out what reaches few."""
    missed = 100 * settings.miss * (1 - one.reached.mean(axis=1))
    value = one.penalty + missed
    place = one.start if not one.reverse else one.start + one.length
    order = np.lexsort((value, place))
    _, first = np.unique(place[order], return_index=True)
    best = order[first]
    cut = np.quantile(missed[best], 0.8) if best.size > 50 else np.inf
    best = best[missed[best] <= cut]
    best = best[np.argsort(one.start[best], kind="stable")]
    return Candidates(one.start[best], one.length[best], one.melting[best], one.gc[best], one.reached[best],
                      one.penalty[best], one.reverse, one.killed)  # fmt: skip


def _apart(order: list[int], forward: Candidates, settings: QpcrSettings, *, many: int) -> list[int]:
    kept: list[int] = []
    for number in order:
        place = forward.start[number]
        if all(abs(int(place - forward.start[other])) >= settings.apart for other in kept):
            kept.append(number)
            if len(kept) == many:
                break
    return kept


def _design(kept: list[Candidates], numbers: tuple[int, ...], consensus: str, *, cost: float) -> AssayDesign:
    roles = ("F", "P", "R")
    oligos = []
    everyone = np.ones(kept[0].reached.shape[1], np.bool_)
    penalties = 0.0
    for role, one, number in zip(roles, kept, numbers, strict=True):
        if number < 0:
            continue
        everyone &= one.reached[number]
        penalties += float(one.penalty[number])
        oligos.append(designed(role, one, number, consensus))
    reached = float(everyone.mean())
    name = f"{oligos[0].start}-{oligos[-1].end}"
    return AssayDesign(name, tuple(oligos), reached, cost, {"oligos": penalties, "genomes missed": cost - penalties})


def designed(role: str, one: Candidates, number: int, consensus: str) -> DesignedOligo:
    """Give a candidate as an oligo with its figures."""
    start, end = int(one.start[number]), int(one.start[number] + one.length[number])
    return DesignedOligo(
        role, one.sequence(number, consensus), start + 1, end, round(float(one.melting[number]), 2),
        round(float(one.gc[number]), 3), float(one.reached[number].mean()),
    )  # fmt: skip


def check_pairing(
    designs: list[AssayDesign], conditions: DuplexConditions, lowest_dimer: float, *, lowest_hairpin: float
) -> list[AssayDesign]:
    """Rank assays anew: every kcal/mol by which a dimer or hairpin is stabler than allowed costs one."""
    ranked = []
    for design in designs:
        oligos = [oligo.sequence for oligo in design.oligos]
        dimers = measure_dimers(oligos, oligos, None, conditions).free_energy()
        hairpins = measure_hairpins(oligos, conditions).free_energy()
        dimer_cost = float(np.maximum(0, lowest_dimer - dimers).sum()) / 2
        hairpin_cost = float(np.maximum(0, lowest_hairpin - hairpins).sum())
        reasons = {**design.reasons, "dimers": dimer_cost, "hairpins": hairpin_cost,
                   "stablest dimer, kcal/mol": float(dimers.min()),
                   "stablest hairpin, kcal/mol": float(hairpins.min())}  # fmt: skip
        ranked.append(AssayDesign(design.name, design.oligos, design.reached,
                                  design.cost + dimer_cost + hairpin_cost, reasons))  # fmt: skip
    return sorted(ranked, key=lambda one: one.cost)

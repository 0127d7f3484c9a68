"""Primers for loop-mediated amplification (LAMP): the best chains of sites, exactly, and published sets judged."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design._kernels import best_chains, best_halves
from swanneck.diagnostics.design.candidates import Candidates, OligoRules, Reach, find_candidates, make_consensus
from swanneck.diagnostics.design.qpcr import AssayDesign, DesignedOligo, check_pairing, designed
from swanneck.diagnostics.design.stacking import Stack
from swanneck.diagnostics.monitoring.assays import Assay
from swanneck.diagnostics.monitoring.parts import list_parts
from swanneck.diagnostics.search.sites import find_sites
from swanneck.folding.duplexes import DuplexConditions, measure_duplex
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.sequences.fasta import FastaRecord

__all__ = ["LampSettings", "design_lamp", "judge_lamp", "list_lamp_assays"]

_FAR = 1e8


class LampSettings(Settings):
    """The rules of LAMP sets: distances of Notomi et al. 2000 (Nucleic Acids Res 28:e63), PrimerExplorer's manual.

    Melting temperatures are wider than that program's defaults for one genome, since AT-rich genomes need it.
    """

    outer: OligoRules = OligoRules(
        shortest=17, longest=25, lowest_melting=55.0, highest_melting=64.0, best_melting=60.0, longest_run=5, clamp=5
    )
    """F3, F2, B2, B3."""
    inner: OligoRules = OligoRules(
        shortest=18, longest=26, lowest_melting=59.0, highest_melting=69.0, best_melting=65.0, longest_run=5, clamp=5
    )
    """F1c and B1c, which melt some 5 degrees above F2 and B2."""
    loop: OligoRules = OligoRules(
        shortest=17, longest=28, lowest_melting=55.0, highest_melting=68.0, best_melting=63.0, longest_run=6, clamp=5
    )
    """LF and LB."""
    shortest_loop: int = Field(40, ge=20)
    """From the 5' end of F2 to that of F1 (B2, B1): what becomes the loop."""
    longest_loop: int = Field(60, le=120)
    shortest_region: int = Field(120, ge=80)
    """From the 5' end of F2 to that of B2."""
    longest_region: int = Field(200, le=400)
    longest_gap: int = Field(60, ge=0)
    """Between F3 and F2, and B2 and B3."""
    widest_middle: int = Field(100, ge=0)
    """Between F1 and B1."""
    no_loop: float = Field(2.0, ge=0)
    """Penalty of a set without one of the loop primers: it works, more slowly."""
    mismatches: int = Field(1, ge=0, le=5)
    three_prime: int = Field(2, ge=0, le=8)
    miss: float = Field(1.0, gt=0)
    """Penalty for one percent of the genomes that one of the primers does not reach."""
    lowest_dimer: float = -9.0
    lowest_hairpin: float = -4.0
    number: int = Field(5, ge=1)
    apart: int = Field(30, ge=0)
    conditions: DuplexConditions = DuplexConditions(
        monovalent_molar=0.06, magnesium_molar=0.006, dntp_molar=0.0014, oligo_molar=100e-9
    )
    """Those of PrimerExplorer: 50 mM sodium and 4 mM magnesium free, 0.1 micromolar."""


def design_lamp(stack: Stack, settings: LampSettings | None = None) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design LAMP sets (F3, F2, LF, F1c, B1c, LB, B2, B3; FIP and BIP) on genomes laid on a reference.

    Sites, distances and penalties make a chain F3-F2-(LF)-F1 | B1-(LB)-B2-B3. Each half is solved for every F1 (B1)
    and every length of its loop, and the halves are joined under the limits of the whole region, so that for every
    F1 the best chain of all is found. The best of these, apart from each other, are ranked anew with their dimers
    and hairpins. A genome that several primers miss counts for each of them.

    Raises `InputError` where no chain keeps the rules, with what the rules have excluded.
    """
    settings = settings or LampSettings()
    consensus = make_consensus(stack)
    layers = _layers(stack, consensus, settings)
    miss = 100 * settings.miss
    costs = {role: one.penalty + miss * (1 - one.reached.mean(axis=1)) for role, one in layers.items()}
    sites = {role: np.stack([one.start, one.start + one.length], axis=1) for role, one in layers.items()}
    options = (settings.no_loop, settings.shortest_loop, settings.longest_loop, settings.longest_gap)
    size = len(consensus)
    arguments: list[Any] = [*_by_role(sites, costs, ("F1c", "F2", "F3", "LF")), *options]
    left, left_parts = best_halves(*arguments)
    mirrored, turns = {}, {}
    for role in ("B1c", "B2", "B3", "LB"):
        mirror = size - sites[role][:, ::-1]
        turns[role] = np.lexsort((mirror[:, 1], mirror[:, 0]))
        mirrored[role] = np.ascontiguousarray(mirror[turns[role]])
    turned_costs = {role: costs[role][turn] for role, turn in turns.items()}
    arguments = [*_by_role(mirrored, turned_costs, ("B1c", "B2", "B3", "LB")), *options]
    right, right_parts = best_halves(*arguments)
    back = np.argsort(turns["B1c"])
    chosen, totals = best_chains(
        sites["F1c"], left, sites["B1c"], np.ascontiguousarray(right[back]), settings.shortest_loop,
        settings.shortest_region, settings.longest_region, settings.widest_middle,
    )  # fmt: skip
    killed = {f"{role}: {rule}": count for role, one in layers.items() for rule, count in one.killed.items()}
    designs = []
    for number in _spread(totals, sites["F1c"], settings):
        b1, x, y = chosen[number].tolist()
        f2, f3, lf = left_parts[number, x].tolist()
        b2, b3, lb = (
            int(turns[role][part]) if part >= 0 else -1
            for role, part in zip(("B2", "B3", "LB"), right_parts[back[b1], y].tolist(), strict=True)
        )
        numbers = {"F3": f3, "F2": f2, "LF": lf, "F1c": number, "B1c": b1, "LB": lb, "B2": b2, "B3": b3}
        designs.append(_gather(numbers, layers, consensus, cost=float(totals[number])))
    if not designs:
        told = "; ".join(f"{rule} {count}" for rule, count in sorted(killed.items(), key=lambda one: -one[1])[:6])
        problem = f"no LAMP set keeps the rules (candidates excluded: {told})"
        raise InputError(problem, remedy="Loosen the rule that excludes most")
    ranked = check_pairing(designs, settings.conditions, settings.lowest_dimer, lowest_hairpin=settings.lowest_hairpin)
    return ranked[: settings.number], killed


def _layers(stack: Stack, consensus: str, settings: LampSettings) -> dict[str, Candidates]:
    reach = Reach(settings.mismatches, settings.three_prime, settings.conditions)

    def _of(rules: OligoRules, *, reverse: bool, primer: bool) -> Candidates:
        return find_candidates(stack, consensus, rules, reach, reverse=reverse, primer=primer)

    forward = _of(settings.outer, reverse=False, primer=True)
    backward = _of(settings.outer, reverse=True, primer=True)
    return {
        "F3": forward, "F2": forward, "B2": backward, "B3": backward,
        "F1c": _of(settings.inner, reverse=True, primer=False),
        "B1c": _of(settings.inner, reverse=False, primer=False),
        "LF": _of(settings.loop, reverse=True, primer=True), "LB": _of(settings.loop, reverse=False, primer=True),
    }  # fmt: skip


def _by_role(
    sites: dict[str, NDArray[np.int64]], costs: dict[str, NDArray[np.float64]], roles: tuple[str, ...]
) -> list[Any]:
    return [part for role in roles for part in (sites[role], costs[role])]


def _spread(totals: NDArray[np.float64], inner: NDArray[np.int64], settings: LampSettings) -> list[int]:
    kept: list[int] = []
    for number in np.argsort(totals, kind="stable").tolist():
        if totals[number] >= _FAR or len(kept) == 8 * settings.number:
            break
        if all(abs(int(inner[number, 0] - inner[other, 0])) >= settings.apart for other in kept):
            kept.append(number)
    return kept


def _gather(
    numbers: dict[str, int], layers: dict[str, Candidates], consensus: str, *, cost: float
) -> AssayDesign:  # fmt: skip
    oligos = {role: designed(role, layers[role], number, consensus) for role, number in numbers.items() if number >= 0}
    everyone = np.ones(layers["F3"].reached.shape[1], np.bool_)
    penalties = 0.0
    for role, number in numbers.items():
        if number >= 0:
            everyone &= layers[role].reached[number]
            penalties += float(layers[role].penalty[number])
    for name, inner, outer in (("FIP", "F1c", "F2"), ("BIP", "B1c", "B2")):
        a, b = oligos[inner], oligos[outer]
        oligos[name] = DesignedOligo(
            name, a.sequence + b.sequence, min(a.start, b.start), max(a.end, b.end), float("nan"),
            round((a.gc * len(a.sequence) + b.gc * len(b.sequence)) / (len(a.sequence) + len(b.sequence)), 3),
            min(a.reached, b.reached),
        )  # fmt: skip
    name = f"{oligos['F3'].start}-{oligos['B3'].end}"
    reasons = {"oligos": penalties, "genomes missed and loops": cost - penalties}
    return AssayDesign(name, tuple(oligos.values()), float(everyone.mean()), cost, reasons)


def judge_lamp(assay: Assay, genome: FastaRecord, settings: LampSettings | None = None) -> list[str]:
    """List the rules that a LAMP set breaks on a genome, each with its value and limits; none where it keeps all."""
    settings = settings or LampSettings()
    parts = [part for part in list_parts([assay], [genome]) if part.role in _RULES]
    found = find_sites([part.sequence for part in parts], [genome])
    place: dict[str, tuple[int, int]] = {}
    broken = []
    for row, part in enumerate(parts):
        if found.mismatches[row, 0] < 0 or found.mismatches[row, 0] > settings.mismatches:
            broken.append(f"{part.role}: {int(found.mismatches[row, 0])} mismatches (at most {settings.mismatches})")
            continue
        start = int(found.start[row, 0])
        place[part.role] = (start, start + len(part.sequence) - 1)
        broken += _judge_oligo(part.role, part.sequence, settings)
    missing = [role for role in ("F3", "F2", "F1c", "B1c", "B2", "B3") if role not in place]
    if missing:
        return [*broken, f"no site for {', '.join(missing)}"]
    if place["F3"][0] > place["B3"][0]:  # written on the other strand
        place = {role: (-end, -start) for role, (start, end) in place.items()}
    return broken + _judge_distances(place, settings)


_RULES = {"F3": "outer", "F2": "outer", "B2": "outer", "B3": "outer", "F1c": "inner", "B1c": "inner",
          "LF": "loop", "LB": "loop"}  # fmt: skip


def _judge_oligo(role: str, sequence: str, settings: LampSettings) -> list[str]:
    rules: OligoRules = getattr(settings, _RULES[role])
    melting = measure_duplex(sequence, settings.conditions).melting_celsius
    gc = sum(base in "GC" for base in sequence) / len(sequence)
    tests = (
        ("length", len(sequence), rules.shortest, rules.longest),
        ("share of G and C", round(gc, 2), rules.lowest_gc, rules.highest_gc),
        ("melting temperature", round(melting, 1), rules.lowest_melting, rules.highest_melting),
    )  # fmt: skip
    return [_told(f"{role} {name}", value, low, high) for name, value, low, high in tests if not low <= value <= high]


def _judge_distances(place: dict[str, tuple[int, int]], settings: LampSettings) -> list[str]:
    loops = (settings.shortest_loop, settings.longest_loop)
    tests = [
        ("gap F3 to F2", place["F2"][0] - place["F3"][1] - 1, 0, settings.longest_gap),
        ("gap B2 to B3", place["B3"][0] - place["B2"][1] - 1, 0, settings.longest_gap),
        ("loop F2 to F1", place["F1c"][0] - place["F2"][0], *loops),
        ("loop B2 to B1", place["B2"][1] - place["B1c"][1], *loops),
        ("region F2 to B2", place["B2"][1] - place["F2"][0] + 1, settings.shortest_region, settings.longest_region),
        ("middle F1 to B1", place["B1c"][0] - place["F1c"][1] - 1, 0, settings.widest_middle),
    ]
    if "LF" in place:
        inside = place["F2"][1] < place["LF"][0] and place["LF"][1] < place["F1c"][0]
        tests.append(("LF between F2 and F1", int(inside), 1, 1))
    if "LB" in place:
        inside = place["B1c"][1] < place["LB"][0] and place["LB"][1] < place["B2"][0]
        tests.append(("LB between B1 and B2", int(inside), 1, 1))
    return [_told(name, value, low, high) for name, value, low, high in tests if not low <= value <= high]


def _told(name: str, value: float, low: float, high: float) -> str:
    return f"{name} is {value:g}, wanted {low:g} to {high:g}"


def list_lamp_assays(assays: Sequence[Assay]) -> list[Assay]:
    """Give the assays that hold a whole LAMP set."""
    return [assay for assay in assays if {"FIP", "BIP"} <= {oligo.role for oligo in assay.oligos}]

"""Primers for loop-mediated amplification (LAMP): the best chains of sites, exactly."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design._kernels import best_chains, best_halves
from swanneck.diagnostics.design.candidates import Candidates, OligoRules, Target, find_candidates
from swanneck.diagnostics.design.objective import AssayDesign, AssaySettings, Draft, rank_drafts, refuse
from swanneck.diagnostics.search.amplicons import Background
from swanneck.folding.duplexes import DuplexConditions

__all__ = ["LampSettings", "design_lamp"]

_FAR = 1e8
_DRAFTS, _STEP = 240, 5


class LampSettings(AssaySettings):
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
    lowest_dimer: float = -9.0
    lowest_hairpin: float = -4.0
    apart: int = Field(30, ge=0)
    conditions: DuplexConditions = DuplexConditions(
        monovalent_molar=0.06, magnesium_molar=0.006, dntp_molar=0.0014, oligo_molar=100e-9
    )
    """Those of PrimerExplorer: 50 mM sodium and 4 mM magnesium free, 0.1 micromolar."""


def design_lamp(
    target: Target, settings: LampSettings | None = None, background: Sequence[Background] = ()
) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design LAMP sets (F3, F2, LF, F1c, B1c, LB, B2, B3; FIP and BIP) on genomes laid on a reference.

    Sites, distances and penalties make a chain F3-F2-(LF)-F1 | B1-(LB)-B2-B3. Each half is solved for every F1 (B1)
    and every length of its loop, and the halves are joined under the limits of the whole region, so that for every
    F1 the best chain of all is found; a genome that several primers miss counts for each of them there. The best
    chains are ranked anew with genomes missed counted once, dimers, hairpins and products in the background.

    Raises `InputError` where no chain keeps the rules, with what the rules have excluded.
    """
    settings = settings or LampSettings()
    layers = _layers(target, settings)
    killed = {f"{role}: {rule}": count for role, one in layers.items() for rule, count in one.killed.items()
              if role in ("F3", "B3", "F1c", "B1c", "LF", "LB")}  # fmt: skip
    chains = _chains(layers, len(target.consensus), settings)
    if not chains:
        sizes = ", ".join(f"{one.start.size} {role}" for role, one in layers.items())
        raise refuse(killed, kind="LAMP", why=f"no chain of these sites keeps the distances ({sizes})")
    drafts = []
    for numbers in chains:
        loops = sum(numbers[role] < 0 for role in ("LF", "LB"))
        parts = tuple((role, layers[role], number) for role, number in numbers.items() if number >= 0)
        drafts.append(Draft(parts, {"no loop primer": settings.no_loop * loops}))
    return rank_drafts(drafts, target, settings, background), killed


def _layers(target: Target, settings: LampSettings) -> dict[str, Candidates]:
    def _of(rules: OligoRules, *, reverse: bool, primer: bool) -> Candidates:
        return find_candidates(target, rules, settings.reach, reverse=reverse, primer=primer)

    forward = _of(settings.outer, reverse=False, primer=True)
    backward = _of(settings.outer, reverse=True, primer=True)
    return {
        "F3": forward, "F2": forward, "B2": backward, "B3": backward,
        "F1c": _of(settings.inner, reverse=True, primer=False),
        "B1c": _of(settings.inner, reverse=False, primer=False),
        "LF": _of(settings.loop, reverse=True, primer=True), "LB": _of(settings.loop, reverse=False, primer=True),
    }  # fmt: skip


def _chains(layers: dict[str, Candidates], size: int, settings: LampSettings) -> list[dict[str, int]]:
    """Give the best chain of some F1 of every few bases, as numbers by role (-1 none), the cheapest first."""
    costs = {role: one.penalty + settings.miss * one.missed for role, one in layers.items()}
    sites = {role: one.sites for role, one in layers.items()}
    options = (settings.no_loop, settings.shortest_loop, settings.longest_loop, settings.longest_gap)
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
    chains = []
    for number in _spread(totals, sites["F1c"]):
        b1, x, y = chosen[number].tolist()
        f2, f3, lf = left_parts[number, x].tolist()
        b2, b3, lb = (
            int(turns[role][part]) if part >= 0 else -1
            for role, part in zip(("B2", "B3", "LB"), right_parts[back[b1], y].tolist(), strict=True)
        )
        chains.append({"F3": f3, "F2": f2, "LF": lf, "F1c": number, "B1c": b1, "LB": lb, "B2": b2, "B3": b3})
    return chains


def _by_role(
    sites: dict[str, NDArray[np.int64]], costs: dict[str, NDArray[np.float64]], roles: tuple[str, ...]
) -> list[Any]:
    return [part for role in roles for part in (sites[role], costs[role])]


def _spread(totals: NDArray[np.float64], inner: NDArray[np.int64]) -> list[int]:
    kept: dict[int, int] = {}
    for number in np.argsort(totals, kind="stable").tolist():
        if totals[number] >= _FAR or len(kept) == _DRAFTS:
            break
        kept.setdefault(int(inner[number, 0]) // _STEP, number)
    return list(kept.values())

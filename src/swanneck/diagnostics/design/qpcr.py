"""Primers and a probe for quantitative PCR, or primers alone for PCR, that reach the most genomes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design._kernels import best_triples
from swanneck.diagnostics.design.candidates import Candidates, OligoRules, Target, find_candidates, take
from swanneck.diagnostics.design.objective import AssayDesign, AssaySettings, Draft, rank_drafts, refuse
from swanneck.diagnostics.search.amplicons import Background
from swanneck.folding.duplexes import DuplexConditions

__all__ = ["QpcrSettings", "design_qpcr", "draft_triples", "spread", "thin"]

_FAR = 1e8
_DRAFTS, _STEP = 240, 5


class QpcrSettings(AssaySettings):
    """The rules of a qPCR assay: primers near 60 degrees, a probe above them and an amplicon of 70 to 200 bases, as
    the guidelines of practice have it (Bustin and Huggett 2017, Biomol Detect Quantif 14:19).
    """

    primer: OligoRules = OligoRules()
    probe: OligoRules = OligoRules(
        shortest=18, longest=30, lowest_melting=64.0, highest_melting=71.0, best_melting=67.5, first_base="ACT"
    )
    """A probe melts 5 to 10 degrees above the primers."""
    with_probe: bool = True
    shortest_amplicon: int = Field(70, ge=40)
    longest_amplicon: int = Field(200, le=5000)
    probe_gap: int = Field(1, ge=0)
    conditions: DuplexConditions = DuplexConditions(oligo_molar=200e-9, magnesium_molar=0.003, dntp_molar=0.0008)


def design_qpcr(
    target: Target, settings: QpcrSettings | None = None, background: Sequence[Background] = ()
) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design assays on genomes laid on a reference: the best first, and what each rule has excluded.

    Oligos are stretches of the consensus. For every forward primer the best probe and reverse primer are found
    exactly, by the sum of penalties and of genomes missed; the best of these are ranked anew with their dimers,
    hairpins and products in the background.

    Raises `InputError` where no set keeps the rules, with the number of candidates that each has excluded.
    """
    settings = settings or QpcrSettings()
    forward = find_candidates(target, settings.primer, settings.reach)
    backward = find_candidates(target, settings.primer, settings.reach, reverse=True)
    probe = find_candidates(target, settings.probe, settings.reach, primer=False)
    kept = [thin(one, settings) for one in (forward, probe, backward)]
    roles = (
        ("forward primer", "probe", "reverse primer")
        if settings.with_probe
        else ("forward primer", "", "reverse primer")
    )
    killed = {f"{role}: {rule}": count for role, one in zip(roles, kept, strict=True) if role
              for rule, count in one.killed.items()}  # fmt: skip
    drafts = draft_triples(kept, target, settings, roles=("F", "P", "R"))
    killed["forward primer: no probe and reverse primer within the amplicon"] = kept[0].start.size - len(drafts)
    if not drafts:
        sizes = [len(one.start) for one in kept]
        why = f"of {sizes[0]} forward primers, {sizes[1]} probes and {sizes[2]} reverse primers none fit together"
        raise refuse(killed, kind="qPCR" if settings.with_probe else "PCR", why=why)
    return rank_drafts(spread(drafts), target, settings, background), killed


def draft_triples(
    kept: Sequence[Candidates], target: Target, settings: QpcrSettings, *, roles: tuple[str, str, str]
) -> list[Draft]:
    """Give for each forward primer the best set, the cheapest first; `kept` are primers, probes, reverse primers."""
    arguments: list[Any] = [part for one in kept for part in (one.sites, one.sets, one.penalty)]
    arguments += [settings.shortest_amplicon, settings.longest_amplicon, settings.probe_gap,
                  settings.miss * target.miss, settings.miss * target.even, settings.with_probe]  # fmt: skip
    chosen, costs = best_triples(*arguments)
    drafts = []
    for number in np.argsort(costs, kind="stable").tolist():
        if costs[number] >= _FAR:
            break
        numbers = (number, *chosen[number].tolist())
        parts = tuple((role, one, row) for role, one, row in zip(roles, kept, numbers, strict=True) if row >= 0)
        drafts.append(Draft(parts))
    return drafts


def spread(drafts: Sequence[Draft]) -> list[Draft]:
    """Keep the best set of every five bases, the best 240 in all: those that are held to dimers."""
    kept: dict[int, Draft] = {}
    for draft in drafts:
        _, one, number = draft.parts[0]
        kept.setdefault(int(one.start[number]) // _STEP, draft)
        if len(kept) == _DRAFTS:
            break
    return list(kept.values())


def thin(one: Candidates, settings: AssaySettings) -> Candidates:
    """Keep the best length of each place, by penalty and genomes missed, and leave out what reaches few."""
    missed = settings.miss * one.missed
    value: NDArray[np.float64] = one.penalty + missed
    place = one.start if not one.reverse else one.start + one.length
    order = np.lexsort((value, place))
    _, first = np.unique(place[order], return_index=True)
    best = order[first]
    cut = np.quantile(missed[best], 0.8) if best.size > 50 else np.inf
    few = missed[best] > cut
    told = {
        "a better length at its place": int(value.size - best.size),
        "reaches fewer genomes than most": int(few.sum()),
    }
    best = best[~few]
    return take(one, best[np.argsort(one.start[best], kind="stable")], **told)

"""RPA primers around a guide of Cas12a or Cas13a."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design._kernels import best_triples
from swanneck.diagnostics.design.candidates import Candidates, OligoRules, Reach, find_candidates, make_consensus
from swanneck.diagnostics.design.qpcr import AssayDesign, check_pairing, designed, pack_sets
from swanneck.diagnostics.design.stacking import Stack
from swanneck.folding.duplexes import DuplexConditions
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings

__all__ = ["RpaSettings", "design_rpa"]

_ANY_HEAT = {"lowest_melting": 20.0, "highest_melting": 100.0}


class RpaSettings(Settings):
    """The rules of RPA with detection by a Cas enzyme."""

    cas: Literal["cas12a", "cas13a"] = "cas12a"
    """Cas12a cuts DNA behind TTTV on the strand of its spacer (Zetsche et al. 2015, Cell 163:759); Cas13a cuts RNA
    where no G follows the protospacer 3' (Abudayyeh et al. 2016, Science 353:aaf5573)."""
    primer: OligoRules = OligoRules(shortest=30, longest=34, best_melting=66.0, longest_run=5, clamp=4, **_ANY_HEAT)
    """Primers of 30 to 35 bases without a melting temperature to keep (Piepenburg et al. 2006, PLoS Biol 4:e204)."""
    shortest_amplicon: int = Field(100, ge=70)
    longest_amplicon: int = Field(200, le=500)
    mismatches: int = Field(1, ge=0, le=5)
    three_prime: int = Field(2, ge=0, le=8)
    miss: float = Field(1.0, gt=0)
    lowest_dimer: float = -10.0
    lowest_hairpin: float = -5.0
    number: int = Field(5, ge=1)
    apart: int = Field(50, ge=0)
    conditions: DuplexConditions = DuplexConditions(magnesium_molar=0.014, dntp_molar=0.0018, oligo_molar=480e-9)


def design_rpa(stack: Stack, settings: RpaSettings | None = None) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design pairs of RPA primers with a guide between, on either strand; the best first.

    The spacer of the guide is given as DNA. Raises `InputError` where no set keeps the rules.
    """
    settings = settings or RpaSettings()
    consensus = make_consensus(stack)
    reach = Reach(settings.mismatches, settings.three_prime, settings.conditions)
    forward = find_candidates(stack, consensus, settings.primer, reach)
    backward = find_candidates(stack, consensus, settings.primer, reach, reverse=True)
    length = 20 if settings.cas == "cas12a" else 28
    rules = OligoRules(shortest=length, longest=length, lowest_gc=0.2, highest_gc=0.8, **_ANY_HEAT)
    guides = [_with_motif(find_candidates(stack, consensus, rules, reach, reverse=reverse, primer=False), consensus,
                          settings) for reverse in (False, True)]  # fmt: skip
    killed = {f"primer: {rule}": count for rule, count in forward.killed.items()}
    killed |= {f"guide: {rule}": count for guide in guides for rule, count in guide.killed.items()}
    starts = np.concatenate([guide.start for guide in guides])
    order = np.argsort(starts, kind="stable")
    first = guides[0].start.size
    sites = [_sites(forward), np.concatenate([_sites(guide) for guide in guides])[order], _sites(backward)]
    sets = [forward.reached, np.concatenate([guide.reached for guide in guides])[order], backward.reached]
    penalties = [forward.penalty / 4, np.zeros(order.size), backward.penalty / 4]
    miss = 100 * settings.miss / max(1, len(stack.names))
    arguments: list[Any] = []
    for site, reached, penalty in zip(sites, sets, penalties, strict=True):
        arguments += [site, pack_sets(reached), penalty]
    arguments += [settings.shortest_amplicon, settings.longest_amplicon, 0, miss, True]
    chosen, costs = best_triples(*arguments)
    designs: list[AssayDesign] = []
    for number in np.argsort(costs, kind="stable").tolist():
        if costs[number] >= 1e8 or len(designs) == 4 * settings.number:
            break
        begin = int(forward.start[number])
        if any(abs(begin + 1 - one.oligos[0].start) < settings.apart for one in designs):
            continue
        which = int(order[chosen[number, 0]])
        guide, row = (guides[0], which) if which < first else (guides[1], which - first)
        oligos = (
            designed("F", forward, number, consensus), designed("guide", guide, row, consensus),
            designed("R", backward, int(chosen[number, 1]), consensus),
        )  # fmt: skip
        everyone = forward.reached[number] & guide.reached[row] & backward.reached[chosen[number, 1]]
        name = f"{oligos[0].start}-{oligos[2].end}"
        missed = miss * float((~everyone).sum())
        reasons = {"oligos": float(costs[number]) - missed, "genomes missed": missed}
        designs.append(AssayDesign(name, oligos, float(everyone.mean()), float(costs[number]), reasons))
    if not designs:
        motif = "TTTV before it" if settings.cas == "cas12a" else "no G behind it"
        problem = f"no RPA primers fit around a guide with {motif}: {forward.start.size} forward and " \
                  f"{backward.start.size} reverse primers, {order.size} guides"  # fmt: skip
        raise InputError(problem, remedy="Widen the amplicon, or try the other enzyme")
    ranked = check_pairing(designs, settings.conditions, settings.lowest_dimer, lowest_hairpin=settings.lowest_hairpin)
    return ranked[: settings.number], killed


def _sites(one: Candidates) -> NDArray[np.int64]:
    return np.stack([one.start, one.start + one.length], axis=1)


def _with_motif(one: Candidates, consensus: str, settings: RpaSettings) -> Candidates:
    """Keep guides beside the motif that the enzyme wants, and count those that are not."""
    keep = np.array([_has_motif(one, number, consensus, settings) for number in range(one.start.size)], np.bool_)
    killed = {**one.killed, "motif beside the guide": int((~keep).sum())}
    return Candidates(one.start[keep], one.length[keep], one.melting[keep], one.gc[keep], one.reached[keep],
                      one.penalty[keep], one.reverse, killed)  # fmt: skip


def _has_motif(one: Candidates, number: int, consensus: str, settings: RpaSettings) -> bool:
    start, end = int(one.start[number]), int(one.start[number] + one.length[number])
    before, after = consensus[max(0, start - 4) : start], consensus[end : end + 4]
    if settings.cas == "cas12a":
        if one.reverse:
            return len(after) == 4 and after[1:] == "AAA" and after[0] in "TGC"
        return len(before) == 4 and before[:3] == "TTT" and before[3] in "ACG"
    # The spacer pairs with its target: what follows the protospacer 3' lies before the spacer's complement.
    flank = after[:1] if one.reverse else before[-1:]
    return flank != ("G" if one.reverse else "C")

"""RPA primers around a guide of Cas12a or Cas13a."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field

from swanneck.diagnostics.design._kernels import best_triples, keep_motifs, sum_each_missed
from swanneck.diagnostics.design.candidates import Candidates, OligoRules, Target, find_candidates, take
from swanneck.diagnostics.design.objective import AssayDesign, AssaySettings, Draft, rank_drafts, refuse
from swanneck.diagnostics.design.qpcr import spread, thin
from swanneck.diagnostics.search.amplicons import Background
from swanneck.folding.duplexes import DuplexConditions

__all__ = ["RpaSettings", "design_rpa", "find_guides", "has_motif"]

_ANY_HEAT = {"lowest_melting": 20.0, "highest_melting": 100.0, "per_degree": 0.0}
_FAR = 1e8
_MOTIFS = {
    ("cas12a", False): np.array([8, 8, 8, 7], np.uint8), ("cas12a", True): np.array([14, 1, 1, 1], np.uint8),
    ("cas13a", False): np.array([13], np.uint8), ("cas13a", True): np.array([11], np.uint8),
}  # fmt: skip
"""What stands beside a guide on the reference's strand, as masks: TTTV, or its complement; no G, or no C."""


class RpaSettings(AssaySettings):
    """The rules of RPA with detection by a Cas enzyme."""

    cas: Literal["cas12a", "cas13a"] = "cas12a"
    """Cas12a cuts DNA behind TTTV on the strand of its spacer (Zetsche et al. 2015, Cell 163:759); Cas13a cuts RNA
    where no G follows the protospacer 3' (Abudayyeh et al. 2016, Science 353:aaf5573)."""
    primer: OligoRules = OligoRules(shortest=30, longest=35, longest_run=5, clamp=4, **_ANY_HEAT)
    """Primers of 30 to 35 bases without a melting temperature to keep (Piepenburg et al. 2006, PLoS Biol 4:e204)."""
    guide: OligoRules = OligoRules(lowest_gc=0.2, highest_gc=0.8, longest_run=5, **_ANY_HEAT)
    """Spacers are 20 bases for Cas12a and 28 for Cas13a, as those papers used; lengths told here are not looked at."""
    seed: bool = True
    """Whether the bases of the guide that tolerate no mismatch must pair: the first five behind the motif of Cas12a
    (Zetsche et al. 2015), the middle six of Cas13a (Abudayyeh et al. 2016)."""
    shortest_amplicon: int = Field(100, ge=70)
    longest_amplicon: int = Field(200, le=500)
    lowest_dimer: float = -10.0
    lowest_hairpin: float = -5.0
    conditions: DuplexConditions = DuplexConditions(magnesium_molar=0.014, dntp_molar=0.0018, oligo_molar=480e-9)

    @property
    def seed_bases(self) -> tuple[int, int]:
        """The first base of the seed, from 0 at the spacer's 5' end, and how many it has."""
        if not self.seed:
            return 0, 0
        return (0, 5) if self.cas == "cas12a" else (11, 6)

    @property
    def spacer(self) -> int:
        """Bases of a spacer."""
        return 20 if self.cas == "cas12a" else 28


def design_rpa(
    target: Target, settings: RpaSettings | None = None, background: Sequence[Background] = ()
) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design pairs of RPA primers with a guide between, on either strand; the best first.

    The spacer of the guide is given as DNA. Raises `InputError` where no set keeps the rules.
    """
    settings = settings or RpaSettings()
    forward = find_candidates(target, settings.primer, settings.reach)
    backward = find_candidates(target, settings.primer, settings.reach, reverse=True)
    guides = find_guides(target, settings)
    forward, backward = (thin(one, settings) for one in (forward, backward))
    named = (("forward primer", forward), ("reverse primer", backward), ("guide", guides[0]),
             ("guide on the other strand", guides[1]))  # fmt: skip
    killed = {f"{role}: {rule}": count for role, one in named for rule, count in one.killed.items()}
    drafts = _draft(forward, guides, backward, settings=settings, target=target)
    killed["forward primer: no guide and reverse primer within the amplicon"] = forward.start.size - len(drafts)
    if not drafts:
        motif = "TTTV before it" if settings.cas == "cas12a" else "no G behind it"
        number = sum(guide.start.size for guide in guides)
        why = (f"{forward.start.size} forward and {backward.start.size} reverse primers, {number} guides with {motif}, "
               f"and none fit together")  # fmt: skip
        raise refuse(killed, kind="RPA", why=why)
    return rank_drafts(spread(drafts), target, settings, background), killed


def find_guides(target: Target, settings: RpaSettings) -> tuple[Candidates, Candidates]:
    """List the guides that lie beside the motif of the enzyme, on the one strand and on the other.

    A genome is reached where the motif is there too, and the seed of the guide pairs.
    """
    rules = settings.guide.model_copy(update={"shortest": settings.spacer, "longest": settings.spacer})
    found = [
        find_candidates(target, rules, settings.reach, reverse=reverse, primer=False, seed=settings.seed_bases)
        for reverse in (False, True)
    ]
    return _with_motif(found[0], target, settings), _with_motif(found[1], target, settings)


def _draft(
    forward: Candidates,
    guides: tuple[Candidates, Candidates],
    backward: Candidates,
    *,
    settings: RpaSettings,
    target: Target,
) -> list[Draft]:
    order = np.argsort(np.concatenate([guide.start for guide in guides]), kind="stable")
    first = guides[0].start.size
    sites, sets, mixture = (
        np.concatenate(both)[order]
        for both in zip(*((one.sites, one.sets, one.penalty) for one in guides), strict=True)
    )
    primers = [(one.sites, one.sets, one.penalty) for one in (forward, backward)]
    arguments: list[Any] = [*primers[0], sites, sets, mixture, *primers[1], settings.shortest_amplicon,
                            settings.longest_amplicon, 0, settings.miss * target.miss, settings.miss * target.even,
                            True]  # fmt: skip
    chosen, costs = best_triples(*arguments)
    drafts = []
    for number in np.argsort(costs, kind="stable").tolist():
        if costs[number] >= _FAR:
            break
        which = int(order[chosen[number, 0]])
        guide, row = (guides[0], which) if which < first else (guides[1], which - first)
        drafts.append(Draft((("F", forward, number), ("guide", guide, row), ("R", backward, int(chosen[number, 1])))))
    return drafts


def _with_motif(one: Candidates, target: Target, settings: RpaSettings) -> Candidates:
    """Keep guides beside the motif that the enzyme wants, and count those that are not.

    A genome without the motif is not reached.
    """
    spans = zip(one.start.tolist(), (one.start + one.length).tolist(), strict=True)
    beside = [has_motif(target.consensus, *span, settings.cas, reverse=one.reverse) for span in spans]
    keep = np.array(beside, np.bool_)
    motif = _MOTIFS[settings.cas, one.reverse]
    sets = one.sets.copy()
    keep_motifs(target.stack.bases, one.start + one.length if one.reverse else one.start - motif.size, motif, sets)
    kept = take(replace(one, sets=sets, missed=sum_each_missed(sets, target.miss, target.even)), keep)
    kept.killed["motif beside the guide"] = int((~keep).sum())
    return kept


def has_motif(consensus: str, start: int, end: int, cas: str, *, reverse: bool) -> bool:
    """Tell whether what stands beside a spacer at `start` to `end` (from 0, behind the last) suits the enzyme.

    >>> has_motif("TTTAACGTACGTACGTACGTACGT", 4, 24, "cas12a", reverse=False)
    True
    """
    before, after = consensus[max(0, start - 4) : start], consensus[end : end + 4]
    if cas == "cas12a":
        if reverse:
            return len(after) == 4 and after[1:] == "AAA" and after[0] in "TGC"
        return len(before) == 4 and before[:3] == "TTT" and before[3] in "ACG"
    # The spacer pairs with its target: what follows the protospacer 3' lies before the spacer's complement.
    flank = after[:1] if reverse else before[-1:]
    return flank != ("G" if reverse else "C")

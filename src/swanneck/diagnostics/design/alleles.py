"""Assays that tell a mutation from the wild type: allele-specific primers, or a pair of probes."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from swanneck.diagnostics.design.candidates import Candidates, OligoRules, Target, find_candidates, take
from swanneck.diagnostics.design.mutations import Mutation
from swanneck.diagnostics.design.objective import AssayDesign, Draft, rank_drafts, refuse
from swanneck.diagnostics.design.qpcr import QpcrSettings, draft_triples, spread, thin
from swanneck.diagnostics.design.stacking import Stack
from swanneck.diagnostics.search.amplicons import Background
from swanneck.folding.duplexes import reverse_complement
from swanneck.folding.pairing.dimers import measure_dimers

__all__ = ["AlleleSettings", "design_alleles", "destabilise"]

_STRENGTH = {frozenset("AG"): 2, frozenset("CT"): 2, frozenset("AC"): 0, frozenset("GT"): 0, frozenset("A"): 1,
             frozenset("C"): 1, frozenset("G"): 1, frozenset("T"): 1}  # fmt: skip
"""How much a mismatch at the 3' end keeps a polymerase from priming: 2 strong, 0 weak (Little 2001)."""


class AlleleSettings(QpcrSettings):
    """The rules of assays for a mutation: those of qPCR, with more room for what must lie on the mutation."""

    tell_by: Literal["primer", "probe"] = "probe"
    """A primer whose last base is the mutated one (Newton et al. 1989, Nucleic Acids Res 17:2503), or a probe with
    the mutation in its middle third (Livak 1999, Genet Anal 14:143)."""
    extra_mismatch: bool = True
    """A mismatch on the last base but one of an allele-specific primer, which lets the other allele down (Little 2001,
    Curr Protoc Hum Genet 9.8)."""
    probe: OligoRules = OligoRules(
        shortest=16, longest=32, lowest_melting=61.0, highest_melting=71.0, best_melting=66.0, lowest_gc=0.25,
        first_base="ACT", longest_run=5,
    )  # fmt: skip
    """Wider than for other probes, since it must lie on the mutation."""
    discrimination: float = Field(3.0, ge=0)
    """kcal/mol by which a probe should pair better with its own allele; every one less costs one. Choice of ours."""


def design_alleles(
    target: Target, mutation: Mutation, settings: AlleleSettings | None = None, background: Sequence[Background] = ()
) -> tuple[list[AssayDesign], dict[str, int]]:
    """Design assays in which one oligo reads the mutation and a second, `_wild` in its role, the wild type.

    Whom an oligo reaches is judged by all genomes, as if each had the allele that the oligo is for: genomes with a
    mutation are few when an assay for it is wanted.

    Raises `InputError` where no set keeps the rules.
    """
    settings = settings or AlleleSettings()
    as_mutant = _with_allele(target, mutation)
    first, end = mutation.position - 1, mutation.position - 1 + len(mutation.new)
    primers = [
        find_candidates(as_mutant, settings.primer, settings.reach, reverse=reverse) for reverse in (False, True)
    ]
    probes = [find_candidates(as_mutant, settings.probe, settings.reach, reverse=reverse, primer=False)
              for reverse in (False, True)]  # fmt: skip
    killed = {f"{role}: {rule}": count for role, one in (("primer", primers[0]), ("probe", probes[0]))
              for rule, count in one.killed.items()}  # fmt: skip
    if settings.tell_by == "primer":
        drafts = _draft_primers(primers, probes[0], as_mutant, mutation, settings=settings, killed=killed)
    else:
        drafts = []
        flanks = [thin(_clear(one, first, end), settings) for one in primers]
        with_probe = settings.model_copy(update={"with_probe": True})
        for probe in probes:
            third = probe.length // 3
            on_it = (probe.start + third <= first) & (probe.start + probe.length - third >= end)
            found = draft_triples([flanks[0], take(probe, on_it), flanks[1]], as_mutant, with_probe,
                                  roles=("F", "P", "R"))  # fmt: skip
            drafts += [_swap_probe(draft, mutation, settings) for draft in found]
            killed["probe: mutation is not in its middle third"] = int((~on_it).sum())
    if not drafts:
        raise refuse(killed, kind=f"allele-specific ({settings.tell_by})", why=f"no oligo fits on {mutation.name}")
    one_place = settings.model_copy(update={"apart": min(settings.apart, 5)})
    return rank_drafts(spread(drafts), as_mutant, one_place, background), killed


def _draft_primers(
    primers: list[Candidates], probe: Candidates, target: Target, mutation: Mutation, *, settings: AlleleSettings,
    killed: dict[str, int],
) -> list[Draft]:  # fmt: skip
    """Give sets of which the one or the other primer ends on the mutation."""
    first, end = mutation.position - 1, mutation.position - 1 + len(mutation.new)
    drafts: list[Draft] = []
    ends = (primers[0].start + primers[0].length == end, primers[1].start == first)
    for role, one, on_it in zip(("F", "R"), primers, ends, strict=True):
        kept = [thin(other, settings) for other in (primers[0], probe, primers[1])]
        kept[0 if role == "F" else 2] = take(one, on_it)
        found = draft_triples(kept, target, settings, roles=("F", "P", "R"))
        drafts += [_swap_primer(draft, role, mutation, settings=settings) for draft in found]
        killed[f"{role}: last base is not that of the mutation"] = int((~on_it).sum())
    return drafts


def _with_allele(target: Target, mutation: Mutation) -> Target:
    """Give the target with the mutation in all genomes in which something is known there."""
    masks = np.array([1 << "ACGT".index(base) for base in mutation.new], np.uint8)
    begin = mutation.position - 1
    bases = target.stack.bases.copy()
    columns = bases[:, begin : begin + masks.size]
    bases[:, begin : begin + masks.size] = np.where(columns & 15, (columns & 16) | masks, columns)
    consensus = target.consensus[:begin] + mutation.new + target.consensus[begin + masks.size :]
    stack = Stack(target.stack.names, bases, target.stack.left_out, target.stack.reference)
    return Target(stack, target.miss, consensus)


def _clear(one: Candidates, first: int, end: int) -> Candidates:
    """Leave out what lies on the mutation."""
    rows: NDArray[np.bool_] = (one.start >= end) | (one.start + one.length <= first)
    return take(one, rows)


def _wild_word(word: str, start: int, mutation: Mutation, *, reverse: bool) -> str:
    """Put the old bases of a mutation into an oligo, 5' to 3', that lies at `start` of the reference."""
    plain = reverse_complement(word) if reverse else word
    place = mutation.position - 1 - start
    plain = plain[:place] + mutation.old + plain[place + len(mutation.old) :]
    return reverse_complement(plain) if reverse else plain


def destabilise(word: str, other_end: str) -> str:
    """Change the last base but one of a primer so that it hardly primes on the other allele.

    `other_end` is the last base that a primer for the other allele has. A weak mismatch at the end takes a strong one
    beside it, a strong one a weak, one of medium strength a medium (Little 2001).

    >>> destabilise("ACGTA", "G")
    'ACGGA'
    """
    strength = _STRENGTH[frozenset((word[-1], reverse_complement(other_end)))]
    paired = reverse_complement(word[-2])
    choices = [base for base in "ACGT" if base != word[-2]]
    best = min(choices, key=lambda base: abs(_STRENGTH[frozenset((base, paired))] - (2 - strength)))
    return word[:-2] + best + word[-1]


def _swap_primer(draft: Draft, role: str, mutation: Mutation, *, settings: AlleleSettings) -> Draft:
    one, number = next((one, number) for name, one, number in draft.parts if name == role)
    mutant = one.sequence(number)
    wild = _wild_word(mutant, int(one.start[number]), mutation, reverse=one.reverse)
    ends = f"{mutant[-1]} for the mutation, {wild[-1]} for the wild type"
    if settings.extra_mismatch:
        mutant, wild = destabilise(mutant, wild[-1]), destabilise(wild, mutant[-1])
    facts = {"3' base of the allele primers": ends}
    return Draft(draft.parts, draft.extra, facts, {role: mutant}, ((f"{role}_wild", wild, role),))


def _swap_probe(draft: Draft, mutation: Mutation, settings: AlleleSettings) -> Draft:
    one, number = next((one, number) for name, one, number in draft.parts if name == "P")
    mutant = one.sequence(number)
    wild = _wild_word(mutant, int(one.start[number]), mutation, reverse=one.reverse)
    sites = [reverse_complement(mutant), reverse_complement(wild)]
    plain = not set(mutant + wild) - set("ACGT")
    energy = measure_dimers([mutant, wild], sites, None, settings.conditions).free_energy() if plain else None
    apart = float(min(energy[1] - energy[0], energy[2] - energy[3])) if energy is not None else float("nan")
    cost = max(0.0, settings.discrimination - apart) if energy is not None else settings.discrimination
    told = {"probes tell the alleles apart by": f"{apart:.1f} kcal/mol"} if energy is not None else {}
    return Draft(draft.parts, {**draft.extra, "alleles hard to tell apart": cost}, told, {}, (("P_wild", wild, "P"),))

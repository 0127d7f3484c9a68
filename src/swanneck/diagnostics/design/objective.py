"""One objective for every kind of assay: what adds to the cost of a set of oligos, and the best sets apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pydantic import Field

from swanneck.diagnostics.design.candidates import Candidates, Reach, Target
from swanneck.diagnostics.search.amplicons import (
    Amplicon,
    Background,
    Reaction,
    expand_oligo,
    predict_products,
)
from swanneck.folding.duplexes import DuplexConditions, measure_duplex
from swanneck.folding.pairing.dimers import measure_dimers, measure_hairpins
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings

__all__ = [
    "AssayDesign", "AssaySettings", "DesignedOligo", "Draft", "cost_dimers", "rank_drafts", "react", "refuse",
]  # fmt: skip

_HALVES = ("F2", "F1c", "B2", "B1c")
_PROBES = ("P", "guide", "P_wild")
_MOST_PAIRED = 16
_SCREENED = 12


class AssaySettings(Settings):
    """What all kinds of assays share. The cost of a set is the sum of the penalties; where no paper is named, the
    values are choices of ours.
    """

    mismatches: int = Field(1, ge=0, le=5)
    three_prime: int = Field(2, ge=0, le=8)
    """Last bases of a primer that must pair in a genome that is reached (Stadhouders et al. 2010)."""
    degenerate: int = Field(1, ge=1, le=64)
    """Oligos that a mixture may be at most, written with IUPAC codes; 1 allows none. Each doubling costs a half."""
    miss: float = Field(1.0, gt=0)
    """Penalty for one percent of the genomes that is not reached; one degree off the best temperature is 0.5."""
    lowest_dimer: float = -7.0
    """kcal/mol at 37 degrees: every one by which a dimer is stabler costs one."""
    lowest_hairpin: float = -3.0
    product: float = Field(20.0, ge=0)
    """Penalty for a product in the background that binds without mismatch; each mismatch halves it, and it is a
    quarter where no probe, guide or inner site binds."""
    number: int = Field(5, ge=1, le=100)
    """Assays to give; they begin at least `apart` bases from each other."""
    apart: int = Field(50, ge=0)
    conditions: DuplexConditions = DuplexConditions()

    @property
    def reach(self) -> Reach:
        """When an oligo reaches a genome."""
        return Reach(self.mismatches, self.three_prime, self.degenerate, self.conditions)


@dataclass(frozen=True)
class DesignedOligo:
    """One oligo, 5' to 3' (IUPAC codes where it is a mixture): its site on the reference (from 1) and its figures.

    Melting temperature in degrees Celsius (`melting` of the consensus, and the range of a mixture), share of G and C,
    share of the genomes that it reaches, free energies of its hairpin and of the dimer with itself in kcal/mol at 37
    degrees. An inner primer of LAMP binds in two halves and has no melting temperature.
    """

    role: str
    sequence: str
    start: int
    end: int
    melting: float
    gc: float
    reached: float
    melting_range: tuple[float, float] = (float("nan"), float("nan"))
    hairpin: float = 0.0
    dimer: float = 0.0


@dataclass(frozen=True)
class AssayDesign:
    """One assay: its oligos, the share of genomes that all of them reach, its cost, and what adds up to that.

    `facts` are what the reasons rest on; `products` what it would amplify in the background; `missed` the genomes that
    one of the oligos does not reach.
    """

    name: str
    oligos: tuple[DesignedOligo, ...]
    reached: float
    cost: float
    reasons: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    products: tuple[Amplicon, ...] = ()
    missed: tuple[str, ...] = ()

    @property
    def ordered(self) -> tuple[DesignedOligo, ...]:
        """The oligos as they are ordered: the halves of inner primers are not among them."""
        return tuple(oligo for oligo in self.oligos if oligo.role not in _HALVES)


@dataclass(frozen=True)
class Draft:
    """A set of candidates: role, candidates and the number among them, and penalties that the set brings itself.

    `changed` are sequences that an oligo has instead of its site's, by role; `more` further oligos at the site of one
    of the parts: role, sequence, and that part's role.
    """

    parts: tuple[tuple[str, Candidates, int], ...]
    extra: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    more: tuple[tuple[str, str, str], ...] = ()


def refuse(killed: dict[str, int], *, kind: str, why: str) -> InputError:
    """Give the error that no assay keeps the rules, with what each rule has excluded, the most first."""
    told = "; ".join(f"{rule} {count}" for rule, count in sorted(killed.items(), key=lambda one: -one[1])[:8] if count)
    problem = f"no {kind} assay keeps the rules: {why}" + (f" (candidates excluded: {told})" if told else "")
    return InputError(problem, remedy="Loosen the rule that excludes most, or give a longer target")


def rank_drafts(
    drafts: Sequence[Draft], target: Target, settings: AssaySettings, background: Sequence[Background] = ()
) -> list[AssayDesign]:
    """Give the best sets apart from each other, with the reason for each number; the reasons sum to the cost.

    All drafts are held to coverage, melting, dimers and hairpins; the best dozen for each that is wanted then to the
    background.
    """
    designs = sorted((_write(draft, target, settings) for draft in drafts), key=lambda one: one.cost)
    designs = sorted(_pair(designs, settings), key=lambda one: one.cost)
    if background:
        screened = _apart(designs, settings, many=_SCREENED * settings.number)
        designs = sorted(_search(screened, settings, background), key=lambda one: one.cost)
    return _apart(designs, settings, many=settings.number)


def _apart(designs: Sequence[AssayDesign], settings: AssaySettings, *, many: int) -> list[AssayDesign]:
    kept: list[AssayDesign] = []
    for design in designs:
        place = design.oligos[0].start
        if all(abs(place - other.oligos[0].start) >= settings.apart for other in kept):
            kept.append(design)
            if len(kept) == many:
                break
    return kept


def _write(draft: Draft, target: Target, settings: AssaySettings) -> AssayDesign:
    oligos = {role: _oligo(role, one, number, settings) for role, one, number in draft.parts}
    for role, word, like in draft.more:
        oligos[role] = _rewrite(oligos[like], role, word, settings)
    for role, word in draft.changed.items():
        oligos[role] = _rewrite(oligos[role], role, word, settings)
    everyone = np.bitwise_and.reduce(np.array([one.sets[number] for _, one, number in draft.parts]), axis=0)
    bits = np.unpackbits(everyone.astype("<u8").view(np.uint8), bitorder="little")[: target.miss.size]
    missed = float(target.miss[bits == 0].sum())
    for name, inner, outer in (("FIP", "F1c", "F2"), ("BIP", "B1c", "B2")):
        if inner in oligos and outer in oligos:
            oligos[name] = _join(name, oligos[inner], oligos[outer])
    reasons = {
        "melting temperature, G and C": float(sum(one.off_rules[number] for _, one, number in draft.parts)),
        "degenerate bases": float(sum(one.mixture[number] for _, one, number in draft.parts)),
        "genomes missed": settings.miss * missed,
        **draft.extra,
    }
    start, end = min(one.start for one in oligos.values()), max(one.end for one in oligos.values())
    names = tuple(target.stack.names[number] for number in np.flatnonzero(bits == 0))
    return AssayDesign(f"{start}-{end}", tuple(oligos.values()), max(0.0, 1 - missed / 100), sum(reasons.values()),
                       reasons, dict(draft.facts), missed=names)  # fmt: skip


def _oligo(role: str, one: Candidates, number: int, settings: AssaySettings) -> DesignedOligo:
    start, end = int(one.start[number]), int(one.start[number] + one.length[number])
    sequence = one.sequence(number)
    heat = [measure_duplex(word, settings.conditions).melting_celsius for word in expand_oligo(sequence)]
    return DesignedOligo(
        role, sequence, start + 1, end, round(float(one.melting[number]), 2), round(float(one.gc[number]), 3),
        max(0.0, 1 - float(one.missed[number]) / 100), (round(min(heat), 2), round(max(heat), 2)),
    )  # fmt: skip


def _rewrite(one: DesignedOligo, role: str, word: str, settings: AssaySettings) -> DesignedOligo:
    """Give an oligo another sequence at the same site; a changed base that does not pair there is not counted."""
    heat = [measure_duplex(plain, settings.conditions).melting_celsius for plain in expand_oligo(word)]
    gc = round(sum(base in "GCS" for base in word) / len(word), 3)
    return replace(one, role=role, sequence=word, gc=gc, melting=round(heat[0], 2),
                   melting_range=(round(min(heat), 2), round(max(heat), 2)))  # fmt: skip


def _join(name: str, inner: DesignedOligo, outer: DesignedOligo) -> DesignedOligo:
    strong = inner.gc * len(inner.sequence) + outer.gc * len(outer.sequence)
    gc = round(strong / (len(inner.sequence) + len(outer.sequence)), 3)
    return DesignedOligo(
        name, inner.sequence + outer.sequence, min(inner.start, outer.start), max(inner.end, outer.end),
        float("nan"), gc, min(inner.reached, outer.reached),
    )  # fmt: skip


def cost_dimers(first: Sequence[str], second: Sequence[str], settings: AssaySettings) -> tuple[float, float]:
    """Give the penalty of all dimers between two lists of oligos, and the stablest, in kcal/mol."""
    one, two = (list(dict.fromkeys(word for oligo in some for word in expand_oligo(oligo)[:_MOST_PAIRED]))
                for some in (first, second))  # fmt: skip
    energies = measure_dimers(one, two, None, settings.conditions).free_energy()
    return float(np.maximum(0, settings.lowest_dimer - energies).sum()), float(energies.min(initial=0.0))


def _pair(designs: list[AssayDesign], settings: AssaySettings) -> list[AssayDesign]:
    """Add dimers and hairpins: one for every kcal/mol by which one is stabler than allowed. All in one call."""
    words: dict[str, int] = {}
    rows: list[tuple[int, int]] = []
    spans: list[list[tuple[int, int, int]]] = []
    for design in designs:
        variants = [[words.setdefault(word, len(words)) for word in expand_oligo(oligo.sequence)[:_MOST_PAIRED]]
                    for oligo in design.ordered]  # fmt: skip
        own = []
        for i, one in enumerate(variants):
            for j in range(i, len(variants)):
                own.append((i, j, len(rows)))
                rows += [(a, b) for a in one for b in variants[j]]
        spans.append([*own, (-1, -1, len(rows))])
    if not designs:
        return []
    listed = list(words)
    dimers = measure_dimers(listed, listed, np.array(rows, np.int64), settings.conditions).free_energy()
    hairpins = measure_hairpins(listed, settings.conditions).free_energy()
    return [_with_pairing(design, span, dimers.tolist(), settings=settings,
                          hairpins={word: float(hairpins[number]) for word, number in words.items()})
            for design, span in zip(designs, spans, strict=True)]  # fmt: skip


def _with_pairing(
    design: AssayDesign, spans: list[tuple[int, int, int]], dimers: list[float], *, settings: AssaySettings,
    hairpins: dict[str, float],
) -> AssayDesign:  # fmt: skip
    cost, worst, worst_pair = 0.0, 0.0, ""
    own_dimer: dict[str, float] = {}
    for (i, j, begin), (_, _, end) in zip(spans[:-1], spans[1:], strict=True):
        energy = min(dimers[begin:end], default=0.0)
        one, two = design.ordered[i].role, design.ordered[j].role
        if i == j:
            own_dimer[one] = energy
        if energy < worst:
            worst, worst_pair = energy, one if i == j else f"{one} with {two}"
        cost += max(0.0, settings.lowest_dimer - energy)
    own = {oligo.role: min(hairpins[word] for word in expand_oligo(oligo.sequence)[:_MOST_PAIRED])
           for oligo in design.ordered}  # fmt: skip
    folded = min(own, key=own.__getitem__)
    reasons = {**design.reasons, "dimers": cost,
               "hairpins": sum(max(0.0, settings.lowest_hairpin - energy) for energy in own.values())}  # fmt: skip
    facts = {**design.facts, "stablest dimer": f"{worst:.1f} kcal/mol" + (f", {worst_pair}" if worst_pair else ""),
             "stablest hairpin": f"{own[folded]:.1f} kcal/mol, {folded}"}  # fmt: skip
    oligos = tuple(
        replace(oligo, hairpin=round(own.get(oligo.role, 0.0), 2), dimer=round(own_dimer.get(oligo.role, 0.0), 2))
        for oligo in design.oligos
    )  # fmt: skip
    return replace(design, oligos=oligos, cost=sum(reasons.values()), reasons=reasons, facts=facts)


def react(oligos: dict[str, str]) -> Reaction:
    """Sort the oligos of an assay by role into what amplifies and what detects.

    >>> sorted(react({"F": "A", "R": "C", "P": "G"}).probes)
    ['P']
    """
    outer = ("F2", "B2") if "F2" in oligos else tuple(role for role in oligos if role not in _PROBES)
    primers = {role: word for role, word in oligos.items() if role in outer}
    probes = {role: word for role, word in oligos.items() if role not in outer}
    return Reaction(primers, probes)


def _search(
    designs: Sequence[AssayDesign], settings: AssaySettings, background: Sequence[Background]
) -> list[AssayDesign]:
    reactions = [react({oligo.role: oligo.sequence for oligo in design.oligos if oligo.role not in ("FIP", "BIP")})
                 for design in designs]  # fmt: skip
    found: list[list[Amplicon]] = [[] for _ in designs]
    for one in background:
        for own, products in zip(found, predict_products(reactions, one), strict=True):
            own += products
    finished = []
    for design, reaction, products in zip(designs, reactions, found, strict=True):
        cost = sum(settings.product * 0.5**one.mismatches * (1.0 if one.with_probe or not reaction.probes else 0.25)
                   for one in products)  # fmt: skip
        reasons = {**design.reasons, "background": cost}
        facts = {**design.facts, "products in the background": str(len(products))}
        finished.append(replace(design, cost=sum(reasons.values()), reasons=reasons, facts=facts,
                                products=tuple(products)))  # fmt: skip
    return finished

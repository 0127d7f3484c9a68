"""What a genome has changed at an oligo's site: which bases, where in the reference, and how grave it is."""

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from pydantic import Field

from swanneck.diagnostics.monitoring.binding import Binding, Home
from swanneck.diagnostics.monitoring.parts import Part
from swanneck.folding.duplexes import reverse_complement
from swanneck.foundation.settings import Settings

__all__ = ["LEVELS", "Change", "Level", "MonitorSettings", "judge_binding", "list_changes"]

Level = Literal["note", "warning", "alarm"]
LEVELS: tuple[Level, ...] = ("note", "warning", "alarm")
"""From harmless to a failure that must be expected."""

_INNER_HALVES = ("F1c", "B1c")


class MonitorSettings(Settings):
    """When a change at an oligo's site is grave, and when it is common enough to raise an alarm."""

    three_prime: int = Field(3, ge=1, le=10)
    """Last bases of a primer that must pair. Mismatches there cost most (Stadhouders et al. 2010, J Mol Diagn 12:109);
    for LAMP also the first bases of F1c and B1c, from which the loops are primed (Notomi et al. 2000)."""
    primer_mismatches: int = Field(3, ge=0)
    """More mismatches than this in a primer are a failure: four block a reaction (Lefever et al. 2013, Clin Chem
    59:1470)."""
    probe_mismatches: int = Field(1, ge=0)
    """More mismatches than this in a probe or guide are a failure: two lower a hydrolysis probe's melting temperature
    by some 10 degrees (choice of ours)."""
    alarm_share: float = Field(0.05, gt=0, le=1)
    """Share of the genomes, of all or of a group, at which a change is reported (choice of ours)."""
    least_changed: int = Field(3, ge=1)
    """Genomes of a group that must have a change: one or two may be sequencing errors."""
    least_genomes: int = Field(5, ge=1)
    """Genomes of which the site is known that a group must have to be judged by itself."""


@dataclass(frozen=True)
class Change:
    """One difference between an oligo and a genome.

    `start` and `end` are places in the reference, from 1, 0 where the reference has none. `text` writes it on the
    reference's strand. `place` says where in the oligo: `3' end`, `5' end`, `middle`, `probe`, `guide`; `kind` is
    substitution, deletion, insertion or absent. `from_end` counts the bases between it and the oligo's 3' end.
    """

    kind: str
    start: int
    end: int
    text: str
    place: str
    from_end: int

    @property
    def category(self) -> str:
        """The class of the change in a word or two: its kind where that is grave in itself, else its place."""
        return {"substitution": self.place, "absent": "no site"}.get(self.kind, self.kind)


def list_changes(part: Part, home: Home, binding: Binding, settings: MonitorSettings) -> list[Change]:
    """List the changes of a binding, in the oligo's direction: every base that differs, every deletion, insertion.

    >>> home = Home("", "", False, tuple(range(101, 109)), "ACGTACGT", 0)
    >>> part = Part("N", "N-F", "F", "ACGTACGT")
    >>> [(change.text, change.category) for change in list_changes(part, home, Binding("......C."), MonitorSettings())]
    [('G107C', "3' end")]
    """
    if binding.kind != "site":
        return []
    length = len(part.sequence)
    found = []
    kinds = ["deletion" if sign == "-" else "" if sign in ".?" else "substitution" for sign in binding.pattern]
    for kind, run in groupby(range(length), key=kinds.__getitem__):
        bases = list(run)
        if kind == "deletion":
            found.append(_change(kind, bases, part, home, binding=binding, settings=settings))
        elif kind:
            found += [_change(kind, [base], part, home, binding=binding, settings=settings) for base in bases]
    for after, extra in binding.insertions:
        text, start, end = _insertion(after, extra, home)
        found.append(Change("insertion", start, end, text, "middle", length - after))
    return found


def _change(
    kind: str, bases: list[int], part: Part, home: Home, *, binding: Binding, settings: MonitorSettings
) -> Change:
    places = sorted(position for position in (home.positions[base] for base in bases) if position)
    start, end = (places[0], places[-1]) if places else (0, 0)
    from_end = len(part.sequence) - 1 - bases[-1]
    where = str(start) if start == end else f"{start}-{end}"
    if kind == "deletion":
        text = f"deletion {where} ({len(bases)} nt)"
    else:
        text = _substitution(bases[0], part, home, binding)
    return Change(kind, start, end, text, _place(part, bases[0], from_end, settings), from_end)


def _substitution(base: int, part: Part, home: Home, binding: Binding) -> str:
    oligo, old, new, where = part.sequence[base], home.bases[base], binding.pattern[base], home.positions[base]
    if home.reverse:
        oligo, old, new = reverse_complement(oligo), reverse_complement(old), reverse_complement(new)
    return f"{where} oligo {oligo}, genome {new}" if old in (new, "-") else f"{old}{where}{new}"


def _insertion(after: int, extra: str, home: Home) -> tuple[str, int, int]:
    """Name what the genome has more; where the reference has it as well, the oligo was made for its absence."""
    before, behind = sorted((home.positions[after - 1], home.positions[after]))
    extra = reverse_complement(extra) if home.reverse else extra
    if behind - before == len(extra) + 1:
        start, end = before + 1, behind - 1
        return f"{start}-{end} {extra} is there, the oligo is made for its deletion", start, end
    return f"insertion of {extra} after {before}", before, behind


def _place(part: Part, first: int, from_end: int, settings: MonitorSettings) -> str:
    if not part.is_primer:
        return "probe" if part.role == "P" else "guide"
    if from_end < settings.three_prime and part.role not in _INNER_HALVES:
        return "3' end"
    if first < settings.three_prime:
        return "5' end"
    return "middle"


def judge_binding(part: Part, binding: Binding, change: Change | None, settings: MonitorSettings) -> Level:
    """Say how grave a change is, given all the changes of its site; None stands for an absent site.

    >>> part, change = Part("N", "N-F", "F", "ACGTACGT"), Change("substitution", 107, 107, "G107C", "3' end", 1)
    >>> judge_binding(part, Binding("......C."), change, MonitorSettings())
    'alarm'
    """
    if change is None or change.kind != "substitution" or change.place == "3' end":
        return "alarm"
    if part.role in _INNER_HALVES and change.place == "5' end":
        return "alarm"
    if not part.is_primer:
        if binding.mismatches > settings.probe_mismatches:
            return "alarm"
        outer = min(change.from_end, len(part.sequence) - 1 - change.from_end) < settings.three_prime
        return "note" if outer else "warning"
    if binding.mismatches > settings.primer_mismatches:
        return "alarm"
    return "warning" if binding.mismatches > 1 else "note"

"""What assays would amplify in a background: in-silico PCR, and LAMP by the order and distances of its sites."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.search.off_targets import OffTargets, find_off_targets
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord

__all__ = ["Amplicon", "Background", "Reaction", "Searchable", "expand_oligo", "predict_amplicons", "predict_products"]

_IUPAC = {
    "A": "A", "C": "C", "G": "G", "T": "T", "U": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
_MOST_VARIANTS = 256
_LONGEST_LAMP = 400


@dataclass(frozen=True)
class Amplicon:
    """What two oligos of an assay would amplify: where (from 1), how long, with how many mismatches in the two.

    `with_probe`: what detects it binds there too: the probe or guide, or for LAMP both F1c and B1c in order. `parts`
    are the roles of all that bind inside in their place.
    """

    record: str
    start: int
    end: int
    forward: str
    backward: str
    mismatches: int
    with_probe: bool
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reaction:
    """The oligos of one assay by role: `primers` amplify, `probes` detect inside.

    A reaction whose primers are F2 and B2 is LAMP: they pair only with one another, and `probes` are F1c, B1c, F3,
    B3 and the loop primers.
    """

    primers: Mapping[str, str]
    probes: Mapping[str, str]

    @property
    def is_lamp(self) -> bool:
        """The primers are those of LAMP."""
        return {"F2", "B2"} <= set(self.primers)


@runtime_checkable
class Searchable(Protocol):
    """A background that finds sites itself, such as an index on disk."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its sequences."""

    def find(self, oligos: Sequence[str], *, mismatches: int = 3) -> OffTargets:
        """Find every site."""


Background = Sequence[FastaRecord] | Searchable


def expand_oligo(oligo: str) -> list[str]:
    """Write a mixture (IUPAC codes) as the oligos that it is.

    Raises `InputError` where there are more than 256, or a letter is no code.

    >>> expand_oligo("ACR")
    ['ACA', 'ACG']
    """
    strange = sorted(set(oligo.upper()) - set(_IUPAC))
    if strange:
        problem = f"wanted an oligo of nucleotides and got {', '.join(strange)} in {oligo[:60]!r}"
        raise InputError(problem)
    choices = [_IUPAC[letter] for letter in oligo.upper()]
    number = int(np.prod([float(len(choice)) for choice in choices]))
    if number > _MOST_VARIANTS:
        problem = f"the mixture {oligo[:60]!r} is {number} oligos, and {_MOST_VARIANTS} are the most"
        raise InputError(problem, remedy="Use fewer ambiguous bases")
    return ["".join(word) for word in product(*choices)]


def predict_amplicons(
    primers: Mapping[str, str], probes: Mapping[str, str], background: Background, *, mismatches: int = 3,
    longest: int = 1000,
) -> list[Amplicon]:  # fmt: skip
    """Predict what any two primers would amplify in a background (in-silico PCR), as `predict_products` does.

    >>> background = [FastaRecord("b", "", "ACGTTGCAAGGCTTACGATCAGTTCCATGACCGATTCGCTAAGG")]
    >>> found = predict_amplicons({"F": "ACGTTGCAAGGCTTACGATC", "R": "CCTTAGCGAATCGGTC"}, {}, background)
    >>> [(one.forward, one.backward, one.start, one.end) for one in found]
    [('F', 'R', 1, 44)]
    """
    return predict_products([Reaction(primers, probes)], background, mismatches=mismatches, longest=longest)[0]


def predict_products(
    reactions: Sequence[Reaction], background: Background, *, mismatches: int = 3, longest: int = 1000
) -> list[list[Amplicon]]:
    """Predict for each reaction what it would amplify in a background, the likeliest first; one search for all.

    An amplicon lies between two primers that face each other, each with at most so many mismatches and none in its
    last two bases (Stadhouders et al. 2010, J Mol Diagn 12:109), at most `longest` bases from end to end. LAMP wants
    F2 and B2 within 400 bases; of its other oligos it is told which bind in order between or beside them.
    """
    words = {word: None for one in reactions for oligo in (*one.primers.values(), *one.probes.values())
             for word in expand_oligo(oligo)}  # fmt: skip
    numbers = {word: number for number, word in enumerate(words)}
    names: Sequence[str]
    if isinstance(background, Searchable):
        found, names = background.find(list(words), mismatches=mismatches), background.names
    else:
        found = find_off_targets(list(words), background, mismatches=mismatches)
        names = [record.name for record in background]
    by_word = _rows_by_word(found, len(words))
    return [_react(one, found, by_word, numbers=numbers, names=names, longest=longest) for one in reactions]


def _rows_by_word(found: OffTargets, number: int) -> list[NDArray[np.int64]]:
    order = np.argsort(found.oligo, kind="stable")
    return np.split(order, np.searchsorted(found.oligo[order], np.arange(1, number)))


@dataclass(frozen=True)
class _Site:
    """An oligo at a place of a sequence, from 0; `end` is behind the last base."""

    role: str
    start: int
    end: int
    reverse: bool
    mismatches: int
    primes: bool


def _react(
    reaction: Reaction, found: OffTargets, by_word: list[NDArray[np.int64]], *, numbers: dict[str, int],
    names: Sequence[str], longest: int,
) -> list[Amplicon]:  # fmt: skip
    sites: dict[int, dict[tuple[str, int, bool], _Site]] = {}
    for role, oligo in (*reaction.primers.items(), *reaction.probes.items()):
        for word in expand_oligo(oligo):
            rows = by_word[numbers[word]]
            columns = (found.record, found.start, found.reverse, found.mismatches, found.last_two)
            for record, start, reverse, wrong, last in zip(*(column[rows].tolist() for column in columns), strict=True):
                site = _Site(role, start, start + len(word), reverse, wrong, last == 0)
                own = sites.setdefault(record, {})
                key = (role, start, reverse)
                # Of a mixture the oligo that primes, then that which fits best, stands for the site.
                own[key] = min(own.get(key, site), site, key=lambda one: (not one.primes, one.mismatches))
    amplicons = []
    for record, own in sites.items():
        here = list(own.values())
        lefts = [site for site in here if site.role in reaction.primers and not site.reverse and site.primes]
        rights = [site for site in here if site.role in reaction.primers and site.reverse and site.primes]
        inner = [site for site in here if site.role in reaction.probes]
        most = min(longest, _LONGEST_LAMP) if reaction.is_lamp else longest
        for left, right in _facing(lefts, rights, most):
            amplicon = (_lamp if reaction.is_lamp else _pcr)(names[record], left, right, inner)
            if amplicon is not None:
                amplicons.append(amplicon)
    return sorted(amplicons, key=lambda one: (not one.with_probe, one.mismatches, one.record, one.start))


def _facing(lefts: list[_Site], rights: list[_Site], longest: int) -> Iterator[tuple[_Site, _Site]]:
    rights = sorted(rights, key=lambda site: site.start)
    starts = np.array([site.start for site in rights], np.int64)
    for left in lefts:
        for right in rights[int(np.searchsorted(starts, left.end)) :]:
            if right.start - left.start > longest:
                break
            if right.end - left.start <= longest:
                yield left, right


def _pcr(record: str, left: _Site, right: _Site, inner: list[_Site]) -> Amplicon:
    parts = tuple(sorted({site.role for site in inner if left.end <= site.start and site.end <= right.start}))
    wrong = left.mismatches + right.mismatches
    return Amplicon(record, left.start + 1, right.end, left.role, right.role, wrong, bool(parts), parts)


def _lamp(record: str, left: _Site, right: _Site, inner: list[_Site]) -> Amplicon | None:
    """Give the product of F2 and B2 with what else binds in order, on either strand; None for two of one kind."""
    if {left.role, right.role} != {"F2", "B2"}:
        return None
    near, far = (("F", "B") if left.role == "F2" else ("B", "F"))  # fmt: skip
    between = [site for site in inner if left.end <= site.start and site.end <= right.start]
    first = [site for site in between if site.role == f"{near}1c" and site.reverse]
    second = [site for site in between if site.role == f"{far}1c" and not site.reverse]
    ordered = any(one.end <= two.start for one in first for two in second)
    outer = {site.role for site in inner
             if (site.role == f"{near}3" and not site.reverse and 0 <= left.start - site.end <= _LONGEST_LAMP)
             or (site.role == f"{far}3" and site.reverse and 0 <= site.start - right.end <= _LONGEST_LAMP)}  # fmt: skip
    loops = {site.role for site in between
             if (site.role, site.reverse) in ((f"L{near}", True), (f"L{far}", False))}  # fmt: skip
    parts = {site.role for site in (*first, *second)} | outer | loops
    wrong = left.mismatches + right.mismatches
    return Amplicon(record, left.start + 1, right.end, left.role, right.role, wrong, ordered, tuple(sorted(parts)))

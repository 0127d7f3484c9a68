"""How one oligo lies on one genome: base by base, deletions and insertions included."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from swanneck.diagnostics.monitoring._kernels import align_globally
from swanneck.diagnostics.monitoring.parts import Part
from swanneck.diagnostics.search.sites import OligoSites, find_sites
from swanneck.folding.duplexes import reverse_complement
from swanneck.sequences.fasta import FastaRecord

__all__ = [
    "ABSENT", "CODES", "UNKNOWN", "Binding", "Genome", "Home", "Neighbourhood", "align_part", "align_text",
    "find_at_home", "find_neighbourhood", "find_parts", "read_site",
]  # fmt: skip

CODES = {
    "A": 1, "C": 2, "G": 4, "T": 8, "U": 8, "R": 5, "Y": 10, "S": 6, "W": 9, "K": 12, "M": 3, "B": 14, "D": 13,
    "H": 11, "V": 7, "N": 15, "X": 15, "?": 15,
}  # fmt: skip
_TABLE = np.full(256, 15, np.uint8)
for _letter, _mask in CODES.items():
    _TABLE[ord(_letter)] = _mask
_MOST_VARIANTS = 16
_ANCHORS = ((0, 40), (40, 80), (80, 120))
_LEAST_ANCHOR = 25
_MOST_SHIFT = 400
_NEAR = 500


@dataclass(frozen=True)
class Binding:
    """An oligo on a genome, read in the oligo's direction.

    `pattern` has one sign per base of the oligo: `.` pairs, `?` unknown, `-` deleted in the genome, a letter the base
    that the genome has instead. `insertions` are what the genome has more, after so many bases of the oligo. An
    absent oligo has no site; of an unknown one, the genome's sequence is missing.
    """

    pattern: str
    insertions: tuple[tuple[int, str], ...] = ()
    kind: str = "site"

    @cached_property
    def mismatches(self) -> int:
        """Known bases of the oligo that do not pair, deleted ones included, and insertions as one each."""
        return sum(sign not in ".?" for sign in self.pattern) + len(self.insertions)

    @property
    def is_perfect(self) -> bool:
        """Every base pairs."""
        return self.kind == "site" and not self.insertions and set(self.pattern) <= {"."}

    def encode(self) -> str:
        """Write the binding as one word, for the state on disk.

        >>> Binding("..T..", ((2, "AC"),)).encode(), Binding.decode("..T..|2+AC").insertions
        ('..T..|2+AC', ((2, 'AC'),))
        """
        if self.kind != "site":
            return self.kind
        return "|".join([self.pattern, *(f"{place}+{bases}" for place, bases in self.insertions)])

    @staticmethod
    def decode(word: str) -> "Binding":
        """Read what `encode` wrote."""
        if word in (ABSENT.kind, UNKNOWN.kind):
            return ABSENT if word == ABSENT.kind else UNKNOWN
        pattern, *rest = word.split("|")
        parts = [part.split("+") for part in rest]
        return Binding(pattern, tuple((int(place), bases) for place, bases in parts))


ABSENT = Binding("", kind="absent")
UNKNOWN = Binding("", kind="unknown")


@dataclass(frozen=True)
class Home:
    """Where an oligo belongs: its neighbourhood in the genome that it fits best.

    `left` and `right` are the bases beside the site, on the strand of the reference; `reverse` says that the oligo is
    written on the other one. `positions` are the places of the oligo's bases in the reference, from 1, in the
    oligo's direction, 0 where the reference has none; `bases` are those of the reference there, as the oligo reads.
    `mismatches` counts the bases of the oligo that do not pair at home.
    """

    left: str
    right: str
    reverse: bool
    positions: tuple[int, ...]
    bases: str
    mismatches: int


@dataclass(frozen=True)
class Neighbourhood:
    """A home found in a genome: the bases beside it that were found, and all between on the home's strand.

    `start` is the place of the first base of `segment` in the genome, from 0 on the genome's own strand; `reverse`
    says that the genome is written on the other strand.
    """

    left: str
    right: str
    segment: str
    start: int
    reverse: bool


class Genome:
    """A genome's letters without gaps; masks and a mark of long missing stretches are made when asked for."""

    def __init__(self, record: FastaRecord) -> None:
        self.name = record.name
        self.record = record
        self.letters = record.sequence.upper().replace("-", "").replace(".", "").replace("*", "").replace("U", "T")

    @cached_property
    def longest_unknown(self) -> int:
        """Bases of the longest stretch of N."""
        runs = "".join("N" if letter in "NX?" else " " for letter in self.letters).split()
        return max(map(len, runs), default=0)


def _masks(letters: str) -> NDArray[np.uint8]:
    """Give letters as masks of four bits."""
    return _TABLE[np.frombuffer(letters.encode("ascii"), np.uint8)]


@lru_cache(maxsize=4096)
def _variants(sequence: str) -> tuple[str, ...]:
    choices = ["".join(base for base in "ACGT" if CODES[base] & CODES[letter]) for letter in sequence]
    if np.prod([len(choice) for choice in choices]) > _MOST_VARIANTS:
        return ()
    return tuple("".join(word) for word in product(*choices))


def find_parts(sequences: list[str], genome: Genome) -> list[tuple[int, bool, int] | None]:
    """Find the best site of each oligo: place from 0, direction, bases that do not surely pair; None where none is."""
    if not sequences or not genome.letters:
        return [None] * len(sequences)
    sites: OligoSites = find_sites(sequences, [genome.record])
    wrong = (sites.mismatches + sites.missing)[:, 0].tolist()
    rows = zip(sites.start[:, 0].tolist(), sites.reverse[:, 0].tolist(), wrong, strict=True)
    return [(start - 1, reverse, count) if start else None for start, reverse, count in rows]


def find_at_home(part: Part, home: Home, genome: Genome) -> int | None:
    """Find an oligo as text near its place in the reference, or else the bases right beside it; give its place.

    Genomes on the other strand, or far from the reference's numbering, are left to the search of sites.

    >>> home = Home("ACGTTGCAAGGCTTACGATCAGTTC", "", False, tuple(range(30, 38)), "ACGTACGT", 0)
    >>> genome = Genome(FastaRecord("g", "", "TT" + home.left + "ACGAACGT"))
    >>> find_at_home(Part("N", "N-F", "F", "ACGTACGT"), home, genome)
    27
    """
    places = [position for position in home.positions if position]
    size = len(part.sequence)
    if not places:
        return None
    begin, end = max(0, min(places) - _NEAR), max(places) + _NEAR
    for word in _variants(part.sequence):
        place = genome.letters.find(reverse_complement(word) if home.reverse else word, begin, end)
        if place >= 0:
            return place
    near = _ANCHORS[0][1]
    for word, shift in ((home.left[-near:], len(home.left[-near:])), (home.right[:near], -size)):
        place = genome.letters.find(word, begin, end) if len(word) >= _LEAST_ANCHOR else -1
        if place >= 0 and 0 <= place + shift <= len(genome.letters) - size:
            return place + shift
    return None


def align_text(one: str, other: str) -> list[int]:
    """Align two stretches from end to end; give for each base of the first its place in the second, -1 for none.

    >>> align_text("ACGTTTGCA", "ACGTGCA")
    [0, 1, 2, -1, -1, 3, 4, 5, 6]
    """
    places: list[int] = align_globally(_masks(one), _masks(other)).tolist()
    return places


def align_part(part: Part, home: Home, genome: Genome) -> Binding:
    """Lay an oligo on a genome by the bases beside its home, so that deletions and insertions are told.

    The neighbourhood is looked for in the genome; where it is not there, the oligo is absent, or unknown where the
    genome ends or misses as many bases.
    """
    sequence = reverse_complement(part.sequence) if home.reverse else part.sequence
    found = find_neighbourhood(home, len(sequence), genome)
    if found is None:
        hidden = genome.longest_unknown >= len(sequence) or _is_cut(home, len(sequence), genome)
        return UNKNOWN if hidden else ABSENT
    return _lay(sequence, found.left, found.right, segment=found.segment, reverse=home.reverse)


@lru_cache(maxsize=65536)
def _lay(sequence: str, left: str, right: str, *, segment: str, reverse: bool) -> Binding:
    places = align_text(left + sequence + right, segment)
    begin, end = len(left), len(left) + len(sequence)
    signs = ["-" if place < 0 else _sign(letter, segment[place])
             for letter, place in zip(sequence, places[begin:end], strict=True)]  # fmt: skip
    insertions = []
    for i in range(begin, end - 1):
        before = max((place for place in places[: i + 1] if place >= 0), default=-1)
        after = places[i + 1]
        if places[i] >= 0 and after > before + 1:
            insertions.append((i + 1 - begin, segment[before + 1 : after]))
    if signs and all(sign == "?" for sign in signs):
        return UNKNOWN
    if reverse:
        signs = [sign if sign in ".?-" else reverse_complement(sign) for sign in signs[::-1]]
        insertions = [(len(sequence) - place, reverse_complement(bases)) for place, bases in insertions[::-1]]
    return Binding("".join(signs), tuple(insertions))


def _sign(letter: str, base: str) -> str:
    """Compare a letter of an oligo, which stands for any of its bases, with a base of a genome."""
    wanted, there = CODES[letter], CODES[base]
    if not wanted & there:
        return base
    return "." if there & ~wanted == 0 else "?"


def read_site(part: Part, place: int, genome: Genome, *, reverse: bool) -> Binding:
    """Give the binding at a site without gaps."""
    site = genome.letters[place : place + len(part.sequence)]
    site = reverse_complement(site) if reverse else site
    signs = "".join(_sign(letter, base) for letter, base in zip(part.sequence, site, strict=True))
    return UNKNOWN if set(signs) == {"?"} else Binding(signs)


def find_neighbourhood(home: Home, length: int, genome: Genome) -> Neighbourhood | None:
    """Find the bases beside the home of an oligo of `length` bases in a genome; None where one side is not there."""
    words, spans = [], []
    for near, far in _ANCHORS:
        left = home.left[-far : len(home.left) - near]
        right = home.right[near:far]
        words += [left, right]
        spans += [(0, home.left[-far:]), (1, home.right[:far])]
    usable = [number for number, word in enumerate(words) if len(word) >= _LEAST_ANCHOR]
    sites = dict(zip(usable, find_parts([words[number] for number in usable], genome), strict=True))
    lefts = [number for number in usable if number % 2 == 0 and sites[number]]
    rights = [number for number in usable if number % 2 == 1 and sites[number]]
    for one, other in sorted(product(lefts, rights), key=sum):
        first, last = sites[one], sites[other]
        if first is None or last is None or first[1] != last[1]:
            continue
        begin, end = (first[0], last[0] + len(words[other]))
        if first[1]:
            begin, end = last[0], first[0] + len(words[one])
        left, right = spans[one][1], spans[other][1]
        if 0 < end - begin and abs(end - begin - len(left) - len(right) - length) <= _MOST_SHIFT:
            segment = genome.letters[begin:end]
            return Neighbourhood(left, right, reverse_complement(segment) if first[1] else segment, begin, first[1])
    return None


def _is_cut(home: Home, size: int, genome: Genome) -> bool:
    """Tell whether the genome ends before the site: bases beside the home are there, and the site would lie outside."""
    words, befores = [], []
    for near, far in _ANCHORS:
        words += [home.left[-far : len(home.left) - near], home.right[near:far]]
        befores += [(True, near), (False, near)]
    usable = [number for number, word in enumerate(words) if len(word) >= _LEAST_ANCHOR]
    for number, site in zip(usable, find_parts([words[number] for number in usable], genome), strict=True):
        if site is not None:
            before, near = befores[number]
            start = site[0] + len(words[number]) + near if before != site[1] else site[0] - near - size
            if start < 0 or start + size > len(genome.letters):
                return True
    return False

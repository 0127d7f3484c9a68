"""What a designed sequence must not contain, as an automaton that reads it base by base."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from swanneck.foundation.errors import InputError

__all__ = ["NAMED_MOTIFS", "MotifScanner", "find_motifs", "resolve_motifs"]

_CODES: Mapping[str, str] = MappingProxyType({
    "A": "A", "C": "C", "G": "G", "U": "U", "T": "U", "R": "AG", "Y": "CU", "S": "CG", "W": "AU", "K": "GU", "M": "AC",
    "B": "CGU", "D": "AGU", "H": "ACU", "V": "ACG", "N": "ACGU",
})  # fmt: skip

NAMED_MOTIFS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # Sites of restriction enzymes, both strands: Roberts, Vincze, Posfai, Macelis (2023), NAR 51:D629 (REBASE).
        "BsaI": ("GGTCTC", "GAGACC"),
        "BsmBI": ("CGTCTC", "GAGACG"),
        "BspQI": ("GCTCTTC", "GAAGAGC"),
        "SapI": ("GCTCTTC", "GAAGAGC"),
        "EcoRI": ("GAATTC",),
        "BamHI": ("GGATCC",),
        "HindIII": ("AAGCTT",),
        "XbaI": ("TCTAGA",),
        "XhoI": ("CTCGAG",),
        "NotI": ("GCGGCCGC",),
        # The two commonest signals of polyadenylation: Beaudoing et al. (2000), Genome Research 10:1001.
        "polyadenylation": ("AATAAA", "ATTAAA"),
        # The class II terminator of T7 RNA polymerase: Lyakhov et al. (1998), J. Mol. Biol. 280:201.
        "T7 terminator": ("ATCTGTT",),
        # Consensus of 5' splice sites: Shapiro and Senapathy (1987), NAR 15:7155.
        "splice donor": ("AGGTRAGT",),
    }
)
"""Motifs by name; sites of enzymes are listed for both strands."""


def resolve_motifs(words: Iterable[str]) -> dict[str, str]:
    """Motif (RNA letters, IUPAC codes) to the name it was asked by; a word is a name of `NAMED_MOTIFS` or a motif.

    A motif of your own is taken as it stands: list its reverse complement too if both strands matter. InputError for
    letters that are no IUPAC codes, and motifs of fewer than 3 bases.

    >>> resolve_motifs(["BsaI", "AUUUA"])
    {'GGUCUC': 'BsaI', 'GAGACC': 'BsaI', 'AUUUA': 'AUUUA'}
    """
    found: dict[str, str] = {}
    names = {name.lower(): name for name in NAMED_MOTIFS}
    for word in words:
        name = names.get(word.lower())
        for motif in NAMED_MOTIFS[name] if name else (word.upper(),):
            if len(motif) < 3 or set(motif) - set(_CODES):
                problem = f"a motif of 3 bases or more in IUPAC codes, or a name, was wanted, and {word!r} came"
                raise InputError(problem, remedy=f"Names are {', '.join(NAMED_MOTIFS)}")
            found[motif.replace("T", "U")] = name or word
    return found


def find_motifs(rna: str, motifs: Iterable[str]) -> list[tuple[int, str]]:
    """Where (from 0) each motif occurs in an RNA, overlapping ones too.

    >>> find_motifs("AAUAAAUAAA", ["AAUAAA"])
    [(0, 'AAUAAA'), (4, 'AAUAAA')]
    """
    sets = {motif: [_CODES[letter] for letter in motif] for motif in motifs}
    return [
        (start, motif)
        for start in range(len(rna))
        for motif, letters in sets.items()
        if start + len(letters) <= len(rna)
        and all(rna[start + k] in allowed for k, allowed in enumerate(letters))
    ]  # fmt: skip


State = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class MotifScanner:
    """Reads bases and tells where a motif is complete. A state is the set of motifs that have begun, and how far.

    Aho and Corasick (1975), Communications of the ACM 18:333, built as it is read.
    """

    motifs: tuple[str, ...]

    @property
    def start(self) -> State:
        """The state before the first base."""
        return frozenset()

    def read(self, state: State, base: str, *, begin: bool = True) -> tuple[State, str | None]:
        """The next state without what is complete, and a motif that this base completes; `begin`: may one begin here?

        >>> scanner = MotifScanner(("AAU",))
        >>> state, _ = scanner.read(scanner.read(scanner.start, "A")[0], "A")
        >>> scanner.read(state, "U")[1]
        'AAU'
        """
        after, complete = set(), None
        for number, matched in [*state, *((number, 0) for number in range(len(self.motifs) if begin else 0))]:
            motif = self.motifs[number]
            if base in _CODES[motif[matched]]:
                if matched + 1 == len(motif):
                    complete = motif
                else:
                    after.add((number, matched + 1))
        return frozenset(after), complete

    def read_all(self, state: State, bases: str, *, begin: bool = True) -> tuple[State, str | None]:
        """The same for several bases; the motif is the first that one of them completes."""
        first = None
        for base in bases:
            state, complete = self.read(state, base, begin=begin)
            first = first or complete
        return state, first

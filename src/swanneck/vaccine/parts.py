"""Parts of an mRNA vaccine construct: sequences with the literature they are from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from swanneck.foundation.errors import InputError

__all__ = ["PARTS", "Part", "PartKind", "find_part"]

PartKind = Literal["promoter", "5' UTR", "signal peptide", "3' UTR", "poly(A)", "linearisation"]


@dataclass(frozen=True)
class Part:
    """One part: DNA letters (a signal peptide: residues), where the sequence is published, and what it was checked
    against."""

    name: str
    kind: PartKind
    sequence: str
    source: str
    checked: str = ""


_JEONG = "Jeong et al. (2021), Assemblies of putative SARS-CoV2-spike-encoding mRNA sequences, virological.org"

_LIST = (
    Part(
        "T7", "promoter", "TAATACGACTCACTATA", "Dunn, Studier (1983), J. Mol. Biol. 166:477; +1 follows",
        "bases -17 to -1 of class III promoters",
    ),
    Part(
        "hba-kozak", "5' UTR", "AGAATAAACTAGTATTCTTCTGGTCCCCACAGACTCAGAGAGAACCCGCCACC",
        f"alpha globin's with a Kozak context, as in BNT162b2 behind its cap: {_JEONG}; WHO INN 11889",
        "equal to bases 2 to 54 of the contig of BNT162b2",
    ),
    Part(
        "hbb", "5' UTR", "AGACATTTGCTTCTGACACAACTGTGTTCACTAGCAACCTCAAACAGACAGCCACC",
        "human beta globin's (NM_000518.5) with AG in front for the cap and GCCACC: Kozak (1987), NAR 15:8125",
        "between AG and GCCACC equal to public copies of the leader; the record itself was not read",
    ),
    Part(
        "synthetic-1273", "5' UTR", "AGGAAATAAGAGAGAAAAGAAGAGTAAGAAGAAATATAAGACCCCGGCGCCGCCACC",
        f"as in mRNA-1273, its first base A instead of G for the cap: {_JEONG}",
        "but for its first base equal to bases 1 to 57 of the contig of mRNA-1273",
    ),
    Part(
        "tPA", "signal peptide", "MDAMKRGLCCVLLLCGAVFVSPS", "human tissue plasminogen activator: UniProt P00750",
        "equal to public copies of residues 1 to 23; the record itself was not read",
    ),
    Part(
        "IL2", "signal peptide", "MYRMQLLSCIALSLALVTNS", "human interleukin 2: UniProt P60568",
        "equal to public copies of residues 1 to 20; the record itself was not read",
    ),
    Part(
        "IgE", "signal peptide", "MDWTWILFLVAAATRVHS", "human IgE: Kutzler et al. (2005), J. Immunol. 175:112",
        "equal to another public list of parts; the record itself was not read",
    ),
    Part(
        "AES-mtRNR1", "3' UTR",
        "CTCGAGCTGGTACTGCATGCACGCAATGCTAGCTGCCCCTTTCCCGTCCTGGGTACCCCGAGTCTCCCCCGACCTCGGGTCCCAGGTATGCTCCCACCTCCACCT"
        "GCCCCACTCACCACCTCTGCTAGTTCCAGACACCTCCCAAGCACGCAGCAATGCAGCTCAAAACGCTTAGCCTAGCCACACCCCCACGGGAAACAGCAGTGATTA"
        "ACCTTTAGCAATAAACGAAAGTTTAACTAAGCTATACTAACCCCAGGGTTGGTCAATTTCGTGCCAGCCACACCCTGGAGCTAGC",
        f"Orlandini von Niessen et al. (2019), Mol. Ther. 27:824; as in BNT162b2: {_JEONG}",
        "equal to bases 3,880 to 4,174 of the contig of BNT162b2",
    ),
    Part(
        "hba1", "3' UTR",
        "GCTGGAGCCTCGGTGGCCTAGCTTCTTGCCCCTTGGGCCTCCCCCCAGCCCCTCCTCCCCTTCCTGCACCCGTACCCCCGTGGTCTTTGAATAAAGTCTGAGTGG"
        "GCGGC",
        f"human alpha globin's, as in mRNA-1273: {_JEONG}",
        "equal to bases 3,886 to 3,995 of the contig of mRNA-1273",
    ),
    Part(
        "A30-L-A70", "poly(A)", "A" * 30 + "GCATATGACT" + "A" * 70,
        "as in BNT162b2, WHO INN 11889; segmented tails: Trepotec et al. (2019), RNA 25:507",
        "equal to a public copy of the tail; the contig ends before it",
    ),
    Part("A120", "poly(A)", "A" * 120, "Holtkamp et al. (2006), Blood 108:4009", "120 A"),
    Part(
        "BspQI", "linearisation", "AGAAGAGC", "REBASE: BspQI GCTCTTC(1/4); cuts right behind the tail",
        "site and cut of Bio.Restriction",
    ),
    Part(
        "SapI", "linearisation", "AGAAGAGC", "REBASE: SapI GCTCTTC(1/4); cuts right behind the tail",
        "site and cut of Bio.Restriction",
    ),
)  # fmt: skip

PARTS: Mapping[tuple[PartKind, str], Part] = MappingProxyType({(part.kind, part.name): part for part in _LIST})
"""Every part by kind and name."""


def find_part(kind: PartKind, name: str) -> Part:
    """The part of a kind by its name; or, for a name of DNA letters, a part of your own.

    InputError for a name that is neither.

    >>> find_part("poly(A)", "A30-L-A70").sequence.count("A")
    103
    """
    if (kind, name) in PARTS:
        return PARTS[kind, name]
    sequence = name.upper().replace("U", "T")
    letters = set("ACGT") if kind != "signal peptide" else set("ACDEFGHIKLMNPQRSTVWY")
    if len(sequence) >= 8 and set(sequence) <= letters:
        return Part("own", kind, sequence, "given by the user")
    known = ", ".join(key[1] for key in PARTS if key[0] == kind)
    problem = f"no {kind} is called {name!r}"
    raise InputError(problem, remedy=f"Choose {known}, or give its sequence")

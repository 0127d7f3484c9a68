"""Codons: what they code for, and how often a host uses each of its synonyms."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from swanneck.foundation.errors import InputError

__all__ = ["CodonTable", "human_codons", "translate_codons"]

# Share of each codon among its synonyms in human genes, to two decimals, as codon usage tables of Homo sapiens list
# them; for such tables see Nakamura, Gojobori, Ikemura (2000), Nucleic Acids Research 28:292.
_HUMAN = """
UAA * 0.28 UAG * 0.2 UGA * 0.52 GCU A 0.26 GCC A 0.4 GCA A 0.23 GCG A 0.11 UGU C 0.45 UGC C 0.55 GAU D 0.46 GAC D 0.54
GAA E 0.42 GAG E 0.58 UUU F 0.45 UUC F 0.55 GGU G 0.16 GGC G 0.34 GGA G 0.25 GGG G 0.25 CAU H 0.41 CAC H 0.59
AUU I 0.36 AUC I 0.48 AUA I 0.16 AAA K 0.42 AAG K 0.58 UUA L 0.07 UUG L 0.13 CUU L 0.13 CUC L 0.2 CUA L 0.07 CUG L 0.41
AUG M 1 AAU N 0.46 AAC N 0.54 CCU P 0.28 CCC P 0.33 CCA P 0.27 CCG P 0.11 CAA Q 0.25 CAG Q 0.75 CGU R 0.08 CGC R 0.19
CGA R 0.11 CGG R 0.21 AGA R 0.2 AGG R 0.2 UCU S 0.18 UCC S 0.22 UCA S 0.15 UCG S 0.06 AGU S 0.15 AGC S 0.24 ACU T 0.24
ACC T 0.36 ACA T 0.28 ACG T 0.12 GUU V 0.18 GUC V 0.24 GUA V 0.11 GUG V 0.47 UGG W 1 UAU Y 0.43 UAC Y 0.57
"""


@dataclass(frozen=True)
class CodonTable:
    """For each amino acid (one letter, * = stop) its codons in RNA letters with their shares."""

    shares: Mapping[str, Mapping[str, float]]

    def weights(self, residue: str) -> dict[str, float]:
        """Relative adaptiveness of a residue's codons: the share over the largest share of its synonyms.

        Sharp and Li (1987), Nucleic Acids Research 15:1281. InputError for a residue the table does not have.

        >>> human_codons().weights("K")["AAG"]
        1.0
        """
        if residue not in self.shares:
            problem = f"the codon table has no residue {residue!r}"
            raise InputError(problem)
        synonyms = self.shares[residue]
        largest = max(synonyms.values())
        return {codon: share / largest for codon, share in synonyms.items()}

    def adaptation(self, rna: str) -> float:
        """The codon adaptation index: geometric mean of the weights over all codons, those without synonyms included.

        >>> human_codons().adaptation("AUGAAGUGG")
        1.0
        """
        protein = translate_codons(rna, self)
        total = sum(math.log(self.weights(one)[rna[3 * k : 3 * k + 3]]) for k, one in enumerate(protein))
        return math.exp(total / len(protein))


def human_codons() -> CodonTable:
    """The human table.

    >>> human_codons().shares["W"]
    {'UGG': 1.0}
    """
    words = _HUMAN.split()
    shares: dict[str, dict[str, float]] = {}
    for codon, residue, share in zip(words[::3], words[1::3], words[2::3], strict=True):
        shares.setdefault(residue, {})[codon] = float(share)
    return CodonTable(shares)


def translate_codons(rna: str, table: CodonTable) -> str:
    """The protein that an RNA codes for from its first base, * for stops.

    InputError for an empty sequence, a length that is no multiple of three, or a codon the table does not have.

    >>> translate_codons("AUGAAAUAA", human_codons())
    'MK*'
    """
    if not rna or len(rna) % 3:
        problem = f"whole codons were wanted, {len(rna)} bases came"
        raise InputError(problem)
    residues = {codon: residue for residue, codons in table.shares.items() for codon in codons}
    codons = [rna[k : k + 3] for k in range(0, len(rna), 3)]
    if strange := [k for k, codon in enumerate(codons) if codon not in residues]:
        problem = f"{codons[strange[0]]!r} is not a codon of A, C, G and U"
        raise InputError(problem, where=f"codon {strange[0] + 1}")
    return "".join(residues[codon] for codon in codons)

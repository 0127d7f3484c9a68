"""Codons: what they code for, and how often a host uses each of its synonyms."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from swanneck.foundation.errors import InputError

__all__ = ["HOSTS", "CodonTable", "host_codons", "human_codons", "read_codon_table", "translate_codons"]

# Share of each codon among its synonyms in human genes, to two decimals: the table that published joint designs are
# scored with (Zhang et al. 2023, Nature 621:396). The Codon Usage Database (Nakamura, Gojobori, Ikemura 2000, Nucleic
# Acids Research 28:292), taxon 9606, differs from it by 0.02 at most, and by 0.05 for stops.
_HUMAN = """
UAA * 0.28 UAG * 0.2 UGA * 0.52 GCU A 0.26 GCC A 0.4 GCA A 0.23 GCG A 0.11 UGU C 0.45 UGC C 0.55 GAU D 0.46 GAC D 0.54
GAA E 0.42 GAG E 0.58 UUU F 0.45 UUC F 0.55 GGU G 0.16 GGC G 0.34 GGA G 0.25 GGG G 0.25 CAU H 0.41 CAC H 0.59
AUU I 0.36 AUC I 0.48 AUA I 0.16 AAA K 0.42 AAG K 0.58 UUA L 0.07 UUG L 0.13 CUU L 0.13 CUC L 0.2 CUA L 0.07 CUG L 0.41
AUG M 1 AAU N 0.46 AAC N 0.54 CCU P 0.28 CCC P 0.33 CCA P 0.27 CCG P 0.11 CAA Q 0.25 CAG Q 0.75 CGU R 0.08 CGC R 0.19
CGA R 0.11 CGG R 0.21 AGA R 0.2 AGG R 0.2 UCU S 0.18 UCC S 0.22 UCA S 0.15 UCG S 0.06 AGU S 0.15 AGC S 0.24 ACU T 0.24
ACC T 0.36 ACA T 0.28 ACG T 0.12 GUU V 0.18 GUC V 0.24 GUA V 0.11 GUG V 0.47 UGG W 1 UAU Y 0.43 UAC Y 0.57
"""

# The same for other hosts, from the Codon Usage Database, Mus musculus (taxon 10090) and Escherichia coli W3110 (taxon
# 316407); equal in all 64 codons to its copy in the package python-codon-tables 0.1.18.
_MOUSE = """
UAA * 0.28 UAG * 0.23 UGA * 0.49 GCA A 0.23 GCC A 0.38 GCG A 0.09 GCU A 0.29 UGC C 0.52 UGU C 0.48 GAC D 0.55 GAU D
0.45 GAA E 0.41 GAG E 0.59 UUC F 0.56 UUU F 0.44 GGA G 0.26 GGC G 0.33 GGG G 0.23 GGU G 0.18 CAC H 0.59 CAU H 0.41 AUA
I 0.16 AUC I 0.5 AUU I 0.34 AAA K 0.39 AAG K 0.61 CUA L 0.08 CUC L 0.2 CUG L 0.39 CUU L 0.13 UUA L 0.07 UUG L 0.13 AUG
M 1 AAC N 0.57 AAU N 0.43 CCA P 0.29 CCC P 0.3 CCG P 0.1 CCU P 0.31 CAA Q 0.26 CAG Q 0.74 AGA R 0.22 AGG R 0.22 CGA R
0.12 CGC R 0.17 CGG R 0.19 CGU R 0.08 AGC S 0.24 AGU S 0.15 UCA S 0.14 UCC S 0.22 UCG S 0.05 UCU S 0.2 ACA T 0.29 ACC
T 0.35 ACG T 0.1 ACU T 0.25 GUA V 0.12 GUC V 0.25 GUG V 0.46 GUU V 0.17 UGG W 1 UAC Y 0.57 UAU Y 0.43
"""
_COLI = """
UAA * 0.64 UAG * 0.07 UGA * 0.29 GCA A 0.21 GCC A 0.27 GCG A 0.36 GCU A 0.16 UGC C 0.56 UGU C 0.44 GAC D 0.37 GAU D
0.63 GAA E 0.69 GAG E 0.31 UUC F 0.43 UUU F 0.57 GGA G 0.11 GGC G 0.41 GGG G 0.15 GGU G 0.34 CAC H 0.43 CAU H 0.57 AUA
I 0.07 AUC I 0.42 AUU I 0.51 AAA K 0.76 AAG K 0.24 CUA L 0.04 CUC L 0.1 CUG L 0.5 CUU L 0.1 UUA L 0.13 UUG L 0.13 AUG
M 1 AAC N 0.55 AAU N 0.45 CCA P 0.19 CCC P 0.12 CCG P 0.53 CCU P 0.16 CAA Q 0.35 CAG Q 0.65 AGA R 0.04 AGG R 0.02 CGA
R 0.06 CGC R 0.4 CGG R 0.1 CGU R 0.38 AGC S 0.28 AGU S 0.15 UCA S 0.12 UCC S 0.15 UCG S 0.15 UCU S 0.15 ACA T 0.13 ACC
T 0.44 ACG T 0.27 ACU T 0.16 GUA V 0.15 GUC V 0.22 GUG V 0.37 GUU V 0.26 UGG W 1 UAC Y 0.43 UAU Y 0.57
"""
HOSTS: Mapping[str, str] = {"human": _HUMAN, "mouse": _MOUSE, "e-coli": _COLI}
"""The tables that come with the package, by host."""


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
    return host_codons("human")


@cache
def host_codons(host: str) -> CodonTable:
    """The table of a host in `HOSTS`. InputError for any other.

    >>> host_codons("mouse").weights("E")["GAG"]
    1.0
    """
    if host not in HOSTS:
        problem = f"codon tables are at hand for {', '.join(HOSTS)}, not for {host!r}"
        raise InputError(problem, remedy="Give a table as a CSV file instead")
    words = HOSTS[host].split()
    return _gather(zip(words[::3], words[1::3], map(float, words[2::3]), strict=True))


def read_codon_table(path: Path) -> CodonTable:
    """A codon table from a CSV file: a codon, its residue (* = stop), and its share, count or frequency in each line.

    Lines that begin with # and a line of headings are left out; T is read as U. InputError where a codon of the
    standard code is missing or comes twice, a residue is another one's, or a number is negative.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "table.csv"
    ...     _ = path.write_text(HOSTS["human"].replace(" A ", ",A,"))
    ...     read_codon_table(path)
    Traceback (most recent call last):
    ...
    swanneck.foundation.errors.InputError: wanted codon,residue,number in each line (table.csv, line 2)
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot read the codon table {path.name}: {error}"
        raise InputError(problem, where=str(path.parent)) from error
    rows: list[tuple[str, str, float]] = []
    for number, words in enumerate(csv.reader(lines), start=1):
        if not words or words[0].startswith("#") or words[0].strip().lower() == "codon":
            continue
        try:
            codon, residue, share = (word.strip().upper() for word in words[:3])
            rows.append((codon.replace("T", "U"), residue, float(share)))
        except ValueError as error:
            problem = "wanted codon,residue,number in each line"
            raise InputError(problem, where=f"{path.name}, line {number}") from error
    _check_rows(rows, path.name)
    return _gather(rows)


def _check_rows(rows: list[tuple[str, str, float]], name: str) -> None:
    standard = {codon: residue for residue, codons in human_codons().shares.items() for codon in codons}
    codons = [codon for codon, *_ in rows]
    if sorted(codons) != sorted(standard):
        wrong = sorted(set(standard) ^ set(codons)) or sorted({one for one in codons if codons.count(one) > 1})
        problem = f"wanted each of the 64 codons once; look at {', '.join(wrong[:5])}"
        raise InputError(problem, where=name)
    for codon, residue, share in rows:
        if residue != standard[codon] or not (math.isfinite(share) and share >= 0):
            problem = f"{codon} cannot stand for {residue!r} with the number {share:g}"
            raise InputError(problem, where=name)
    for residue, synonyms in _gather(rows).shares.items():
        if max(synonyms.values()) <= 0:
            problem = f"no codon of {residue} is ever used"
            raise InputError(problem, where=name)


def _gather(rows: Iterable[tuple[str, str, float]]) -> CodonTable:
    shares: dict[str, dict[str, float]] = {}
    for codon, residue, share in rows:
        shares.setdefault(residue, {})[codon] = share
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

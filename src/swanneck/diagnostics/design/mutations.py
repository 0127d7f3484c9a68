"""Mutations by their names: `A23063T` by position on the reference, `S:N501Y` by gene, codon and amino acid."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from swanneck.diagnostics.design.stacking import Stack
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord

__all__ = ["Mutation", "genes_of", "locate_mutation", "read_genes"]

_BASES = "ACGT"
_AMINO = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF"
_CODE = {"".join(codon): amino for codon, amino in zip(product(_BASES, repeat=3), _AMINO, strict=True)}
_NUCLEOTIDE = re.compile(r"([ACGTU])(\d+)([ACGTU])", re.IGNORECASE)
_PROTEIN = re.compile(r"([^:\s]+):([A-Z*])(\d+)([A-Z*])", re.IGNORECASE)
_GENES = {
    # Places of the genes in the reference of SARS-CoV-2 (NC_045512.2, Wu et al. 2020, Nature 579:265).
    ("NC_045512", "MN908947"): {
        "ORF1A": (266, 13483), "ORF1B": (13468, 21555), "S": (21563, 25384), "ORF3A": (25393, 26220),
        "E": (26245, 26472), "M": (26523, 27191), "ORF6": (27202, 27387), "ORF7A": (27394, 27759),
        "ORF7B": (27756, 27887), "ORF8": (27894, 28259), "N": (28274, 29533), "ORF10": (29558, 29674),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """A substitution of neighbouring bases: its name, the first place in the reference (from 1), old and new bases.

    `carriers` counts the genomes that have the new bases, `known` those whose bases are known there.
    """

    name: str
    position: int
    old: str
    new: str
    carriers: int
    known: int


def genes_of(reference: str) -> dict[str, tuple[int, int]]:
    """Give the genes that are known of a reference by its name: those of SARS-CoV-2; none of others.

    >>> genes_of("NC_045512.2")["S"]
    (21563, 25384)
    """
    name = reference.split("|")[0].split(".")[0]
    return next((genes for names, genes in _GENES.items() if name in names), {})


def read_genes(path: Path) -> dict[str, tuple[int, int]]:
    """Read where genes lie, first and last base from 1, on the forward strand: GFF3, or a table of gene, start, end.

    Of GFF3 the rows CDS and gene are read, by their attributes gene, Name or ID; a gene in several pieces is left out.

    Raises `InputError` where the file cannot be read or has no gene.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot read {path.name} as text: {error}"
        raise InputError(problem, where=str(path.parent)) from error
    genes: dict[str, tuple[int, int]] = {}
    rows = [line.split("\t") for line in text.splitlines() if line.count("\t") == 8 and not line.startswith("#")]
    if rows:
        found: dict[str, set[tuple[int, int]]] = {}
        for row in rows:
            told = dict(part.split("=", 1) for part in row[8].split(";") if "=" in part)
            name = told.get("gene") or told.get("Name") or told.get("ID")
            if row[2] in ("CDS", "gene") and name and row[6] != "-" and row[3].isdigit() and row[4].isdigit():
                found.setdefault(name.upper(), set()).add((int(row[3]), int(row[4])))
        genes = {name: next(iter(spans)) for name, spans in found.items() if len(spans) == 1}
    else:
        first = text.split("\n", 1)[0]
        reader = csv.DictReader(io.StringIO(text), delimiter="\t" if "\t" in first else ",")
        for line in reader:
            cells = {(key or "").strip().lower(): (value or "").strip() for key, value in line.items()
                     if isinstance(value, str)}  # fmt: skip
            if cells.get("gene") and cells.get("start", "").isdigit() and cells.get("end", "").isdigit():
                genes[cells["gene"].upper()] = (int(cells["start"]), int(cells["end"]))
    if not genes:
        problem = "wanted genes (GFF3, or a table with columns gene, start, end) and found none"
        raise InputError(problem, where=str(path))
    return genes


def locate_mutation(name: str, reference: FastaRecord, stack: Stack, genes: dict[str, tuple[int, int]]) -> Mutation:
    """Find where a named mutation lies and which bases it changes; the reference must have the old ones.

    Of the codons of the new amino acid, the one that most genomes have is taken, else that which changes fewest bases.

    Raises `InputError` where the name is none, the gene is not known, or the reference has something else there.

    >>> reference = FastaRecord("r", "", "ATGAATCCC")
    >>> stack = Stack(["r"], __import__("numpy").array([[1, 8, 4, 8, 1, 8, 2, 2, 2]], "uint8"), {}, "r")
    >>> locate_mutation("G:N2Y", reference, stack, {"G": (1, 9)})
    Mutation(name='G:N2Y', position=4, old='A', new='T', carriers=1, known=1)
    """
    letters = reference.sequence.upper().replace("-", "").replace("U", "T")
    plain = name.strip().upper()
    if found := _NUCLEOTIDE.fullmatch(plain):
        old, place, new = found[1].replace("U", "T"), int(found[2]), found[3].replace("U", "T")
        _check_old(letters[place - 1 : place] if place else "", old, name, f"at {place}")
    elif found := _PROTEIN.fullmatch(plain):
        place, old, new = _codon(found, letters, stack, genes, name=name)
    else:
        problem = f"{name!r} names no mutation"
        raise InputError(problem, remedy="Write it as A23063T (place on the reference) or S:N501Y (gene and codon)")
    if old == new:
        problem = f"{name!r} changes nothing"
        raise InputError(problem)
    have = _stretches(stack, place, len(old))
    return Mutation(name.strip(), place, old, new, have[new], sum(have.values()))


def _check_old(found: str, wanted: str, name: str, where: str) -> None:
    if found != wanted:
        problem = f"{name} wants {wanted} {where}, and the reference has {found or 'nothing'} there"
        raise InputError(problem, remedy="Give the reference that the mutation is told by, with --reference")


def _codon(
    found: re.Match[str], letters: str, stack: Stack, genes: dict[str, tuple[int, int]], *, name: str
) -> tuple[int, str, str]:
    gene, before, number, after = found[1], found[2], int(found[3]), found[4]
    if gene not in genes:
        problem = f"where gene {found[1]} lies is not known" + (f"; known are {', '.join(genes)}" if genes else "")
        raise InputError(problem, remedy="Give its place with --genes (GFF3, or a table of gene, start, end)")
    start, end = genes[gene]
    place = start + 3 * (number - 1)
    codon = letters[place - 1 : place + 2]
    amino = _CODE.get(codon, "") if 1 <= number and place + 2 <= end else ""
    _check_old(amino, before, name, f"as amino acid {number} of {gene}")
    have = _stretches(stack, place, 3)
    choices = [one for one, told in _CODE.items() if told == after]
    if not choices:
        problem = f"{name!r}: {after} is no amino acid"
        raise InputError(problem)
    best = max(choices, key=lambda one: (have[one], sum(a == b for a, b in zip(one, codon, strict=True))))
    changed = [i for i in range(3) if best[i] != codon[i]] or [0]
    first, last = changed[0], changed[-1] + 1
    return place + first, codon[first:last], best[first:last]


def _stretches(stack: Stack, place: int, size: int) -> Counter[str]:
    """Count the stretches of known bases that genomes have at a place."""
    letter = {1: "A", 2: "C", 4: "G", 8: "T"}
    columns = stack.bases[:, place - 1 : place - 1 + size]
    words = ("".join(letter.get(int(mask) & 15, "?") for mask in row) for row in columns)
    return Counter(word for word in words if "?" not in word)

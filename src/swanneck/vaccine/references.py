"""Given coding sequences of an antigen, beside which designs are shown."""

from dataclasses import dataclass

from swanneck.folding import fold_sequence
from swanneck.sequences.codons import CodonTable, human_codons, translate_codons
from swanneck.vaccine.coding_design import check_protein
from swanneck.vaccine.scores import find_coding_region

__all__ = ["ReferenceSequence", "find_coding_sequence", "measure_reference"]

_LEAST_IDENTITY = 0.9  # with less it is another protein, whose energy says nothing about this one
_BASES = frozenset("ACGU")


@dataclass(frozen=True)
class ReferenceSequence:
    """A given coding sequence without stops; `identity` is the share of its residues that are the antigen's."""

    name: str
    rna: str
    identity: float
    energy: float
    cai: float


def find_coding_sequence(sequence: str, protein: str, *, table: CodonTable | None = None) -> tuple[str, float] | None:
    """The part of an RNA or DNA that codes for a protein, and the share of residues that are equal; None without one.

    Looked for in three frames, untranslated regions around it or not. Where nothing codes for exactly this protein, the
    longest reading frame counts if it has as many residues and 90 % or more are equal.

    >>> find_coding_sequence("GGGACCATGGGCAAGGCCTGA", "MGKA")
    ('AUGGGCAAGGCC', 1.0)
    """
    table, residues = table or human_codons(), check_protein(protein)
    rna = sequence.upper().replace("T", "U")
    names = {codon: residue for residue, codons in table.shares.items() for codon in codons}
    for frame in range(3):
        codons = [rna[k : k + 3] for k in range(frame, len(rna) - 2, 3)]
        place = "".join(names.get(codon, "X") for codon in codons).find(residues)
        if place >= 0:
            return "".join(codons[place : place + len(residues)]), 1.0
    region = find_coding_region(rna) if set(rna) <= _BASES else None
    coding = rna[slice(*region)] if region else ""
    if len(coding) != 3 * len(residues):
        return None
    pairs = zip(translate_codons(coding, table), residues, strict=True)
    identity = sum(one == other for one, other in pairs) / len(residues)
    return (coding, identity) if identity >= _LEAST_IDENTITY else None


def measure_reference(
    name: str, sequence: str, protein: str, *, table: CodonTable | None = None
) -> ReferenceSequence | None:
    """Fold the coding sequence of a protein in an RNA or DNA, without what is around it; None where it has none.

    >>> measure_reference("given", "GGGACCATGGGCAAGGCCTGA", "MGKA").energy
    -1.3
    """
    found = find_coding_sequence(sequence, protein, table=table)
    if found is None:
        return None
    cai = (table or human_codons()).adaptation(found[0])
    return ReferenceSequence(name, found[0], found[1], fold_sequence(found[0]).energy, cai)

"""Several designs that are nearly optimal and unlike each other: a choice for the laboratory."""

from collections import Counter

from swanneck.foundation.errors import SettingsError
from swanneck.sequences.codons import CodonTable, human_codons
from swanneck.vaccine.coding_design import CodingDesign, DesignSettings, check_protein, design_coding_sequence

__all__ = ["design_alternatives"]

_FIRST_SURCHARGE = 0.05  # kcal/mol for a codon that an earlier design uses; doubled until designs differ enough
_MOST_ROUNDS = 12


def design_alternatives(
    protein: str,
    settings: DesignSettings | None = None,
    *,
    count: int = 3,
    within: float = 0.05,
    differing: float = 0.05,
    table: CodonTable | None = None,
) -> list[CodingDesign]:
    """The optimal design and up to `count` - 1 more, each with an objective within the share `within` of the optimum's
    and unlike every other in the share `differing` of its codons or more.

    Codons that are taken get dearer from round to round, which leads the exact search elsewhere; each further design
    carries as `gap` the most by which its objective exceeds the optimum. Fewer come back where no more are found.

    >>> [round(design.gap, 2) for design in design_alternatives("MGKALRS", count=2, within=0.5)]
    [0.0, 0.2]
    """
    if count < 1 or not 0 < within < 1 or not 0 < differing < 1:
        problem = f"a count of 1 or more and shares between 0 and 1 were wanted: {count}, {within}, {differing}"
        raise SettingsError(problem)
    settings, table, residues = settings or DesignSettings(), table or human_codons(), check_protein(protein)
    designs = [design_coding_sequence(residues, settings, table=table)]
    best = designs[0].objective
    surcharge = _FIRST_SURCHARGE
    for _ in range(_MOST_ROUNDS if count > 1 else 0):
        used = Counter((k, one.rna[3 * k : 3 * k + 3]) for one in designs for k in range(len(residues)))
        extra = {place: surcharge * times for place, times in used.items()}
        design = design_coding_sequence(residues, settings, table=table, surcharges=extra)
        if design.objective - best > within * abs(best):
            break
        gap = max(design.objective - best, 0.0) + designs[0].gap
        if min(_unlike(design.rna, one.rna) for one in designs) >= differing:
            designs.append(
                CodingDesign(
                    design.rna, design.structure, design.energy, design.cai, design.objective,
                    is_optimal=gap < 1e-6, gap=gap,
                )
            )  # fmt: skip
        else:
            surcharge *= 2
        if len(designs) == count:
            break
    return designs


def _unlike(first: str, second: str) -> float:
    """The share of codons that differ."""
    codons = range(0, len(first), 3)
    return sum(first[k : k + 3] != second[k : k + 3] for k in codons) / len(codons)

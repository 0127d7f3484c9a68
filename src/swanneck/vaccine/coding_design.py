"""The coding sequence that folds best for its use of codons, proved best."""

import math
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from swanneck.folding.energy_model import BASES, turner_2004
from swanneck.folding.structures import write_structure
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.sequences.codons import human_codons
from swanneck.vaccine import _fill_kernels, _trace_kernels
from swanneck.vaccine.codon_graph import build_codon_graph
from swanneck.vaccine.design_tables import allocate_tables

__all__ = ["CodingDesign", "DesignSettings", "design_coding_sequence"]

_LONGEST = 3000  # residues; about 2 GB


class DesignSettings(Settings):
    """What a design weighs.

    `lambda_` is the price in kcal/mol of one unit of -ln w summed over residues, w being a codon's share over the
    largest share of its synonyms; 0 asks for the lowest energy, and adaptation decides between equals. 4 keeps most of
    both aims in published designs (Zhang et al. 2023, Nature 621:396).

    >>> DesignSettings(lambda_=1.0)
    DesignSettings(lambda_=1.0)
    """

    lambda_: float = Field(default=4.0, ge=0.0, le=100.0)


@dataclass(frozen=True)
class CodingDesign:
    """A coding sequence without stop codon, its structure, and how good it is.

    `energy` in kcal/mol at 37 degrees; `cai` the codon adaptation index; `objective` = energy - lambda x sum of ln w;
    `gap` how much lower the objective of another design could be (0 where the design is proved optimal).
    """

    rna: str
    structure: str
    energy: float
    cai: float
    objective: float
    is_optimal: bool
    gap: float


def design_coding_sequence(protein: str, settings: DesignSettings | None = None) -> CodingDesign:
    """The synonymous sequence and structure of least objective among all of them, with the human codon table.

    The energy is that of `fold_sequence`: Turner 2004 without dangling ends, for unmodified bases. Time grows with the
    cube of the length, memory is about 230 bytes x length in residues squared. Lower case is read as upper case.
    InputError for an empty protein, letters that are not one of the 20 residues (stops too: the design has none), and
    more than 3,000 residues. Cohen and Skiena (2003), J. Comput. Biol. 10:419; Terai, Kamegai, Asai (2016),
    Bioinformatics 32:828. A design needs laboratory validation, and methods of this kind may be patented.

    >>> design = design_coding_sequence("MGKA", DesignSettings(lambda_=0.0))
    >>> design.rna, design.energy
    ('AUGGGCAAGGCC', -1.3)
    """
    lambda_ = (settings or DesignSettings()).lambda_
    residues, table, model = _check_protein(protein), human_codons(), turner_2004()
    graph = build_codon_graph(residues, table, lambda_)
    tables = allocate_tables(model, graph, 3 * len(residues))
    _fill_kernels.fill_positions(model, graph, tables, 0, 3 * len(residues))
    chosen = np.full(3 * len(residues), -1, dtype=np.int64)
    partner = chosen.copy()
    if not _trace_kernels.trace_design(model, graph, tables, chosen, partner):
        message = "a value of the design's tables has no origin"
        raise AssertionError(message)
    rna = "".join(BASES[base] for base in graph.edge_base[chosen])
    cai = table.adaptation(rna)
    penalty = -math.log(cai) * len(residues)
    # What the tables hold is the objective with rounded costs; the structure's own energy has none.
    scale = lambda_ * 100.0 if lambda_ > 0 else 0.0
    costs = float(graph.edge_cost[chosen].sum())
    energy = round(float(tables.suffix[0]) - costs) / 100.0
    return CodingDesign(
        rna, write_structure(partner), energy, cai, energy + scale * penalty / 100.0, is_optimal=True, gap=0.0
    )


def _check_protein(protein: str) -> str:
    residues = protein.upper()
    if not residues or len(residues) > _LONGEST:
        problem = f"a protein of 1 to {_LONGEST} residues was wanted, {len(residues)} came"
        raise InputError(problem)
    known = set(human_codons().shares) - {"*"}
    if strange := [k for k, residue in enumerate(residues) if residue not in known]:
        problem = f"{residues[strange[0]]!r} is not one of the 20 residues"
        raise InputError(
            problem, where=f"residue {strange[0] + 1}", remedy="Remove stops and settle ambiguous residues"
        )
    return residues

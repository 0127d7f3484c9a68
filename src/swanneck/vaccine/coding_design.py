"""The coding sequence that folds best for its use of codons, proved best."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field, model_validator

from swanneck.execution.processes import default_workers
from swanneck.folding._kernels import LONGEST_LOOP
from swanneck.folding.energy_model import BASES, EnergyModel, turner_2004
from swanneck.folding.minimum_energy import evaluate_structure
from swanneck.folding.structures import check_rna, write_structure
from swanneck.foundation.errors import InputError, SettingsError
from swanneck.foundation.settings import Settings
from swanneck.sequences.codons import CodonTable, human_codons
from swanneck.vaccine import _trace_kernels
from swanneck.vaccine.codon_graph import CodonCosts, Surroundings, build_codon_graph
from swanneck.vaccine.codon_pairs import CodonPairTable
from swanneck.vaccine.design_tables import DesignTables, allocate_tables, table_bytes
from swanneck.vaccine.design_tiles import fill_tables
from swanneck.vaccine.sequence_graph import SequenceGraph
from swanneck.vaccine.sequence_rules import resolve_motifs
from swanneck.vaccine.steered_rules import SteeredRules

__all__ = ["CodingDesign", "DesignSettings", "check_protein", "design_coding_sequence"]

Progress = Callable[[str, int, int], None]

_SAME = 1e-6
_SECONDS_PER_CUBE = 3.5e-10  # of one core, per base cubed, measured at 3,819 bases; for messages only


class DesignSettings(Settings):
    """What a design weighs, and what it must keep to.

    `lambda_` is the price in kcal/mol of one unit of -ln w summed over residues, w being a codon's share over the
    largest share of its synonyms; 0 asks for the lowest energy, and adaptation decides between equals. 4 keeps most of
    both aims in published designs (Zhang et al. 2023, Nature 621:396).

    >>> DesignSettings(lambda_=1.0).lambda_
    1.0
    """

    lambda_: float = Field(default=4.0, ge=0.0, le=100.0)
    uridine_cost: float = Field(default=0.0, ge=0.0, le=100.0)
    """kcal/mol for each U of the coding sequence."""
    codon_pair_cost: float = Field(default=0.0, ge=0.0, le=100.0)
    """kcal/mol for each unit by which the score of two neighbouring codons stays below the best one for their residues
    (Coleman et al. 2008, Science 320:1784); needs a table of pairs, and several times the memory and time."""
    before: str = ""
    """RNA in front of the coding sequence (5' untranslated region): it folds with it and is not changed."""
    after: str = ""
    """RNA behind the coding sequence: stop codons, 3' untranslated region."""
    upstream: str = ""
    """RNA in front of all this that does not fold with it, but may not complete a motif with it."""
    downstream: str = ""
    """The same behind it."""
    avoid: tuple[str, ...] = ()
    """Motifs that occur neither in the coding sequence nor across its ends: names of `NAMED_MOTIFS` or IUPAC codes."""
    longest_run: int | None = Field(default=None, ge=3, le=30)
    """The most equal bases in a row."""
    open_start: int = Field(default=0, ge=0, le=300)
    """The first so many bases of the coding sequence do not pair: structure there slows initiation (Kudla et al. 2009,
    Science 324:255; Mauger et al. 2019, PNAS 116:24075)."""
    longest_stem: int | None = Field(default=None, ge=8, le=200)
    """The most pairs in a row without a bulge or loop: long double strands are sensed by cells (Manche et al. 1992,
    Mol. Cell. Biol. 12:5238) and hard to make. Not in the recursions: the gap is reported."""
    gc_low: float | None = Field(default=None, ge=0.0, le=1.0)
    """The least share of G and C in every window of `gc_window` bases of the coding sequence: makers of DNA ask for it.
    Kept by prices that the search is steered with: the gap is reported."""
    gc_high: float | None = Field(default=None, ge=0.0, le=1.0)
    """The largest one."""
    gc_window: int = Field(default=50, ge=10, le=500)
    longest_span: int | None = Field(default=None, ge=40)
    """Pairs reach over at most so many bases: less memory, and the result is no longer proved."""
    longest_loop: int = Field(default=LONGEST_LOOP, ge=10, le=LONGEST_LOOP)
    """Interior loops and bulges of more unpaired bases than this are searched for as if they had one more than it: the
    fewer, the faster. What that can cost is the proved gap, mostly 0."""
    memory_gigabytes: float = Field(default=2.0, gt=0.0)
    """More than this is not begun."""

    @model_validator(mode="after")
    def _check_shares(self) -> "DesignSettings":
        if self.gc_low is not None and self.gc_high is not None and self.gc_low >= self.gc_high:
            problem = f"gc_low must be less than gc_high, not {self.gc_low:g} and {self.gc_high:g}"
            raise ValueError(problem)
        return self


@dataclass(frozen=True)
class CodingDesign:
    """A coding sequence without stop codon, its structure, and how good it is.

    `structure` and `energy` (kcal/mol at 37 degrees) are those of the flanks that were given and the sequence; `cai` is
    the codon adaptation index; `objective` = energy - lambda x sum of ln w + what uridines and codon pairs cost; `gap`
    is how much
    lower in kcal/mol the objective of another design could be: 0 where the design is proved optimal, infinite where
    nothing is proved.
    """

    rna: str
    structure: str
    energy: float
    cai: float
    objective: float
    is_optimal: bool
    gap: float


def design_coding_sequence(
    protein: str,
    settings: DesignSettings | None = None,
    *,
    table: CodonTable | None = None,
    pairs: CodonPairTable | None = None,
    surcharges: Mapping[tuple[int, str], float] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> CodingDesign:
    """The synonymous sequence and structure of least objective among all of them; codon table of human genes unless
    another is given.

    The energy is that of `fold_sequence`: Turner 2004 without dangling ends, for unmodified bases. Time grows with the
    cube of the length, memory with its square. Lower case is read as upper case. InputError for an empty protein,
    letters that are not one of the 20 residues (stops too: the design has none), rules that nothing can keep, and
    where the memory would exceed its limit. `pairs` are scores of codon pairs, for `codon_pair_cost`; SettingsError for
    one without the other. `surcharges` make single codons dearer, in kcal/mol by the residue's number
    from 0 and the codon; they steer the search and are no part of the objective that is told, so a design made with
    them is not called optimal. `progress(step, done, all)` is told how far it is.
    `workers` threads fill the tables, as many as there are cores unless a number is given; the design is the same.

    Cohen and Skiena (2003), J. Comput. Biol. 10:419; Terai, Kamegai, Asai (2016), Bioinformatics 32:828. A design needs
    laboratory validation, and methods of this kind may be patented.

    >>> design = design_coding_sequence("MGKA", DesignSettings(lambda_=0.0))
    >>> design.rna, design.energy
    ('AUGGGCAAGGCC', -1.3)
    """
    settings, residues = settings or DesignSettings(), check_protein(protein)
    if (settings.codon_pair_cost > 0) != (pairs is not None):
        problem = "codon_pair_cost and a table of codon pairs go together, and one came"
        raise SettingsError(problem, remedy="Give both, or neither")
    if workers is not None and workers < 1:
        problem = f"one thread or more was wanted, and {workers} came"
        raise SettingsError(problem)
    table = table or human_codons()

    def search(prices: Mapping[tuple[int, str], float]) -> tuple[CodingDesign, float]:
        costs = CodonCosts(table, settings.lambda_, settings.uridine_cost, prices, settings.codon_pair_cost, pairs)
        return _design(residues, settings, costs, progress=progress, workers=workers or default_workers())

    rules = SteeredRules(
        residues, table, len(settings.before), longest_stem=settings.longest_stem, gc_low=settings.gc_low,
        gc_high=settings.gc_high, gc_window=settings.gc_window,
    )  # fmt: skip
    rules.check()
    design, lowest = search(surcharges or {})
    if surcharges:
        return replace(design, is_optimal=False, gap=math.inf)
    if not rules.are_kept(design.rna, design.structure):
        design, lowest = rules.steer(design, lowest, search)
    gap = design.objective - lowest
    told = math.inf if lowest == -math.inf else max(math.ceil(100 * (gap - _SAME)) / 100, 0.0)
    return replace(design, is_optimal=gap < _SAME, gap=told)


def _design(
    residues: str, settings: DesignSettings, costs: CodonCosts, *, progress: Progress | None, workers: int
) -> tuple[CodingDesign, float]:
    """A design that is optimal for costs, and what no objective plus surcharges is below (-inf: not known)."""
    model = turner_2004()
    graph = build_codon_graph(residues, costs, _surroundings(settings))
    length = graph.edge_first.size - 1
    span = length if settings.longest_span is None else min(length, settings.longest_span)
    _check_memory(model, graph, span, settings)
    tables = allocate_tables(model, graph, span, settings.longest_loop)
    fill_tables(model, graph, tables, workers=workers, progress=progress)
    traced = _trace(model, graph, tables)
    if traced is None:  # a loop of more bases than energies are known for
        exact = settings.model_copy(update={"longest_loop": LONGEST_LOOP})
        return _design(residues, exact, costs, progress=progress, workers=workers)
    chosen, partner, total = traced
    whole, structure = "".join(BASES[base] for base in graph.edge_base[chosen]), write_structure(partner)
    start = len(settings.before)
    rna = whole[start : start + 3 * len(residues)]
    cai = costs.table.adaptation(rna)
    # What the tables hold has the costs rounded to steps, and long loops priced below their energy.
    bound = round(total - float(graph.edge_cost[chosen].sum())) / 100.0
    energy = evaluate_structure(whole, structure)
    objective = energy - settings.lambda_ * len(residues) * math.log(cai) + settings.uridine_cost * rna.count("U")
    if costs.pairs is not None:
        objective += costs.pair * costs.pairs.total_loss(rna)
    extra = sum(costs.surcharges.get((k, rna[3 * k : 3 * k + 3]), 0.0) for k in range(len(residues)))
    lowest = objective - (energy - bound) + extra if span == length else -math.inf
    if extra > 0 and settings.lambda_ == 0:
        lowest -= 0.01  # adaptation, which decides between equal energies then, weighs less than this
    return CodingDesign(rna, structure, energy, cai, objective, False, math.inf), lowest


def _surroundings(settings: DesignSettings) -> Surroundings:
    given = (settings.before, settings.after, settings.upstream, settings.downstream)
    before, after, upstream, downstream = flanks = [flank.upper().replace("T", "U") for flank in given]
    for flank in filter(None, flanks):
        check_rna(flank)
    motifs = tuple(resolve_motifs(settings.avoid))
    if settings.longest_run is not None:
        motifs += tuple(base * (settings.longest_run + 1) for base in BASES)
    return Surroundings(before, after, motifs, settings.open_start, upstream, downstream)


def _trace(
    model: EnergyModel, graph: SequenceGraph, tables: DesignTables
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]], float] | None:
    """The edges chosen, the partner of each position, and the value of the whole; None if no structure has it, which
    is possible only where long loops are priced alike."""
    length = graph.edge_first.size - 1
    chosen = np.full(length, -1, dtype=np.int64)
    partner = chosen.copy()
    if not _trace_kernels.trace_design(model, graph, tables, chosen, partner):
        if tables.longest_loop < LONGEST_LOOP:
            return None
        message = "a value of the design's tables has no origin"
        raise AssertionError(message)
    return chosen, partner, float(tables.suffix[0])


def _check_memory(model: EnergyModel, graph: SequenceGraph, span: int, settings: DesignSettings) -> None:
    length = graph.edge_first.size - 1
    gigabytes = table_bytes(model, graph, span) / 1e9
    if gigabytes > settings.memory_gigabytes:
        minutes = _SECONDS_PER_CUBE * length**3 / 60
        problem = (
            f"the exact design of {length} bases takes about {gigabytes:.1f} GB and {minutes:.0f} minutes; "
            f"the limit is {settings.memory_gigabytes:g} GB"
        )
        raise InputError(problem, remedy="Raise memory_gigabytes (--memory), or lower longest_span (--span): 600, say")


def check_protein(protein: str) -> str:
    """The residues in upper case. InputError where there are none, or one is not among the 20.

    >>> check_protein("mk")
    'MK'
    """
    residues = protein.upper()
    if not residues:
        problem = "a protein was wanted and nothing came"
        raise InputError(problem)
    known = set(human_codons().shares) - {"*"}
    if strange := [k for k, residue in enumerate(residues) if residue not in known]:
        what = "a stop inside the protein" if residues[strange[0]] == "*" else "not one of the 20 residues"
        problem = f"{residues[strange[0]]!r} is {what}"
        raise InputError(
            problem, where=f"residue {strange[0] + 1}", remedy="Remove stops and settle ambiguous residues"
        )
    return residues

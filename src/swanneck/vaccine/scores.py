"""What any given sequence is worth: folding, codons, composition, hydrolysis, motifs."""

from collections.abc import Iterable
from dataclasses import dataclass

from swanneck.folding import fold_ensemble, fold_sequence
from swanneck.folding.structures import check_rna
from swanneck.sequences.codons import CodonTable, human_codons, translate_codons
from swanneck.vaccine.sequence_rules import NAMED_MOTIFS, find_motifs, resolve_motifs
from swanneck.vaccine.stability import predict_degradation, predict_hydrolysis

__all__ = ["SequenceScore", "find_coding_region", "score_gigabytes", "score_sequence"]

_STOPS = ("UAA", "UAG", "UGA")


@dataclass(frozen=True)
class SequenceScore:
    """Figures of one RNA; those of codons are those of its coding region and None where it has none.

    `hydrolysis` is the relative rate at which the strand breaks in solution (`predict_hydrolysis`, summed);
    `degradation` is the rate per hour at which whole copies of the coding region, or of the sequence if it has none,
    become fewer at pH 10 (`predict_degradation`).
    `energy` and `ensemble_energy` in kcal/mol at 37 degrees (Turner 2004, dangles 0, unmodified bases); `aup` is the
    average unpaired probability; `gc`, `uridine`, `gc3` are shares; `motifs` counts each named motif that occurs.
    """

    length: int
    energy: float
    structure: str
    ensemble_energy: float
    aup: float
    hydrolysis: float
    degradation: float
    gc: float
    uridine: float
    longest_run: int
    coding_start: int | None
    coding_end: int | None
    protein: str | None
    cai: float | None
    gc3: float | None
    motifs: dict[str, int]


def score_gigabytes(sequence: str) -> float:
    """The memory that scoring a sequence takes: that of `fold_ensemble`.

    >>> score_gigabytes("A" * 10_000)
    1.2
    """
    return 12.0 * len(sequence) ** 2 / 1e9


def find_coding_region(rna: str) -> tuple[int, int] | None:
    """Start and end (from 0, stops excluded) of the coding region: the whole if it is codons without a stop inside,
    else the longest that begins with AUG and ends before a stop.

    >>> find_coding_region("GGAUGAAAUGAC"), find_coding_region("CCCGGG"), find_coding_region("AC")
    ((2, 8), (0, 6), None)
    """
    codons = [rna[k : k + 3] for k in range(0, len(rna) - 2, 3)]
    if codons and len(rna) % 3 == 0:
        inside = next((k for k, codon in enumerate(codons) if codon in _STOPS), len(codons))
        if inside > 0 and all(codon in _STOPS for codon in codons[inside:]):
            return 0, 3 * inside
    longest: tuple[int, int] | None = None
    for start in range(len(rna) - 5):
        if rna.startswith("AUG", start):
            ends = (k for k in range(start, len(rna) - 2, 3) if rna[k : k + 3] in _STOPS)
            end = next(ends, None)
            if end is not None and (longest is None or end - start > longest[1] - longest[0]):
                longest = start, end
    return longest


def score_sequence(
    sequence: str, *, table: CodonTable | None = None, motifs: Iterable[str] = tuple(NAMED_MOTIFS)
) -> SequenceScore:
    """Score an RNA or DNA sequence as it is, untranslated regions and all.

    InputError for letters that are not bases.

    >>> score = score_sequence("ATGGGCAAGGCC")
    >>> score.energy, score.protein, round(score.cai, 3), round(score.aup, 2)
    (-1.3, 'MGKA', 1.0, 0.57)
    """
    check_rna(sequence)
    rna, table = sequence.upper().replace("T", "U"), table or human_codons()
    fold, ensemble = fold_sequence(rna), fold_ensemble(rna)
    region = find_coding_region(rna)
    coding = rna[slice(*region)] if region else ""
    named = resolve_motifs(motifs)
    counts: dict[str, int] = {}
    for _, motif in find_motifs(rna, named):
        counts[named[motif]] = counts.get(named[motif], 0) + 1
    return SequenceScore(
        length=len(rna), energy=fold.energy, structure=fold.structure, ensemble_energy=ensemble.energy,
        aup=ensemble.average_unpaired,
        hydrolysis=float(predict_hydrolysis(rna, ensemble.unpaired).sum()),
        degradation=predict_degradation(rna, ensemble.unpaired, region),
        gc=sum(map(rna.count, "GC")) / len(rna), uridine=rna.count("U") / len(rna),
        longest_run=max(map(len, _runs(rna))), coding_start=region[0] if region else None,
        coding_end=region[1] if region else None, protein=translate_codons(coding, table) if coding else None,
        cai=table.adaptation(coding) if coding else None,
        gc3=sum(map(coding[2::3].count, "GC")) / (len(coding) // 3) if coding else None, motifs=counts,
    )  # fmt: skip


def _runs(rna: str) -> list[str]:
    runs = [rna[0]]
    for base in rna[1:]:
        if base == runs[-1][0]:
            runs[-1] += base
        else:
            runs.append(base)
    return runs

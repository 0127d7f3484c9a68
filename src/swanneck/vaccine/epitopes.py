"""T-cell epitopes of an antigen: peptides that class I molecules are predicted to present, and their like in humans."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field, field_validator

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.sequences.fasta import FastaRecord
from swanneck.vaccine.binding import LENGTHS, check_alleles, predict_binding
from swanneck.vaccine.coding_design import check_protein

__all__ = ["EpitopeSettings", "find_epitopes", "find_human_likes"]

_EMPTY = {"start": pl.Int64, "end": pl.Int64, "peptide": pl.String, "allele": pl.String,
          "affinity_nanomolar": pl.Float64, "rank_percent": pl.Float64}  # fmt: skip
_BATCH = 2000  # peptides
_PIECE = 4_000_000  # letters of a proteome that are searched at once

_Letters = npt.NDArray[np.uint8]


class EpitopeSettings(Settings):
    """Which peptides are called epitopes.

    >>> EpitopeSettings(alleles=("HLA-A*02:01",)).alleles
    ('A*02:01',)
    """

    alleles: tuple[str, ...] = ()
    """Class I alleles; none: all that the network knows."""
    lengths: tuple[int, ...] = (9, 10)
    """Residues of the peptides; most ligands of class I have 9, then 10: Trolle et al. (2016), J. Immunol. 196:1480."""
    most_rank: float = Field(default=0.5, gt=0.0, le=100.0)
    """Percent: a peptide is an epitope of an allele where so few random ones bind better. 0.5 is the usual limit of
    strong binders, 2 of weak ones: Jurtz et al. (2017), J. Immunol. 199:3360."""

    @field_validator("alleles")
    @classmethod
    def _name_alleles(cls, alleles: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_alleles(alleles)) if alleles else ()

    @field_validator("lengths")
    @classmethod
    def _check_lengths(cls, lengths: tuple[int, ...]) -> tuple[int, ...]:
        if not lengths or set(lengths) - set(LENGTHS):
            problem = f"lengths from {LENGTHS[0]} to {LENGTHS[-1]} were wanted"
            raise ValueError(problem)
        return tuple(sorted(set(lengths)))


def find_epitopes(
    protein: str,
    settings: EpitopeSettings | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> pl.DataFrame:
    """Predicted epitopes of a protein: start, end (from 1, both included), peptide, allele, affinity_nanomolar,
    rank_percent; by place and allele. A protein shorter than a peptide has none.

    Binding is what is predicted. Whether a cell cuts the peptide out, and whether T cells answer it, is not.

    >>> found = find_epitopes("MSLLTEVETPIRNEWGCRCNDSSDGILGFVFTLTVPSERGLQ", EpitopeSettings(alleles=("A*02:01",)))
    >>> "GILGFVFTL" in found["peptide"].to_list()
    True
    """
    settings, residues = settings or EpitopeSettings(), check_protein(protein)
    places = [(k + 1, k + size) for size in settings.lengths for k in range(len(residues) - size + 1)]
    tables = [pl.DataFrame(schema=_EMPTY)]
    for first in range(0, len(places), _BATCH):
        some = places[first : first + _BATCH]
        bound = predict_binding([residues[start - 1 : end] for start, end in some], settings.alleles)
        times = bound.height // len(some)
        ends = np.repeat(np.array(some, dtype=np.int64), times, axis=0)
        bound = bound.with_columns(pl.Series("start", ends[:, 0]), pl.Series("end", ends[:, 1])).select(*_EMPTY)
        tables.append(bound.filter(pl.col("rank_percent") <= settings.most_rank))
        if progress:
            progress("epitopes", min(first + _BATCH, len(places)), len(places))
    return pl.concat(tables).sort("start", "end", "allele")


def find_human_likes(peptides: Iterable[str], proteome: Sequence[FastaRecord]) -> pl.DataFrame:
    """For each peptide how it recurs in the proteins given: peptide, human_identity (1: the same peptide; else the
    share of equal residues where one differs; null: nothing as near), human_protein (the first one that has it).

    T cells against what the body has itself are deleted or kept down, or would attack it. Letters that are no residue
    match nothing. InputError for a proteome without proteins.

    >>> find_human_likes(["MKVLAGSST", "WWWWWWWWW"], [FastaRecord("own", "", "AAMKVLAGSCTAA")]).rows()
    [('MKVLAGSST', 0.8888888888888888, 'own'), ('WWWWWWWWW', None, None)]
    """
    if not proteome:
        problem = "a proteome was wanted and no protein came"
        raise InputError(problem)
    wanted = sorted(set(peptides))
    found: dict[str, tuple[float, str]] = {}
    pieces = _cut(proteome)
    for size in sorted({len(peptide) for peptide in wanted}):
        for masked in (None, *range(size)):
            share = 1.0 if masked is None else 1.0 - 1.0 / size
            for text, starts, names in pieces:
                left = [peptide for peptide in wanted if len(peptide) == size and peptide not in found]
                places = _find_each(text, left, masked)
                for peptide, place in zip(left, places.tolist(), strict=True):
                    if place >= 0:
                        found[peptide] = share, names[int(np.searchsorted(starts, place, side="right")) - 1]
    table = [(peptide, *found.get(peptide, (None, None))) for peptide in wanted]
    schema = {"peptide": pl.String, "human_identity": pl.Float64, "human_protein": pl.String}
    return pl.DataFrame(table, schema=schema, orient="row")


def _cut(proteome: Sequence[FastaRecord]) -> list[tuple[_Letters, npt.NDArray[np.int64], list[str]]]:
    """Proteins joined to texts of some size, stars between them; where each begins, and its name."""
    pieces, some, size = [], list[FastaRecord](), 0
    for number, record in enumerate(proteome):
        some.append(record)
        size += len(record.sequence)
        if size >= _PIECE or number == len(proteome) - 1:
            text = "*".join(one.sequence for one in some).upper().encode("ascii", "replace")
            starts = np.cumsum([0, *(len(one.sequence) + 1 for one in some[:-1])])
            pieces.append((np.frombuffer(text, dtype=np.uint8), starts, [one.name for one in some]))
            some, size = [], 0
    return pieces


def _find_each(text: _Letters, peptides: Sequence[str], masked: int | None) -> npt.NDArray[np.int64]:
    """The first place of each of some peptides of one length in a text, one residue left out of both; -1: nowhere."""
    places = np.full(len(peptides), -1, dtype=np.int64)
    size = len(peptides[0]) if peptides else 0
    if not size or text.size < size:
        return places
    # Five bits for each letter: 11 residues are 55 of the 63 that there are.
    keys, wanted = np.zeros(text.size - size + 1, dtype=np.int64), np.zeros(len(peptides), dtype=np.int64)
    broken, strange = np.zeros(keys.size, dtype=bool), (text < ord("A")) | (text > ord("Z"))
    for k in range(size):
        broken |= strange[k : k + keys.size]
        if k != masked:
            keys = (keys << 5) | (text[k : k + keys.size] & 31)
            wanted = (wanted << 5) | np.array([ord(peptide[k]) & 31 for peptide in peptides])
    keys[broken] = -1
    ordered = np.sort(wanted)
    hits = np.flatnonzero(ordered[np.minimum(np.searchsorted(ordered, keys), wanted.size - 1)] == keys)
    values, first = np.unique(keys[hits], return_index=True)
    if values.size:
        where = np.minimum(np.searchsorted(values, wanted), values.size - 1)
        places = np.where(values[where] == wanted, hits[first[where]], -1)
    return places

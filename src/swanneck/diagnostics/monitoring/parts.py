"""The parts of oligos that bind: an oligo itself, or the two halves of a LAMP inner primer."""

from dataclasses import dataclass

from swanneck.diagnostics.monitoring.assays import Assay, Oligo
from swanneck.diagnostics.search.sites import find_sites
from swanneck.sequences.fasta import FastaRecord

__all__ = ["Part", "list_parts"]

_SHORTEST_HALF, _LONGEST_LINKER = 14, 6
_GOOD_CUT = 3.0
_INNER = {"FIP": ("F1c", "F2"), "BIP": ("B1c", "B2")}
_GENOMES = 5


@dataclass(frozen=True)
class Part:
    """What binds: its assay, oligo and role; for an inner primer, F1c and F2 (B1c and B2) are parts of their own."""

    assay: str
    oligo: str
    role: str
    sequence: str

    @property
    def is_primer(self) -> bool:
        """A polymerase extends it, so that its 3' end must match."""
        return self.role not in ("P", "guide")


def list_parts(assays: list[Assay], genomes: list[FastaRecord]) -> list[Part]:
    """List what binds of every assay, in the order of the table.

    Inner primers (FIP, BIP) are written as one oligo, F1c and F2 with or without a linker of T between. They are cut
    where both halves match best one of a few of the genomes, on opposite strands.

    >>> assay = Assay("N2", "", "", "", (Oligo("N2-F", "F", "ACGTACGT"),))
    >>> [(part.oligo, part.role) for part in list_parts([assay], [])]
    [('N2-F', 'F')]
    """
    step = max(1, len(genomes) // _GENOMES)
    few = genomes[::step][:_GENOMES]
    return [part for assay in assays for oligo in assay.oligos for part in _parts(assay.name, oligo, few)]


def _parts(assay: str, oligo: Oligo, genomes: list[FastaRecord]) -> list[Part]:
    if oligo.role not in _INNER or len(oligo.sequence) < 2 * _SHORTEST_HALF:
        return [Part(assay, oligo.name, oligo.role, oligo.sequence)]
    first, second = _cut(oligo.sequence, genomes)
    inner, outer = _INNER[oligo.role]
    return [Part(assay, oligo.name, inner, first), Part(assay, oligo.name, outer, second)]


def _cut(sequence: str, genomes: list[FastaRecord]) -> tuple[str, str]:
    best: tuple[float, float, int, int] = (float("inf"), 0.0, len(sequence) // 2, len(sequence) // 2)
    for genome in genomes:
        best = min(best, _cut_by(sequence, genome))
        if best[0] <= _GOOD_CUT:
            break
    return sequence[: best[2]], sequence[best[3] :]


def _cut_by(sequence: str, genome: FastaRecord) -> tuple[float, float, int, int]:
    """Give the cost of the best cut, how far it is from the middle, the end of the first half, the second's start."""
    places = range(_SHORTEST_HALF, len(sequence) - _SHORTEST_HALF + 1)
    heads = find_sites([sequence[:place] for place in places], [genome])
    tails = find_sites([sequence[place:] for place in places], [genome])
    best: tuple[float, float, int, int] = (float("inf"), 0.0, len(sequence) // 2, len(sequence) // 2)
    for i, end in enumerate(places):
        for j, start in enumerate(places):
            wrong = int(heads.mismatches[i, 0]), int(tails.mismatches[j, 0])
            linker = sequence[end:start]
            if not 0 <= start - end <= _LONGEST_LINKER or set(linker) - {"T"} or min(wrong) < 0:
                continue
            if heads.reverse[i, 0] != tails.reverse[j, 0]:
                # One mismatch costs more than any linker; of cuts that match as well, the one without.
                best = min(best, (sum(wrong) + 0.15 * (start - end), abs(end + start - len(sequence)), end, start))
    return best

"""Which codons a host likes to have side by side, beyond how much it likes each."""

import csv
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import human_codons

__all__ = ["CodonPairTable", "read_codon_pairs"]

_RESIDUES = {codon: residue for residue, codons in human_codons().shares.items() for codon in codons}
_SENSE = tuple(codon for codon, residue in _RESIDUES.items() if residue != "*")
_KINDS = ("score", "count")


@dataclass(frozen=True)
class CodonPairTable:
    """Scores of pairs of neighbouring codons (RNA letters); the higher, the more a host likes the pair."""

    scores: Mapping[tuple[str, str], float]

    def loss(self, first: str, second: str) -> float:
        """By how much the score of a pair stays below that of the best pair for the same two residues; 0 or more."""
        best = max(
            self.scores[one, two]
            for one in human_codons().shares[_RESIDUES[first]]
            for two in human_codons().shares[_RESIDUES[second]]
        )
        return best - self.scores[first, second]

    def total_loss(self, rna: str) -> float:
        """The sum of losses over the pairs of a coding sequence.

        >>> even = CodonPairTable({(one, two): 0.0 for one in _SENSE for two in _SENSE})
        >>> even.total_loss("AUGGGCAAG")
        0.0
        """
        codons = [rna[k : k + 3] for k in range(0, len(rna), 3)]
        return sum(self.loss(*pair) for pair in zip(codons, codons[1:], strict=False))


def read_codon_pairs(path: Path) -> CodonPairTable:
    """Scores of codon pairs from a CSV file with the columns first, second, and score or count.

    Scores are taken as they stand. From counts in a host's genes they are computed as Coleman et al. (2008), Science
    320:1784, do: the logarithm of the observed count over the one expected from codons and pairs of residues; a half is
    added to each count, so that pairs never seen have a score. Pairs with stops are left out, T is read as U.
    InputError where one of the 3,721 pairs of sense codons is missing or comes twice, or a line is no such line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pairs.csv"
    ...     lines = [f"{one},{two},{5 if one == two else 1}" for one in _SENSE for two in _SENSE]
    ...     _ = path.write_text("\\n".join(["first,second,count", *lines]))
    ...     round(read_codon_pairs(path).loss("AAA", "AAG"), 2)
    1.3
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot read the codon pairs {path.name}: {error}"
        raise InputError(problem, where=str(path.parent)) from error
    heads = [word.strip().lower() for word in next(csv.reader(lines[:1]), [])]
    if heads[:2] != ["first", "second"] or len(heads) < 3 or heads[2] not in _KINDS:
        problem = f"columns first, second, and score or count were wanted, {', '.join(heads) or 'nothing'} came"
        raise InputError(problem, where=path.name)
    values: dict[tuple[str, str], float] = {}
    for number, words in enumerate(csv.reader(lines[1:]), start=2):
        if not words:
            continue
        pair, value = _read_line(words, path.name, number, counted=heads[2] == "count")
        if "*" in (_RESIDUES[pair[0]], _RESIDUES[pair[1]]):
            continue
        if pair in values:
            problem = f"the pair {pair[0]} {pair[1]} comes twice"
            raise InputError(problem, where=f"{path.name}, line {number}")
        values[pair] = value
    missing = [(one, two) for one in _SENSE for two in _SENSE if (one, two) not in values]
    if missing:
        problem = f"{len(missing)} of {len(_SENSE) ** 2} pairs of codons are missing, such as {' '.join(missing[0])}"
        raise InputError(problem, where=path.name)
    return CodonPairTable(values if heads[2] == "score" else _score(values))


def _read_line(words: list[str], name: str, number: int, *, counted: bool) -> tuple[tuple[str, str], float]:
    try:
        first, second = (word.strip().upper().replace("T", "U") for word in words[:2])
        value = float(words[2])
    except (ValueError, IndexError) as error:
        problem = "two codons and a number were wanted"
        raise InputError(problem, where=f"{name}, line {number}") from error
    if first not in _RESIDUES or second not in _RESIDUES or not math.isfinite(value) or (counted and value < 0):
        problem = f"two codons and a number were wanted, {','.join(words[:3])} came"
        raise InputError(problem, where=f"{name}, line {number}")
    return (first, second), value


def _score(counts: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """ln of the count over F(A) F(B) F(XY) / (F(X) F(Y)), codons A and B of residues X and Y."""
    codons: dict[str, float] = defaultdict(float)
    residues: dict[str, float] = defaultdict(float)
    together: dict[tuple[str, str], float] = defaultdict(float)
    smoothed = {pair: count + 0.5 for pair, count in counts.items()}
    for (first, second), count in smoothed.items():
        together[_RESIDUES[first], _RESIDUES[second]] += count
        for codon in (first, second):
            codons[codon] += count / 2
            residues[_RESIDUES[codon]] += count / 2
    return {
        (first, second): math.log(count) - math.log(
            codons[first] * codons[second] * together[_RESIDUES[first], _RESIDUES[second]]
            / (residues[_RESIDUES[first]] * residues[_RESIDUES[second]])
        )
        for (first, second), count in smoothed.items()
    }  # fmt: skip

"""Antigens for many variants: consensus, conservation, and mosaics that cover the most of what is observed."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.vaccine.coding_design import check_protein

__all__ = ["Mosaic", "design_mosaic", "find_consensus", "measure_conservation", "measure_coverage"]

_GAP = "-"


@dataclass(frozen=True)
class Mosaic:
    """Antigens chosen one after another; `coverage` is the mean share of a variant's k-mers that they have together.

    `bound` is what no single first antigen made of observed k-mers in alignment order can exceed.
    """

    antigens: tuple[str, ...]
    coverage: float
    bound: float


def _check_aligned(variants: Sequence[str]) -> None:
    if not variants or len({len(one) for one in variants}) > 1:
        lengths = len(set(map(len, variants)))
        problem = f"aligned proteins of one length were wanted; {len(variants)} of {lengths} lengths came"
        raise InputError(problem, remedy="Align them first, with `mafft --auto` for one")
    for variant in variants:
        check_protein(variant.replace(_GAP, ""))


def find_consensus(variants: Sequence[str]) -> str:
    """The commonest residue of each column, columns that are mostly gaps left out; ties by the alphabet.

    >>> find_consensus(["MK-V", "MR-V", "MKAV"])
    'MKV'
    """
    _check_aligned(variants)
    columns = (Counter(column) for column in zip(*variants, strict=True))
    return "".join(min(column, key=lambda one: (-column[one], one)) for column in columns).replace(_GAP, "")


def measure_conservation(variants: Sequence[str]) -> list[float]:
    """For each column 1 less its entropy over that of 20 equal residues (gaps count as one more letter): 1 = conserved.

    Shannon (1948), Bell System Technical Journal 27:379.

    >>> [round(value, 2) for value in measure_conservation(["MK", "MR"])]
    [1.0, 0.77]
    """
    _check_aligned(variants)
    conserved = []
    for column in zip(*variants, strict=True):
        shares = [count / len(variants) for count in Counter(column).values()]
        conserved.append(1.0 + sum(share * math.log(share) for share in shares) / math.log(20))
    return conserved


def measure_coverage(variants: Sequence[str], antigens: Sequence[str], size: int = 9) -> float:
    """The mean over variants of the share of their k-mers that occur in one of the antigens.

    Fischer et al. (2007), Nature Medicine 13:100.

    >>> round(measure_coverage(["MKVL", "MKVA"], ["MKVL"], size=3), 2)
    0.75
    """
    known = {kmer for antigen in antigens for kmer in _kmers(antigen, size)}
    shares = []
    for variant in variants:
        kmers = set(_kmers(variant.replace(_GAP, ""), size))
        shares.append(len(kmers & known) / len(kmers) if kmers else 0.0)
    return sum(shares) / len(shares)


def _kmers(sequence: str, size: int) -> list[str]:
    return [sequence[k : k + size] for k in range(len(sequence) - size + 1)]


def design_mosaic(variants: Sequence[str], count: int = 1, size: int = 9) -> Mosaic:
    """Antigens that cover the most k-mers of aligned variants; every k-mer of an antigen is one that is observed.

    Each antigen is the heaviest path through the observed k-mers in alignment order, exact by dynamic programming; the
    next one counts only what is not covered yet. Theiler et al. (2016), Scientific Reports 6:33987 (epigraphs).

    >>> mosaic = design_mosaic(["MKVLAG", "MKVLSG", "MRVLSG"], size=3)
    >>> mosaic.antigens, round(mosaic.coverage, 2)
    (('MKVLSG',), 0.67)
    """
    if count < 1 or size < 2:
        problem = f"one antigen or more and k-mers of 2 or more were wanted; {count} and {size} came"
        raise SettingsError(problem)
    _check_aligned(variants)
    if min(len(one.replace(_GAP, "")) for one in variants) < size:
        problem = f"every variant needs at least {size} residues"
        raise InputError(problem)
    weights: dict[str, float] = defaultdict(float)
    for variant in variants:
        kmers = set(_kmers(variant.replace(_GAP, ""), size))
        for kmer in kmers:
            weights[kmer] += 1 / len(kmers) / len(variants)
    places = _place(variants, size)
    antigens, bound = [], 1.0
    for number in range(count):
        antigen, total = _heaviest(places, weights)
        if number == 0:
            bound = min(1.0, total)
        antigens.append(antigen)
        for kmer in _kmers(antigen, size):
            weights[kmer] = 0.0
    return Mosaic(tuple(antigens), measure_coverage(variants, antigens, size), bound)


_Place = tuple[int, str]  # the column of its first residue, and the k-mer


def _place(variants: Sequence[str], size: int) -> dict[_Place, tuple[bool, bool]]:
    """Observed k-mers by column, and whether a variant begins or ends with them."""
    found: dict[_Place, tuple[bool, bool]] = {}
    for variant in variants:
        columns = [column for column, residue in enumerate(variant) if residue != _GAP]
        text = variant.replace(_GAP, "")
        last = len(text) - size
        for k in range(last + 1):
            key = (columns[k], text[k : k + size])
            first, end = found.get(key, (False, False))
            found[key] = (first or k == 0, end or k == last)
    return found


def _heaviest(places: dict[_Place, tuple[bool, bool]], weights: dict[str, float]) -> tuple[str, float]:
    """The path of overlapping k-mers from a variant's begin to a variant's end with the largest sum of weights."""
    best: dict[str, tuple[float, _Place]] = {}  # by the overlap that the next k-mer must begin with
    before: dict[_Place, _Place | None] = {}
    finish: tuple[float, _Place] | None = None
    waiting: list[tuple[str, tuple[float, _Place]]] = []
    column = -1
    for place in sorted(places):
        if place[0] != column:
            # Paths that end in this column's k-mers can be followed from the next column on only.
            for overlap, way in waiting:
                if overlap not in best or way[0] >= best[overlap][0]:
                    best[overlap] = way
            waiting, column = [], place[0]
        begins, ends = places[place]
        kmer = place[1]
        path = best.get(kmer[:-1])
        if path is None and not begins:
            continue
        total = weights[kmer] + (path[0] if path else 0.0)
        before[place] = path[1] if path else None
        waiting.append((kmer[1:], (total, place)))
        if ends and (finish is None or total > finish[0]):
            finish = total, place
    if finish is None:
        message = "no variant has an end"
        raise AssertionError(message)
    here: _Place | None = finish[1]
    text = ""
    while here is not None:
        text = here[1][-1] + text if before[here] is not None else here[1] + text
        here = before[here]
    return text, finish[0]

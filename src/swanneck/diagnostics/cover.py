"""The fewest oligos that reach the demanded share of genomes, in every window of an alignment."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from swanneck.diagnostics.single_oligos import MOST_GENOMES, cover_with_one
from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.sequences.fasta import FastaRecord, check_aligned, check_nucleotides

__all__ = ["CoverSettings", "WindowCovers", "cover_windows"]

_NO_MATCH, _ANY = 16, 15
_LEAST_COPIES = 500
_MANY, _RARE = 1000, 0.005
_MASKS = dict(zip("ACGTURYSWKMBDHVNX?*-.", [1, 2, 4, 8, 8, 5, 10, 6, 9, 12, 3, 14, 13, 11, 7, *[_ANY] * 4, 0, 0],
                  strict=True))  # fmt: skip


class CoverSettings(Settings):
    """What an oligo is, when it reaches a genome, and how many genomes must be reached.

    28 bases is the spacer of Cas13a, and one mismatch, windows of 200 and 99 % of genomes are the task that ADAPT
    published (Metsky et al. 2022, Nature Biotechnology 40:1123).
    """

    oligo: int = Field(28, ge=8, le=200)
    """Bases of an oligo."""
    window: int = Field(200, ge=8)
    """Columns of the alignment that all oligos of a window must lie in."""
    mismatches: int = Field(1, ge=0, le=10)
    """Bases that may differ; a deletion or insertion may not."""
    fraction: float = Field(0.99, gt=0, le=1)
    """Share of the genomes to reach."""
    missing: Literal["unknown", "fails"] = "unknown"
    """What an ambiguous base or a missing end is: `unknown` is no mismatch, `fails` is one."""
    known_share: float = Field(0.5, ge=0, le=1)
    """With missing bases unknown, a site counts where this share of the genomes known at the window's best site is
    known: an oligo must not win for want of data. Half is a choice of ours."""
    rarest: float | None = Field(None, ge=0, le=1)
    """Share of the genomes that must have an oligo letter by letter: rare stretches make the search long and are seldom
    needed. Where not told, 0 up to a thousand genomes and 0.005 beyond; what is proven then holds for such oligos."""
    effort: int = Field(10**10, ge=1)
    """Steps of the exact search in all; 10^10 are some 10 seconds. Where they run out, the bound stays below."""

    @model_validator(mode="after")
    def _fits(self) -> "CoverSettings":
        if self.oligo > self.window:
            message = f"an oligo of {self.oligo} bases does not fit into a window of {self.window}"
            raise ValueError(message)
        if self.mismatches >= self.oligo:
            message = f"{self.mismatches} mismatches of {self.oligo} bases match anything"
            raise ValueError(message)
        return self


@dataclass(frozen=True)
class WindowCovers:
    """The windows that can be covered, in order, and their oligos.

    `window_start` is a column of the alignment, from 1. `n_oligos` is the number of oligos found and `lower_bound`
    the number that is proven to be needed: where they are equal, nothing smaller exists. `sites` are the columns
    (from 1) at which the oligos begin. `n_windows` counts all windows, `needed` the genomes to reach of `n_genomes`;
    every oligo is a stretch of at least `least` genomes, and what is proven holds for such oligos.
    """

    window_start: NDArray[np.int64]
    n_oligos: NDArray[np.int64]
    lower_bound: NDArray[np.int64]
    oligos: list[tuple[str, ...]]
    sites: list[tuple[int, ...]]
    n_windows: int
    n_genomes: int
    needed: int
    least: int


def cover_windows(
    genomes: list[FastaRecord], settings: CoverSettings | None = None, *, weights: NDArray[np.float64] | None = None
) -> WindowCovers:
    """Find for every window of an alignment the fewest oligos that reach the demanded share of the genomes.

    An oligo is a stretch of one genome without ambiguous bases, in the genomes' own direction; it reaches a genome
    where the same columns differ in at most `mismatches` bases and hold no gap. Missing ends are not gaps.
    A greedy cover (Johnson 1974) gives an upper limit; an exhaustive search looks for smaller ones and proves that
    none exists. Windows that no set of oligos covers are left out.

    With weights, a share of the weight is to be reached: each genome counts as the whole number of copies that comes
    closest to its weight, at least one, of four times as many copies as genomes (500 at least) in all. `n_genomes`
    and `needed` then count copies.

    Raises `InputError` where the genomes are not aligned nucleotides, or shorter than a window.

    >>> genomes = [FastaRecord("a", "", "ACGTACGTACGT"), FastaRecord("b", "", "ACGTACGTTTTT")]
    >>> found = cover_windows(genomes, CoverSettings(oligo=8, window=9, mismatches=0))
    >>> found.window_start.tolist(), found.n_oligos.tolist(), found.oligos[0]
    ([1, 2, 3, 4], [1, 2, 2, 2], ('ACGTACGT',))
    """
    settings = settings or CoverSettings()
    bases = _encode(genomes, settings)
    copies = np.arange(len(genomes)) if weights is None else _copies(weights)
    bases = bases if weights is None else np.ascontiguousarray(bases[:, copies])
    n_columns, n_genomes = bases.shape
    if n_columns < settings.window:
        problem = f"wanted at least one window of {settings.window} columns, and the alignment has {n_columns}"
        raise InputError(problem, remedy="Choose a smaller window")
    needed = max(1, ceil(settings.fraction * n_genomes - 1e-9))
    counts, bounds, site, genome = _find_covers(bases, needed, settings)
    starts = np.flatnonzero(counts)
    words = [
        genomes[row].sequence[place : place + settings.oligo].replace("U", "T")
        for place, row in zip(site.tolist(), copies[genome].tolist(), strict=True)
    ]
    edges = np.concatenate([[0], np.cumsum(counts[starts])]).tolist()
    spans = [slice(low, high) for low, high in zip(edges[:-1], edges[1:], strict=True)]
    places = (site + 1).tolist()
    return WindowCovers(
        window_start=starts + 1,
        n_oligos=counts[starts].astype(np.int64),
        lower_bound=bounds[starts].astype(np.int64),
        oligos=[tuple(words[span]) for span in spans],
        sites=[tuple(places[span]) for span in spans],
        n_windows=len(counts),
        n_genomes=n_genomes,
        needed=needed,
        least=_least(n_genomes, settings),
    )


def _least(n_genomes: int, settings: CoverSettings) -> int:
    """Give how many genomes must have an oligo."""
    share = (_RARE if n_genomes > _MANY else 0.0) if settings.rarest is None else settings.rarest
    return max(1, ceil(share * n_genomes - 1e-9))


def _copies(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the numbers of genomes, each as often as its weight demands."""
    total = max(_LEAST_COPIES, 4 * weights.size)
    times = np.maximum(1, np.rint(weights / weights.sum() * total)).astype(np.int64)
    return np.repeat(np.arange(weights.size), times)


def _find_covers(
    bases: NDArray[np.uint8], needed: int, settings: CoverSettings
) -> tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.integer], NDArray[np.integer]]:
    """Give the number of oligos of each window and its bound; of all oligos, window by window, site and genome."""
    n_genomes = bases.shape[1]
    width = settings.window - settings.oligo + 1
    share = settings.known_share if settings.missing == "unknown" else 0.0
    if n_genomes <= MOST_GENOMES and not settings.rarest:
        alone = cover_with_one(bases, settings.oligo, settings.mismatches, needed=needed, sites=width, share=share)
        if alone is not None:
            site, genome = alone
            counts = (site >= 0).astype(np.int64)
            return counts, counts, site[site >= 0], genome[site >= 0]
    # Loading the compiler takes longer than many an alignment.
    from swanneck.diagnostics import _kernels

    site_of, genome_of, sets, sizes, first, known = _kernels.oligo_candidates(
        bases, settings.oligo, settings.mismatches, _least(n_genomes, settings)
    )
    numbers, bounds, chosen = _kernels.cover_windows(
        sets, sizes, first, known, n_genomes, needed, width, share, settings.effort
    )
    return numbers, bounds, site_of[chosen], genome_of[chosen]


def _encode(genomes: list[FastaRecord], settings: CoverSettings) -> NDArray[np.uint8]:
    """Give masks of bases as [column, genome]; missing ends are like N."""
    if not genomes:
        problem = "wanted genomes, and there are none"
        raise InputError(problem)
    check_nucleotides(genomes)
    check_aligned(genomes)
    table = np.zeros(256, np.uint8)
    for letter, mask in _MASKS.items():
        table[ord(letter)] = mask
    bases = np.empty((len(genomes[0].sequence), len(genomes)), np.uint8)
    for number, genome in enumerate(genomes):
        column = table[np.frombuffer(genome.sequence.encode("ascii"), np.uint8)]
        known = np.flatnonzero(column)
        first, last = (known[0], known[-1] + 1) if known.size else (column.size, column.size)
        column[:first] = _ANY
        column[last:] = _ANY
        bases[:, number] = column
    if settings.missing == "fails":
        bases[(bases & (bases - 1)) != 0] = _NO_MATCH
    return bases

"""Windows that one oligo covers, and windows that none do: found with NumPy alone.

Where few genomes are alike, this settles every window, and the compiler of the kernels need not be loaded.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["MOST_GENOMES", "cover_with_one"]

MOST_GENOMES = 64
"""Genomes are compared two by two, and a set of genomes is one word of 64 bits."""

_NO_MATCH, _BLOCK = 16, 2048


def cover_with_one(
    bases: NDArray[np.uint8], length: int, mismatches: int, *, needed: int, sites: int, share: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Give the site and the genome of the oligo that covers each window, -1 where no oligos do.

    `bases` is [column, genome] with at most 64 genomes, as masks of four bits. A window has `sites` sites; those
    count where at least `share` of the best number of genomes of the window is known. None is given where a window
    would need several oligos: then the search of `_kernels` must decide.

    >>> bases = np.array([[1, 1], [2, 2], [4, 8]], np.uint8)
    >>> site, genome = cover_with_one(bases, 2, 0, needed=2, sites=2, share=0.0)
    >>> site.tolist(), genome.tolist()
    ([0], [0])
    """
    reached, best, size, known = _reach(bases, length, mismatches)
    least = np.ceil(share * sliding_window_view(known, sites).max(axis=1)).astype(np.int64)
    n_windows = least.size
    single = np.where(size >= needed, size, 0)
    site = np.full(n_windows, -1, np.int64)
    for begin in range(0, n_windows, _BLOCK):
        window = slice(begin, min(begin + _BLOCK, n_windows))
        counts = sliding_window_view(known, sites)[window] >= least[window, None]
        sizes = np.where(counts, sliding_window_view(single, sites)[window], 0)
        first = sizes.argmax(axis=1)
        found = sizes[np.arange(first.size), first] > 0
        site[window] = np.where(found, np.arange(window.start, window.stop) + first, -1)
        together = np.bitwise_or.reduce(np.where(counts, sliding_window_view(reached, sites)[window], 0), axis=1)
        if (np.bitwise_count(together)[~found] >= needed).any():
            return None
    return site, np.where(site >= 0, best[site], -1)


def _reach(
    bases: NDArray[np.uint8], length: int, mismatches: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give of every site: the genomes that any oligo reaches, the genome of the best oligo, its size, those known."""
    n_columns, n_genomes = bases.shape
    rows = np.ascontiguousarray(bases.T)
    vague = _in_window((rows & (rows - 1) != 0) | (rows == _NO_MATCH), length) > 0
    gap = _in_window(rows == 0, length) > 0
    n_sites = n_columns - length + 1
    everyone, best = np.zeros(n_sites, np.uint64), np.zeros(n_sites, np.int64)
    size = np.zeros(n_sites, np.int64)
    bit = np.uint64(1) << np.arange(n_genomes, dtype=np.uint64)
    for genome in range(n_genomes):
        apart = _in_window((rows & rows[genome]) == 0, length)
        hit = (apart <= mismatches) & ~gap & ~(vague[genome] | gap[genome])
        total = hit.sum(axis=0)
        better = total > size
        best[better], size[better] = genome, total[better]
        everyone |= np.bitwise_or.reduce(np.where(hit, bit[:, None], np.uint64(0)), axis=0)
    return everyone, best, size, (~vague & ~gap).sum(axis=0)


def _in_window(flags: NDArray[np.bool_], length: int) -> NDArray[np.int16]:
    """Count the flags of each row in every window of `length` columns."""
    sums = np.zeros((flags.shape[0], flags.shape[1] + 1), np.int32)
    np.cumsum(flags, axis=1, out=sums[:, 1:])
    return (sums[:, length:] - sums[:, :-length]).astype(np.int16)

"""Kernels: which genomes each oligo reaches, and the fewest oligos of each window.

A base is a mask of four bits (A 1, C 2, G 4, T 8): several bits are an ambiguous base, 16 is a base that
matches none, 0 is a deletion.
A set of genomes is a row of 64-bit words.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["count_ones", "cover_windows", "oligo_candidates"]

_HASH = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_PAIRS, _FOURS, _BYTES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM = np.uint64(0x0101010101010101)
_FOUND, _NONE, _GAVE_UP = 1, 0, -1


@kernel
def count_ones(word: np.uint64) -> np.int64:
    """Count the bits of a word that are set."""
    word = word - ((word >> np.uint64(1)) & _PAIRS)
    word = (word & _FOURS) + ((word >> np.uint64(2)) & _FOURS)
    word = (word + (word >> np.uint64(4))) & _BYTES
    return np.int64((word * _SUM) >> np.uint64(56))


@kernel
def _is_vague(base: np.uint8) -> bool:
    return bool((base & (base - 1)) != 0 or base == 16)


@kernel
def _common(row: NDArray[np.uint64], other: NDArray[np.uint64]) -> int:
    total = 0
    for word in range(row.size):
        total += int(count_ones(row[word] & other[word]))
    return total


@kernel
def _holds(row: NDArray[np.uint64], part: NDArray[np.uint64]) -> bool:
    for word in range(row.size):
        if part[word] & ~row[word]:
            return False
    return True


@kernel
def _distinct_words(
    bases: NDArray[np.uint8],
    site: int,
    hashes: NDArray[np.uint64],
    gaps: NDArray[np.int32],
    slots: tuple[NDArray[np.int32], NDArray[np.int64]],
    words: NDArray[np.uint8],
    source: NDArray[np.int32],
    members: NDArray[np.int32],
    owned: NDArray[np.uint64],
) -> int:
    """Fill `words`, a genome and the number of genomes of each, and their sets; give how many differ.

    `slots` is an open hash table: numbers of words, and the site at which each slot was last written.
    """
    table, stamp = slots
    length, last = words.shape[1], table.size - 1
    distinct = 0
    for g in range(hashes.size):
        if gaps[g]:
            continue
        slot = np.int64((hashes[g] ^ (hashes[g] >> np.uint64(29))) & np.uint64(last))
        while stamp[slot] == site:
            same = True
            for i in range(length):
                if words[table[slot], i] != bases[site + i, g]:
                    same = False
                    break
            if same:
                break
            slot = (slot + 1) & last
        if stamp[slot] != site:
            stamp[slot], table[slot] = site, distinct
            for i in range(length):
                words[distinct, i] = bases[site + i, g]
            source[distinct], members[distinct] = g, 0
            owned[distinct, :] = 0
            distinct += 1
        u = table[slot]
        members[u] += 1
        owned[u, g >> 6] |= _ONE << np.uint64(g & 63)
    return distinct


@kernel
def _reach(
    words: NDArray[np.uint8],
    owned: NDArray[np.uint64],
    sources: NDArray[np.int64],
    done: NDArray[np.bool_],
    mismatches: int,
    reached: NDArray[np.uint64],
) -> None:
    """Give each of `sources` the genomes whose words differ from it by no more than `mismatches`."""
    for u in sources:
        reached[u, :] = owned[u, :]
    for u in sources:
        for v in range(done.size):
            if v == u or (v < u and not done[v]):
                continue
            apart = 0
            for i in range(words.shape[1]):
                if (words[u, i] & words[v, i]) == 0:
                    apart += 1
                    if apart > mismatches:
                        break
            if apart <= mismatches:
                for w in range(owned.shape[1]):
                    reached[u, w] |= owned[v, w]
                    if not done[v]:
                        reached[v, w] |= owned[u, w]


@kernel
def _lasting(
    reached: NDArray[np.uint64],
    sources: NDArray[np.int64],
    members: NDArray[np.int32],
    done: NDArray[np.bool_],
    size: NDArray[np.int64],
    kept: NDArray[np.int32],
) -> int:
    """List in `kept`, the largest first, the sources that reach something that no larger one reaches too."""
    for u in sources:
        size[u] = _common(reached[u], reached[u])
    n_kept = 0
    for _ in range(sources.size):
        best = -1
        for u in sources:
            if not done[u] and (best < 0 or (size[u], members[u]) > (size[best], members[best])):
                best = u
        done[best] = True
        replaced = False
        for other in range(n_kept):
            if _holds(reached[kept[other]], reached[best]):
                replaced = True
                break
        if not replaced:
            kept[n_kept] = best
            n_kept += 1
    return n_kept


@kernel
def oligo_candidates(
    bases: NDArray[np.uint8], length: int, mismatches: int, least: int
) -> tuple[
    NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]
]:
    """Find the oligos of every site that no other oligo of the site replaces.

    `bases` is [column, genome]; an oligo is a stretch that at least `least` genomes have. Gives arrays over oligos:
    site, the genome it is read from, set of reached genomes, its size; and over sites: the first oligo (one entry more
    than sites) and the genomes without a missing base.
    """
    n_columns, n_genomes = bases.shape
    n_sites, n_words = n_columns - length + 1, (n_genomes + 63) // 64
    site_of, genome_of = np.empty(4 * n_sites, np.int32), np.empty(4 * n_sites, np.int32)
    sets, sizes = np.zeros((4 * n_sites, n_words), np.uint64), np.empty(4 * n_sites, np.int32)
    first, known = np.zeros(n_sites + 1, np.int64), np.zeros(n_sites, np.int32)

    n_slots = 4
    while n_slots < 2 * n_genomes:
        n_slots *= 2
    slots = np.empty(n_slots, np.int32), np.full(n_slots, -1, np.int64)
    hashes, gaps, vague = np.zeros(n_genomes, np.uint64), np.zeros(n_genomes, np.int32), np.zeros(n_genomes, np.int32)
    top = _ONE
    for _ in range(length - 1):
        top *= _HASH
    words = np.empty((n_genomes, length), np.uint8)
    source, members = np.empty(n_genomes, np.int32), np.empty(n_genomes, np.int32)
    owned, reached = np.empty((n_genomes, n_words), np.uint64), np.empty((n_genomes, n_words), np.uint64)
    size, kept = np.empty(n_genomes, np.int64), np.empty(n_genomes, np.int32)
    done = np.empty(n_genomes, np.bool_)
    n = 0
    for column in range(n_columns):
        site = column - length + 1
        for g in range(n_genomes):
            if site > 0:
                old = bases[site - 1, g]
                hashes[g] -= top * np.uint64(old + 1)
                gaps[g] -= old == 0
                vague[g] -= _is_vague(old)
            new = bases[column, g]
            hashes[g] = hashes[g] * _HASH + np.uint64(new + 1)
            gaps[g] += new == 0
            vague[g] += _is_vague(new)
            if site >= 0:
                known[site] += gaps[g] == 0 and vague[g] == 0
        if site < 0:
            continue
        distinct = _distinct_words(bases, site, hashes, gaps, slots, words, source, members, owned)
        for u in range(distinct):
            done[u] = vague[source[u]] != 0 or members[u] < least
        sources = np.flatnonzero(~done[:distinct])
        _reach(words, owned, sources, done[:distinct], mismatches, reached)
        first[site] = n
        for one in kept[: _lasting(reached, sources, members, done, size, kept)]:
            if n == site_of.size:
                site_of, genome_of = np.append(site_of, np.empty_like(site_of)), np.append(genome_of, genome_of)
                sizes, sets = np.append(sizes, sizes), np.append(sets, np.zeros_like(sets)).reshape(-1, n_words)
            site_of[n], genome_of[n], sizes[n] = site, source[one], size[one]
            sets[n] = reached[one]
            n += 1
    first[n_sites] = n
    return site_of[:n].copy(), genome_of[:n].copy(), sets[:n].copy(), sizes[:n].copy(), first, known


@kernel
def _replacements(
    sets: NDArray[np.uint64], sizes: NDArray[np.int32], quality: NDArray[np.int32], first: NDArray[np.int64], sites: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find for each oligo the nearest later one that reaches all it reaches, and the nearest earlier that reaches more.

    In a window that holds either, the oligo is not needed. Only oligos of sites that are known as well count.
    """
    n, n_sites = sizes.size, first.size - 1
    later, earlier = np.full(n, n, np.int64), np.full(n, -1, np.int64)
    for site in range(n_sites):
        end, begin = first[min(site + sites, n_sites)], first[max(site - sites + 1, 0)]
        for c in range(first[site], first[site + 1]):
            for other in range(first[site + 1], end):
                if sizes[other] >= sizes[c] and quality[other] >= quality[c] and _holds(sets[other], sets[c]):
                    later[c] = other
                    break
            for other in range(first[site] - 1, begin - 1, -1):
                if sizes[other] > sizes[c] and quality[other] >= quality[c] and _holds(sets[other], sets[c]):
                    earlier[c] = other
                    break
    return later, earlier


@kernel
def _greedy(sets: NDArray[np.uint64], sizes: NDArray[np.int32], needed: int, chosen: NDArray[np.int64]) -> int:
    """Take the oligo that adds most until enough genomes are reached; gives the number taken, 0 where it cannot be."""
    left = np.full(sets.shape[1], ~np.uint64(0), np.uint64)
    covered, taken = 0, 0
    while covered < needed:
        best, most = -1, 1
        for c in range(sizes.size):
            if sizes[c] >= most:
                gain = _common(sets[c], left)
                if gain >= most:
                    best, most = c, gain
        if best < 0:
            return 0
        for w in range(left.size):
            left[w] &= ~sets[best, w]
        chosen[taken] = best
        taken += 1
        covered += most
    return taken


@kernel
def _rarity(sets: NDArray[np.uint64], n_genomes: int) -> NDArray[np.int64]:
    counts = np.zeros(n_genomes, np.int64)
    for c in range(sets.shape[0]):
        for g in range(n_genomes):
            counts[g] += np.int64((sets[c, g >> 6] >> np.uint64(g & 63)) & _ONE)
    return counts


@kernel
def _enter(sets: NDArray[np.uint64], sizes: NDArray[np.int32], left: NDArray[np.uint64], need: int, more: int) -> int:
    """Give the least that an oligo must add to `left` where `more` oligos add what is needed."""
    most = 0
    for c in range(sizes.size):
        if sizes[c] > most:
            most = max(most, _common(sets[c], left))
    return need - (more - 1) * most


@kernel
def _search(
    sets: NDArray[np.uint64],
    sizes: NDArray[np.int32],
    needed: int,
    n_genomes: int,
    begin: int,
    many: int,
    chosen: NDArray[np.int64],
    effort: int,
    spent: NDArray[np.int64],
) -> int:
    """Look for `many` of the oligos that reach `needed` genomes, one of them at or after `begin`.

    Exhaustive: every branch is an oligo that the solution must hold. With nothing to spare, that is one that reaches
    the rarest genome left; else the one that adds most, which adds at least its share of what is needed. Either
    way it adds what the best others could not. Stops after `effort` steps; `spent[0]` counts them.
    """
    n_words = sets.shape[1]
    left = np.zeros((many + 1, n_words), np.uint64)
    cursor, pivot = np.zeros(many + 1, np.int64), np.full(many + 1, -1, np.int64)
    need, least = np.zeros(many + 1, np.int64), np.zeros(many + 1, np.int64)
    for g in range(n_genomes):
        left[0, g >> 6] |= _ONE << np.uint64(g & 63)
    need[0] = needed
    spare = n_genomes > needed
    rarity = _rarity(sets, n_genomes) if many > 2 and not spare else np.zeros(1, np.int64)
    cursor[0] = begin
    least[0] = _enter(sets, sizes, left[0], needed, many)
    if begin == 0:
        least[0] = max(least[0], -(-needed // many))
    level, steps = 0, 0
    while level >= 0:
        more = many - level
        moved = False
        for c in range(cursor[level], sizes.size):
            steps += n_words
            if steps > effort:
                spent[0] += steps
                return _GAVE_UP
            p = pivot[level]
            if sizes[c] < least[level] or (p >= 0 and not (sets[c, p >> 6] >> np.uint64(p & 63)) & _ONE):
                continue
            gain = _common(sets[c], left[level])
            if gain < least[level]:
                continue
            chosen[level] = c
            if gain >= need[level]:
                spent[0] += steps
                return _FOUND
            if more == 1:
                continue
            cursor[level] = c + 1
            level += 1
            need[level] = need[level - 1] - gain
            for w in range(n_words):
                left[level, w] = left[level - 1, w] & ~sets[c, w]
            cursor[level], pivot[level], least[level] = 0, -1, need[level]
            if more > 2:
                steps += n_words * sizes.size
                least[level] = max(1, _enter(sets, sizes, left[level], need[level], more - 1))
                if spare:
                    least[level] = max(least[level], -(-need[level] // (more - 1)))
                fewest = np.int64(1) << 60
                for g in range(0 if spare else n_genomes):
                    if (left[level, g >> 6] >> np.uint64(g & 63)) & _ONE and rarity[g] < fewest:
                        fewest, pivot[level] = rarity[g], g
            moved = True
            break
        if not moved:
            level -= 1
    spent[0] += steps
    return _NONE


@kernel
def cover_windows(
    sets: NDArray[np.uint64],
    sizes: NDArray[np.int32],
    first: NDArray[np.int64],
    known: NDArray[np.int32],
    n_genomes: int,
    needed: int,
    sites: int,
    share: float,
    effort: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Give for each window of `sites` sites: the number of oligos (0: none can), its proven lower bound, the oligos.

    A window differs from the one before by one site. What was proven for that one holds but for solutions with an
    oligo of the new site, and only those are searched. An oligo is used where at least `share` of the best number of
    genomes of the window is known. `effort` limits the steps of all searches, a tenth of it those of one search; the
    bound of a window whose search was cut short is lower than its number. The oligos of all windows lie in one array,
    one window after the other.
    """
    n_windows = first.size - sites
    counts, bounds = np.zeros(n_windows, np.int32), np.zeros(n_windows, np.int32)
    out, n_out = np.empty(4 * n_windows + n_genomes, np.int32), 0
    quality = np.zeros(sizes.size, np.int32)
    for site in range(known.size):
        quality[first[site] : first[site + 1]] = known[site]
    later, earlier = _replacements(sets, sizes, quality, first, sites)
    solution, trial = np.zeros(n_genomes + 1, np.int64), np.zeros(n_genomes + 1, np.int64)
    spent = np.zeros(1, np.int64)
    count, bound, least = 0, 1, 0
    for window in range(n_windows):
        low, new, high = first[window], first[window + sites - 1], first[window + sites]
        most = 0
        for site in range(window, window + sites):
            most = max(most, known[site])
        before, least = least, int(np.ceil(share * most))
        fresh = window == 0
        for site in range(window, window + sites):
            fresh = fresh or least <= known[site] < before
        stays = count > 0
        for i in range(count):
            stays = stays and solution[i] >= low and quality[solution[i]] >= least
        if not (stays and count == 1):
            useful = np.flatnonzero(
                (later[low:high] >= high) & (earlier[low:high] < low) & (quality[low:high] >= least)
            )
            useful += low
            own, own_sizes = sets[useful], sizes[useful]
            first_new = np.searchsorted(useful, new)
            if not stays:
                count = _greedy(own, own_sizes, needed, trial)
                for i in range(count):
                    solution[i] = useful[trial[i]]
            if count == 0:
                bound = n_genomes + 1
                continue
            proven = 1 if fresh else bound
            bound = 1
            fewer = count - 1
            while fewer >= 1:
                begin = first_new if fewer < proven else 0
                answer = _NONE
                if begin < useful.size:
                    limit = min(effort // 10, effort - spent[0])
                    answer = _search(own, own_sizes, needed, n_genomes, begin, fewer, trial, limit, spent)
                if answer == _NONE:
                    bound = fewer + 1
                    break
                if answer == _FOUND:
                    count = fewer
                    for i in range(count):
                        solution[i] = useful[trial[i]]
                fewer -= 1
        counts[window], bounds[window] = count, bound
        if n_out + count > out.size:
            out = np.append(out, out)
        for i in range(count):
            out[n_out + i] = solution[i]
        n_out += count
    return counts, bounds, out[:n_out].copy()

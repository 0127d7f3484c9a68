"""Compiled loops of the profiles: average precision, its null, counts of values, location and scale."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["average_precisions", "count_values", "null_average_precisions", "standard_moments"]

_FEW_POSITIVES = 48  # up to here, counting for each positive is quicker than a binary search for each negative


@kernel
def average_precisions(
    similarity: NDArray[np.float32],
    first: int,
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    group: NDArray[np.int64],
    positive_apart: NDArray[np.int32],
    negative_same: NDArray[np.int32],
    negative_apart: NDArray[np.int32],
    out: NDArray[np.float64],
) -> None:
    """Fill `out[query] = (average precision, positives, negatives, negatives tied with a positive)` for a block.

    `similarity` holds the rows `first`, `first + 1` ... of the matrix of similarities. `order` lists profiles by their
    positive group, group g from `starts[g]` to `starts[g + 1]`; `group[query]` may be -1 (no positives). The last
    three matrices are codes, one row per column of metadata: positives differ in all of `positive_apart`; negatives
    agree in all of `negative_same` and differ in all of `negative_apart`; a code of -1 is unknown and never pairs.
    """
    n = similarity.shape[1]
    distances = np.empty(n, dtype=np.float32)
    positives = np.empty(n, dtype=np.float32)
    before = np.empty(n, dtype=np.int64)
    one, never = np.float32(1.0), np.float32(np.inf)
    for row in range(similarity.shape[0]):
        query = first + row
        for other in range(n):
            distances[other] = one - similarity[row, other]
        n_positives, tied = 0, 0
        if group[query] >= 0:
            for place in range(starts[group[query]], starts[group[query] + 1]):
                other = order[place]
                pairs = other != query
                for column in range(positive_apart.shape[0]):
                    mine, theirs = positive_apart[column, query], positive_apart[column, other]
                    pairs = pairs and mine >= 0 and theirs >= 0 and mine != theirs
                if pairs:
                    positives[n_positives] = distances[other]
                    n_positives += 1
        # Whole rows without branches: the compiler makes vector instructions of these loops.
        distances[query] = never
        for column in range(negative_same.shape[0]):
            mine = negative_same[column, query]
            for other in range(n):
                differs = (mine < 0) | (negative_same[column, other] != mine)
                distances[other] = never if differs else distances[other]
        for column in range(negative_apart.shape[0]):
            mine = negative_apart[column, query]
            for other in range(n):
                theirs = negative_apart[column, other]
                agrees = (mine < 0) | (theirs < 0) | (theirs == mine)
                distances[other] = never if agrees else distances[other]
        n_negatives = 0
        for other in range(n):
            n_negatives += distances[other] < never
        out[query, 0], out[query, 1], out[query, 2], out[query, 3] = np.nan, n_positives, n_negatives, 0
        if n_positives == 0 or n_negatives == 0:
            continue
        found = np.sort(positives[:n_positives])
        if n_positives <= _FEW_POSITIVES:
            for rank in range(n_positives):
                edge = found[rank]
                # Narrow counters: twice as many fit into a vector register.
                nearer, not_farther = np.int32(0), np.int32(0)
                for other in range(n):
                    nearer = np.int32(nearer + (distances[other] < edge))
                    not_farther = np.int32(not_farther + (distances[other] <= edge))
                before[rank] = nearer
                if rank == 0 or edge != found[rank - 1]:
                    tied += int(not_farther) - int(nearer)
        else:
            before[:n_positives] = 0
            for other in range(n):
                rank = np.searchsorted(found, distances[other], side="right")
                if rank > 0 and found[rank - 1] == distances[other]:
                    tied += 1
                if rank < n_positives:
                    before[rank] += 1
            for rank in range(1, n_positives):
                before[rank] += before[rank - 1]
        total = 0.0
        for rank in range(n_positives):
            total += (rank + 1) / (rank + 1 + before[rank])
        out[query, 0] = total / n_positives
        out[query, 3] = tied


@kernel
def null_average_precisions(uniforms: NDArray[np.float64], n_positives: int, n_total: int) -> NDArray[np.float64]:
    """Give the average precision of `n_positives` random ranks out of `n_total`, for each row of uniform numbers.

    `uniforms[row, k]` draws the k-th rank; distinct ranks by Floyd's method (Bentley and Floyd 1987).
    """
    scores = np.empty(uniforms.shape[0])
    taken = np.zeros(n_total, dtype=np.bool_)
    chosen = np.empty(n_positives, dtype=np.int64)
    for row in range(uniforms.shape[0]):
        for k in range(n_positives):
            last = n_total - n_positives + k
            rank = int(uniforms[row, k] * (last + 1))
            if rank > last or taken[rank]:
                rank = last
            taken[rank] = True
            chosen[k] = rank
        ordered = np.sort(chosen)
        total = 0.0
        for k in range(n_positives):
            total += (k + 1) / (ordered[k] + 1)
            taken[ordered[k]] = False
        scores[row] = total / n_positives
    return scores


@kernel
def count_values(values: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill `out[feature] = (distinct values, count of the commonest, of the second commonest)`; NaN does not count.

    `values` has a row per feature. Values are counted in a hash table of their bits.
    """
    n = values.shape[1]
    size = 4
    while size < 2 * n:
        size *= 2
    keys = np.empty(size, dtype=np.float64)
    counts = np.empty(size, dtype=np.int64)
    for feature in range(values.shape[0]):
        counts[:] = 0
        distinct = 0
        # 0.0 + value: the two zeros have other bits and are one value.
        bits = (values[feature] + 0.0).view(np.uint64)
        for place in range(n):
            value = values[feature, place]
            if np.isnan(value):
                continue
            code = bits[place] * np.uint64(0x9E3779B97F4A7C15)
            place_of_code = np.int64((code >> np.uint64(32)) & np.uint64(size - 1))
            slot = int(place_of_code)
            while counts[slot] and keys[slot] != value:
                slot = (slot + 1) & (size - 1)
            if counts[slot] == 0:
                keys[slot] = value
                distinct += 1
            counts[slot] += 1
        most, second = 0, 0
        for slot in range(size):
            if counts[slot] > most:
                most, second = counts[slot], most
            elif counts[slot] > second:
                second = counts[slot]
        out[feature, 0], out[feature, 1], out[feature, 2] = distinct, most, second


@kernel
def standard_moments(values: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Fill `out[feature] = (mean, variance, smallest, largest, values that are not NaN)`; `values`: a row per feature.

    The variance divides by the number of values; two passes keep its digits.
    """
    for feature in range(values.shape[0]):
        total, n = 0.0, 0
        smallest, largest = np.inf, -np.inf
        for place in range(values.shape[1]):
            value = values[feature, place]
            if not np.isnan(value):
                total += value
                n += 1
                smallest = min(smallest, value)
                largest = max(largest, value)
        mean = total / n if n else np.nan
        squares, residue = 0.0, 0.0
        for place in range(values.shape[1]):
            value = values[feature, place]
            if not np.isnan(value):
                squares += (value - mean) ** 2
                residue += value - mean
        out[feature, 0] = mean
        out[feature, 1] = (squares - residue * residue / n) / n if n else np.nan
        out[feature, 2], out[feature, 3], out[feature, 4] = smallest, largest, n

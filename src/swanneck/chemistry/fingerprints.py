"""How alike structures are: Morgan fingerprints, Tanimoto, neighbours, clusters, diverse choices.

Morgan fingerprints of radius 2 and 2048 bits (Rogers and Hahn 2010, J Chem Inf Model 50:742, ECFP4); clusters by
Butina 1999, J Chem Inf Comput Sci 39:747; diverse choices by MaxMin (Ashton et al. 2002, QSAR 21:598).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit.Chem import rdFingerprintGenerator
from rdkit.SimDivFilters import rdSimDivPickers

from swanneck.chemistry._rdkit import Chem, DataStructs
from swanneck.foundation.errors import InputError

__all__ = ["choose_diverse", "cluster_structures", "make_fingerprints", "similar_to"]

_MOST_CLUSTERED = 20_000

Fingerprint = DataStructs.ExplicitBitVect


def make_fingerprints(molecules: Sequence[Chem.Mol], *, radius: int = 2, bits: int = 2048) -> list[Fingerprint]:
    """Give the Morgan fingerprint of each molecule.

    >>> make_fingerprints([Chem.MolFromSmiles("CCO")])[0].GetNumBits()
    2048
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=bits)
    return [generator.GetFingerprint(molecule) for molecule in molecules]


def similar_to(query: Fingerprint, others: Sequence[Fingerprint]) -> NDArray[np.float64]:
    """Give the Tanimoto similarity of one fingerprint with each of the others.

    >>> one, other = make_fingerprints([Chem.MolFromSmiles("CCO"), Chem.MolFromSmiles("CCCO")])
    >>> similar_to(one, [one, other]).round(2).tolist()
    [1.0, 0.56]
    """
    return np.asarray(DataStructs.BulkTanimotoSimilarity(query, list(others)), dtype=np.float64)


def cluster_structures(fingerprints: Sequence[Fingerprint], *, least_similarity: float = 0.4) -> list[int]:
    """Number each compound's cluster, from 1, the largest first: all members are so alike to the cluster's centre.

    0.4 is the usual cut for ECFP4 (Landrum, RDKit). Raises `InputError` for more than 20,000 compounds.

    >>> cluster_structures(make_fingerprints([Chem.MolFromSmiles(s) for s in ("CCCCO", "CCCCCO", "c1ccccc1")]))
    [1, 1, 2]
    """
    n = len(fingerprints)
    if n > _MOST_CLUSTERED:
        problem = f"clusters take up to {_MOST_CLUSTERED} compounds, got {n}"
        raise InputError(problem, remedy="Choose a diverse subset first")
    near = [np.flatnonzero(similar_to(one, fingerprints) >= least_similarity) for one in fingerprints]
    # Butina: the compound with most neighbours is the centre of the first cluster; equal ones in the input's order.
    order = sorted(range(n), key=lambda place: (-len(near[place]), place))
    cluster = [0] * n
    number = 0
    for centre in order:
        if cluster[centre]:
            continue
        number += 1
        for member in near[centre]:
            cluster[member] = cluster[member] or number
    return _by_size(cluster)


def _by_size(cluster: list[int]) -> list[int]:
    sizes: dict[int, int] = {}
    for number in cluster:
        sizes[number] = sizes.get(number, 0) + 1
    ranks = {number: rank for rank, number in enumerate(sorted(sizes, key=lambda one: (-sizes[one], one)), 1)}
    return [ranks[number] for number in cluster]


def choose_diverse(
    fingerprints: Sequence[Fingerprint], count: int, *, first: Sequence[int] = (), seed: int = 1
) -> list[int]:
    """Choose so many compounds that are as unlike each other as can be, in the order of their choice.

    Those named `first` are taken beforehand, and count.

    >>> len(choose_diverse(make_fingerprints([Chem.MolFromSmiles("C" * n) for n in range(1, 9)]), 3))
    3
    """
    if count >= len(fingerprints):
        return [*first, *(place for place in range(len(fingerprints)) if place not in set(first))]
    if count <= len(first):
        return list(first)
    picker = rdSimDivPickers.MaxMinPicker()
    chosen = picker.LazyBitVectorPick(list(fingerprints), len(fingerprints), count, firstPicks=list(first), seed=seed)
    return list(chosen)

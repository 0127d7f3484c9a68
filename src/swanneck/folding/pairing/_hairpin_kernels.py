"""Kernels: the hairpins of one oligo.

Stems grow from the inside. A pair takes over what melts last of the stack on the pair inside it and the loops to
other pairs inside it, or closes a loop of its own where that has the lower free energy at 37 degrees. Along the
oligo a stem is taken on where it, with the hairpins before it, melts later than what was found up to there. These
are the choices of primer3, found by its answers to constructed oligos; a search for the least free energy alone
finds other structures.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.folding.pairing._loop_kernels import loop_energy
from swanneck.foundation.jit import kernel

__all__ = ["hairpin_energies"]

_NEVER = 1e8
_KELVIN_37 = 310.15
_AT_ENTHALPY, _AT_ENTROPY = 2200.0, 6.9
_SHORTEST = 3
_NOTHING = -1e-11


@kernel
def _closed_loop(
    bases: NDArray[np.uint8], i: int, j: int, terminal: NDArray[np.float64], hairpin: NDArray[np.float64],
    special: NDArray[np.int64], special_values: NDArray[np.float64],
) -> tuple[float, float]:  # fmt: skip
    """Give the energy of the loop that the pair (i, j) closes."""
    size = j - i - 1
    enthalpy, entropy = 0.0, hairpin[min(size, hairpin.size - 1)]
    if size > _SHORTEST:
        enthalpy += terminal[bases[i], bases[i + 1], bases[j], bases[j - 1], 0]
        entropy += terminal[bases[i], bases[i + 1], bases[j], bases[j - 1], 1]
    elif bases[i] == 0 or bases[i] == 3:
        enthalpy += _AT_ENTHALPY
        entropy += _AT_ENTROPY
    if size <= _SHORTEST + 1:
        code = 1
        for place in range(i, j + 1):
            code = 4 * code + bases[place]
        at = np.searchsorted(special, code)
        if at < special.size and special[at] == code:
            enthalpy += special_values[at, 0]
            entropy += special_values[at, 1]
    return enthalpy, entropy


@kernel
def _grow_stems(
    bases: NDArray[np.uint8], turned: NDArray[np.uint8], n: int, longest: int, stack: NDArray[np.float64],
    mismatch: NDArray[np.float64], terminal: NDArray[np.float64], interior: NDArray[np.float64],
    bulge: NDArray[np.float64], hairpin: NDArray[np.float64], special: NDArray[np.int64],
    special_values: NDArray[np.float64], stems: NDArray[np.float64],
) -> None:  # fmt: skip
    """Fill `stems` with the enthalpy, entropy and number of pairs of what lies inside each pair, and that pair."""
    stems[:, :, 0] = 1e9
    for span in range(_SHORTEST + 1, n):
        for i in range(n - span):
            j = i + span
            if bases[i] + bases[j] != 3:
                continue
            enthalpy, entropy, number = 1e9, -1.0, 0.0
            if stems[i + 1, j - 1, 0] < _NEVER:
                enthalpy = stems[i + 1, j - 1, 0] + stack[bases[i], bases[i + 1], bases[j], bases[j - 1], 0]
                entropy = stems[i + 1, j - 1, 1] + stack[bases[i], bases[i + 1], bases[j], bases[j - 1], 1]
                number = stems[i + 1, j - 1, 2] + 1
            for size in range(1, min(longest, span - _SHORTEST - 3) + 1):
                for a in range(i + 1, i + 2 + size):
                    b = a + span - size - 2
                    if stems[a, b, 0] > _NEVER:
                        continue
                    x, y = loop_energy(bases, turned, i, n - 1 - j, a, n - 1 - b, stack, mismatch, terminal, interior,
                                       bulge)  # fmt: skip
                    x, y = x + stems[a, b, 0], y + stems[a, b, 1]
                    if x < _NEVER and x / y > enthalpy / entropy:
                        enthalpy, entropy, number = x, y, stems[a, b, 2] + 1
            x, y = _closed_loop(bases, i, j, terminal, hairpin, special, special_values)
            nothing = enthalpy > 0 and entropy > 0
            if nothing or x - _KELVIN_37 * y < enthalpy - _KELVIN_37 * entropy:
                enthalpy, entropy, number = x, y, 1.0
            stems[i, j, 0], stems[i, j, 1], stems[i, j, 2] = enthalpy, entropy, number


@kernel
def _join_hairpins(
    bases: NDArray[np.uint8], n: int, terminal: NDArray[np.float64], dangling_3: NDArray[np.float64],
    dangling_5: NDArray[np.float64], stems: NDArray[np.float64], joined: NDArray[np.float64],
) -> bool:  # fmt: skip
    """Fill `joined` with enthalpy, entropy and pairs of the hairpins up to each base; tell if the last base pairs."""
    joined[0] = 0.0, _NOTHING, 0.0
    last_pairs = False
    for k in range(1, n + 1):
        enthalpy, entropy, number = joined[k - 1, 0], joined[k - 1, 1], joined[k - 1, 2]
        last_pairs = False
        for i in range(k - _SHORTEST - 1):
            for kind in range(4):  # nothing beside the stem; a base before it, after it, both
                a, b = i + (kind & 1), k - 1 - (kind >> 1)
                if b - a <= _SHORTEST or stems[a, b, 0] > _NEVER:
                    continue
                x, y = stems[a, b, 0], stems[a, b, 1]
                if bases[a] == 0 or bases[a] == 3:
                    x, y = x + _AT_ENTHALPY, y + _AT_ENTROPY
                if kind == 1:
                    x += dangling_5[bases[b], bases[a], bases[i], 0]
                    y += dangling_5[bases[b], bases[a], bases[i], 1]
                elif kind == 2:
                    x += dangling_3[bases[b], bases[a], bases[k - 1], 0]
                    y += dangling_3[bases[b], bases[a], bases[k - 1], 1]
                elif kind == 3:
                    x += terminal[bases[b], bases[k - 1], bases[a], bases[i], 0]
                    y += terminal[bases[b], bases[k - 1], bases[a], bases[i], 1]
                if x > 0 or y > 0 or x - _KELVIN_37 * y > 0:
                    continue
                x, y = x + joined[i, 0], y + joined[i, 1]
                if x / y > enthalpy / entropy:
                    enthalpy, entropy, number = x, y, stems[a, b, 2] + joined[i, 2]
                    last_pairs = b == n - 1
        joined[k] = enthalpy, entropy, number
    return last_pairs


@kernel
def hairpin_energies(
    oligos: NDArray[np.uint8], lengths: NDArray[np.int64], salt: float, longest: int, stack: NDArray[np.float64],
    mismatch: NDArray[np.float64], terminal: NDArray[np.float64], dangling_3: NDArray[np.float64],
    dangling_5: NDArray[np.float64], interior: NDArray[np.float64], bulge: NDArray[np.float64],
    hairpin: NDArray[np.float64], special: NDArray[np.int64], special_values: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Give enthalpy and entropy (salt included) of the hairpins of each oligo, 0 where none is stable.

    Salt acts on each step of the helices, of which there are as many as pairs but one, and one less where the last
    base of the oligo pairs.
    """
    width = oligos.shape[1]
    stems, joined = np.empty((width, width, 3)), np.empty((width + 1, 3))
    turned = np.empty(width, np.uint8)
    result = np.zeros((oligos.shape[0], 2))
    for row in range(oligos.shape[0]):
        bases, n = oligos[row], lengths[row]
        for place in range(n):
            turned[place] = bases[n - 1 - place]
        _grow_stems(bases, turned, n, longest, stack, mismatch, terminal, interior, bulge, hairpin, special,
                    special_values, stems)  # fmt: skip
        last_pairs = _join_hairpins(bases, n, terminal, dangling_3, dangling_5, stems, joined)
        if joined[n, 2] > 0:
            result[row, 0] = joined[n, 0]
            result[row, 1] = joined[n, 1] + salt * (joined[n, 2] - 1 - last_pairs)
    return result

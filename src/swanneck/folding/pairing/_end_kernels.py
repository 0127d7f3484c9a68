"""Kernels: tables of what ends a helix or opens a loop, by the bases there; 4 is no base."""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel

__all__ = ["START_ENTHALPY", "end_table", "free_energies", "loop_end_table", "single_mismatch_table"]

START_ENTHALPY = 200.0
_NEVER = 1e8
_KELVIN_37 = 310.15
_AT_ENTHALPY, _AT_ENTROPY = 2200.0, 6.9


@kernel
def _end(
    base: int, after: int, pair: int, behind: int, more_enthalpy: float, more_entropy: float, strands: float,
    terminal: NDArray[np.float64], dangling_3: NDArray[np.float64], dangling_5: NDArray[np.float64],
) -> tuple[float, float]:  # fmt: skip
    """Give what the end of a helix adds: of a terminal mismatch, dangling bases or nothing, what melts last.

    `base` pairs with `pair`; `after` follows `base` 3', `behind` lies 5' of `pair`; 4 is no base. Melting
    temperatures are those of the end and `more`, a helix or nothing.
    """
    weak = base == 0 or base == 3
    at_enthalpy, at_entropy = (_AT_ENTHALPY, _AT_ENTROPY) if weak else (0.0, 0.0)
    best_enthalpy, best_entropy = at_enthalpy, at_entropy
    best = (best_enthalpy + more_enthalpy) / (best_entropy + more_entropy + strands)
    choice_enthalpy, choice_entropy, melts = 0.0, 0.0, -1e30
    found = False
    if after < 4 and behind < 4:
        enthalpy = at_enthalpy + terminal[base, after, pair, behind, 0]
        entropy = at_entropy + terminal[base, after, pair, behind, 1]
        if enthalpy < _NEVER and enthalpy - _KELVIN_37 * entropy <= 0:
            choice_enthalpy, choice_entropy, found = enthalpy, entropy, True
            melts = (enthalpy + more_enthalpy) / (entropy + more_entropy + strands)
    if not (after < 4 and behind < 4 and after + behind == 3):
        enthalpy, entropy = at_enthalpy, at_entropy
        dangles = False
        if after < 4:
            enthalpy += dangling_3[base, pair, after, 0]
            entropy += dangling_3[base, pair, after, 1]
            dangles = True
        if behind < 4:
            enthalpy += dangling_5[base, pair, behind, 0]
            entropy += dangling_5[base, pair, behind, 1]
            dangles = True
        if dangles and enthalpy < _NEVER and enthalpy - _KELVIN_37 * entropy <= 0:
            value = (enthalpy + more_enthalpy) / (entropy + more_entropy + strands)
            if not found or value > melts:
                choice_enthalpy, choice_entropy, melts, found = enthalpy, entropy, value, True
    if found and melts >= best:
        return choice_enthalpy, choice_entropy
    return best_enthalpy, best_entropy


@kernel
def end_table(
    start_entropy: float, strands: float, terminal: NDArray[np.float64], dangling_3: NDArray[np.float64],
    dangling_5: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Give what each end of a helix adds, by its base, the base after it, and the base behind its pair."""
    table = np.zeros((4, 5, 5, 2))
    for base in range(4):
        for after in range(5):
            for behind in range(5):
                enthalpy, entropy = _end(
                    base, after, 3 - base, behind, START_ENTHALPY, start_entropy, strands, terminal, dangling_3,
                    dangling_5,
                )  # fmt: skip
                table[base, after, behind, 0], table[base, after, behind, 1] = enthalpy, entropy
    return table


@kernel
def loop_end_table(terminal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the free energy of a mismatch beside a pair, by its base, the base after, and the one behind its pair."""
    table = np.full((4, 5, 5), 1e9)
    for base in range(4):
        for after in range(4):
            for behind in range(4):
                if after + behind != 3:
                    entropy = terminal[base, after, 3 - base, behind, 1]
                    table[base, after, behind] = terminal[base, after, 3 - base, behind, 0] - _KELVIN_37 * entropy
    return table


@kernel
def free_energies(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return table[..., 0] - _KELVIN_37 * table[..., 1]


@kernel
def single_mismatch_table(mismatch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the free energy of two bases that face each other: by the base before, the base, the next, the other."""
    odd, table = loop_end_table(mismatch), np.full((5, 5, 5, 5), 1e9)
    for before in range(4):
        for base in range(4):
            for after in range(4):
                for opposite in range(4):
                    table[before, base, after, opposite] = odd[before, base, opposite] + odd[3 - after, opposite, base]
    return table.ravel()

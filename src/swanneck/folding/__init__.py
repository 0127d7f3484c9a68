"""Folding of RNA: nearest-neighbour energies, structures of minimum free energy, the energy of any structure.

The functions that compute are loaded at first use, so that importing the room does not wait for the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.folding.minimum_energy import Fold, evaluate_structure, fold_sequence

__all__ = ["Fold", "evaluate_structure", "fold_sequence"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module("swanneck.folding.minimum_energy"), name)

"""Folding of RNA: nearest-neighbour energies, structures of minimum free energy, ensembles, energies of structures.

The functions that compute are loaded at first use, so that importing the room does not wait for the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.folding.ensemble import Ensemble, fold_ensemble
    from swanneck.folding.minimum_energy import Fold, evaluate_structure, fold_sequence

__all__ = ["Ensemble", "Fold", "evaluate_structure", "fold_ensemble", "fold_sequence"]

_ENSEMBLE = ("Ensemble", "fold_ensemble")


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    module = "ensemble" if name in _ENSEMBLE else "minimum_energy"
    return getattr(import_module(f"swanneck.folding.{module}"), name)

"""mRNA vaccines: coding sequences that fold best and suit the host's codons, with proof.

The functions that compute are loaded at first use, so that importing the room does not wait for the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.vaccine.coding_design import CodingDesign, DesignSettings, design_coding_sequence

__all__ = ["CodingDesign", "DesignSettings", "design_coding_sequence"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module("swanneck.vaccine.coding_design"), name)

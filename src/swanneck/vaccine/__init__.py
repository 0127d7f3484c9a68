"""mRNA vaccines: coding sequences that fold best and suit the host's codons, with proof.

The functions that compute are loaded at first use, so that importing the room does not wait for the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.vaccine.alternatives import design_alternatives
    from swanneck.vaccine.coding_design import CodingDesign, DesignSettings, design_coding_sequence
    from swanneck.vaccine.construct import Construct, ConstructSettings, design_construct
    from swanneck.vaccine.pareto import Front, FrontPoint, find_front
    from swanneck.vaccine.scores import SequenceScore, score_sequence

__all__ = [
    "CodingDesign",
    "Construct",
    "ConstructSettings",
    "DesignSettings",
    "Front",
    "FrontPoint",
    "SequenceScore",
    "design_alternatives",
    "design_coding_sequence",
    "design_construct",
    "find_front",
    "score_sequence",
]

_MODULES = {
    "alternatives": ("design_alternatives",),
    "coding_design": ("CodingDesign", "DesignSettings", "design_coding_sequence"),
    "construct": ("Construct", "ConstructSettings", "design_construct"),
    "pareto": ("Front", "FrontPoint", "find_front"),
    "scores": ("SequenceScore", "score_sequence"),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"swanneck.vaccine.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)

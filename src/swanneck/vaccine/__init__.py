"""mRNA vaccines: coding sequences that fold best and suit the host's codons, with proof.

The functions that compute are loaded at first use, so that importing the room does not wait for the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.vaccine.alternatives import design_alternatives
    from swanneck.vaccine.binding import predict_binding
    from swanneck.vaccine.coding_design import CodingDesign, DesignSettings, design_coding_sequence
    from swanneck.vaccine.construct import Construct, ConstructSettings, design_construct
    from swanneck.vaccine.epitopes import EpitopeSettings, find_epitopes, find_human_likes
    from swanneck.vaccine.pareto import Front, FrontPoint, find_front
    from swanneck.vaccine.populations import cover_populations, read_frequencies
    from swanneck.vaccine.scores import SequenceScore, score_sequence

__all__ = [
    "CodingDesign",
    "Construct",
    "ConstructSettings",
    "DesignSettings",
    "EpitopeSettings",
    "Front",
    "FrontPoint",
    "SequenceScore",
    "cover_populations",
    "design_alternatives",
    "design_coding_sequence",
    "design_construct",
    "find_epitopes",
    "find_front",
    "find_human_likes",
    "predict_binding",
    "read_frequencies",
    "score_sequence",
]

_MODULES = {
    "alternatives": ("design_alternatives",),
    "binding": ("predict_binding",),
    "coding_design": ("CodingDesign", "DesignSettings", "design_coding_sequence"),
    "construct": ("Construct", "ConstructSettings", "design_construct"),
    "epitopes": ("EpitopeSettings", "find_epitopes", "find_human_likes"),
    "pareto": ("Front", "FrontPoint", "find_front"),
    "populations": ("cover_populations", "read_frequencies"),
    "scores": ("SequenceScore", "score_sequence"),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"swanneck.vaccine.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)

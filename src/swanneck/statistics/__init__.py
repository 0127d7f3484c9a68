"""Location and scale, thresholds, variances, dose-response curves: numbers in, numbers out.

The functions that compute are loaded at first use, so that importing the room does not wait for the compiler.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swanneck.statistics.fitting import (
        FitSettings,
        FittedCurve,
        FittedCurves,
        find_potency,
        fit_curve,
        fit_curves,
        fit_family,
    )

__all__ = ["FitSettings", "FittedCurve", "FittedCurves", "find_potency", "fit_curve", "fit_curves", "fit_family"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module("swanneck.statistics.fitting"), name)

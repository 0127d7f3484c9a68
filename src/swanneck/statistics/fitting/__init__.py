"""Response curves of any model: one by one, together with shared parameters, or in batches of thousands."""

from swanneck.statistics.fitting.batch import FittedCurves, fit_curves
from swanneck.statistics.fitting.curve import Estimate, FittedCurve, fit_curve
from swanneck.statistics.fitting.joint import FittedFamily, fit_family
from swanneck.statistics.fitting.models import MODELS, FitSettings
from swanneck.statistics.fitting.potency import Potency, find_potency

__all__ = [
    "MODELS", "Estimate", "FitSettings", "FittedCurve", "FittedCurves", "FittedFamily", "Potency", "find_potency",
    "fit_curve", "fit_curves", "fit_family",
]  # fmt: skip

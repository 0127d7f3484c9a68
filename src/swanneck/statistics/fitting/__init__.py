"""Response curves of any model: one by one, together with shared parameters, or in batches of thousands."""

from swanneck.statistics.fitting.batch import FittedCurves, fit_curves
from swanneck.statistics.fitting.classes import CLASSES, ClassSettings, classify_curve
from swanneck.statistics.fitting.curve import Estimate, FittedCurve, fit_curve
from swanneck.statistics.fitting.joint import FittedFamily, fit_family
from swanneck.statistics.fitting.masking import MaskedFit, MaskedPoint, fit_without_outliers
from swanneck.statistics.fitting.models import MODELS, FitSettings
from swanneck.statistics.fitting.potency import Potency, find_potency

__all__ = [
    "CLASSES", "MODELS", "ClassSettings", "Estimate", "FitSettings", "FittedCurve", "FittedCurves", "FittedFamily",
    "MaskedFit", "MaskedPoint", "Potency", "classify_curve", "find_potency", "fit_curve", "fit_curves", "fit_family",
    "fit_without_outliers",
]  # fmt: skip

"""Dose-response curves: the four-parameter logistic, its intervals, and whether there is a response at all."""

from swanneck.statistics.curves.logistic import CurveFit, CurvePriors, fit_with_priors, logistic
from swanneck.statistics.curves.trend import trend_p_value

__all__ = ["CurveFit", "CurvePriors", "fit_with_priors", "logistic", "trend_p_value"]

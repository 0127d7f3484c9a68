"""What kind of curve a fit is, in one word: so that a table of thousands can be sorted before anyone looks."""

from collections.abc import Mapping

from swanneck.foundation.settings import Settings
from swanneck.statistics.fitting.curve import FittedCurve

__all__ = ["CLASSES", "ClassSettings", "classify_curve"]

CLASSES: Mapping[str, str] = {
    "misfit": "replicates tell that the model does not describe it: look at the points",
    "no response": "no better than a constant",
    "step": "no tested dose lies on its slope",
    "complete": "both plateaus are within the tested doses",
    "one plateau": "the other plateau is extrapolated",
    "no plateau": "both are extrapolated",
}
"""Every class with its meaning, in the order in which they are asked for."""


class ClassSettings(Settings):
    """Where classes end. In the spirit of the curve classes of Inglese et al. 2006 (PNAS 103:11473).

    - `highest_p`: of the test against a constant; a false discovery rate where there are many curves.
    - `least_fit`: of the test of lack of fit; lower is a misfit.
    - `near_plateau`: a plateau is seen where the curve comes as near as this share of its span within the doses; a step
      has all doses within half of that.
    """

    highest_p: float = 0.05
    least_fit: float = 0.01
    near_plateau: float = 0.2


def classify_curve(curve: FittedCurve, *, p_value: float | None = None, settings: ClassSettings | None = None) -> str:
    """Give one of `CLASSES`; `p_value` stands in for the curve's own, as a false discovery rate over many does.

    >>> import numpy as np
    >>> from swanneck.statistics.fitting.curve import fit_curve
    >>> doses = np.geomspace(0.01, 100, 9)
    >>> classify_curve(fit_curve(doses, 100 / (1 + doses) + np.sin(np.arange(9))))
    'complete'
    >>> classify_curve(fit_curve(doses, 100 / (1 + doses / 80) + np.sin(np.arange(9))))
    'one plateau'
    """
    settings = settings or ClassSettings()
    p_value = curve.p_value if p_value is None else p_value
    if curve.lack_of_fit is not None and curve.lack_of_fit < settings.least_fit:
        return "misfit"
    if p_value is None or not p_value <= settings.highest_p:
        return "no response"
    # Where plateaus are reached, far outside any dose: midpoints are found within 10,000-fold.
    start, end = curve.predict([0.0, 1e30 * curve.tested[1]])
    near = settings.near_plateau * abs(end - start)
    seen = curve.predict(curve.doses)
    if all(min(abs(one - start), abs(one - end)) <= near / 2 for one in seen):
        return "step"
    return ("no plateau", "one plateau", "complete")[
        int(abs(seen[0] - start) <= near) + int(abs(seen[-1] - end) <= near)
    ]

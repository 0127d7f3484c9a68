"""The models that curves are fitted by, in the names of the R package drc, and the settings of a fit.

    logistic   y = c + (d - c) / (1 + exp(b (ln x - ln e)))^f       (drc's LL.2 to LL.5; Ritz et al. 2015,
                                                                     PLoS ONE 10:e0146021)
    biphasic   y = c + (d - c) (fraction / (1 + (x / e1)^b1) + (1 - fraction) / (1 + (x / e2)^b2))
    constant   y = d

With four parameters c is the lower and d the upper plateau; the curve falls with dose where b > 0 and rises where
b < 0; e is the dose half way between them.
"""

from dataclasses import dataclass, field
from typing import Literal

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings

__all__ = ["MODELS", "FitSettings", "Model", "find_model"]

_LOGISTIC = ("b", "c", "d", "e", "f")


@dataclass(frozen=True)
class Model:
    """A model: its parameters, which of them are logarithms inside, and which are fixed unless told otherwise."""

    name: str
    roles: tuple[str, ...]
    fixed: dict[str, float] = field(default_factory=dict)

    @property
    def logarithmic(self) -> tuple[bool, ...]:
        """Which roles are fitted as their natural logarithm."""
        return tuple(role in ("e", "f", "e1", "e2") for role in self.roles)


MODELS: dict[str, Model] = {
    "2pl": Model("2pl", _LOGISTIC, {"c": 0.0, "d": 1.0, "f": 1.0}),
    "3pl": Model("3pl", _LOGISTIC, {"c": 0.0, "f": 1.0}),
    "4pl": Model("4pl", _LOGISTIC, {"f": 1.0}),
    "5pl": Model("5pl", _LOGISTIC),
    "biphasic": Model("biphasic", ("b1", "c", "d", "e1", "fraction", "b2", "e2")),
    "constant": Model("constant", ("d",)),
}
"""Every model by name."""

_OTHER_NAMES = {"ll.2": "2pl", "ll.3": "3pl", "ll.4": "4pl", "ll.5": "5pl", "ll2": "2pl", "ll3": "3pl", "ll4": "4pl"}


class FitSettings(Settings):
    """How a curve is fitted.

    - `distribution`: `normal` is least squares; `student` bears outliers (t errors, Lange, Little and Taylor 1989,
      JASA 84:881); `binomial` takes counts out of totals, `poisson` counts.
    - `student_freedom`: degrees of freedom of the t errors; 4 is their usual choice, from the same paper.
    - `confidence`: of the intervals.
    - `interval`: `profile` likelihood (Venzon and Moolgavkar 1988, Appl Stat 37:87; Bates and Watts 1988), or `wald`:
      estimate and error alone, which is what drc's `confint` gives.
    - `steepest`: the largest slope b; data that look like a step say nothing beyond.
    - `dose_reach`: a factor: how far outside the tested doses a midpoint may be found.
    - `direction`: whether the curve must fall or rise with dose; for models with a fixed plateau.
    - `response_reach`: how far outside the seen responses a plateau may be found, in ranges of the responses.
    """

    distribution: Literal["normal", "student", "binomial", "poisson"] = "normal"
    student_freedom: float = 4.0
    confidence: float = 0.95
    interval: Literal["profile", "wald"] = "profile"
    steepest: float = 50.0
    direction: Literal["either", "falling", "rising"] = "either"
    dose_reach: float = 1e4
    response_reach: float = 100.0


def find_model(name: str) -> Model:
    """Give a model by its name, ours or drc's.

    Raises `SettingsError` where there is none of that name.

    >>> find_model("LL.4").name
    '4pl'
    """
    known = _OTHER_NAMES.get(name.lower(), name.lower())
    if known not in MODELS:
        problem = f"there is no model {name!r}"
        raise SettingsError(problem, remedy=f"Choose one of {', '.join(MODELS)}")
    return MODELS[known]

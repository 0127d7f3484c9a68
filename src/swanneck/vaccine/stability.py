"""In-line hydrolysis of an RNA from its sequence and unpaired probabilities."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from swanneck.folding.structures import check_rna
from swanneck.foundation.errors import InputError

__all__ = ["describe_linkages", "predict_degradation", "predict_hydrolysis"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Weights:
    """What `training/stability/train.py` fitted: rates as `describe_linkages` has its rows and columns, and how the
    rate of a window follows from them."""

    linkages: _Floats
    constant: float
    power_of_rate: float
    power_of_length: float


@cache
def _read_weights() -> _Weights:
    kept = json.loads((files("swanneck.vaccine") / "weights" / "hydrolysis.json").read_text("utf-8"))
    return _Weights(np.array(kept.pop("linkages")), **kept)


def describe_linkages(sequence: str, unpaired: _Floats) -> _Floats:
    """What decides how fast each linkage breaks, as an array [linkage, 6, base].

    The linkage behind base k lies between bases k and k + 1. Rows: base k; base k + 1; base k if unpaired; base k + 1
    if unpaired; both unpaired, by base k; both, by base k + 1. The last base has no linkage. InputError for letters
    that are not bases.

    >>> describe_linkages("GAU", np.array([0.5, 1.0, 1.0]))[0]
    array([[0. , 0. , 1. , 0. ],
           [1. , 0. , 0. , 0. ],
           [0. , 0. , 0.5, 0. ],
           [1. , 0. , 0. , 0. ],
           [0. , 0. , 0.5, 0. ],
           [0.5, 0. , 0. , 0. ]])
    """
    bases = check_rna(sequence)
    own, behind = np.eye(4)[bases[:-1]], np.eye(4)[bases[1:]]
    first, second = unpaired[:-1, None], unpaired[1:, None]
    both = first * second
    return np.stack([own, behind, first * own, second * behind, both * own, both * behind], axis=1)


def predict_hydrolysis(sequence: str, unpaired: _Floats) -> _Floats:
    """The relative rate at which each linkage of an RNA breaks in solution; their sum is that of the whole strand.

    `unpaired` are the probabilities of `fold_ensemble`. The rates are those of 1,589 RNAs of 107 bases at pH 10, 24
    degrees, 10 mM magnesium (Wayment-Steele et al. 2022, Nature Machine Intelligence 4:1174); what paired bases show
    includes the background of the measurement. A model of hydrolysis in solution, of unmodified RNA: it says nothing of
    nucleases, lipid particles, translation or expression (Leppek et al. 2022, Nat. Commun. 13:1536).

    >>> predict_hydrolysis("GAU", np.array([0.0, 1.0, 1.0])).round(2)
    array([0.47, 1.1 ])
    """
    rates: _Floats = np.einsum("krb,rb->k", describe_linkages(sequence, unpaired), _read_weights().linkages)
    return np.asarray(np.maximum(rates, 0.0), dtype=np.float64)


def predict_degradation(sequence: str, unpaired: _Floats, window: tuple[int, int] | None = None) -> float:
    """The rate per hour at which the strands of an RNA that are whole within `window` become fewer: its start and end,
    from 0, end excluded; the whole RNA unless given.

    For the conditions of `predict_hydrolysis`. Per base, the rate is a power of the window's mean linkage rate and one
    of the RNA's length, fitted on 192 mRNAs of 504 to 1,588 bases (Leppek et al. 2022); beyond these lengths it is an
    extrapolation. Ranks are what it is for. It says nothing of expression. A window without a linkage has the rate 0.
    InputError for a window that is not within the sequence.

    >>> round(predict_degradation("GAUC" * 100, np.ones(400), (100, 300)), 2)
    0.65
    """
    start, end = window or (0, len(sequence))
    if not 0 <= start <= end <= len(sequence):
        problem = f"a window within 0 and {len(sequence)} was wanted and {start} to {end} came"
        raise InputError(problem)
    weights, rates = _read_weights(), predict_hydrolysis(sequence, unpaired)[start:end]
    mean = float(rates.mean()) if rates.size else 0.0
    if mean == 0.0:
        return 0.0
    per_base = weights.constant + weights.power_of_rate * math.log(mean)
    return (end - start) * math.exp(per_base + weights.power_of_length * math.log(len(sequence)))

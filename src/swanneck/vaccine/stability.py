"""In-line hydrolysis of an RNA from its sequence and unpaired probabilities."""

import numpy as np
import numpy.typing as npt

from swanneck.folding.structures import check_rna

__all__ = ["LINKAGE_RATES", "describe_linkages", "predict_hydrolysis"]

_Floats = npt.NDArray[np.float64]

# Fitted by `benchmarks/stability.py` on 900 short RNAs whose linkages were measured at pH 10, 24 degrees, 10 mM
# magnesium (Wayment-Steele et al. 2022, Nature Machine Intelligence 4:1174; MIT licence); rows as `describe_linkages`
# gives them, columns A, C, G, U. Unit: the measured reactivity.
LINKAGE_RATES = np.array([
    [0.513, 0.464, 0.482, 0.487],
    [0.452, 0.232, 0.161, 0.824],
    [-0.272, -0.239, 0.020, 0.013],
    [-0.208, -0.206, -0.191, 0.129],
])  # fmt: skip


def describe_linkages(sequence: str, unpaired: _Floats) -> _Floats:
    """What decides how fast each linkage breaks, as an array [linkage, 4, base].

    The linkage behind base k lies between bases k and k + 1. Rows: base k unpaired; base k + 1 unpaired; both, by base
    k; both, by base k + 1. The last base has no linkage. InputError for letters that are not bases.

    >>> describe_linkages("GAU", np.array([0.5, 1.0, 1.0]))[0]
    array([[0. , 0. , 0.5, 0. ],
           [1. , 0. , 0. , 0. ],
           [0. , 0. , 0.5, 0. ],
           [0.5, 0. , 0. , 0. ]])
    """
    bases = check_rna(sequence)
    own, behind = np.eye(4)[bases[:-1]], np.eye(4)[bases[1:]]
    first, second = unpaired[:-1, None], unpaired[1:, None]
    return np.stack([first * own, second * behind, first * second * own, first * second * behind], axis=1)


def predict_hydrolysis(sequence: str, unpaired: _Floats) -> _Floats:
    """The relative rate at which each linkage of an RNA breaks in solution; their sum is that of the whole strand.

    `unpaired` are the probabilities of `fold_ensemble`. A model of hydrolysis in solution, of unmodified RNA: it says
    nothing of nucleases, lipid particles, translation or expression (Leppek et al. 2022, Nat. Commun. 13:1536).

    >>> predict_hydrolysis("GAU", np.array([0.0, 1.0, 1.0])).round(2)
    array([0.45, 1.19])
    """
    rates: _Floats = np.einsum("krb,rb->k", describe_linkages(sequence, unpaired), LINKAGE_RATES)
    return np.asarray(np.maximum(rates, 0.0), dtype=np.float64)

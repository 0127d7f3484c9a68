"""The one place that decorates with Numba.

Kernels are compiled once and cached beside their module (or in the user's cache where that is read-only).
They release the interpreter lock. Fast-math stays off: results must not depend on how loops were reordered.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

__all__ = ["kernel"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile a function of arrays and numbers to machine code at its first call, cached on disk.

    Use it as a decorator in a `_kernels.py` module; numbers and arrays only, no text, files or exceptions.
    """
    return cast("Callable[_P, _R]", numba.njit(cache=True, nogil=True, error_model="numpy")(function))

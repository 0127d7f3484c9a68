"""Where to cut between two groups of values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from swanneck.foundation.errors import InputError

__all__ = ["Threshold", "separate_groups"]


@dataclass(frozen=True)
class Threshold:
    """A cut: values above it count as high. `share_low`, `share_high` are the shares of each group above it."""

    value: float
    share_low: float
    share_high: float

    @property
    def separation(self) -> float:
        """Youden's J: how much larger the share above the cut is in the high group, 0 to 1."""
        return self.share_high - self.share_low


def separate_groups(low: ArrayLike, high: ArrayLike) -> Threshold:
    """Find the cut that tells two groups of values apart best.

    Takes the maximum of Youden's J (Youden 1950, Cancer 3:32), the largest gap between the groups' distribution
    functions. Neither group need be pure: if the low group holds some high values and the high group some low ones
    (half of the cells of an infected well are not infected), J shrinks in proportion but its maximum stays where it
    was. Where J is as good over a stretch, within what counting so many values can tell, the middle of the stretch
    is taken.

    Raises `InputError` where a group has no finite values.

    >>> separate_groups([1.0, 1.2, 1.1, 0.9], [1.0, 5.0, 6.0, 5.5]).value
    3.1
    """
    a, b = (np.sort(group[np.isfinite(group)]) for group in (np.asarray(low, float), np.asarray(high, float)))
    if not a.size or not b.size:
        problem = f"a threshold needs values in both groups, got {a.size} low and {b.size} high ones"
        raise InputError(problem)
    values = np.unique(np.concatenate([a, b]))
    above_low = 1 - np.searchsorted(a, values, side="right") / a.size
    above_high = 1 - np.searchsorted(b, values, side="right") / b.size
    gap = above_high - above_low
    best = int(np.argmax(gap))
    # One value more or less on either side is chance; the plateau of equally good cuts is what is left.
    slack = 1 / a.size + 1 / b.size if min(a.size, b.size) > 50 else 0.0
    near = np.flatnonzero(gap >= gap[best] - slack)
    first, last = near[0], near[-1]
    upper = values[last + 1] if last + 1 < values.size else values[last]
    cut = float((values[first] + upper) / 2)
    return Threshold(cut, float(np.mean(a > cut)), float(np.mean(b > cut)))

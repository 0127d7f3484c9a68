"""The watershed from above. Arrays and numbers in, arrays out.

Images are flat arrays here with a border of one pixel, so that a neighbour is a fixed number of places away.
"""

import numpy as np
from numpy.typing import NDArray

from swanneck.foundation.jit import kernel
from swanneck.imaging.segmentation.regions._kernels import find_root

__all__ = ["flood_descending"]

_RANKS = 4096
_OUTSIDE = 32767


@kernel
def _list_places(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Flat places of the masked pixels in reading order, in an image with a border of one pixel."""
    rows, columns = mask.shape
    count = 0
    for i in range(rows):
        here = mask[i]
        for j in range(columns):
            count += here[j]
    places = np.empty(count, np.int32)
    count = 0
    for i in range(rows):
        for j in range(columns):
            if mask[i, j]:
                places[count] = (i + 1) * (columns + 2) + j + 1
                count += 1
    return places


@kernel
def _rank_places(height: NDArray[np.float32], places: NDArray[np.int32]) -> NDArray[np.int16]:
    """Ranks 0 (highest) .. 4095 in equal steps; what is not listed has the rank of the outside."""
    lowest = np.float32(np.inf)
    highest = np.float32(-np.inf)
    for k in range(places.size):
        lowest = min(lowest, height[places[k]])
        highest = max(highest, height[places[k]])
    scale = (_RANKS - 1) / (np.float64(highest) - lowest) if highest > lowest else 0.0
    ranks = np.full(height.size, _OUTSIDE, np.int16)
    for k in range(places.size):
        ranks[places[k]] = _RANKS - 1 - int((np.float64(height[places[k]]) - lowest) * scale)
    return ranks


@kernel
def _sort_places(places: NDArray[np.int32], ranks: NDArray[np.int16]) -> NDArray[np.int32]:
    """Places from the highest down, equal ranks in their order."""
    starts = np.zeros(_RANKS + 1, np.int64)
    for k in range(places.size):
        starts[ranks[places[k]] + 1] += 1
    for rank in range(_RANKS):
        starts[rank + 1] += starts[rank]
    order = np.empty(places.size, np.int32)
    for k in range(places.size):
        rank = ranks[places[k]]
        order[starts[rank]] = places[k]
        starts[rank] += 1
    return order


@kernel
def _list_neighbours(stride: int) -> NDArray[np.int64]:
    """Steps to the 8 neighbours in reading order: four before a pixel, four after it."""
    steps = np.empty(8, np.int64)
    for k in range(4):
        steps[k] = k - stride - 1 if k < 3 else -1
        steps[7 - k] = -steps[k]
    return steps


@kernel
def _climb(
    height: NDArray[np.float32], ranks: NDArray[np.int16], places: NDArray[np.int32], steps: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Minus the place of the steepest neighbour uphill of each listed pixel, and the places of peaks.

    Uphill is a lower rank, or the same rank earlier in reading order. A peak points to itself.
    """
    uphill = np.zeros(height.size, np.int32)
    peaks = np.empty(places.size, np.int32)
    count = 0
    for k in range(places.size):
        place = places[k]
        rank = ranks[place]
        here = height[place]
        best = np.float32(-np.inf)
        goal = place
        for n in range(8):
            other = place + steps[n]
            if ranks[other] > rank - (n > 3):
                continue
            rise = height[other] - here
            if n == 0 or n == 2 or n == 5 or n == 7:
                rise *= np.float32(0.70710678)
            if rise > best:
                best = rise
                goal = other
        uphill[place] = -goal
        if goal == place:
            peaks[count] = place
            count += 1
    return uphill, peaks[:count]


@kernel
def _follow_uphill(hills: NDArray[np.int32], places: NDArray[np.int32], peaks: NDArray[np.int32]) -> None:
    """Replace ways uphill by the number of the peak they lead to: its position in `peaks`, from 1."""
    for k in range(peaks.size):
        hills[peaks[k]] = k + 1
    for k in range(places.size):
        place = places[k]
        while hills[place] < 0:
            place = -hills[place]
        hill = hills[place]
        place = places[k]
        while hills[place] < 0:
            further = -hills[place]
            hills[place] = hill
            place = further


@kernel
def _queue_hills(
    hills: NDArray[np.int32], ranks: NDArray[np.int16], places: NDArray[np.int32], steps: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The hill of each pixel from the highest down; where hills meet, minus the number of the meeting, from 1.

    Meetings are pixels with several hills uphill of them. Each has a place and a row of hills that ends with 0.
    """
    starts = np.zeros(_RANKS + 1, np.int64)
    for k in range(places.size):
        starts[ranks[places[k]] + 1] += 1
    for rank in range(_RANKS):
        starts[rank + 1] += starts[rank]
    queue = np.empty(places.size, np.int32)
    meetings = np.empty(places.size, np.int32)
    guests = np.empty((places.size, 9), np.int32)
    count = 0
    for k in range(places.size):
        place = places[k]
        hill = hills[place]
        rank = ranks[place]
        meets = False
        for n in range(8):
            other = place + steps[n]
            meets |= hills[other] != hill and ranks[other] <= rank - (n > 3)
        entry = hill
        if meets:
            around = guests[count]
            found = 0
            for n in range(8):
                other = place + steps[n]
                if ranks[other] > rank - (n > 3):
                    continue
                guest = hills[other]
                known = False
                for m in range(found):
                    known |= around[m] == guest
                if not known:
                    around[found] = guest
                    found += 1
            around[found] = 0
            meetings[count] = place
            count += 1
            entry = -count
        queue[starts[rank]] = entry
        starts[rank] += 1
    return queue, meetings[:count], guests[:count]


@kernel
def _merge_guests(
    guests: NDArray[np.int32],
    level: float,
    parent: NDArray[np.int32],
    peak: NDArray[np.float32],
    size: NDArray[np.int32],
    prominence: float,
    smallest: int,
) -> None:
    """Join the basins that meet at a level and are not prominent or large enough on their own."""
    a = 0
    while guests[a] > 0:
        b = a + 1
        while guests[b] > 0:
            one = find_root(parent, guests[a])
            two = find_root(parent, guests[b])
            # Peaks come in descending order, so the smaller number is the higher peak.
            high = min(one, two)
            low = max(one, two)
            if high != low and (level >= peak[low] - prominence or size[low] < smallest):
                parent[low] = high
                size[high] += size[low]
            b += 1
        a += 1


@kernel
def flood_descending(
    height: NDArray[np.float32], mask: NDArray[np.bool_], prominence: float, smallest: int
) -> tuple[NDArray[np.int32], int]:
    """Watershed of the masked pixels from the highest down; basins that meet high up become one.

    Two basins merge where they first meet if the saddle is less than `prominence` under the lower of their peaks, or
    if the one with the lower peak has fewer than `smallest` pixels yet. Finite heights, ranked in 4,096 equal steps;
    ties are taken in reading order. Labels 1..n in the order of the peaks; 8-connected. Each pixel's way uphill is
    known before the water falls, so that only pixels where hills meet need a look around.
    """
    rows, columns = height.shape
    stride = columns + 2
    flat = np.zeros((rows + 2) * stride, np.float32)
    for i in range(rows):
        inner = flat[(i + 1) * stride + 1 : (i + 2) * stride - 1]
        for j in range(columns):
            inner[j] = height[i, j]
    places = _list_places(mask)
    ranks = _rank_places(flat, places)
    steps = _list_neighbours(stride)
    hills, peaks = _climb(flat, ranks, places, steps)
    peaks = _sort_places(peaks, ranks)
    _follow_uphill(hills, places, peaks)
    queue, meetings, guests = _queue_hills(hills, ranks, places, steps)
    parent = np.zeros(peaks.size + 1, np.int32)
    size = np.zeros(peaks.size + 1, np.int32)
    peak = np.zeros(peaks.size + 1, np.float32)
    for k in range(peaks.size):
        parent[k + 1] = k + 1
        peak[k + 1] = flat[peaks[k]]
    for k in range(queue.size):
        hill = queue[k]
        if hill < 0:
            meeting = -1 - hill
            place = meetings[meeting]
            _merge_guests(guests[meeting], flat[place], parent, peak, size, prominence, smallest)
            hill = hills[place]
        size[find_root(parent, hill)] += 1
    number = np.zeros(peaks.size + 1, np.int32)
    total = 0
    for hill in range(1, peaks.size + 1):
        # A parent has a smaller number than its children.
        if parent[hill] == hill:
            total += 1
            number[hill] = total
        else:
            number[hill] = number[parent[hill]]
    labels = np.empty((rows, columns), np.int32)
    for i in range(rows):
        here = hills[(i + 1) * stride + 1 : (i + 2) * stride - 1]
        for j in range(columns):
            labels[i, j] = number[here[j]]
    return labels, total

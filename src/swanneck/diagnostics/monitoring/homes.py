"""Where each oligo belongs: its site in the reference, or in the genome that it was made for."""

from collections.abc import Sequence

from swanneck.diagnostics.monitoring.binding import Genome, Home, align_text, find_neighbourhood
from swanneck.diagnostics.monitoring.parts import Part
from swanneck.folding.duplexes import reverse_complement

__all__ = ["Site", "find_homes"]

Site = tuple[int, bool, int]
"""A site without gaps: its place from 0, whether the oligo is written in the other direction, what does not pair."""

_GOOD, _LAST_RESORT = 3, 5
_REACH = 120


def find_homes(parts: Sequence[Part], reference: Genome, genomes: Sequence[Genome],
               sites: Sequence[Sequence[Site | None]]) -> list[Home | None]:  # fmt: skip
    """Find each part's home; `sites` are those of the parts in each genome, the reference's first.

    An oligo belongs to its site in the reference where at most three bases do not pair there; else to the genome that
    it fits best, since an oligo may be made for a deletion that the reference has not. None where it fits no genome
    within five.
    """
    homes: list[Home | None] = []
    for number, part in enumerate(parts):
        at_reference, rest = sites[0][number], [row[number] for row in sites[1:]]
        if at_reference is not None and at_reference[2] <= _GOOD:
            homes.append(_at_reference(part, reference, at_reference))
            continue
        best = min((site[2], index) for index, site in [(-1, at_reference), *enumerate(rest)] if site is not None) if (
            at_reference or any(rest)
        ) else None  # fmt: skip
        if best is None or best[0] > _LAST_RESORT:
            homes.append(None)
        elif best[1] < 0:
            homes.append(_at_reference(part, reference, at_reference or (0, False, 0)))
        else:
            homes.append(_elsewhere(part, genomes[best[1]], rest[best[1]] or (0, False, 0), reference))
    return homes


def _at_reference(part: Part, genome: Genome, site: Site) -> Home:
    place, reverse, _ = site
    end = place + len(part.sequence)
    positions, bases = range(place + 1, end + 1), genome.letters[place:end]
    return Home(
        left=genome.letters[max(0, place - _REACH) : place],
        right=genome.letters[end : end + _REACH],
        reverse=reverse,
        positions=tuple(reversed(positions) if reverse else positions),
        bases=reverse_complement(bases) if reverse else bases,
        mismatches=site[2],
    )


def _elsewhere(part: Part, genome: Genome, site: Site, reference: Genome) -> Home:
    """Give the home in another genome, turned to the reference's strand and with its positions."""
    home = _at_reference(part, genome, site)
    length = len(part.sequence)
    found = find_neighbourhood(home, length, reference)
    if found is None:
        return Home(home.left, home.right, home.reverse, (0,) * length, home.bases, site[2])
    stretch = reverse_complement(home.bases) if home.reverse else home.bases
    begin = len(found.left)
    places = align_text(found.left + stretch + found.right, found.segment)[begin : begin + length]
    size = len(found.segment)
    first = found.start + 1
    positions = [0 if place < 0 else first + (size - 1 - place if found.reverse else place) for place in places]
    bases = "".join("-" if place < 0 else found.segment[place] for place in places)
    if home.reverse:
        positions, bases = positions[::-1], reverse_complement(bases)
    left, right = home.left, home.right
    if found.reverse:
        left, right = reverse_complement(right), reverse_complement(left)
    return Home(left, right, home.reverse != found.reverse, tuple(positions), bases, site[2])

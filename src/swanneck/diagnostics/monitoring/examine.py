"""Assays examined on genomes: the binding of every part in every genome."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from swanneck.diagnostics.monitoring.assays import Assay
from swanneck.diagnostics.monitoring.binding import (
    ABSENT,
    UNKNOWN,
    Binding,
    Genome,
    Home,
    align_part,
    find_at_home,
    find_parts,
    read_site,
)
from swanneck.diagnostics.monitoring.homes import Site, find_homes
from swanneck.diagnostics.monitoring.parts import Part, list_parts
from swanneck.sequences.fasta import FastaRecord, check_nucleotides

__all__ = ["Panel", "examine_genome", "make_panel"]

_ALIGN_FROM = 3
"""A site with so many bases that do not pair may hide a deletion, and is laid out with gaps."""
_PANEL_GENOMES = 50
_SURE, _WIDEST = 3, 3000


@dataclass(frozen=True)
class Panel:
    """Assays, what of them binds, and where that belongs; made once, and used for every genome that comes."""

    assays: tuple[Assay, ...]
    parts: tuple[Part, ...]
    homes: tuple[Home | None, ...]
    reference: str

    def applies(self, assay: str) -> bool:
        """Tell whether an assay is for genomes of this kind: half of its parts fit them well, near each other."""
        homes = [home for part, home in zip(self.parts, self.homes, strict=True) if part.assay == assay]
        good = [home for home in homes if home is not None and home.mismatches <= _SURE]
        places = sorted(max(home.positions) for home in good if max(home.positions))
        near = max((bisect_right(places, place + _WIDEST) - i for i, place in enumerate(places)), default=0)
        return 2 * max(near, int(bool(good))) >= len(homes)


def make_panel(assays: Sequence[Assay], reference: FastaRecord, genomes: Sequence[FastaRecord]) -> Panel:
    """Find the parts of the assays and their homes, in the reference or else in some of the genomes.

    Raises `InputError` where a sequence is no nucleotides.
    """
    check_nucleotides([reference, *genomes])
    step = max(1, len(genomes) // _PANEL_GENOMES)
    some = list(genomes[::step])
    parts = list_parts(list(assays), [reference, *some])
    sequences = [part.sequence for part in parts]
    opened = [Genome(record) for record in [reference, *some]]
    sites: list[list[Site | None]] = [find_parts(sequences, opened[0])]
    doubtful = [number for number, site in enumerate(sites[0]) if site is None or site[2] >= _ALIGN_FROM]
    for genome in opened[1:]:
        row: list[Site | None] = [None] * len(parts)
        for number, site in zip(doubtful, find_parts([sequences[i] for i in doubtful], genome), strict=True):
            row[number] = site
        sites.append(row)
    homes = find_homes(parts, opened[0], opened[1:], sites)
    return Panel(tuple(assays), tuple(parts), tuple(homes), reference.name)


def examine_genome(panel: Panel, record: FastaRecord) -> list[Binding]:
    """Give the binding of every part of a panel on one genome.

    The site at home, or else the best without gaps, is taken where it pairs but for one or two bases; a worse one is
    laid out again between the bases beside its home, since it may hide a deletion. A part without a home is absent.
    """
    genome = Genome(record)
    bindings = [ABSENT] * len(panel.parts)
    doubtful: list[tuple[int, Part, Home]] = []
    places: dict[int, int] = {}
    for number, (part, home) in enumerate(zip(panel.parts, panel.homes, strict=True)):
        if home is not None:
            place = find_at_home(part, home, genome)
            if place is not None:
                bindings[number] = read_site(part, place, genome, reverse=home.reverse)
                places[number] = place
            if place is None or bindings[number].mismatches >= _ALIGN_FROM or "?" in bindings[number].pattern:
                doubtful.append((number, part, home))
    shift = _shift(panel, bindings, places)
    sites = find_parts([part.sequence for _, part, _ in doubtful], genome)
    for (number, part, home), site in zip(doubtful, sites, strict=True):
        if site is not None and site[2] < _ALIGN_FROM:
            bindings[number] = read_site(part, site[0], genome, reverse=site[1])
        else:
            bindings[number] = _doubtful(part, home, site, genome)
            outside = shift is not None and not 0 <= max(home.positions) - 1 + shift < len(genome.letters)
            if bindings[number] is ABSENT and outside:
                bindings[number] = UNKNOWN
    return bindings


def _shift(panel: Panel, bindings: list[Binding], places: dict[int, int]) -> int | None:
    """Give how far a genome is moved against the reference, by a part that pairs well; None where none does."""
    for number, place in places.items():
        home = panel.homes[number]
        if home is not None and bindings[number].mismatches < _ALIGN_FROM and min(home.positions) > 0:
            return place + 1 - min(home.positions)
    return None


def _doubtful(part: Part, home: Home, site: Site | None, genome: Genome) -> Binding:
    aligned = align_part(part, home, genome)
    if aligned.kind == "site" or site is None:
        return aligned
    plain = read_site(part, site[0], genome, reverse=site[1])
    if aligned is UNKNOWN and 2 * plain.pattern.count("?") < len(part.sequence) and plain.mismatches > _ALIGN_FROM:
        return aligned
    return plain if plain.mismatches <= _ALIGN_FROM + 2 else aligned

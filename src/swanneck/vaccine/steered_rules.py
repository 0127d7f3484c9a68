"""Rules that are no part of the recursions: kept by making codons dearer, with a proof of what that can cost."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from swanneck.folding.structures import list_stems
from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import CodonTable

if TYPE_CHECKING:
    from swanneck.vaccine.coding_design import CodingDesign

__all__ = ["SteeredRules"]

_Floats = npt.NDArray[np.float64]
_Prices = dict[tuple[int, str], float]
_Search = Callable[[Mapping[tuple[int, str], float]], "tuple[CodingDesign, float]"]

_ROUNDS = 24
_NEAR = 0.002  # share of the objective: nearer to the bound is not sought
_SHRINKAGE = 0.85  # of the steps that are made once the rules are kept, by round
_STEM_PRICE = 1.0  # kcal/mol, doubled from round to round
_PRICE, _GROWTH = 0.1, 1.4  # kcal/mol for a base that a window has too many of, and its growth by round
_STRONG = "GC"


@dataclass(frozen=True)
class SteeredRules:
    """The most pairs in a row, and the shares of G and C that every window of a coding sequence keeps to.

    `start` is where the coding sequence begins in the structure. A window is as long as the sequence where that is
    shorter.
    """

    residues: str
    table: CodonTable
    start: int
    longest_stem: int | None = None
    gc_low: float | None = None
    gc_high: float | None = None
    gc_window: int = 50

    @property
    def _window(self) -> int:
        return min(self.gc_window, 3 * len(self.residues))

    @property
    def _limits(self) -> tuple[int, int]:
        """The fewest and the most G and C of a window."""
        low, high = self.gc_low or 0.0, 1.0 if self.gc_high is None else self.gc_high
        return math.ceil(low * self._window - 1e-9), math.floor(high * self._window + 1e-9)

    def check(self) -> None:
        """Raise InputError where a window has too few or too many G and C whatever its codons, naming its residues."""
        fewest, most = self._reach()
        low, high = self._limits
        wrong = np.flatnonzero((most < low) | (fewest > high))
        if not wrong.size:
            return
        first = int(wrong[0])
        reach = f"{fewest[first] / self._window:.0%} to {most[first] / self._window:.0%}"
        problem = (
            f"no choice of codons has {low / self._window:.0%} to {high / self._window:.0%} G and C there, {reach} only"
        )
        places = range(first // 3, (first + self._window - 1) // 3 + 1)
        where = f"residues {self.residues[places[0]]}{places[0] + 1} to {self.residues[places[-1]]}{places[-1] + 1}"
        raise InputError(problem, where=where, remedy="Widen the limits or the window, or edit the protein")

    def _reach(self) -> tuple[_Floats, _Floats]:
        """The fewest and the most G and C that codons can give each window."""
        fewest, most = (np.zeros(3 * len(self.residues) - self._window + 1) for _ in range(2))
        for first in range(fewest.size):
            last = first + self._window
            for number in range(first // 3, (last - 1) // 3 + 1):
                part = slice(max(first - 3 * number, 0), min(last - 3 * number, 3))
                counts = [sum(map(codon[part].count, _STRONG)) for codon in self._codons(number)]
                fewest[first] += min(counts)
                most[first] += max(counts)
        return fewest, most

    def _codons(self, number: int) -> list[str]:
        return [codon for codon, weight in self.table.weights(self.residues[number]).items() if weight > 0]

    def _excess(self, rna: str) -> tuple[_Floats, _Floats]:
        """By how many bases each window has too many G and C, and too few."""
        total = np.concatenate([[0], np.cumsum([base in _STRONG for base in rna])])
        counts = total[self._window :] - total[: -self._window]
        low, high = self._limits
        return counts - float(high), low - counts.astype(np.float64)

    def _long_stems(self, structure: str) -> list[tuple[int, int, int]]:
        return [stem for stem in list_stems(structure) if self.longest_stem is not None and stem[2] > self.longest_stem]

    def are_kept(self, rna: str, structure: str) -> bool:
        """Whether a coding sequence and the structure of the whole keep to all rules.

        >>> from swanneck.sequences.codons import human_codons
        >>> rules = SteeredRules("GGG", human_codons(), 0, gc_high=0.8)
        >>> rules.are_kept("GGCGGCGGC", "........."), rules.are_kept("GGUGGUGGC", ".........")
        (False, True)
        """
        too_many, too_few = self._excess(rna)
        return not self._long_stems(structure) and bool(max(too_many.max(), too_few.max()) <= 0)

    def steer(self, design: "CodingDesign", lowest: float, search: _Search) -> "tuple[CodingDesign, float]":
        """A design that keeps to the rules, and what no such design's objective is below.

        Prices of windows are Lagrange multipliers (Fisher 1981, Management Science 27:1): the optimum with them, less
        what they add at the limits, bounds every design that keeps to the rules. They are raised until the rules are
        kept, then moved by subgradients that shrink, until best and bound are near. Prices of codons in stems are no
        multipliers: from the first of them on no bound is won, and the first design that keeps to the rules is taken.
        InputError where none is found.
        """
        prices, stems = np.zeros((2, 3 * len(self.residues) - self._window + 1)), _Prices()
        best: CodingDesign | None = None
        share = 1.0
        for number in range(_ROUNDS):
            excess = np.stack(self._excess(design.rna))
            self._raise_stems(stems, design)
            moved, step = self._worst(excess), _PRICE * _GROWTH**number
            if best is not None:
                moved = np.where(prices > 0, excess, moved)
                step = share * (best.objective - lowest) / max(float((moved**2).sum()), 1.0)
                share *= _SHRINKAGE
            prices = np.maximum(prices + step * moved, 0.0)
            design, bound = self._search_with(prices, stems, search)
            lowest = max(lowest, bound)
            if self.are_kept(design.rna, design.structure) and (best is None or design.objective < best.objective):
                best = design
            if best and (stems or lowest == -math.inf or best.objective - lowest <= _NEAR * abs(best.objective)):
                break
        if best is None:
            raise self._none_found(design)
        return best, lowest

    def _worst(self, excess: _Floats) -> _Floats:
        """The excess of the windows that break a limit most, none of which overlap by more than a half; else 0."""
        chosen = np.zeros_like(excess)
        for kept, row in zip(chosen, excess.copy(), strict=True):
            while row.max() > 0:
                worst = int(row.argmax())
                kept[worst] = row[worst]
                row[max(0, worst - self._window // 2) : worst + self._window // 2 + 1] = 0
        return chosen

    def _none_found(self, design: "CodingDesign") -> InputError:
        wrong = np.flatnonzero(np.max(self._excess(design.rna), axis=0) > 0)
        problem = f"no design that keeps to the rules was found in {_ROUNDS} rounds"
        remedy = "Raise longest_stem, widen the limits of G and C, or ask for more codon adaptation (lambda)"
        first = int(wrong[0]) // 3 if wrong.size else None
        where = "" if first is None else f"G and C around residue {self.residues[first]}{first + 1}"
        return InputError(problem, where=where, remedy=remedy)

    def _raise_stems(self, stems: _Prices, design: "CodingDesign") -> None:
        """Make the codons in the middle of a stem that is too long dearer."""
        limit = self.longest_stem or 0
        for first, last, size in self._long_stems(design.structure):
            for step in range(limit // 2, size, max(limit // 2, 1)):
                for place in (first + step, last - step):
                    number = (place - self.start) // 3
                    if 0 <= number < len(self.residues):
                        codon = design.rna[3 * number : 3 * number + 3]
                        stems[number, codon] = 2 * stems.get((number, codon), _STEM_PRICE / 2)

    def _search_with(self, prices: _Floats, stems: _Prices, search: _Search) -> "tuple[CodingDesign, float]":
        """The optimum with prices, and the bound it proves for designs that keep to the rules."""
        by_base = np.zeros((2, 3 * len(self.residues)))
        for row, of_windows in zip(by_base, prices, strict=True):
            for first in np.flatnonzero(of_windows):
                row[first : first + self._window] += of_windows[first]
        surcharges = dict(stems)
        for number in range(len(self.residues)):
            strong, weak = by_base[:, 3 * number : 3 * number + 3]
            if strong.any() or weak.any():
                for codon in self._codons(number):
                    price = sum(strong[k] if base in _STRONG else weak[k] for k, base in enumerate(codon))
                    surcharges[number, codon] = surcharges.get((number, codon), 0.0) + float(price)
        design, lowest = search(surcharges)
        low, high = self._limits
        at_limits = float(prices[0].sum()) * high + float(prices[1].sum()) * (self._window - low)
        return design, -math.inf if stems else lowest - at_limits

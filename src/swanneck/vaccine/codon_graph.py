"""All coding sequences of a protein as one graph, between fixed flanks and without forbidden motifs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swanneck.folding.energy_model import BASES
from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import CodonTable
from swanneck.vaccine.codon_pairs import CodonPairTable
from swanneck.vaccine.sequence_graph import GraphEdge, SequenceGraph, assemble_graph
from swanneck.vaccine.sequence_rules import MotifScanner, State

__all__ = ["CodonCosts", "Surroundings", "build_codon_graph"]

# Costs are whole multiples of this, in 0.01 kcal/mol, so that sums are exact in float64 and ties are ties.
_QUANTUM = 2.0**-26
# At lambda 0 adaptation decides between equal energies: a weight too small to outweigh 0.01 kcal/mol.
_TIE_BREAK = 2.0**-15


@dataclass(frozen=True)
class CodonCosts:
    """Prices in kcal/mol: `lambda_` per unit of -ln w, `uridine` per U of the coding sequence, `pair` per unit that the
    score of two neighbouring codons stays below the best, and surcharges of single codons by the number of their
    residue (from 0)."""

    table: CodonTable
    lambda_: float = 0.0
    uridine: float = 0.0
    surcharges: Mapping[tuple[int, str], float] = field(default_factory=dict)
    pair: float = 0.0
    pairs: CodonPairTable | None = None

    def of(self, number: int, residue: str) -> dict[str, float]:
        """The cost of each codon of a residue in 0.01 kcal/mol, in steps that sums keep exact."""
        scale = self.lambda_ * 100.0 if self.lambda_ > 0 else _TIE_BREAK
        raw = {
            codon: -math.log(weight) * scale
            + 100.0 * (self.uridine * codon.count("U") + self.surcharges.get((number, codon), 0.0))
            for codon, weight in self.table.weights(residue).items()
            if weight > 0
        }
        return {codon: round(cost / _QUANTUM) * _QUANTUM for codon, cost in raw.items()}

    def of_pair(self, first: str, second: str) -> float:
        """What a codon costs more for the codon before it, in the same steps."""
        loss = self.pairs.loss(first, second) if self.pairs else 0.0
        return round(100.0 * self.pair * loss / _QUANTUM) * _QUANTUM


@dataclass(frozen=True)
class Surroundings:
    """What lies around a coding sequence and what it must keep to.

    `before` and `after` are fixed RNA; `upstream` and `downstream` too, which lie around them and do not fold; `motifs`
    occur neither in the coding sequence nor across its ends; the first `open_start` bases of the coding sequence do not
    pair.
    """

    before: str = ""
    after: str = ""
    motifs: tuple[str, ...] = ()
    open_start: int = 0
    upstream: str = ""
    downstream: str = ""


@dataclass(frozen=True)
class _Layer:
    """The nodes of one position by what has been read since: a codon's prefix (behind the codon before it and a bar,
    where pairs cost something) and the scanner's state."""

    ways: dict[tuple[str, State], list[tuple[str, float, tuple[str, State]]]]


def build_codon_graph(protein: str, costs: CodonCosts, around: Surroundings | None = None) -> SequenceGraph:
    """The graph of a protein's synonymous sequences; the edge that completes a codon carries its cost.

    Nodes that can be followed by the same bases at the same costs are one. InputError where no sequence keeps to the
    rules, with the residues at which the last one fails. Cohen and Skiena (2003), J. Comput. Biol. 10:419; Terai,
    Kamegai, Asai (2016), Bioinformatics 32:828.

    >>> from swanneck.sequences.codons import human_codons
    >>> build_codon_graph("MK", CodonCosts(human_codons())).edge_base
    array([0, 3, 2, 0, 0, 0, 2])
    """
    around = around or Surroundings()
    choices: list[Mapping[str, float]] = [{base: 0.0} for base in around.before]
    choices += [costs.of(number, residue) for number, residue in enumerate(protein)]
    choices += [{base: 0.0} for base in around.after]
    layers = _read_all(choices, around, protein, costs)
    start = len(around.before)
    return _join_equals(layers, range(start, start + around.open_start))


def _read_all(
    choices: Sequence[Mapping[str, float]], around: Surroundings, protein: str, costs: CodonCosts
) -> list[_Layer]:
    """Every way to spell the choices, position by position, with what the scanner has seen."""
    scanner, paired = MotifScanner(around.motifs), costs.pair > 0 and costs.pairs is not None
    layers = []
    # Motifs that lie in fixed parts alone are not the design's affair.
    here = {("", scanner.read_all(scanner.start, around.upstream)[0])}
    for number, choice in enumerate(choices, start=-len(around.before)):
        size = len(next(iter(choice)))
        for done in range(size):
            ways: dict[tuple[str, State], list[tuple[str, float, tuple[str, State]]]] = {}
            completed: set[str] = set()
            for node in here:
                before, _, prefix = node[0].rpartition("|")
                ways[node] = found = []
                for text in sorted({word[: done + 1] for word in choice if word.startswith(prefix)}):
                    after, motif = scanner.read(node[1], text[-1], begin=number < len(protein))
                    if number + 1 == len(choices) - len(around.before) and done + 1 == size and motif is None:
                        motif = scanner.read_all(after, around.downstream, begin=False)[1]
                    if motif is not None and number >= 0:
                        completed.add(motif)
                    elif done + 1 < size:
                        found.append((text[-1], 0.0, (f"{before}|{text}" if before else text, after)))
                    else:
                        cost = choice[text] + (costs.of_pair(before, text) if before and size > 1 else 0.0)
                        found.append((text[-1], cost, (f"{text}|" if paired and size > 1 else "", after)))
            here = {target for found in ways.values() for *_, target in found}
            if not here:
                raise _conflict(number, protein, completed, around, read=3 * number + done + 1)
            layers.append(_Layer(ways))
    return layers


def _conflict(number: int, protein: str, motifs: set[str], around: Surroundings, *, read: int) -> InputError:
    problem = f"no choice of codons avoids {', '.join(sorted(motifs))}"
    last = min(number, len(protein) - 1)
    residues = ", ".join(f"{protein[k]}{k + 1}" for k in range(max(0, last - 2), last + 1))
    longest = max(map(len, motifs))
    behind = number >= len(protein) - 1 and (around.after or around.downstream)
    before = read < longest and (around.before or around.upstream)
    border = ", with what follows" if behind else ", with what is before" if before else ""
    remedy = "Leave out this motif or edit the protein"
    return InputError(problem, where=f"residues {residues}{border}", remedy=remedy)


def _join_equals(layers: list[_Layer], closed: range) -> SequenceGraph:
    """Number the nodes from the end, one for each different future; what leads nowhere is left out."""
    last: dict[tuple[str, State], int] = dict.fromkeys(
        (target for found in layers[-1].ways.values() for *_, target in found), 0
    )
    joined: list[list[tuple[tuple[str, float, int], ...]]] = []
    for layer in reversed(layers):
        classes: dict[tuple[tuple[str, float, int], ...], int] = {}
        places: dict[tuple[str, State], int] = {}
        for node, found in sorted(layer.ways.items(), key=lambda item: (item[0][0], sorted(item[0][1]))):
            future = tuple((base, cost, last[target]) for base, cost, target in found if target in last)
            if future:
                places[node] = classes.setdefault(future, len(classes))
        last = places
        joined.append(list(classes))
    joined.reverse()
    first = [0]
    for futures in joined:
        first.append(first[-1] + len(futures))
    edges = [
        GraphEdge(position, first[position] + source, first[position + 1] + target, BASES.index(base), cost,
                  position not in closed)
        for position, futures in enumerate(joined)
        for source, future in enumerate(futures)
        for base, cost, target in future
    ]  # fmt: skip
    positions = [position for position, futures in enumerate(joined) for _ in futures] + [len(joined)]
    return assemble_graph(positions, edges)

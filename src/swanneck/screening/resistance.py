"""What breakpoints make of minimum inhibitory concentrations: susceptible, intermediate, resistant, with the reason.

Breakpoints are the user's: EUCAST prints `S <=` and `R >`, CLSI `S <=` and `R >=`; both change every year.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings
from swanneck.screening.inhibitory_concentrations import InhibitoryConcentration
from swanneck.screening.number_columns import read_number_columns, unit_factor

__all__ = ["Breakpoint", "ResistanceCall", "call_resistance", "read_breakpoints", "summarise_isolates"]

_UNDETERMINED = "not determined"


class Breakpoint(Settings):
    """Susceptible at a MIC of at most `susceptible`; resistant above `resistant`, or at it where `inclusive` (CLSI)."""

    susceptible: float
    resistant: float
    inclusive: bool = False
    unit: str | None = None

    def resists(self, mic: float) -> bool:
        """Say whether this MIC is resistant."""
        return mic > self.resistant or (self.inclusive and mic == self.resistant)


@dataclass(frozen=True)
class ResistanceCall:
    """`S`, `I`, `R` or `not determined`, and why."""

    call: str
    reason: str


def read_breakpoints(path: Path) -> dict[tuple[str, str], Breakpoint]:
    """Read a table of breakpoints: `organism`, `drug`, `susceptible_at_most`, and a column for resistance.

    That is `resistant_above` (EUCAST) or `resistant_at_least` (CLSI). With a column `unit` MICs in another unit of its
    kind are converted. Keys are in lower case.

    Raises `InputError` where a column is missing, a limit is not positive, a pair stands twice, or two limits
    contradict each other.
    """
    low = "susceptible_at_most"
    header = read_number_columns(path, [low], ["organism", "drug"], needed=[low]).header
    inclusive = "resistant_at_least" in header and "resistant_above" not in header
    high = "resistant_at_least" if inclusive else "resistant_above"
    read = read_number_columns(path, [low, high], ["organism", "drug"], needed=[low, high], doses=[low, high])
    found: dict[tuple[str, str], Breakpoint] = {}
    for organism, drug, least, most in read.table.select("organism", "drug", low, high).iter_rows():
        key = (organism.lower(), drug.lower())
        problem = None
        if key in found:
            problem = f"{drug} for {organism} has two rows"
        elif least <= 0:
            problem = f"{drug} for {organism}: a breakpoint is positive, got {least:g}"
        elif least > most or (inclusive and least == most):
            over = "from" if inclusive else "above"
            problem = f"{drug} for {organism} is susceptible up to {least:g} and resistant {over} {most:g}"
        if problem:
            raise InputError(problem, where=str(path))
        found[key] = Breakpoint(susceptible=least, resistant=most, inclusive=inclusive, unit=read.units.get(low))
    return found


def call_resistance(found: InhibitoryConcentration, limits: Breakpoint, unit: str | None = None) -> ResistanceCall:
    """Call `S`, `I` or `R`; a censored MIC is called only where every value that it may have gives the same.

    `unit` is that of the MIC; where both it and the breakpoint's are known it is converted. Raises `InputError` where
    one is molar and the other mass per volume.

    >>> limits = Breakpoint(susceptible=1, resistant=4)
    >>> [call_resistance(InhibitoryConcentration(mic, relation, ""), limits).call
    ...  for mic, relation in ((1, "="), (2, "="), (8, "="), (2, ">"), (4, ">"), (0.5, "<="))]
    ['S', 'I', 'R', 'not determined', 'R', 'S']
    >>> call_resistance(InhibitoryConcentration(2, ">", ""), limits).reason
    'MIC >2: may be I or R; test up to 4'
    """
    if found.mic is None:
        return ResistanceCall(_UNDETERMINED, found.reason)
    mic = found.mic * _conversion(unit, limits.unit)
    lowest = {"=": mic, ">": float(np.nextafter(mic, np.inf)), "<=": 0.0}[found.relation]
    highest = {"=": mic, ">": math.inf, "<=": mic}[found.relation]
    between = limits.susceptible < limits.resistant
    there = {
        "S": lowest <= limits.susceptible,
        "I": between and highest > limits.susceptible and not limits.resists(lowest),
        "R": limits.resists(highest),
    }
    possible = [call for call, may_be in there.items() if may_be]
    told = f"MIC {'' if found.relation == '=' else found.relation}{mic:g}"
    if len(possible) > 1:
        end = f"up to {limits.resistant:g}" if found.relation == ">" else f"down to {limits.susceptible:g}"
        return ResistanceCall(_UNDETERMINED, f"{told}: may be {' or '.join(possible)}; test {end}")
    over = "from" if limits.inclusive else "above"
    why = {
        "S": f"at most {limits.susceptible:g}",
        "I": f"above {limits.susceptible:g}, not {over} {limits.resistant:g}",
        "R": f"{over} {limits.resistant:g}",
    }
    return ResistanceCall(possible[0], f"{told} is {why[possible[0]]}")


def _conversion(unit: str | None, other: str | None) -> float:
    if unit is None or other is None:
        return 1.0
    (kind, factor), (other_kind, other_factor) = unit_factor(unit), unit_factor(other)
    if kind != other_kind:
        problem = f"the MIC is in {unit}, the breakpoint in {other}"
        raise InputError(problem, remedy="Convert by the molar mass, and give both in one kind of unit")
    return float(f"{factor / other_factor:.12g}")


def summarise_isolates(mics: Sequence[InhibitoryConcentration], calls: Sequence[str]) -> dict[str, object]:
    """Summarise isolates of one organism and drug: `n`, MIC50 and MIC90 with relations, counts of S, I and R.

    MIC50 is the lowest MIC that inhibits half of the isolates. Unreadable series do not count.

    >>> mics = [InhibitoryConcentration(mic, "=", "") for mic in (0.5, 1, 1, 2)] + [InhibitoryConcentration(8, ">", "")]
    >>> told = summarise_isolates(mics, ["S", "S", "S", "S", "R"])
    >>> told["mic50"], told["mic90"], told["mic90_relation"], told["resistant"]
    (1, 8, '>', 1)
    """
    order = {"<=": -1, "=": 0, ">": 1}
    read = sorted((one.mic, order[one.relation], one.relation) for one in mics if one.mic is not None)
    row: dict[str, object] = {"n": len(read)}
    for percent in (50, 90):
        place = math.ceil(percent / 100 * len(read)) - 1
        mic, _, relation = read[place] if read else (None, 0, "undefined")
        row |= {f"mic{percent}": mic, f"mic{percent}_relation": relation}
    names = {"S": "susceptible", "I": "intermediate", "R": "resistant", _UNDETERMINED: "not_determined"}
    return row | {name: sum(call == one for one in calls) for call, name in names.items()}

"""Perfect DNA duplexes: nearest-neighbour enthalpy, entropy, free energy and melting temperature.

The parameters are the unified ones of SantaLucia 1998 (PNAS 95:1460, table 2), which SantaLucia and Hicks 2004 keep
(Annu. Rev. Biophys. Biomol. Struct. 33:415, table 1, but for the terms at the ends). Dangling ends, mismatches and
loops are not in here.
"""

from dataclasses import dataclass
from math import log, sqrt

from pydantic import Field

from swanneck.foundation.errors import InputError
from swanneck.foundation.settings import Settings

__all__ = ["Duplex", "DuplexConditions", "measure_duplex", "reverse_complement"]

_GAS = 1.987
_KELVIN = 273.15
_SALT_PER_STEP = 0.368
_MAGNESIUM = 120.0

_STEPS = {
    "AA": (-7.9, -22.2), "AT": (-7.2, -20.4), "TA": (-7.2, -21.3), "CA": (-8.5, -22.7), "GT": (-8.4, -22.4),
    "CT": (-7.8, -21.0), "GA": (-8.2, -22.2), "CG": (-10.6, -27.2), "GC": (-9.8, -24.4), "GG": (-8.0, -19.9),
}  # fmt: skip
"""kcal/mol and cal/mol/K of a pair of bases and the next, 5' to 3'; the other six are their reverse complements."""

_ENDS = {"A": (2.3, 4.1), "T": (2.3, 4.1), "C": (0.1, -2.8), "G": (0.1, -2.8)}
_SYMMETRY = -1.4
_COMPLEMENT = str.maketrans("ACGTURYSWKMBDHVN", "TGCAAYRSWMKVHDBN")


class DuplexConditions(Settings):
    """The solution that a duplex melts in. The defaults are those of primer design programs for a usual PCR."""

    monovalent_molar: float = Field(0.05, gt=0, le=5)
    """Sodium, potassium, ammonium, tris."""
    magnesium_molar: float = Field(0.0015, ge=0, le=1)
    dntp_molar: float = Field(0.0006, ge=0, le=1)
    """Nucleotides bind as much magnesium."""
    oligo_molar: float = Field(50e-9, gt=0, le=1)
    """Both strands together (as SantaLucia 1998 counts them)."""
    dmso_percent: float = Field(0.0, ge=0, le=20)
    """By volume. It lowers melting temperatures, and leaves the free energies told as they are."""
    dmso_celsius_per_percent: float = Field(0.6, ge=0, le=1)
    """Published are 0.5 to 0.75 (von Ahsen 2001, Clin. Chem. 47:1956); primer3 takes 0.6."""

    @property
    def sodium_molar(self) -> float:
        """The sodium that acts as all the salt does: 120 times the root of free magnesium in mM (von Ahsen 2001)."""
        free = max(0.0, self.magnesium_molar - self.dntp_molar) * 1000
        return self.monovalent_molar + _MAGNESIUM * sqrt(free) / 1000

    @property
    def dmso_celsius(self) -> float:
        """By how much the dimethyl sulphoxide lowers a melting temperature."""
        return self.dmso_percent * self.dmso_celsius_per_percent


@dataclass(frozen=True)
class Duplex:
    """The thermodynamics of a strand and its complement.

    `enthalpy` is in kcal/mol; `entropy` in cal/mol/K, corrected for salt; `melting_celsius` is the temperature at
    which half of the strands are paired.
    """

    enthalpy: float
    entropy: float
    melting_celsius: float

    def free_energy(self, celsius: float = 37.0) -> float:
        """Give the free energy in kcal/mol at a temperature."""
        return self.enthalpy - (celsius + _KELVIN) * self.entropy / 1000


def reverse_complement(sequence: str) -> str:
    """Give the other strand, 5' to 3', in upper case; IUPAC codes are complemented, U is read as T.

    >>> reverse_complement("AACGR")
    'YCGTT'
    """
    return sequence.upper().translate(_COMPLEMENT)[::-1]


_BOTH = _STEPS | {reverse_complement(step): value for step, value in _STEPS.items()}


def measure_duplex(sequence: str, conditions: DuplexConditions | None = None) -> Duplex:
    """Give the thermodynamics of a DNA strand paired with its perfect complement.

    The sequence is written 5' to 3', in either case; U is read as T. The entropy takes 0.368 cal/mol/K for each step
    and unit of the logarithm of the salt (SantaLucia 1998, equation 8), which is as much sodium as all ions act like
    (von Ahsen 2001). A strand that is its own complement is told and treated as such. The two-state model holds for
    oligos, to about 60 bases.

    Raises `InputError` where a letter is not A, C, G or T, or there are fewer than two.

    >>> duplex = measure_duplex("CGTTGA", DuplexConditions(monovalent_molar=1, magnesium_molar=0, dntp_molar=0))
    >>> round(duplex.enthalpy, 1), round(duplex.free_energy(), 2)
    (-41.2, -5.41)
    """
    conditions = conditions or DuplexConditions()
    sequence = sequence.upper().replace("U", "T")
    strange = sorted(set(sequence) - set(_ENDS))
    if strange or len(sequence) < 2:
        found = f"{', '.join(strange)} in {sequence[:60]!r}" if strange else f"{len(sequence)} bases"
        problem = f"wanted at least two of A, C, G and T, and got {found}"
        raise InputError(problem)
    steps = [_BOTH[sequence[i : i + 2]] for i in range(len(sequence) - 1)]
    terms = [*steps, _ENDS[sequence[0]], _ENDS[sequence[-1]]]
    enthalpy, entropy = sum(term[0] for term in terms), sum(term[1] for term in terms)
    symmetric = sequence == reverse_complement(sequence)
    entropy += _SYMMETRY if symmetric else 0.0
    entropy += _SALT_PER_STEP * len(steps) * log(conditions.sodium_molar)
    strands = conditions.oligo_molar / (1 if symmetric else 4)
    melting = 1000 * enthalpy / (entropy + _GAS * log(strands)) - _KELVIN - conditions.dmso_celsius
    return Duplex(enthalpy, entropy, melting)

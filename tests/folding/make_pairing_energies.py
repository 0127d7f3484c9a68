"""Writes tests/golden/dna_pairing_energies.csv with primer3-py, an oracle that the package does not use.

python tests/folding/make_pairing_energies.py > tests/golden/dna_pairing_energies.csv
"""

import random
import sys


def main() -> None:
    import primer3  # where it is installed: it is not among the test tools

    rng = random.Random(11)
    sys.stdout.write("first,second,dimer,hairpin\n")
    for _ in range(120):
        one, other = ("".join(rng.choice("ACGT") for _ in range(rng.randint(16, 26))) for _ in range(2))
        dimer, hairpin = primer3.calc_heterodimer(one, other).dg / 1000, primer3.calc_hairpin(one).dg / 1000
        sys.stdout.write(f"{one},{other},{dimer:.3f},{hairpin:.3f}\n")


if __name__ == "__main__":
    main()

"""Write tests/golden/dna_melting_temperatures.csv from primer3-py 2.4.0, which need not be installed for the tests:

python tests/folding/make_melting_temperatures.py > tests/golden/dna_melting_temperatures.csv
"""

import importlib
import random
import sys

SOLUTIONS = [(50, 1.5, 0.6, 50), (50, 0, 0, 250), (100, 3, 0.8, 500), (10, 8, 5.6, 200), (1000, 0, 0, 1000)]
MIXES = [(1, 1, 1, 1), (3, 1, 1, 3), (1, 3, 3, 1)]
ROWS, EVERY_SYMMETRIC, HALF = 400, 20, 12


def main() -> None:
    primer3 = importlib.import_module("primer3")
    rng = random.Random(1)
    sys.stdout.write("sequence,monovalent_mm,magnesium_mm,dntp_mm,oligo_nm,melting_celsius\n")
    for row in range(ROWS):
        sequence = "".join(rng.choices("ACGT", weights=rng.choice(MIXES), k=rng.randint(8, 60)))
        if row % EVERY_SYMMETRIC == 0:
            sequence = sequence[:HALF] + sequence[:HALF].translate(str.maketrans("ACGT", "TGCA"))[::-1]
        salt, magnesium, dntp, oligo = rng.choice(SOLUTIONS)
        melting = primer3.calc_tm(
            sequence, mv_conc=salt, dv_conc=magnesium, dntp_conc=dntp, dna_conc=oligo, max_nn_length=60
        )
        sys.stdout.write(f"{sequence},{salt},{magnesium},{dntp},{oligo},{round(melting, 4)}\n")


if __name__ == "__main__":
    main()

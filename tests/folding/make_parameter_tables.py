"""Writes tests/golden/dna_parameters.csv from Biopython and seqfold 0.7, sources that the package does not use.

python tests/folding/make_parameter_tables.py > tests/golden/dna_parameters.csv
"""

import sys


def main() -> None:
    import seqfold.dna as seqfold  # where they are installed: they are not among the test tools
    from Bio.SeqUtils import MeltingTemp

    sys.stdout.write("table,word,enthalpy,entropy\n")
    for name, table in (("stack", MeltingTemp.DNA_NN3), ("mismatch", MeltingTemp.DNA_IMM1),
                        ("terminal", MeltingTemp.DNA_TMM1), ("dangling", MeltingTemp.DNA_DE1)):  # fmt: skip
        for word, (enthalpy, entropy) in table.items():
            if "/" in word and not set(word) - set("ACGT./"):
                sys.stdout.write(f"{name},{word},{enthalpy:g},{entropy:g}\n")
    for name, table in (("interior", seqfold.DNA_INTERNAL_LOOPS), ("bulge", seqfold.DNA_BULGE_LOOPS),
                        ("hairpin", seqfold.DNA_HAIRPIN_LOOPS)):  # fmt: skip
        for size, (enthalpy, entropy) in table.items():
            sys.stdout.write(f"{name},{size},{enthalpy:g},{entropy:g}\n")
    for word, (enthalpy, entropy) in seqfold.DNA_TRI_TETRA_LOOPS.items():
        sys.stdout.write(f"special,{word},{enthalpy:g},{entropy:g}\n")


if __name__ == "__main__":
    main()

"""Turner 2004 nearest-neighbour energies of RNA folding at 37 degrees, as numbers: stacks, loops, mismatches.

Source: Mathews, Disney, Childs, Schroeder, Zuker, Turner (2004), PNAS 101:7287, and Turner and Mathews (2010), "NNDB:
the nearest neighbor parameter database", Nucleic Acids Research 38:D280 (rna.urmc.rochester.edu/NNDB), in the
rounding and with the loop conventions of the published parameter set "rna_turner2004" (Lorenz et al. 2011, Algorithms
Mol. Biol. 6:26). Unit: 0.1 kcal/mol. Pairs in the order CG, GC, GU, UG, AU, UA; bases in the order A, C, G, U. A pair
that closes a loop from the inside is read from its 3' base. Tables list the last index fastest.
"""

# outer pair x inner pair
STACK = """
-24 -33 -21 -14 -21 -21
-33 -34 -25 -15 -22 -24
-21 -25 13 -5 -14 -13
-14 -15 -5 3 -6 -10
-21 -22 -14 -6 -11 -9
-21 -24 -13 -10 -9 -13
"""

# pair x base after its 5' side x base before its 3' side
MISMATCH_HAIRPIN = """
-15 -15 -14 -15 -10 -11 -10 -8 -23 -15 -24 -15 -10 -14 -10 -21
-11 -15 -13 -15 -11 -7 -11 -5 -25 -15 -22 -15 -11 -10 -11 -16
2 -5 -3 -5 -1 -2 -1 -2 -10 -5 -11 -5 -1 -3 -1 -10
-5 -3 -6 -3 -2 -1 -2 0 -9 -3 -11 -3 -2 -1 -2 -9
-3 -5 -3 -5 -1 -2 -1 -2 -12 -5 -11 -5 -1 -3 -1 -12
-5 -3 -5 -3 -2 -1 -2 0 -15 -3 -15 -3 -2 -1 -2 -9
"""

# the same, first mismatches of interior loops
MISMATCH_INTERIOR = """
0 0 -8 0 0 0 0 0 -10 0 -10 0 0 0 0 -6
0 0 -8 0 0 0 0 0 -10 0 -10 0 0 0 0 -6
7 7 -1 7 7 7 7 7 -3 7 -3 7 7 7 7 1
7 7 -1 7 7 7 7 7 -3 7 -3 7 7 7 7 1
7 7 -1 7 7 7 7 7 -3 7 -3 7 7 7 7 1
7 7 -1 7 7 7 7 7 -3 7 -3 7 7 7 7 1
"""

# the same, loops of 2 x 3
MISMATCH_INTERIOR_2X3 = """
0 0 -5 0 0 0 0 0 -11 0 -7 0 0 0 0 -3
0 0 0 0 0 0 0 0 -12 0 -7 0 0 0 0 -3
7 7 7 7 7 7 7 7 -4 7 0 7 7 7 7 4
7 7 2 7 7 7 7 7 -4 7 0 7 7 7 7 4
7 7 7 7 7 7 7 7 -4 7 0 7 7 7 7 4
7 7 2 7 7 7 7 7 -4 7 0 7 7 7 7 4
"""

# pair; loops of 1 x n have no mismatch term
CLOSURE_INTERIOR_1XN = """
0 0 7 7 7 7
"""

# outer pair x inner pair x 5' base x 3' base
INTERIOR_1X1 = """
9 5 5 5 5 5 5 5 5 5 -14 5 5 5 5 4 9 -4 5 5 3 5 5 6 -1 5 -22 5 5 0 5 -1
6 5 12 12 12 12 12 12 -2 12 -14 12 12 10 12 11 22 13 12 12 12 17 12 12 12 12 -14 12 12 12 12 11
12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 8 12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 12
9 3 -1 5 -4 5 5 0 5 5 -22 5 5 6 5 -1 8 5 5 5 5 5 5 5 5 5 -23 5 5 5 5 -6
19 12 15 12 12 12 12 12 12 12 -14 12 12 12 12 15 16 12 10 12 12 12 12 12 12 12 -14 12 12 12 12 7
12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 8 12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 12
6 12 -2 12 5 12 12 10 12 12 -14 12 12 12 12 11 19 12 12 12 12 12 12 12 15 12 -14 12 12 12 12 15
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 12 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 16
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 12 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 16
22 12 12 12 13 17 12 12 12 12 -14 12 12 12 12 11 16 12 12 12 12 12 12 12 10 12 -14 12 12 12 12 7
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 16 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 19
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 16 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 19
12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 8 12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 8
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 12 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 16
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 12 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 15
12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 -14 12 12 12 12 12
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 16 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 19
19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 15 19 19 19 19 19 19 19 19 19 19 -7 19 19 19 19 17
"""

# by length, 0 to 30; the lengths that do not exist are 0
HAIRPIN_LENGTH = """
0 0 0 54 56 57 54 60 55 64 65 66 67 68 69 69 70 71 71 72 72 73 73 74 74 75 75 75 76 76 77
"""
BULGE_LENGTH = """
0 38 28 32 36 40 44 46 47 48 49 50 51 52 53 54 54 55 55 56 57 57 58 58 58 59 59 60 60 60 61
"""
INTERIOR_LENGTH = """
0 0 10 10 11 20 20 21 23 24 25 26 27 28 29 29 30 31 31 32 33 33 34 34 35 35 35 36 36 37 37
"""

# whole hairpins whose energy is measured: the sequence with its closing pair, the total energy
SPECIAL_HAIRPINS = """
CAACG 68 GUUAC 69 CAACGG 55 CCAAGG 33 CCACGG 37 CCCAGG 34 CCGAGG 35 CCGCGG 36
CCUAGG 37 CCUCGG 25 CUAAGG 36 CUACGG 28 CUCAGG 37 CUCCGG 27 CUGCGG 28 CUUAGG 35
CUUCGG 37 CUUUGG 37 ACAGUACU 28 ACAGUGAU 36 ACAGUGCU 29 ACAGUGUU 18
"""

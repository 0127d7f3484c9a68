"""Nearest-neighbour parameters of DNA in 1 M sodium: bases stacked, mismatched, dangling and in loops.

An entry is a word, kcal/mol/1000 and cal/mol/K. A word of four letters is 5'-XY-3' over 3'-UV-5' as XYUV. SantaLucia
and Hicks 2004 (Annu. Rev. Biophys. Biomol. Struct. 33:415) gather them; each block names the paper that measured it.
They were held entry by entry to the tables of Biopython (Bio.SeqUtils.MeltingTemp) and seqfold; what differs is told.
"""

__all__ = [
    "BULGE_LOOPS", "DANGLING", "HAIRPIN_LOOPS", "INTERIOR_LOOPS", "MISMATCHES", "SPECIAL_HAIRPINS", "STACKS",
    "TERMINAL_MISMATCHES",
]  # fmt: skip

STACKS = """
    AATT -7900 -22.2  ACTG -8400 -22.4  AGTC -7800 -21  ATTA -7200 -20.4  CAGT -8500 -22.7  CCGG -8000 -19.9
    CGGC -10600 -27.2  CTGA -7800 -21  GACT -8200 -22.2  GCCG -9800 -24.4  GGCC -8000 -19.9  GTCA -8400 -22.4
    TAAT -7200 -21.3  TCAG -8200 -22.2  TGAC -8500 -22.7  TTAA -7900 -22.2
"""
"""A pair and the next: SantaLucia 1998, PNAS 95:1460, table 2 (unified parameters), as DNA_NN3 of Biopython.

SantaLucia and Hicks 2004, table 1 (DNA_NN4), give AA/TT -7600 and -21.3 and keep all others.
"""

MISMATCHES = """
    AAAT 4700 12.9  AACT 7600 20.2  AAGT 3000 7.4  AATA 1200 1.7  AATC 2300 4.6  AATG -600 -2.3  ACAG -2900 -9.8
    ACCG -700 -3.8  ACGG 500 3.2  ACTA 5300 14.6  ACTC 0 -4.4  ACTT 700 0.2  AGAC -900 -4.2  AGCC 600 -0.6
    AGGC -4000 -13.2  AGTA -700 -2.3  AGTG -3100 -9.5  AGTT 1000 0.9  ATAA 1200 1.7  ATCA 5300 14.6  ATGA -700 -2.3
    ATTC -1200 -6.2  ATTG -2500 -8.3  ATTT -2700 -10.8  CAAT 3400 8  CACT 6100 16.4  CAGA -900 -4.2  CAGC 1900 3.7
    CAGG -700 -2.3  CATT 1000 0.7  CCAG 5200 14.2  CCCG 3600 8.9  CCGA 600 -0.6  CCGC -1500 -7.2  CCGT -800 -4.5
    CCTG 5200 13.5  CGAC 1900 3.7  CGCC -1500 -7.2  CGGA -4000 -13.2  CGGG -4900 -15.3  CGGT -4100 -11.7
    CGTC -1500 -6.1  CTAA 2300 4.6  CTCA 0 -4.4  CTGC -1500 -6.1  CTGG -2800 -8  CTGT -5000 -15.8  CTTA -1200 -6.2
    GAAT 700 0.7  GACA -2900 -9.8  GACC 5200 14.2  GACG -600 -1  GAGT 1600 3.6  GATT -1300 -5.3  GCAG -600 -1
    GCCA -700 -3.8  GCCC 3600 8.9  GCCT 2300 5.4  GCGG -6000 -15.8  GCTG -4400 -12.3  GGAC -700 -2.3  GGCA 500 3.2
    GGCG -6000 -15.8  GGCT 3300 10.4  GGGC -4900 -15.3  GGTC -2800 -8  GGTT 5800 16.3  GTAA -600 -2.3  GTCC 5200 13.5
    GTCG -4400 -12.3  GTCT -2200 -8.4  GTGA -3100 -9.5  GTTA -2500 -8.3  GTTG 4100 9.5  TAAA 4700 12.9  TAAC 3400 8
    TAAG 700 0.7  TACT 1200 0.7  TAGT -100 -1.7  TATT 200 -1.5  TCAA 7600 20.2  TCAC 6100 16.4  TCAT 1200 0.7
    TCCG 2300 5.4  TCGG 3300 10.4  TCTG -2200 -8.4  TGAA 3000 7.4  TGAG 1600 3.6  TGAT -100 -1.7  TGCC -800 -4.5
    TGGC -4100 -11.7  TGGT -1400 -6.2  TGTC -5000 -15.8  TTAC 1000 0.7  TTAG -1300 -5.3  TTAT 200 -1.5  TTCA 700 0.2
    TTGA 1000 0.9  TTGG 5800 16.3  TTTA -2700 -10.8
"""
"""A pair beside a single mismatch, as DNA_IMM1 of Biopython, without a difference.

G-T: Allawi and SantaLucia 1997, Biochemistry 36:10581. G-A: 1998, Biochemistry 37:2170. C-T: 1998, Nucleic Acids Res.
26:2694. A-C: 1998, Biochemistry 37:9435. A-A, C-C, G-G, T-T: Peyret et al. 1999, Biochemistry 38:3468.
"""

TERMINAL_MISMATCHES = """
    AAAT -2500 -6.3  AACT -2700 -7  AAGT -2400 -5.8  AATA -3100 -7.8  AATC -1600 -4  AATG -1900 -4.4  ACAG -8000 -22.5
    ACCG -3200 -7.1  ACGG -4600 -11.4  ACTA -1800 -3.8  ACTC -100 -0.5  ACTT -900 -1.7  AGAC -4300 -10.7
    AGCC -2700 -6  AGGC -6000 -15.5  AGTA -2500 -5.9  AGTG -1100 -2.1  AGTT -3200 -8.7  ATAA -3100 -7.8
    ATCA -1800 -3.8  ATGA -2500 -5.9  ATTC -2300 -6.3  ATTG -3500 -9.4  ATTT -2400 -6.5  CAAT -2300 -5.9
    CACT -700 -1.3  CAGA -4300 -10.7  CAGC -2600 -5.9  CAGG -3900 -9.6  CATT -700 -1.2  CCAG -5000 -13.8
    CCCG -3900 -10.6  CCGA -2700 -6  CCGC -2100 -5.1  CCGT -3200 -8  CCTG -3000 -7.8  CGAC -2600 -5.9  CGCC -2100 -5.1
    CGGA -6000 -15.5  CGGG -3800 -9.5  CGGT -3800 -9  CGTC -3900 -10.6  CTAA -1600 -4  CTCA -100 -0.5
    CTGC -3900 -10.6  CTGG -6600 -18.7  CTGT -6100 -16.9  CTTA -2300 -6.3  GAAT -2000 -4.7  GACA -8000 -22.5
    GACC -5000 -13.8  GACG -4300 -11.1  GAGT -1100 -2.7  GATT -3600 -9.8  GCAG -4300 -11.1  GCCA -3200 -7.1
    GCCC -3900 -10.6  GCCT -4900 -13.5  GCGG -700 -19.2  GCTG -5900 -16.1  GGAC -3900 -9.6  GGCA -4600 -11.4
    GGCG -700 -19.2  GGCT -5700 -15.9  GGGC -3800 -9.5  GGTC -6600 -18.7  GTAA -1900 -4.4  GTCC -3000 -7.8
    GTCG -5900 -16.1  GTCT -7400 -21.2  GTGA -1100 -2.1  GTTA -3500 -9.4  TAAA -2500 -6.3  TAAC -2300 -5.9
    TAAG -2000 -4.7  TACT -2500 -6.3  TAGT -3900 -10.5  TATT -3200 -8.9  TCAA -2700 -7  TCAC -700 -1.3
    TCAT -2500 -6.3  TCCG -4900 -13.5  TCGG -5700 -15.9  TCTG -7400 -21.2  TGAA -2400 -5.8  TGAG -1100 -2.7
    TGAT -3900 -10.5  TGCC -3200 -8  TGGC -3800 -9  TGTC -6100 -16.9  TTAC -700 -1.2  TTAG -3600 -9.8  TTAT -3200 -8.9
    TTCA -900 -1.7  TTGA -3200 -8.7  TTTA -2400 -6.5
"""
"""A pair that ends a helix, and two bases behind it that do not pair.

SantaLucia and Peyret 2001, patent application WO 01/94611, as DNA_TMM1 of Biopython. GG/CG is printed as -0.7 kcal/mol
with -19.2, everywhere, and so is kept, though it makes no end stabler. AC/TC has -0.5 cal/mol/K, as primer3 answers;
Biopython and seqfold have +0.5, which is 0.3 kcal/mol more stable at 37 degrees, and fits the other mismatches better.
"""

DANGLING = """
    3ATA -500 -1.1  3ATC 4700 14.2  3ATG -4100 -13.1  3ATT -3800 -12.6  3CGA -5900 -16.5  3CGC -2600 -7.4
    3CGG -3200 -10.4  3CGT -5200 -15  3GCA -2100 -3.9  3GCC -200 -0.1  3GCG -3900 -11.2  3GCT -4400 -13.1
    3TAA -700 -0.8  3TAC 4400 14.9  3TAG -1600 -3.6  3TAT 2900 10.4  5ATA -2900 -7.6  5ATC -4100 -13  5ATG -4200 -15
    5ATT -200 -0.5  5CGA -3700 -10  5CGC -4000 -11.9  5CGG -3900 -10.9  5CGT -4900 -13.8  5GCA -6300 -17.1
    5GCC -4400 -12.6  5GCG -5100 -14  5GCT -4000 -10.9  5TAA 200 2.3  5TAC 600 3.3  5TAG -1100 -1.6  5TAT -6900 -20
"""
"""An end (3 or 5), a base, its pair, and the base that dangles 3' of the base or 5' of the pair.

Bommarito, Peyret and SantaLucia 2000, Nucleic Acids Res. 28:1929, as DNA_DE1 of Biopython, without a difference.
"""

INTERIOR_LOOPS = """
    3 3.2  4 3.6  5 4.0  6 4.4  7 4.6  8 4.8  9 4.9  10 4.9  12 5.2  14 5.4  16 5.6  18 5.8  20 5.9  25 6.3  30 6.6
"""
BULGE_LOOPS = """
    1 4.0  2 2.9  3 3.1  4 3.2  5 3.3  6 3.5  7 3.7  8 3.9  9 4.1  10 4.3  12 4.5  14 4.8  16 5.0  18 5.2  20 5.3
    25 5.6  30 5.9
"""
HAIRPIN_LOOPS = """
    3 3.5  4 3.5  5 3.3  6 4.0  7 4.2  8 4.3  9 4.5  10 4.6  12 5.0  14 5.1  16 5.3  18 5.5  20 5.7  25 6.1  30 6.3
"""
"""Bases of a loop and kcal/mol at 37 degrees, all of it entropy: SantaLucia and Hicks 2004, table 4.

Sizes between grow from the one below by 2.44 RT ln(size / that size), equation 7 there (Jacobson and Stockmayer).
"""

SPECIAL_HAIRPINS = """
    AGAAT -1500 0  AGCAT -1500 0  AGGAT -1500 0  AGTAT -1500 0  CGAAG -2000 0  CGCAG -2000 0  CGGAG -2000 0
    CGTAG -2000 0  GGAAC -2000 0  GGCAC -2000 0  GGGAC -2000 0  GGTAC -2000 0  TGAAA -1500 0  TGCAA -1500 0
    TGGAA -1500 0  TGTAA -1500 0  AAAAAT 500 -0.7  AAAACT 700 1.6  AAACAT 1000 1.6  ACTTGT 0 4.2  AGAAAT -1100 1.6
    AGAGAT -1100 1.6  AGATAT -1500 1.6  AGCAAT -1600 1.6  AGCGAT -1100 1.6  AGCTTT 200 1.6  AGGAAT -1100 1.6
    AGGGAT -1100 1.6  AGGGGT 500 0.6  AGTAAT -1600 1.6  AGTGAT -1100 1.6  AGTTCT 800 1.6  ATTCGT -200 1.6
    ATTTGT 0 1.6  ATTTTT -500 1.6  CAAAAG 500 -1.3  CAAACG 700 0  CAACAG 1000 0  CAACCG 0 0  CCTTGG 0 2.6
    CGAAAG -1100 0  CGAGAG -1100 0  CGATAG -1500 0  CGCAAG -1600 0  CGCGAG -1100 0  CGCTTG 200 0  CGGAAG -1100 0
    CGGGAG -1000 0  CGGGGG 500 -1.0  CGTAAG -1600 0  CGTGAG -1100 0  CGTTCG 800 0  CTTCGG -200 0  CTTTGG 0 0
    CTTTTG -500 0  GAAAAC 500 -3.2  GAAACC 700 0  GAACAC 1000 0  GCTTGC 0 2.6  GGAAAC -1100 0  GGAGAC -1100 0
    GGATAC -1600 0  GGCAAC -1600 0  GGCGAC -1100 0  GGCTTC 200 0  GGGAAC -1100 0  GGGGAC -1100 0  GGGGGC 500 -1.0
    GGTAAC -1600 0  GGTGAC -1100 0  GGTTCC 800 0  GTTCGC -200 0  GTTTGC 0 0  GTTTTC -500 0  TAAAAA 500 0.3
    TAAACA 700 1.6  TAACAA 1000 1.6  TCTTGA 0 4.2  TGAAAA -1100 1.6  TGAGAA -1100 1.6  TGATAA -1600 1.6
    TGCAAA -1600 1.6  TGCGAA -1100 1.6  TGCTTA 200 1.6  TGGAAA -1100 1.6  TGGGAA -1100 1.6  TGGGGA 500 0.6
    TGTAAA -1600 1.6  TGTGAA -1100 1.6  TGTTCA 800 1.6  TTTCGA -200 1.6  TTTTGA 0 1.6  TTTTTA -500 1.6
"""
"""Loops with their closing pair that are stabler or weaker than their length tells.

SantaLucia and Hicks 2004, supplement. The enthalpies are those of seqfold. The entropies are (enthalpy - free energy)
/ 310.15 K: those of seqfold with the other sign, by which C-CTTG-G would be weaker than other loops, and it is known
to be stabler.
"""

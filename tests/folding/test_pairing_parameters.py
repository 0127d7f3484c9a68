"""The parameters of DNA are those of independent tables of the same papers, but for what is named here."""

import csv
from pathlib import Path

import numpy as np
import pytest

from swanneck.folding.pairing.parameters import BASES, santalucia_2004

GOLDEN = Path(__file__).parents[1] / "golden" / "dna_parameters.csv"
PUBLISHED = (3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 25, 30)
KNOWN_APART = {("terminal", "AC/TC")}  # -0.5 as primer3 answers, +0.5 in both sources


def rows(*names: str) -> list[tuple[str, str, float, float]]:
    with GOLDEN.open(encoding="utf-8") as stream:
        return [(row["table"], row["word"], float(row["enthalpy"]), float(row["entropy"]))
                for row in csv.DictReader(stream) if row["table"] in names]  # fmt: skip


def place(word: str) -> tuple[int, ...]:
    upper, lower = word.split("/")
    return tuple(BASES.index(base) for base in (*upper, *lower))


@pytest.mark.parametrize(("name", "count"), [("stack", 10), ("mismatch", 51), ("terminal", 48)])
def test_pairs_and_mismatches_are_as_published(name, count):
    found, table = rows(name), getattr(santalucia_2004(), name)
    apart = set()
    for _, word, enthalpy, entropy in found:
        x, y, u, v = place(word)
        turned = table[v, u, y, x] if name != "terminal" else table[x, y, u, v]
        for own in (table[x, y, u, v], turned):
            if not np.allclose(own, (1000 * enthalpy, entropy), atol=0.051):
                apart.add((name, word))
    assert len(found) == count
    assert apart == {one for one in KNOWN_APART if one[0] == name}


def test_dangling_ends_are_as_published():
    found, values = rows("dangling"), santalucia_2004()
    for _, word, enthalpy, entropy in found:
        (x, y), (u, v) = word.split("/")
        # A dot at the 3' end of one strand leaves the other's 5' end dangling, and the other way round.
        if "." in (y, v):
            base, pair, free = (BASES.index(one) for one in ((u, x, v) if y == "." else (x, u, y)))
            table = values.dangling_5 if y == "." else values.dangling_3
            index = (pair, base, free) if y == "." else (base, pair, free)
        else:
            base, pair, free = (BASES.index(one) for one in ((v, y, u) if x == "." else (y, v, x)))
            table = values.dangling_3 if x == "." else values.dangling_5
            index = (base, pair, free) if x == "." else (pair, base, free)
        np.testing.assert_allclose(table[index], (1000 * enthalpy, entropy), err_msg=word)
    assert len(found) == 32


@pytest.mark.parametrize("name", ["interior", "bulge", "hairpin"])
def test_loops_are_as_published(name):
    found = {int(word): entropy for _, word, _, entropy in rows(name)}
    table = getattr(santalucia_2004(), name)
    for size in PUBLISHED:
        assert table[size] == pytest.approx(found[size], abs=0.06), size


def test_special_hairpins_have_the_enthalpy_of_seqfold_and_the_entropy_of_the_other_sign():
    values = santalucia_2004("published")
    found = {word: (1000 * enthalpy, -entropy) for _, word, enthalpy, entropy in rows("special")}
    for code, own in zip(values.special.tolist(), values.special_values.tolist(), strict=True):
        digits = np.base_repr(code, 4)[1:]
        assert own == pytest.approx(found["".join(BASES[int(digit)] for digit in digits)], abs=0.11)
    assert values.special.size == 93

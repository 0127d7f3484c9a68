"""Dimers and hairpins of oligos: against primer3's values, and laws that hold for any."""

import csv
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.folding.duplexes import DuplexConditions, measure_duplex, reverse_complement
from swanneck.folding.pairing.dimers import measure_dimers, measure_hairpins
from swanneck.foundation.errors import InputError

GOLDEN = Path(__file__).parents[1] / "golden" / "dna_pairing_energies.csv"
OLIGO = st.text("ACGT", min_size=8, max_size=40)
PEER = (
    "import json, sys, primer3\n"
    "print(json.dumps([[primer3.calc_heterodimer(a, b).dg / 1000, primer3.calc_hairpin(a).dg / 1000]"
    " for a, b in json.load(sys.stdin)]))"
)


def golden():
    with GOLDEN.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def dimers_of(pairs):
    rows = np.repeat(np.arange(len(pairs)), 2).reshape(-1, 2)
    return measure_dimers([a for a, _ in pairs], [b for _, b in pairs], rows).free_energy()


def test_dimers_are_those_of_primer3():
    rows = golden()
    found = dimers_of([(row["first"], row["second"]) for row in rows])
    assert (abs(found - [float(row["dimer"]) for row in rows]) < 0.1).mean() >= 0.99


def test_hairpins_are_those_of_primer3():
    rows = golden()
    found = measure_hairpins([row["first"] for row in rows]).free_energy()
    assert (abs(found - [float(row["hairpin"]) for row in rows]) < 0.1).mean() >= 0.99


@pytest.mark.parametrize("longest", [26, 50], ids=["primers", "long"])
def test_both_are_those_of_primer3_on_many_oligos(longest):
    python = os.environ.get("SWANNECK_PRIMER3")
    if not python:
        pytest.skip("SWANNECK_PRIMER3 names no Python with primer3-py")
    rng = np.random.default_rng(2)
    pairs = [tuple("".join(rng.choice(list("ACGT"), n)) for n in rng.integers(16, longest, 2)) for _ in range(2000)]
    told = subprocess.run([python, "-c", PEER], input=json.dumps(pairs), capture_output=True, text=True, check=True)
    peer = np.array(json.loads(told.stdout))
    hairpins = measure_hairpins([one for one, _ in pairs]).free_energy()
    assert (abs(dimers_of(pairs) - peer[:, 0]) < 0.1).mean() >= 0.99
    assert (abs(hairpins - peer[:, 1]) < 0.1).mean() >= 0.99


@given(OLIGO, OLIGO)
def test_it_hardly_matters_which_oligo_is_first(one, other):
    # Helices grow from the first oligo's 5' end: of two ends nearly as good, either may be kept.
    assert dimers_of([(one, other)])[0] == pytest.approx(dimers_of([(other, one)])[0], abs=1.5)


def test_of_many_dimers_nearly_all_are_the_same_either_way():
    rng = np.random.default_rng(3)
    pairs = [tuple("".join(rng.choice(list("ACGT"), n)) for n in rng.integers(8, 41, 2)) for _ in range(2000)]
    apart = abs(dimers_of(pairs) - dimers_of([(other, one) for one, other in pairs]))
    assert (apart < 0.1).mean() >= 0.99


@given(st.text("ACGT", min_size=12, max_size=40), st.data())
def test_a_mismatch_inside_a_duplex_never_makes_it_stabler(sequence, data):
    other = reverse_complement(sequence)
    place = data.draw(st.integers(3, len(other) - 4))
    base = data.draw(st.sampled_from([base for base in "ACGT" if base != other[place]]))
    perfect, changed = dimers_of([(sequence, other), (sequence, other[:place] + base + other[place + 1 :])])
    assert changed >= perfect - 1e-9


@given(st.text("ACGT", min_size=8, max_size=30))
def test_a_dimer_of_complements_is_as_stable_as_their_duplex(sequence):
    other = reverse_complement(sequence)
    if other == sequence:
        return
    conditions = DuplexConditions(monovalent_molar=1, magnesium_molar=0, dntp_molar=0)
    found = measure_dimers([sequence], [other], None, conditions).free_energy()[0]
    assert found <= measure_duplex(sequence, conditions).free_energy() + 0.35


@given(st.lists(OLIGO, min_size=1, max_size=4))
def test_a_batch_is_its_pairs_one_by_one(oligos):
    whole = measure_dimers(oligos, oligos).free_energy().reshape(len(oligos), -1)
    alone = [[measure_dimers([a], [b]).free_energy()[0] for b in oligos] for a in oligos]
    np.testing.assert_allclose(whole, alone)


def test_salt_makes_structures_stabler():
    low, high = (DuplexConditions(monovalent_molar=salt) for salt in (0.02, 0.5))
    assert (
        measure_hairpins(["GGGCCCGAAAGGGCCC"], high).free_energy()
        < measure_hairpins(["GGGCCCGAAAGGGCCC"], low).free_energy()
    )


@pytest.mark.parametrize("oligo", ["", "ACGN", "ACGRYT", "AC-GT", "AC GT", "ÄCGT", "A" * 61],
                         ids=["empty", "unknown", "degenerate", "gap", "space", "umlaut", "long"])  # fmt: skip
def test_what_is_no_oligo_is_told(oligo):
    with pytest.raises(InputError, match="wanted an oligo"):
        measure_dimers([oligo], ["ACGT"])
    with pytest.raises(InputError, match="wanted an oligo"):
        measure_hairpins(["ACGT", oligo])


def test_letters_may_be_small_and_uracil_is_read_as_thymine():
    pairs = [("ACCTTGCAGG", "CCTGCAAGGT"), ("accttgcagg", "CCUGCAAGGU"), ("AATT", "AATT"), ("AAUU", "aauu")]
    found = dimers_of(pairs)
    assert found[0] == found[1]
    assert found[2] == found[3]


@pytest.mark.parametrize("oligo", ["A", "AC", "ACG", "AAAAAAAA"], ids=["one", "two", "three", "none"])
def test_what_cannot_pair_with_itself_has_no_hairpin(oligo):
    assert measure_hairpins([oligo]).free_energy().tolist() == [0.0]


def test_nothing_is_measured_of_nothing():
    assert measure_dimers([], ["ACGT"]).enthalpy.size == 0
    assert measure_hairpins([]).enthalpy.size == 0


def test_a_dimer_of_complements_melts_as_their_duplex():
    found = measure_dimers(["ACCTTGCAGGATCC"], [reverse_complement("ACCTTGCAGGATCC")])
    duplex = measure_duplex("ACCTTGCAGGATCC")
    assert found.melting_celsius()[0] == pytest.approx(duplex.melting_celsius, abs=0.5)
    assert np.isnan(measure_hairpins(["AAAAAA"]).melting_celsius()[0])


def test_listed_tetraloops_form_where_they_are_asked_for():
    oligo = ["GCGCAGAAATGCGC"]
    assert measure_hairpins(oligo, special_loops="published").free_energy() < measure_hairpins(oligo).free_energy()

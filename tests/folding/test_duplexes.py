"""Melting temperatures and free energies of perfect DNA duplexes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swanneck.folding.duplexes import DuplexConditions, measure_duplex, reverse_complement
from swanneck.foundation.errors import InputError

GOLDEN = Path(__file__).parents[1] / "golden" / "dna_melting_temperatures.csv"
BASES = st.text("ACGT", min_size=2, max_size=60)


def solution(row):
    return DuplexConditions(
        monovalent_molar=float(row["monovalent_mm"]) / 1e3, magnesium_molar=float(row["magnesium_mm"]) / 1e3,
        dntp_molar=float(row["dntp_mm"]) / 1e3, oligo_molar=float(row["oligo_nm"]) / 1e9,
    )  # fmt: skip


def test_melting_temperatures_are_those_of_primer3():
    with GOLDEN.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    apart = [
        abs(measure_duplex(row["sequence"], solution(row)).melting_celsius - float(row["melting_celsius"]))
        for row in rows
    ]
    assert len(rows) == 400
    assert max(apart) < 0.001


@given(BASES)
def test_both_strands_tell_the_same(sequence):
    one, other = measure_duplex(sequence), measure_duplex(reverse_complement(sequence))
    assert one.melting_celsius == pytest.approx(other.melting_celsius)
    assert one.free_energy() == pytest.approx(other.free_energy())


@given(BASES)
def test_no_free_energy_is_left_at_the_temperature_where_enthalpy_and_entropy_balance(sequence):
    duplex = measure_duplex(sequence)
    assert duplex.free_energy(1000 * duplex.enthalpy / duplex.entropy - 273.15) == pytest.approx(0, abs=1e-6)


def test_salt_and_strands_stabilise():
    usual = measure_duplex("ACGTTGCATGCCTGAACT").melting_celsius
    for more in ({"monovalent_molar": 0.1}, {"magnesium_molar": 0.004}, {"oligo_molar": 1e-6}):
        assert measure_duplex("ACGTTGCATGCCTGAACT", DuplexConditions(**more)).melting_celsius > usual


def test_more_nucleotides_than_magnesium_leave_none_free():
    bound = DuplexConditions(magnesium_molar=0.001, dntp_molar=0.002)
    assert bound.sodium_molar == bound.monovalent_molar


def test_dimethyl_sulphoxide_lowers_the_melting_temperature():
    usual, with_it = (measure_duplex("ACGTTGCATGCCTGAACT", DuplexConditions(dmso_percent=share)) for share in (0, 5))
    assert with_it.melting_celsius == pytest.approx(usual.melting_celsius - 3)
    assert with_it.free_energy() == usual.free_energy()


def test_uracil_is_read_as_thymine():
    assert measure_duplex("acguugca") == measure_duplex("ACGTTGCA")


@pytest.mark.parametrize(("sequence", "told"), [("ACGN", "N in 'ACGN'"), ("A", "1 bases"), ("", "0 bases")])
def test_what_is_no_dna_strand_is_told(sequence, told):
    with pytest.raises(InputError, match=told):
        measure_duplex(sequence)

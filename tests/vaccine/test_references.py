"""Coding sequences of an antigen are found in contigs, vaccines among them."""

from pathlib import Path

import pytest

from swanneck.sequences.codons import human_codons, translate_codons
from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine.references import find_coding_sequence, measure_reference

LEADER, TAIL = "GGGAAATAAGAGAG", "TGATAATAGGCTGGAG"
CODING = "ATGGGCAAGGCCCTGCTGCGGAGCTGGGACGAGCGGACC"
PROTEIN = "MGKALLRSWDERT"


@pytest.mark.parametrize("leader", ["", "A", "AC", LEADER, "ATGATGA" + LEADER])
def test_a_coding_sequence_is_found_in_any_frame(leader: str) -> None:
    assert find_coding_sequence(leader + CODING.lower() + TAIL, PROTEIN) == (CODING.replace("T", "U"), 1.0)


def test_unknown_bases_elsewhere_do_no_harm() -> None:
    assert find_coding_sequence("NNNN" + CODING + "NN", PROTEIN) == (CODING.replace("T", "U"), 1.0)


def test_a_relative_of_the_same_length_is_told_as_such() -> None:
    found = find_coding_sequence(LEADER + CODING + TAIL, PROTEIN.replace("K", "R"))
    assert found == (CODING.replace("T", "U"), pytest.approx(12 / 13))


@pytest.mark.parametrize("protein", ["MGKALLRSWDERTP", "MVVVVVVVVVVVV"])
def test_another_protein_is_not_found(protein: str) -> None:
    assert measure_reference("x", LEADER + CODING.replace("TGG", "TGC") + TAIL, protein) is None


def test_licensed_vaccines_code_for_the_stabilised_spike(shared_data: Path) -> None:
    spike = next(one for one in read_fasta(shared_data / "mrna" / "proteins.fasta") if "spike_2P" in one.name)
    for contig in read_fasta(shared_data / "mrna" / "vaccine_contigs.fasta"):
        found = find_coding_sequence(contig.sequence, spike.sequence)
        assert found is not None and found[1] == 1.0
        assert translate_codons(found[0], human_codons()) == spike.sequence

"""Oligos found in genomes: published assays, and input that is none."""

import csv

import pytest

from swanneck.diagnostics.search.sites import find_sites
from swanneck.folding.duplexes import reverse_complement
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, read_fasta


@pytest.fixture(scope="module")
def assays(shared_data):
    """Every published assay as its oligos by name."""
    with (shared_data / "diagnostics" / "published_assays.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {name: {row["oligo"]: row["sequence_5to3"] for row in rows if row["assay"] == name}
            for name in {row["assay"] for row in rows}}  # fmt: skip


@pytest.mark.parametrize(("assay", "genome_set"), [
    ("CDC_DENV1", "denv1_full"), ("CDC_DENV2", "denv2_full"), ("Lanciotti_ZIKV_835", "zika34"),
])  # fmt: skip
def test_oligos_of_published_assays_match_where_the_text_has_them(shared_data, assays, assay, genome_set):
    genomes = read_fasta(shared_data / "genomes" / f"{genome_set}.fasta")
    oligos = list(assays[assay].values())
    found = find_sites(oligos, genomes)
    perfect = (found.mismatches == 0) & (found.missing == 0)
    assert perfect.tolist() == [
        [oligo in genome.sequence or reverse_complement(oligo) in genome.sequence for genome in genomes]
        for oligo in oligos
    ]


def test_cdcs_dengue_2_assay_reaches_few_genomes(shared_data, assays):
    genomes = read_fasta(shared_data / "genomes" / "denv2_full.fasta")
    found = find_sites(list(assays["CDC_DENV2"].values()), genomes)
    assert ((found.mismatches >= 0) & (found.mismatches <= 1)).all(axis=0).mean() < 0.35


def test_known_design_errors_show_on_the_reference(shared_data, assays):
    genome = read_fasta(shared_data / "genomes" / "NC_045512.fasta")
    oligos = {**assays["Charite_RdRP"], **assays["CDC_N2"]}
    found = dict(zip(oligos, find_sites(list(oligos.values()), genome).mismatches[:, 0].tolist(), strict=True))
    assert found["RdRP_SARSr-R"] == 1
    assert {found[name] for name in assays["CDC_N2"]} == {0}


def test_gaps_of_an_alignment_are_left_out():
    found = find_sites(["ACGTTGCA"], [FastaRecord("a", "", "--TTACG---TTGCATT-")])
    assert (found.start.tolist(), found.mismatches.tolist()) == ([[3]], [[0]])


def test_missing_bases_are_counted_apart_from_mismatches():
    found = find_sites(["ACGTTGCAGG"], [FastaRecord("a", "", "TTACGNTGCAGCTT")])
    assert (found.mismatches.tolist(), found.missing.tolist()) == ([[1]], [[1]])


def test_an_oligo_without_a_site_has_none():
    found = find_sites(["ACGTTGCAGGACGTTGCAGG"], [FastaRecord("a", "", "T" * 50), FastaRecord("b", "", "ACG")])
    assert (found.mismatches.tolist(), found.start.tolist()) == ([[-1, -1]], [[0, 0]])


@pytest.mark.parametrize("oligo", ["", "ACGZ", "A" * 129])
def test_what_is_no_oligo_is_told(oligo):
    with pytest.raises(InputError, match="wanted an oligo"):
        find_sites([oligo], [FastaRecord("a", "", "ACGT")])

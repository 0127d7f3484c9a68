"""The fewest oligos of every window: what counts as reached, and the published task."""

from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError

from swanneck.diagnostics.cover import CoverSettings, cover_windows
from swanneck.diagnostics.intake import IntakeSettings
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.workflows import cover_genomes
from swanneck.workflows.genome_source import GenomeSource

SITE = "ACGTACGTAC"


def cover(*sequences, **chosen):
    defaults = {"oligo": 10, "window": 10, "mismatches": 1, "fraction": 1.0}
    return cover_windows(
        [FastaRecord(str(i), "", s) for i, s in enumerate(sequences)], CoverSettings(**defaults | chosen)
    )


def test_one_mismatch_is_reached_and_two_are_not():
    assert cover(SITE, "ACGTACGTAA").n_oligos.tolist() == [1]
    assert cover(SITE, "ACGTACGTCA").n_oligos.tolist() == [2]


def test_an_oligo_between_two_strains_reaches_both():
    found = cover("TCGTACGTAC", SITE, "ACGTACGTAA")
    assert found.oligos == [(SITE,)]


def test_a_deletion_is_never_reached():
    assert cover(SITE, "ACGT-CGTAC").n_windows == 1
    assert cover(SITE, "ACGT-CGTAC").oligos == []


def test_a_missing_base_is_no_mismatch_or_one_as_chosen():
    genomes = (SITE, "ACNTACNTAC")
    assert cover(*genomes, missing="unknown").n_oligos.tolist() == [1]
    assert cover(*genomes, missing="fails").n_oligos.tolist() == []
    assert cover(SITE, "ACNTACGTAC", missing="fails").n_oligos.tolist() == [1]


def test_a_missing_end_is_unknown_and_not_a_deletion():
    assert cover(SITE, "--GTACGTAC", SITE).n_oligos.tolist() == [1]


def test_an_oligo_does_not_win_for_want_of_data():
    known, other = "ACGTACGTAC" + "ACGTACGTAC", "GGGGGGGGGG" + "N" * 10
    strain = "TTTTTTTTTT" + "N" * 10
    found = cover(known, other, strain, window=20)
    assert found.n_oligos.tolist() == [3]
    assert cover(known, other, strain, window=20, known_share=0.0).n_oligos.tolist() == [1]


def test_the_fraction_says_how_many_may_be_left_out():
    genomes = [SITE] * 9 + ["TTTTTTTTTT"]
    assert cover(*genomes, fraction=0.9).n_oligos.tolist() == [1]
    assert cover(*genomes, fraction=0.91).n_oligos.tolist() == [2]


def test_case_and_uracil_do_not_matter():
    assert cover(SITE, SITE.replace("T", "U"), mismatches=0).n_oligos.tolist() == [1]


def test_the_order_of_genomes_does_not_matter():
    rng = np.random.default_rng(5)
    genomes = ["".join(rng.choice(list("ACGT"), 40, p=[0.85, 0.05, 0.05, 0.05])) for _ in range(12)]
    assert cover(*genomes, window=20).n_oligos.tolist() == cover(*genomes[::-1], window=20).n_oligos.tolist()


def test_genomes_without_a_base_have_no_window():
    assert cover("N" * 12, "N" * 12).oligos == []


def test_a_search_cut_short_says_so():
    rng = np.random.default_rng(3)
    genomes = ["".join(rng.choice(list("ACGT"), 30)) for _ in range(12)]
    found = cover(*genomes, window=20, mismatches=5, effort=1)
    assert (found.lower_bound < found.n_oligos).any()


@pytest.mark.parametrize(("genomes", "told"), [
    ([SITE, SITE + "A"], "one length"), (["ACGT"], "at least one window"), (["MFVFLVLLPL"], "nucleotides"),
    ([], "none"),
])  # fmt: skip
def test_what_is_no_alignment_is_told(genomes, told):
    with pytest.raises(InputError, match=told):
        cover(*genomes)


def test_an_oligo_longer_than_its_window_is_refused():
    with pytest.raises(ValidationError, match="does not fit"):
        CoverSettings(oligo=30, window=20)


def test_the_table_has_a_row_per_window(tmp_path):
    (tmp_path / "two.fasta").write_text(f">a\n{SITE}A\n>b\nTTTTTTTTTTA\n")
    source = GenomeSource(tmp_path / "two.fasta", intake=IntakeSettings(like=0.25))
    cover_genomes(source, CoverSettings(oligo=10, window=11, mismatches=0), out=tmp_path / "out.csv")
    header, row = (tmp_path / "out.csv").read_text().splitlines()
    assert header == "window_start,n_oligos,oligos,lower_bound"
    assert (row.split(",")[0], row.split(",")[1], row.split(",")[3]) == ("1", "2", "2")


def aligned(genomes):
    return np.array([np.frombuffer(genome.sequence.encode(), np.uint8) for genome in genomes])


def reached(bases, start, oligos, mismatches):
    """Count genomes with few mismatches to an oligo anywhere in the window; what is no base is one."""
    hit = np.zeros(len(bases), bool)
    for oligo in oligos:
        word = np.frombuffer(oligo.encode(), np.uint8)
        for site in range(start - 1, start - 1 + 200 - len(oligo) + 1):
            part = bases[:, site : site + len(oligo)]
            hit |= (part != word).sum(axis=1) <= mismatches
    return hit.sum()


def test_zika_needs_one_guide_in_each_window_that_can_be_covered(shared_data):
    genomes = read_fasta(shared_data / "genomes" / "zika34.aln.fasta")
    found = cover_windows(genomes, CoverSettings(missing="fails"))
    assert (len(found.oligos), found.n_windows) == (8804, 10613)
    assert set(found.n_oligos.tolist()) == {1}
    bases = aligned(genomes)
    for window in range(0, len(found.oligos), 40):
        assert reached(bases, found.window_start[window], found.oligos[window], 1) >= 0.99 * len(genomes)
    assert len(cover_windows(genomes).oligos) == 10613


def test_dengue_2_is_proven_in_every_window(shared_data):
    genomes = read_fasta(shared_data / "genomes" / "denv2_full.aln.fasta")
    found = cover_windows(genomes, CoverSettings(missing="fails"))
    numbers = Counter(found.n_oligos.tolist())
    assert numbers.total() == 9920
    assert found.n_oligos.mean() < 2.76  # a greedy cover's mean
    assert found.lower_bound.tolist() == found.n_oligos.tolist()
    bases = aligned(genomes)
    for window in range(0, len(found.oligos), 80):
        assert reached(bases, found.window_start[window], found.oligos[window], 1) >= 0.99 * len(genomes)

"""Genomes as they come in: what is left out and why, and how much each counts."""

import csv

import numpy as np
import pytest

from swanneck.diagnostics.cover import CoverSettings, cover_windows
from swanneck.diagnostics.intake import IntakeSettings, compare_aligned, screen_genomes, weigh_genomes
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord
from swanneck.workflows import cover_genomes, design_assays
from swanneck.workflows.genome_source import GenomeSource, pick_segment


def random_genome(seed, size=1200):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size))


def records(**sequences):
    return [FastaRecord(name, "", sequence) for name, sequence in sequences.items()]


GENOME = random_genome(1)


def test_each_genome_that_is_left_out_has_its_reason():
    genomes = records(a=GENOME, n="N" * 900 + GENOME[:100], protein="MFVFLVLLPLVSS", gaps="----", vague="RYSWKM" * 20)
    found = screen_genomes([*genomes, genomes[0]])
    assert [record.name for record in found.records] == ["a"]
    assert [note.reason.split(":")[0] for note in found.notes] == [
        "", "mostly missing", "no nucleotides", "it has gaps alone",
        "100 % of its letters are ambiguous (at most 50 %)", "listed twice",
    ]  # fmt: skip


def test_equal_genomes_of_other_names_are_kept_and_told_or_dropped():
    genomes = records(a=GENOME, b=GENOME.lower().upper())
    for duplicates, names in (("keep", ["a", "b"]), ("drop", ["a"])):
        found = screen_genomes(genomes, IntakeSettings(duplicates=duplicates))
        assert [record.name for record in found.records] == names
        assert found.notes[1].reason == "the same letters as a"


def test_two_genomes_of_one_name_are_both_used():
    found = screen_genomes([*records(a=GENOME), *records(a=GENOME[::-1])])
    assert [record.name for record in found.records] == ["a", "a_2"]


def test_no_genome_to_use_is_told_with_what_is_wrong():
    with pytest.raises(InputError, match="none of the 2 genomes can be used: no nucleotides.*Give genomes"):
        screen_genomes(records(a="MFVFLVLLPL", b="MLLQEF"))


def test_an_alignment_loses_what_is_of_another_species_or_too_short():
    rows = {f"g{i}": GENOME for i in range(3)} | {"far": random_genome(9), "short": GENOME[:100].ljust(1200, "-")}
    loose = IntakeSettings(most_unknown=1.0)
    found = compare_aligned(screen_genomes(records(**rows), loose), loose)
    assert [record.name for record in found.records] == ["g0", "g1", "g2"]
    assert found.left_out["far"].startswith("unlike the other genomes")
    assert found.left_out["short"] == "too short: 100 of 1200 columns"


def test_every_lineage_counts_the_same_and_every_month(tmp_path):
    (tmp_path / "m.tsv").write_text("name\tlineage\tdate\na\tX\t2020-01-03\nb\tX\t2020-01-30\nc\tY\t2020-02-01\n")
    names = ["a", "b", "c|2020"]
    assert weigh_genomes(names, tmp_path / "m.tsv", "lineage").tolist() == [0.25, 0.25, 0.5]
    assert weigh_genomes(names, tmp_path / "m.tsv", "date").tolist() == [0.25, 0.25, 0.5]
    with pytest.raises(InputError, match="no column 'country'"):
        weigh_genomes(names, tmp_path / "m.tsv", "country")


def test_weights_decide_whom_the_oligos_of_a_window_reach():
    genomes = records(a="ACGTACGTAC", b="ACGTACGTAC", c="TTTTGGGGCC")
    settings = CoverSettings(oligo=10, window=10, mismatches=0, fraction=0.6)
    assert cover_windows(genomes, settings).oligos == [("ACGTACGTAC",)]
    assert cover_windows(genomes, settings, weights=np.array([0.1, 0.1, 0.8])).oligos == [("TTTTGGGGCC",)]
    assert cover_windows(genomes, settings, weights=np.array([0.25, 0.25, 0.5])).n_oligos.tolist() == [2]


def test_weights_without_their_table_are_refused_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match="need a table"):
        design_assays(GenomeSource(tmp_path / "none.fasta", weight_by="lineage"))


def test_genomes_that_are_not_aligned_are_covered_on_their_reference(tmp_path):
    inserted = GENOME[:600] + "TTGCA" + GENOME[600:]
    (tmp_path / "g.fasta").write_text(f">a\n{GENOME}\n>b\n{inserted}\n>far\n{random_genome(4)}\n>ref\n{GENOME}\n")
    (tmp_path / "r.fasta").write_text(f">reference\n{GENOME}\n")
    source = GenomeSource(tmp_path / "g.fasta", reference=tmp_path / "r.fasta")
    run = cover_genomes(source, CoverSettings(window=28), out=tmp_path / "windows.csv")
    assert run.laid_on == "reference" and list(run.left_out) == ["far"]
    crossing = [start for start in range(573, 601) if start in run.covers.window_start]
    assert len(crossing) <= 2 and len(run.covers.window_start) >= 1100
    with (tmp_path / "windows.genomes.csv").open() as stream:
        assert [row["used"] for row in csv.DictReader(stream)] == ["yes", "yes", "no", "yes"]


@pytest.mark.parametrize("header", ["x|HA|2009", "A/x/2009 segment 4", "A/x (HA)", "x HA gene, complete cds", "A_x_HA"])
def test_a_segment_is_found_as_headers_name_it(header):
    name, _, description = header.partition(" ")
    other = FastaRecord("A/HAnoi/NA/2009|NA", "", "ACGT")
    for wanted in ("HA", "ha", "4"):
        assert pick_segment([FastaRecord(name, description, "ACGT"), other], wanted)[0].name == name
        assert len(pick_segment([FastaRecord(name, description, "ACGT"), other], wanted)) == 1


def test_a_segment_that_no_header_names_is_told():
    with pytest.raises(InputError, match="no sequence names the segment 'PB2'"):
        pick_segment(records(a=GENOME), "PB2")

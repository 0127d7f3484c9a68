"""Constructs: parts in order, every check, and files that others open."""

import io
import json
import random

import pytest

from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import human_codons, translate_codons
from swanneck.vaccine.coding_design import CodingDesign, DesignSettings
from swanneck.vaccine.construct import ConstructSettings, assemble_construct, design_construct
from swanneck.vaccine.construct_files import (
    write_fasta_text,
    write_genbank_text,
    write_manifest_text,
    write_order_text,
)
from swanneck.vaccine.parts import PARTS

ANTIGEN = "M" + "".join(random.Random(2).choices("ACDEFGHIKLMNPQRSTVWY", k=50))


def given(rna: str) -> CodingDesign:
    return CodingDesign(rna, "." * len(rna), 0.0, 1.0, 0.0, is_optimal=False, gap=float("inf"))


def failed(construct) -> list[str]:
    return [check.name for check in construct.checks if not check.passed]


def test_a_construct_passes_its_checks_and_spells_its_parts() -> None:
    construct = design_construct("trial", ANTIGEN)
    assert failed(construct) == []
    assert construct.template.startswith("TAATACGACTCACTATAAG")
    assert construct.transcript.endswith("A" * 70)
    assert construct.template.replace("T", "U").count("GAAGAGC") == 1
    assert "".join(construct.template[one.start : one.end] for one in construct.features) == construct.template


def test_a_signal_peptide_takes_the_place_of_the_first_methionine() -> None:
    construct = design_construct("trial", ANTIGEN, ConstructSettings(signal_peptide="tPA"))
    assert construct.protein == "MDAMKRGLCCVLLLCGAVFVSPS" + ANTIGEN[1:]


def test_flanks_that_fold_are_part_of_the_structure() -> None:
    construct = design_construct("trial", ANTIGEN[:12], ConstructSettings(fold_flanks=True), DesignSettings(lambda_=0))
    assert len(construct.design.structure) == len(construct.transcript) - 110


def test_what_is_wrong_fails_its_check() -> None:
    assert "forbidden motifs, ends included" in failed(assemble_construct("x", given("AUGGGUCUCUAU"), avoid=("BsaI",)))
    assert "site of linearisation only at the end" in failed(assemble_construct("x", given("AUGGAAGAGCAA")))
    assert "runs of one base up to 8" in failed(assemble_construct("x", given("AUGAAAAAAAAA")))
    assert "no stop inside, stop at the end" in failed(assemble_construct("x", given("AUGUAAGGG")))
    assert "begins with AG for CleanCap AG" in failed(
        assemble_construct("x", given("AUGGGG"), ConstructSettings(five_prime_utr="GGGAAATAAGAGCCACC"))
    )
    assert "begins with methionine" in failed(assemble_construct("x", given("GGGGGG")))


@pytest.mark.parametrize("settings", [
    ConstructSettings(stops="GGG"), ConstructSettings(stops=""), ConstructSettings(five_prime_utr="nothing"),
])  # fmt: skip
def test_parts_that_do_not_exist_are_refused(settings: ConstructSettings) -> None:
    with pytest.raises(InputError):
        design_construct("x", "MK", settings)


def test_every_part_has_a_source_and_letters() -> None:
    for part in PARTS.values():
        letters = "ACDEFGHIKLMNPQRSTVWY" if part.kind == "signal peptide" else "ACGT"
        assert set(part.sequence) <= set(letters)
        assert len(part.source) > 20 and part.checked


def test_biopython_opens_the_genbank_file() -> None:
    reader = pytest.importorskip("Bio.SeqIO", reason="Biopython is not installed")
    construct = design_construct("trial antigen, long name", ANTIGEN)
    record = reader.read(io.StringIO(write_genbank_text(construct)), "genbank")
    assert str(record.seq) == construct.template
    coding = next(feature for feature in record.features if feature.type == "CDS")
    assert str(coding.extract(record.seq).translate(to_stop=True)) == ANTIGEN
    assert coding.qualifiers["translation"] == [ANTIGEN]
    assert [feature.type for feature in record.features[1:]] == [
        "regulatory", "5'UTR", "CDS", "3'UTR", "misc_feature", "misc_feature",
    ]  # fmt: skip


def test_the_manifest_and_the_order_hold_what_was_designed() -> None:
    construct = design_construct("trial", ANTIGEN)
    manifest = json.loads(write_manifest_text(construct, ConstructSettings(), DesignSettings()))
    assert manifest["sequences"]["template"] == construct.template
    assert manifest["design"]["is_optimal"] is True
    assert construct.transcript in write_order_text(construct)
    fasta = write_fasta_text(construct).replace("\n", "")
    coding = fasta.split("coding_sequence")[1]
    assert translate_codons(coding, human_codons()) == ANTIGEN + "**"


@pytest.mark.parametrize("fold_flanks", [False, True])
def test_no_motif_arises_where_the_coding_sequence_meets_its_neighbours(fold_flanks: bool) -> None:
    settings = ConstructSettings(fold_flanks=fold_flanks)  # GCCACC in front, UGAUGA behind
    rules = DesignSettings(lambda_=20.0, avoid=("AAAUGA", "AAGUGA"))
    with pytest.raises(InputError, match=r"residues .*K13, with what follows"):
        design_construct("x", "MGSWLLRACDGTK", settings, rules)
    construct = design_construct(
        "x", "MGSWLLRACDGTK", settings, DesignSettings(lambda_=20.0, avoid=("AAAUGA", "UGCCG"))
    )
    assert failed(construct) == []
    assert construct.design.rna.endswith("AAG")


def test_motifs_in_given_parts_do_not_stop_a_design() -> None:
    settings, rules = ConstructSettings(fold_flanks=True), DesignSettings(avoid=("polyadenylation",))
    assert "AATAAA" in PARTS["3' UTR", settings.three_prime_utr].sequence
    assert failed(design_construct("x", "MGKNKLI", settings, rules)) == []

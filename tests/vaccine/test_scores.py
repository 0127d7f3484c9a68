"""Scores of given sequences."""

import csv
import random
from pathlib import Path

import pytest

from swanneck.folding import fold_ensemble
from swanneck.foundation.errors import InputError
from swanneck.vaccine.scores import find_coding_region, score_sequence
from swanneck.vaccine.stability import predict_degradation


def test_dna_and_lower_case_score_as_rna() -> None:
    assert score_sequence("atgggcaaggcc") == score_sequence("AUGGGCAAGGCC")


def test_untranslated_regions_are_not_codons() -> None:
    rna = "GGACC" + "AUGGGCAAGGCCUGA" + "CCAAA"
    score = score_sequence(rna)
    assert (score.coding_start, score.coding_end, score.protein) == (5, 17, "MGKA")
    assert score.length == len(rna)


@pytest.mark.parametrize(("rna", "window"), [("GGACCAUGGGCAAGGCCUGACCAAA", (5, 17)), ("ACACACACAC", (0, 10))])
def test_degradation_is_that_of_the_coding_region_or_else_of_all(rna: str, window: tuple[int, int]) -> None:
    expected = predict_degradation(rna, fold_ensemble(rna).unpaired, window)
    assert score_sequence(rna).degradation == pytest.approx(expected)


def test_motifs_are_counted_by_name_on_both_strands() -> None:
    assert score_sequence("GGTCTCAAAAGAGACCAATAAA").motifs == {"BsaI": 2, "polyadenylation": 1}


def test_without_a_coding_region_there_is_no_adaptation() -> None:
    score = score_sequence("ACACACACAC")
    assert (score.cai, score.gc3, score.protein) == (None, None, None)


@pytest.mark.parametrize("seed", range(20))
def test_the_coding_region_is_whole_codons_between_its_ends(seed: int) -> None:
    rna = "".join(random.Random(seed).choices("ACGU", k=200))
    region = find_coding_region(rna)
    if region is not None:
        start, end = region
        assert (end - start) % 3 == 0
        assert rna[start : start + 3] == "AUG"
        assert rna[end : end + 3] in ("UAA", "UAG", "UGA")


@pytest.mark.parametrize("sequence", ["", "ACGX", "MKV"])
def test_what_is_no_nucleic_acid_is_refused(sequence: str) -> None:
    with pytest.raises(InputError):
        score_sequence(sequence)


def test_baselines_score_as_published(shared_data: Path) -> None:
    with (shared_data / "mrna" / "reference_designs.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["rna"] and int(row["aa"]) <= 100]
    for row in rows[:6]:
        score = score_sequence(row["rna"])
        assert score.energy == pytest.approx(float(row["vienna_mfe_d0"]), abs=0.005)
        assert score.cai == pytest.approx(float(row["cai_ours"]), abs=1e-4)

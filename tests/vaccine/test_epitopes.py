"""Epitopes: known ones are found, the network answers for what it knows, human likes are found as by hand."""

import numpy as np
import pytest

from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord
from swanneck.vaccine import EpitopeSettings, find_epitopes, find_human_likes, predict_binding
from swanneck.vaccine.binding import binding_accuracy, encode_peptides, load_binding_model

RESIDUES = "ACDEFGHIKLMNPQRSTVWY"


def random_protein(random: np.random.Generator, size: int) -> str:
    return "".join(random.choice(list(RESIDUES), size))


# Reference epitopes with their alleles, of textbooks: influenza, cytomegalovirus, Epstein-Barr virus, HIV.
@pytest.mark.parametrize(("peptide", "allele"), [
    ("GILGFVFTL", "A*02:01"), ("NLVPMVATV", "A*02:01"), ("GLCTLVAML", "A*02:01"), ("RPPIFIRRL", "B*07:02"),
    ("RAKFKQLL", "B*08:01"), ("IVTDFSVIK", "A*11:01"), ("KRWIILGLNK", "B*27:05"), ("VTEHDTLLY", "A*01:01"),
])  # fmt: skip
def test_a_well_known_epitope_is_among_the_best_2_percent(peptide: str, allele: str) -> None:
    assert predict_binding([peptide], [allele])["rank_percent"].item() <= 2.0


def test_ranks_are_shares_of_random_peptides() -> None:
    random = np.random.default_rng(5)
    peptides = [random_protein(random, size) for size in (8, 9, 10, 11) for _ in range(500)]
    ranks = predict_binding(peptides, ["A*02:01"])["rank_percent"].to_numpy()
    assert 3 < (ranks <= 10).mean() * 100 < 17  # residues are drawn evenly here, not as in proteins
    assert 0 <= ranks.min() and ranks.max() <= 100


def test_a_score_is_that_of_the_layers() -> None:
    model, peptides = load_binding_model(), ["GILGFVFTL", "KRWIILGLNK"]
    by_hand = np.zeros((2, len(model.alleles)))
    for row, features in enumerate(encode_peptides(peptides)):
        for number in range(len(model.inner)):
            hidden = [max(0.0, float(features @ unit) + bias) for unit, bias in
                      zip(model.inner[number].T, model.inner_bias[number], strict=True)]  # fmt: skip
            out = np.array(hidden) @ model.outer[number] + model.outer_bias[number]
            by_hand[row] += 1 / (1 + np.exp(-out)) / len(model.inner)
    assert model.score(peptides) == pytest.approx(by_hand, abs=1e-5)


def test_every_allele_has_an_accuracy_on_peptides_held_out() -> None:
    accuracy = binding_accuracy()
    assert accuracy["allele"].to_list() == list(load_binding_model().alleles)
    assert accuracy["auc"].mean() > 0.9 and accuracy["auc"].min() > 0.7
    assert (accuracy["binders"] >= 40).all() and (accuracy["binders"] < accuracy["peptides"]).all()


def test_epitopes_stand_where_they_are_said_to() -> None:
    protein = random_protein(np.random.default_rng(2), 300)
    found = find_epitopes(protein, EpitopeSettings(lengths=(8, 9, 11), most_rank=1.0))
    assert found.height > 0 and (found["rank_percent"] <= 1.0).all()
    for start, end, peptide in found.select("start", "end", "peptide").iter_rows():
        assert protein[start - 1 : end] == peptide and len(peptide) in (8, 9, 11)


@pytest.mark.parametrize("protein", ["M", "MKV", "MKVLAGST"], ids=["one residue", "three", "eight"])
def test_what_is_shorter_than_a_peptide_has_no_epitope(protein: str) -> None:
    found = find_epitopes(protein)
    assert found.is_empty() and "rank_percent" in found.columns


@pytest.mark.parametrize("peptide", ["", "MK", "MKVLAGSTX", "M" * 12])
def test_peptides_that_the_network_cannot_read_are_refused(peptide: str) -> None:
    with pytest.raises(InputError, match="8 to 11"):
        predict_binding([peptide])


def test_an_unknown_allele_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"A\*99:99.*A\*02:01"):
        predict_binding(["GILGFVFTL"], ["A*99:99"])


@pytest.mark.parametrize(
    "wrong", [{"lengths": (7,)}, {"lengths": ()}, {"most_rank": 0.0}, {"alleles": ("Z",)}], ids=str
)
def test_settings_without_meaning_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"lengths|most_rank|knows no allele"):
        EpitopeSettings.model_validate(wrong)


def nearest(peptide: str, proteins: list[FastaRecord]) -> float | None:
    """By hand: the share of equal residues of the nearest peptide, where one differs at most."""
    size, fewest = len(peptide), 99
    for protein in proteins:
        for k in range(len(protein.sequence) - size + 1):
            pairs = zip(peptide, protein.sequence[k : k + size], strict=True)
            fewest = min(fewest, sum(one != other for one, other in pairs))
    return 1 - fewest / size if fewest <= 1 else None


def test_human_likes_are_those_that_a_plain_search_finds() -> None:
    random = np.random.default_rng(3)
    shares = [0.4, 0.3, 0.29, 0.01]
    proteins = [FastaRecord(f"p{k}", "", "".join(random.choice(list("AKLX"), 60, p=shares))) for k in range(8)]
    peptides = ["".join(random.choice(list("AKL"), size)) for size in (8, 9) for _ in range(40)]
    found = dict(find_human_likes(peptides, proteins).select("peptide", "human_identity").iter_rows())
    assert found == {peptide: nearest(peptide, proteins) for peptide in peptides}
    assert {1.0, None, 1 - 1 / 8} <= set(found.values())


def test_a_like_does_not_run_over_the_end_of_a_protein() -> None:
    proteins = [FastaRecord("a", "", "MKVLA"), FastaRecord("b", "", "GSTW")]
    assert find_human_likes(["MKVLAGSTW"], proteins)["human_identity"].to_list() == [None]
    with pytest.raises(InputError, match="no protein"):
        find_human_likes(["MKVLAGSTW"], [])

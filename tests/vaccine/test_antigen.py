"""Antigens: edits, sequons, segments, and antigens for many variants."""

import itertools
import random
from pathlib import Path

import pytest

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine.antigen import edit_protein, find_segments, find_sequons
from swanneck.vaccine.mosaic import design_mosaic, find_consensus, measure_conservation, measure_coverage


def variants_of(seed: int, count: int = 6, length: int = 40) -> list[str]:
    source = random.Random(seed)
    root = source.choices("ACDEFGHIKLMNPQRSTVWY", k=length)
    made = []
    for _ in range(count):
        one = [source.choice("ACDEFGHIKLMNPQRSTVWY") if source.random() < 0.08 else residue for residue in root]
        place = source.randrange(length)
        made.append("".join(one[:place] + ["-"] * source.choice((0, 1, 3)) + one[place:])[:length])
    return made


def test_prolines_of_the_spike_are_put_where_they_belong(shared_data: Path) -> None:
    proteins = {one.name: one.sequence for one in read_fasta(shared_data / "mrna" / "proteins.fasta")}
    assert edit_protein(proteins["SARS2_spike_WT_1273aa"], ["2P"]) == proteins["SARS2_spike_2P_1273aa"]
    assert edit_protein(proteins["SARS2_spike_WT_1273aa"], ["HexaPro"]).count("P") == 58 + 6


@pytest.mark.parametrize(
    ("edit", "words"), [("K3P", "has V at 3"), ("K2B", "'B'"), ("2K", "came"), ("K99P", "nothing")]
)
def test_an_edit_that_does_not_fit_is_refused(edit: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        edit_protein("MKV", [edit])


def test_spike_has_its_sequons_signal_and_anchor(shared_data: Path) -> None:
    proteins = {one.name: one.sequence for one in read_fasta(shared_data / "mrna" / "proteins.fasta")}
    spike = proteins["SARS2_spike_WT_1273aa"]
    assert len(find_sequons(spike)) == 22  # Watanabe et al. (2020), Science 369:330
    segments = find_segments(spike)
    assert segments[0].kind == "signal"
    assert segments[0].start < 13
    assert any(one.kind == "membrane" and one.start < 1230 < one.end for one in segments)


def test_a_consensus_leaves_out_rare_insertions() -> None:
    assert find_consensus(["MK-V", "MR-V", "MKAV"]) == "MKV"
    assert measure_conservation(["MK", "MK"]) == [1.0, 1.0]


@pytest.mark.parametrize("seed", range(10))
def test_a_mosaic_covers_no_less_than_any_variant(seed: int) -> None:
    variants = variants_of(seed)
    mosaic = design_mosaic(variants)
    rivals = [one.replace("-", "") for one in variants]
    assert mosaic.coverage >= max(measure_coverage(variants, [one]) for one in rivals) - 1e-9
    assert mosaic.coverage <= mosaic.bound + 1e-9
    observed = {one.replace("-", "")[k : k + 9] for one in variants for k in range(40)}
    assert all(mosaic.antigens[0][k : k + 9] in observed for k in range(len(mosaic.antigens[0]) - 8))


def test_a_mosaic_is_the_best_of_all_recombinants() -> None:
    variants = ["MKVLAGRST", "MRVLSGRSA", "MKVISGKST"]
    best = 0.0
    for choice in itertools.product(range(3), repeat=9):
        candidate = "".join(variants[which][k] for k, which in enumerate(choice))
        kmers = {one[k : k + 3] for one in variants for k in range(7)}
        if all(candidate[k : k + 3] in kmers for k in range(7)):
            best = max(best, measure_coverage(variants, [candidate], 3))
    assert design_mosaic(variants, size=3).coverage == pytest.approx(best)


def test_more_antigens_cover_more() -> None:
    variants = variants_of(3)
    shares = [design_mosaic(variants, count=count).coverage for count in (1, 2, 3)]
    assert shares[0] < shares[1] < shares[2] <= 1.0


@pytest.mark.parametrize("variants", [[], ["MK", "MKV"], ["MK", "MX"], ["MKV", "MKA"]])
def test_what_cannot_be_covered_is_refused(variants: list[str]) -> None:
    with pytest.raises(InputError):
        design_mosaic(variants)


def test_no_antigen_is_no_mosaic() -> None:
    with pytest.raises(SettingsError):
        design_mosaic(["MKVLA"], count=0, size=3)

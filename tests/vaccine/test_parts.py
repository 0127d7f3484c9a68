"""Parts and sites: equal to what was sequenced in vaccines, and to what enzymes do."""

from pathlib import Path

import pytest

from swanneck.sequences.fasta import read_fasta
from swanneck.vaccine import design_construct
from swanneck.vaccine.construct import ConstructSettings
from swanneck.vaccine.parts import PARTS, find_part
from swanneck.vaccine.sequence_rules import NAMED_MOTIFS

ENZYMES = ["BsaI", "BsmBI", "BspQI", "SapI", "EcoRI", "BamHI", "HindIII", "XbaI", "XhoI", "NotI"]


def read_contigs(shared_data: Path) -> tuple[str, str]:
    first, second = read_fasta(shared_data / "mrna" / "vaccine_contigs.fasta")
    return first.sequence, second.sequence


def test_untranslated_regions_are_those_of_the_vaccines(shared_data: Path) -> None:
    pfizer, moderna = read_contigs(shared_data)
    assert find_part("5' UTR", "hba-kozak").sequence == pfizer[1:54]
    assert find_part("3' UTR", "AES-mtRNR1").sequence == pfizer[3879:4174]
    assert find_part("5' UTR", "synthetic-1273").sequence == "A" + moderna[1:57]
    assert find_part("3' UTR", "hba1").sequence == moderna[3885:3995]
    assert pfizer[54:57] == moderna[57:60] == "ATG"


def test_every_leader_gives_a_capped_start_without_another_start_codon() -> None:
    for (kind, _), part in PARTS.items():
        if kind == "5' UTR":
            assert part.sequence.startswith("AG") and "ATG" not in part.sequence
            assert part.sequence.endswith("GCCACC")


def test_tails_have_the_length_of_their_names() -> None:
    assert find_part("poly(A)", "A120").sequence == "A" * 120
    tail = find_part("poly(A)", "A30-L-A70").sequence
    assert tail.startswith("A" * 30 + "GC") and tail.endswith("T" + "A" * 70) and len(tail) == 110


@pytest.mark.parametrize("enzyme", ["BspQI", "SapI"])
def test_the_template_is_cut_right_behind_the_tail(enzyme: str) -> None:
    restriction = pytest.importorskip("Bio.Restriction", reason="Biopython is not installed")
    from Bio.Seq import Seq

    construct = design_construct("x", "MGKALLRSWDE", ConstructSettings(linearisation=enzyme))
    (top,) = getattr(restriction, enzyme).search(Seq(construct.template))
    # The enzyme cuts the other strand, which is transcribed, three bases further than the one that is written.
    assert top - 1 + 3 == construct.feature("polyA").end


@pytest.mark.parametrize("enzyme", ENZYMES)
def test_sites_of_enzymes_are_those_of_rebase(enzyme: str) -> None:
    restriction = pytest.importorskip("Bio.Restriction", reason="Biopython is not installed")
    from Bio.Seq import Seq

    site = getattr(restriction, enzyme).site
    assert set(NAMED_MOTIFS[enzyme]) == {site, str(Seq(site).reverse_complement())}


def test_the_how_to_lists_every_part_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "mrna-vaccine.md").read_text(encoding="utf-8")
    for part in PARTS.values():
        assert f"| {part.kind} | `{part.name}` | {len(part.sequence)} | {part.source} | {part.checked} |" in page

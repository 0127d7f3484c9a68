"""Assays designed on genomes that are not aligned: whom they reach, where they lie, and what is refused."""

import numpy as np
import pytest

from swanneck.diagnostics.design.candidates import OligoRules, Reach, find_candidates, make_consensus
from swanneck.diagnostics.design.lamp import design_lamp, judge_lamp, list_lamp_assays
from swanneck.diagnostics.design.qpcr import QpcrSettings, design_qpcr
from swanneck.diagnostics.design.stacking import stack_genomes
from swanneck.diagnostics.monitoring.assays import Assay, Oligo, read_assays
from swanneck.diagnostics.search.off_targets import predict_amplicons
from swanneck.diagnostics.search.sites import find_sites
from swanneck.folding.duplexes import DuplexConditions, measure_duplex, reverse_complement
from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, read_fasta
from swanneck.workflows import design_assays


def random_genome(seed, size=1500):
    return "".join(np.random.default_rng(seed).choice(list("ACGT"), size))


def mutants(sequence, number, rate, seed=5):
    rng = np.random.default_rng(seed)
    genomes = []
    for i in range(number):
        letters = np.array(list(sequence))
        hit = rng.random(letters.size) < rate
        letters[hit] = rng.choice(list("ACGT"), hit.sum())
        genomes.append(FastaRecord(f"g{i}", "", "".join(letters)))
    return genomes


GENOME = random_genome(1)
REFERENCE = FastaRecord("reference", "", GENOME)


def stack_of(*sequences):
    return stack_genomes(REFERENCE, [FastaRecord(f"g{i}", "", one) for i, one in enumerate(sequences)])


def test_genomes_are_laid_on_the_reference_whatever_strand_they_are_written_on():
    stack = stack_of(GENOME, reverse_complement(GENOME), GENOME.lower())
    assert (stack.bases == stack.bases[0]).all()


def test_a_deletion_and_an_insertion_lie_where_they_are():
    stack = stack_of(GENOME[:600] + GENOME[606:], GENOME[:700] + "TTGCA" + GENOME[700:])
    assert (stack.bases[0] == 0).sum() == 6
    assert abs(int(np.flatnonzero(stack.bases[0] == 0)[0]) - 600) <= 3
    assert abs(int(np.flatnonzero(stack.broken[1])[0]) - 700) <= 5


def test_a_missing_end_is_unknown():
    stack = stack_of(GENOME[300:])
    assert (stack.bases[0, :290] == 15).all()


def test_another_species_and_an_empty_genome_are_left_out():
    stack = stack_of(GENOME, random_genome(2), "N" * 1500)
    assert stack.left_out == {"g1": "unlike the reference, or too short", "g2": "mostly missing bases"}


def test_candidates_keep_the_rules_and_melt_as_measured():
    conditions = DuplexConditions()
    stack = stack_of(GENOME)
    consensus = make_consensus(stack)
    found = find_candidates(stack, consensus, OligoRules(), Reach(1, 2, conditions), reverse=True)
    for number in range(0, found.start.size, 97):
        word = found.sequence(number, consensus)
        assert found.melting[number] == pytest.approx(measure_duplex(word, conditions).melting_celsius)
        assert not any(base * 5 in word for base in "ACGT")
        assert word in reverse_complement(GENOME)


def test_a_design_reaches_whom_it_says():
    genomes = mutants(GENOME, 30, 0.03)
    designs, _ = design_qpcr(stack_genomes(REFERENCE, genomes))
    best = designs[0]
    found = find_sites([oligo.sequence for oligo in best.oligos], genomes)
    assert best.reached <= ((found.mismatches >= 0) & (found.mismatches <= 1)).all(axis=0).mean()
    assert best.reached > 0.5
    places = {oligo.role: (oligo.start, oligo.end) for oligo in best.oligos}
    assert places["F"][1] < places["P"][0] < places["P"][1] < places["R"][0]
    assert 70 <= places["R"][1] - places["F"][0] + 1 <= 200


def test_the_best_design_is_the_best_of_all_triples():
    settings = QpcrSettings(number=1, apart=0)
    short = FastaRecord("short", "", GENOME[:260])
    stack = stack_genomes(short, mutants(GENOME[:260], 6, 0.02))
    designs, _ = design_qpcr(stack, settings)
    assert designs[0].cost <= min(one.cost for one in design_qpcr(stack, QpcrSettings(number=50, apart=5))[0]) + 1e-9


def test_a_lamp_set_keeps_the_rules_by_which_others_are_judged():
    designs, _ = design_lamp(stack_of(GENOME))
    for design in designs:
        oligos = tuple(Oligo(one.role, one.role, one.sequence) for one in design.oligos if one.role not in
                       ("F1c", "F2", "B1c", "B2"))  # fmt: skip
        broken = judge_lamp(Assay("own", "", "", "", oligos), REFERENCE)
        assert [rule for rule in broken if "length" not in rule and "loop" not in rule] == []


def test_no_site_tells_which_rule_excludes_most():
    plain = FastaRecord("plain", "", "ACGT" * 10 + "A" * 400 + "ACGTTGCAAGGCTTACGATC")
    with pytest.raises(InputError, match="excluded: .*melting temperature|no set of oligos"):
        design_qpcr(stack_genomes(plain, [plain]))


def test_genomes_that_are_all_missing_are_told(tmp_path):
    (tmp_path / "n.fasta").write_text(">a\n" + "N" * 500 + "\n")
    with pytest.raises(InputError, match="missing|ambiguous"):
        design_assays(tmp_path / "n.fasta")


def test_a_background_that_would_be_amplified_is_told(tmp_path):
    (tmp_path / "g.fasta").write_text(f">a\n{GENOME}\n")
    (tmp_path / "b.fasta").write_text(f">near\n{random_genome(7)}{GENOME}\n>far\n{random_genome(8)}\n")
    run = design_assays(tmp_path / "g.fasta", exclude=tmp_path / "b.fasta", out=tmp_path / "out")
    assert all({one.record for one in products} == {"near"} for products in run.amplicons)
    assert [assay.name for assay in read_assays(tmp_path / "out" / "designs.csv")]


def test_primers_that_do_not_face_each_other_amplify_nothing():
    background = [FastaRecord("b", "", GENOME)]
    assert predict_amplicons({"F": GENOME[100:120], "R": GENOME[300:320]}, {}, background) == []
    both = {"F": GENOME[100:120], "R": reverse_complement(GENOME[300:320])}
    assert [
        (one.start, one.end, one.with_probe) for one in predict_amplicons(both, {"P": GENOME[200:222]}, background)
    ] == [(101, 320, True)]


def test_dengue_2_is_reached_where_cdcs_assay_is_not(shared_data):
    genomes = read_fasta(shared_data / "genomes" / "denv2_full.fasta")
    reference = read_fasta(shared_data / "genomes" / "denv2.ref.fasta")[0]
    designs, _ = design_qpcr(stack_genomes(reference, genomes))
    found = find_sites([oligo.sequence for oligo in designs[0].oligos], genomes)
    assert ((found.mismatches >= 0) & (found.mismatches <= 1)).all(axis=0).mean() >= 0.95


def test_published_lamp_sets_are_judged(shared_data):
    reference = read_fasta(shared_data / "genomes" / "NC_045512.fasta")[0]
    assays = list_lamp_assays(read_assays(shared_data / "diagnostics" / "published_assays.csv"))
    told = {assay.name: judge_lamp(assay, reference) for assay in assays}
    assert told["LAMP_N2"] == []
    assert told["LAMP_GeneN-A"] == []
    assert told["LAMP_ORF1a-A"] == ["gap F3 to F2 is -1, wanted 0 to 60"]


@pytest.mark.parametrize("kind", ["rpa-cas12", "rpa-cas13"])
def test_a_guide_lies_between_rpa_primers_beside_its_motif(tmp_path, kind):
    (tmp_path / "g.fasta").write_text(f">a\n{GENOME}\n")
    run = design_assays(tmp_path / "g.fasta", kind=kind)
    for one in run.designs:
        forward, guide, backward = one.oligos
        assert forward.end < guide.start < guide.end < backward.start
        place = GENOME.find(guide.sequence)
        strand = GENOME if place >= 0 else reverse_complement(GENOME)
        place = strand.find(guide.sequence)
        before = strand[place - 4 : place]
        assert (before[:3] == "TTT" and before[3] != "T") if kind == "rpa-cas12" else before[3] != "C"

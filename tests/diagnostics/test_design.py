"""Assays designed on genomes that are not aligned: whom they reach, where they lie, and what is refused."""

import numpy as np
import pytest

from swanneck.diagnostics.design.candidates import OligoRules, Reach, find_candidates, make_target
from swanneck.diagnostics.design.judge import judge_assay
from swanneck.diagnostics.design.lamp import design_lamp
from swanneck.diagnostics.design.qpcr import QpcrSettings, design_qpcr
from swanneck.diagnostics.design.rpa import RpaSettings, design_rpa, find_guides
from swanneck.diagnostics.design.stacking import BROKEN, stack_genomes, write_alignment
from swanneck.diagnostics.intake import IntakeSettings
from swanneck.diagnostics.monitoring.assays import Assay, Oligo, read_assays
from swanneck.diagnostics.search.amplicons import expand_oligo, predict_amplicons
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
    assert abs(int(np.flatnonzero(stack.bases[1] & BROKEN)[0]) - 700) <= 5


def test_missing_ends_are_unknown_and_all_else_is_laid_to_the_last_base():
    other = {"A": "C", "C": "A", "G": "T", "T": "G"}
    stack = stack_of(
        GENOME[300:], GENOME[:3] + other[GENOME[3]] + GENOME[4:-2] + other[GENOME[-2]] + GENOME[-1], GENOME
    )
    assert (stack.bases[0, :300] == 15).all() and (stack.bases[0, 300:] != 15).all()
    assert np.flatnonzero(stack.bases[1] != stack.bases[2]).tolist() == [3, 1498]


def test_another_species_an_empty_genome_and_a_short_one_are_left_out():
    stack = stack_of(GENOME, random_genome(2), "N" * 1500, GENOME[:200])
    assert stack.left_out == {
        "g1": "unlike the reference: hardly a word is the same", "g2": "mostly missing bases",
        "g3": "too short: 200 of the reference's 1500 bases",
    }  # fmt: skip


def test_genomes_that_differ_in_a_third_of_their_bases_are_laid_where_that_is_wanted():
    far = mutants(GENOME, 1, 0.35)
    assert stack_genomes(REFERENCE, far).left_out
    stack = stack_genomes(REFERENCE, far, IntakeSettings(like=0.6))
    own = stack_genomes(far[0], far).bases[0]
    assert (stack.bases[0] == own).mean() > 0.9


def test_a_stack_is_written_as_an_alignment_with_gaps_at_what_is_more():
    records = write_alignment(stack_of(GENOME[:600] + GENOME[606:], GENOME[:700] + "TTGCA" + GENOME[700:]))
    assert {len(record.sequence) for record in records} == {1500}
    assert [record.sequence.count("-") for record in records] == [6, 1]


def test_candidates_keep_the_rules_and_melt_as_measured():
    conditions = DuplexConditions()
    target = make_target(stack_of(GENOME))
    found = find_candidates(target, OligoRules(), Reach(1, 2, 1, conditions), reverse=True)
    assert found.start.size > 100
    for number in range(0, found.start.size, 97):
        word = found.sequence(number)
        assert found.melting[number] == pytest.approx(measure_duplex(word, conditions).melting_celsius)
        assert not any(base * 5 in word for base in "ACGT")
        assert word in reverse_complement(GENOME)


def test_a_design_reaches_whom_it_says():
    genomes = mutants(GENOME, 30, 0.03)
    designs, _ = design_qpcr(make_target(stack_genomes(REFERENCE, genomes)))
    best = designs[0]
    found = find_sites([oligo.sequence for oligo in best.oligos], genomes)
    assert best.reached <= ((found.mismatches >= 0) & (found.mismatches <= 1)).all(axis=0).mean()
    assert best.reached > 0.5 and len(best.missed) == round(30 * (1 - best.reached))
    places = {oligo.role: (oligo.start, oligo.end) for oligo in best.oligos}
    assert places["F"][1] < places["P"][0] < places["P"][1] < places["R"][0]
    assert 70 <= places["R"][1] - places["F"][0] + 1 <= 200


def test_the_reasons_add_up_to_the_cost_and_designs_lie_apart():
    designs, _ = design_qpcr(make_target(stack_genomes(REFERENCE, mutants(GENOME, 10, 0.02))), QpcrSettings(apart=80))
    assert [one.cost for one in designs] == sorted(one.cost for one in designs)
    assert all(sum(one.reasons.values()) == pytest.approx(one.cost) for one in designs)
    starts = sorted(one.oligos[0].start for one in designs)
    assert len(starts) > 1 and min(np.diff(starts)) >= 80


def test_mixtures_reach_more_where_they_are_allowed_and_each_oligo_of_one_is_counted():
    genomes = mutants(GENOME, 12, 0.08)
    target = make_target(stack_genomes(REFERENCE, genomes))
    plain, mixed = (design_qpcr(target, QpcrSettings(degenerate=fold))[0][0] for fold in (1, 8))
    assert mixed.reached > plain.reached
    assert all(set(oligo.sequence) <= set("ACGT") for oligo in plain.oligos)
    assert 1 < max(len(expand_oligo(oligo.sequence)) for oligo in mixed.oligos) <= 8
    found = find_sites([oligo.sequence for oligo in mixed.oligos], genomes)
    assert ((found.mismatches >= 0) & (found.mismatches <= 1)).all(axis=0).mean() >= mixed.reached


def test_a_genome_that_weighs_more_is_reached_first():
    one, other = mutants(GENOME, 2, 0.12)
    stack = stack_genomes(REFERENCE, [one, other])
    for weights, missed in (([0.9, 0.1], "g1"), ([0.1, 0.9], "g0")):
        best = design_qpcr(make_target(stack, np.array(weights)), QpcrSettings(mismatches=0))[0][0]
        assert missed in best.missed and best.reached == pytest.approx(0.9)


def test_the_best_design_is_the_best_of_all_triples():
    settings = QpcrSettings(number=1, apart=0)
    short = FastaRecord("short", "", GENOME[:260])
    target = make_target(stack_genomes(short, mutants(GENOME[:260], 6, 0.02)))
    designs, _ = design_qpcr(target, settings)
    assert designs[0].cost <= min(one.cost for one in design_qpcr(target, QpcrSettings(number=50, apart=5))[0]) + 1e-9


def test_a_lamp_set_keeps_the_rules_by_which_others_are_judged():
    designs, _ = design_lamp(make_target(stack_of(GENOME)))
    for design in designs:
        assay = Assay("own", "", "", "", tuple(Oligo(one.role, one.role, one.sequence) for one in design.ordered))
        # Where an inner primer is cut is told by the genome alone: a base may belong to either half.
        broken = [str(rule) for rule in judge_assay(assay, REFERENCE).broken]
        assert [rule for rule in broken if "1c" not in rule and "F2" not in rule and "B2" not in rule] == []


def test_no_site_tells_which_rule_excludes_most():
    plain = FastaRecord("plain", "", "ACGT" * 10 + "A" * 400 + "ACGTTGCAAGGCTTACGATC")
    with pytest.raises(InputError, match="excluded: .*melting temperature|no set of oligos"):
        design_qpcr(make_target(stack_genomes(plain, [plain])))


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
    designs, _ = design_qpcr(make_target(stack_genomes(reference, genomes)))
    found = find_sites([oligo.sequence for oligo in designs[0].oligos], genomes)
    assert ((found.mismatches >= 0) & (found.mismatches <= 1)).all(axis=0).mean() >= 0.95


def test_published_lamp_sets_are_judged(shared_data):
    reference = read_fasta(shared_data / "genomes" / "NC_045512.fasta")[0]
    assays = read_assays(shared_data / "diagnostics" / "published_assays.csv")
    told = {
        one.name: [str(rule) for rule in judge_assay(one, reference).broken] for one in assays if "LAMP" in one.name
    }
    assert told["LAMP_N2"] == []
    assert told["LAMP_GeneN-A"] == []
    assert told["LAMP_ORF1a-A"] == ["assay: gap F3 to F2 is -1, wanted 0 to 60"]


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


@pytest.mark.parametrize("cas", ["cas12a", "cas13a"])
def test_a_genome_without_the_motif_or_the_seed_of_a_guide_is_not_reached(cas):
    rules = RpaSettings(cas=cas, number=1)
    best = design_rpa(make_target(stack_of(GENOME)), rules)[0][0]
    guide = next(oligo for oligo in best.oligos if oligo.role == "guide")
    turned = GENOME.find(guide.sequence) < 0
    flank, seed = guide.end if turned else guide.start - 2, rules.seed_bases[0]
    inside = guide.end - 1 - seed if turned else guide.start - 1 + seed
    change = {"cas12a": {False: "T", True: "A"}, "cas13a": {False: "C", True: "G"}}[cas][turned]
    no_motif = GENOME[:flank] + change + GENOME[flank + 1 :]
    no_seed = GENOME[:inside] + ("A" if GENOME[inside] != "A" else "C") + GENOME[inside + 1 :]
    own = find_guides(make_target(stack_of(*[GENOME] * 5, no_motif, no_seed)), rules)[turned]
    reached = own.sets[own.start.tolist().index(guide.start - 1), 0]
    assert int(reached) == 0b0011111
    loose = find_sites([guide.sequence], [FastaRecord("seed", "", no_seed)])
    assert loose.mismatches.tolist() == [[1]]
